"""Tables of HTML pages, row by row, each row as the page shows it.

Example: `Plot | Rent`, the names of the columns, are a side heading, as in Markdown and DOCX, and
`North | 61` below them is a row. A cell that spans several rows stands in each.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from bot.core.documents import BlockKind
from bot.ingest.readers.headings import SIDE_HEADING

_LAYOUT_CHARACTERS = 400
"""A cell of more text, in a table without headers, is a part of the page."""

_MAX_SPAN = 100
_MAX_SPANNED_COLUMNS = 60
_BLOCKS_OF_PAGES = "h1, h2, h3, h4, h5, h6, ul, ol, p + p, form, article, section"


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell that is `width` columns wide."""

    text: str
    width: int
    is_header: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a row; `is_head` if the table's head holds it, `is_named` if a cell heads it."""

    cells: Sequence[_Cell]
    is_head: bool
    is_named: bool

    @property
    def filled(self) -> list[_Cell]:
        return [cell for cell in self.cells if cell.text]

    @property
    def has_data(self) -> bool:
        return any(not cell.is_header for cell in self.cells)


def is_layout(table: LexborNode) -> bool:
    """Whether a table places the parts of a page, and holds no rows."""
    if table.attributes.get("role") in ("presentation", "none"):
        return True
    if table.css_first("tr table") is not None:
        return True
    if table.css_first("th, caption, thead") is not None:
        return False
    if table.css_first(_BLOCKS_OF_PAGES) is not None:
        return True
    rows = table.css("tr")
    is_column = all(len(_cells_of(row)) <= 1 for row in rows)
    return is_column or any(
        len(" ".join(cell.text(deep=True).split())) > _LAYOUT_CHARACTERS for cell in table.css("td")
    )


def table_blocks(
    table: LexborNode, text_of: Callable[[LexborNode], str]
) -> Iterator[tuple[str, BlockKind, int]]:
    """The text, kind and level of each block: caption, names of columns, rows.

    A cell across the whole table is a paragraph: it heads the rows below.
    """
    caption = table.css_first("caption")
    if caption is not None:
        yield text_of(caption), BlockKind.PARAGRAPH, 0
    rows = [row for row in _rows(table, text_of) if row.filled]
    for place, row in enumerate(rows):
        if _spans_all(row):
            yield row.filled[0].text, BlockKind.PARAGRAPH, 0
        elif place + 1 < len(rows) and _is_header(rows, place):
            yield " ".join(_joined(row).split()), BlockKind.HEADING, SIDE_HEADING
        else:
            yield _joined(row), BlockKind.ROW, 0


def _joined(row: _Row) -> str:
    """The cells of a row in a line, each in its column; empty ones at the end are left out."""
    columns = [text for cell in row.cells for text in (cell.text, *[""] * (cell.width - 1))]
    while not columns[-1]:
        columns.pop()
    return " |".join(f" {text}" if text else "" for text in columns).strip()


def _is_header(rows: Sequence[_Row], place: int) -> bool:
    """Whether a row names columns: it is in the head, or all headers above a row of data."""
    row = rows[place]
    if rows[0].is_head or row.has_data or row.is_named or _spans_all(row):
        return row.is_head
    following = rows[place + 1 : place + 4]
    return len(row.filled) > 1 and any(each.has_data for each in following)


def _spans_all(row: _Row) -> bool:
    """Whether one cell takes the whole width of a table that is wider than it."""
    return len(row.cells) == 1 and row.cells[0].width > 1


def _rows(table: LexborNode, text_of: Callable[[LexborNode], str]) -> Iterator[_Row]:
    spanning: dict[int, tuple[int, _Cell]] = {}
    for node in table.css("tr"):
        cells: list[_Cell] = []
        column = 0
        for cell_node in _cells_of(node):
            column = _add_spanning(cells, spanning, column)
            width = _span(cell_node, "colspan")
            cell = _Cell(text_of(cell_node), width, cell_node.tag == "th")
            cells.append(cell)
            if (height := _span(cell_node, "rowspan")) > 1 and column < _MAX_SPANNED_COLUMNS:
                spanning[column] = (height, cell)
            column += width
        _add_spanning(cells, spanning, column)
        spanning = {
            first: (height - 1, cell) for first, (height, cell) in spanning.items() if height > 1
        }
        parent = node.parent
        is_named = node.css_first("[scope=row]") is not None
        yield _Row(cells, parent is not None and parent.tag == "thead", is_named)


def _add_spanning(cells: list[_Cell], spanning: dict[int, tuple[int, _Cell]], column: int) -> int:
    """Add the cells from rows above that stand at `column`; returns the next free column."""
    while (above := spanning.get(column)) is not None:
        cells.append(above[1])
        column += above[1].width
    return column


def _cells_of(row: LexborNode) -> list[LexborNode]:
    return [child for child in row.iter() if child.tag in ("td", "th")]


def _span(cell: LexborNode, attribute: str) -> int:
    value = cell.attributes.get(attribute) or ""
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() else 1
