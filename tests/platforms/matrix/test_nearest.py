"""What is near where the documents do not answer: signs and words, on a real homeserver."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platforms.matrix.mapping import PLATFORM, room_place
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import COST, KIBBEH, WHALES, MatrixHarness, at_home
from tests.harness.matrix_view import Seen
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import Newcomer, fresh

OFFER = "Nearest, but not an answer:\n1 · The keeper, paragraph 1\n2 · The lamp, paragraph 1\n"


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path) as parlour:
        yield parlour


async def brought(who: MatrixPerson, room: str, message: Seen, sign: str) -> Seen:
    """What the bot says to a sign below one of its messages."""
    before = len(who.answers(room, message.event_id))
    await who.react(room, message.event_id, sign)
    return (await who.until(lambda: who.answers(room, message.event_id)[before:]))[0]


async def chosen(bot: MatrixHarness, room: str) -> list[tuple[str, int, int]]:
    """The documents that were chosen for the question, how often, and how often liked."""
    found = await bot.services.store.nearest.chosen(PLATFORM, room, WHALES)
    return [(each.excerpt.document, each.choices, each.up) for each in found]


async def test_a_number_as_a_sign_brings_the_quote_also_after_a_restart(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)

    def offered(message: Seen, signs: set[str]) -> bool:
        shown = ana.shown(room, message.event_id)
        return shown is not None and shown.signs(bot.user_id) == signs

    silence = await ana.ask(room, f"!ask {WHALES}")
    assert OFFER in silence.body
    await ana.until(lambda: offered(silence, {"1️⃣", "2️⃣", "👍", "👎", "❌"}))
    first = await brought(ana, room, silence, "1️⃣")
    assert first.body.startswith("Nearest, but not an answer:\n")
    assert "The keeper of Skerry Vore lived in the tower." in first.body
    assert first.thread == silence.thread
    await ana.until(lambda: offered(first, {"🔎", "📄", "👍", "👎", "❌"}))

    await bot.restart()
    await ben.catch_up()
    second = await brought(ben, room, silence, "2\u20e3")
    assert "It burned whale oil." in second.body
    # What was shown before the restart has its signs, too, and leads to the other one.
    assert "It burned whale oil." in (await brought(ben, room, first, "2️⃣")).body
    await ben.react(room, first.event_id, "👍")
    assert "Bread and coal" in (await brought(ben, room, first, "🔎")).body
    assert await chosen(bot, room) == [("isle/keeper.md", 1, 1), ("isle/lamp.md", 1, 0)]
    await ana.redact(room, silence.thread or "")
    await ana.until(lambda: not [one for one in bot.said(ana, room) if "Nearest" in one.body])


async def test_one_sign_shows_the_others_also_after_a_restart(
    bot: MatrixHarness, person: Newcomer
) -> None:
    await bot.restart(signs="one")
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    silence = await ana.ask(room, WHALES)
    await bot.restart()
    await ana.react(room, silence.event_id, "❓")

    def offered() -> bool:
        shown = ana.shown(room, silence.event_id)
        return shown is not None and {"1️⃣", "2️⃣", "👍"} <= shown.signs(bot.user_id)

    await ana.until(offered)


async def test_words_choose_in_the_thread_and_are_named_where_there_are_no_signs(
    bot: MatrixHarness, person: Newcomer
) -> None:
    await bot.restart(signs="none")
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)
    asked = await ana.say(room, f"!ask {WHALES}")
    silence = await ana.answer(room, asked)
    assert silence.body.endswith("To go on, write: nearest 1, !down.")
    # A bare number may be meant for the others in the thread; the command is meant for the bot.
    await ben.say(room, "2", thread=asked)
    word = await ben.say(room, "nearest 2", thread=asked)
    assert "It burned whale oil." in (await ben.answer(room, word)).body
    assert len(bot.said(ben, room)) == 3
    typed = await ben.say(room, "!nearest 3", thread=asked)
    assert (await ben.answer(room, typed)).body == "There is no excerpt 3; 2 are shown."


async def test_a_bare_number_is_enough_where_only_the_bot_listens(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    asked = await ana.say(room, WHALES)
    await ana.answer(room, asked)
    number = await ana.say(room, "1", thread=asked)
    assert "The keeper of Skerry Vore" in (await ana.answer(room, number)).body
    nothing = await ana.say(room, KIBBEH)
    assert "Nearest" not in (await ana.answer(room, nothing)).body


async def test_a_number_below_an_answer_says_nothing(bot: MatrixHarness, person: Newcomer) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    answer = await ana.ask(room, COST)
    await ana.react(room, answer.event_id, "1️⃣")
    before = len(bot.said(ana, room))
    await ana.ask(room, KIBBEH)
    assert len(bot.said(ana, room)) == before + 1


async def test_a_room_that_is_bound_meanwhile_shows_nothing_of_what_was_offered(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    silence = await ana.ask(room, WHALES)
    bound = await bot.platform.rooms.set_collections(room_place(room), frozenset({"pilots"}))
    assert bound.done
    told = await brought(ana, room, silence, "2️⃣")
    assert told.body == (
        "The document of excerpt 2 has changed since, or is gone. Ask the question again."
    )
    assert await chosen(bot, room) == []
