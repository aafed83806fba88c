"""The gateway of the server for tests: cut, resumed, refused; and REST that fails beside it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from tests.harness.discord_server.clients import point_here, running
from tests.harness.discord_server.places import Channel
from tests.harness.discord_server.rest import Call
from tests.harness.discord_server.server import DiscordServer
from tests.harness.discord_server.trial_bot import TrialBot


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as made:
        point_here(monkeypatch, made)
        yield made


async def conversation(server: DiscordServer) -> tuple[Channel, Any]:
    """A private conversation with somebody in it."""
    ana = server.add_user("ana")
    return server.dm(ana), ana


def posts(server: DiscordServer) -> list[Call]:
    """The messages that were posted, or tried."""
    return [c for c in server.calls if c.method == "POST" and c.path.endswith("/messages")]


async def test_what_was_missed_during_a_cut_is_replayed(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    async with running(TrialBot(), server):
        server.gateway.cut()
        asked = await ana.say(place, "during the cut")
        await server.wait_for_message(place, reply_to=asked)
        assert (server.gateway.resumes, len(server.gateway.identifies)) == (1, 1)
        assert len(server.answers(place)) == 1


async def test_op_7_brings_the_client_back(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    async with running(TrialBot(), server):
        await server.gateway.reconnect()
        await server.wait_until(lambda: server.gateway.resumes == 1)
        await ana.say(place, "after op 7")
        await server.wait_for_message(place, "after op 7")


@pytest.mark.parametrize("resumable", [True, False])
async def test_op_9_ends_or_resumes_the_session(server: DiscordServer, resumable: bool) -> None:
    place, ana = await conversation(server)
    async with running(TrialBot(), server):
        await server.gateway.invalidate(resumable=resumable)
        counted = (1, 1) if resumable else (0, 2)
        await server.wait_until(
            lambda: (server.gateway.resumes, len(server.gateway.identifies)) == counted
        )
        await ana.say(place, "after op 9")
        await server.wait_for_message(place, "after op 9")


async def test_a_forgotten_session_is_identified_anew(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    async with running(TrialBot(), server):
        server.gateway.forget()
        await server.gateway.close(4000)
        await server.wait_until(lambda: len(server.gateway.identifies) == 2)
        await server.ready()
        await ana.say(place, "hello")
        await server.wait_for_message(place, "hello")


async def test_a_held_gateway_replays_once_it_is_released(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    async with running(TrialBot(), server):
        server.gateway.hold()
        server.gateway.cut()
        await server.wait_until(lambda: len(server.gateway.connections) == 0)
        for text in ("one", "two"):
            await ana.say(place, text)
        server.gateway.release()
        await server.wait_for_message(place, "two")
        assert [m.text for m in server.answers(place)] == ["You said: one", "You said: two"]


async def test_a_wrong_token_ends_the_client(server: DiscordServer) -> None:
    async with running(TrialBot(), server, token="wrong") as task:
        with pytest.raises(discord.LoginFailure):
            await task
    async with running(TrialBot(), server) as task:
        server.app.token = "changed"
        await server.gateway.invalidate(resumable=False)
        with pytest.raises(discord.ConnectionClosed) as closed:
            await task
        assert closed.value.code == 4004


async def test_a_privileged_intent_must_be_switched_on(server: DiscordServer) -> None:
    async with running(TrialBot(content=True), server) as task:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await task
    server.app.message_content = True
    guild = server.add_guild()
    channel = guild.add_channel("general")
    ana = server.add_user("ana")
    guild.add_member(ana)
    bot = TrialBot(content=True)
    async with running(bot, server):
        await ana.say(channel, "in the open")
        await ana.say(channel, "done", mention_bot=True)
        await server.wait_for_message(channel, "done")
        assert bot.heard[0].content == "in the open"


async def test_shards_share_the_guilds(server: DiscordServer) -> None:
    server.app.shards = 2
    ana = server.add_user("ana")
    guilds = [server.add_guild(f"of {n}", members=[ana], shard=n) for n in (0, 1)]
    client = Sharded(intents=discord.Intents.default(), guild_ready_timeout=0)
    async with running(client, server):
        assert sorted(i["shard"] for i in server.gateway.identifies) == [[0, 2], [1, 2]]
        seen = {g.name: g.shard_id for g in client.guilds}
    assert seen == {"of 0": 0, "of 1": 1}
    assert [(g.id >> 22) % 2 for g in guilds] == [0, 1]


class Sharded(discord.AutoShardedClient):
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No pause."""


