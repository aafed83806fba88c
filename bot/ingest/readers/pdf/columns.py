"""The reading order of a PDF page: column after column where lines hold several.

Most files draw one column after the other. Some draw line by line through all columns, which
looks like a table: "a1 b1", "a2 b2", "a3" become "a1", "a2", "a3", "b1", "b2".
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from bot.ingest.formats import ReadingOrder
from bot.ingest.readers.pdf.lines import Cell, PdfLine

_MIN_LINES, _MIN_CHARACTERS = 6, 20
"""From this many lines on, cells as long as this are columns of text."""

_MIN_RUNNING_LINES, _MIN_RUNNING_WORDS = 4, 3
_MIN_RUNNING = 0.5
"""Fewer and shorter lines are columns of text if half of the cells go on in lower case."""


def in_reading_order(lines: Sequence[PdfLine], order: ReadingOrder | None = None) -> list[PdfLine]:
    """The lines of one page, column after column where they look like columns of text.

    `order` says what they are, where looks deceive.
    """
    if order == "lines":
        return list(lines)
    result: list[PdfLine] = []
    index = 0
    while index < len(lines):
        columns, count = _columns(lines, index, are_known=order == "columns")
        if columns:
            result += (line for column in columns for line in column)
            index += count
        else:
            result.append(lines[index])
            index += 1
    return result


def _columns(
    lines: Sequence[PdfLine], start: int, *, are_known: bool
) -> tuple[list[list[PdfLine]], int]:
    """The columns that begin with the line at `start`, and the number of lines they take."""
    first = lines[start]
    if len(first.cells) < 2 or first.turned or first.is_row:
        return [], 0
    gutters = [cell.left for cell in first.cells]
    columns: list[list[PdfLine]] = [[] for _ in gutters]
    whole = count = 0
    last = first
    for line in lines[start:]:
        places = [_column(cell, gutters, first.size) for cell in line.cells]
        is_below = count == 0 or line.y < last.y + first.size
        if (
            line.turned
            or line.is_row
            or not is_below
            or None in places
            or len(set(places)) < len(places)
        ):
            break
        for place, cell in zip(places, line.cells, strict=True):
            columns[place or 0].append(replace(line, cells=(cell,)))
        whole += len(line.cells) == len(gutters)
        count += 1
        last = line
    return (columns, count) if are_known or _are_text(columns, whole) else ([], 0)


def _column(cell: Cell, gutters: Sequence[float], size: float) -> int | None:
    """The number of the column that holds the cell; None if it lies in several or none.

    The first column may be indented anywhere, others begin about where the first line does.
    """
    for number, gutter in enumerate(gutters):
        following = gutters[number + 1] if number + 1 < len(gutters) else float("inf")
        begins = number == 0 or gutter - size < cell.left
        if (begins and cell.left < gutter + 2 * size) or (number == 0 and cell.left < following):
            return number if cell.right < following - size / 2 else None
    return None


def _are_text(columns: Sequence[Sequence[PdfLine]], whole: int) -> bool:
    """Whether the columns hold running text; the cells of a table are short, or begin anew."""
    if whole >= _MIN_LINES and all(
        median(len(line.text) for line in column) >= _MIN_CHARACTERS for column in columns
    ):
        return True
    following = [line.text for column in columns for _, line in pairwise(column)]
    running = sum(text[:1].islower() for text in following)
    return (
        whole >= _MIN_RUNNING_LINES
        and running >= _MIN_RUNNING * len(following)
        and all(
            median(len(line.text.split()) for line in column) >= _MIN_RUNNING_WORDS
            for column in columns
        )
    )
