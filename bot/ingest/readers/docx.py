"""The DOCX reader, by python-docx; runs in the sandbox only.

The text is the visible text of the main part: without deleted revisions and hidden words,
with inserted ones. Headers, footers, notes and pictures are left out.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import docx
import regex
from docx.oxml.ns import nsmap, qn

from bot.core.documents import BlockKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import DocumentBuilder, cleaned, metadata_title
from bot.ingest.readers.text import NO_WORDS, SIDE_HEADING, main_headings, title_of

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

MAX_PARTS = 10_000
"""A file made of more parts is refused."""

OLD_FORMAT = "It is protected by a password or in the old Word format: save it as an open .docx."
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_DAMAGED = "It is damaged or cut off: get a whole copy of it, or save it anew."
_CHUNK = 1 << 20
_CELL_SEPARATOR = " | "
_DOCTYPE = regex.compile(rb"<!(?:DOCTYPE|ENTITY)", regex.IGNORECASE)
_OVERLAP = 40

# The messages by which libxml2 reports a lack of memory, also for the message itself.
_NO_MEMORY = regex.compile(r"memory|^unknown error .*line 0\)", regex.IGNORECASE)

_PARAGRAPHS_AND_TABLES = frozenset(map(qn, ("w:p", "w:tbl")))
_DELETED = frozenset(map(qn, ("w:del", "w:moveFrom")))
_TEXTLESS = frozenset(
    map(qn, ("w:pPr", "w:rPr", "w:instrText", "w:delText", "w:sdtPr", "w:sdtEndPr", "w:tblPr"))
)
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_CHARACTERS = {
    qn("w:tab"): " ",
    qn("w:ptab"): " ",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "\u2011",
}
_HEADING = regex.compile(r"heading ([1-9])", regex.IGNORECASE)
_SIDE = regex.compile(r"caption|toc \d|toc heading|table of .*|subtitle", regex.IGNORECASE)
_LIST = regex.compile(r"list(?: .*)?", regex.IGNORECASE)
_BODY_TEXT = 9
_MAX_STYLES = 20
_Styles = Mapping[str | None, "Element"]


def parse(data: bytes, max_expanded_bytes: int = 200_000_000) -> Parsed:
    """The blocks of a DOCX file, titled by its properties, its title style, or its first lines.

    `max_expanded_bytes` is the most that all its parts together may unpack to.
    """
    _check(data, max_expanded_bytes)
    try:
        return _parsed(docx.Document(BytesIO(data)))
    except (DocumentError, MemoryError):
        raise
    except Exception as fault:  # noqa: BLE001 - python-docx has no error of its own for damage
        if _NO_MEMORY.search(str(fault)):
            raise MemoryError from None
        raise DocumentError(_DAMAGED) from None


def _check(data: bytes, max_bytes: int) -> None:
    """`DocumentError` for another format, a ZIP bomb, and XML that could expand when parsed."""
    if data.startswith(OLE_MAGIC):
        raise DocumentError(OLD_FORMAT)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_format([part.filename for part in parts])
            if len(parts) > MAX_PARTS:
                raise DocumentError(f"It is made of more than {MAX_PARTS:,} parts: save it anew.")
            # No part gives more bytes than its header says.
            if sum(part.file_size for part in parts) > max_bytes:
                size = max_bytes // 1_000_000
                raise DocumentError(f"It unpacks to more than {size} MB: split it.")
            if any(part.flag_bits & 1 for part in parts):
                raise DocumentError(OLD_FORMAT)
            for part in parts:
                _check_part(archive, part)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError):
        raise DocumentError(_DAMAGED) from None


def _check_format(names: Sequence[str]) -> None:
    if any(name.startswith("word/") for name in names):
        return
    for folder, kind in (("xl/", "a spreadsheet"), ("ppt/", "a presentation")):
        if any(name.startswith(folder) for name in names):
            raise DocumentError(f"It is {kind}, not a DOCX file: save its text as .docx or .pdf.")
    if "mimetype" in names:
        raise DocumentError("It is an OpenDocument or EPUB file, not DOCX: save it as .docx.")
    if "[Content_Types].xml" in names:
        raise DocumentError(_DAMAGED)
    raise DocumentError("It is a ZIP archive, not a DOCX file: unpack it first.")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Unpack `part`, which checks its sum, and search XML for entities on the way."""
    tail = b""
    is_markup = part.filename.lower().endswith((".xml", ".rels"))
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if not is_markup:
                continue
            # Without its zero bytes, UTF-16 reads as ASCII.
            text = tail + chunk.replace(b"\x00", b"")
            if _DOCTYPE.search(text):
                raise DocumentError("It holds XML that a Word file must not have: save it anew.")
            if b"macroEnabled.main+xml" in text or b"template.main+xml" in text:
                raise DocumentError(
                    "It is a template or a file with macros: save it as a plain .docx."
                )
            tail = text[-_OVERLAP:]


