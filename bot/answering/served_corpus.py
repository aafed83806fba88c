"""The corpus that is served at one time, with a searcher for each scope that rooms ask in."""

import threading

from cachetools import LRUCache

from bot.answering.cache import ReplyCache
from bot.retrieval.answer.searcher import Searcher

MAX_SCOPES = 16
"""Scopes whose searchers are kept; the least recently used is dropped."""

Scope = frozenset[str]


class ServedCorpus:
    """A corpus, its reply cache, and its searchers; used by several threads.

    A scope names the collections that are visible; None is the whole corpus.
    """

    def __init__(self, searcher: Searcher) -> None:
        self.corpus = searcher.corpus
        self.replies = ReplyCache()
        self._whole = searcher
        self._searchers: LRUCache[Scope, Searcher] = LRUCache(MAX_SCOPES)
        self._lock = threading.Lock()
        self._building = threading.Lock()

    def scope_of(self, collections: frozenset[str] | None) -> Scope | None:
        """The scope of those `collections` that exist; None if that is the whole corpus."""
        if collections is None or collections >= self.corpus.collections:
            return None
        return collections & self.corpus.collections

    def ready_searcher(self, scope: Scope | None) -> Searcher | None:
        """The searcher of `scope` if it was built already; never waits for a build."""
        if scope is None:
            return self._whole
        with self._lock:
            return self._searchers.get(scope)

    def searcher(self, scope: Scope | None) -> Searcher:
        """The searcher of `scope`; the first call builds it, which may take a minute."""
        if scope is None:
            return self._whole
        with self._building:
            searcher = self.ready_searcher(scope)
            if searcher is None:
                part = self.corpus.within(scope)
                searcher = Searcher(part, self._whole.options, self._whole)
                with self._lock:
                    self._searchers[scope] = searcher
        return searcher
