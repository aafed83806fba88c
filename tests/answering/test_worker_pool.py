"""Workers that answer: the same replies, and whatever becomes of one, everyone is answered."""

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
from bot.answering.worker_pool import LONGEST_QUESTION, WorkerPool, WorkerTask
from bot.core.errors import BusyError
from bot.core.replies import Answer, Reply
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.retrieval.answer.searcher import AnswerOptions
from bot.retrieval.ranking.calibration import foreign_questions
from tests.harness.child_processes import child_pids, is_running, needs_proc, replace_interpreter

pytestmark = needs_proc

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

MODULE = "bot.answering.worker_process"

FAKE = """
import sys, time
sys.path.insert(0, {root!r})
from bot.processes.child import ParentChannel
from bot.processes.frames import decode, encode
parent = ParentChannel()
while True:
    message = decode(parent.receive(65536))
    if message == ["open"]:
        parent.send(encode(["serves", {revision!r}]))
    if message[0] == "ask":
        number = message[1]
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


def service_of(
    folder: Path, size: int = 0, *, waiting: int = 1_000, **options: Any
) -> tuple[AnsweringService, WorkerPool]:
    """A service that answers from the folder, and its pool of workers."""
    snapshots = Snapshots(folder.parent / "state" / "corpus.snapshot", "settings")
    rebuild = IndexRebuild(folder, Limits(), True, OPTIONS, snapshots, min_snapshot_passages=0)
    pool = WorkerPool(WorkerTask(snapshots, OPTIONS), size, waiting, **options)
    crew = pool if size else None
    service = AnsweringService(
        Loader(folder), OPTIONS, waiting=waiting, rebuild=rebuild, worker_pool=crew
    )
    return service, pool


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - other processes set no events
            await asyncio.sleep(0.01)


@asynccontextmanager
async def staffed(
    folder: Path, size: int = 1, **options: Any
) -> AsyncIterator[tuple[AnsweringService, WorkerPool]]:
    """A service with workers that have opened the corpus."""
    service, pool = service_of(folder, size, **options)
    await service.reload()
    async with service.worker_processes():
        await until(lambda: pool.serving(service.corpus) == size)
        yield service, pool


def imitate(
    monkeypatch: pytest.MonkeyPatch, folder: Path, service: AnsweringService, then: str
) -> None:
    """Let workers say that they serve, and do something else when they are asked."""
    script = FAKE.format(root=str(ROOT), revision=service.corpus.revision, then=then)
    replace_interpreter(monkeypatch, folder.parent, script)


def scores(reply: Reply) -> list[float]:
    if isinstance(reply, Answer):
        return [excerpt.score for excerpt in (*reply.excerpts, *reply.further)]
    return [reply.nearest.score] if reply.nearest else []


async def test_workers_give_the_replies_that_the_program_gives_itself(folder: Path) -> None:
    async with staffed(folder, 2) as (service, pool):

        def ready(scope: frozenset[str]) -> bool:
            return pool.serving(service.corpus, scope) == 2

        for collections in SCOPES:
            scope = None if collections is None else collections & service.corpus.collections
            if scope is not None:
                assert await pool.ask(QUESTIONS[0], service.corpus, scope) is None
                await until(partial(ready, scope))
            replies = await asyncio.gather(
                *(pool.ask(question, service.corpus, scope) for question in QUESTIONS * 3)
            )
            for question, reply in zip(QUESTIONS * 3, replies, strict=True):
                same = service.reply(question, collections)
                assert reply == same
                assert reply.id == same.id
                assert scores(reply) == scores(same)
            asked = [await service.ask(question, collections) for question in QUESTIONS]
            assert asked == list(replies[: len(QUESTIONS)])


async def test_workers_stand_back_behind_the_event_loop(folder: Path) -> None:
    async with staffed(folder, 2):
        own = os.getpriority(os.PRIO_PROCESS, 0)
        others = [os.getpriority(os.PRIO_PROCESS, pid) for pid in child_pids(MODULE)]
        assert others == [min(own + 3, 19)] * 2


async def test_a_question_about_another_corpus_is_not_answered(folder: Path) -> None:
    async with staffed(folder) as (service, pool):
        other, _ = service_of(folder)
        (folder / "open" / "more.md").write_text("The mill burnt down in June.")
        await other.reload()
        assert await pool.ask(QUESTIONS[0], other.corpus) is None
        assert await pool.ask("x " * LONGEST_QUESTION, service.corpus) is None
        assert await pool.ask(QUESTIONS[0], service.corpus) is not None


async def test_a_worker_that_is_killed_loses_no_question_and_is_started_again(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plain, _ = service_of(folder)
    await plain.reload()
    async with staffed(folder, 2, first_pause=0.01) as (service, pool):
        questions = [QUESTIONS[n % 5] + "?" * n for n in range(200)]
        tasks = [asyncio.create_task(service.ask(question)) for question in questions]
        await asyncio.sleep(0.05)
        before = child_pids(MODULE)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(SECONDS):
            replies = await asyncio.gather(*tasks)
        assert [(r.id, scores(r)) for r in replies] == [
            (r.id, scores(r)) for r in map(plain.reply, questions)
        ]
        await until(lambda: pool.serving(service.corpus) == 2)
        assert not set(before) & set(child_pids(MODULE))
        assert not any(map(is_running, before))
        assert len(caplog.records) == 2
        reply = await pool.ask(QUESTIONS[0], service.corpus)
        assert reply == service.reply(QUESTIONS[0])


@pytest.mark.parametrize(
    "then",
    [
        "time.sleep(600)",
        "sys.exit(3)",
        "parent.send(b'\\xff' * 100)",
        "parent.send(encode(['reply', number, ['answer']]))",
        "parent.send(encode(['reply', number, 'x']))",
        "parent.send(encode(['reply', number + 7, []]))",
        "parent.send(encode(['serves', 3]))",
        "parent.send(encode(['scope', [[1]]]))",
        "parent.send(encode([{'a': 1}]))",
        "parent.send(encode(['unable', number]))",
    ],
)
async def test_whatever_a_worker_says_the_program_answers(
    folder: Path,
    then: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, _ = service_of(folder)
    await plain.reload()
    imitate(monkeypatch, folder, plain, then)
    async with staffed(folder, answer_seconds=0.5, first_pause=600.0) as (
        service,
        pool,
    ):
        async with asyncio.timeout(SECONDS):
            replies = await asyncio.gather(*map(service.ask, QUESTIONS))
        assert [(r.id, scores(r)) for r in replies] == [
            (r.id, scores(r)) for r in map(plain.reply, QUESTIONS)
        ]
        lost = "unable" not in then
        await until(lambda: pool.serving(service.corpus) == (0 if lost else 1))
        # Only then is it told, when nothing is left of it.
        await until(lambda: len(caplog.records) >= lost)
    assert len(caplog.records) == lost


async def test_the_queue_is_bounded_and_a_cancelled_question_makes_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, _ = service_of(folder)
    await plain.reload()
    imitate(monkeypatch, folder, plain, "pass")
    async with staffed(folder, waiting=3) as (service, pool):
        tasks = [asyncio.create_task(service.ask(QUESTIONS[0] + "?" * n)) for n in range(4)]
        await asyncio.sleep(0)
        assert pool.inside == 4
        with pytest.raises(BusyError):
            service.admit()
        with pytest.raises(BusyError):
            await service.ask(QUESTIONS[1])
        # What is being answered is no further question.
        service.admit(QUESTIONS[0])
        tasks[3].cancel()
        await asyncio.wait({tasks[3]})
        service.admit()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_after_a_reload_workers_serve_the_new_corpus_and_nobody_sees_half(
    folder: Path,
) -> None:
    async with staffed(folder, 2) as (service, pool):
        file = folder / "open" / "text.md"
        for year in range(1904, 1910):
            text = file.read_text(encoding="utf-8")
            old = {document.revision for document in service.corpus.documents}
            file.write_text(text.replace(str(year - 1), str(year)), encoding="utf-8")
            questions = [QUESTIONS[2] + "?" * n for n in range(40)]
            tasks = [asyncio.create_task(service.ask(question)) for question in questions]
            reloading = asyncio.create_task(service.reload())
            while not reloading.done():
                tasks.append(asyncio.create_task(service.ask(QUESTIONS[2] + "!" * len(tasks))))
                await asyncio.sleep(0.02)
            await reloading
            assert f"in {year}" in said(await service.ask(QUESTIONS[2]))
            for reply in await asyncio.gather(*tasks):
                assert isinstance(reply, Answer)
                seen = {excerpt.passage.document.revision for excerpt in reply.excerpts}
                new = {document.revision for document in service.corpus.documents}
                assert seen <= old or seen <= new
                now = reply.revision == service.corpus.revision
                assert f"in {year if now else year - 1}" in said(reply)
        await until(lambda: pool.serving(service.corpus) == 2)
        apart = await pool.ask(QUESTIONS[2], service.corpus)
        assert apart == service.reply(QUESTIONS[2])


def said(reply: Reply) -> str:
    assert isinstance(reply, Answer)
    return reply.excerpts[0].quote


async def test_without_a_snapshot_the_program_answers(folder: Path) -> None:
    async with staffed(folder) as (service, pool):
        (folder.parent / "state" / "corpus.snapshot").unlink()
        pool.refresh()
        await until(lambda: not pool.serves(service.corpus))
        assert "Ada Sand" in said(await service.ask(QUESTIONS[2]))
        await asyncio.sleep(0.1)
        assert len(child_pids(MODULE)) == 1


async def test_no_worker_is_left_and_questions_under_way_are_answered(folder: Path) -> None:
    async with staffed(folder, 2) as (service, _):
        pids = child_pids(MODULE)
        tasks = [asyncio.create_task(service.ask(QUESTIONS[2] + "?" * n)) for n in range(50)]
        await asyncio.sleep(0)
    assert len(pids) == 2
    assert not any(map(is_running, pids))
    assert all("Ada Sand" in said(reply) for reply in await asyncio.gather(*tasks))
    assert "Ada Sand" in said(await service.ask(QUESTIONS[2]))


async def test_a_program_that_cannot_be_started_is_tried_again_ever_more_seldom(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _ = service_of(folder, 1, first_pause=0.01)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    await service.reload()
    with caplog.at_level(logging.WARNING):
        async with service.worker_processes():
            assert "Ada Sand" in said(await service.ask(QUESTIONS[2]))
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
    async with staffed(folder) as (service, pool):
        pids = [*child_pids(MODULE), os.getpid()]
        before: list[tuple[int, int]] = []
        for number in range(50):
            file.write_text(f"The harbour of Corvel was dredged {number} times by Ada Sand.")
            await service.reload()
            await until(lambda: pool.serves(service.corpus))
            reply = await service.ask(QUESTIONS[2])
            assert f" {number} " in said(reply)
            if number == 5:
                before = list(map(held, pids))
        after = list(map(held, pids))
    assert [files for files, _ in after] == [files for files, _ in before]
    assert all(gone <= 1 for _, gone in after)
