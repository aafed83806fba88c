"""Replies: answers and silences, the only things that may be said to a member.

An `Answer` has no text of its own and cannot be built without an excerpt. An `Excerpt` is a
list of offsets into its document, so it cannot hold other words; its citation is computed
from that document.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256
from itertools import pairwise

from bot.core.documents import Locator, Passage, Source, Span
from bot.core.lines_above import lines_above

ELLIPSIS = "[…]"
"""Stands in a quote where words of the document are left out."""

MOST_NEAREST = 3
"""Most excerpts that a silence offers as near to its question."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A reference to a place in the document at the path `document`.

    `confidence` is that of `Passage`: a percentage for words recognised in a picture.
    """

    source: Source
    locator: Locator
    document: str
    collection: str
    revision: str
    confidence: int | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote from one passage: one span, or several with a visible gap between them.

    `parts` are spans of the document's text: in order, not adjacent, inside the passage.
    `score` orders the excerpts of one reply only. `sentence` is the one that the question
    found, None where it found none; its first and last characters are quoted.
    """

    passage: Passage
    parts: tuple[Span, *tuple[Span, ...]]
    score: float = field(default=0.0, compare=False)
    sentence: Span | None = None

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("an excerpt needs at least one span")
        if not self.passage.span.covers(Span(self.parts[0].start, self.parts[-1].end)):
            raise ValueError("an excerpt lies inside its passage")
        for part, following in pairwise(self.parts):
            if following.start <= part.end:
                raise ValueError("the parts of an excerpt are apart and in order")
        text = self.passage.document.text
        if self.parts[-1].end > len(text):
            raise ValueError("an excerpt reaches beyond its document")
        if any(not part.of(text).strip() for part in self.parts):
            raise ValueError("an excerpt has words in each of its parts")
        excluded = self.passage.document.excluded
        if any(part.overlaps(span) for part in self.parts for span in excluded):
            raise ValueError("an excerpt holds nothing that is excluded from quoting")
        if self.sentence is not None:
            ends = (self.sentence.start, self.sentence.end - 1)
            if not all(any(part.start <= end < part.end for part in self.parts) for end in ends):
                raise ValueError("the sentence of an excerpt begins and ends inside its parts")

    @property
    def quote(self) -> str:
        """The document's words, with `[…]` between the parts."""
        return ELLIPSIS.join(part.of(self.passage.document.text) for part in self.parts)

    @property
    def shown(self) -> str:
        """The quote as a page shows it, without marks such as those of Markdown."""
        document = self.passage.document
        return ELLIPSIS.join(document.shown(part.start, part.end) for part in self.parts)

    @property
    def above(self) -> tuple[Span, ...]:
        """The lines above the quote that it is not understood without, as those of a table.

        They stand before its first part, in the same document, and are no part of it.
        """
        start = self.parts[0].start
        lines = lines_above(self.passage.document, start, self.passage)
        return tuple(line for line in lines if line.end <= start)

    @property
    def emphasis(self) -> Span | None:
        """The sentence as a span of `shown`; None where that has no other words."""
        if self.sentence is None:
            return None
        start, end = self._place(self.sentence.start), self._place(self.sentence.end - 1) + 1
        around = self.shown[:start] + self.shown[end:]
        return Span(start, end) if any(map(str.isalnum, around)) else None

    def _place(self, offset: int) -> int:
        """The place in `shown` of a character of a part, by its offset in the document."""
        document, before = self.passage.document, 0
        for part in self.parts:
            if offset < part.end:
                return before + len(document.shown(part.start, offset))
            before += len(document.shown(part.start, part.end)) + len(ELLIPSIS)
        raise ValueError(f"{offset} lies behind the excerpt")

    @property
    def span(self) -> Span:
        """From the first quoted character to the last."""
        return Span(self.parts[0].start, self.parts[-1].end)

    @property
    def citation(self) -> Citation:
        """The citation of the passage, with the mark of the item or row that the question found."""
        document, locator = self.passage.document, self.passage.locator
        start = self.parts[0].start if self.sentence is None else self.sentence.start
        block = document.block_at(start)
        if block is not None and block.landmark != locator.landmark:
            locator = replace(locator, landmark=block.landmark)
        return Citation(
            document.source,
            locator,
            document.path,
            document.collection,
            document.revision,
            self.passage.confidence,
        )


