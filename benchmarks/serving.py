"""A generated corpus behind the bot's own chat, as platforms have it, without any platform."""

from pathlib import Path

from bot.answering.service import ANSWERING_THREADS, WAITING, AnsweringService
from bot.core.corpus import Corpus
from bot.ingest.loader import Loader, LoadReport, Progress


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


async def serving(
    corpus: Corpus, *, threads: int = ANSWERING_THREADS, waiting: int = WAITING
) -> AnsweringService:
    """What answers from `corpus`, ready; `threads` and `waiting` as `AnsweringService` has them."""
    answering = AnsweringService(GivenLoader(corpus), threads=threads, waiting=waiting)
    await answering.reload()
    return answering
