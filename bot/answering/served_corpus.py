"""The corpus that is served at one time, with a searcher for each scope that rooms ask in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping

from cachetools import LRUCache

from bot.answering.build_job import BuildJob
from bot.answering.cache import ReplyCache
from bot.answering.pin_store import open_board
from bot.answering.store import StoredCorpus, scope_key
from bot.core.corpus import Corpus
from bot.core.errors import ModelError
from bot.core.pin_places import place_pins
from bot.core.pins import PlacedPin, fingerprint_of, folded_question
from bot.meaning.about import EncoderSource
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.join import join_small
from bot.retrieval.shard.shard import Shard
from bot.retrieval.shard.vectors import Meaning

MAX_SCOPES = 16
"""Scopes whose searchers are kept; the least recently used is dropped."""

Scope = frozenset[str]

_log = logging.getLogger(__name__)


class ServedCorpus:
    """A corpus, its reply cache, and its searchers; used by several threads.

    A scope names the collections that are visible; None is the whole corpus.
    """

    def __init__(
        self,
        job: BuildJob,
        stored: StoredCorpus,
        shards: Mapping[str, Shard],
        meaning: Meaning | None,
        across: Meaning | None,
    ) -> None:
        """`shards` are those of the corpus as it was `stored`, by name and in its order.

        `across` is for questions in a language that the documents lack.
        """
        self.stored = stored
        self._meaning, self._across = meaning, across
        tables = tuple(shard.table for shard in shards.values())
        self.corpus = Corpus(
            tables,
            stored.glossary,
            _fingerprint(meaning),
            stored.private,
            across=_fingerprint(across),
        )
        self.pins = place_pins(stored.pins, self.corpus)
        self._pins_of: dict[str, list[PlacedPin]] = {}
        for each in self.pins:
            self._pins_of.setdefault(folded_question(each.pin.question), []).append(each)
        self.replies = ReplyCache()
        self._store = job.store
        self.shards = shards
        self._options = job.options
        self._searchers: LRUCache[Scope | None, Searcher] = LRUCache(MAX_SCOPES)
        self._lock = threading.Lock()
        self._building = threading.Lock()

    @classmethod
    def open(
        cls, job: BuildJob, stored: StoredCorpus, before: ServedCorpus | None = None
    ) -> ServedCorpus:
        """The corpus as it was `stored`; shards that `before` serves, too, are not opened again.

        An encoder has its part if it works and all its vectors are there.

        Raises `DamagedFolderError` or OSError.
        """
        known: Mapping[str, Shard] = {} if before is None else before.shards
        shards = {name: known.get(name) or job.store.open(name) for name in stored.shards}
        meaning, across = (_meaning(job, stored, each) for each in (job.encoder, job.across))
        return cls(job, stored, shards, meaning, across)

    @property
    def encoders(self) -> tuple[str, ...]:
        """The fingerprints of the encoders that have a part in the answers."""
        return tuple(each for each in (self.corpus.encoder, self.corpus.across) if each)

    def scope_of(self, collections: frozenset[str] | None) -> Scope | None:
        """The scope of those `collections` that exist; None if that is the whole corpus."""
        if collections is None or collections >= self.corpus.collections:
            return None
        return collections & self.corpus.collections

    @property
    def scopes(self) -> tuple[Scope | None, ...]:
        """The scopes that have a searcher."""
        with self._lock:
            return tuple(self._searchers)

    def ready_searcher(self, scope: Scope | None) -> Searcher | None:
        """The searcher of `scope` if it was made already; never waits."""
        with self._lock:
            return self._searchers.get(scope)

    def searcher(self, scope: Scope | None) -> Searcher:
        """The searcher of `scope`; the first call makes it, and calibrates it if need be."""
        with self._building:
            searcher = self.ready_searcher(scope)
            if searcher is None:
                searcher = self._searcher(scope)
                with self._lock:
                    self._searchers[scope] = searcher
        return searcher

    def _searcher(self, scope: Scope | None) -> Searcher:
        corpus = self.corpus if scope is None else self.corpus.within(scope)
        tables = {id(table) for table in corpus.tables}
        shards = {name: each for name, each in self.shards.items() if id(each.table) in tables}
        options = self._options
        calibrated_with = (options.false_answer_rate, options.calibration, corpus.encoder)
        key = scope_key(tuple(shards), corpus.names, calibrated_with)
        thresholds = self._store.thresholds(key)
        meaning, across = (self._within(shards, each) for each in (self._meaning, self._across))
        index = Index(join_small(shards.values()), corpus.names, meaning, across)
        pins = open_board(self._store.folder, self.pins_within(scope), index, key)
        searcher = Searcher(corpus, index, options, thresholds, pins)
        if thresholds is None:
            try:
                self._store.save_thresholds(key, searcher.thresholds)
            except OSError as error:
                # A question of a member must not fail because the disk is full.
                _log.warning("thresholds are not kept for the next start: %s", error)
        return searcher

    def space_with_pins(self, space: str | None) -> str | None:
        """The space if it has pins of its own, else None: such spaces get the same replies."""
        return space if any(each.pin.space == space for each in self.pins) else None

    def revision(self, scope: Scope | None, space: str | None) -> str:
        """The revision of the replies in a scope and space."""
        corpus = self.corpus.within(scope)
        pins = self.pins_within(scope)
        own = [each for each in pins if each.excerpts and each.pin.space in (None, space)]
        return corpus.revision_with(pins=fingerprint_of(own))

    def is_pinned(self, question: str, scope: Scope | None, space: str | None) -> bool:
        """Whether a pin that answers in a scope and space has this question."""
        pins = self._pins_of.get(folded_question(question), ())
        own = [each for each in pins if each.pin.space in (None, space)]
        seen = own if scope is None else [each.within(scope) for each in own]
        return any(each is not None and each.excerpts for each in seen)

    def pins_within(self, scope: Scope | None) -> tuple[PlacedPin, ...]:
        """The pins with quotes in a scope, and those quotes only."""
        if scope is None:
            return self.pins
        return tuple(pin for each in self.pins if (pin := each.within(scope)) is not None)

    def _within(self, shards: Collection[str], meaning: Meaning | None) -> Meaning | None:
        """The part of `meaning` that belongs to `shards`."""
        if meaning is None or not shards:
            return None  # a scope without documents has nothing to compare
        by_name = dict(zip(self.shards, meaning.tables, strict=True))
        return Meaning(meaning.encoder, [by_name[name] for name in shards])


def _fingerprint(meaning: Meaning | None) -> str:
    return "" if meaning is None else meaning.encoder.fingerprint


def _meaning(job: BuildJob, stored: StoredCorpus, source: EncoderSource | None) -> Meaning | None:
    """An encoder of `job` with its vectors of all shards; None if there is none, or not yet."""
    if source is None or not job.store.has_vectors(stored, source.fingerprint):
        return None
    # The libraries of the encoder take long to import, and words alone do not need them.
    from bot.meaning.vectors import open_encoder  # noqa: PLC0415

    try:
        encoder = open_encoder(source)
    except ModelError as fault:
        _log.warning("an encoder is left out: %s", fault)
        return None
    tables = job.store.vectors(stored, encoder.fingerprint)
    return None if tables is None else Meaning(encoder, tables)
