"""View of a document: its blocks as elements of a page, with marks in them; pure functions.

A document is shown in parts of bounded length, cut between blocks. An element is made of runs, each
under the same marks, so that a template only writes them:

    text                 The siege began in July. It ended in December.
    marks                                         └ QUOTE ───────────┘
    runs of an element   Run("The siege began in July. ")
                         Run("It ended in December.", (QUOTE,), ("quote-1",))
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby, islice, pairwise

import regex

from bot.core.documents import SIDE_LEVEL, Block, BlockKind, Document, LandmarkKind, Span
from bot.core.lines_above import are_adjacent, lines_above
from bot.core.replies import ELLIPSIS

PART_CHARACTERS = 40_000
"""Length of a part that is aimed at; a block is never cut, and is at most as long as a passage."""

MOST_MATCHES = 1_000
"""Most places of searched words that are counted and marked."""

WRAPPED_COLUMNS = 45
"""A paragraph whose lines are at least this long was wrapped by a program, not by its author."""

_CELLS = " |"


class MarkKind(Enum):
    """Why words are marked; the value is the class in the page's style sheet."""

    OTHER = "other"
    """Quoted in another excerpt of the same reply."""
    QUOTE = "quote"
    """The quote that the page was opened at."""
    MATCH = "match"
    """Words that were searched for."""
    EXCLUDED = "excluded"
    """Left out, since it is never to be quoted."""


_RANKS = {kind: rank for rank, kind in enumerate(MarkKind)}


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of the document's text, and why it is marked."""

    span: Span
    kind: MarkKind


@dataclass(frozen=True, slots=True)
class Run:
    """Words under the same marks, and the anchors of those that begin here, such as "quote-1"."""

    text: str
    kinds: tuple[MarkKind, ...] = ()
    anchors: tuple[str, ...] = ()

    @property
    def classes(self) -> str:
        """The classes of the marks in the page's style sheet."""
        return " ".join(kind.value for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Element:
    """A block as runs, or a row as cells of runs; `number` is that of the block.

    `mark` is the number of an item or note where its words do not begin with it; `depth` counts
    the lists that an item stands in. One that `continues` has the number of the item before it, as
    its second paragraph or a list without numbers in it. A row may be a `header`, which names the
    columns. The lines of a `wrapped` block were broken by a program.
    """

    kind: BlockKind
    level: int
    number: int
    cells: tuple[tuple[Run, ...], ...]
    mark: str = ""
    depth: int = 1
    continues: bool = False
    header: bool = False
    is_note: bool = False
    wrapped: bool = False

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
        Group(kind, _with_header(document, tuple(members)))
        for kind, members in groupby(elements, key=lambda element: element.kind)
    )
    return DocumentPart(number, len(starts), tuple(groups))


def matches(document: Document, words: str) -> tuple[Span, ...]:
    """The places of `words` in the document, in any case, any blanks or marks between them.

    Those beyond `MOST_MATCHES` are left out.
    """
    wanted = words.split()
    if not wanted:
        return ()
    # FULLCASE folds as str.casefold does: "STRASSE" finds "Straße".
    pattern = regex.compile(
        r"[\s*_`~]+".join(map(regex.escape, wanted)),
        regex.IGNORECASE | regex.FULLCASE | regex.VERSION1,
    )
    spans = (Span(*found.span()) for found in pattern.finditer(document.text, concurrent=True))
    excluded = document.excluded
    shown = (span for span in spans if not any(each.overlaps(span) for each in excluded))
    return tuple(islice(shown, MOST_MATCHES))


def _with_header(document: Document, elements: tuple[Element, ...]) -> tuple[Element, ...]:
    """The rows of a table, the first as header if it names the columns; other elements as given."""
    first = elements[0]
    if first.kind is not BlockKind.ROW or first.header or len(elements) == 1:
        return elements
    second = document.blocks[elements[1].number].span
    names = document.blocks[first.number].span
    if names not in lines_above(document, second.start):
        return elements
    return (replace(first, header=True), *elements[1:])


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
        """A block as an element; a line of names above a row is the header of its table."""
        runs = self._runs(block.span)
        is_names = self._names_columns(number, block)
        is_row = is_names or block.kind is BlockKind.ROW
        mark = _mark_of(block, runs)
        continues = self._continues(number, block)
        return Element(
            BlockKind.ROW if is_row else block.kind,
            block.level,
            number,
            tuple(map(tuple, _cells(runs))) if is_row else (tuple(runs),),
            mark="" if continues else mark,
            depth=1 + mark.count("("),
            continues=continues,
            header=is_names,
            is_note=block.is_note,
            wrapped=block.kind is not BlockKind.CODE and _is_wrapped(runs),
        )

    def _continues(self, number: int, block: Block) -> bool:
        if block.kind is not BlockKind.ITEM or block.landmark is None or number == 0:
            return False
        before = self._document.blocks[number - 1]
        return before.kind is BlockKind.ITEM and before.landmark == block.landmark

    def _names_columns(self, number: int, block: Block) -> bool:
        blocks = self._document.blocks
        return (
            block.level == SIDE_LEVEL
            and number + 1 < len(blocks)
            and blocks[number + 1].kind is BlockKind.ROW
            and _CELLS in block.span.of(self._document.text)
            and are_adjacent(self._document, number + 1)
        )

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
        runs: list[Run] = []
        for start, end in pairwise(sorted(cuts)):
            over = [(n, mark) for n, mark in inside if mark.span.start <= start < mark.span.end]
            runs += self._run(start, end, over)
        return runs

    def _run(self, start: int, end: int, over: Sequence[tuple[int, Mark]]) -> Iterator[Run]:
        kinds = tuple(sorted({mark.kind for _, mark in over}, key=_RANKS.__getitem__))
        begun = [(n, mark) for n, mark in over if mark.span.start == start]
        if MarkKind.EXCLUDED in kinds:
            if any(mark.kind is MarkKind.EXCLUDED for _, mark in begun):
                yield Run(ELLIPSIS, (MarkKind.EXCLUDED,))
            return
        text = self._document.shown(start, end)
        yield Run(text, kinds, tuple(self._anchors[n] for n, _ in begun))


def _mark_of(block: Block, runs: Sequence[Run]) -> str:
    """The number of an item, or the mark of a note, unless its words begin with it."""
    if not (block.kind is BlockKind.ITEM or block.is_note) or block.landmark is None:
        return ""
    mark = block.landmark.mark
    last = mark.split(" ")[-1].strip("()")
    is_known = block.landmark.kind in (LandmarkKind.ITEM, LandmarkKind.NOTE)
    words = "".join(run.text for run in runs[:2]).lstrip("([ ")
    return mark if is_known and not words.startswith(last) else ""


def _is_wrapped(runs: Sequence[Run]) -> bool:
    lines = "".join(run.text for run in runs).split("\n")
    return len(lines) > 1 and min(map(len, lines[:-1])) >= WRAPPED_COLUMNS


def _cells(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """The runs of a row, cut at the bars between its cells; bars around the row are left out."""
    cells: list[list[Run]] = [[]]
    for run in runs:
        anchors = run.anchors
        for place, text in enumerate(run.text.split(_CELLS)):
            if place:
                cells.append([])
            shown = text.removeprefix(" ") if place or not cells[-1] else text
            if len(cells) == 1 and not cells[0]:
                shown = shown.removeprefix("| ")
            if shown:
                cells[-1].append(replace(run, text=shown, anchors=anchors))
                anchors = ()
    ends_in_bar = len(cells) > 1 and not cells[-1]
    yield from cells[:-1] if ends_in_bar else cells
