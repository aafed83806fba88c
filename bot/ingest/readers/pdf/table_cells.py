"""Cells of a PDF table that have several lines.

A row of a table begins with a line of all its cells. Lines below single cells, closer than the
next row, belong to them:

    North   61   Ida Kern, who            North | 61 | Ida Kern, who lives at the mill
                 lives at the mill
    South   74   Olaf Brandt              South | 74 | Olaf Brandt
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.ingest.readers.pdf.line_ends import joined
from bot.ingest.readers.pdf.lines import Cell, PdfLine
from bot.ingest.readers.pdf.paragraphs import SENTENCE_END

_SLACK = 0.5  # in sizes of type, as the next
_MAX_DISTANCE = 1.5
_CLOSER = 0.9
"""Lines of a cell are closer than this part of the distance of rows."""


def with_whole_cells(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines of one page, with the lines of a cell in the first line of its row."""
    result: list[PdfLine] = []
    last = 0.0  # the baseline of the last line of the row at the end of `result`
    for index, line in enumerate(lines):
        row = result[-1] if result and not result[-1].is_row and not line.is_row else None
        if row is not None and _continues(row, last, line, lines[index + 1 :]):
            result[-1] = _merged(row, line)
        elif row is not None and _is_first_line(row, line):
            result[-1] = replace(
                line, cells=(_joined(row.cells[0], line.cells[0]), *line.cells[1:])
            )
        else:
            result.append(line)
        last = line.y
    return result


def _continues(row: PdfLine, last: float, line: PdfLine, following: Sequence[PdfLine]) -> bool:
    """Whether `line` goes on some cells of `row`, whose last line stands at `last`."""
    drop = last - line.y
    if (
        not 0 < drop < _MAX_DISTANCE * line.size
        or line.turned
        or not 0 < len(line.cells) < len(row.cells)
        or any(_place(row, cell) is None for cell in line.cells)
    ):
        return False
    next_row = next((other for other in following if len(other.cells) >= len(row.cells)), None)
    above = line
    for other in following:
        if other is next_row:
            gap = above.y - other.y
            return drop < _CLOSER * gap and _are_below(row, other)
        above = other
    return False


def _is_first_line(above: PdfLine, row: PdfLine) -> bool:
    """Whether `above` is the first line of the first cell of `row`, whose others are centred."""
    cell = row.cells[0]
    return (
        len(above.cells) == 1
        and len(row.cells) > 2
        and above.bold == row.bold
        and not (above.turned or row.turned)
        and 0 < above.y - row.y < _MAX_DISTANCE * row.size
        and abs(above.left - cell.left) < _SLACK * row.size
        and above.right < row.cells[1].left - row.size
        and (cell.text[:1].islower() or cell.text.startswith("("))
        and not SENTENCE_END.search(above.text)
    )


def _are_below(row: PdfLine, other: PdfLine) -> bool:
    """Whether two rows have the same columns."""
    return len(row.cells) == len(other.cells) and all(
        _place(row, cell) == number for number, cell in enumerate(other.cells)
    )


def _place(row: PdfLine, cell: Cell) -> int | None:
    """The number of the cell of `row` that has the same left edge."""
    for number, above in enumerate(row.cells):
        if abs(above.left - cell.left) < _SLACK * row.size:
            return number
    return None


def _merged(row: PdfLine, line: PdfLine) -> PdfLine:
    cells = list(row.cells)
    for cell in line.cells:
        place = _place(row, cell)
        if place is not None:
            cells[place] = _joined(cells[place], cell)
    return replace(row, cells=tuple(cells))


def _joined(above: Cell, cell: Cell) -> Cell:
    text = joined(above.text, cell.text, frozenset())
    return Cell(text, min(above.left, cell.left), max(above.right, cell.right))
