"""The gateway of the server for tests: shards, heartbeats, and what it refuses."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from tests.harness.discord_server.clients import point_here, running
from tests.harness.discord_server.server import DiscordServer
from tests.harness.discord_server.trial_bot import TrialBot


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as made:
        point_here(monkeypatch, made)
        yield made


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


async def test_heartbeats_and_members(server: DiscordServer) -> None:
    server.gateway.heartbeat_ms = 30
    ana = server.add_user("ana")
    server.add_guild(members=[ana])
    bot = TrialBot()
    async with running(bot, server):
        await server.wait_until(lambda: server.gateway.heartbeats >= 3)
        found = await bot.guilds[0].query_members(user_ids=[ana.id])
        assert [m.name for m in found] == ["ana"]


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