async def test_a_bot_that_starts_again_is_served_again(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    for text in ("first", "second"):
        async with running(TrialBot(), server):
            await ana.say(place, text)
            await server.wait_for_message(place, text)
        await server.wait_until(lambda: not server.gateway.connections)
    assert len(server.answers(place)) == 2
    assert len({c["id"] for c in server.commands}) == len(server.commands)


async def test_heartbeats_and_members(server: DiscordServer) -> None:
    server.gateway.heartbeat_ms = 30
    ana = server.add_user("ana")
    server.add_guild(members=[ana])
    bot = TrialBot()
    async with running(bot, server):
        await server.wait_until(lambda: server.gateway.heartbeats >= 3)
        found = await bot.guilds[0].query_members(user_ids=[ana.id])
        assert [m.name for m in found] == ["ana"]


async def test_a_rate_limit_is_obeyed(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    async with running(TrialBot(), server):
        struck = server.fail_next("POST", "/messages$", status=429, times=2, retry_after=0.02)
        await ana.say(place, "hello")
        await server.wait_for_message(place, "hello")
        assert struck.struck == 2
        server.fail_next("POST", "/messages$", status=429, everywhere=True, retry_after=0.02)
        await ana.say(place, "again")
        await server.wait_for_message(place, "again")
    assert len(server.answers(place)) == 2
    server.check()


async def test_a_ban_without_via_is_told_at_once(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    bot = TrialBot()
    async with running(bot, server):
        server.fail_next("POST", "/messages$", status=429, via=False)
        await ana.say(place, "hello")
        error = await asyncio.wait_for(bot.errors.get(), 5)
        assert isinstance(error, discord.HTTPException)
        assert error.status == 429
    assert server.answers(place) == []


async def test_a_bad_gateway_is_tried_again(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    async with running(TrialBot(), server):
        server.fail_next("POST", "/messages$", status=502, performed=True)
        await ana.say(place, "hello")
        await server.wait_until(lambda: [c.status for c in posts(server)] == [502, 200])
    # discord.py sends a nonce to be enforced, and so the second try makes no second message.
    assert [m.text for m in server.answers(place)] == ["You said: hello"]


async def test_a_lost_connection_and_a_late_answer(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    bot = TrialBot()
    async with running(bot, server):
        server.fail_next("POST", "/messages$", drop=True)
        await ana.say(place, "hello")
        assert isinstance(await asyncio.wait_for(bot.errors.get(), 5), aiohttp.ClientError)
        gate = asyncio.Event()
        met = server.fail_next("POST", "/messages$", until=gate)
        await ana.say(place, "late")
        await server.wait_until(lambda: met.struck)
        assert server.answers(place) == []
        gate.set()
        await server.wait_for_message(place, "late")
        server.fail_next("POST", "/messages$", empty=True, retry_after=0.02)
        await ana.say(place, "emptied")
        await server.wait_for_message(place, "emptied")


async def test_a_refused_connection_ends_a_client_that_is_not_supervised(
    server: DiscordServer,
) -> None:
    server.gateway.refuse()
    async with running(TrialBot(), server) as task:
        with pytest.raises((aiohttp.WSServerHandshakeError, AttributeError)):
            await task


async def test_a_bot_in_another_process(server: DiscordServer) -> None:
    place, ana = await conversation(server)
    module = "tests.harness.discord_server.trial_bot"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.harness.discord_server.elsewhere"),
        *(server.api_url, server.gateway_url, module),
        env={**os.environ, "TRIAL_TOKEN": server.token},
        cwd=Path(__file__).parents[3],
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await server.ready(seconds=20)
        asked = await ana.say(place, "from afar")
        assert (await server.wait_for_message(place, reply_to=asked)).text == "You said: from afar"
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("not json", 4002),
        ({"op": 99}, 4001),
        ({"op": 8, "d": {}}, 4003),
        ({"op": 2, "d": {"token": "wrong", "intents": 0}}, 4004),
        ({"op": 2, "d": {"token": "right", "intents": 1 << 40}}, 4013),
        ({"op": 2, "d": {"token": "right", "intents": 1 << 15}}, 4014),
        ({"op": 2, "d": {"token": "right", "intents": 0, "shard": [2, 2]}}, 4010),
        ({"op": 6, "d": {"token": "right", "session_id": "none", "seq": 0}}, None),
    ],
    ids=str,
)
async def test_what_the_gateway_refuses(sent: Any, code: int | None) -> None:
    async with DiscordServer("right") as server, aiohttp.ClientSession() as session:
        url = f"{server.gateway_url}?v=10&encoding=json"
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["op"] == 10
            await socket.send_str(sent if isinstance(sent, str) else json.dumps(sent))
            if code is None:
                assert await socket.receive_json() == {"op": 9, "d": False}
            else:
                closed = await socket.receive()
                assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, code)


async def test_a_bot_identifies_once() -> None:
    async with DiscordServer("right") as server, aiohttp.ClientSession() as session:
        url = f"{server.gateway_url}?v=10&encoding=json"
        async with session.ws_connect(url) as socket:
            await socket.receive_json()
            hello = {"op": 2, "d": {"token": "right", "intents": 0}}
            await socket.send_json(hello)
            ready = await socket.receive_json()
            assert (ready["t"], ready["s"]) == ("READY", 1)
            assert ready["d"]["resume_gateway_url"] == server.gateway_url
            await socket.send_json({"op": 1, "d": 1})
            assert await socket.receive_json() == {"op": 11, "d": None}
            await socket.send_json(hello)
            assert (await socket.receive()).data == 4005
