"""The JSON of a reply, version 1: a contract with programs; fields and order are fixed.

`start` and `end` count Unicode code points of the document's text, end exclusive. Where
an excerpt leaves words out, `parts` has its spans, and `quote` is their texts joined by
`[…]`.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from bot.chat.rendering.escape import json_escaped
from bot.core.replies import Answer, Excerpt, Reply

VERSION: Literal[1] = 1


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is wanted")
    return value


# A question or a file's name may hold lone surrogates, which pydantic's own text refuses.
AnyText = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]


class _Contract(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_none(value: object) -> bool:
    return value is None


class JsonExcerpt(_Contract):
    """An excerpt: a span of its document; if it leaves words out, `parts` are its spans."""

    quote: AnyText
    document: AnyText
    collection: AnyText
    start: int
    end: int
    title: AnyText
    author: AnyText | None
    publisher: AnyText | None
    date: AnyText | None
    date_note: AnyText | None
    url: AnyText | None
    locator: AnyText
    score: float
    parts: tuple[tuple[int, int], ...] | None = Field(None, exclude_if=_is_none)


class JsonFigure(_Contract):
    """A figure or date as written: a span of the document of `excerpts[excerpt]`."""

    text: AnyText
    excerpt: int
    document: AnyText
    start: int
    end: int


class JsonDifference(_Contract):
    """Figures or dates that several documents write differently for the same thing."""

    kind: Literal["figure", "date"]
    figures: tuple[JsonFigure, ...]


class JsonReading(_Contract):
    """An unknown word of the question, and the words that were searched instead."""

    typed: AnyText
    read: tuple[AnyText, ...]


class JsonReply(_Contract):
    """A reply: an answer or silence; `readings` only if unknown words were replaced."""

    version: Literal[1]
    question: AnyText
    reply: Literal["answer", "silence"]
    id: str
    revision: str
    speaking: int
    excerpts: tuple[JsonExcerpt, ...]
    differences: tuple[JsonDifference, ...]
    missing_terms: tuple[AnyText, ...]
    nearest: JsonExcerpt | None
    confidence: Literal["high", "low"]
    seconds: float
    readings: tuple[JsonReading, ...] | None = Field(None, exclude_if=_is_none)


def to_model(reply: Reply, question: str, seconds: float) -> JsonReply:
    """The reply as a model; `seconds` is the time it took."""
    answer = reply if isinstance(reply, Answer) else None
    nearest = None if isinstance(reply, Answer) else reply.nearest
    readings = tuple(JsonReading(typed=each.typed, read=each.read) for each in reply.readings)
    return JsonReply(
        version=VERSION,
        question=question,
        reply="silence" if answer is None else "answer",
        id=reply.id,
        revision=reply.revision,
        speaking=0 if answer is None else answer.speaking,
        excerpts=() if answer is None else tuple(map(_excerpt, answer.excerpts)),
        differences=() if answer is None else tuple(_differences(answer)),
        missing_terms=reply.missing_terms,
        nearest=None if nearest is None else _excerpt(nearest),
        confidence="high" if answer is None else answer.confidence.value,
        seconds=round(seconds, 6),
        readings=readings or None,
    )


def json_line(content: object, *, ascii_only: bool = False) -> str:
    """JSON on one line, without a line break at its end; always valid UTF-8."""
    return json_escaped(json.dumps(content, ensure_ascii=ascii_only, allow_nan=False))


def _differences(answer: Answer) -> Iterator[JsonDifference]:
    for difference in answer.differences:
        yield JsonDifference(
            kind=difference.kind.value,
            figures=tuple(
                JsonFigure(
                    text=figure.text,
                    excerpt=answer.excerpts.index(figure.excerpt),
                    document=figure.excerpt.citation.document,
                    start=figure.span.start,
                    end=figure.span.end,
                )
                for figure in difference.figures
            ),
        )


def _excerpt(excerpt: Excerpt) -> JsonExcerpt:
    cited, source = excerpt.citation, excerpt.citation.source
    parts = tuple((part.start, part.end) for part in excerpt.parts)
    return JsonExcerpt(
        quote=excerpt.quote,
        document=cited.document,
        collection=cited.collection,
        start=excerpt.span.start,
        end=excerpt.span.end,
        title=source.title,
        author=source.author,
        publisher=source.publisher,
        date=source.date,
        date_note=source.date_note,
        url=source.url,
        locator=str(cited.locator),
        score=excerpt.score,
        parts=parts if len(parts) > 1 else None,
    )
