"""Processes that answer: the same replies, and whatever becomes of one, everyone is answered."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.answering.rebuild import IndexRebuild
from bot.answering.service import AnsweringService
from bot.answering.snapshot import Snapshots
from bot.answering.worker_pool import LONGEST_QUESTION, WorkerPool, WorkerTask, possible
from bot.core.errors import BusyError
from bot.core.replies import Answer, Reply
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.retrieval.answer.searcher import AnswerOptions
from bot.retrieval.ranking.calibration import foreign_questions

pytestmark = pytest.mark.skipif(not possible(), reason="this system has no such sockets")

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = AnswerOptions(calibration=tuple(foreign_questions("en")[:40]))
SECONDS = 60.0
QUESTIONS = (
    "How many civilians were evacuated from eastern Aleppo?",
    "when did they cut castello road",
    "Who dredged the harbour of Corvel in 1903?",
    "what is the recipe for kibbeh",
    "Who made the door of the vault?",
    "第一 \ud83d",
)
SCOPES = (None, frozenset({"open"}), frozenset({"closed", "main"}), frozenset[str]())

FAKE = """
import socket, sys, time
sys.path.insert(0, {root!r})
from bot.processes.frames import Frames, framed
line = socket.socket(fileno=0)
frames, asked = Frames(), []
while data := line.recv(65536):
    for said in frames.add(data):
        if said == ["open"]:
            line.sendall(framed(["serves", {revision!r}]))
        if said[0] == "ask":
            number = said[1]
            {then}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    shutil.copytree(ROOT / "corpus", folder)
    for name, text in (
        ("open", "# The harbour\n\nThe harbour of Corvel was dredged by Ada Sand in 1903."),
        ("closed", "# The vault\n\nThe door of the vault was made by Tom Harrow."),
    ):
        (folder / name).mkdir()
        (folder / name / "text.md").write_text(text, encoding="utf-8")
    (tmp_path / "state").mkdir()
    return folder


def made(folder: Path, size: int = 0, **given: Any) -> tuple[AnsweringService, WorkerPool | None]:
    """What answers from the folder, with so many processes."""
    snapshots = Snapshots(folder.parent / "state" / "corpus.snapshot", "settings")
    preparing = IndexRebuild(folder, Limits(), True, OPTIONS, snapshots, fewest_passages=0)
    waiting = given.pop("waiting", 1_000)
    crew = WorkerPool(WorkerTask(snapshots, OPTIONS), size, waiting, **given) if size else None
    answering = AnsweringService(
        Loader(folder), OPTIONS, waiting=waiting, preparing=preparing, crew=crew
    )
    return answering, crew


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not true():  # noqa: ASYNC110 - other processes set no events
            await asyncio.sleep(0.01)


@asynccontextmanager
async def staffed(
    folder: Path, size: int = 1, **given: Any
) -> AsyncIterator[tuple[AnsweringService, WorkerPool]]:
    """With processes that have opened the corpus."""
    answering, crew = made(folder, size, **given)
    assert crew is not None
    await answering.reload()
    async with answering.staffed():
        await until(lambda: crew.serving(answering.corpus) == size)
        yield answering, crew


def fake(answering: AnsweringService, then: str) -> tuple[str, ...]:
    """A process that says it serves, and does something else when it is asked."""
    revision = answering.corpus.revision
    script = FAKE.format(root=str(ROOT), revision=revision, then=then)
    return (sys.executable, "-c", script)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def scores(reply: Reply) -> list[float]:
    if isinstance(reply, Answer):
        return [excerpt.score for excerpt in (*reply.excerpts, *reply.further)]
    return [reply.nearest.score] if reply.nearest else []


async def test_processes_give_the_replies_that_the_program_gives_itself(folder: Path) -> None:
    async with staffed(folder, 2) as (answering, crew):

        def ready(scope: frozenset[str]) -> bool:
            return crew.serving(answering.corpus, scope) == 2

        for collections in SCOPES:
            scope = None if collections is None else collections & answering.corpus.collections
            if scope is not None:
                assert await crew.ask(QUESTIONS[0], answering.corpus, scope) is None
                await until(partial(ready, scope))
            replies = await asyncio.gather(
                *(crew.ask(question, answering.corpus, scope) for question in QUESTIONS * 3)
            )
            for question, reply in zip(QUESTIONS * 3, replies, strict=True):
                same = answering.reply(question, collections)
                assert reply == same
                assert reply.id == same.id
                assert scores(reply) == scores(same)
            asked = [await answering.ask(question, collections) for question in QUESTIONS]
            assert asked == list(replies[: len(QUESTIONS)])


