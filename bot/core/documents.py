"""Documents, spans and passages: the immutable parts of a corpus.

All offsets count Unicode code points of `Document.text`, end exclusive.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A non-empty range of a text in code points: `start` inclusive, `end` exclusive."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"not a span: {self.start}-{self.end}")

    def of(self, text: str) -> str:
        """The part of `text` that this span covers."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def __len__(self) -> int:
        return self.end - self.start


SIDE_LEVEL = 6
"""The level of headings that head nothing: captions, names of columns, page furniture."""


class BlockKind(Enum):
    """The role of a block, as far as the format or the layout of the document shows it."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


class LandmarkKind(Enum):
    """The kinds of marks, besides pages and headings, by which people find a part of a document."""

    NOTE = "note"
    """The mark of a footnote or endnote, as the document shows it: "3", "iv"."""
    ITEM = "item"
    """The number of an item of a list: "4", "2 (b)"."""
    SLIDE = "slide"
    LINE = "line"
    """The number of a line of code or of a log, or its first and last one: "12", "12-18"."""
    ROW = "row"
    """The number of a row of a sheet, as programs for sheets show it."""
    TIME = "time"
    """The time in a recording at which words are spoken: "0:01:23"."""

    @property
    def is_enough(self) -> bool:
        """Whether the mark alone says where in the document, so that no paragraph is named."""
        return self not in {LandmarkKind.ITEM, LandmarkKind.SLIDE}


@dataclass(frozen=True, slots=True)
class Landmark:
    """Where a block is, by a mark that the document itself has: "note 3", "row 12"."""

    kind: LandmarkKind
    mark: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.mark}"


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, table row or code block of a document.

    `level` is 1 for the highest heading and 0 for other blocks; `page` counts from 1, and is
    None for a format without pages. `confidence` is the mean of its words in percent where a
    program recognised them in a picture, None where the file itself holds them.
    """

    span: Span
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    page: int | None = None
    landmark: Landmark | None = None
    confidence: int | None = None

    @property
    def is_note(self) -> bool:
        """Whether the block is part of a footnote or endnote."""
        return self.has(LandmarkKind.NOTE)

    def has(self, kind: LandmarkKind) -> bool:
        """Whether the block has a mark of `kind`."""
        return self.landmark is not None and self.landmark.kind is kind


