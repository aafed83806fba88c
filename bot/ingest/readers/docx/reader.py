"""The parser of DOCX files: body, tables, text boxes, footnotes and endnotes to blocks.

The text is the visible text of the main part, with the numbers that Word gives to headings,
items and notes. Notes stand at the end of the section that refers to them. Headers, footers,
comments and pictures are left out, which the remarks tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import docx
import regex
from docx.opc.constants import RELATIONSHIP_TYPE as RELATIONS
from docx.oxml import parse_xml
from docx.oxml.ns import nsmap, qn

from bot.core.documents import BlockKind, Landmark, LandmarkKind, Parsed
from bot.ingest.display_names import label
from bot.ingest.readers.builder import DocumentBuilder, cleaned, cleaned_code
from bot.ingest.readers.docx.list_numbers import ListNumbers
from bot.ingest.readers.docx.notes import ENDNOTE, FOOTNOTE, Notes
from bot.ingest.readers.docx.styles import Styles
from bot.ingest.readers.docx.words import DELETED, Words, blocks, text_boxes
from bot.ingest.readers.headings import SIDE_HEADING, titled
from bot.ingest.readers.item_numbers import NestedMarks
from bot.ingest.readers.open_xml import left_out_remark
from bot.ingest.readers.packages import check, damage_as_error, transitional

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

_PARAGRAPH = qn("w:p")
_TABLE = qn("w:tbl")
_OTHER_FILES = frozenset(map(qn, ("w:altChunk", "w:subDoc")))
_BODY = frozenset((_PARAGRAPH, _TABLE)) | _OTHER_FILES
_CELL_SEPARATOR = " | "
_WORD = regex.compile(r"\p{L}{2}")
_QUOTED_CHARACTERS = 80


def parse(data: bytes, max_expanded_bytes: int = 200_000_000) -> Parsed:
    """The blocks of a DOCX file, titled by its properties, its title style, or its first lines.

    `max_expanded_bytes` is the most that all its parts together may unpack to.
    """
    check(data, max_expanded_bytes)
    with damage_as_error():
        return _BodyReader(docx.Document(BytesIO(transitional(data)))).parsed()


class _BodyReader:
    """Reads the body of one document, block by block."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._body = document.element.body
        self._builder = DocumentBuilder()
        self._styles = Styles(document.styles.element)
        self._numbers = ListNumbers(self._part(RELATIONS.NUMBERING))
        roots = {
            FOOTNOTE: self._part(RELATIONS.FOOTNOTES),
            ENDNOTE: self._part(RELATIONS.ENDNOTES),
        }
        settings = self._part(RELATIONS.SETTINGS), self._body.find(qn("w:sectPr"))
        self._notes = Notes.of(roots, settings)
        self._words = Words(self._styles, self._notes.refer)
        self._title: str | None = None
        self._marks = NestedMarks()
        self._code: list[str] = []
        self._has_other_files = False

    def parsed(self) -> Parsed:
        """The whole document."""
        for element, words in self._merged(self._elements()):
            if element.tag == _PARAGRAPH:
                self._add_paragraph(element, words)
                continue
            self._end_code()
            if element.tag == _TABLE:
                self._add_rows(element)
            else:
                self._has_other_files = True
                self._builder.add_gap()
        self._end_code()
        self._add_notes()
        titles = (self._document.core_properties.title, self._title or "")
        return titled(self._builder, titles, self._remarks())

    def _elements(self) -> Iterator[Element]:
        """The paragraphs and tables of the body; the notes of a section are put at its end."""
        for element in blocks(self._body, _BODY):
            if element.tag == _PARAGRAPH:
                shape = self._styles.shape(element)
                if shape.kind is BlockKind.HEADING and shape.level < SIDE_HEADING:
                    self._end_code()
                    self._add_notes()
            yield element

    def _merged(self, elements: Iterable[Element]) -> Iterator[tuple[Element, str]]:
        """Each element with its words; a paragraph that ends in none is put before the next.

        These are a large first letter, which stands in a frame, and a paragraph whose mark is
        deleted, while its words are not.
        """
        begun = ""
        element = None
        for element in elements:
            if element.tag != _PARAGRAPH:
                yield element, ""
                continue
            words = self._words.of(element)
            frame = element.find("w:pPr/w:framePr", nsmap)
            if frame is not None and frame.get(qn("w:dropCap"), "none") != "none":
                begun += words.strip()
            elif _has_deleted_mark(element):
                begun += f"{words} " if words.strip() else ""
            else:
                yield element, begun + words
                begun = ""
        if element is not None and begun.strip():
            yield element, begun

    def _add_paragraph(self, element: Element, words: str) -> None:
        shape = self._styles.shape(element)
        if shape.kind is BlockKind.CODE:
            self._code.append(words)
            return
        self._end_code()
        mark = self._next_mark(element)
        body = cleaned(words)
        landmark = self._landmark(element, mark, shape.kind) if body else None
        body = mark + body if body else ""
        self._builder.add(body, shape.kind, shape.level, landmark=landmark)
        if shape.is_title and body and self._title is None:
            self._title = words
        for box in text_boxes(element):
            self._builder.add(cleaned(self._words.of(box)))
        if element.find("w:pPr/w:sectPr", nsmap) is not None:
            self._notes.end_section()

    def _numbered(self, element: Element, words: str) -> str:
        """The words of a paragraph behind its automatic number."""
        mark = self._next_mark(element)
        body = cleaned(words)
        return mark + body if body else ""

    def _next_mark(self, element: Element) -> str:
        place = self._styles.list_place(element)
        return "" if place is None else self._numbers.next_mark(place)

    def _landmark(self, element: Element, mark: str, kind: BlockKind) -> Landmark | None:
        """The landmark of an item; the number of a heading is in the path of what follows."""
        place = self._styles.list_place(element)
        if kind is BlockKind.HEADING:
            self._marks.end_list()
        if kind is not BlockKind.ITEM or place is None:
            self._marks.pass_paragraph()
            return None
        return self._marks.landmark(self._numbers.depth(place), mark)

    def _end_code(self) -> None:
        """Add the paragraphs of code collected so far as one block."""
        code, self._code = self._code, []
        self._builder.add(cleaned_code("\n".join(code)), BlockKind.CODE)

    def _add_rows(self, table: Element) -> None:
        """Add the rows of a table; an empty cell keeps its place, also one merged from above."""
        for row in blocks(table, (qn("w:tr"),)):
            if row.find("w:trPr/w:del", nsmap) is not None:
                continue
            cells = [
                "" if _continues(cell, "w:vMerge") else self._cell(cell)
                for cell in blocks(row, (qn("w:tc"),))
                if not _continues(cell, "w:hMerge")
            ]
            if any(cells):
                self._builder.add(cleaned(_CELL_SEPARATOR.join(cells)), BlockKind.ROW)

    def _cell(self, cell: Element) -> str:
        """The paragraphs of a cell, a line each, also those of nested tables."""
        lines = (
            self._numbered(element, words)
            for element, words in self._merged(blocks(cell, (_PARAGRAPH,)))
        )
        return "\n".join(filter(None, lines))

    def _add_notes(self) -> None:
        """Add the notes that were referred to since the last call; they may refer to others."""
        for mark, note in self._notes.take():
            sign = mark
            for element, words in self._merged(blocks(note, (_PARAGRAPH,))):
                body = self._numbered(element, words)
                self._builder.add(body, landmark=Landmark(LandmarkKind.NOTE, mark), mark=sign)
                sign = "" if body else sign

    def _remarks(self) -> Iterator[str]:
        """The parts that were left out, for the curator."""
        comments = self._part(RELATIONS.COMMENTS)
        edges = self._edges()
        left_out = {
            "comments": comments is not None and next(comments.iter(qn("w:t")), None) is not None,
            "struck-through words": self._words.has_struck,
            "pictures": self._words.has_pictures,
            "embedded files": self._has_other_files,
            "headers and footers": bool(edges),
        }
        names = [name for name, is_there in left_out.items() if is_there]
        quoted = f' ("{label(" / ".join(edges), _QUOTED_CHARACTERS)}")' if edges else ""
        yield from (f"{remark}{quoted}" for remark in left_out_remark(names))

    def _edges(self) -> list[str]:
        """The different words of the headers and footers."""
        found: dict[str, None] = {}
        for kind in (RELATIONS.HEADER, RELATIONS.FOOTER):
            for root in self._parts(kind):
                words = " ".join(self._words.of(each) for each in root.iter(_PARAGRAPH))
                if _WORD.search(words):
                    found[" ".join(words.split())] = None
        return list(found)

    def _parts(self, kind: str) -> list[Element]:
        """The roots of the parts that the main part is related to as `kind`."""
        relations = self._document.part.rels.values()
        return [
            parse_xml(relation.target_part.blob)
            for relation in relations
            if relation.reltype == kind and not relation.is_external
        ]

    def _part(self, kind: str) -> Element | None:
        return next(iter(self._parts(kind)), None)


def _has_deleted_mark(paragraph: Element) -> bool:
    """Whether a revision joins the paragraph to the next one."""
    properties = paragraph.find("w:pPr/w:rPr", nsmap)
    return properties is not None and any(child.tag in DELETED for child in properties)


def _continues(cell: Element, tag: str) -> bool:
    """Whether the cell continues one above it (`w:vMerge`) or before it (`w:hMerge`)."""
    merge = cell.find(f"w:tcPr/{tag}", nsmap)
    return merge is not None and merge.get(qn("w:val"), "continue") == "continue"
