"""Beginnings of paragraphs in a PDF, told by the gap above a line, its indent, type, and room.

In doubt, lines stay together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import regex

from bot.core.documents import BlockKind
from bot.ingest.readers.pdf.characters import HYPHEN
from bot.ingest.readers.pdf.line_ends import HYPHENS, UNSPACED
from bot.ingest.readers.pdf.lines import Cell, PdfLine
from bot.ingest.readers.pdf.right_to_left import runs_right_to_left
from bot.ingest.readers.pdf.typography import Typography

HEADING_RATIO = 1.12
"""Type larger than this, in sizes of the text's type, makes a heading."""

_SIZE_CHANGE = 1.08  # ratio of two sizes of type
_WIDE_GAP = 1.25  # in usual distances of lines
_INDENT = 0.8  # in sizes of type, as the next eight
_COLUMN_STEP = 4.0
_MAX_INDENT = 6.0
_MAX_OUTDENT = 2.0
_MAX_CLIMB = 4.0
_MAX_DISTANCE = 2.6
_MAX_UNSURE_DISTANCE = 1.8
_MIN_COLUMN = 12.0
_MIN_COLUMN_LINES = 4
_ROOM = 1.0
_EDGE = 0.3  # in sizes of type
_EVEN = 0.06  # part of a distance of lines
_FARTHER = 1.12  # ratio of two distances of lines
_FULL_LINE = 0.85  # part of the width of a column
_MUCH_ROOM = 0.45  # part of the width of a column
SENTENCE_END = regex.compile(r"[.!?:;。！？؟][\"'”’»)\]\d⁰¹²³⁴-⁹]*$")
"""The end of a sentence at the end of a line, with what may stand behind it."""

_NOTE_MARK = regex.compile(r"(?:[⁰¹²³⁴-⁹]{1,2}|[*†‡§]{1,3})\s?[\p{L}\p{Pi}]")
_OPEN_END = regex.compile(rf"[\p{{Ll}},{HYPHEN}]$")
_GOES_ON = regex.compile(r"[\p{Ll}\p{Lo}]")
"""A line that begins in lower case, or in a script that has none, may go on a sentence."""


@dataclass(slots=True)
class PdfBlock:
    """Lines that make one block, its kind, and its list mark, a bullet or number.

    `mark_length` counts the characters of its first line up to its words. `side` marks a
    heading that heads nothing, such as a line of the table of contents; `note` is the mark of
    a footnote.
    """

    lines: list[PdfLine]
    kind: BlockKind = BlockKind.PARAGRAPH
    mark: str = ""
    mark_length: int = 0
    side: bool = False
    note: str | None = None

    @property
    def size(self) -> float:
        """The size of type of its first line."""
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)

    @property
    def confidence(self) -> int | None:
        """The mean confidence of its recognised words in percent; None if there are none."""
        words = [
            (len(line.text.split()), line.confidence)
            for line in self.lines
            if line.confidence is not None
        ]
        total = sum(count for count, _ in words)
        return round(sum(count * each for count, each in words) / total) if total else None


@dataclass(frozen=True, slots=True)
class Column:
    """The right edge of the column of a line, and whether running text fills it up to there.

    A line that `is_entry` is one of a list, such as names or an address: none goes on another.
    """

    right: float
    is_text: bool
    is_entry: bool = False


def mirrored(line: PdfLine) -> PdfLine:
    """A line of Arabic or Hebrew as if it ran from left to right; any other as it is.

    The cells of a table row keep their places.
    """
    if len(line.cells) > 1 or not runs_right_to_left(line.text):
        return line
    return replace(line, cells=tuple(Cell(c.text, -c.right, -c.left) for c in line.cells))


