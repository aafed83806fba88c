"""Tables of HTML pages, row by row, each row as the page shows it.

Example: `Plot | Rent`, the names of the columns, are a side heading, as in Markdown and DOCX, and
`North | 61` below them is a row. A cell that spans several rows stands in each.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from bot.core.documents import BlockKind
from bot.ingest.readers.headings import SIDE_HEADING
from bot.ingest.readers.table_rows import TableCell, row_text, with_spans

_LAYOUT_CHARACTERS = 400
"""A cell of more text, in a table without headers, is a part of the page."""

_SPAN_DIGITS = 4
_BLOCKS_OF_PAGES = "h1, h2, h3, h4, h5, h6, ul, ol, p + p, form, article, section"


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a row; `is_head` if the table's head holds it, `is_named` if a cell heads it."""

    cells: Sequence[TableCell]
    is_head: bool
    is_named: bool

    @property
    def filled(self) -> list[TableCell]:
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
            yield " ".join(row_text(row.cells).split()), BlockKind.HEADING, SIDE_HEADING
        else:
            yield row_text(row.cells), BlockKind.ROW, 0


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
    nodes = table.css("tr")
    rows = with_spans(
        (
            TableCell(
                text_of(cell), _span(cell, "colspan"), _span(cell, "rowspan"), cell.tag == "th"
            )
            for cell in _cells_of(node)
        )
        for node in nodes
    )
    for node, cells in zip(nodes, rows, strict=True):
        parent = node.parent
        is_named = node.css_first("[scope=row]") is not None
        yield _Row(cells, parent is not None and parent.tag == "thead", is_named)


def _cells_of(row: LexborNode) -> list[LexborNode]:
    return [child for child in row.iter() if child.tag in ("td", "th")]


def _span(cell: LexborNode, attribute: str) -> int:
    value = (cell.attributes.get(attribute) or "")[:_SPAN_DIGITS]
    return int(value) if value.isascii() and value.isdigit() else 1
