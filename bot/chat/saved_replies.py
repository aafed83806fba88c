"""Replies as they are kept, and back: the same words, or word that they are gone.

What is kept are offsets with the revision of their document. They become an excerpt again
only over the very text they were taken from; what changed since is never shown as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.corpus import Corpus
from bot.core.documents import Document, Passage
from bot.core.replies import ELLIPSIS, Answer, Excerpt, Reply
from bot.state.records import ReplyKind, SavedExcerpt, SavedReply

Scope = frozenset[str] | None
"""The collections that may be seen; None: all."""


@dataclass(frozen=True, slots=True)
class QuoteUnchanged:
    """The document is the same as then."""


@dataclass(frozen=True, slots=True)
class QuoteMoved:
    """The words stand in another place, or in a document that changed around them."""

    passage: Passage


@dataclass(frozen=True, slots=True)
class QuoteGone:
    """The words stand nowhere that may be seen."""


QuoteStatus = QuoteUnchanged | QuoteMoved | QuoteGone
"""Whether quoted words are still in the documents."""


def saved_reply(reply: Reply, question: str | None, scope: Scope) -> SavedReply:
    """What is kept of a reply; `question` only where the operator wants it."""
    if isinstance(reply, Answer):
        kind, shown = ReplyKind.ANSWER, len(reply.excerpts)
        excerpts: tuple[Excerpt, ...] = (*reply.excerpts, *reply.further)
    else:
        kind, shown = ReplyKind.SILENCE, 0
        excerpts = () if reply.nearest is None else (reply.nearest,)
    return SavedReply(
        reply_id=reply.id,
        revision=reply.revision,
        kind=kind,
        question=question,
        shown=shown,
        excerpts=tuple(map(_saved, excerpts)),
        scope=scope,
    )


def _saved(excerpt: Excerpt) -> SavedExcerpt:
    document = excerpt.passage.document
    return SavedExcerpt(
        document=document.path,
        collection=document.collection,
        document_revision=document.revision,
        title=document.source.title,
        url=document.source.url,
        passage=excerpt.passage.span,
        parts=excerpt.parts,
        quote=excerpt.quote,
    )


class ServedDocuments:
    """The documents and passages of one corpus, where a scope lets them be seen."""

    def __init__(self, corpus: Corpus) -> None:
        self.revision = corpus.revision
        self._documents = {document.path: document for document in corpus.documents}
        self._passages = corpus.passages

    def document(self, path: str, scope: Scope) -> Document | None:
        """The document at `path`, if it is there and may be seen."""
        found = self._documents.get(path)
        if found is None or (scope is not None and found.collection not in scope):
            return None
        return found

    def seen(self, scope: Scope) -> Iterable[Document]:
        """Every document that may be seen, by path."""
        for path in sorted(self._documents):
            if (found := self.document(path, scope)) is not None:
                yield found

    def excerpt(self, saved: SavedExcerpt, scope: Scope) -> Excerpt | None:
        """The excerpt as it was; None where its document changed, went, or is out of sight."""
        document = self.document(saved.document, scope)
        if document is None or document.revision != saved.document_revision:
            return None
        for passage in self._passages.of_document(document):
            if passage.span == saved.passage:
                first, *others = saved.parts
                excerpt = Excerpt(passage, (first, *others))
                return excerpt if excerpt.quote == saved.quote else None
        return None

    def standing(self, saved: SavedExcerpt, scope: Scope) -> QuoteStatus:
        """Whether the quoted words are still there: in their document first, then in any."""
        if self.excerpt(saved, scope) is not None:
            return QuoteUnchanged()
        own = self.document(saved.document, scope)
        others = (each for each in self.seen(scope) if each is not own)
        for document in (*(() if own is None else (own,)), *others):
            found = self._holding(document, saved)
            if found is not None:
                return QuoteMoved(found)
        return QuoteGone()

    def _holding(self, document: Document, saved: SavedExcerpt) -> Passage | None:
        """The first passage of `document` with every part of the quote, in order."""
        pieces = _pieces(saved)
        for passage in self._passages.of_document(document):
            if _in_order(pieces, passage.span.of(document.text)):
                return passage
        return None


def _in_order(pieces: Iterable[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _pieces(saved: SavedExcerpt) -> list[str]:
    """The words of each part; what stands between them in the quote is ours."""
    pieces, at = [], 0
    for part in saved.parts:
        length = len(part)
        pieces.append(saved.quote[at : at + length])
        at += length + len(ELLIPSIS)
    return pieces
