"""The parser of PPTX files: titles, texts and tables of the slides that are shown.

The shapes of a slide come in the order in which PowerPoint reads them aloud, the title first.
Speaker notes are left out, which the remarks tell: the audience does not see them, and often is
not meant to. python-pptx was not chosen: what matters here, such as hidden slides, raised figures
and struck words, lies beyond its public interface, and Pillow and XlsxWriter come with it.
"""

import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain, repeat
from xml.etree.ElementTree import Element

from bot.core.documents import BlockKind, Landmark, LandmarkKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import NO_WORDS, DocumentBuilder, metadata_title
from bot.ingest.readers.open_xml import (
    RELATION_ID,
    core_title,
    left_out_remark,
    main_part,
    relations,
    root_of,
)
from bot.ingest.readers.packages import PPTX, open_office_file
from bot.ingest.readers.pptx.words import DRAWING, SlideNumbers, words
from bot.ingest.readers.table_rows import TableCell, row_blocks, row_text, with_spans

_SLIDES = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_DIAGRAM_DATA = (
    f"{DRAWING}graphic/{DRAWING}graphicData/{_DIAGRAM}relIds",
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm",
)
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_SHAPES = frozenset(f"{_SLIDES}{name}" for name in ("sp", "grpSp", "graphicFrame", "pic"))
_TITLES = frozenset(("title", "ctrTitle"))
_LAST_FIRST_SLIDE = 9_999
_EDGES = frozenset(("dt", "ftr", "sldNum", "hdr"))
_LISTS = frozenset(("body", "obj"))
_BULLETS = tuple(f"{DRAWING}{name}" for name in ("buChar", "buAutoNum", "buBlip"))


def parse(data: bytes, max_expanded_bytes: int = 200_000_000) -> Parsed:
    """The blocks of a PPTX file, titled by its properties or its first title.

    `max_expanded_bytes` is the most that all its parts together may unpack to.
    """
    with open_office_file(data, max_expanded_bytes, PPTX) as archive:
        return _presentation(archive)


def _presentation(archive: zipfile.ZipFile) -> Parsed:
    part = main_part(archive)
    related = relations(archive, part)
    root = root_of(archive, part)
    first = int(root.get("firstSlideNum", "1"))
    if not 0 <= first <= _LAST_FIRST_SLIDE:
        raise ValueError("not the number of a slide")
    builder = DocumentBuilder()
    left_out: Counter[str] = Counter()
    for number, slide in enumerate(root.iterfind(f"{_SLIDES}sldIdLst/{_SLIDES}sldId"), first):
        target = related[slide.get(RELATION_ID, "")].target
        _SlideReader(archive, target, number, builder, left_out).read()
    if not builder.blocks:
        raise DocumentError(NO_WORDS)
    titles = (b.span.of(builder.text) for b in builder.blocks if b.level == 1)
    title = metadata_title(core_title(archive)) or metadata_title(next(titles, ""))
    remarks = tuple(left_out_remark(list(left_out)))
    return Parsed(builder.text, tuple(builder.blocks), title, remarks=remarks)


