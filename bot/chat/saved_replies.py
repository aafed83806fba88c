"""Saved replies: conversion for the store, and lookup of saved excerpts in the served corpus.

An excerpt is saved as offsets with the revision of its document. The offsets are used only on
the same revision, so a document is never quoted as it was before a change.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.chat.identity import Scope
from bot.core.corpus import Corpus
from bot.core.documents import Document, Passage
from bot.core.replies import ELLIPSIS, Answer, Excerpt, Reply
from bot.state.records import ReplyKind, SavedExcerpt, SavedReply


def saved_reply(reply: Reply, question: str | None, scope: Scope) -> SavedReply:
    """The record of a reply; `question` is None unless the operator keeps questions."""
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
        sentence=excerpt.sentence,
    )


@dataclass(frozen=True, slots=True)
class ServedDocuments:
    """The documents and passages of a corpus, as far as a scope allows."""

    corpus: Corpus
    scope: Scope

    def sees(self, collection: str) -> bool:
        """Whether the scope has this collection."""
        return self.scope is None or collection in self.scope

    def _visible(self, path: str) -> Document | None:
        """The document at `path`, or None if it is missing or not visible."""
        document = self.corpus.document(path)
        return document if document is not None and self.sees(document.collection) else None

    def excerpt(self, saved: SavedExcerpt) -> Excerpt | None:
        """The saved excerpt; None if its document changed, is gone, or is not visible."""
        document = self._visible(saved.document)
        if document is None or document.revision != saved.document_revision:
            return None
        for passage in self.corpus.passages_of(document):
            if passage.span == saved.passage:
                first, *others = saved.parts
                excerpt = Excerpt(passage, (first, *others), sentence=saved.sentence)
                return excerpt if excerpt.quote == saved.quote else None
        return None

    def moved(self, saved: SavedExcerpt) -> Passage | None:
        """The passage that has the quoted words now, of their document first, then of others."""
        pieces = _quoted_parts(saved)
        paths = (document.path for document in self.corpus.documents)
        for path in sorted(paths, key=lambda path: (path != saved.document, path)):
            if (document := self._visible(path)) is None:
                continue
            for passage in self.corpus.passages_of(document):
                if _in_order(pieces, passage.span.of(document.text)):
                    return passage
        return None


def _in_order(pieces: Iterable[str], text: str) -> bool:
    """Whether `text` has all pieces, one after the other."""
    end = 0
    for piece in pieces:
        start = text.find(piece, end)
        if start < 0:
            return False
        end = start + len(piece)
    return True


def _quoted_parts(saved: SavedExcerpt) -> list[str]:
    """The text of each part: the quote without the `[…]` between the parts."""
    pieces, at = [], 0
    for part in saved.parts:
        length = len(part)
        pieces.append(saved.quote[at : at + length])
        at += length + len(ELLIPSIS)
    return pieces
