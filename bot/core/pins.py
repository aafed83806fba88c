"""Pins: questions that a curator has tied to verbatim spans of the documents.

A pin is kept as words, since documents change; a placed pin has found them as spans. It answers
only while each of its quotes is a span of the document that it names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any

from bot.core.replies import Excerpt

_EDGES = " \t.,;:!?…¿¡？！。،؟'\"“”„«»()[]"


def folded_question(question: str) -> str:
    """The form in which equal questions are equal: "Who  led the siege?!" is "who led the siege".

    Letters are normalised (NFKC) and case-folded, blanks are single, and marks at the ends go.
    Signs that are not seen, such as those that turn the direction of writing, do not count.
    """
    seen = "".join(sign for sign in question if unicodedata.category(sign) != "Cf")
    # Case folding may take a normal form apart, as that of "ΐ", so it is made again.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return " ".join(folded.split()).strip(_EDGES)


@dataclass(frozen=True, slots=True)
class PinnedQuote:
    """Words of the document at the path `document`, as they stand there.

    `place` is the text of their locator, for people, and to tell equal words of one document apart.
    """

    document: str
    quote: str
    place: str = ""

    def __post_init__(self) -> None:
        if not self.document or not self.quote.strip():
            raise ValueError("a pinned quote names a document and has words")


@dataclass(frozen=True, slots=True)
class Pin:
    """A question and the quotes that answer it, each of another side if there are several.

    `space` is the one for whose rooms it was made, such as "discord:123"; None is for all rooms.
    `by` and `at` say who made it, and when.
    """

    question: str
    quotes: tuple[PinnedQuote, *tuple[PinnedQuote, ...]]
    space: str | None = None
    by: str = ""
    at: datetime | None = None

    def __post_init__(self) -> None:
        if not folded_question(self.question):
            raise ValueError("a pin has a question")
        if not self.quotes:
            raise ValueError("a pin has a quote")

    @property
    def key(self) -> str:
        """Twelve hex digits, a hash of the folded question and the space."""
        return _hash((folded_question(self.question), self.space))[:12]

    def to_row(self) -> list[Any]:
        """The pin in JSON types."""
        quotes = [[each.document, each.quote, each.place] for each in self.quotes]
        at = None if self.at is None else self.at.isoformat()
        return [self.question, quotes, self.space, self.by, at]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Pin:
        """The inverse of `to_row`."""
        question, quotes, space, by, at = row
        first, *others = (PinnedQuote(*quote) for quote in quotes)
        time = None if at is None else datetime.fromisoformat(at)
        return cls(question, (first, *others), space, by, time)


class PinState(Enum):
    """The state of a pinned quote in the documents of today."""

    LIVE = "live"
    MOVED = "moved"
    """Elsewhere in their document, or in one other document of its collection."""
    CHANGED = "changed"
    """Their document is there, and they are not in one of its passages."""
    GONE = "gone"
    """Their document is not there, nor they in exactly one other."""


@dataclass(frozen=True, slots=True)
class PlacedQuote:
    """A pinned quote and the excerpt that it is now; None if its words are changed or gone.

    `collection` is that of its document, or that which the document would be in.
    """

    pinned: PinnedQuote
    state: PinState
    collection: str
    excerpt: Excerpt | None = None

    def __post_init__(self) -> None:
        is_there = self.state in {PinState.LIVE, PinState.MOVED}
        if is_there != (self.excerpt is not None):
            raise ValueError("a quote that is there is an excerpt, another is none")


@dataclass(frozen=True, slots=True)
class PlacedPin:
    """A pin with the present state of its quotes, as far as a scope sees them."""

    pin: Pin
    quotes: tuple[PlacedQuote, *tuple[PlacedQuote, ...]]

    @property
    def excerpts(self) -> tuple[Excerpt, ...]:
        """The excerpts it answers with: none if one of its quotes is changed or gone.

        Fewer sides than the curator chose would be an answer that nobody has approved.
        """
        excerpts = tuple(each.excerpt for each in self.quotes if each.excerpt is not None)
        return excerpts if len(excerpts) == len(self.quotes) else ()

    def within(self, collections: Collection[str]) -> PlacedPin | None:
        """The pin with the quotes of `collections`; None if it has none there."""
        quotes = tuple(each for each in self.quotes if each.collection in collections)
        return replace(self, quotes=(quotes[0], *quotes[1:])) if quotes else None


def fingerprint_of(pins: Iterable[PlacedPin]) -> str:
    """A hash of all that replies can depend on, of pins in their order; empty without pins."""
    contents = [
        (each.pin.question, each.pin.space is None, [_place_in_text(e) for e in each.excerpts])
        for each in pins
    ]
    return _hash(contents) if contents else ""


def _place_in_text(excerpt: Excerpt) -> tuple[str, int, int]:
    return excerpt.passage.document.path, excerpt.span.start, excerpt.span.end


def _hash(content: object) -> str:
    return sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest()