def _reply_id(kind: str, question: str, revision: str, excerpts: Iterable[Excerpt]) -> str:
    spans = [
        [excerpt.passage.document.path, [[part.start, part.end] for part in excerpt.parts]]
        for excerpt in excerpts
    ]
    canonical = json.dumps([kind, question, revision, spans], separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure or date inside an excerpt, as a span of the document."""

    excerpt: Excerpt
    span: Span

    def __post_init__(self) -> None:
        if not any(part.covers(self.span) for part in self.excerpt.parts):
            raise ValueError("a figure stands inside its excerpt")

    @property
    def text(self) -> str:
        """The figure as the document writes it."""
        return self.span.of(self.excerpt.passage.document.text)


class FigureKind(Enum):
    """The kind of a difference between documents."""

    FIGURE = "figure"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Difference:
    """Figures or dates of several documents for the same thing, shown without a verdict."""

    kind: FigureKind
    figures: tuple[Figure, Figure, *tuple[Figure, ...]]

    def __post_init__(self) -> None:
        documents = {figure.excerpt.passage.document.path for figure in self.figures}
        if len(documents) < 2 or len(documents) != len(self.figures):
            raise ValueError("a difference shows one figure of each of several documents")


@dataclass(frozen=True, slots=True)
class Reading:
    """A word of the question that no document has, and the words that were searched instead."""

    typed: str
    read: tuple[str, *tuple[str, ...]]


class Confidence(Enum):
    """How certain it is that the excerpts of an answer answer the question."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Answer:
    """Excerpts that answer a question, and nothing else.

    `excerpts` are shown at once, `further` on request. `speaking` of all `documents` have an
    excerpt above the threshold. `revision` is that of the corpus. An answer of low confidence
    is close to the question but may not answer it. `missing_terms` are words of the question that
    no document has: an answer with such words is never of high confidence. `is_judged` says that a
    model chose the excerpts. `quote_languages` are those of the excerpts (ISO 639-1) where no
    document is in the question's language; else none. The first `pinned` excerpts are those that a
    curator tied to this question, or to one like it.
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
    missing_terms: tuple[str, ...] = ()
    is_judged: bool = False
    quote_languages: tuple[str, ...] = ()
    pinned: int = 0

    def __post_init__(self) -> None:
        if not self.excerpts:
            raise ValueError("an answer needs at least one excerpt")
        if not 0 <= self.pinned <= len(self.excerpts):
            raise ValueError("pinned excerpts are the first of those that are shown")
        if self.quote_languages and self.confidence is Confidence.HIGH:
            raise ValueError("an answer in another language than its question's is not sure")
        if self.missing_terms and self.confidence is Confidence.HIGH:
            raise ValueError("an answer that lacks words of the question is not sure")
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
        """Sixteen hex digits, a hash of the question, the corpus revision and the spans."""
        return _reply_id("answer", self.question, self.revision, self.excerpts)


@dataclass(frozen=True, slots=True)
class Silence:
    """The reply if the documents do not answer.

    `missing_terms` are words of the question that no document has; `nearest` are offered as
    "not an answer" only, and only where something is near. `is_judged` says that a model found no
    answer.
    """

    question: str
    revision: str
    documents: int
    missing_terms: tuple[str, ...] = ()
    nearest: tuple[Excerpt, ...] = ()
    readings: tuple[Reading, ...] = ()
    is_judged: bool = False

    def __post_init__(self) -> None:
        if len(self.nearest) > MOST_NEAREST:
            raise ValueError(f"a silence offers at most {MOST_NEAREST} excerpts")

    @property
    def id(self) -> str:
        """Sixteen hex digits, computed as for an answer."""
        return _reply_id("silence", self.question, self.revision, self.nearest)


Reply = Answer | Silence
"""The result of every question."""
