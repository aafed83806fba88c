"""Tables of AsciiDoc: the cells of each row, and whether the first one names the columns."""

from collections.abc import Sequence

import regex

_CELL = regex.compile(
    r"(?:(?<=\s)|^)(?:(?P<columns>\d+)?(?:\.(?P<rows>\d+))?(?P<sign>[+*]))?[<^>.]{0,3}[adehlmsv]?(?<!\\)\|"
    r"|(?<!\\)\|",
    regex.MULTILINE,
)
_COLUMNS = regex.compile(r"cols=(?:\"([^\"]*)\"|([^\s,\]]+))")
_REPEATED = regex.compile(r"(\d+)\*")
_HEADER = regex.compile(r"%(?:[\w%]*%)?header|options=\"?[^\"\]]*header")
_MOST = 100


def rows_of(lines: Sequence[str], attributes: str) -> tuple[list[list[str]], bool]:
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


def _cells(text: str) -> list[tuple[str, int, int]]:
    """The words of each cell, and over how many columns and rows it stands."""
    marks = list(_CELL.finditer(text))
    ends = [following.start() for following in marks[1:]] + [len(text)]
    cells: list[tuple[str, int, int]] = []
    for mark, end in zip(marks, ends, strict=False):
        words = text[mark.end() : end].strip().replace("\\|", "|")
        columns = min(int(mark["columns"] or 1), _MOST)
        if mark["sign"] == "*":
            cells += [(words, 1, 1)] * columns
        else:
            cells.append((words, columns, min(int(mark["rows"] or 1), _MOST)))
    return cells


def _placed(cells: Sequence[tuple[str, int, int]], width: int) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    spanning: dict[int, tuple[int, str]] = {}

    def fill() -> None:
        while len(rows[-1]) in spanning:
            more, words = spanning.pop(len(rows[-1]))
            if more > 1:
                kept[len(rows[-1])] = (more - 1, words)
            rows[-1].append(words)

    kept: dict[int, tuple[int, str]] = {}
    for words, columns, height in cells:
        fill()
        if len(rows[-1]) >= width:
            spanning.update(kept)
            kept.clear()
            rows.append([])
            fill()
        if height > 1:
            kept.update(
                {len(rows[-1]) + n: (height - 1, "" if n else words) for n in range(columns)}
            )
        rows[-1] += [words, *[""] * (columns - 1)]
    fill()
    return [row for row in rows if any(row)]