def columns_of(lines: Sequence[PdfLine], typography: Typography) -> list[Column]:
    """For each line, the column that it is in.

    A column is a run of lines in one size of type that begin about below each other. Lines that
    begin at 72 and end at 290, 295 and 180 end at 295; a wide title above them, and lines of a
    second column that begin at 310, do not count. Where lines are few, or no running text, all
    lines of the page that begin where they do are their column.
    """
    runs: list[list[PdfLine]] = []
    for line in lines:
        if not runs or not _is_below(runs[-1][-1], line):
            runs.append([])
        runs[-1].append(line)
    step = _COLUMN_STEP * max(typography.size, 1.0)
    edges: dict[tuple[int, int], float] = {}
    for line in lines:
        key = line.page, round(line.left / step)
        edges[key] = max(edges.get(key, line.right), line.right)
    columns: list[Column] = []
    for run in runs:
        left, right = min(line.left for line in run), max(line.right for line in run)
        if _is_text(run, left, right):
            columns += [Column(right, is_text=True)] * len(run)
            continue
        for line, is_entry in zip(run, _entries(run, right), strict=True):
            near = (round(line.left / step) + next_ for next_ in (-1, 0, 1))
            right = max(edges.get((line.page, place), line.right) for place in near)
            columns.append(Column(right, is_text=False, is_entry=is_entry))
    return columns


def _entries(run: Sequence[PdfLine], right: float) -> list[bool]:
    """For each line, whether it is an entry of a list: it and a neighbour have room behind them.

    A line of running text has room at the end of its paragraph only. Where many lines go on a
    sentence, there is no list.
    """
    if _running(run) >= len(run) / 4:
        return [False] * len(run)
    ends = [False, *(_is_apart(last, line, right) for last, line in pairwise(run)), False]
    return [ends[place] and (ends[place - 1] or ends[place + 1]) for place in range(1, len(ends))]


def _is_apart(last: PdfLine, line: PdfLine, right: float) -> bool:
    """Whether `line` begins anew below one that has room for its first word."""
    return (
        _has_room(last, line, right)
        and abs(line.left - last.left) < _EDGE * line.size
        and not line.text[:1].islower()
        and not last.text.endswith((",", *HYPHENS))
    )


def _is_text(run: Sequence[PdfLine], left: float, right: float) -> bool:
    """Whether lines are running text: most are full and end no sentence, some go on one."""
    full = sum(line.right > left + _FULL_LINE * (right - left) for line in run)
    ends = sum(SENTENCE_END.search(line.text) is not None for line in run)
    return (
        full > max(len(run), _MIN_COLUMN_LINES) / 2
        and ends < len(run) / 2
        and _running(run) >= len(run) / 4
        and right - left > _MIN_COLUMN * run[0].size
    )


def _running(run: Sequence[PdfLine]) -> int:
    """The number of lines that may go on a sentence."""
    return sum(_GOES_ON.match(line.text) is not None for line in run)


def _is_below(line: PdfLine, following: PdfLine) -> bool:
    size = max(line.size, following.size, 1.0)
    return (
        line.page == following.page
        and abs(line.size - following.size) < (_SIZE_CHANGE - 1) * size
        and 0 < line.y - following.y < _MAX_DISTANCE * size
        and abs(line.left - following.left) < _COLUMN_STEP * size
    )


def is_new_block(
    block: PdfBlock,
    line: PdfLine,
    typography: Typography,
    column: Column,
    following: Sequence[PdfLine],
) -> bool:
    """Whether `line`, with the one `following` it, begins a block of its own after `block`."""
    last, right = block.lines[-1], column.right
    if block.kind is BlockKind.ROW or block.side or last.turned != line.turned:
        return True
    if not _is_in_one_size(last, line) or _is_beside(last, line):
        return True
    if last.page == line.page and last.box != line.box:
        return True
    drop = last.y - line.y
    is_elsewhere = last.page != line.page or drop < 0
    if last.text.endswith(HYPHEN):  # within a word
        return is_elsewhere and not line.text[:1].islower()
    if block.bold != line.bold and not typography.bold:
        ends = SENTENCE_END.search(last.text) or _has_room(last, line, right)
        if block.bold or ends:
            return True
    if is_elsewhere:
        return not _continues(last, line)
    is_wide = drop > _WIDE_GAP * typography.leading * max(last.size, line.size)
    if is_wide and not (
        _runs_on(block, line, right)
        or (column.is_text and _is_spaced_evenly(block, line, following, right))
    ):
        return True
    if block.size > typography.size * HEADING_RATIO and not column.is_text:
        return False
    if SENTENCE_END.search(last.text) and _begins_apart(block, line, following):
        return True
    if line.left > last.left + _INDENT * line.size and block.kind is not BlockKind.ITEM:
        return not _is_hanging(block, line, right)
    if _is_far_left(last, line) or (block.kind is BlockKind.ITEM and _is_outside(block, line)):
        return True
    if _ends_hanging(block, line) or _begins_note(last, line, right) or column.is_entry:
        return True
    if _has_room(last, line, right):
        spare = right - last.right
        if SENTENCE_END.search(last.text) and not line.text[:1].islower():
            return True
        return spare > _MUCH_ROOM * (right - last.left) and not line.text[:1].islower()
    return False


