"""DOCX to text and blocks, through python-docx; runs in the worker process only.

What a reader of the document sees in its main part: deleted revisions and hidden words
are left out, inserted ones are in. Headers, footers, notes and pictures are no part.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import docx
import regex
from docx.oxml.ns import qn

from bot.core.documents import BlockKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import Builder, told_title
from bot.ingest.readers.docx.styles import Styles, shape
from bot.ingest.readers.text import SIDE_HEADING, title_of

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

MOST_ENTRIES = 10_000
"""A file made of more parts is refused."""

OLD_FORMAT = "It is protected by a password or in the old Word format: save it as an open .docx."
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_DAMAGED = "It is damaged or cut off: get a whole copy of it, or save it anew."
_NO_WORDS = "It holds no words: fill it or remove it."
_PIECE = 1 << 20
_CELLS_BETWEEN = " | "
_DOCTYPE = regex.compile(rb"<!(?:DOCTYPE|ENTITY)", regex.IGNORECASE)
_OVERLAP = 40

# libxml2 says so in words only, or cannot find the memory for words either.
_NO_MEMORY = regex.compile(r"memory|^unknown error .*line 0\)", regex.IGNORECASE)

_DELETED = frozenset(map(qn, ("w:del", "w:moveFrom")))
_WITHOUT_WORDS = frozenset(
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


def parse(data: bytes, name: str, max_expanded_bytes: int = 200_000_000) -> Parsed:
    """The words of a DOCX file; its title is its properties', else that of its first lines.

    `max_expanded_bytes` is the most that all its parts may hold when unpacked.
    """
    _refuse_what_is_no_docx(data)
    _refuse_bombs(data, max_expanded_bytes)
    try:
        document = docx.Document(BytesIO(data))
        return _parsed(document)
    except (DocumentError, MemoryError):
        raise
    except Exception as fault:  # noqa: BLE001 - python-docx has no error of its own for damage
        if _NO_MEMORY.search(str(fault)):
            raise MemoryError from None
        raise DocumentError(_DAMAGED) from None


def _refuse_what_is_no_docx(data: bytes) -> None:
    if data.startswith(OLE_MAGIC):
        raise DocumentError(OLD_FORMAT)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = frozenset(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        raise DocumentError(_DAMAGED) from None
    if "word/document.xml" in names or any(name.startswith("word/") for name in names):
        return
    kinds = {"xl/": "a spreadsheet", "ppt/": "a presentation"}
    for folder, kind in kinds.items():
        if any(name.startswith(folder) for name in names):
            raise DocumentError(f"It is {kind}, not a DOCX file: save its text as .docx or .pdf.")
    if "mimetype" in names:
        raise DocumentError("It is an OpenDocument or EPUB file, not DOCX: save it as .docx.")
    if "[Content_Types].xml" in names:
        raise DocumentError(_DAMAGED)
    raise DocumentError("It is a ZIP archive, not a DOCX file: unpack it first.")


def _refuse_bombs(data: bytes, most: int) -> None:
    """`DocumentError` for what unpacks to too much, or could expand further as XML."""
    too_much = f"It unpacks to more than {most // 1_000_000} MB: split it."
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise DocumentError(f"It is made of more than {MOST_ENTRIES:,} parts: save it anew.")
        if sum(entry.file_size for entry in entries) > most:
            raise DocumentError(too_much)
        if any(entry.flag_bits & 1 for entry in entries):
            raise DocumentError(OLD_FORMAT)
        left = most
        try:
            for entry in entries:
                left -= _expanded(archive, entry, left)
                if left < 0:
                    raise DocumentError(too_much)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError):
            raise DocumentError(_DAMAGED) from None


def _expanded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> int:
    """How many bytes `entry` really unpacks to, at most a piece above `most`."""
    size = 0
    before = b""
    is_markup = entry.filename.lower().endswith((".xml", ".rels"))
    with archive.open(entry) as part:
        while size <= most and (piece := part.read(_PIECE)):
            size += len(piece)
            if not is_markup:
                continue
            # Without the zeros, what is written in 16 bits a character is found too.
            seen = before + piece.replace(b"\x00", b"")
            if _DOCTYPE.search(seen):
                raise DocumentError("It holds XML that a Word file must not have: save it anew.")
            if b"macroEnabled.main+xml" in seen or b"template.main+xml" in seen:
                raise DocumentError(
                    "It is a template or a file with macros: save it as a plain .docx."
                )
            before = seen[-_OVERLAP:]
    return size


def _parsed(document: Document) -> Parsed:
    builder = Builder()
    styles = Styles.of(document.styles.element)
    titles = list[str]()
    for element in _blocks(document.element.body):
        if element.tag == qn("w:tbl"):
            _add_rows(element, builder)
            continue
        form = shape(element, styles)
        words = _words(element)
        builder.add(words, form.kind, form.level)
        if form.is_title and words.strip():
            titles.append(words)
        for box in _boxes(element):
            builder.add(_words(box))
    if not builder.blocks:
        raise DocumentError(_NO_WORDS)
    made = builder.built(None)
    told = told_title(document.core_properties.title) or next(map(told_title, titles), None)
    headings = [
        block
        for block in made.blocks
        if block.kind is BlockKind.HEADING and block.level < SIDE_HEADING
    ]
    return builder.built(told or title_of(made.text, headings or made.blocks))


def _blocks(parent: Element) -> Iterator[Element]:
    """Paragraphs and tables in order, also those inside content controls and insertions."""
    for child in parent:
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif isinstance(child.tag, str) and child.tag not in _DELETED | _WITHOUT_WORDS:
            yield from _blocks(child)


def _words(paragraph: Element) -> str:
    return "".join(_texts(paragraph))


def _texts(parent: Element) -> Iterator[str]:
    for child in parent:
        tag = child.tag
        if tag == qn("w:t"):
            yield child.text or ""
        elif tag in _CHARACTERS:
            yield _CHARACTERS[tag]
        elif tag in _DELETED or tag in _WITHOUT_WORDS or not isinstance(tag, str):
            continue
        elif tag in (qn("w:drawing"), qn("w:pict"), _ALTERNATIVES):
            continue  # text boxes are blocks of their own
        elif tag == qn("w:r") and _is_hidden(child):
            continue
        else:
            yield from _texts(child)


def _is_hidden(run: Element) -> bool:
    look = run.find(qn("w:rPr"))
    vanish = look.find(qn("w:vanish")) if look is not None else None
    return vanish is not None and vanish.get(qn("w:val"), "1") not in ("0", "false", "off")


def _boxes(paragraph: Element) -> Iterator[Element]:
    """The paragraphs of text boxes anchored in `paragraph`; of alternatives the first only."""
    for child in paragraph:
        if child.tag == _ALTERNATIVES:
            first = next(iter(child), None)
            if first is not None:
                yield from _boxes(first)
        elif child.tag == qn("w:txbxContent"):
            yield from child.iter(qn("w:p"))
        elif isinstance(child.tag, str) and child.tag not in _DELETED:
            yield from _boxes(child)


def _add_rows(table: Element, builder: Builder) -> None:
    for row in _below(table, qn("w:tr")):
        properties = row.find(qn("w:trPr"))
        if properties is not None and properties.find(qn("w:del")) is not None:
            continue
        cells = [_cell(cell) for cell in _below(row, qn("w:tc")) if not _is_continued(cell)]
        builder.add(_CELLS_BETWEEN.join(filter(None, cells)), BlockKind.ROW)


def _below(parent: Element, tag: str) -> Iterator[Element]:
    """Elements of `tag`, also those inside content controls; not those of tables inside."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:ins")):
            yield from _below(child, tag)


def _is_continued(cell: Element) -> bool:
    """Whether the cell only goes on with one above or before it that it is merged with."""
    properties = cell.find(qn("w:tcPr"))
    if properties is None:
        return False
    merges = (properties.find(qn("w:vMerge")), properties.find(qn("w:hMerge")))
    return any(
        merge is not None and merge.get(qn("w:val"), "continue") == "continue" for merge in merges
    )


def _paragraphs(parent: Element) -> Iterator[Element]:
    for element in _blocks(parent):
        if element.tag == qn("w:tbl"):
            yield from _paragraphs(element)
        else:
            yield element


def _cell(cell: Element) -> str:
    """All words of a cell in one line, those of tables inside it too."""
    return " ".join(
        words for paragraph in _paragraphs(cell) if (words := " ".join(_words(paragraph).split()))
    )
