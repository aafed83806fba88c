"""Tables and forms of a PDF page whose ruling lines part the cells.

What stands in one cell, in several lines, is one cell of a row:

    | North | 61 | Ida Kern, who     |        North | 61 | Ida Kern, who lives at the mill
    |       |    | lives at the mill |
    +-------+----+-------------------+

Where rulings part the columns but not the rows, the lines are left as they are.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import regex

from bot.ingest.readers.pdf.grids import Grid
from bot.ingest.readers.pdf.line_ends import joined
from bot.ingest.readers.pdf.lines import CELL_GAP, Cell, PdfLine
from bot.ingest.readers.pdf.right_to_left import runs_right_to_left

_MIDDLE = 0.3  # in sizes of type above the baseline
_BASELINE = 0.4  # in sizes of type
_FEW_LINES = 3
_MANY_LINES = 8  # of running text
_LOW_ROW = 2.5  # in sizes of type
_WORD = regex.compile(r"[\p{L}\p{N}]")

_MANY_FIGURES = 0.4  # part of the lines behind the first ones
_FIGURE = regex.compile(r"[\p{Sc}(+−-]*\p{Nd}")
_NUMBER = regex.compile(r"[\p{Sc}(+−-]*\p{Nd}[\p{Nd}\p{Sc}.,%) ]*")
_LEFT, _RIGHT = -1, -2
"""The numbers of what stands beside a grid, as a cell."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a line that stands in a cell of a grid."""

    cell: int
    line: PdfLine


def with_ruled_rows(lines: Sequence[PdfLine], grids: Sequence[Grid]) -> list[PdfLine]:
    """The lines of one page with the rows of its grids, each grid where its first line stands."""
    if not grids:
        return list(lines)
    inside: defaultdict[int, list[_Part]] = defaultdict(list)
    order: list[PdfLine | int] = []
    for line in lines:
        places = [_place(line, cell, grids) for cell in line.cells]
        own = next((place for place in places if place is not None), None)
        beside = None if own is None else _beside(line, own[0], grids, is_left=places[0] is None)
        for place, group in groupby(zip(places, line.cells, strict=True), lambda each: each[0]):
            part = replace(line, cells=tuple(cell for _, cell in group))
            if (where := place or beside) is None:
                order.append(part)
                continue
            number, cell = where
            if number not in inside:
                order.append(number)
            inside[number].append(_Part(cell, part))
    result: list[PdfLine] = []
    for each in order:
        if isinstance(each, PdfLine):
            result.append(each)
        else:
            result += _rows(inside[each], grids[each], each)
    return result


def _place(line: PdfLine, cell: Cell, grids: Sequence[Grid]) -> tuple[int, int] | None:
    """The grid in which words of a line stand, and the cell; None if they run out of the grid."""
    if line.turned:
        return None
    y = line.y + _MIDDLE * line.size
    x = min(cell.left + line.size, (cell.left + cell.right) / 2)
    for number, grid in enumerate(grids):
        place = grid.cell(x, y)
        if place is not None and cell.right < grid.xs[-1] + line.size:
            return number, place
    return None


def _beside(
    line: PdfLine, number: int, grids: Sequence[Grid], *, is_left: bool
) -> tuple[int, int] | None:
    """The grid and side of words beside it that go on a row of one line; None for other words."""
    ys = grids[number].ys
    row = bisect_right(ys, line.y + _MIDDLE * line.size) - 1
    is_low = 0 <= row < len(ys) - 1 and ys[row + 1] - ys[row] < _LOW_ROW * line.size
    return (number, _LEFT if is_left else _RIGHT) if is_low else None


def _rows(parts: Sequence[_Part], grid: Grid, number: int) -> list[PdfLine]:
    """The lines in a grid, from its upper row to its lowest."""
    by_cell: defaultdict[int, list[PdfLine]] = defaultdict(list)
    for part in parts:
        by_cell[part.cell].append(part.line)
    spread = {cell for cell, lines in by_cell.items() if _is_spread(cell, lines, grid)}
    rows: defaultdict[int, list[_Part]] = defaultdict(list)
    for part in parts:
        y = part.line.y + _MIDDLE * part.line.size
        own = bisect_right(grid.ys, y) - 1
        rows[own if part.cell in spread else grid.rows(part.cell)[1]].append(part)
    result: list[PdfLine] = []
    for top in sorted(rows, reverse=True):
        row = rows[top]
        columns = _columns(row)
        if len(columns) > 1 and _is_one_row(columns):
            result.append(_row(columns))
        else:
            box = (number + 1, top) if len({part.cell for part in row}) == 1 else None
            result += (replace(line, box=box) for line in _on_their_baselines(row))
    return result