@dataclass(frozen=True, slots=True)
class Parsed:
    """The result of a reader: the text of a file, its blocks in order, and its own title.

    `page_labels` are the numbers that are printed on the pages, such as "iii", in order; it is
    empty if the pages count from 1 as `Block.page` does.
    `remarks` tell the curator what was left out; each continues a sentence after the file's
    name: "has comments, which are left out". `unrecognised` are pages, counted from 1, whose words
    are not in `text`, since only text recognition can read them. `gaps` counts the signs `[…]`
    that stand for what could not be read, besides those for these pages. `hidden` are marks within
    `text` that a page made of the file does not show, in order and apart.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    page_labels: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    unrecognised: tuple[int, ...] = ()
    gaps: int = 0
    hidden: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        end = 0
        for block in self.blocks:
            if block.span.start < end:
                raise ValueError("blocks overlap or are out of order")
            end = block.span.end
        if end > len(self.text):
            raise ValueError("a block reaches beyond the text")
        end = 0
        for mark in self.hidden:
            if mark.start < end or mark.end > len(self.text):
                raise ValueError("hidden marks overlap, are out of order or beyond the text")
            end = mark.end


@dataclass(frozen=True, slots=True)
class Source:
    """Bibliographic data of a document; an unknown field is None and is never guessed."""

    title: str
    author: str | None = None
    publisher: str | None = None
    date: str | None = None
    date_note: str | None = None
    url: str | None = None
    about: str | None = None


class BlockView(Sequence[Block]):
    """Blocks that are made on access, so that none need be made to find one by its offset."""

    __slots__ = ()

    @abstractmethod
    def number_at(self, offset: int) -> int | None:
        """The number of the block that holds the character at `offset`, if one does."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One file of the corpus.

    `path` is relative to the corpus folder, with forward slashes; `revision` is the
    SHA-256 of the file's bytes in hex; `excluded` are spans that are never quoted;
    `page_labels` and `hidden` are those of `Parsed`. `reading` is what a curator says of how to
    read the file, such as its encoding; with the same bytes and another one, the text may be
    another. `recognition` names the program, the languages and the number of the pages that text
    recognition has read, and is empty if it read none.
    """

    path: str
    collection: str
    revision: str
    source: Source
    text: str = field(repr=False)
    blocks: Sequence[Block] = field(repr=False)
    excluded: tuple[Span, ...] = field(default=(), repr=False)
    page_labels: tuple[str, ...] = field(default=(), repr=False)
    reading: str = field(default="", repr=False)
    recognition: str = ""
    hidden: tuple[Span, ...] = field(default=(), repr=False)

    @property
    def identity(self) -> tuple[object, ...]:
        """Everything that a reply can depend on: equal in documents that are the same."""
        own = (self.path, self.collection, self.revision, self.source, self.excluded)
        read = (self.reading, self.recognition)
        return (*own, *read) if any(read) else own

    def shown(self, start: int, end: int) -> str:
        """The text from `start` to before `end` without hidden marks, as a page shows it."""
        first = bisect_right(self.hidden, start, key=lambda mark: mark.end)
        pieces: list[str] = []
        for mark in self.hidden[first:]:
            if mark.start >= end:
                break
            pieces.append(self.text[start : max(start, mark.start)])
            start = min(mark.end, end)
        return "".join([*pieces, self.text[start:end]])

    def block_at(self, offset: int) -> Block | None:
        """The block that holds the character at `offset`, if one does."""
        place = self.block_number(offset)
        return None if place is None else self.blocks[place]

    def block_number(self, offset: int) -> int | None:
        """The number of that block."""
        if isinstance(self.blocks, BlockView):
            return self.blocks.number_at(offset)
        place = bisect_right(self.blocks, offset, key=lambda block: block.span.start) - 1
        return place if place >= 0 and offset < self.blocks[place].span.end else None

    def page_label(self, page: int | None) -> str | None:
        """The number that is printed on a page, if it is another than `page`."""
        return self.page_labels[page - 1] if page and self.page_labels else None


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a passage is in its document: page, heading path, a mark, paragraph number.

    Pages and paragraphs count from 1; `headings` begins with the highest heading;
    `page_label` is the number that is printed on the page, if it is another. A passage of a
    footnote or endnote has the number of the paragraph above it.
    """

    paragraph: int
    page: int | None = None
    headings: tuple[str, ...] = ()
    page_label: str | None = None
    landmark: Landmark | None = None

    @property
    def names_paragraph(self) -> bool:
        """Whether the number of the paragraph is needed to find the passage."""
        return self.landmark is None or not self.landmark.kind.is_enough

    def __str__(self) -> str:
        parts = [] if self.page is None else [f"page {self.page_label or self.page}"]
        if self.headings:
            parts.append(" › ".join(self.headings))
        if self.landmark is not None:
            parts.append(str(self.landmark))
        if self.names_paragraph:
            parts.append(f"paragraph {self.paragraph}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of ranking: a paragraph or list item under its heading.

    `sentences` are spans inside `span`, in order, and together hold all its words;
    `language` is an ISO 639-1 code, or `und` if it could not be detected; `confidence` is that of
    its blocks. `context` are lines of the document above it that say what it is about: caption
    and names of columns of a row, the line that introduces an item or code.
    """

    document: Document = field(repr=False)
    span: Span
    sentences: tuple[Span, *tuple[Span, ...]]
    locator: Locator
    language: str = "und"
    confidence: int | None = None
    context: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if not self.sentences:
            raise ValueError("a passage has at least one sentence")
        if self.span.end > len(self.document.text):
            raise ValueError("a passage reaches beyond its document")
        if not self.span.covers(Span(self.sentences[0].start, self.sentences[-1].end)):
            raise ValueError("sentences lie inside their passage")

    @property
    def above(self) -> tuple[str, ...]:
        """All lines that stand above its words: the document's title, headings, and its context."""
        return (self.document.source.title, *self.locator.headings, *self.context_lines)

    @property
    def context_lines(self) -> tuple[str, ...]:
        """The words of its context, a line each, without the bars around names of columns."""
        lines = (line.of(self.document.text) for line in self.context)
        return tuple(" ".join(line.strip("| ").split()) for line in lines)

    @property
    def text(self) -> str:
        """The words of the passage."""
        return self.span.of(self.document.text)
