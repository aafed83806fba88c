"""What goes wrong in rooms, and what takes long: told in a sentence, and nothing is stuck."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.ingest.report import LoadReport
from tests.harness.matrix_harness import COST, LIT, MatrixHarness, at_home
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import Newcomer, fresh


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path) as parlour:
        yield parlour


async def test_a_long_list_goes_on_by_sign_and_by_word(
    bot: MatrixHarness, person: Newcomer
) -> None:
    for number in range(180):
        title = f"Log {number} " + "of wind and weather at the light " * 4
        bot.write(f"isle/{number}.md", f"# {title}\n\nWind and rain, day {number}.\n")
    await bot.reload()
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    first = await ana.ask(room, "sources")
    await ana.until(lambda: (ana.shown(room, first.event_id) or first).signs(bot.user_id) == {"➕"})
    await ana.react(room, first.event_id, "➕")
    by_sign = await ana.answer(room, first.event_id)
    by_word = await ana.ask(room, "more", thread=first.thread)
    assert by_sign.body == by_word.body != first.body
    assert "Log 179" in first.body + by_word.body + (await ana.ask(room, "more")).body


async def test_signs_count_against_the_limits(bot: MatrixHarness, person: Newcomer) -> None:
    await bot.restart(per_person=1)
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    answer = await ana.ask(room, COST)
    await ana.react(room, answer.event_id, "🔎")
    told = await ana.answer(room, answer.event_id)
    assert "That is a lot of questions at once." in told.body
    # A reply is always taken down.
    await ana.react(room, answer.event_id, "❌")
    await ana.see(room, answer.event_id, gone=True)


async def test_a_file_that_is_not_there_is_told(bot: MatrixHarness, person: Newcomer) -> None:
    cura = await person("cura")
    await bot.restart(curators=(cura.user_id,))
    room = await bot.welcomed(cura, direct=True)
    content = {"msgtype": "m.file", "body": "x.md", "url": "mxc://localhost/nowhere"}
    file = await cura.send(room, "m.room.message", content)
    told = await cura.ask(room, "!corpus add isle", reply_to=file)
    assert "The file could not be fetched." in told.body
    huge = {**content, "info": {"size": 10**12}}
    file = await cura.send(room, "m.room.message", huge)
    assert "too large" in (await cura.ask(room, "!corpus add isle", reply_to=file)).body
    # A file by itself asks for nothing.
    assert all(told.reply_to != file for told in bot.said(cura, room))


async def test_what_takes_long_is_told_in_between(bot: MatrixHarness, person: Newcomer) -> None:
    gate = asyncio.Event()
    gate.set()

    class Slow(AnsweringService):
        async def reload(self, progress: object = None) -> LoadReport:
            await gate.wait()
            return await super().reload()

    cura = await person("cura")
    bot.answers = Slow
    await bot.restart(curators=(cura.user_id,), progress=0.01)
    room = await bot.welcomed(cura, direct=True)
    gate.clear()
    asked = await cura.say(room, "!corpus reload")
    assert "This takes a moment." in (await cura.answer(room, asked)).body
    gate.set()
    await cura.until(lambda: len(cura.answers(room, asked)) == 2)
    assert "4" in cura.answers(room, asked)[1].body


async def test_where_it_may_not_speak_nothing_is_stuck(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    await ana.set_power(room, {}, events_default=50)
    unheard = await ana.say(room, LIT)
    other = await bot.welcomed(ana, direct=True)
    await ana.ask(other, LIT)
    await ana.set_power(room, {}, events_default=0)
    await ana.ask(room, COST)
    assert ana.answers(room, unheard) == []
    assert await bot.pending() == ()


async def test_a_note_of_another_version_is_let_go(bot: MatrixHarness, person: Newcomer) -> None:
    await bot.store.jobs.take("matrix", "!room", "$event", "nonsense", datetime.now(UTC))
    await bot.restart()
    ana = await person("ana")
    await ana.ask(await bot.welcomed(ana, direct=True), LIT)
    assert await bot.pending() == ()
