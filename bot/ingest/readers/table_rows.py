"""Rows of sheets and tables as blocks, with the names of their columns above them.

Example: `Plot | Rent`, the names of the columns, are a side heading, as in HTML, and
`North | 61` below them is a row.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from bot.core.documents import BlockKind, Landmark, LandmarkKind
from bot.ingest.readers.builder import DocumentBuilder, cleaned
from bot.ingest.readers.headings import SIDE_HEADING

_MOST_SPANNED = 100
_MOST_SPANNED_COLUMNS = 60
_NAME_CHARACTERS = 120
"""A cell of more text is no name of a column."""

_LOOK_AHEAD = 8
"""Rows below a row by which it is judged whether that names the columns."""

_FIGURE = regex.compile(r"[^\p{L}]*\p{Nd}[^\p{L}]*")
_YEAR = regex.compile(r"(?:19|20)\p{Nd}{2}")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a sheet with the number that spreadsheet programs show; an empty one has no words.

    Example: `SheetRow(2, ("North", "", "61"))`.
    """

    number: int
    cells: Sequence[str]

    @property
    def columns(self) -> set[int]:
        """The places of the cells that are filled."""
        return {column for column, cell in enumerate(self.cells) if cell}


def joined(cells: Sequence[str]) -> str:
    """The cells of a row in a line, each in its column; empty ones at the end are left out."""
    filled = list(cells)
    while filled and not filled[-1]:
        filled.pop()
    return " |".join(f" {cell}" if cell else "" for cell in filled).strip(" ")


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a table that spans `width` columns and `height` rows."""

    text: str
    width: int = 1
    height: int = 1
    is_header: bool = False


def with_spans(rows: Iterable[Iterable[TableCell]]) -> Iterator[list[TableCell]]:
    """The rows, where a cell that spans several rows stands in each."""
    spanning: dict[int, tuple[int, TableCell]] = {}
    for row in rows:
        cells: list[TableCell] = []
        own = deque(row)
        column = 0
        while own or column in spanning:
            if column not in spanning:
                cell = own.popleft()
                height = cell.height if column < _MOST_SPANNED_COLUMNS else 1
                spanning[column] = min(height, _MOST_SPANNED), cell
            cells.append(spanning[column][1])
            column += max(cells[-1].width, 1)
        spanning = {place: (left - 1, cell) for place, (left, cell) in spanning.items() if left > 1}
        yield cells


def row_text(cells: Iterable[TableCell]) -> str:
    """The cells of a row in a line, each in its column."""
    return joined(
        [
            text
            for cell in cells
            for text in (cell.text, *[""] * (min(cell.width, _MOST_SPANNED) - 1))
        ]
    )


def row_blocks(rows: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, BlockKind, int]]:
    """The text, kind and level of the rows of a table; the flag tells those of its head.

    The head names the columns if other rows follow.
    """
    filled = [(text, is_head) for text, is_head in rows if text]
    has_data = any(not is_head for _, is_head in filled)
    for text, is_head in filled:
        if is_head and has_data:
            yield " ".join(text.split()), BlockKind.HEADING, SIDE_HEADING
        else:
            yield text, BlockKind.ROW, 0


def add_sheet(builder: DocumentBuilder, rows: Iterable[SheetRow]) -> None:
    """Add the rows of a sheet, a block each; an empty row divides it into tables.

    Single cells above a table are paragraphs: they head it.
    """
    is_first = True
    for table in _tables(rows):
        first_column = min(min(row.columns) for row in table)
        wide = (place for place, row in enumerate(table) if len(row.columns) > 1)
        place = next(wide, 0)
        for row in table[:place]:
            _add(builder, row, first_column, BlockKind.PARAGRAPH)
        if names_columns(table[place:], is_first=is_first):
            names = joined(table[place].cells[first_column:])
            builder.add(" ".join(names.split()), BlockKind.HEADING, SIDE_HEADING)
            place += 1
            is_first = False
        for row in table[place:]:
            _add(builder, row, first_column, BlockKind.ROW)


def names_columns(rows: Sequence[SheetRow], *, is_first: bool) -> bool:
    """Whether the first one of `rows` names the columns.

    Its cells are short, all different, and words or years. Of the first table of a sheet, no more
    is asked for; in another one, figures must stand below a name.
    """
    head, following = rows[0], rows[1 : 1 + _LOOK_AHEAD]
    names = [cell for cell in head.cells if cell]
    if len(names) < 2 or len(set(names)) < len(names) or not following:
        return False
    if not all(_is_name(name) for name in names) or _FIGURE.fullmatch(names[0]):
        return False
    columns = head.columns
    below: set[int] = set().union(*(row.columns for row in following))
    if below - columns - {min(below)} or not below & columns:
        return False
    return (is_first and len(rows) > 2) or any(
        _heads_figures(
            head.cells[column], [row.cells[column] for row in following if column in row.columns]
        )
        for column in columns
    )


def _is_name(cell: str) -> bool:
    is_short = len(cell) <= _NAME_CHARACTERS and not cell.endswith(":")
    return is_short and (not _FIGURE.fullmatch(cell) or _YEAR.fullmatch(cell) is not None)


def _heads_figures(name: str, cells: Sequence[str]) -> bool:
    """Whether figures alone stand below a name; below a year, none of them is one."""
    are_figures = bool(cells) and all(map(_FIGURE.fullmatch, cells))
    return are_figures and not (_YEAR.fullmatch(name) and any(map(_YEAR.fullmatch, cells)))


def _tables(rows: Iterable[SheetRow]) -> Iterator[list[SheetRow]]:
    """The rows that are filled, divided at those that are not."""
    table: list[SheetRow] = []
    for row in rows:
        if row.columns:
            table.append(row)
        elif table:
            yield table
            table = []
    if table:
        yield table


def _add(builder: DocumentBuilder, row: SheetRow, first_column: int, kind: BlockKind) -> None:
    landmark = Landmark(LandmarkKind.ROW, str(row.number))
    builder.add(cleaned(joined(row.cells[first_column:])), kind, landmark=landmark)
