"""Documents, spans and passages: the immutable things a corpus is made of.

All offsets count Unicode code points of `Document.text`, end exclusive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A non-empty range of a text, `start` inclusive, `end` exclusive, in code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"not a span: {self.start}-{self.end}")

    def of(self, text: str) -> str:
        """The words this span covers in `text`."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def __len__(self) -> int:
        return self.end - self.start


class BlockKind(Enum):
    """What a stretch of a document is, as far as its format or its look tells."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, table row or code block of a document.

    `level` is 1 for the highest heading (0 for what is none); `page` counts from 1
    where the format has pages.
    """

    span: Span
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reader makes of a file: its text, its blocks in order, its own title."""

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None

    def __post_init__(self) -> None:
        end = 0
        for block in self.blocks:
            if block.span.start < end:
                raise ValueError("blocks overlap or are out of order")
            end = block.span.end
        if end > len(self.text):
            raise ValueError("a block reaches beyond the text")


@dataclass(frozen=True, slots=True)
class Source:
    """What a citation says of a document; unknown stays None, never guessed."""

    title: str
    author: str | None = None
    publisher: str | None = None
    date: str | None = None
    date_note: str | None = None
    url: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One file of the corpus as it was read.

    `path` is relative to the corpus folder, with forward slashes; `revision` is the
    SHA-256 of the file's bytes in hex; `excluded` are stretches never quoted.
    """

    path: str
    collection: str
    revision: str
    source: Source
    text: str = field(repr=False)
    blocks: Sequence[Block] = field(repr=False)
    excluded: tuple[Span, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Locator:
    """Where in its document a passage stands: page, heading path, paragraph number.

    Pages and paragraphs count from 1; `headings` runs from the highest down.
    """

    paragraph: int
    page: int | None = None
    headings: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [] if self.page is None else [f"page {self.page}"]
        if self.headings:
            parts.append(" › ".join(self.headings))
        parts.append(f"paragraph {self.paragraph}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Passage:
    """What is ranked: a paragraph or list item under its heading.

    `sentences` are spans inside `span`, in order, and together hold all its words;
    `language` is an ISO 639-1 code, `und` where it cannot be told.
    """

    document: Document = field(repr=False)
    span: Span
    sentences: tuple[Span, *tuple[Span, ...]]
    locator: Locator
    language: str = "und"

    def __post_init__(self) -> None:
        if not self.sentences:
            raise ValueError("a passage has at least one sentence")
        if self.span.end > len(self.document.text):
            raise ValueError("a passage reaches beyond its document")
        if not self.span.covers(Span(self.sentences[0].start, self.sentences[-1].end)):
            raise ValueError("sentences lie inside their passage")

    @property
    def text(self) -> str:
        """The passage's own words."""
        return self.span.of(self.document.text)