def _is_in_one_size(last: PdfLine, line: PdfLine) -> bool:
    """Whether two lines have type of one size, or a sentence goes on in that of the second."""
    is_open = line.text[:1].islower() or _OPEN_END.search(last.text) is not None
    return _is_one_size(last.size, line.size) or (
        is_open and _is_one_size(last.end_size, line.size)
    )


def _is_one_size(size: float, other: float) -> bool:
    return max(size, other, 0.1) <= max(min(size, other), 0.1) * _SIZE_CHANGE


def _is_beside(last: PdfLine, line: PdfLine) -> bool:
    """Whether `line` stands to the right of the one before, as the next cell of a table does.

    The top of the next column is far above.
    """
    size = max(last.size, line.size)
    return (
        last.page == line.page
        and line.left > last.right + size
        and abs(line.y - last.y) < _MAX_CLIMB * size
    )


def _begins_apart(block: PdfBlock, line: PdfLine, following: Sequence[PdfLine]) -> bool:
    """Whether `line` begins a paragraph behind the end of a sentence, as the line below it tells.

    Then it stands farther from the line above than the lines of both paragraphs from each other,
    or it is indented, as a single line above may be.
    """
    last = block.lines[-1]
    below = following[0] if following else None
    if (
        below is None
        or not last.page == line.page == below.page
        or line.y < below.y
        or line.text[:1].islower()
        or not (_is_one_size(line.size, below.size) and _is_one_size(line.size, last.size))
    ):
        return False
    drop, next_drop = last.y - line.y, line.y - below.y
    drops = [above.y - under.y for above, under in pairwise(block.lines[-2:])]
    if drops and 0 < _FARTHER * max(*drops, next_drop) < drop and min(drops) > 0:
        return below.left < line.left + _EDGE * line.size
    return next_drop < _MAX_DISTANCE * line.size and _is_indented(block, line, below)


def _is_indented(block: PdfBlock, line: PdfLine, below: PdfLine) -> bool:
    """Whether `line` is indented as the first line of `block` is, and the line `below` is not.

    A line of an entry that hangs stands right of its first line, and before the next entry.
    """
    first, *others = block.lines
    slack = _EDGE * line.size
    is_as_first = abs(line.left - first.left) < slack and all(
        abs(other.left - below.left) < slack for other in others
    )
    return (
        _INDENT * line.size < line.left - below.left < _MAX_INDENT * line.size
        and below.right - below.left > _FULL_LINE * (line.right - line.left)
        and below.text[:1].isalpha()
        and (
            (is_as_first and len(others) > 0)
            or (block.kind is not BlockKind.ITEM and first.left > line.left - _INDENT * line.size)
        )
    )


def _is_spaced_evenly(
    block: PdfBlock, line: PdfLine, following: Sequence[PdfLine], right: float
) -> bool:
    """Whether `line` is as far from the lines around it, as in a text with double spacing.

    Behind the end of a sentence both distances count, and there is no room for another word;
    else one that is equal is enough.
    """
    last = block.lines[-1]
    drop = last.y - line.y
    others = [above.y - last.y for above in block.lines[-2:-1]]
    others += [line.y - below.y for below in following if below.page == line.page]
    even = [abs(other - drop) < _EVEN * drop for other in others]
    if SENTENCE_END.search(last.text):
        return even == [True, True] and not _has_room(last, line, right)
    return any(even)


