"""Answers and silences: the only things that may be said to a member.

An `Answer` has no text of its own and cannot exist without an excerpt; an `Excerpt`
is offsets into its document and cannot hold other words; its citation is read off the
document it lies in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256

from bot.core.documents import Document, Locator, Passage, Span

ELLIPSIS = "[…]"
"""What stands, visibly, where a quote leaves words of its document out."""


@dataclass(frozen=True, slots=True)
class Citation:
    """What leads a reader back to the document: unknown fields are None, never guessed."""

    title: str
    author: str | None
    publisher: str | None
    date: str | None
    date_note: str | None
    url: str | None
    locator: Locator
    document: str
    collection: str
    revision: str

    @classmethod
    def of(cls, document: Document, locator: Locator) -> Citation:
        """The citation of a place in `document`."""
        source = document.source
        return cls(
            title=source.title,
            author=source.author,
            publisher=source.publisher,
            date=source.date,
            date_note=source.date_note,
            url=source.url,
            locator=locator,
            document=document.path,
            collection=document.collection,
            revision=document.revision,
        )


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Words of one passage: one span, or several with a visible gap between them.

    `parts` are spans of the document's text, in order, apart from each other, inside
    the passage. `score` orders excerpts of one reply only.
    """

    passage: Passage
    parts: tuple[Span, *tuple[Span, ...]]
    score: float = field(default=0.0, compare=False)

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("an excerpt needs at least one span")
        if not self.passage.span.covers(Span(self.parts[0].start, self.parts[-1].end)):
            raise ValueError("an excerpt lies inside its passage")
        for one, next_ in zip(self.parts, self.parts[1:], strict=False):
            if next_.start <= one.end:
                raise ValueError("the parts of an excerpt are apart and in order")
        text = self.passage.document.text
        if self.parts[-1].end > len(text):
            raise ValueError("an excerpt reaches beyond its document")
        if any(not part.of(text).strip() for part in self.parts):
            raise ValueError("an excerpt has words in each of its parts")
        if any(
            part.overlaps(gone) for part in self.parts for gone in self.passage.document.excluded
        ):
            raise ValueError("an excerpt holds nothing that is excluded from quoting")

    @property
    def quote(self) -> str:
        """The document's words, with `[…]` where some between them are left out."""
        return ELLIPSIS.join(part.of(self.passage.document.text) for part in self.parts)

    @property
    def span(self) -> Span:
        """From the first quoted character to the last."""
        return Span(self.parts[0].start, self.parts[-1].end)

    @property
    def citation(self) -> Citation:
        """Where the words stand, read off the passage itself."""
        return Citation.of(self.passage.document, self.passage.locator)


def _reply_id(kind: str, question: str, revision: str, excerpts: Iterable[Excerpt]) -> str:
    spans = [
        [excerpt.passage.document.path, [[part.start, part.end] for part in excerpt.parts]]
        for excerpt in excerpts
    ]
    canonical = json.dumps([kind, question, revision, spans], separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure or date as an excerpt writes it: a span of its document that is quoted."""

    excerpt: Excerpt
    span: Span

    def __post_init__(self) -> None:
        if not any(part.covers(self.span) for part in self.excerpt.parts):
            raise ValueError("a figure stands inside its excerpt")

    @property
    def text(self) -> str:
        """The figure as written."""
        return self.span.of(self.excerpt.passage.document.text)


class FigureKind(Enum):
    """What differs between documents."""

    FIGURE = "figure"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Difference:
    """Figures or dates of different documents for the same thing, side by side, no verdict."""

    kind: FigureKind
    figures: tuple[Figure, Figure, *tuple[Figure, ...]]

    def __post_init__(self) -> None:
        documents = {figure.excerpt.passage.document.path for figure in self.figures}
        if len(documents) < 2 or len(documents) != len(self.figures):
            raise ValueError("a difference shows one figure of each of several documents")


@dataclass(frozen=True, slots=True)
class Reading:
    """A word of the question that stands nowhere, and the documents' words it was read as."""

    typed: str
    read: tuple[str, *tuple[str, ...]]


class Confidence(Enum):
    """How sure it is that an answer's excerpts speak to the question."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Answer:
    """Excerpts of the documents that answer a question, and nothing else.

    `excerpts` are shown at once, `further` on request; `speaking` documents of
    `documents` have an excerpt above the bar; `revision` is the corpus's; one of low
    confidence is close to the question and may not answer it.
    """

    question: str
    revision: str
    excerpts: tuple[Excerpt, *tuple[Excerpt, ...]]
    speaking: int
    documents: int
    further: tuple[Excerpt, ...] = ()
    confidence: Confidence = Confidence.HIGH
    differences: tuple[Difference, ...] = ()
    readings: tuple[Reading, ...] = ()

    def __post_init__(self) -> None:
        if not self.excerpts:
            raise ValueError("an answer needs at least one excerpt")
        if not all(isinstance(e, Excerpt) for e in (*self.excerpts, *self.further)):
            raise TypeError("an answer is made of excerpts only")
        if not all(
            figure.excerpt in self.excerpts
            for difference in self.differences
            for figure in difference.figures
        ):
            raise ValueError("what differs is shown")
        if not 1 <= self.speaking <= self.documents:
            raise ValueError("at least one document speaks, and no more than there are")

    @property
    def id(self) -> str:
        """Sixteen hex digits made of the question, the corpus revision and the spans."""
        return _reply_id("answer", self.question, self.revision, self.excerpts)

    @property
    def citations(self) -> tuple[Citation, *tuple[Citation, ...]]:
        """One citation an excerpt, in the same order."""
        first, *rest = (excerpt.citation for excerpt in self.excerpts)
        return (first, *rest)


@dataclass(frozen=True, slots=True)
class Silence:
    """The documents do not answer: which words stand nowhere, and what comes nearest.

    `nearest` is offered as "not an answer" only.
    """

    question: str
    revision: str
    documents: int
    missing_terms: tuple[str, ...] = ()
    nearest: Excerpt | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def id(self) -> str:
        """Sixteen hex digits, made as an answer's."""
        nearest = () if self.nearest is None else (self.nearest,)
        return _reply_id("silence", self.question, self.revision, nearest)


Reply = Answer | Silence
"""What a question meets."""
