"""Reactions as buttons, edits and redactions, on a real homeserver."""

from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import ClassVar

import pytest

from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.api.http import CallError, RefusedError, UnreachedError
from bot.state.records import ReplyCounts
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import COST, KIBBEH, LIT, MatrixHarness, at_home, reply_id
from tests.harness.matrix_view import Seen
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, Newcomer, fresh

ALL = {"➕", "🔎", "📄", "🔁", "👍", "👎", "❌"}


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path) as parlour:
        yield parlour


async def brought(who: MatrixPerson, room: str, answer: Seen, sign: str) -> Seen:
    """What the bot says to a sign below one of its messages."""
    before = len(who.answers(room, answer.event_id))
    await who.react(room, answer.event_id, sign)
    return (await who.until(lambda: who.answers(room, answer.event_id)[before:]))[0]


async def answered(
    bot: MatrixHarness, who: MatrixPerson, *, encrypted: bool = False
) -> tuple[str, str, Seen]:
    """A room of two, a question there, and the answer to it."""
    room = await bot.welcomed(who, encrypted=encrypted, direct=True)
    asked = await who.say(room, COST)
    return room, asked, await who.answer(room, asked)


async def test_signs_are_offered_and_do_what_they_say_also_after_a_restart(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer
) -> None:
    ana = await encrypting_person("ana")
    room, _, answer = await answered(bot, ana, encrypted=True)

    def offered(message: Seen, signs: set[str]) -> bool:
        shown = ana.shown(room, message.event_id)
        return shown is not None and shown.signs(bot.user_id) == signs

    await ana.until(lambda: offered(answer, ALL))
    context = await brought(ana, room, answer, "🔎")
    assert ("Bread and coal" in context.body, context.thread) == (True, answer.thread)

    await bot.restart()
    more = await brought(ana, room, answer, "➕")
    assert ("In wages alone" in more.body, more.thread, more.encrypted) == (
        True,
        answer.thread,
        True,
    )
    await ana.until(lambda: offered(more, {"➕", "🔎", "📄"}))
    # On a further page the signs are about what that page shows.
    assert "File: isle/annals.md" in (await brought(ana, room, more, "📄")).body
    assert "File: isle/keeper.md" in (await brought(ana, room, answer, "📄")).body
    assert "unchanged" in (await brought(ana, room, answer, "🔁")).body
    last = await brought(ana, room, more, "➕")
    await ana.until(lambda: offered(last, {"🔎", "📄"}))
    assert "nothing further" in (await brought(ana, room, last, "➕")).body


async def test_a_vote_is_there_as_long_as_its_sign(bot: MatrixHarness, person: Newcomer) -> None:
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)
    answer = await ana.ask(room, f"!ask {LIT}")
    up = await ana.react(room, answer.event_id, "👍🏽")
    await ben.react(room, answer.event_id, "👎\ufe0f")
    await ana.ask(room, f"!ask {COST}")
    assert await bot.store.feedback.totals() == ReplyCounts(1, 1)
    await ana.redact(room, up)
    await ana.ask(room, f"!ask {COST}")
    assert await bot.store.feedback.totals() == ReplyCounts(0, 1)
    await ana.react(room, answer.event_id, "👎")
    await ana.ask(room, f"!ask {COST}")
    assert await bot.store.feedback.totals() == ReplyCounts(0, 2)