def _runs_on(block: PdfBlock, line: PdfLine, right: float) -> bool:
    """Whether `line` goes on a sentence of a full line above it, although that is far.

    If it does not begin in lower case, the line above is long and ends within a sentence. The
    first line of a paragraph may be indented, that of an item begins with its mark.
    """
    last = block.lines[-1]
    is_long = last.right - last.left > 2 * _MIN_COLUMN * last.size
    if line.text[:1].islower():
        distance = _MAX_DISTANCE
    else:
        distance = _MAX_UNSURE_DISTANCE if is_long and _OPEN_END.search(last.text) else 0.0
    indent = (last.left - line.left) / max(line.size, 1.0)
    is_below = abs(indent) < _INDENT or (
        len(block.lines) == 1
        and (-_COLUMN_STEP < indent < 0 if block.mark else 0 < indent < _MAX_INDENT)
    )
    return (
        last.y - line.y < distance * line.size
        and is_below
        and not SENTENCE_END.search(last.text)
        and not _has_room(last, line, right)
    )


def _is_hanging(block: PdfBlock, line: PdfLine, right: float) -> bool:
    """Whether an indented `line` is the second of a paragraph that hangs, or of a centred title.

    The first line of a hanging paragraph is full. Any line of one that is flush right may be
    indented.
    """
    last = block.lines[-1]
    if SENTENCE_END.search(last.text):
        return False
    if line.text[:1].islower() and abs(line.right - last.right) < _EDGE * line.size:
        return True
    if len(block.lines) > 1:
        return False
    return (
        line.text[:1].islower()
        or not _has_room(last, line, right)
        or abs(line.left + line.right - last.left - last.right) < line.size
        or line.left - last.left >= _COLUMN_STEP * line.size
    )


def _is_far_left(last: PdfLine, line: PdfLine) -> bool:
    """Whether `line` begins farther left than a first line is indented, and is not centred."""
    return (
        last.left - line.left > _MAX_INDENT * line.size
        and not line.text[:1].islower()
        and abs(line.left + line.right - last.left - last.right) > line.size
    )


def _is_outside(block: PdfBlock, line: PdfLine) -> bool:
    """Whether `line` begins left of an item, and does not go on one with an indented first line.

    In laws, the lines of an item below the first often return to the left edge of the text.
    """
    last = block.lines[-1]
    edge = _EDGE * line.size
    if line.left >= block.lines[0].left - edge:
        return False
    if len(block.lines) > 1:
        return line.left < last.left - edge
    return not line.text[:1].islower() or SENTENCE_END.search(last.text) is not None


def _begins_note(last: PdfLine, line: PdfLine, right: float) -> bool:
    """Whether `line` is a note below a table: it begins with a mark, and the one before ends."""
    return _NOTE_MARK.match(line.text) is not None and (
        SENTENCE_END.search(last.text) is not None or _has_room(last, line, right)
    )


def _ends_hanging(block: PdfBlock, line: PdfLine) -> bool:
    """Whether `line` begins where `block` does, all other lines of which are indented.

    It may begin a little left of the block if that ends a sentence: labels may be flush right.
    """
    first, *others = block.lines
    outdent = (first.left - line.left) / max(line.size, 1.0)
    ends = SENTENCE_END.search(block.lines[-1].text) is not None
    return (
        len(others) > 0
        and not line.text[:1].islower()
        and -_EDGE < outdent < (_MAX_OUTDENT if ends else _EDGE)
        and all(
            other.page == first.page
            and other.y < first.y
            and other.left > first.left + _INDENT * line.size
            for other in others
        )
        and (len(others) > 1 or SENTENCE_END.search(others[-1].text) is not None)
    )


def _continues(last: PdfLine, line: PdfLine) -> bool:
    """Whether a sentence continues over the end of a page or column."""
    if last.bold != line.bold or SENTENCE_END.search(last.text):
        return False
    return line.text[:1].islower() or last.text.endswith((",", "–", "—"))


def _has_room(last: PdfLine, line: PdfLine, right: float) -> bool:
    """Whether the first word of `line` would have fitted into the line before it."""
    word = line.text[:1] if UNSPACED.match(line.text[:1]) else line.text.split(" ", 1)[0]
    width = (line.right - line.left) * len(word) / max(len(line.text), 1)
    return right - last.right > width + _ROOM * line.size
