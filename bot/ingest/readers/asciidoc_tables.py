"""Tables of AsciiDoc: the cells of each row, and whether the first one names the columns."""

from collections import Counter
from collections.abc import Sequence

import regex

from bot.ingest.readers.table_rows import TableCell, with_spans

_CELL = regex.compile(
    r"(?:(?<=\s)|^)(?:(?P<columns>\d+)?(?:\.(?P<rows>\d+))?(?P<sign>[+*]))?[<^>.]{0,3}[adehlmsv]?(?<!\\)\|"
    r"|(?<!\\)\|",
    regex.MULTILINE,
)
_COLUMNS = regex.compile(r"cols=(?:\"([^\"]*)\"|([^\s,\]]+))")
_REPEATED = regex.compile(r"(\d+)\*")
_HEADER = regex.compile(r"%(?:[\w%]*%)?header|options=\"?[^\"\]]*header")
_MOST = 100


def rows_of(lines: Sequence[str], attributes: str) -> tuple[list[list[TableCell]], bool]:
    """The rows of a table with `attributes` (`[cols="1,2"]`), and whether the first is a head."""
    lines = [line for line in lines if not line.startswith("//")]
    text = "\n".join(lines)
    cells = _cells(text)
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    in_first_line = len(_cells(lines[first])) if lines else 0
    width = _width(attributes) or in_first_line or 1
    is_apart = first + 1 < len(lines) and not lines[first + 1].strip()
    is_head = _HEADER.search(attributes) is not None or (is_apart and in_first_line == width)
    return _placed(cells, min(width, _MOST)), is_head and "%noheader" not in attributes


def _width(attributes: str) -> int:
    match = _COLUMNS.search(attributes)
    if match is None:
        return 0
    columns = [each.strip() for each in (match[1] or match[2]).replace(";", ",").split(",")]
    repeated = [_REPEATED.match(each) for each in columns]
    return sum(int(each[1]) if each else 1 for each in repeated)


def _cells(text: str) -> list[TableCell]:
    marks = list(_CELL.finditer(text))
    ends = [following.start() for following in marks[1:]] + [len(text)]
    cells: list[TableCell] = []
    for mark, end in zip(marks, ends, strict=False):
        words = text[mark.end() : end].strip().replace("\\|", "|")
        columns = min(int(mark["columns"] or 1), _MOST)
        if mark["sign"] == "*":
            cells += [TableCell(words)] * columns
        else:
            cells.append(TableCell(words, columns, min(int(mark["rows"] or 1), _MOST)))
    return cells


def _placed(cells: Sequence[TableCell], width: int) -> list[list[TableCell]]:
    """The cells in rows that are `width` columns wide, those that span several rows in each."""
    rows: list[list[TableCell]] = [[]]
    filled: Counter[int] = Counter()
    for cell in cells:
        while filled[len(rows) - 1] >= width:
            rows.append([])
        rows[-1].append(cell)
        filled.update(dict.fromkeys(range(len(rows) - 1, len(rows) - 1 + cell.height), cell.width))
    return [row for row in with_spans(rows) if any(cell.text for cell in row)]