def _is_spread(cell: int, lines: Sequence[PdfLine], grid: Grid) -> bool:
    """Whether a cell beside several rows has a line for each, or stands beside the grid."""
    if cell in (_LEFT, _RIGHT):
        return True
    low, high = grid.rows(cell)
    rows = high - low + 1
    return _baselines(lines) > _FEW_LINES and 0.6 * rows < _baselines(lines) < 1.5 * rows


def _columns(row: Sequence[_Part]) -> list[list[PdfLine]]:
    """The columns of a row: each cell, parted where a wide gap runs through all its lines."""
    cells: defaultdict[int, list[PdfLine]] = defaultdict(list)
    for part in row:
        cells[part.cell] += (replace(part.line, cells=(cell,)) for cell in part.line.cells)
    columns: list[list[PdfLine]] = []
    for lines in cells.values():
        right = float("-inf")
        for line in sorted(lines, key=lambda line: line.left):
            is_apart = line.left - right > CELL_GAP * line.size
            if is_apart and (right == float("-inf") or _WORD.search(line.text)):
                columns.append([])
            columns[-1].append(line)
            right = max(right, line.right)
    return columns


def _is_one_row(columns: Sequence[Sequence[PdfLine]]) -> bool:
    """Whether the cells between two rulings are one row of a table, and not several rows.

    In several rows, most columns have a line on each baseline. Those of a head go on a name, and
    do not begin with a figure.
    """
    tall = sum(_baselines(lines) > _MANY_LINES for lines in columns)
    if tall > 1 or any(_has_columns(lines) or _is_of_numbers(lines) for lines in columns):
        return False
    most = _baselines([line for lines in columns for line in lines])
    full = sum(_baselines(lines) == most for lines in columns)
    if most == 1 or full < 2 or 2 * full < len(columns):
        return True
    following = [line.text for lines in columns for line in _in_order(lines)[1:]]
    figures = sum(_FIGURE.match(text) is not None for text in following)
    return most <= _FEW_LINES and figures < _MANY_FIGURES * len(following)


def _has_columns(lines: Sequence[PdfLine]) -> bool:
    """Whether a cell of several lines has columns that are not ruled: gaps in most lines."""
    count = _baselines(lines)
    gaps = sum(
        abs(line.y - below.y) < _BASELINE * line.size
        and max(below.left - line.right, line.left - below.right) > CELL_GAP * line.size
        for line, below in pairwise(_in_order(lines))
    )
    return count > 1 and 2 * gaps > count


def _is_of_numbers(lines: Sequence[PdfLine]) -> bool:
    """Whether several lines are a number each: those of one cell would be one number."""
    return _baselines(lines) > 1 and all(_NUMBER.fullmatch(line.text) for line in lines)


def _baselines(lines: Sequence[PdfLine]) -> int:
    count, last = 0, float("inf")
    for line in sorted(lines, key=lambda line: -line.y):
        if last - line.y > _BASELINE * line.size:
            count += 1
            last = line.y
    return count


def _row(columns: Sequence[Sequence[PdfLine]]) -> PdfLine:
    """One line of all cells, each with its lines joined."""
    lines = [line for column in columns for line in column]
    cells = sorted(map(_joined, columns), key=lambda cell: cell.left)
    if runs_right_to_left(" ".join(cell.text for cell in cells)):
        cells.reverse()
    return replace(
        max(lines, key=lambda line: line.y),
        cells=tuple(cells),
        bold=all(line.bold for line in lines),
        is_row=True,
        within_word=False,
    )


def _in_order(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines of a cell from top to bottom, those on one baseline from left to right."""
    result: list[PdfLine] = []
    rest = sorted(lines, key=lambda line: -line.y)
    while rest:
        y, slack = rest[0].y, _BASELINE * rest[0].size
        count = sum(y - line.y <= slack for line in rest)
        on_baseline = sorted(rest[:count], key=lambda line: line.left)
        is_reversed = runs_right_to_left(" ".join(line.text for line in on_baseline))
        result += on_baseline[::-1] if is_reversed else on_baseline
        rest = rest[count:]
    return result


def _joined(lines: Sequence[PdfLine]) -> Cell:
    text, is_within_word = "", False
    for line in _in_order(lines):
        text = text + line.text if is_within_word else joined(text, line.text, frozenset())
        is_within_word = line.within_word
    return Cell(text, min(line.left for line in lines), max(line.right for line in lines))


def _on_their_baselines(row: Sequence[_Part]) -> list[PdfLine]:
    """The lines of several cells, those that follow each other on one baseline as one again."""
    result: list[PdfLine] = []
    for part in row:
        line = part.line
        last = result[-1] if result else None
        if last is not None and last.y == line.y and last.right < line.left:
            result[-1] = replace(last, cells=(*last.cells, *line.cells))
        else:
            result.append(line)
    return result