@dataclass(frozen=True, slots=True)
class _Shape:
    """A paragraph's kind and heading level; `is_title` where it bears the title style."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    is_title: bool = False


def _styles_of(root: Element) -> _Styles:
    """The paragraph styles below `root` by their id; None stands for the default one."""
    styles: dict[str | None, Element] = {}
    for style in root.iter(qn("w:style")):
        key = style.get(qn("w:styleId"))
        if key is None or style.get(qn("w:type"), "paragraph") != "paragraph":
            continue
        styles[key] = style
        if style.get(qn("w:default")) in ("1", "true", "on"):
            styles[None] = style
    return styles


def _chain(styles: _Styles, key: str | None) -> Iterator[Element]:
    """The style `key` and the styles that it is based on; a circle ends after 20 of them."""
    style = styles.get(key)
    for _ in range(_MAX_STYLES):
        if style is None:
            return
        yield style
        base = _value(style, "w:basedOn")
        style = None if base is None else styles.get(base)


def _value(element: Element | None, tag: str) -> str | None:
    """The value of the child `tag` of `element`."""
    child = None if element is None else element.find(qn(tag))
    return None if child is None else child.get(qn("w:val"))


def _shape(paragraph: Element, styles: _Styles) -> _Shape:
    """The shape of `paragraph`; its own properties count before those of its style.

    A paragraph that is both is a heading rather than a list item.
    """
    own = paragraph.find(qn("w:pPr"))
    chain = list(_chain(styles, _value(own, "w:pStyle")))
    names = [_value(style, "w:name") or style.get(qn("w:styleId"), "") for style in chain]
    for name in names:
        if name.lower() == "title":
            return _Shape(BlockKind.HEADING, 1, is_title=True)
        if _SIDE.fullmatch(name):
            return _Shape(BlockKind.HEADING, SIDE_HEADING)
        if match := _HEADING.fullmatch(name):
            return _Shape(BlockKind.HEADING, min(int(match[1]), SIDE_HEADING - 1))
    properties = [own, *(style.find(qn("w:pPr")) for style in chain)]
    outlines = (_value(each, "w:outlineLvl") for each in properties)
    outline = next((level for level in outlines if level is not None), "")
    if outline.isdecimal() and int(outline) < _BODY_TEXT:
        return _Shape(BlockKind.HEADING, min(int(outline) + 1, SIDE_HEADING - 1))
    numberings = (each.find(qn("w:numPr")) for each in properties if each is not None)
    numbering = next((each for each in numberings if each is not None), None)
    if _value(numbering, "w:numId") == "0":  # the paragraph switches off that of its style
        return _Shape()
    if numbering is not None or any(map(_LIST.fullmatch, names)):
        return _Shape(BlockKind.ITEM)
    return _Shape()


def _parsed(document: Document) -> Parsed:
    builder = DocumentBuilder()
    styles = _styles_of(document.styles.element)
    titles = [document.core_properties.title]
    for element in _blocks(document.element.body):
        if element.tag == qn("w:tbl"):
            _add_rows(element, builder)
            continue
        form = _shape(element, styles)
        words = _words(element)
        builder.add(cleaned(words), form.kind, form.level)
        if form.is_title and words.strip() and len(titles) == 1:
            titles.append(words)
        for box in _text_boxes(element):
            builder.add(cleaned(_words(box)))
    if not builder.blocks:
        raise DocumentError(NO_WORDS)
    title = next(filter(None, map(metadata_title, titles)), None)
    title = title or title_of(builder.text, main_headings(builder.blocks) or builder.blocks)
    return Parsed(builder.text, tuple(builder.blocks), title)


def _blocks(parent: Element, tags: Collection[str] = _PARAGRAPHS_AND_TABLES) -> Iterator[Element]:
    """Elements of `tags` in order, also those inside content controls and insertions."""
    for child in parent:
        if child.tag in tags:
            yield child
        elif isinstance(child.tag, str) and child.tag not in _DELETED | _TEXTLESS:
            yield from _blocks(child, tags)


def _words(paragraph: Element) -> str:
    return "".join(_texts(paragraph))


def _texts(parent: Element) -> Iterator[str]:
    for child in parent:
        tag = child.tag
        if tag == qn("w:t"):
            yield child.text or ""
        elif tag in _CHARACTERS:
            yield _CHARACTERS[tag]
        elif tag in _DELETED or tag in _TEXTLESS or not isinstance(tag, str):
            continue
        elif tag in (qn("w:drawing"), qn("w:pict"), _ALTERNATIVES):
            continue  # text boxes are blocks of their own
        elif tag == qn("w:r") and _is_hidden(child):
            continue
        else:
            yield from _texts(child)


def _is_hidden(run: Element) -> bool:
    vanish = run.find("w:rPr/w:vanish", nsmap)
    return vanish is not None and vanish.get(qn("w:val"), "1") not in ("0", "false", "off")


def _text_boxes(paragraph: Element) -> Iterator[Element]:
    """The paragraphs of text boxes anchored in `paragraph`; of alternatives, the first only."""
    for child in paragraph:
        if child.tag == _ALTERNATIVES:
            first = next(iter(child), None)
            if first is not None:
                yield from _text_boxes(first)
        elif child.tag == qn("w:txbxContent"):
            yield from child.iter(qn("w:p"))
        elif isinstance(child.tag, str) and child.tag not in _DELETED:
            yield from _text_boxes(child)


def _add_rows(table: Element, builder: DocumentBuilder) -> None:
    for row in _blocks(table, (qn("w:tr"),)):
        if row.find("w:trPr/w:del", nsmap) is not None:
            continue
        cells = [_cell(cell) for cell in _blocks(row, (qn("w:tc"),)) if not _is_continued(cell)]
        builder.add(cleaned(_CELL_SEPARATOR.join(filter(None, cells))), BlockKind.ROW)


def _is_continued(cell: Element) -> bool:
    """Whether the cell continues a merged cell above or before it."""
    merges = (cell.find(f"w:tcPr/{tag}", nsmap) for tag in ("w:vMerge", "w:hMerge"))
    return any(
        merge is not None and merge.get(qn("w:val"), "continue") == "continue" for merge in merges
    )


def _cell(cell: Element) -> str:
    """All words of a cell in one line, also those of nested tables."""
    return " ".join(
        words
        for paragraph in _blocks(cell, (qn("w:p"),))
        if (words := " ".join(_words(paragraph).split()))
    )
