"""View of a document: its blocks as elements of a page, with marks in them; pure functions.

A document is shown in parts of bounded length, cut between blocks. An element is made of runs, each
of one mark, so that a template only writes them:

    text                 The siege began in July. It ended in December.
    marks                                         └ QUOTE ───────────┘
    runs of an element   ("The siege began in July. ", PLAIN) ("It ended in December.", QUOTE)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby, pairwise

import regex

from bot.core.documents import Block, BlockKind, Document, Span
from bot.core.replies import ELLIPSIS

PART_CHARACTERS = 60_000
"""Length of a part that is aimed at; a block is never cut, and is at most as long as a passage."""

_CELLS = " |"


class MarkKind(Enum):
    """Why words are marked; the value is the class in the page's style sheet."""

    PLAIN = "plain"
    OTHER = "other"
    """Quoted in another excerpt of the same reply."""
    MATCH = "match"
    """Words that were searched for."""
    QUOTE = "quote"
    """The quote that the page was opened at."""
    EXCLUDED = "excluded"
    """Left out, since it is never to be quoted."""


_RANKS = {kind: rank for rank, kind in enumerate(MarkKind)}


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of the document's text, and why it is marked; a later kind lies above an earlier."""

    span: Span
    kind: MarkKind


@dataclass(frozen=True, slots=True)
class Run:
    """Words with one mark; the first run of a mark has an `anchor`, such as "quote-1"."""

    text: str
    kind: MarkKind = MarkKind.PLAIN
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """A block as runs, or a row as cells of runs; `number` is that of the block."""

    kind: BlockKind
    level: int
    number: int
    cells: tuple[tuple[Run, ...], ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs of all cells."""
        return tuple(run for cell in self.cells for run in cell)


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring elements of one kind, such as the rows of a table or the items of a list."""

    kind: BlockKind
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """Part `number` of `count`, both counted from 1, of a document."""

    number: int
    count: int
    groups: tuple[Group, ...]


def part_starts(document: Document) -> tuple[int, ...]:
    """The number of the first block of each part."""
    starts, begin = [0], 0
    for number, block in enumerate(document.blocks):
        if number > starts[-1] and block.span.end - begin > PART_CHARACTERS:
            starts.append(number)
            begin = block.span.start
    return tuple(starts)


def part_of(document: Document, starts: Sequence[int], offset: int) -> int:
    """The part, counted from 1, in which the character at `offset` stands."""
    block = bisect_right(document.blocks, offset, key=lambda block: block.span.start) - 1
    return max(1, bisect_right(starts, max(0, block)))


def document_part(
    document: Document, starts: Sequence[int], number: int, marks: Iterable[Mark] = ()
) -> DocumentPart:
    """Part `number` of a document, with the marks that lie in it."""
    ends = (*starts[1:], len(document.blocks))
    numbers = range(starts[number - 1], ends[number - 1])
    excluded = (Mark(span, MarkKind.EXCLUDED) for span in document.excluded)
    marker = _Marker(document, (*marks, *excluded))
    elements = (marker.element(each, document.blocks[each]) for each in numbers)
    groups = (
        Group(kind, tuple(members))
        for kind, members in groupby(elements, key=lambda element: element.kind)
    )
    return DocumentPart(number, len(starts), tuple(groups))


def matches(document: Document, words: str) -> tuple[Span, ...]:
    """Where `words` stand in the document, in any case and with any blanks between them."""
    wanted = words.split()
    if not wanted:
        return ()
    # FULLCASE folds as str.casefold does: "STRASSE" finds "Straße".
    pattern = regex.compile(
        r"\s+".join(map(regex.escape, wanted)), regex.IGNORECASE | regex.FULLCASE | regex.VERSION1
    )
    return tuple(Span(*found.span()) for found in pattern.finditer(document.text))


class _Marker:
    """Cuts the text of blocks into runs by the marks that lie in them."""

    def __init__(self, document: Document, marks: Sequence[Mark]) -> None:
        self._document = document
        self._marks = sorted(marks, key=lambda mark: (mark.span.start, _RANKS[mark.kind]))
        self._starts = [mark.span.start for mark in self._marks]
        self._longest = max((len(mark.span) for mark in self._marks), default=0)
        counts: Counter[MarkKind] = Counter()
        self._anchors: list[str] = []
        for mark in self._marks:
            counts[mark.kind] += 1
            self._anchors.append(f"{mark.kind.value}-{counts[mark.kind]}")

    def element(self, number: int, block: Block) -> Element:
        runs = self._runs(block.span)
        cells = tuple(map(tuple, _cells(runs))) if block.kind is BlockKind.ROW else (tuple(runs),)
        return Element(block.kind, block.level, number, cells)

    def _runs(self, span: Span) -> list[Run]:
        """The runs of a span, cut wherever a mark begins or ends."""
        first = bisect_left(self._starts, span.start - self._longest)
        last = bisect_left(self._starts, span.end)
        inside = [
            (number, self._marks[number])
            for number in range(first, last)
            if self._marks[number].span.overlaps(span)
        ]
        cuts = {span.start, span.end}
        for _, mark in inside:
            cuts |= {max(span.start, mark.span.start), min(span.end, mark.span.end)}
        places = sorted(cuts)
        runs: list[Run] = []
        for start, end in pairwise(places):
            over = [(n, mark) for n, mark in inside if mark.span.start <= start < mark.span.end]
            runs += self._run(start, end, over)
        return runs

    def _run(self, start: int, end: int, over: Sequence[tuple[int, Mark]]) -> Iterator[Run]:
        if not over:
            yield Run(self._document.shown(start, end))
            return
        number, mark = max(over, key=lambda each: _RANKS[each[1].kind])
        begins = start == mark.span.start
        if mark.kind is MarkKind.EXCLUDED:
            if begins:
                yield Run(ELLIPSIS, mark.kind)
            return
        anchor = self._anchors[number] if begins else ""
        yield Run(self._document.shown(start, end), mark.kind, anchor)


def _cells(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """The runs of a row, cut at the bars between its cells."""
    cell: list[Run] = []
    for run in runs:
        texts = run.text.split(_CELLS)
        for place, text in enumerate(texts):
            if place:
                yield cell
                cell = []
            shown = text.removeprefix(" ") if place or not cell else text
            if shown:
                cell.append(Run(shown, run.kind, "" if place else run.anchor))
    yield cell
