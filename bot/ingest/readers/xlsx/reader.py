"""The parser of XLSX files: the visible rows of the visible sheets, as a program shows them.

Formulas are never calculated: the file keeps the value that its program found. The sheets are
parsed by the standard library and not by openpyxl, which tells hidden rows only of a sheet that is
held whole, some 50 times as large as the file, and whether a formula has a value only if the
file is read twice.
"""

import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from xml.etree.ElementTree import Element, iterparse

import regex

from bot.core.documents import BlockKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.display_names import label
from bot.ingest.readers.builder import (
    NO_WORDS,
    UNREADABLE,
    DocumentBuilder,
    cleaned,
    metadata_title,
)
from bot.ingest.readers.open_xml import left_out_remark, relations
from bot.ingest.readers.packages import XLSX, open_office_file
from bot.ingest.readers.table_rows import SheetRow, add_sheet
from bot.ingest.readers.xlsx.number_format import UnknownFormatError, is_date, iso, plain, shown
from bot.ingest.readers.xlsx.workbook import MAIN, CellFormat, Workbook, is_on, rich_text

_REFERENCE = regex.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MERGED = regex.compile(rf"{_REFERENCE.pattern}:{_REFERENCE.pattern}")
_BOOLEANS = {"0": "FALSE", "1": "TRUE"}
_QUOTED_CHARACTERS = 80
_MAX_ROWS = 1_048_576
_NAMES_OF_PARTS = {
    "comments": "comments",
    "threadedComment": "comments",
    "drawing": "pictures, charts and text boxes",
}


def parse(data: bytes, max_expanded_bytes: int = 200_000_000) -> Parsed:
    """The rows of an XLSX file under the names of its sheets; titled by its properties.

    `max_expanded_bytes` is the most that all its parts together may unpack to.
    """
    with open_office_file(data, max_expanded_bytes, XLSX) as archive:
        return _FileReader(archive).parsed()


@dataclass(slots=True)
class _FileReader:
    """Reads one file, and counts what it leaves out by its name."""

    archive: zipfile.ZipFile
    left_out: Counter[str] = field(default_factory=Counter)
    unknown_values: int = 0
    unknown_formats: int = 0

    def parsed(self) -> Parsed:
        """The whole file."""
        workbook = Workbook.of(self.archive)
        builder = DocumentBuilder()
        for sheet in workbook.sheets:
            if sheet.is_hidden:
                continue
            for relation in relations(self.archive, sheet.part).values():
                if relation.kind in _NAMES_OF_PARTS:
                    self.left_out[_NAMES_OF_PARTS[relation.kind]] += 1
            rows = list(_SheetReader(self, workbook, sheet.part).rows())
            if rows:
                builder.add(cleaned(sheet.name), BlockKind.HEADING, 1)
                add_sheet(builder, rows)
        if not any(block.kind is not BlockKind.HEADING for block in builder.blocks):
            raise DocumentError(NO_WORDS)
        hidden = [sheet.name for sheet in workbook.sheets if sheet.is_hidden]
        title = metadata_title(workbook.title)
        remarks = tuple(self._remarks(hidden))
        return Parsed(builder.text, tuple(builder.blocks), title, remarks=remarks)

    def _remarks(self, hidden: list[str]) -> Iterator[str]:
        names = list(self.left_out)
        if hidden:
            quoted = label(" / ".join(hidden), _QUOTED_CHARACTERS)
            names.insert(0, f'hidden sheets ("{quoted}")')
        yield from left_out_remark(names)
        if self.unknown_values:
            noun = "formula" if self.unknown_values == 1 else "formulas"
            yield (
                f"has {self.unknown_values:,} {noun} without a value, shown as {UNREADABLE}:"
                " save it anew in a program for sheets"
            )
        if self.unknown_formats:
            noun = "number" if self.unknown_formats == 1 else "numbers"
            yield (
                f"has {self.unknown_formats:,} {noun} in a format that is not known, shown as"
                " plain numbers or dates"
            )


