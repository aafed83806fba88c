"""Replies as numbers: to cross between processes, and to be kept in little memory.

A reply is which passage of the corpus, where in its document the excerpt begins and ends:
anything JSON can say, and no words of documents. Whoever has it makes the quotes from its own
corpus, and checks what came as if it were hostile: anything that is none of ours raises
`NonsenseError`.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from bot.core.corpus import Corpus
from bot.core.documents import Span
from bot.core.passages import PassageTable
from bot.core.replies import (
    Answer,
    Confidence,
    Difference,
    Excerpt,
    Figure,
    FigureKind,
    Reading,
    Reply,
    Silence,
)

ANSWER, SILENCE = "answer", "silence"

_SURE = {Confidence.HIGH: 1, Confidence.LOW: 0}
_CONFIDENCE = (Confidence.LOW, Confidence.HIGH)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class NonsenseError(Exception):
    """What came is not what this program makes."""


def as_bytes(said: Sequence[Any]) -> bytes:
    """It as JSON in UTF-8, lone surrogates included."""
    return _encode(said).encode("utf-8", "surrogatepass")


def packed(reply: Reply, table: PassageTable) -> list[Any]:
    """A reply as numbers, its passages those of `table`, which holds all documents."""
    readings = [[each.typed, *each.read] for each in reply.readings]
    if isinstance(reply, Silence):
        nearest = None if reply.nearest is None else _excerpt(reply.nearest, table)
        missing = list(reply.missing_terms)
        return [SILENCE, reply.revision, reply.documents, readings, missing, nearest]
    differences = [
        [
            each.kind.value,
            *(
                [reply.excerpts.index(figure.excerpt), figure.span.start, figure.span.end]
                for figure in each.figures
            ),
        ]
        for each in reply.differences
    ]
    return [
        ANSWER,
        reply.revision,
        reply.documents,
        readings,
        reply.speaking,
        _SURE[reply.confidence],
        [_excerpt(each, table) for each in reply.excerpts],
        [_excerpt(each, table) for each in reply.further],
        differences,
    ]


def _excerpt(excerpt: Excerpt, table: PassageTable) -> list[Any]:
    numbers = table.range_of_document(excerpt.passage.document)
    start = excerpt.passage.span.start
    number = bisect_left(table.columns.start, start, numbers.start, numbers.stop)
    if number == numbers.stop or table.columns.start[number] != start:
        raise ValueError("no passage of this table")
    return [number, excerpt.score, *(place for p in excerpt.parts for place in (p.start, p.end))]


def unpacked(
    said: Sequence[Any], question: str, corpus: Corpus, scope: frozenset[str] | None
) -> Reply:
    """The reply to `question` that was packed, its words those of `corpus`.

    Raises `NonsenseError`, also where it quotes what is outside of `scope` (None: nothing is).
    """
    try:
        return _unpacked(said, question, _Reader(corpus, scope))
    except NonsenseError:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever came, it is not trusted
        raise NonsenseError(f"a reply is not as we pack it ({type(fault).__name__})") from None


class _Reader:
    """Makes excerpts anew from numbers."""

    def __init__(self, corpus: Corpus, scope: frozenset[str] | None) -> None:
        self._table = corpus.passages
        self._scope = scope

    def excerpt(self, said: Sequence[Any]) -> Excerpt:
        number, score, *places = said
        if type(number) is not int or number < 0 or len(places) % 2:
            raise NonsenseError("no number of a passage")
        passage = self._table[number]
        if self._scope is not None and passage.document.collection not in self._scope:
            raise NonsenseError("a passage is outside of what may be seen")
        parts = map(Span, places[::2], places[1::2])
        return Excerpt(passage, (next(parts), *parts), float(score))


def _unpacked(said: Sequence[Any], question: str, reader: _Reader) -> Reply:
    kind, revision, documents, read, *rest = said
    if type(documents) is not int:
        raise NonsenseError("no number of documents")
    readings = tuple(
        Reading(_text(typed), (_text(one), *map(_text, more))) for typed, one, *more in read
    )
    if kind == SILENCE:
        missing, nearest = rest
        return Silence(
            question=question,
            revision=_text(revision),
            documents=documents,
            missing_terms=tuple(map(_text, missing)),
            nearest=None if nearest is None else reader.excerpt(nearest),
            readings=readings,
        )
    if kind != ANSWER:
        raise NonsenseError("neither an answer nor a silence")
    speaking, sure, shown, further, differing = rest
    if type(speaking) is not int or sure not in _SURE.values():
        raise NonsenseError("no answer says that")
    excerpts = tuple(map(reader.excerpt, shown))
    first, *others = excerpts
    return Answer(
        question=question,
        revision=_text(revision),
        excerpts=(first, *others),
        speaking=speaking,
        documents=documents,
        further=tuple(map(reader.excerpt, further)),
        confidence=_CONFIDENCE[sure],
        differences=tuple(_difference(each, excerpts) for each in differing),
        readings=readings,
    )


def _text(said: object) -> str:
    if not isinstance(said, str):
        raise NonsenseError("no text where there is one")
    return said


def _difference(said: Sequence[Any], excerpts: Sequence[Excerpt]) -> Difference:
    kind, *figures = said
    one, other, *more = (Figure(excerpts[place], Span(start, end)) for place, start, end in figures)
    return Difference(FigureKind(kind), (one, other, *more))
