"""Why a reply did not help: one short notice in its thread, and what curators see of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.state.records import ReplyCounts
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import CHEST, COST, LIT, MatrixHarness, at_home
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import Newcomer, fresh

WHY = (
    "To say why, write !down and one of these, or words of your own: Not an answer, Outdated, "
    "One-sided, Something else."
)
NONE = "No reply was found not good."
restarts = pytest.mark.parametrize("again", [False, True], ids=["at once", "after a restart"])


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path) as parlour:
        yield parlour


async def notices(who: MatrixPerson, room: str, message: str) -> list[str]:
    """What the bot said about a message, once all that came before is done with."""
    await who.ask(room, f"!ask {COST}")
    return [each.body for each in who.answers(room, message)]


@restarts
async def test_a_room_is_asked_why_once_and_what_is_said_goes_to_who_manages_it(
    bot: MatrixHarness, person: Newcomer, again: bool
) -> None:
    ana, ben, boss = await person("ana"), await person("ben"), await person("boss")
    room = await bot.welcomed(boss, ana, ben)
    answer = await ana.ask(room, f"!ask {LIT}")
    sign = await ana.react(room, answer.event_id, "👎")
    (asked,) = await ana.until(lambda: ana.answers(room, answer.event_id))
    assert (asked.body, asked.thread) == (WHY, answer.thread)
    if again:
        await bot.restart()
    await ben.react(room, answer.event_id, "👎")
    assert await notices(ben, room, answer.event_id) == [WHY]
    thanks = await ana.ask(room, "!down veraltet", thread=answer.thread)
    assert thanks.body == "Thank you. Noted: Outdated."
    remark = await ben.say(room, "!down <b>see</b> @room chapter 2", reply_to=answer.event_id)
    assert (await ben.answer(room, remark)).body == "Thank you. Your remark is noted."
    told = await boss.ask(room, "!corpus feedback")
    assert "Did not help: 2. Helped: 0." in told.body
    assert "Outdated: 1." in told.body
    assert "“<b>see</b> @room chapter 2”" in told.body
    assert "Only someone who manages" in (await ana.ask(room, "!corpus feedback")).body
    given = await boss.ask(room, "!corpus feedback 1")
    assert "Ivar Holm" in given.body
    assert f"Its message: https://matrix.to/#/{room}/{answer.event_id}" in given.body
    assert "no such reply" in (await boss.ask(room, "!corpus feedback 2")).body
    # A message that is taken away takes its remark along, a sign its vote.
    await ben.redact(room, remark)
    assert "chapter" not in (await boss.ask(room, "!corpus feedback")).body
    await ana.redact(room, sign)
    told = await boss.ask(room, "!corpus feedback")
    assert ("Did not help: 1." in told.body, "Outdated" in told.body) == (True, False)


async def test_who_may_not_write_is_not_asked(bot: MatrixHarness, person: Newcomer) -> None:
    ana, boss = await person("ana"), await person("boss")
    room = await bot.welcomed(boss, ana)
    answer = await ana.ask(room, f"!ask {LIT}")
    await boss.set_power(room, {bot.user_id: 50, ana.user_id: 0}, events={"m.room.message": 50})
    await ana.react(room, answer.event_id, "👎")
    assert await notices(boss, room, answer.event_id) == []
    assert await bot.store.feedback.totals() == ReplyCounts(0, 1)


async def test_without_signs_words_vote(synapse: Synapse, tmp_path: Path, person: Newcomer) -> None:
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as bot:
        ana = await person("ana")
        room = await bot.welcomed(ana, direct=True)
        answer = await ana.ask(room, LIT)
        assert "!down" in answer.body
        told = await ana.ask(room, "!down")
        assert told.body == f"Noted: this did not help.\n{WHY}"
        assert (await ana.ask(room, "!down")).body == "Your vote is withdrawn."
        assert (await ana.ask(room, "!up")).body == "Noted: this helped."
        assert await bot.store.feedback.totals() == ReplyCounts(1, 0)
        await ana.ask(room, "!down one-sided")
        assert await bot.store.feedback.totals() == ReplyCounts(0, 1)


async def test_a_room_sees_no_reply_that_quotes_what_it_may_not_see(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, cura = await person("ana"), await person("cura")
    await bot.restart(curators=(cura.user_id,))
    room = await bot.welcomed(cura, ana)
    answer = await ana.ask(room, f"!ask {CHEST}")
    await ana.react(room, answer.event_id, "👎")
    await ana.until(lambda: ana.answers(room, answer.event_id))
    await cura.ask(room, "!room collections isle")
    assert (await cura.ask(room, "!corpus feedback")).body == NONE
    assert "Nils Brask" not in (await cura.ask(room, "!corpus feedback 1")).body
