"""Questions to replies over the corpus now served, and its exchange for a newer one.

Everything that computes runs in threads, off the event loop: what members wait for in one
kind, loading in another, so that neither has to wait for the other's threads. A question
sees one corpus from beginning to end: it takes the searcher that serves at that moment,
and a reload puts another in its place only when that one is complete.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from bot.answering.cache import ReplyCache
from bot.answering.queue import ThreadQueue
from bot.answering.rebuild import IndexRebuild
from bot.answering.snapshot_writer import SnapshotWriter, release_memory
from bot.answering.worker_pool import WorkerPool
from bot.core.corpus import Corpus
from bot.core.documents import Document, Passage
from bot.core.errors import CorpusError, UnknownDocumentError
from bot.core.replies import Excerpt, Reply
from bot.core.switch_interval import short_turns
from bot.ingest.loader import Loader, LoadReport, Pending
from bot.retrieval.answer.searcher import Options as AnswerOptions
from bot.retrieval.answer.searcher import Searcher

Progress = Callable[[int, int], None]

SCOPES_KEPT = 16
"""Searchers kept for sets of collections that were asked for; the least used goes first."""

ANSWERING_THREADS = 1
"""Threads for what members wait for; more of them take the event loop's turns away."""

CLOSING_SECONDS = 3.0
"""Longest wait at the end for the snapshot: the next start does well with an older one."""

WAITING = 1_000
"""Questions that may wait where nothing else is set."""

