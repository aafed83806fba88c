"""Kills, restarts and long absences: every question answered, and none twice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from bot.chat.rendering.blocks import notice_block
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.core.errors import MatrixError
from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.events import Handler
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.crypto.verification import MayRefuse
from tests.harness.matrix_bot_process import MOMENTS
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import (
    COST,
    KIBBEH,
    LIT,
    MatrixHarness,
    at_home,
    moved_in,
    reply_id,
)
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, Newcomer, fresh


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as parlour:
        yield parlour


@asynccontextmanager
async def process_of(
    bot: MatrixHarness, root: Path, moment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot in a process of its own, killed at the end; it has joined."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.harness.matrix_bot_process"),
        *(bot.synapse.url, bot.user, str(bot.corpus.parent), moment),
        cwd=root,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await comes(process, "joined")
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def comes(process: asyncio.subprocess.Process, moment: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert (await process.stdout.readline()).decode().strip() == moment


async def answered_once(
    who: MatrixPerson, room: str, asked: dict[str, str], bot: MatrixHarness
) -> None:
    await who.until(lambda: all(who.answers(room, event) for event in asked))
    await who.ask(room, KIBBEH)
    for event, question in asked.items():
        (answer,) = who.answers(room, event)
        assert reply_id(answer) == (await bot.answering.ask(question)).id


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_kill_at_any_moment_neither_loses_nor_repeats_an_answer(
    synapse: Synapse,
    tmp_path: Path,
    project_root: Path,
    encrypting_person: EncryptingNewcomer,
    moment: str,
) -> None:
    bot = await moved_in(synapse, fresh("bot"), tmp_path)
    ana = await encrypting_person("ana")
    async with process_of(bot, project_root, moment) as process:
        room = await bot.welcomed(ana, encrypted=True, direct=True)
        asked = {await ana.say(room, COST): COST}
        await comes(process, moment)
    # Nobody is there to hear these.
    asked |= {await ana.say(room, question): question for question in (LIT, COST)}
    try:
        await bot.start(signs="none")
        await answered_once(ana, room, asked, bot)
    finally:
        await bot.stop()


async def test_forty_missed_questions_are_answered_in_the_end(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer
) -> None:
    ana = await encrypting_person("ana")
    room = await bot.welcomed(ana, encrypted=True, direct=True)
    await bot.stop()
    asked = [await ana.say(room, (LIT, COST)[number % 2]) for number in range(40)]
    await bot.start()
    await ana.until(lambda: len(bot.said(ana, room)) > len(asked))
    assert sorted(one.reply_to or "" for one in bot.said(ana, room)[1:]) == sorted(asked)


async def test_the_server_may_go_and_come_back(
    bot: MatrixHarness, person: Newcomer, synapse: Synapse
) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    await asyncio.to_thread(synapse.restart)
    answer = await ana.answer(room, await ana.say(room, LIT), within=40)
    assert "Ivar Holm" in answer.body


async def test_a_token_that_was_revoked_stops_it_with_one_sentence(
    bot: MatrixHarness, person: Newcomer, synapse: Synapse
) -> None:
    ana = await person("ana")
    await bot.welcomed(ana, direct=True)
    other = await MatrixPerson.login(synapse, bot.user)
    await other.call("POST", "/logout/all", {})
    await other.close()
    assert bot.task is not None
    with pytest.raises(MatrixError) as told:
        async with asyncio.timeout(20):
            await bot.task
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)


class BreakingPort(HomeserverPort):
    """A port that breaks while it sends its first message, which nobody gets."""

    broke: ClassVar[asyncio.Event]

    async def listen(
        self,
        handle: Handler,
        may_refuse: MayRefuse,
        reached: Callable[[bool], None] = lambda _: None,
    ) -> None:
        async def end() -> None:
            await self.broke.wait()
            raise ConnectionResetError

        rest = asyncio.Event().wait() if self.broke.is_set() else end()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(rest)
            await super().listen(handle, may_refuse, reached)

    async def send(self, room: str, content: MessageContent, txn: str) -> str:
        if not self.broke.is_set():
            self.broke.set()
            await asyncio.Event().wait()
        return await super().send(room, content, txn)


async def test_an_alert_that_was_being_sent_is_sent_by_the_next_connection(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    BreakingPort.broke, bot.opened = asyncio.Event(), BreakingPort.open
    await bot.restart(alert_room=room)
    bot.platform.alerts.add(notice_block(notice(Text.PRESENCE)))
    await ana.until(lambda: bot.said(ana, room)[-1].body == Text.PRESENCE.value)
    assert BreakingPort.broke.is_set()


class TornPort(HomeserverPort):
    """A port whose connection is torn by the first message that it sends."""

    torn: ClassVar[bool]

    async def send(self, room: str, content: MessageContent, txn: str) -> str:
        if not TornPort.torn:
            TornPort.torn = True
            raise ConnectionResetError
        return await super().send(room, content, txn)


async def test_an_alert_that_tore_the_connection_is_sent_by_the_next_one(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    TornPort.torn, bot.opened = False, TornPort.open
    await bot.restart(alert_room=room)
    assert bot.platform.connection.lost_at is None
    bot.platform.alerts.add(notice_block(notice(Text.PRESENCE)))
    await ana.until(lambda: bot.said(ana, room)[-1].body == Text.PRESENCE.value)
    assert TornPort.torn
    await ana.until(lambda: bot.platform.connection.lost_at is None)
    await bot.stop()
    assert bot.platform.connection.lost_at is not None
