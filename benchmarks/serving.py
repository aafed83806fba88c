"""A generated corpus behind the bot's own chat, as platforms have it, without any platform."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.answering.service import ANSWERING_THREADS, WAITING, AnsweringService
from bot.answering.snapshot import Snapshot, Snapshots
from bot.answering.worker_pool import WorkerPool, WorkerTask
from bot.core.corpus import Corpus
from bot.ingest.loader import Loader, LoadReport, Progress
from bot.retrieval.answer.searcher import AnswerOptions


class GivenLoader(Loader):
    """A loader whose corpus is there already."""

    def __init__(self, corpus: Corpus) -> None:
        super().__init__(Path())
        self._corpus = corpus

    def load(self, progress: Progress | None = None) -> tuple[Corpus, LoadReport]:
        """The corpus, and a report that nothing failed."""
        del progress
        report = LoadReport(
            added=(),
            changed=(),
            unchanged=(),
            removed=(),
            failed=(),
            notes=(),
            documents=len(self._corpus.documents),
            passages=len(self._corpus.passages),
            seconds=0.0,
            revision=self._corpus.revision,
        )
        return self._corpus, report


@asynccontextmanager
async def serving(
    corpus: Corpus,
    *,
    threads: int = ANSWERING_THREADS,
    waiting: int = WAITING,
    processes: int = 0,
) -> AsyncIterator[AnsweringService]:
    """What answers from `corpus`, ready; `threads` and `waiting` as `AnsweringService` has them.

    With so many `processes`, each of which has opened a snapshot.
    """
    with tempfile.TemporaryDirectory() as name:
        snapshots = Snapshots(Path(name) / "corpus.snapshot", "given")
        task = WorkerTask(snapshots, AnswerOptions())
        crew = WorkerPool(task, processes, waiting) if processes else None
        answering = AnsweringService(
            GivenLoader(corpus), threads=threads, waiting=waiting, worker_pool=crew
        )
        await answering.reload()
        if crew is not None:
            nothing: dict[str, dict[str, object]] = {"said": {}, "read": {}, "tables": {}}
            snapshots.save(Snapshot(answering.searcher(), nothing))
        async with answering.worker_processes():
            while crew is not None and crew.serving(corpus) < processes:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            yield answering
