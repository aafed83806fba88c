"""Replies as they are saved, and saved excerpts found again in the documents served now.

Offsets are saved, with the revision of their document. They become an excerpt again only
over the very text they were taken from: a document that changed since is never quoted as it
was.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.chat.identity import Scope
from bot.core.corpus import Corpus
from bot.core.documents import Document, Passage
from bot.core.replies import ELLIPSIS, Answer, Excerpt, Reply
from bot.state.records import ReplyKind, SavedExcerpt, SavedReply


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
    """A reply as it is saved; with its `question` only where the operator wants it."""
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
        document = self._documents.get(path)
        if document is None or (scope is not None and document.collection not in scope):
            return None
        return document

    def visible(self, scope: Scope) -> Iterable[Document]:
        """Every document that may be seen, by path."""
        for path in sorted(self._documents):
            if (document := self.document(path, scope)) is not None:
                yield document

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

    def status(self, saved: SavedExcerpt, scope: Scope) -> QuoteStatus:
        """Whether the quoted words are still there: in their document first, then in any."""
        if self.excerpt(saved, scope) is not None:
            return QuoteUnchanged()
        own = self.document(saved.document, scope)
        others = (each for each in self.visible(scope) if each is not own)
        for document in (*(() if own is None else (own,)), *others):
            passage = self._passage_with(document, saved)
            if passage is not None:
                return QuoteMoved(passage)
        return QuoteGone()

    def _passage_with(self, document: Document, saved: SavedExcerpt) -> Passage | None:
        """The first passage of `document` with every part of the quote, in order."""
        pieces = _quoted_parts(saved)
        for passage in self._passages.of_document(document):
            if _in_order(pieces, passage.span.of(document.text)):
                return passage
        return None


def _in_order(pieces: Iterable[str], text: str) -> bool:
    end = 0
    for piece in pieces:
        start = text.find(piece, end)
        if start < 0:
            return False
        end = start + len(piece)
    return True


def _quoted_parts(saved: SavedExcerpt) -> list[str]:
    """The words of each part, without the `[…]` that joins them in the quote."""
    pieces, at = [], 0
    for part in saved.parts:
        length = len(part)
        pieces.append(saved.quote[at : at + length])
        at += length + len(ELLIPSIS)
    return pieces
