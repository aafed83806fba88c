"""The loads of a corpus folder, their progress, and the texts that are served."""

import threading
from pathlib import Path

from bot.answering.build_job import Progress
from bot.answering.reload import CorpusReloader
from bot.core.corpus import Corpus
from bot.ingest.formats import Limits
from bot.ingest.report import LoadReport
from bot.retrieval.answer.searcher import AnswerOptions
from tests.harness.index_jobs import build_job

UNCALIBRATED = AnswerOptions(calibration=("who baked the bread",))
"""Options for tests in which nothing is asked: one foreign question is asked soon."""


class CorpusHarness:
    """The loads of one folder, as one run of the program makes them."""

    def __init__(
        self,
        folder: Path,
        store: Path | None = None,
        *,
        limits: Limits | None = None,
        trust_times: bool = True,
    ) -> None:
        self._reloader = CorpusReloader(
            build_job(
                folder, store=store, limits=limits, trust_times=trust_times, options=UNCALIBRATED
            )
        )

    def load(self, progress: Progress | None = None) -> tuple[Corpus, LoadReport]:
        """The corpus as it is on disk now, and the report of loading it."""
        report = self._reloader.reload(progress)
        assert self._reloader.served is not None
        return self._reloader.served.corpus, report


class HeldProgress:
    """The progress of a load that, `at` its first or last step, waits until it is let go on."""

    def __init__(self, *, at_end: bool) -> None:
        self._at_end = at_end
        self.held, self.go_on = threading.Event(), threading.Event()

    def __call__(self, done: int, total: int, path: str) -> None:
        if done == total or not self._at_end:
            self.held.set()
            self.go_on.wait(60)


def texts_of(corpus: Corpus) -> list[str]:
    """The texts of all passages, in the order of paths."""
    return [each.text for one in corpus.documents for each in corpus.passages_of(one)]