async def test_who_asked_or_moderates_takes_a_reply_down_and_nobody_else(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, ben, mod = await person("ana"), await person("ben"), await person("mod")
    room = await bot.welcomed(ana, ben, mod)
    await ana.set_power(room, {mod.user_id: 50})
    first, second = await ben.ask(room, f"!ask {COST}"), await ben.ask(room, f"!ask {LIT}")
    more = await brought(ben, room, first, "➕")
    refused = await brought(mod, room, first, "🔎")
    assert refused.body
    stranger = await person("eve")
    await ana.invite(room, stranger.user_id)
    await stranger.join(room)
    await stranger.catch_up()
    told = await brought(stranger, room, first, "❌")
    assert "Only who asked, or a moderator" in told.body
    await ben.react(room, first.event_id, "❌")
    await mod.react(room, second.event_id, "❌")
    for gone in (first, second, more):
        await ana.see(room, gone.event_id, gone=True)


async def test_a_room_that_forbids_reactions_is_offered_none(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    held = await ana.get_state(room, "m.room.power_levels")
    events = {**held.get("events", {}), "m.reaction": 50}
    await ana.put_state(room, "m.room.power_levels", {**held, "events": events})
    first = await ana.ask(room, LIT)
    # Who may, still presses.
    assert "File: isle/lamp.md" in (await brought(ana, room, first, "📄")).body
    shown = ana.shown(room, first.event_id)
    assert shown is not None
    assert shown.signs(bot.user_id) == set()


async def test_an_edited_question_has_its_reply_edited(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer, person: Newcomer
) -> None:
    ana = await encrypting_person("ana")
    room, asked, answer = await answered(bot, ana, encrypted=True)
    more = await brought(ana, room, answer, "➕")
    await ana.edit(room, asked, LIT)
    edited = await ana.see(room, answer.event_id, edited=True)
    assert reply_id(edited) == (await bot.answering.ask(LIT)).id
    assert (edited.kind, edited.mentions) == ("m.notice", ())
    await ana.see(room, more.event_id, gone=True)
    # What nobody would have answered becomes a question.
    assert len(bot.said(ana, room)) == 2
    asked = await ana.say(room, "help")
    told = await ana.answer(room, asked)
    await ana.edit(room, asked, LIT)
    await ana.see(room, told.event_id, gone=True)
    await ana.until(lambda: [one for one in ana.answers(room, asked) if "Ivar Holm" in one.body])

    ben, eve = await person("ben"), await person("eve")
    group = await bot.welcomed(ben, eve)
    said = await ben.say(group, LIT)
    await ben.edit(group, said, f"!ask {LIT}")
    late = await ben.answer(group, said)
    assert reply_id(late) == reply_id(edited)
    # Nobody edits the question of somebody else.
    relation = {"rel_type": "m.replace", "event_id": said}
    forged = {"msgtype": "m.text", "body": f"!ask {COST}", "m.mentions": {}}
    content = {**forged, "m.new_content": forged, "m.relates_to": relation}
    await eve.send(group, "m.room.message", content)
    await eve.ask(group, f"!ask {KIBBEH}")
    assert reply_id(await ben.answer(group, said)) == reply_id(edited)


async def test_a_redacted_question_takes_its_reply_with_it(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room, asked, answer = await answered(bot, ana)
    more = await brought(ana, room, answer, "➕")
    context = await brought(ana, room, answer, "🔎")
    await ana.redact(room, asked)
    for gone in (answer, more, context):
        await ana.see(room, gone.event_id, gone=True)
    # What signs brought goes as well where a restart came in between.
    asked = await ana.say(room, COST)
    answer = await ana.answer(room, asked)
    source = await brought(ana, room, answer, "📄")
    await bot.restart()
    await ana.redact(room, asked)
    for gone in (answer, source):
        await ana.see(room, gone.event_id, gone=True)
    help_ = await ana.ask(room, "help")
    assert help_.thread is not None
    await ana.redact(room, help_.thread)
    await ana.see(room, help_.event_id, gone=True)
    # Taken down before it was answered: nothing is left to be seen.
    hasty = await ana.say(room, LIT)
    await ana.redact(room, hasty)
    await ana.ask(room, KIBBEH)
    await ana.until(lambda: ana.answers(room, hasty) == [])


@pytest.mark.parametrize("by_sign", [True, False])
async def test_a_reply_that_was_edited_leaves_no_words_behind(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer, by_sign: bool
) -> None:
    ana = await encrypting_person("ana")
    room, asked, answer = await answered(bot, ana, encrypted=True)
    for question in (LIT, KIBBEH):
        await ana.edit(room, asked, question)
        wanted = (await bot.answering.ask(question)).id

        def stands(wanted: str = wanted) -> bool:
            shown = ana.shown(room, answer.event_id)
            return shown is not None and wanted in shown.body

        await ana.until(stands)
    ours = [event for event in ana.timelines[room] if event["sender"] == bot.user_id]
    said = [event["event_id"] for event in ours if event["type"] == "m.room.message"]
    versions = said[said.index(answer.event_id) :]
    await bot.restart()
    if by_sign:
        await ana.react(room, answer.event_id, "❌")
    else:
        await ana.redact(room, asked)
    await ana.see(room, answer.event_id, gone=True)
    held = [await ana.call("GET", f"/rooms/{room}/event/{each}") for each in versions]
    assert [event["content"] for event in held] == [{}, {}, {}]


class HalfDeafPort(HomeserverPort):
    """A port whose homeserver is away for one search of a thread, and refuses all others."""

    faults: ClassVar[list[CallError]] = []

    async def replies(self, room: str, root: str, to: Collection[str]) -> list[str]:
        raise self.faults.pop(0) if self.faults else RefusedError(403, "M_FORBIDDEN")


async def test_a_reply_is_redacted_where_its_thread_cannot_be_searched(
    bot: MatrixHarness, person: Newcomer
) -> None:
    bot.opened = HalfDeafPort.open
    HalfDeafPort.faults = [UnreachedError("no connection")]
    await bot.restart()
    ana = await person("ana")
    room, asked, answer = await answered(bot, ana)
    await ana.redact(room, asked)
    await ana.see(room, answer.event_id, gone=True)
    assert HalfDeafPort.faults == []


async def test_a_redaction_that_the_end_of_the_program_cut_short_is_finished(
    bot: MatrixHarness, person: Newcomer
) -> None:
    bot.opened = HalfDeafPort.open
    HalfDeafPort.faults = [UnreachedError("no connection") for _ in range(99)]
    await bot.restart()
    ana = await person("ana")
    room, asked, answer = await answered(bot, ana)
    await ana.redact(room, asked)
    await ana.until(lambda: len(HalfDeafPort.faults) < 99)
    bot.opened = HomeserverPort.open
    await bot.restart()
    await ana.see(room, answer.event_id, gone=True)
