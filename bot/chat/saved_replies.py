"""Saved replies: conversion for the store, and lookup of saved excerpts in the served corpus.

An excerpt is saved as offsets with the revision of its document. The offsets are used only on
the same revision, so a document is never quoted as it was before a change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.chat.identity import Scope
from bot.core.corpus import Corpus
from bot.core.documents import Document, Passage, Span
from bot.core.replies import ELLIPSIS, Answer, Confidence, Excerpt, Reply
from bot.state.records import (
    ReplyDetails,
    ReplyKind,
    SavedDifference,
    SavedExcerpt,
    SavedReply,
)

_NUMBER_DIGITS = 2
"""Digits behind the id of a silence, in the id of a nearest excerpt that was chosen below it."""


def saved_reply(reply: Reply, question: str | None, scope: Scope) -> SavedReply:
    """The record of a reply; `question` is None unless the operator keeps questions."""
    if isinstance(reply, Answer):
        kind, shown = ReplyKind.ANSWER, len(reply.excerpts)
        excerpts: tuple[Excerpt, ...] = (*reply.excerpts, *reply.further)
    else:
        kind, shown = ReplyKind.SILENCE, 0
        excerpts = reply.nearest
    details = _details(reply)
    return SavedReply(
        reply_id=reply.id,
        revision=reply.revision,
        kind=kind,
        question=question,
        shown=shown,
        excerpts=tuple(map(_saved, excerpts)),
        scope=scope,
        details=details.without_words() if question is None else details,
    )


def chosen_reply(silence: SavedReply, number: int) -> SavedReply:
    """The record of one of the nearest excerpts of a silence, as a reply; `number` is from 1 on."""
    return replace(
        silence,
        reply_id=f"{silence.reply_id}{number:0{_NUMBER_DIGITS}}",
        kind=ReplyKind.NEAREST,
        shown=1,
        excerpts=(silence.excerpts[number - 1],),
    )


def silence_of(reply: SavedReply) -> str:
    """The id of the silence that offers a nearest excerpt which was chosen; else its own id."""
    is_chosen = reply.kind is ReplyKind.NEAREST
    return reply.reply_id[:-_NUMBER_DIGITS] if is_chosen else reply.reply_id


def offers_nearest(reply: SavedReply) -> bool:
    """Whether nearest excerpts can be chosen from a silence, or from the one above a chosen one."""
    return reply.kind is not ReplyKind.ANSWER and bool(reply.excerpts)


def _details(reply: Reply) -> ReplyDetails:
    words = tuple((each.typed, each.read) for each in reply.readings)
    if not isinstance(reply, Answer):
        return ReplyDetails(True, 0, reply.documents, (), words, reply.missing_terms)
    differences = (
        SavedDifference(
            difference.kind.value,
            tuple(
                (reply.excerpts.index(each.excerpt) + 1, each.text) for each in difference.figures
            ),
        )
        for difference in reply.differences
    )
    is_sure = reply.confidence is Confidence.HIGH
    counts = reply.speaking, reply.documents
    return ReplyDetails(is_sure, *counts, tuple(differences), words, reply.missing_terms)


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

    def document(self, path: str) -> Document | None:
        """The document at `path`, or None if it is missing or not visible."""
        document = self.corpus.document(path)
        return document if document is not None and self.sees(document.collection) else None

    def excerpt(self, saved: SavedExcerpt) -> Excerpt | None:
        """The saved excerpt; None if its document changed, is gone, or is not visible."""
        document = self.document(saved.document)
        if document is None or document.revision != saved.document_revision:
            return None
        passage = self.corpus.passage_at(document, saved.passage.start)
        if passage is None or passage.span != saved.passage:
            return None
        first, *others = saved.parts
        excerpt = Excerpt(passage, (first, *others), sentence=saved.sentence)
        return excerpt if excerpt.quote == saved.quote else None

    def moved(self, saved: SavedExcerpt) -> Excerpt | None:
        """The quoted words where they stand now, in their document first, then in others."""
        pieces = _quoted_parts(saved)
        paths = (document.path for document in self.corpus.documents)
        for path in sorted(paths, key=lambda path: (path != saved.document, path)):
            if (document := self.document(path)) is None:
                continue
            start = document.text.find(pieces[0])
            while start >= 0:
                passage = self.corpus.passage_at(document, start)
                if passage is not None and (parts := _places(pieces, passage)):
                    first, *others = parts
                    return Excerpt(passage, (first, *others))
                start = document.text.find(pieces[0], start + 1)
        return None


def _places(pieces: Iterable[str], passage: Passage) -> list[Span]:
    """The places of all pieces in `passage`, in their order and apart; empty if one is missing."""
    document, start, spans = passage.document, passage.span.start, list[Span]()
    for piece in pieces:
        place = document.text.find(piece, start, passage.span.end)
        if place < 0:
            return []
        spans.append(Span(place, place + len(piece)))
        start = spans[-1].end + 1
    if any(span.overlaps(each) for span in spans for each in document.excluded):
        return []
    return spans


def _quoted_parts(saved: SavedExcerpt) -> list[str]:
    """The text of each part: the quote without the `[…]` between the parts."""
    pieces, at = [], 0
    for part in saved.parts:
        length = len(part)
        pieces.append(saved.quote[at : at + length])
        at += length + len(ELLIPSIS)
    return pieces