_THRESHOLDS, _NEVER = gc.get_threshold(), 1_000_000_000
"""When the collector looks through the youngest objects, the younger, all; and never."""

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document that is served, and how many passages it has."""

    document: Document
    passages: int


class _ServedCorpus:
    """One corpus with the searchers for the parts of it that rooms may see."""

    def __init__(
        self, corpus: Corpus, options: AnswerOptions, before: Searcher | None = None
    ) -> None:
        served = before is not None and before.corpus.revision == corpus.revision
        self._everything = before if served and before else Searcher(corpus, options, before)
        # Documents are compared by identity: what is quoted and what is listed are the same.
        self.corpus = self._everything.corpus
        self.recent = ReplyCache(self.corpus)
        self._options = options
        self._scopes: OrderedDict[frozenset[str], Searcher] = OrderedDict()
        self._building = threading.Lock()

    def scope(self, collections: frozenset[str] | None) -> frozenset[str] | None:
        """What of `collections` there is; None where that is all."""
        if collections is None or collections >= self.corpus.collections:
            return None
        return collections & self.corpus.collections

    def ready(self, collections: frozenset[str] | None) -> Searcher | None:
        """The searcher that knows `collections` only, if it is made; never waits."""
        if collections is None or collections >= self.corpus.collections:
            return self._everything
        scope = collections & self.corpus.collections
        # Not under the lock, which is held as long as one is being made.
        with suppress(KeyError):
            self._scopes.move_to_end(scope)
            return self._scopes[scope]
        return None

    def searchers(self) -> list[Searcher]:
        """All that are made."""
        return [self._everything, *self._scopes.values()]

    def searcher(self, collections: frozenset[str] | None) -> Searcher:
        """The searcher that knows `collections` only; made when first asked for."""
        if collections is None or collections >= self.corpus.collections:
            return self._everything
        scope = collections & self.corpus.collections
        with self._building:
            if scope not in self._scopes:
                with short_turns():
                    self._scopes[scope] = Searcher(
                        self.corpus.within(scope), self._options, self._everything
                    )
                while len(self._scopes) > SCOPES_KEPT:
                    self._scopes.popitem(last=False)
            self._scopes.move_to_end(scope)
            return self._scopes[scope]


class AnsweringService:
    """The one place that serves a corpus: asks it, lists it, and exchanges it whole.

    `waiting` questions may wait; what comes beyond that is refused at once.
    """

    def __init__(
        self,
        loader: Loader,
        options: AnswerOptions | None = None,
        *,
        waiting: int = WAITING,
        threads: int = ANSWERING_THREADS,
        preparing: IndexRebuild | None = None,
        crew: WorkerPool | None = None,
    ) -> None:
        """With `preparing` a corpus is kept for the next start, and a large one read apart.

        With `crew` processes answer as well, from what is kept; see `staffed`.
        """
        self._loader = loader
        self._preparing = preparing
        self._crew = crew
        if crew is not None and preparing is not None:
            preparing.snapshots.when_saved.append(crew.refresh)
        self._options = options or AnswerOptions()
        self._serving: _ServedCorpus | None = None
        self._reloading = asyncio.Lock()
        self._exchanging = threading.Lock()
        self._answering = ThreadQueue("answering", threads, waiting)
        self._building = ThreadQueue("building", 1, waiting)
        self._loading = ThreadQueue("loading", 1, 1)
        self._saving = SnapshotWriter()

    @property
    def corpus(self) -> Corpus:
        """The corpus now served; `CorpusError` before the first one is loaded."""
        return self._now().corpus

    def _now(self) -> _ServedCorpus:
        if self._serving is None:
            raise CorpusError("No corpus is loaded yet: load one first.")
        return self._serving

    async def reload(self, progress: Progress | None = None) -> LoadReport:
        """Load what is on disk and serve it; the old corpus answers until that is done.

        One reload at a time. Raises `SourcesSayError` and leaves all as it was where
        nothing could be loaded.
        """
        async with self._reloading:
            return await self._loading.run(self._reload, progress)

    def _reload(self, progress: Progress | None) -> LoadReport:
        # A caller that gave up leaves this thread at work: the next waits for it, so that
        # an older corpus never takes the place of a newer one.
        with self._exchanging, short_turns():
            gone: list[Searcher] = []
            report = self._exchange(progress, gone)
            release_memory(gone)
            return report

    def _exchange(self, progress: Progress | None, gone: list[Searcher]) -> LoadReport:
        """Serve what is on disk; what served before is put into `gone`."""
        # What others threw away is not to be set aside with what lasts. Now, while little is
        # there to look through: the list of the files alone would take ten milliseconds.
        gc.collect()
        before, pending = self._before(progress)
        with _set_aside():
            if pending is None:
                corpus, report = self._loader.load(progress)
            else:
                corpus, report = self._loader.load_pending(pending, progress)
            serving = self._serving
            if serving is None or serving.corpus.revision != corpus.revision:
                self._serving = now = _ServedCorpus(corpus, self._options, before)
                gone += [] if serving is None else serving.searchers()
                if before is not None and before is not now.searcher(None):
                    gone.append(before)
                self._keep(now.searcher(None), before)
                if self._crew is not None:
                    self._crew.refresh()
        return report

    def _before(self, progress: Progress | None) -> tuple[Searcher | None, Pending | None]:
        """What the next corpus can take over from, made by another process where it is large.

        With it what there is to load, where that was looked up and nothing came between.
        """
        serving = None if self._serving is None else self._serving.searcher(None)
        if self._preparing is None:
            return serving, None
        at_hand = serving or self._kept(serving)
        passages = 0 if at_hand is None else len(at_hand.corpus.passages)
        pending = self._loader.pending()
        apart = self._preparing.apart(pending, passages)
        if not apart:
            return at_hand, pending
        # What waits to be kept is older than what that process will leave there.
        self._saving.drop()
        done = self._preparing.run(progress)
        gc.collect()
        # Meanwhile files may have changed: what was pending then is looked up once more.
        return (self._kept(serving) if done else None) or at_hand, None

    def _kept(self, serving: Searcher | None) -> Searcher | None:
        """What was kept on disk, with the documents that are served already as they are."""
        if self._preparing is None:
            return None
        documents = {} if serving is None else {d.path: d for d in serving.corpus.documents}

        def known(path: str, revision: str) -> Document | None:
            document = documents.get(path)
            return document if document and document.revision == revision else None

        with _set_aside():
            kept = self._preparing.snapshots.open(self._options, known)
            if kept is None:
                return None
            self._loader.recall(kept.searcher.corpus, kept.remembered)
        return kept.searcher

    def _keep(self, now: Searcher, before: Searcher | None) -> None:
        """Keep what is served for the next start, unless it came from there.

        Where much is to be written and something is there already, a while later.
        """
        preparing, remembering = self._preparing, self._loader.remembering()
        if preparing is None or now is before:
            return
        if before is not None and len(now.corpus.passages) > preparing.apart_passages:
            self._saving.later(partial(preparing.keep, remembering=remembering), now)
        else:
            self._saving.drop()
            preparing.keep(now, remembering)

    async def close(self) -> None:
        """Write what waits to be kept, if that can be done soon; without it nothing is lost."""
        await asyncio.to_thread(self._saving.close, CLOSING_SECONDS)

    @asynccontextmanager
    async def staffed(self) -> AsyncIterator[None]:
        """While the body runs the processes do, if there are to be any."""
        if self._crew is None:
            yield
            return
        self._crew.start()
        try:
            yield
        finally:
            await self._crew.close()

    async def ask(self, question: str, collections: frozenset[str] | None = None) -> Reply:
        """The reply to `question` from the collections that may be seen (None: all).

        Raises `BusyError` at once where as many questions wait as may.
        """
        serving = self._now()
        scope = serving.scope(collections)
        make = partial(self._made, serving, question, scope)
        return await serving.recent.reply(question, scope, make)

    async def _made(
        self, serving: _ServedCorpus, question: str, scope: frozenset[str] | None
    ) -> Reply:
        searcher = serving.ready(scope)
        if searcher is None:
            # It may take a minute: those who see other collections do not wait for that.
            searcher = await self._building.take(serving.searcher, scope)
        self._admit(serving)
        if self._crew is not None:
            reply = await self._crew.ask(question, serving.corpus, scope)
            if reply is not None:
                return reply
        return await self._answering.run(searcher.reply, question)

    def admit(self, question: str | None = None, collections: frozenset[str] | None = None) -> None:
        """`BusyError` where as many questions wait as may, before anything is done for one.

        Where it is told the question, one whose reply is at hand is never refused.
        """
        serving = self._serving
        if serving is None:
            self._answering.admit()
        elif question is None or not self.is_at_hand(question, collections):
            self._admit(serving)

    def is_at_hand(self, question: str, collections: frozenset[str] | None = None) -> bool:
        """Whether the reply to `question` is kept, or being made already."""
        serving = self._serving
        return serving is not None and serving.recent.knows(question, serving.scope(collections))

    def _admit(self, serving: _ServedCorpus) -> None:
        if self._crew is not None and self._crew.serves(serving.corpus):
            self._crew.admit(self._answering.inside)
        else:
            self._answering.admit()

    async def off_loop(self, work: Callable[..., Outcome], *given: Any) -> Outcome:
        """What `work` gives, done in turn with the questions: what a reply takes besides."""
        return await self._answering.run(work, *given)

    def reply(self, question: str, collections: frozenset[str] | None = None) -> Reply:
        """As `ask`, for callers without an event loop; takes a few milliseconds."""
        return self._now().searcher(collections).reply(question)

    def searcher(self, collections: frozenset[str] | None = None) -> Searcher:
        """What finds in the collections that may be seen, for the tools of curators."""
        return self._now().searcher(collections)

    async def documents(
        self, collections: frozenset[str] | None = None
    ) -> tuple[DocumentInfo, ...]:
        """The documents served, by path."""
        return await self.off_loop(self._documents, collections)

    def _documents(self, collections: frozenset[str] | None) -> tuple[DocumentInfo, ...]:
        corpus = self._now().corpus
        return tuple(
            DocumentInfo(document, len(corpus.passages.range_of_document(document)))
            for document in sorted(corpus.documents, key=lambda d: d.path)
            if collections is None or document.collection in collections
        )

    async def find(self, name: str, collections: frozenset[str] | None = None) -> DocumentInfo:
        """The one document that `name` means: its path, file name or title, or a part.

        Raises `UnknownDocumentError` where none or several fit.
        """
        return await self.off_loop(self._find, name, collections)

    def _find(self, name: str, collections: frozenset[str] | None) -> DocumentInfo:
        infos = self._documents(collections)
        wanted = " ".join(name.split()).casefold()
        for names in (_path, _file_name, _title):
            exact = [info for info in infos if names(info) == wanted]
            if len(exact) == 1:
                return exact[0]
        partly = [info for info in infos if wanted and wanted in f"{_path(info)}\n{_title(info)}"]
        if len(partly) == 1:
            return partly[0]
        if partly:
            some = ", ".join(info.document.path for info in partly[:5])
            raise UnknownDocumentError(
                f"{len(partly)} documents fit that name ({some}): give more of it."
            )
        raise UnknownDocumentError("No document has that name: see the list of sources.")

    async def context(self, excerpt: Excerpt, around: int = 1) -> tuple[Excerpt, ...]:
        """The excerpt's passage whole, with `around` passages before and after it.

        After a reload that changed or removed its document, its own passage alone.
        """
        return await self.off_loop(self._context, excerpt, around)

    def _context(self, excerpt: Excerpt, around: int) -> tuple[Excerpt, ...]:
        passages = self._passages_beside(excerpt.passage)
        place = next(i for i, p in enumerate(passages) if p.span == excerpt.passage.span)
        chosen = passages[max(place - around, 0) : place + around + 1]
        return tuple(Excerpt(passage, (passage.span,)) for passage in chosen)

    def _passages_beside(self, passage: Passage) -> tuple[Passage, ...]:
        table = self._now().corpus.passages
        numbers = table.range_of_document(passage.document)
        return table[numbers.start : numbers.stop] or (passage,)


@contextmanager
def _set_aside() -> Iterator[None]:
    """Make what lasts without the collector looking through all of it again and again.

    A look at all documents and words takes a tenth of a second in which nobody is answered.
    So in the body the collector looks at what is new only, a little at a time. What is made
    there is set aside when it ends; it goes when nobody uses it any more.
    """
    gc.set_threshold(*_THRESHOLDS[:2], _NEVER)
    try:
        yield
    finally:
        gc.collect(1)
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)


def _path(info: DocumentInfo) -> str:
    return info.document.path.casefold()


def _file_name(info: DocumentInfo) -> str:
    return info.document.path.rsplit("/", 1)[-1].casefold()


def _title(info: DocumentInfo) -> str:
    return " ".join(info.document.source.title.split()).casefold()
