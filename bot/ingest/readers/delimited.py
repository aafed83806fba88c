"""Tables in plain text, with a comma, semicolon, tab or bar between the cells: CSV and TSV.

The separator is the one that cuts most rows into equally many cells. The standard library's
guess (`csv.Sniffer`) fails on texts with commas in them, and looks for quotation marks with a
pattern that takes minutes on some files.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from io import StringIO
from itertools import islice

import regex

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import NO_WORDS, DocumentBuilder, cleaned
from bot.ingest.readers.table_rows import SheetRow, add_sheet

_SEPARATORS = ",;\t|"
_SAMPLE_ROWS = 200
# Programs for sheets take such a first line for a setting, and do not show it.
_SEPARATOR_LINE = regex.compile(r'"?sep=(.)"?(?:\r\n?|\n)', regex.IGNORECASE)
_OPEN_QUOTATION = "has a quotation mark that is not closed: they are all read as text"


def parse(data: bytes, separators: str = _SEPARATORS) -> Parsed:
    """The rows of a table in UTF-8, whose cells are divided by one of `separators`."""
    text = data.decode("utf-8", "surrogatepass")
    named = _SEPARATOR_LINE.match(text)
    if named is not None:
        text, separators = text[named.end() :], named[1]
    lines = list(StringIO(text, newline=""))
    rows, remarks = _rows(lines, _separator(lines, separators))
    builder = DocumentBuilder()
    add_sheet(
        builder,
        (SheetRow(number, tuple(map(cleaned, row))) for number, row in enumerate(rows, 1)),
    )
    if not builder.blocks:
        raise DocumentError(NO_WORDS)
    return Parsed(builder.text, tuple(builder.blocks), remarks=remarks)


def _separator(lines: Sequence[str], separators: str) -> str:
    """The separator by which most rows have the same number of cells, and the most cells."""

    def fitness(separator: str) -> tuple[float, int]:
        rows = islice(csv.reader(lines, delimiter=separator), _SAMPLE_ROWS)
        widths = Counter(len(row) for row in rows if row)
        width, count = max(widths.items(), key=lambda each: (each[1], each[0]), default=(0, 0))
        return (count / widths.total(), width) if width > 1 else (0, 0)

    # The limit holds for the whole process, and is never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), sum(map(len, lines)) + 1))
    return max(separators, key=fitness)


def _rows(lines: Sequence[str], separator: str) -> tuple[list[list[str]], tuple[str, ...]]:
    """The rows, and a remark if an open quotation mark would swallow those below it."""
    try:
        return list(csv.reader(lines, delimiter=separator, strict=True)), ()
    except csv.Error:
        if sum(line.count('"') for line in lines) % 2 == 0:
            return list(csv.reader(lines, delimiter=separator)), ()
    plain = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    return list(plain), (_OPEN_QUOTATION,)
