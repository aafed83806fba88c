"""In a room for help, a message that stands alone is answered where the bot is sure."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness.gated_answering import GatedAnswering
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import CHEST, KIBBEH, LIT, MatrixHarness, at_home
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, Newcomer, fresh

ASK_ON = "To ask on, mention the bot or answer this message."
UNSURE = "Who made the lock of the chest in Vienna?"


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as parlour:
        yield parlour


async def help_room(bot: MatrixHarness, *people: MatrixPerson, **how: object) -> str:
    """A room of these people, the first of whom has set it to first posts."""
    host = people[0]
    room = await bot.welcomed(*people, **how)  # type: ignore[arg-type]
    told = await host.ask(room, "!room mode forum")
    assert "So are first posts, which get a reply only where the bot is sure." in told.body
    return room


async def settled(who: MatrixPerson, room: str) -> None:
    """Wait until all that was said before is done with."""
    await who.ask(room, "!sources")


def answered(bot: MatrixHarness, who: MatrixPerson, room: str) -> list[str | None]:
    """The messages that have a reply to a question."""
    return [one.reply_to for one in bot.said(who, room) if "Answer " in one.body]


async def test_a_message_that_stands_alone_is_answered_in_a_thread(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, ben = await person("ana"), await person("ben")
    room = await help_room(bot, ana, ben)
    asked = await ben.say(room, CHEST)
    reply = await ben.answer(room, asked)
    assert (reply.thread, "Nils Brask" in reply.body, ASK_ON in reply.body) == (asked, True, True)
    # What members say to each other is theirs, in the thread and in answer to somebody.
    await ana.say(room, LIT, thread=asked)
    await ana.say(room, LIT, reply_to=asked)
    on = await ana.ask(room, LIT, thread=asked, mentions=[bot.user_id])
    assert ("Ivar Holm" in on.body, ASK_ON in on.body) == (True, False)
    assert answered(bot, ana, room) == [asked, on.reply_to]


@pytest.mark.parametrize("encrypted", [False, True])
async def test_where_it_is_not_sure_there_is_no_sign_of_it(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer, encrypted: bool
) -> None:
    ana, ben = await encrypting_person("ana"), await encrypting_person("ben")
    room = await help_room(bot, ana, ben, encrypted=encrypted)
    before = len(bot.said(ana, room))
    seen = ana.receipts.get(room, {}).get(bot.user_id)
    for text in (KIBBEH, UNSURE, "hello", "thanks!"):
        await ben.say(room, text)
    last = await ben.say(room, "And now to something else entirely.")
    await bot.restart()
    assert ana.receipts.get(room, {}).get(bot.user_id) == seen
    await settled(ana, room)
    said = bot.said(ana, room)
    assert len(said) == before + 1
    assert not [one for one in ana.seen(room, ben.user_id) if one.reactions]
    assert last not in {one.reply_to for one in said}
    listed = (await ana.ask(room, "!corpus unanswered")).body
    assert all(f" · 1 × {asked}" in listed for asked in (KIBBEH, UNSURE))
    assert "3 · " not in listed


async def test_a_first_post_is_answered_once_across_kills_and_absences(
    bot: MatrixHarness, person: Newcomer
) -> None:
    gated: list[GatedAnswering] = []

    def answers(*given: object) -> GatedAnswering:
        gated.append(GatedAnswering(*given))  # type: ignore[arg-type]
        return gated[-1]

    bot.answers = answers
    await bot.restart()
    ana, ben = await person("ana"), await person("ben")
    room = await help_room(bot, ana, ben)
    gated[-1].gate.clear()
    asked = await ben.say(room, CHEST)
    quiet = await ben.say(room, UNSURE)
    await ana.until(lambda: ana.seen(room, ben.user_id))
    await settled(ana, room)
    await bot.stop()
    away = await ben.say(room, LIT)
    await bot.start()
    for question in (asked, away):
        await ben.answer(room, question)
    await bot.restart()
    await settled(ana, room)
    assert sorted(filter(None, answered(bot, ana, room))) == sorted((asked, away))
    assert quiet not in {one.reply_to for one in bot.said(ana, room)}
    assert await bot.pending() == ()


async def test_a_reply_follows_its_first_post(bot: MatrixHarness, person: Newcomer) -> None:
    ana, ben = await person("ana"), await person("ben")
    room = await help_room(bot, ana, ben)
    asked = await ben.say(room, CHEST)
    await ben.answer(room, asked)
    await ben.edit(room, asked, LIT)
    await ben.until(lambda: any("Ivar Holm" in one.body for one in bot.said(ben, room)))
    (changed,) = [one for one in bot.said(ben, room) if one.reply_to == asked]
    assert ASK_ON in changed.body
    for text in (UNSURE, "Thanks!"):
        await ben.edit(room, asked, text)
        await ben.until(lambda: not [one for one in bot.said(ben, room) if one.reply_to == asked])
        await ben.edit(room, asked, CHEST)
        again = await ben.until(
            lambda: [one for one in bot.said(ben, room) if one.reply_to == asked]
        )
        assert ["Nils Brask" in one.body for one in again] == [True]