class _SheetReader:
    """Reads the visible rows of one sheet."""

    def __init__(self, file: _FileReader, workbook: Workbook, part: str) -> None:
        self._file = file
        self._workbook = workbook
        self._part = part
        self._hidden_columns: list[range] = []
        self._rows: dict[int, dict[int, str]] = {}
        self._hidden_rows: set[int] = set()
        self._row = 0

    def rows(self) -> Iterator[SheetRow]:
        """The rows with words, and an empty one where there are none in between."""
        with self._file.archive.open(self._part) as stream:
            parent: Element | None = None
            for event, element in iterparse(stream, ("start", "end")):  # noqa: S314 - see `check`
                match element.tag.removeprefix(MAIN):
                    case "sheetData" if event == "start":
                        parent = element
                    case "col" if event == "end" and is_on(element, "hidden"):
                        first, last = int(element.get("min", "0")), int(element.get("max", "0"))
                        self._hidden_columns.append(range(first, last + 1))
                    case "row" if event == "end":
                        self._add_row(element)
                        if parent is not None:
                            parent.clear()
                    case "mergeCell" if event == "end":
                        self._spread(element.get("ref", ""))
        yield from self._numbered()

    def _numbered(self) -> Iterator[SheetRow]:
        # Columns that are empty in the whole sheet are left out.
        columns = sorted(set(chain.from_iterable(self._rows.values())))
        before = 0
        for number, cells in self._rows.items():
            if before and any(n not in self._hidden_rows for n in range(before + 1, number)):
                yield SheetRow(number - 1, ())
            yield SheetRow(number, tuple(cells.get(column, "") for column in columns))
            before = number

    def _add_row(self, row: Element) -> None:
        self._row = int(row.get("r", self._row + 1))
        if not 1 <= self._row <= _MAX_ROWS:
            raise ValueError("not a row")
        cells: dict[int, str] = {}
        column = 0
        for cell in row.iterfind(f"{MAIN}c"):
            place = _REFERENCE.fullmatch(cell.get("r", ""))
            column = column + 1 if place is None else _column(place[1])
            if text := cleaned(self._text(cell)):
                cells[column] = text
        if is_on(row, "hidden"):
            self._hidden_rows.add(self._row)
            if cells:
                self._file.left_out["hidden rows"] += 1
            return
        hidden = [each for each in cells if any(each in span for span in self._hidden_columns)]
        for each in hidden:
            self._file.left_out["hidden columns"] += 1
            del cells[each]
        if cells:
            self._rows[self._row] = cells

    def _spread(self, reference: str) -> None:
        """Put the words of a cell that spans several rows into each of them."""
        place = _MERGED.fullmatch(reference)
        if place is None:
            return
        column, first, last = _column(place[1]), int(place[2]), int(place[4])
        text = self._rows.get(first, {}).get(column)
        if text is not None:
            for number in range(first + 1, min(last, self._row) + 1):
                if number in self._rows:
                    self._rows[number].setdefault(column, text)

    def _text(self, cell: Element) -> str:
        """The words that a cell shows."""
        kind, value = cell.get("t", "n"), cell.findtext(f"{MAIN}v") or ""
        form = self._format(cell)
        if kind == "inlineStr":
            inline = cell.find(f"{MAIN}is")
            text = "" if inline is None else rich_text(inline)
        elif not value:
            has_formula = kind != "str" and cell.find(f"{MAIN}f") is not None
            self._file.unknown_values += has_formula
            return UNREADABLE if has_formula else ""
        elif kind == "s":
            text = self._workbook.texts[int(value)]
        elif kind == "b":
            text = _BOOLEANS.get(value, value)
        elif kind == "n":
            text = self._number(float(value), form.code)
        else:  # the words of a formula, an error such as #N/A, or a date as ISO writes it
            text = value
        if text and form.is_struck:
            self._file.left_out["struck-through cells"] += 1
            return ""
        return text

    def _format(self, cell: Element) -> CellFormat:
        formats, number = self._workbook.formats, int(cell.get("s", "0"))
        return formats[number] if number < len(formats) else CellFormat()

    def _number(self, value: float, code: str) -> str:
        has_mac_dates = self._workbook.has_mac_dates
        try:
            return shown(value, code, has_mac_dates=has_mac_dates)
        except UnknownFormatError:
            self._file.unknown_formats += 1
        try:
            return iso(value, has_mac_dates=has_mac_dates) if is_date(code) else plain(value)
        except UnknownFormatError:
            return plain(value)


def _column(letters: str) -> int:
    """The number of a column: 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
