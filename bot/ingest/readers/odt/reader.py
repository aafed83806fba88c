"""The parser of ODT files: headings, paragraphs, lists, tables and notes to blocks.

Words of deleted tracked changes, comments, pictures and the table of contents are left out. Notes
stand at the end of the section that refers to them. odfpy, whose last release is of 2020, has no
more than the elements of the file, as the XML parser of the standard library.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import Element

from bot.core.documents import BlockKind, Landmark, LandmarkKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import UNREADABLE, DocumentBuilder, cleaned, cleaned_code
from bot.ingest.readers.headings import SIDE_HEADING, titled
from bot.ingest.readers.item_numbers import NestedMarks
from bot.ingest.readers.odt.list_numbers import OdtList
from bot.ingest.readers.odt.styles import OFFICE, STYLE, TEXT, OdtStyles
from bot.ingest.readers.odt.words import OdtWords
from bot.ingest.readers.open_xml import left_out_remark, root_of
from bot.ingest.readers.packages import ODT, open_office_file
from bot.ingest.readers.table_rows import TableCell, row_blocks, row_text, with_spans

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_LOCKED = "It is protected by a password: save it without one."
_PARAGRAPHS = (f"{TEXT}p", f"{TEXT}h")
_ITEMS = (f"{TEXT}list-item", f"{TEXT}list-header")
_TEXTLESS = frozenset(
    (
        f"{TEXT}tracked-changes",
        f"{TEXT}sequence-decls",
        f"{TEXT}variable-decls",
        f"{TEXT}user-field-decls",
        f"{OFFICE}forms",
        f"{OFFICE}annotation",
    )
)
_ROW_GROUPS = tuple(
    f"{TABLE}{name}" for name in ("table-header-rows", "table-rows", "table-row-group")
)
_MOST_REPEATED = 60
_MARK_CHARACTERS = 20


def parse(data: bytes, max_expanded_bytes: int = 200_000_000) -> Parsed:
    """The blocks of an ODT file, titled by its properties, its title style, or its first lines.

    `max_expanded_bytes` is the most that all its parts together may unpack to.
    """
    with open_office_file(data, max_expanded_bytes, ODT) as archive:
        names = archive.namelist()
        manifest = "META-INF/manifest.xml"
        if manifest in names and b":encryption-data" in archive.read(manifest):
            raise DocumentError(_LOCKED)
        content = root_of(archive, "content.xml")
        styles = root_of(archive, "styles.xml") if "styles.xml" in names else Element("none")
        meta = root_of(archive, "meta.xml") if "meta.xml" in names else Element("none")
        return _TextReader(content, styles).parsed(next(meta.iter(_DC_TITLE), None))


class _TextReader:
    """Reads the text of one document, block by block."""

    def __init__(self, content: Element, styles: Element) -> None:
        self._content = content
        self._styles = OdtStyles((styles, content))
        self._words = OdtWords(self._styles)
        self._builder = DocumentBuilder()
        self._headings = OdtList.of(self._styles.lists.get(""))
        self._lists: dict[str, OdtList] = {}
        self._last_lists: dict[str, OdtList] = {}
        self._marks = NestedMarks()
        self._item: Landmark | None = None
        self._note: Landmark | None = None
        self._mark = ""
        self._title = ""
        self._code: list[str] = []
        edges = (f"{STYLE}header", f"{STYLE}footer")
        for edge in (each for name in edges for each in styles.iter(name)):
            words = "".join(map(OdtWords(self._styles).of, edge.iter(f"{TEXT}p")))
            self._words.left_out["headers and footers"] += any(map(str.isalpha, words))

    def parsed(self, title: Element | None) -> Parsed:
        """The whole document; `title` is that of its properties."""
        body = self._content.find(f"{OFFICE}body/{OFFICE}text")
        if body is not None:
            self._add_children(body)
        self._end_code()
        self._add_notes()
        own = "" if title is None else "".join(title.itertext())
        left_out = [name for name, count in self._words.left_out.items() if count]
        return titled(self._builder, (own, self._title), left_out_remark(left_out))

    def _add_children(self, parent: Element) -> None:
        for child in parent:
            tag = child.tag
            if tag in _PARAGRAPHS:
                self._add_paragraph(child)
            elif tag == f"{TEXT}list":
                for paragraph, mark, landmark in self._listed(child):
                    self._item = landmark
                    self._add_paragraph(paragraph, mark=mark, is_item=True)
                self._item = None
            elif tag == f"{TABLE}table":
                self._end_code()
                self._add_table(child)
            elif tag == f"{TEXT}table-of-content":
                self._words.left_out["table of contents"] += 1
            elif tag == f"{TEXT}section" and child.get(f"{TEXT}display") == "none":
                self._words.left_out["hidden sections"] += 1
            elif tag not in _TEXTLESS:
                self._add_children(child)

    def _add_paragraph(self, element: Element, *, mark: str = "", is_item: bool = False) -> None:
        kind, level, is_title = self._styles.kind(element.get(f"{TEXT}style-name", ""))
        if element.tag == f"{TEXT}h":
            kind = BlockKind.HEADING
            depth = int(element.get(f"{TEXT}outline-level", "1"))
            level = min(max(depth, 1), SIDE_HEADING - 1)
        if kind is BlockKind.HEADING:
            self._marks.end_list()
        if kind is BlockKind.HEADING and level < SIDE_HEADING and self._note is None:
            self._end_code()
            self._add_notes()
        words = self._words.of(element)
        if kind is BlockKind.CODE and not is_item:
            self._code.append(words)
            return
        self._end_code()
        body = cleaned(words)
        if body and element.tag == f"{TEXT}h" and not mark:
            mark = self._heading_mark(element)
        if is_item and kind is not BlockKind.HEADING:
            kind = BlockKind.ITEM
        if is_title and not self._title:
            self._title = body
        self._add(f"{mark} {body}" if mark and body else body, kind, level)
        self._add_boxes()

    def _heading_mark(self, heading: Element) -> str:
        if heading.get(f"{TEXT}is-list-header") == "true":
            return ""
        start = _number(heading.get(f"{TEXT}start-value"))
        return self._headings.next_mark(int(heading.get(f"{TEXT}outline-level", "1")), start)

    def _add_boxes(self) -> None:
        boxes, self._words.boxes = self._words.boxes, []
        for box in boxes:
            with self._apart():
                self._add_children(box)

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """Keep items of a cell or frame apart from those of the list that goes on behind it."""
        marks, self._marks = self._marks, NestedMarks()
        yield
        self._marks = marks

    def _listed(
        self, element: Element, depth: int = 1, outer: OdtList | None = None
    ) -> Iterator[tuple[Element, str, Landmark | None]]:
        """The paragraphs of a list, each with its number, if it begins an item, and landmark."""
        numbered = self._list_of(element, outer)
        for item in element:
            if item.tag not in _ITEMS:
                continue
            is_marked = item.tag == f"{TEXT}list-header"
            landmark = None
            for child in item:
                if child.tag in _PARAGRAPHS:
                    mark = ""
                    if not is_marked:
                        start = _number(item.get(f"{TEXT}start-value"))
                        mark, is_marked = numbered.next_mark(depth, start), True
                        landmark = self._marks.landmark(depth, mark)
                    yield child, mark, landmark
                elif child.tag == f"{TEXT}list":
                    yield from self._listed(child, depth + 1, numbered)

    def _list_of(self, element: Element, outer: OdtList | None) -> OdtList:
        """The list that an element begins or continues; one inside another goes on with that."""
        name = element.get(f"{TEXT}style-name")
        if outer is not None and name is None:
            return outer
        if name is None:
            paragraph = next(element.iter(f"{TEXT}p"), element)
            name = self._styles.list_style(paragraph.get(f"{TEXT}style-name", ""))
        continued = self._lists.get(element.get(f"{TEXT}continue-list", ""))
        if continued is None and element.get(f"{TEXT}continue-numbering") == "true":
            continued = self._last_lists.get(name)
        if outer is None and continued is None:
            self._marks.end_list()
        numbered = continued or OdtList.of(self._styles.lists.get(name) if name else None)
        self._last_lists[name] = numbered
        if (key := element.get(_XML_ID)) is not None:
            self._lists[key] = numbered
        return numbered

    def _add_table(self, table: Element) -> None:
        """Add the rows of a table; those of its head name the columns if others follow."""
        rows = list(_rows(table))
        texts = map(row_text, with_spans(self._cells(row) for row, _ in rows))
        for block in row_blocks(
            (cleaned(text), is_head) for text, (_, is_head) in zip(texts, rows, strict=True)
        ):
            self._add(*block)
        self._add_boxes()

    def _cells(self, row: Element) -> Iterator[TableCell]:
        for cell in row.iterfind(f"{TABLE}table-cell"):
            with self._apart():
                text = cleaned("\n".join(self._lines(cell)))
            times, width, height = (
                _number(cell.get(f"{TABLE}number-{name}")) or 1
                for name in ("columns-repeated", "columns-spanned", "rows-spanned")
            )
            yield from [TableCell(text, width, height)] * min(times, _MOST_REPEATED)

    def _lines(self, parent: Element) -> Iterator[str]:
        """The paragraphs below `parent`, a line each, also those of lists and nested tables."""
        for child in parent:
            if child.tag in _PARAGRAPHS:
                yield self._words.of(child)
            elif child.tag == f"{TEXT}list":
                for paragraph, mark, _ in self._listed(child):
                    yield f"{mark} {self._words.of(paragraph)}".lstrip(" ")
            elif child.tag not in _TEXTLESS:
                yield from self._lines(child)

    def _end_code(self) -> None:
        """Add the paragraphs of code collected so far as one block."""
        code, self._code = self._code, []
        self._add(cleaned_code("\n".join(code)), BlockKind.CODE)

    def _add_notes(self) -> None:
        """Add the notes that were referred to since the last call."""
        notes, self._words.notes = self._words.notes, []
        for note in notes:
            citation = note.find(f"{TEXT}note-citation")
            given = "" if citation is None else citation.get(f"{TEXT}label") or citation.text or ""
            mark = cleaned(given)[:_MARK_CHARACTERS] or UNREADABLE
            self._note, self._mark = Landmark(LandmarkKind.NOTE, mark), mark
            for body in note.iterfind(f"{TEXT}note-body"):
                self._add_children(body)
            self._end_code()
            self._note, self._mark = None, ""

    def _add(self, body: str, kind: BlockKind, level: int = 0) -> None:
        if self._note is not None and kind is not BlockKind.ROW:
            kind, level = BlockKind.PARAGRAPH, 0
        landmark = self._note or (self._item if kind is BlockKind.ITEM else None)
        self._builder.add(body, kind, level, landmark=landmark, mark=self._mark)
        self._mark = "" if body else self._mark


def _rows(parent: Element, *, is_head: bool = False) -> Iterator[tuple[Element, bool]]:
    """The rows of a table, and whether they belong to its head."""
    for child in parent:
        if child.tag == f"{TABLE}table-row":
            yield child, is_head
        elif child.tag in _ROW_GROUPS:
            yield from _rows(child, is_head=is_head or child.tag == f"{TABLE}table-header-rows")


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