async def test_processes_stand_back_behind_the_event_loop(folder: Path) -> None:
    async with staffed(folder, 2) as (_, crew):
        own = os.getpriority(os.PRIO_PROCESS, 0)
        others = [os.getpriority(os.PRIO_PROCESS, pid) for pid in crew.pids()]
        assert others == [min(own + 3, 19)] * 2


async def test_what_is_asked_of_another_corpus_is_not_answered(folder: Path) -> None:
    async with staffed(folder) as (answering, crew):
        other, _ = made(folder)
        (folder / "open" / "more.md").write_text("The mill burnt down in June.")
        await other.reload()
        assert await crew.ask(QUESTIONS[0], other.corpus) is None
        assert await crew.ask("x " * LONGEST_QUESTION, answering.corpus) is None
        assert await crew.ask(QUESTIONS[0], answering.corpus) is not None


async def test_a_process_that_is_killed_loses_no_question_and_is_started_again(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plain, _ = made(folder)
    await plain.reload()
    async with staffed(folder, 2, first_pause=0.01) as (answering, crew):
        questions = [QUESTIONS[n % 5] + "?" * n for n in range(200)]
        tasks = [asyncio.create_task(answering.ask(question)) for question in questions]
        await asyncio.sleep(0.05)
        before = crew.pids()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(SECONDS):
            replies = await asyncio.gather(*tasks)
        assert [(r.id, scores(r)) for r in replies] == [
            (r.id, scores(r)) for r in map(plain.reply, questions)
        ]
        await until(lambda: crew.serving(answering.corpus) == 2)
        assert not set(before) & set(crew.pids())
        assert not any(map(alive, before))
        assert len(caplog.records) == 2
        reply = await crew.ask(QUESTIONS[0], answering.corpus)
        assert reply == answering.reply(QUESTIONS[0])


@pytest.mark.parametrize(
    "then",
    [
        "time.sleep(600)",
        "sys.exit(3)",
        "line.sendall(b'\\xff' * 100)",
        "line.sendall(framed(['reply', number, ['answer']]))",
        "line.sendall(framed(['reply', number, 'x']))",
        "line.sendall(framed(['reply', number + 7, []]))",
        "line.sendall(framed(['serves', 3]))",
        "line.sendall(framed(['scope', [[1]]]))",
        "line.sendall(framed([{'a': 1}]))",
        "line.sendall(framed(['unable', number]))",
    ],
)
async def test_whatever_a_process_says_the_program_answers(
    folder: Path, then: str, caplog: pytest.LogCaptureFixture
) -> None:
    plain, _ = made(folder)
    await plain.reload()
    command = fake(plain, then)
    async with staffed(folder, command=command, answer_seconds=0.5, first_pause=600.0) as (
        answering,
        crew,
    ):
        async with asyncio.timeout(SECONDS):
            replies = await asyncio.gather(*map(answering.ask, QUESTIONS))
        assert [(r.id, scores(r)) for r in replies] == [
            (r.id, scores(r)) for r in map(plain.reply, QUESTIONS)
        ]
        lost = "unable" not in then
        await until(lambda: crew.serving(answering.corpus) == (0 if lost else 1))
        # Only then is it told, when nothing is left of it.
        await until(lambda: len(caplog.records) >= lost)
    assert len(caplog.records) == lost


async def test_no_more_wait_than_may_and_who_gives_up_makes_room(folder: Path) -> None:
    plain, _ = made(folder)
    await plain.reload()
    command = fake(plain, "pass")
    async with staffed(folder, command=command, waiting=3) as (answering, crew):
        tasks = [asyncio.create_task(answering.ask(QUESTIONS[0] + "?" * n)) for n in range(4)]
        await asyncio.sleep(0)
        assert crew.inside == 4
        with pytest.raises(BusyError):
            answering.admit()
        with pytest.raises(BusyError):
            await answering.ask(QUESTIONS[1])
        # What is being answered is no further question.
        answering.admit(QUESTIONS[0])
        tasks[3].cancel()
        await asyncio.wait({tasks[3]})
        answering.admit()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_after_a_reload_processes_serve_the_new_corpus_and_nobody_sees_half(
    folder: Path,
) -> None:
    async with staffed(folder, 2) as (answering, crew):
        file = folder / "open" / "text.md"
        for year in range(1904, 1910):
            text = file.read_text(encoding="utf-8")
            old = {document.revision for document in answering.corpus.documents}
            file.write_text(text.replace(str(year - 1), str(year)), encoding="utf-8")
            questions = [QUESTIONS[2] + "?" * n for n in range(40)]
            tasks = [asyncio.create_task(answering.ask(question)) for question in questions]
            reloading = asyncio.create_task(answering.reload())
            while not reloading.done():
                tasks.append(asyncio.create_task(answering.ask(QUESTIONS[2] + "!" * len(tasks))))
                await asyncio.sleep(0.02)
            await reloading
            assert f"in {year}" in said(await answering.ask(QUESTIONS[2]))
            for reply in await asyncio.gather(*tasks):
                assert isinstance(reply, Answer)
                seen = {excerpt.passage.document.revision for excerpt in reply.excerpts}
                new = {document.revision for document in answering.corpus.documents}
                assert seen <= old or seen <= new
                now = reply.revision == answering.corpus.revision
                assert f"in {year if now else year - 1}" in said(reply)
        await until(lambda: crew.serving(answering.corpus) == 2)
        apart = await crew.ask(QUESTIONS[2], answering.corpus)
        assert apart == answering.reply(QUESTIONS[2])


def said(reply: Reply) -> str:
    assert isinstance(reply, Answer)
    return reply.excerpts[0].quote


async def test_without_a_snapshot_the_program_answers(folder: Path) -> None:
    async with staffed(folder) as (answering, crew):
        (folder.parent / "state" / "corpus.snapshot").unlink()
        crew.refresh()
        await until(lambda: not crew.serves(answering.corpus))
        assert "Ada Sand" in said(await answering.ask(QUESTIONS[2]))
        await asyncio.sleep(0.1)
        assert len(crew.pids()) == 1


async def test_no_process_is_left_and_questions_under_way_are_answered(folder: Path) -> None:
    async with staffed(folder, 2) as (answering, crew):
        pids = crew.pids()
        tasks = [asyncio.create_task(answering.ask(QUESTIONS[2] + "?" * n)) for n in range(50)]
        await asyncio.sleep(0)
    assert len(pids) == 2
    assert not any(map(alive, pids))
    assert all("Ada Sand" in said(reply) for reply in await asyncio.gather(*tasks))
    assert "Ada Sand" in said(await answering.ask(QUESTIONS[2]))


async def test_a_program_that_cannot_be_started_is_tried_again_ever_more_seldom(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answering, crew = made(folder, 1, command=("/nowhere/python",), first_pause=0.01)
    assert crew is not None
    await answering.reload()
    with caplog.at_level(logging.WARNING):
        async with answering.staffed():
            assert "Ada Sand" in said(await answering.ask(QUESTIONS[2]))
            await until(lambda: len(caplog.records) == 4)
    pauses = [record.args[1] for record in caplog.records if isinstance(record.args, tuple)]
    assert pauses == [0.01, 0.02, 0.04, 0.08]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="that is not told here")
async def test_fifty_reloads_leave_nothing_behind(folder: Path) -> None:
    def held(pid: int) -> tuple[int, int]:
        """Open files of a process, and snapshots that are no more but still held."""
        maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
        gone = {line.split()[4] for line in maps if "snapshot (deleted)" in line}
        return len(list(Path(f"/proc/{pid}/fd").iterdir())), len(gone)

    file = folder / "open" / "text.md"
    async with staffed(folder) as (answering, crew):
        pids = [*crew.pids(), os.getpid()]
        before: list[tuple[int, int]] = []
        for number in range(50):
            file.write_text(f"The harbour of Corvel was dredged {number} times by Ada Sand.")
            await answering.reload()
            await until(lambda: crew.serves(answering.corpus))
            reply = await answering.ask(QUESTIONS[2])
            assert f" {number} " in said(reply)
            if number == 5:
                before = list(map(held, pids))
        after = list(map(held, pids))
    assert [files for files, _ in after] == [files for files, _ in before]
    assert all(gone <= 1 for _, gone in after)
