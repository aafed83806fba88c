"""The answering service: questions to replies over the served corpus, and its reload.

Computation runs in threads: one for what members wait for, one for loading, so that a reload
delays no question. Python runs one thread at a time, so a second computing thread answers nobody
sooner: it only takes time from the event loop (measured in docs/benchmarks.md). A question sees
one corpus from beginning to end, because it takes the served corpus once, and a reload replaces
it only when the new one is complete.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from bot.answering.build_job import Progress
from bot.answering.cache import Pause
from bot.answering.judgement import ChoiceStore, Judgement
from bot.answering.pin_search import PinStatus, QuotePlace, pin_statuses, quote_places
from bot.answering.reload import CorpusReloader
from bot.answering.served_corpus import Scope, ServedCorpus
from bot.core.corpus import Corpus
from bot.core.documents import Document
from bot.core.errors import CorpusError, SourcesSayError, UnknownDocumentError
from bot.core.replies import Excerpt, Reply
from bot.ingest.report import LoadReport
from bot.retrieval.answer.explanation import Explanation, explain
from bot.retrieval.answer.judge import Judge
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.pins.groups import group_alike

Result = TypeVar("Result")

_ENCODING_ATTEMPTS = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A served document and the number of its passages."""

    document: Document
    passages: int


class AnsweringService:
    """Serves one corpus: answers questions, lists documents, replaces the corpus as a whole.

    It refuses no question: the rate limiter of the chat bounds those that wait.
    """

    def __init__(self, reloader: CorpusReloader, judge: Judge | None = None) -> None:
        self._reloader = reloader
        self._judgement = Judgement(self.run_in_thread, judge)
        self._answering = ThreadPoolExecutor(1, "answering")
        self._building = ThreadPoolExecutor(1, "building")
        # One thread: a reload whose caller gave up ends before the next one begins, so that an
        # older corpus never replaces a newer one.
        self._loading = ThreadPoolExecutor(1, "loading")
        self._encoding = ThreadPoolExecutor(1, "encoding")
        self._encoder: asyncio.Task[None] | None = None

    @property
    def corpus(self) -> Corpus:
        """The served corpus; `CorpusError` before the first one is loaded."""
        return self._served().corpus

    def _served(self) -> ServedCorpus:
        served = self._reloader.served
        if served is None:
            raise CorpusError("No corpus is loaded yet: load one first.")
        return served

    async def reload(self, progress: Progress | None = None) -> LoadReport:
        """Load what is on disk and serve it; until then the old corpus answers.

        Reloads run one after the other. Raises `SourcesSayError` and changes nothing if there
        is no document to serve.
        """
        report = await _run(self._loading, self._reloader.reload, progress)
        is_incomplete = self._reloader.lacks_pages or self._reloader.lacks_vectors
        if is_incomplete and (self._encoder is None or self._encoder.done()):
            self._encoder = asyncio.create_task(self._complete(), name="complete")
        return report

    async def _complete(self) -> None:
        """Do what a load left for later."""
        if self._reloader.lacks_pages:
            await self._recognise()
        if self._reloader.lacks_vectors:
            await self._encode()

    async def _recognise(self) -> None:
        """Have the pages that wait recognised, and serve them."""
        _log.info("pages without text are being recognised; the other documents answer meanwhile")
        try:
            await _run(self._encoding, self._reloader.recognise)
            await _run(self._loading, self._reloader.reload, None)
        except (SourcesSayError, OSError) as fault:
            # The next load tries again; pages that are done are kept.
            _log.warning("pages without text are not recognised: %s", fault)

    async def _encode(self) -> None:
        """Have the missing vectors made, and serve them; words alone answer meanwhile."""
        _log.info("the documents are being encoded; words alone answer until then")
        try:
            # Documents may change meanwhile; what never becomes whole is left to the next load.
            for _ in range(_ENCODING_ATTEMPTS):
                if not self._reloader.lacks_vectors:
                    break
                await _run(self._encoding, self._reloader.encode)
                await _run(self._loading, self._reloader.reload, None)
        except (SourcesSayError, OSError) as fault:
            # The next load tries again.
            _log.warning("the documents are not encoded, words alone answer: %s", fault)
            return
        if self._reloader.lacks_vectors:
            _log.warning("the documents are not encoded: start again if the encoder was changed")
        else:
            _log.info("the documents are encoded; meaning answers, too")

    async def close(self) -> None:
        """Remove what was written for this program only."""
        if self._encoder is not None:
            # Its child process ends with this program; what it made is kept.
            self._encoder.cancel()
            with suppress(asyncio.CancelledError):
                await self._encoder
        if self._judgement.judge is not None:
            await self._judgement.judge.close()
        await asyncio.to_thread(self._reloader.close)

    async def ask(
        self,
        question: str,
        collections: frozenset[str] | None = None,
        pause: Pause = nullcontext,
        *,
        space: str | None = None,
    ) -> Reply:
        """The reply to `question` from the visible `collections` (None: all).

        `space` is where it is asked, such as "discord:123": its own pins answer there, too.
        `pause` makes a context in which it waits for a judge, so that others have their turn.
        """
        served = self._served()
        scope, space = served.scope_of(collections), served.space_with_pins(space)
        if self._judgement.judge is None:
            pause = nullcontext
        compute = partial(self._compute, served, question, scope, pause, space)
        return await served.replies.reply(question, scope, compute, pause, space)

    async def _compute(
        self,
        served: ServedCorpus,
        question: str,
        scope: Scope | None,
        pause: Pause,
        space: str | None,
    ) -> tuple[Reply, bool]:
        """The reply, and whether it stays so."""
        searcher = await self._searcher(served, scope)
        if self._judgement.judge is None:
            return await self._work(searcher, partial(searcher.reply, space=space), question), True
        result = await self._work(searcher, searcher.search, question)
        judged, stays = await self._judgement.choose(searcher, question, result, pause)
        return await self.run_in_thread(searcher.reply, question, judged, space), stays

    async def _searcher(self, served: ServedCorpus, scope: Scope | None) -> Searcher:
        searcher = served.ready_searcher(scope)
        if searcher is None:
            # Building may take a minute, for which other scopes must not wait.
            searcher = await _run(self._building, served.searcher, scope)
        return searcher

    async def _work(
        self, searcher: Searcher, work: Callable[[str], Result], question: str
    ) -> Result:
        """The result of `work` on a question.

        The first question in a language that the documents lack may take as long as building.
        """

        def attempt() -> tuple[str | None, list[Result]]:
            # In one turn of the thread: in a second one it would wait behind others again.
            language = searcher.language_to_calibrate(question)
            return language, [] if language else [work(question)]

        language, results = await self.run_in_thread(attempt)
        if language is not None:
            await _run(self._building, searcher.calibrate_across, language)
            results = [await self.run_in_thread(work, question)]
        return results[0]

    @property
    def judge_seconds(self) -> float:
        """The longest time of a judge for one question; 0 without one."""
        return 0.0 if self._judgement.judge is None else self._judgement.judge.seconds

    def keep_choices_in(self, store: ChoiceStore) -> None:
        """Keep the choices of the judge in `store`, so that a question has one answer."""
        self._judgement = replace(self._judgement, store=store)

    async def explain(
        self,
        question: str,
        collections: frozenset[str] | None = None,
        *,
        space: str | None = None,
    ) -> Explanation:
        """Why `ask` replies to `question` as it does."""
        served = self._served()
        searcher = await self._searcher(served, served.scope_of(collections))
        result = await self._work(searcher, searcher.search, question)
        judged, _ = await self._judgement.choose(searcher, question, result, nullcontext)
        return await self.run_in_thread(explain, searcher, question, judged, space)

    def is_cached(
        self,
        question: str,
        collections: frozenset[str] | None = None,
        *,
        space: str | None = None,
    ) -> bool:
        """Whether the reply to `question` is cached, or being computed already."""
        served = self._reloader.served
        return served is not None and served.replies.knows(
            question, served.scope_of(collections), served.space_with_pins(space)
        )

    def is_pinned(
        self, question: str, collections: frozenset[str] | None, *, space: str | None
    ) -> bool:
        """Whether `question` is the very question of a pin that answers in a scope and space."""
        served = self._reloader.served
        return served is not None and served.is_pinned(
            question, served.scope_of(collections), space
        )

    async def candidates(
        self, question: str, collections: frozenset[str] | None, count: int
    ) -> tuple[Excerpt, ...]:
        """The `count` best excerpts for a question, best first, even if it meets silence.

        They are offered to a curator to pin, and are no answer.
        """
        served = self._served()
        searcher = await self._searcher(served, served.scope_of(collections))
        return await self._work(searcher, partial(searcher.candidates, count=count), question)

    async def group_alike(
        self, questions: Sequence[str], collections: frozenset[str] | None
    ) -> list[list[int]]:
        """The numbers of questions in groups of those that ask for the same, leaders first."""
        served = self._served()
        searcher = await self._searcher(served, served.scope_of(collections))
        # Vectors of a hundred questions take half a second, for which no answer must wait.
        return await _run(self._building, group_alike, questions, searcher.index)

    async def find_quote(
        self, words: str, collections: frozenset[str] | None, count: int
    ) -> tuple[QuotePlace, ...]:
        """The first `count` places of `words` in the documents, capitals and blanks ignored."""
        corpus = self.corpus.within(collections)
        # All texts are read, which may take a second, for which no answer must wait.
        return await _run(self._building, quote_places, words, corpus, count)

    async def pins(
        self, collections: frozenset[str] | None = None, space: str | None = None
    ) -> tuple[PinStatus, ...]:
        """The pins of a space and those for all with quotes in `collections`, as they stand now."""
        served = self._served()
        scope = served.scope_of(collections)
        corpus = served.corpus.within(scope)
        pins = served.pins_within(scope)
        return await _run(self._building, pin_statuses, pins, corpus, space)  # as in find_quote

    async def revision(
        self, collections: frozenset[str] | None = None, space: str | None = None
    ) -> str:
        """The revision of the replies in a scope and space."""
        served = self._served()
        return await self.run_in_thread(served.revision, served.scope_of(collections), space)

    async def run_in_thread(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """The result of `work`, computed in the thread of the questions, in the order of calls.

        For what a reply needs besides its search, such as its rendering.
        """
        return await _run(self._answering, work, *arguments)

    def searcher(self, collections: frozenset[str] | None = None) -> Searcher:
        """The searcher over the visible `collections`, for the tools of curators."""
        served = self._served()
        return served.searcher(served.scope_of(collections))

    async def documents(
        self, collections: frozenset[str] | None = None
    ) -> tuple[DocumentInfo, ...]:
        """The served documents, sorted by path."""
        return await self.run_in_thread(_document_infos, self.corpus, collections)

    async def find(self, name: str, collections: frozenset[str] | None = None) -> DocumentInfo:
        """The one document with that path, file name or title, or a part of one.

        Raises `UnknownDocumentError` if none or several match.
        """
        return await self.run_in_thread(_find, self.corpus, name, collections)

    async def context(self, excerpt: Excerpt, around: int = 1) -> tuple[Excerpt, ...]:
        """The whole passage of `excerpt`, with `around` passages before and after it.

        If a reload changed or removed its document, its own passage alone.
        """
        return await self.run_in_thread(_context, self.corpus, excerpt, around)


async def _run(pool: Executor, work: Callable[..., Result], *arguments: Any) -> Result:
    """The result of `work`, computed in `pool`; cancelling the caller takes it off the queue."""
    # Texts are made in the language of the caller's context, which a thread does not have.
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, context.run, work, *arguments)


