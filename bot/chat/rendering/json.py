"""The JSON of a reply, version 1: a contract with programs; fields and order are fixed.

`start` and `end` count Unicode code points of the document's text, end exclusive. Where
an excerpt leaves words out, `parts` has its spans, and `quote` is their texts joined by
`[…]`.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema

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


class JsonExcerpt(_Contract):
    """An excerpt that is one span of its document."""

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


class JsonCutExcerpt(JsonExcerpt):
    """An excerpt that leaves words out: `parts` are its spans, in order."""

    parts: tuple[tuple[int, int], ...]


AnyExcerpt = JsonExcerpt | JsonCutExcerpt


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
    """A reply: an answer with its excerpts, or silence."""

    version: Literal[1]
    question: AnyText
    reply: Literal["answer", "silence"]
    id: str
    revision: str
    speaking: int
    excerpts: tuple[AnyExcerpt, ...]
    differences: tuple[JsonDifference, ...]
    missing_terms: tuple[AnyText, ...]
    nearest: AnyExcerpt | None
    confidence: Literal["high", "low"]
    seconds: float


class JsonReadReply(JsonReply):
    """A reply to a question with unknown words that were replaced."""

    readings: tuple[JsonReading, ...]


def to_model(reply: Reply, question: str, seconds: float) -> JsonReply:
    """The reply as a model; `seconds` is the time it took."""
    plain = _plain(reply, question, seconds)
    if not reply.readings:
        return plain
    readings = tuple(JsonReading(typed=each.typed, read=each.read) for each in reply.readings)
    return JsonReadReply(**dict(plain), readings=readings)


def _plain(reply: Reply, question: str, seconds: float) -> JsonReply:
    answer = reply if isinstance(reply, Answer) else None
    nearest = None if isinstance(reply, Answer) else reply.nearest
    return JsonReply(
        version=VERSION,
        question=question,
        reply="silence" if answer is None else "answer",
        id=reply.id,
        revision=reply.revision,
        speaking=0 if answer is None else answer.speaking,
        excerpts=() if answer is None else tuple(map(_excerpt, answer.excerpts)),
        differences=() if answer is None else tuple(_differences(answer)),
        missing_terms=() if isinstance(reply, Answer) else reply.missing_terms,
        nearest=None if nearest is None else _excerpt(nearest),
        confidence="high" if answer is None else answer.confidence.value,
        seconds=round(seconds, 6),
    )


def to_json(reply: Reply, question: str, seconds: float) -> str:
    """The reply on one line, without a line break at its end; always valid UTF-8."""
    content = to_model(reply, question, seconds).model_dump(mode="python")
    return json_escaped(json.dumps(content, ensure_ascii=False, allow_nan=False))


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


def _excerpt(excerpt: Excerpt) -> AnyExcerpt:
    cited = excerpt.citation
    plain = JsonExcerpt(
        quote=excerpt.quote,
        document=cited.document,
        collection=cited.collection,
        start=excerpt.span.start,
        end=excerpt.span.end,
        title=cited.title,
        author=cited.author,
        publisher=cited.publisher,
        date=cited.date,
        date_note=cited.date_note,
        url=cited.url,
        locator=str(cited.locator),
        score=excerpt.score,
    )
    if len(excerpt.parts) == 1:
        return plain
    parts = tuple((part.start, part.end) for part in excerpt.parts)
    return JsonCutExcerpt(**plain.model_dump(mode="python"), parts=parts)
