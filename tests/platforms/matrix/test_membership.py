"""Into rooms and out of them, on a real homeserver."""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.harness.gated_answering import GatedAnswering
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import CHEST, LIT, MatrixHarness, at_home
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import Newcomer, fresh


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as parlour:
        yield parlour


def is_out(who: MatrixPerson, room: str, bot: MatrixHarness) -> bool:
    return who.state[room].get(("m.room.member", bot.user_id), {}).get("membership") == "leave"


async def test_only_who_may_invites_the_bot(bot: MatrixHarness, person: Newcomer) -> None:
    ana, eve = await person("ana"), await person("eve")
    await bot.restart(welcome=(ana.user_id,))
    room = await bot.welcomed(ana)
    told = bot.said(ana, room)[0]
    assert "4 documents are ready." in told.body
    assert "Everybody may ask." not in told.body
    assert "!help" in told.body
    assert told.mentions == ()
    refused = await eve.create_room(bot.user_id)
    await eve.until(lambda: is_out(eve, refused, bot))
    ben = await person("ben")
    group = await ana.create_room(ben.user_id)
    await ben.join(group)
    await ana.invite(group, bot.user_id)
    (told,) = await ana.until(lambda: bot.said(ana, group))
    assert "Everybody may ask. Who manages this room sees with !setup what is set" in told.body
    assert "!room collections NAMES." in (await ana.ask(group, "!setup")).body
    # A server that is named stands for its people.
    await bot.restart(welcome=("*.example.org", "localhost"))
    assert await bot.welcomed(eve)


async def test_it_leaves_a_room_where_nobody_else_is(
    bot: MatrixHarness, person: Newcomer, synapse: Synapse
) -> None:
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)
    await ben.leave(room)
    await ana.ask(room, f"!ask {LIT}")
    other = await bot.welcomed(ben)
    await ben.ask(other, LIT)
    await ana.leave(room)
    await ben.ask(other, LIT)
    found = await bot_rooms(synapse, bot.user)
    while room in found:
        await ben.ask(other, LIT)
        found = await bot_rooms(synapse, bot.user)
    assert found == {other}


async def bot_rooms(synapse: Synapse, user: str) -> set[str]:
    login = await MatrixPerson.login(synapse, user)
    try:
        return set((await login.call("GET", "/joined_rooms"))["joined_rooms"])
    finally:
        await login.close()


@pytest.mark.parametrize("public", [True, False])
async def test_it_follows_a_room_that_is_replaced_with_its_settings(
    bot: MatrixHarness, person: Newcomer, public: bool
) -> None:
    ana, ben = await person("ana"), await person("ben")
    await bot.restart(welcome=(ana.user_id,))
    room = await bot.welcomed(ana, ben, version="10", public=public)
    await ana.set_power(room, {ben.user_id: 100})
    await ana.ask(room, "!room collections pilots")
    await ana.ask(room, "!room mode everything")
    new = await ben.upgrade(room, "12")
    if not public:
        # Ben may not invite the bot elsewhere, but here it is awaited.
        await ben.invite(new, bot.user_id)
    await ben.invite(new, ana.user_id)
    await ana.join(new)
    await ben.until(lambda: is_in(ben, new, bot))
    await ben.until(lambda: is_out(ben, room, bot))
    assert "Nils Brask" in (await ana.ask(new, CHEST)).body
    assert "The documents do not answer this." in (await ana.ask(new, LIT)).body


async def test_it_stays_in_a_replaced_room_until_its_reply_is_there(
    bot: MatrixHarness, person: Newcomer
) -> None:
    gate = asyncio.Event()
    bot.answers = partial(GatedAnswering, gate=gate)
    await bot.restart()
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)
    asked = await ana.say(room, f"!ask {LIT}")
    creation = {"predecessor": {"room_id": room, "event_id": asked}}
    body = {"preset": "public_chat", "creation_content": creation}
    new = (await ana.call("POST", "/createRoom", body))["room_id"]
    await ana.until(lambda: new in ana.joined)
    await ana.put_state(room, "m.room.tombstone", {"body": "Over", "replacement_room": new})
    await ana.until(lambda: is_in(ana, new, bot))
    # An answered command elsewhere shows that the events of the joining were handled.
    await ana.ask(new, "!ask help")
    assert not is_out(ana, room, bot)
    gate.set()
    assert "Ivar Holm" in (await ana.answer(room, asked)).body
    await ana.until(lambda: is_out(ana, room, bot))


async def test_small_talk_in_a_room_where_every_message_is_read_gets_no_reply(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, ben = await person("ana"), await person("ben")
    await bot.restart(welcome=(ana.user_id,))
    room = await bot.welcomed(ana, ben)
    await ana.ask(room, "!room mode everything")
    talks = [await ana.say(room, talk) for talk in ("hello everyone", "thanks!", "🙂", "help")]
    assert "Ivar Holm" in (await ana.ask(room, LIT)).body
    assert [ana.answers(room, talk) for talk in talks] == [[]] * len(talks)
    assert "!sources" in (await ana.ask(room, "hola", mentions=(bot.user_id,))).body


def is_in(who: MatrixPerson, room: str, bot: MatrixHarness) -> bool:
    return who.state[room].get(("m.room.member", bot.user_id), {}).get("membership") == "join"


async def test_where_nobody_may_invite_it_the_log_says_so(
    bot: MatrixHarness, caplog: pytest.LogCaptureFixture
) -> None:
    def told() -> bool:
        return any("matrix.inviters" in record.getMessage() for record in caplog.records)

    with caplog.at_level(logging.WARNING):
        await bot.restart(curators=("@ana:localhost",), welcome=())
        assert not told()
        await bot.restart(curators=())
        assert told()
