"""Codec of replies: to values of JSON and back, for processes and for the reply cache.

An encoded reply names passages by their number in the corpus, and excerpts by their offsets;
it holds no words of documents. The decoder takes the quotes from its own corpus and treats
its input as hostile: everything that `encode_reply` cannot have made raises `ProtocolError`.
"""

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

_CONFIDENCE_CODES = {Confidence.LOW: 0, Confidence.HIGH: 1}
_CONFIDENCES = (Confidence.LOW, Confidence.HIGH)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class ProtocolError(Exception):
    """A message from another process is not one that this program writes."""


def json_bytes(value: Sequence[Any]) -> bytes:
    """`value` as compact JSON in UTF-8; lone surrogates are encoded too."""
    return _encode(value).encode("utf-8", "surrogatepass")


def encode_reply(reply: Reply, table: PassageTable) -> list[Any]:
    """The reply as a list; its passages are numbered as in `table`, that of the whole corpus."""
    readings = [[each.typed, *each.read] for each in reply.readings]
    if isinstance(reply, Silence):
        nearest = None if reply.nearest is None else _encode_excerpt(reply.nearest, table)
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
        _CONFIDENCE_CODES[reply.confidence],
        [_encode_excerpt(each, table) for each in reply.excerpts],
        [_encode_excerpt(each, table) for each in reply.further],
        differences,
    ]


def _encode_excerpt(excerpt: Excerpt, table: PassageTable) -> list[Any]:
    """Encoded as [number of the passage, score, start, end, start, end, …]."""
    numbers = table.range_of_document(excerpt.passage.document)
    start = excerpt.passage.span.start
    number = bisect_left(table.columns.start, start, numbers.start, numbers.stop)
    if number == numbers.stop or table.columns.start[number] != start:
        raise ValueError("no passage of this table")
    return [number, excerpt.score, *(place for p in excerpt.parts for place in (p.start, p.end))]


def decode_reply(
    encoded: Sequence[Any], question: str, corpus: Corpus, scope: frozenset[str] | None
) -> Reply:
    """The inverse of `encode_reply`, with quotes from `corpus`.

    Raises `ProtocolError`, also if the reply quotes a collection outside of `scope` (None: all
    are allowed).
    """
    try:
        return _decode(encoded, question, _ExcerptDecoder(corpus, scope))
    except ProtocolError:
        raise
    except Exception as error:  # noqa: BLE001 - the input is not trusted
        raise ProtocolError(f"a reply is not as we pack it ({type(error).__name__})") from None


class _ExcerptDecoder:
    def __init__(self, corpus: Corpus, scope: frozenset[str] | None) -> None:
        self._table = corpus.passages
        self._scope = scope

    def excerpt(self, encoded: Sequence[Any]) -> Excerpt:
        number, score, *places = encoded
        if type(number) is not int or number < 0 or len(places) % 2:
            raise ProtocolError("no number of a passage")
        passage = self._table[number]
        if self._scope is not None and passage.document.collection not in self._scope:
            raise ProtocolError("a passage is outside of what may be seen")
        parts = map(Span, places[::2], places[1::2])
        return Excerpt(passage, (next(parts), *parts), float(score))


def _decode(encoded: Sequence[Any], question: str, decoder: _ExcerptDecoder) -> Reply:
    kind, revision, documents, encoded_readings, *rest = encoded
    if type(documents) is not int:
        raise ProtocolError("no number of documents")
    readings = tuple(
        Reading(_text(typed), (_text(first), *map(_text, more)))
        for typed, first, *more in encoded_readings
    )
    if kind == SILENCE:
        missing, nearest = rest
        return Silence(
            question=question,
            revision=_text(revision),
            documents=documents,
            missing_terms=tuple(map(_text, missing)),
            nearest=None if nearest is None else decoder.excerpt(nearest),
            readings=readings,
        )
    if kind != ANSWER:
        raise ProtocolError("neither an answer nor a silence")
    speaking, confidence, shown, further, differences = rest
    if type(speaking) is not int or confidence not in _CONFIDENCE_CODES.values():
        raise ProtocolError("no answer says that")
    excerpts = tuple(map(decoder.excerpt, shown))
    first, *others = excerpts
    return Answer(
        question=question,
        revision=_text(revision),
        excerpts=(first, *others),
        speaking=speaking,
        documents=documents,
        further=tuple(map(decoder.excerpt, further)),
        confidence=_CONFIDENCES[confidence],
        differences=tuple(_difference(each, excerpts) for each in differences),
        readings=readings,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ProtocolError("no text where there is one")
    return value


def _difference(encoded: Sequence[Any], excerpts: Sequence[Excerpt]) -> Difference:
    kind, *figures = encoded
    one, other, *more = (Figure(excerpts[place], Span(start, end)) for place, start, end in figures)
    return Difference(FigureKind(kind), (one, other, *more))
