"""A corpus folder and the store of its index, as one run of the program has them."""

import threading
from pathlib import Path

from bot.answering.build_job import BuildJob, Progress
from bot.answering.reload import CorpusReloader
from bot.answering.store import IndexStore, name_for
from bot.core.corpus import Corpus
from bot.ingest.formats import Limits
from bot.ingest.report import LoadReport
from bot.retrieval.answer.searcher import AnswerOptions

UNCALIBRATED = AnswerOptions(calibration=("who baked the bread",))
"""Options for tests in which nothing is asked: one foreign question is asked soon."""


def job_for(
    folder: Path,
    state: Path | None = None,
    *,
    limits: Limits | None = None,
    trust_times: bool = True,
    options: AnswerOptions | None = None,
) -> BuildJob:
    """The job of indexing `folder`; its store lies in `state`, or else beside the folder."""
    store = IndexStore((state or folder.parent) / name_for(folder), "settings")
    return BuildJob(folder, limits or Limits(), trust_times, options or AnswerOptions(), store)


class CorpusHarness:
    """The loads of one folder, as one run of the program makes them."""

    def __init__(
        self,
        folder: Path,
        state: Path | None = None,
        *,
        limits: Limits | None = None,
        trust_times: bool = True,
    ) -> None:
        self.job = job_for(
            folder, state, limits=limits, trust_times=trust_times, options=UNCALIBRATED
        )
        self._reloader = CorpusReloader(self.job, apart=False)

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

    def __call__(self, done: int, total: int) -> None:
        if done == total or not self._at_end:
            self.held.set()
            self.go_on.wait(60)


def texts_of(corpus: Corpus) -> list[str]:
    """The texts of all passages, in the order of paths."""
    return [each.text for one in corpus.documents for each in corpus.passages_of(one)]
