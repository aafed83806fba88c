"""Keys of documents, by which paths of pages and programs name them."""

from __future__ import annotations

import asyncio

from bot.answering.service import AnsweringService
from bot.chat.buttons import key_of
from bot.chat.identity import Scope
from bot.core.corpus import Corpus
from bot.core.documents import Document


class DocumentKeys:
    """Finds the documents of the served corpus by key."""

    def __init__(self, answering: AnsweringService) -> None:
        self._answering = answering
        self._paths: tuple[Corpus | None, dict[str, str]] = (None, {})
        """The path of each document by its key, in the corpus that was served last."""

    async def document(self, key: str, scope: Scope) -> Document | None:
        """The document with that key; None if there is none, or `scope` does not see it."""
        corpus = self._answering.corpus
        known, paths = self._paths
        if known is not corpus:
            paths = await asyncio.to_thread(_paths_by_key, corpus)
            self._paths = corpus, paths
        document = corpus.document(paths.get(key, ""))
        if document is None or (scope is not None and document.collection not in scope):
            return None
        return document


def _paths_by_key(corpus: Corpus) -> dict[str, str]:
    return {key_of(document.path): document.path for document in corpus.documents}
