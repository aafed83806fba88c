"""The reading order of a PDF page: the left column before the right where lines hold both."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from bot.ingest.readers.pdf.lines import PdfLine

_MIN_COLUMN_LINES = 6
_MIN_COLUMN_CHARACTERS = 20


def in_reading_order(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines of one page, the left column before the right where lines hold both.

    A run of lines with two long cells each, the second ones below each other, is two
    columns and no table: the cells of a table are short, or of very different length.
    The lines "a1 b1", "a2 b2", "a3" become "a1", "a2", "a3", "b1", "b2".
    """
    result: list[PdfLine] = []
    index = 0
    while index < len(lines):
        run = _two_column_run(lines, index)
        if run:
            result += _column_by_column(run, run[0].cells[1].left)
            index += len(run)
        else:
            result.append(lines[index])
            index += 1
    return result


def _two_column_run(lines: Sequence[PdfLine], start: int) -> list[PdfLine]:
    """The lines from `start` that lie in the same two columns; empty if there are none."""
    first = lines[start]
    if len(first.cells) != 2 or first.turned:
        return []
    gutter, slack = first.cells[1].left, first.size
    run: list[PdfLine] = []
    for line in lines[start:]:
        in_both = len(line.cells) == 2 and abs(line.cells[1].left - gutter) < 2 * slack
        in_one = len(line.cells) == 1 and (
            line.right < gutter - slack / 2 or line.left > gutter - slack
        )
        is_below = not run or line.y < run[-1].y + slack
        if line.turned or not is_below or not (in_both or in_one):
            break
        run.append(line)
    pairs = [line for line in run if len(line.cells) == 2]
    if len(pairs) < _MIN_COLUMN_LINES:
        return []
    left, right = (median(len(line.cells[side].text) for line in pairs) for side in (0, 1))
    return run if min(left, right) >= _MIN_COLUMN_CHARACTERS else []


def _column_by_column(run: Sequence[PdfLine], gutter: float) -> list[PdfLine]:
    left = [replace(line, cells=(line.cells[0],)) for line in run if line.left < gutter - line.size]
    right = [
        replace(line, cells=(line.cells[-1],))
        for line in run
        if len(line.cells) == 2 or line.left >= gutter - line.size
    ]
    return left + right