class _SlideReader:
    """Reads one slide into the builder, and counts what it leaves out by its name."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        part: str,
        number: int,
        builder: DocumentBuilder,
        left_out: Counter[str],
    ) -> None:
        self._archive = archive
        self._relations = relations(archive, part)
        self._root = root_of(archive, part)
        self._builder = builder
        self._landmark = Landmark(LandmarkKind.SLIDE, str(number))
        self._left_out = left_out

    def read(self) -> None:
        """Add the blocks of the slide, unless it is hidden."""
        if self._root.get("show", "1") in ("0", "false"):
            self._left_out["hidden slides"] += 1
            return
        self._note_other_parts()
        tree = self._root.find(f"{_SLIDES}cSld/{_SLIDES}spTree")
        shapes = [] if tree is None else list(self._shapes(tree))
        # Sorting keeps the order of shapes that are alike.
        for shape in sorted(shapes, key=lambda each: _placeholder(each) not in _TITLES):
            self._add_shape(shape)

    def _note_other_parts(self) -> None:
        for relation in self._relations.values():
            if "comment" in relation.kind.lower():
                self._left_out["comments"] += 1
            elif relation.kind == "notesSlide":
                notes = root_of(self._archive, relation.target)
                shapes = notes.iter(f"{_SLIDES}sp")
                if any(_placeholder(each) == "body" and _has_words(each) for each in shapes):
                    self._left_out["speaker notes"] += 1

    def _shapes(self, parent: Element) -> Iterator[Element]:
        """The visible shapes in their order, also those of groups; of alternatives, the first."""
        for child in parent:
            if child.tag == _ALTERNATIVES:
                yield from self._shapes(next(iter(child), child))
            elif child.tag not in _SHAPES:
                continue
            elif _is_hidden(child):
                self._left_out["hidden shapes"] += _has_words(child)
            elif child.tag == f"{_SLIDES}grpSp":
                yield from self._shapes(child)
            else:
                yield child

    def _add_shape(self, shape: Element) -> None:
        table = shape.find(f"{DRAWING}graphic/{DRAWING}graphicData/{DRAWING}tbl")
        path, attribute = _DIAGRAM_DATA
        diagram = shape.find(path)
        kind = _placeholder(shape)
        if table is not None:
            self._add_table(table)
        elif diagram is not None:
            self._add_diagram(diagram.get(attribute, ""))
        elif shape.tag != f"{_SLIDES}sp":
            is_picture = shape.tag == f"{_SLIDES}pic"
            self._left_out["pictures" if is_picture else "charts and embedded files"] += 1
        elif kind in _EDGES:
            self._left_out["footers"] += kind == "ftr" and _has_words(shape)
        elif kind in _TITLES:
            text = " ".join(words(each, self._left_out) for each in _paragraphs(shape))
            self._add(" ".join(text.split()), BlockKind.HEADING, 1)
        else:
            self._add_text(shape, is_list=kind in _LISTS)

    def _add_text(self, shape: Element, *, is_list: bool) -> None:
        numbers = SlideNumbers()
        for paragraph in _paragraphs(shape):
            properties = paragraph.find(f"{DRAWING}pPr")
            text = words(paragraph, self._left_out)
            if text:
                mark = numbers.next_mark(properties)
                kind = (
                    BlockKind.ITEM if _is_item(properties, is_list=is_list) else BlockKind.PARAGRAPH
                )
                self._add(f"{mark} {text}" if mark else text, kind)

    def _add_table(self, table: Element) -> None:
        """Add the rows of a table; the first one names the columns if the table says so."""
        properties = table.find(f"{DRAWING}tblPr")
        names_columns = properties is not None and properties.get("firstRow") in ("1", "true")
        texts = map(row_text, with_spans(map(self._cells, table.iterfind(f"{DRAWING}tr"))))
        heads = chain([names_columns], repeat(False))
        for block in row_blocks(zip(texts, heads, strict=False)):
            self._add(*block)

    def _cells(self, row: Element) -> Iterator[TableCell]:
        for cell in row.iterfind(f"{DRAWING}tc"):
            if not any(cell.get(merged) in ("1", "true") for merged in ("hMerge", "vMerge")):
                text = "\n".join(words(each, self._left_out) for each in _paragraphs(cell))
                width, height = int(cell.get("gridSpan", "1")), int(cell.get("rowSpan", "1"))
                yield TableCell(text.strip(), width, height)

    def _add_diagram(self, relation_id: str) -> None:
        """Add the words of a diagram, whose boxes stand in a part of their own."""
        relation = self._relations.get(relation_id)
        if relation is None:
            return
        for point in root_of(self._archive, relation.target).iter(f"{_DIAGRAM}pt"):
            if point.get("type", "node") == "node":
                for paragraph in point.iter(f"{DRAWING}p"):
                    self._add(words(paragraph, self._left_out), BlockKind.PARAGRAPH)

    def _add(self, body: str, kind: BlockKind, level: int = 0) -> None:
        self._builder.add(body, kind, level, landmark=self._landmark)


def _placeholder(shape: Element) -> str:
    """The role of a shape in the layout: "title", "body", "ftr"; empty if it has none."""
    place = shape.find(f"*/{_SLIDES}nvPr/{_SLIDES}ph")
    return "" if place is None else place.get("type", "obj")


def _paragraphs(shape: Element) -> Iterator[Element]:
    for name in (f"{_SLIDES}txBody", f"{DRAWING}txBody"):
        yield from shape.iterfind(f"{name}/{DRAWING}p")


def _has_words(shape: Element) -> bool:
    return any((text.text or "").strip() for text in shape.iter(f"{DRAWING}t"))


def _is_hidden(shape: Element) -> bool:
    properties = shape.find(f"*/{_SLIDES}cNvPr")
    return properties is not None and properties.get("hidden") in ("1", "true")


def _is_item(properties: Element | None, *, is_list: bool) -> bool:
    """Whether a paragraph has a bullet or number; in a list, it has unless it says otherwise."""
    if properties is None:
        return is_list
    if any(properties.find(name) is not None for name in _BULLETS):
        return True
    return is_list and properties.find(f"{DRAWING}buNone") is None
