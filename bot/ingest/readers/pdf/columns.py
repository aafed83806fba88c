"""Lines of a page that was written across two columns, brought into the order of reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from bot.ingest.readers.pdf.lines import PdfLine

_FEWEST = 6
_CHARACTERS = 20


def in_reading_order(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines of one page, left column before right where they run through both.

    A run of lines with two long cells each, the second ones below one another, is two
    columns and no table: cells of a table are short, or of very different length.
    """
    found: list[PdfLine] = []
    place = 0
    while place < len(lines):
        run = _run(lines, place)
        if run:
            found += _sides(lines[place : place + len(run)], run[0].cells[1].left)
            place += len(run)
        else:
            found.append(lines[place])
            place += 1
    return found


def _run(lines: Sequence[PdfLine], start: int) -> list[PdfLine]:
    """The lines from `start` that lie in the same two columns; empty if there are none."""
    first = lines[start]
    if len(first.cells) != 2 or first.turned:
        return []
    gutter, slack = first.cells[1].left, first.size
    run: list[PdfLine] = []
    for line in lines[start:]:
        beside = len(line.cells) == 2 and abs(line.cells[1].left - gutter) < 2 * slack
        one_side = len(line.cells) == 1 and (
            line.right < gutter - slack / 2 or line.left > gutter - slack
        )
        below = not run or line.y < run[-1].y + slack
        if line.turned or not below or not (beside or one_side):
            break
        run.append(line)
    pairs = [line for line in run if len(line.cells) == 2]
    if len(pairs) < _FEWEST:
        return []
    left, right = (median(len(line.cells[side].text) for line in pairs) for side in (0, 1))
    return run if min(left, right) >= _CHARACTERS else []


def _sides(run: Sequence[PdfLine], gutter: float) -> list[PdfLine]:
    left = [replace(line, cells=(line.cells[0],)) for line in run if line.left < gutter - line.size]
    right = [
        replace(line, cells=(line.cells[-1],))
        for line in run
        if len(line.cells) == 2 or line.left >= gutter - line.size
    ]
    return left + right
