"""Grids: the cells that the ruling lines of a PDF page enclose.

Rulings that cross make one grid. Where none stands between two fields of it, they are one cell:

    +-------+-------+        three fields in the first row, of which the last two
    | Ida   | Kern  |        are apart; a cell over both columns in the second
    +-------+-------+
    | of the mill   |
    +---------------+
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.ingest.readers.pdf.characters import Glyph
from bot.ingest.readers.pdf.rulings import Ruling, Rulings

_MOST_FIELDS = 20_000
_TOUCH = 3.0  # points, as the next
_SAME_EDGE = 3.0
_MIDDLE = 0.3  # in sizes of type above the baseline
_LEAST_GAP = 0.1  # in sizes of type


@dataclass(frozen=True, slots=True)
class Grid:
    """The edges of the fields of a grid, in ascending order, and the cell of each field.

    `cells[row][column]` is the number of the cell, rows counted upwards: the least number of
    the fields that make it, counted row by row.
    """

    xs: Sequence[float]
    ys: Sequence[float]
    cells: Sequence[Sequence[int]]

    def field(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the field at a place; None beyond the edges."""
        if not (self.xs[0] < x < self.xs[-1] and self.ys[0] < y < self.ys[-1]):
            return None
        return bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1

    def cell(self, x: float, y: float) -> int | None:
        """The number of the cell at a place."""
        place = self.field(x, y)
        return None if place is None else self.cells[place[0]][place[1]]

    def rows(self, cell: int) -> tuple[int, int]:
        """The lowest and the uppermost row of a cell."""
        rows = [row for row, numbers in enumerate(self.cells) if cell in numbers]
        return rows[0], rows[-1]


def is_parted(grids: Sequence[Grid], before: Glyph, after: Glyph) -> bool:
    """Whether a ruling stands in the gap between two characters of one line."""
    if not grids or _gap(before, after) < _LEAST_GAP * after.style.size:
        return False
    y = after.y + _MIDDLE * after.style.size
    places = [(glyph.left + glyph.right) / 2 for glyph in (before, after)]
    for grid in grids:
        cells = [grid.cell(x, y) for x in places]
        if cells != [None, None]:
            return cells[0] != cells[1]
    return False


def _gap(before: Glyph, after: Glyph) -> float:
    return max(after.left - before.right, before.left - after.right)


def grids_of(rulings: Rulings) -> list[Grid]:
    """The grids of a page: each of crossing rulings, at least two by two."""
    rest = set(range(len(rulings.vertical)))
    open_rows = set(range(len(rulings.horizontal)))
    grids: list[Grid] = []
    fields = 0
    while rest:
        across, upright = _crossing(rulings, rest, open_rows)
        if len(across) < 2 or not upright:
            continue
        xs = _edges([v.place for v in upright] + [x for h in across for x in (h.start, h.end)])
        ys = _edges([h.place for h in across] + [y for v in upright for y in (v.start, v.end)])
        fields += (len(xs) - 1) * (len(ys) - 1)
        if fields > _MOST_FIELDS:
            return []
        if min(len(xs), len(ys)) > 1 and len(xs) + len(ys) > 4:
            grids.append(Grid(xs, ys, _cells(xs, ys, across, upright)))
    return grids


def _crossing(
    rulings: Rulings, verticals: set[int], horizontals: set[int]
) -> tuple[list[Ruling], list[Ruling]]:
    """The next rulings that hang together, horizontal and vertical, taken out of the rest."""
    across: list[Ruling] = []
    upright: list[Ruling] = []
    todo = [(verticals.pop(), True)]
    while todo:
        number, is_vertical = todo.pop()
        ruling = (rulings.vertical if is_vertical else rulings.horizontal)[number]
        (upright if is_vertical else across).append(ruling)
        others = rulings.horizontal if is_vertical else rulings.vertical
        rest = horizontals if is_vertical else verticals
        crossing = {other for other in rest if _cross(ruling, others[other])}
        rest -= crossing
        todo += ((other, not is_vertical) for other in sorted(crossing))
    return across, upright


def _cross(ruling: Ruling, other: Ruling) -> bool:
    return (
        ruling.start - _TOUCH <= other.place <= ruling.end + _TOUCH
        and other.start - _TOUCH <= ruling.place <= other.end + _TOUCH
    )


def _edges(places: Iterable[float]) -> list[float]:
    """The places in ascending order, one of those that are about the same."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > _SAME_EDGE:
            edges.append(place)
    return edges


def _cells(
    xs: Sequence[float],
    ys: Sequence[float],
    across: Sequence[Ruling],
    upright: Sequence[Ruling],
) -> list[list[int]]:
    """The number of the cell of each field, row by row."""
    columns, rows = len(xs) - 1, len(ys) - 1
    beside = _closed(xs, ys, upright)
    above = _closed(ys, xs, across)
    numbers = list(range(rows * columns))

    def root(number: int) -> int:
        while numbers[number] != number:
            numbers[number] = numbers[numbers[number]]
            number = numbers[number]
        return number

    for row in range(rows):
        for column in range(columns):
            here = row * columns + column
            if column + 1 < columns and (column + 1, row) not in beside:
                _unite(numbers, root(here), root(here + 1))
            if row + 1 < rows and (row + 1, column) not in above:
                _unite(numbers, root(here), root(here + columns))
    return [[root(row * columns + column) for column in range(columns)] for row in range(rows)]


def _unite(numbers: list[int], one: int, other: int) -> None:
    numbers[max(one, other)] = min(one, other)


def _closed(
    places: Sequence[float], edges: Sequence[float], rulings: Sequence[Ruling]
) -> set[tuple[int, int]]:
    """Which edge, and which field along it, a ruling closes: it passes the middle of the field."""
    middles = [(one + other) / 2 for one, other in pairwise(edges)]
    return {
        (bisect_left(places, ruling.place - _SAME_EDGE), number)
        for ruling in rulings
        for number in range(bisect_left(middles, ruling.start), bisect_right(middles, ruling.end))
    }
