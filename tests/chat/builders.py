"""Documents, excerpts and replies for the tests of chat, made by hand or by Hypothesis."""

from typing import Any

import regex
from hypothesis import strategies as st

from bot.chat.rendering.escape import without_hostile
from bot.core.documents import Block, BlockKind, Document, Locator, Passage, Source, Span
from bot.core.replies import Answer, Confidence, Excerpt, Silence

HOSTILE = (
    "\x00\x07\x08\x1b\r\x0b\x0c\x1c\x7f\x85\x9b\x9d\u061c\u200b\u200e\u200f\u2028\u2029"
    "\u202a\u202b\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\U000e0041\ud800\udfff\udc9b"
)
"""Characters that may never be shown as they are."""


def without_isolates(text: str) -> str:
    """The text without pairs of isolates around a line or a part of it."""
    return regex.sub("\u2068([^\u2068\u2069\n]+)\u2069", r"\1", text)


def document(text: str, path: str = "main/weather.md", **source: Any) -> Document:
    given: dict[str, Any] = {"title": "Weather", "publisher": "The Almanac", "date": "2016-12"}
    return Document(
        path=path,
        collection=path.split("/", maxsplit=1)[0],
        revision="ab" * 32,
        source=Source(**{**given, **source}),
        text=text,
        blocks=(Block(Span(0, len(text))),),
    )


def headed(text: str, *headings: str) -> Document:
    """A document with headings and nothing else before its text."""
    whole = "".join(f"{h}\n" for h in headings) + text
    blocks, at = [], 0
    for heading in headings:
        blocks.append(Block(Span(at, at + len(heading)), BlockKind.HEADING, 1))
        at += len(heading) + 1
    made = document(whole)
    return Document(
        made.path, made.collection, made.revision, made.source, whole, (*blocks, *made.blocks)
    )


def passage(doc: Document, span: Span | None = None, locator: Locator | None = None) -> Passage:
    span = span or Span(0, len(doc.text))
    return Passage(doc, span, (span,), locator or Locator(paragraph=2))


def excerpt(
    text: str, *parts: tuple[int, int], sentence: Span | None = None, **source: Any
) -> Excerpt:
    whole = passage(document(text, **source))
    first, *others = (Span(*part) for part in parts) if parts else (whole.span,)
    return Excerpt(whole, (first, *others), 1.5, sentence)


def answer(
    *excerpts: Excerpt,
    further: tuple[Excerpt, ...] = (),
    low: bool = False,
    missing: tuple[str, ...] = (),
    languages: tuple[str, ...] = (),
) -> Answer:
    first, *others = excerpts
    return Answer(
        question="what came?",
        revision="9c1b04d2" * 8,
        excerpts=(first, *others),
        speaking=len({e.passage.document.path for e in excerpts}),
        documents=5,
        further=further,
        confidence=Confidence.LOW if low else Confidence.HIGH,
        missing_terms=missing,
        quote_languages=languages,
    )


def silence(nearest: Excerpt | None = None, *missing: str) -> Silence:
    near = () if nearest is None else (nearest,)
    return Silence("kibbeh?", "9c1b04d2" * 8, 5, missing, near)


ANY_TEXT = st.text(
    st.characters(exclude_categories=()) | st.sampled_from(HOSTILE + "‍‌*_`<>|>[]()\n\t ")
)
HARMLESS_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc")).filter(lambda c: without_hostile(c) == c)
    | st.sampled_from("\n\t \u00a0*_`#<>|│‹›")
)
WORDED = st.tuples(ANY_TEXT, st.sampled_from(["a", "7", "語"]), ANY_TEXT).map("".join)


@st.composite
def emphasized(draw: st.DrawFn, text: st.SearchStrategy[str]) -> Excerpt:
    """An excerpt of a whole text, with any piece of it as the sentence found."""
    body = draw(text)
    start = draw(st.integers(0, len(body) - 1))
    sentence = Span(start, draw(st.integers(start + 1, len(body))))
    return excerpt(body, sentence=sentence)


@st.composite
def excerpts(draw: st.DrawFn, text: st.SearchStrategy[str] = WORDED, repeat: int = 1) -> Excerpt:
    """An excerpt of one or two spans, from a document of which nothing is harmless.

    Any piece of it may be the sentence found.
    """
    body = draw(text) * draw(st.integers(1, repeat))
    label = st.text(st.characters(exclude_categories=()) | st.sampled_from(HOSTILE), max_size=80)
    doc = document(
        body,
        path="main/" + draw(label),
        title=draw(label),
        author=draw(st.none() | label),
        publisher=draw(st.none() | label),
        date_note=draw(st.none() | label),
        url=draw(st.none() | label | st.just("https://example.org/a?b=c")),
    )
    locator = Locator(
        draw(st.integers(1, 99_999)),
        draw(st.none() | st.integers(1, 999)),
        tuple(draw(st.lists(label, max_size=3))),
    )
    whole = passage(doc, locator=locator)
    middle = draw(st.integers(0, len(body)))
    parts = [Span(0, middle)] if middle else []
    if middle + 1 < len(body):
        parts.append(Span(middle + 1, len(body)))
    worded = [part for part in parts if part.of(body).strip()] or [whole.span]
    first, *others = worded
    quoted = [place for part in worded for place in range(part.start, part.end)]
    start = draw(st.none() | st.sampled_from(quoted))
    if start is None:
        return Excerpt(whole, (first, *others))
    end = draw(st.sampled_from([place for place in quoted if place >= start])) + 1
    return Excerpt(whole, (first, *others), sentence=Span(start, end))
