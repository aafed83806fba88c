"""The parts of an XLSX file besides its sheets: their names, the shared texts, the formats.

The workbook names the sheets and says by which relation each is found. A cell of text has the
number of its text in a list that all sheets share; how a cell looks is a number in a list, too.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, iterparse

import regex

from bot.ingest.readers.open_xml import (
    RELATION_ID,
    Relation,
    core_title,
    main_part,
    relations,
    root_of,
)
from bot.ingest.readers.raised_figures import lowered, raised
from bot.ingest.readers.xlsx.number_format import BUILTIN_CODES

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_GENERAL = "General"
# A sign that XML cannot hold is written as `_x000D_`.
_ESCAPED = regex.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of cells: its name, the part that holds it, and whether it is hidden."""

    name: str
    part: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class CellFormat:
    """The look of cells: the code of their number format, and whether they are struck through."""

    code: str = _GENERAL
    is_struck: bool = False


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook: all that its sheets have in common."""

    title: str
    sheets: tuple[Sheet, ...]
    texts: tuple[str, ...]
    formats: tuple[CellFormat, ...]
    has_mac_dates: bool

    @classmethod
    def of(cls, archive: zipfile.ZipFile) -> "Workbook":
        """The workbook that the archive holds."""
        part = main_part(archive)
        related = relations(archive, part)
        root = root_of(archive, part)
        properties = root.find(f"{MAIN}workbookPr")
        by_kind = {each.kind: each.target for each in related.values()}
        return cls(
            title=core_title(archive),
            sheets=tuple(_sheets(root, related)),
            texts=tuple(_texts(archive, by_kind.get("sharedStrings"))),
            formats=tuple(_formats(archive, by_kind.get("styles"))),
            has_mac_dates=properties is not None and is_on(properties, "date1904"),
        )


def is_on(element: Element, attribute: str) -> bool:
    """Whether an attribute of yes or no is there and says yes."""
    return element.get(attribute) in ("1", "true", "on")


def rich_text(parent: Element) -> str:
    """The words of a text in runs; struck ones and the small reading above others are left out."""
    words: list[str] = []
    for child in parent:
        if child.tag == f"{MAIN}t":
            words.append(child.text or "")
        elif child.tag == f"{MAIN}r":
            properties = child.find(f"{MAIN}rPr")
            if properties is not None and _is_struck(properties):
                continue
            align = None if properties is None else properties.find(f"{MAIN}vertAlign")
            text = "".join(each.text or "" for each in child.findall(f"{MAIN}t"))
            match None if align is None else align.get("val"):
                case "superscript":
                    text = raised(text)
                case "subscript":
                    text = lowered(text)
            words.append(text)
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), "".join(words))


def _sheets(root: Element, related: dict[str, Relation]) -> Iterator[Sheet]:
    for sheet in root.iterfind(f"{MAIN}sheets/{MAIN}sheet"):
        relation = related.get(sheet.get(RELATION_ID, ""))
        if relation is not None and relation.kind == "worksheet":
            is_hidden = sheet.get("state", "visible") != "visible"
            yield Sheet(sheet.get("name", ""), relation.target, is_hidden)


def _texts(archive: zipfile.ZipFile, part: str | None) -> Iterator[str]:
    if part is None:
        return
    with archive.open(part) as stream:
        for _, element in iterparse(stream):  # noqa: S314 - `check` refuses entities
            if element.tag == f"{MAIN}si":
                yield rich_text(element)
                element.clear()


def _formats(archive: zipfile.ZipFile, part: str | None) -> Iterator[CellFormat]:
    if part is None:
        return
    root = root_of(archive, part)
    codes = BUILTIN_CODES | {
        int(each.get("numFmtId", "0")): each.get("formatCode", _GENERAL)
        for each in root.iterfind(f"{MAIN}numFmts/{MAIN}numFmt")
    }
    struck = [_is_struck(font) for font in root.iterfind(f"{MAIN}fonts/{MAIN}font")]
    for each in root.iterfind(f"{MAIN}cellXfs/{MAIN}xf"):
        font = int(each.get("fontId", "0"))
        code = codes.get(int(each.get("numFmtId", "0")), _GENERAL)
        yield CellFormat(code, font < len(struck) and struck[font])


def _is_struck(font: Element) -> bool:
    strike = font.find(f"{MAIN}strike")
    return strike is not None and strike.get("val", "1") in ("1", "true", "on")