def _document_infos(corpus: Corpus, collections: frozenset[str] | None) -> tuple[DocumentInfo, ...]:
    return tuple(
        DocumentInfo(document, corpus.count_of(document))
        for document in corpus.documents
        if collections is None or document.collection in collections
    )


def _find(corpus: Corpus, name: str, collections: frozenset[str] | None) -> DocumentInfo:
    infos = _document_infos(corpus, collections)
    folded = " ".join(name.split()).casefold()
    for name_of in (_path, _file_name, _title):
        matches = [info for info in infos if name_of(info) == folded]
        if len(matches) == 1:
            return matches[0]
    matches = [info for info in infos if folded and folded in f"{_path(info)}\n{_title(info)}"]
    if len(matches) == 1:
        return matches[0]
    if matches:
        some = ", ".join(info.document.path for info in matches[:5])
        raise UnknownDocumentError(
            f"{len(matches)} documents fit that name ({some}): give more of it."
        )
    raise UnknownDocumentError("No document has that name: see the list of sources.")


def _path(info: DocumentInfo) -> str:
    return info.document.path.casefold()


def _file_name(info: DocumentInfo) -> str:
    return info.document.path.rsplit("/", 1)[-1].casefold()


def _title(info: DocumentInfo) -> str:
    return " ".join(info.document.source.title.split()).casefold()


def _context(corpus: Corpus, excerpt: Excerpt, around: int) -> tuple[Excerpt, ...]:
    document = corpus.document(excerpt.passage.document.path)
    if document is None or document.identity != excerpt.passage.document.identity:
        return (Excerpt(excerpt.passage, (excerpt.passage.span,)),)
    passages = corpus.passages_of(document)
    place = next(i for i, p in enumerate(passages) if p.span == excerpt.passage.span)
    nearby = passages[max(place - around, 0) : place + around + 1]
    return tuple(Excerpt(passage, (passage.span,)) for passage in nearby)
