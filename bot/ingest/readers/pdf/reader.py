"""The PDF reader, by PDFium; runs in the sandbox only.

Form fields are part of the text; annotations and attachments are not. Pages without text, or with
a text layer of nonsense, are told, and take part once text recognition has read them.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby

from pypdfium2 import PdfDocument, PdfiumError, PdfPage, raw

from bot.core.documents import Block, BlockKind, Landmark, LandmarkKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.formats import ReadingOrder
from bot.ingest.readers.builder import (
    DAMAGED,
    NO_WORDS,
    UNREADABLE,
    DocumentBuilder,
    cleaned,
    metadata_title,
)
from bot.ingest.readers.headings import main_headings, title_of
from bot.ingest.readers.item_numbers import PrintedNumbers
from bot.ingest.readers.pdf.blocks import blocks_of, text_of, with_levels
from bot.ingest.readers.pdf.brackets import with_brackets_turned
from bot.ingest.readers.pdf.columns import in_reading_order
from bot.ingest.readers.pdf.form_fields import with_fields
from bot.ingest.readers.pdf.furniture import without_furniture
from bot.ingest.readers.pdf.lines import PdfLine, lines_of
from bot.ingest.readers.pdf.margins import without_line_numbers
from bot.ingest.readers.pdf.paragraphs import PdfBlock
from bot.ingest.readers.pdf.recognised_lines import gap_line, recognised_lines, with_recognised
from bot.ingest.readers.pdf.ruled_tables import with_ruled_rows
from bot.ingest.readers.pdf.table_cells import with_whole_cells
from bot.ingest.readers.pdf.typography import Typography
from bot.ingest.readers.pdf.unmapped import is_nonsense, marked, settled
from bot.ingest.recognised_page import RecognisedPage

MAX_PAGES = 5_000
"""A PDF with more pages is refused."""

_TRAILER_BYTES = 4_096
_PADDING = b"\0\t\n\r "
_LABEL_CHARACTERS = 12
_PROTECTED = "It is protected by a password: save it without one."
_UNREADABLE = f"has signs whose meaning it does not tell, shown as {UNREADABLE}"
_FEW_LETTERS = 40
_LARGE_PICTURE = 0.5
"""A page with few letters, and a picture over more than this part of it, is a scan with a stamp."""


@dataclass(frozen=True, slots=True)
class _TextLayer:
    """The lines of text that a page holds, and whether a picture holds words besides."""

    lines: list[PdfLine]
    is_scan: bool


def parse(
    data: bytes,
    order: ReadingOrder | None = None,
    recognised: Iterable[RecognisedPage] = (),
    *,
    has_labels: bool = True,
) -> Parsed:
    """The blocks of a PDF, titled by its metadata, else by its first heading.

    `order` is that of its columns, where the curator names it. Of pages that need text
    recognition, those in `recognised` are read. Unless it `has_labels`, pages have no printed
    numbers.
    """
    try:
        document = PdfDocument(data)
    except PdfiumError as fault:
        if fault.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise DocumentError(_PROTECTED) from None
        raise DocumentError(DAMAGED) from None
    with document:
        # PDFium repairs a file that is cut off by leaving out the missing pages.
        count = len(document)
        if count == 0 or b"%%EOF" not in data.rstrip(_PADDING)[-_TRAILER_BYTES:]:
            raise DocumentError(DAMAGED)
        if count > MAX_PAGES:
            raise DocumentError(f"It has {count:,} pages, {MAX_PAGES:,} are the most: split it.")
        document.init_forms()
        layers = [_text_layer(document, index, order) for index in range(count)]
        title = metadata_title(document.get_metadata_value("Title"))
        labels = _page_labels(document, count) if has_labels else ()
    lines, unread = _with_recognised(layers, {page.number: page for page in recognised}, order)
    parsed = _parsed(with_brackets_turned(settled(lines)), title, labels)
    if not (parsed.blocks or unread):
        raise DocumentError(NO_WORDS)
    return replace(parsed, unrecognised=tuple(unread))


def _page_labels(document: PdfDocument, count: int) -> tuple[str, ...]:
    """The printed numbers of all pages; none if they say no more than `Block.page`.

    A page without one, such as a cover, keeps its number in the file. Labels that two pages
    share, or that are too long for a page number, help nobody to find a page.
    """
    labels = tuple(_page_label(document, index) or str(index + 1) for index in range(count))
    if len(set(labels)) < count or max(map(len, labels)) > _LABEL_CHARACTERS:
        return ()
    return () if labels == tuple(str(index + 1) for index in range(count)) else labels


def _page_label(document: PdfDocument, index: int) -> str:
    try:
        return cleaned(document.get_page_label(index))
    except UnicodeDecodeError:
        return ""


def _text_layer(document: PdfDocument, index: int, order: ReadingOrder | None) -> _TextLayer:
    try:
        with closing(document.get_page(index)) as page:
            printed, grids = lines_of(page, index + 1)
            lines = with_fields(page, index + 1, printed)
            rows = with_ruled_rows(without_line_numbers(lines), grids)
            return _TextLayer(_in_order(rows, order), _is_scan(page, lines))
    except PdfiumError:
        raise DocumentError(
            f"Its page {index + 1} is damaged: get a whole copy of it, or save it anew."
        ) from None


def _in_order(lines: Sequence[PdfLine], order: ReadingOrder | None) -> list[PdfLine]:
    return with_whole_cells(in_reading_order(lines, order))


def _is_scan(page: PdfPage, lines: Sequence[PdfLine]) -> bool:
    """Whether the page has no letters but is not blank, or has few beside a large picture."""
    letters = sum(character.isalnum() for line in lines for character in line.text)
    if letters == 0:
        return next(page.get_objects(), None) is not None
    if letters > _FEW_LETTERS or page.get_rotation():
        return False
    width, height = page.get_size()
    pictures = page.get_objects([raw.FPDF_PAGEOBJ_IMAGE])
    bounds = [picture.get_bounds() for picture in pictures]
    return any(
        (right - left) * (top - bottom) > _LARGE_PICTURE * width * height
        for left, bottom, right, top in bounds
    )


def _with_recognised(
    layers: Sequence[_TextLayer],
    recognised: Mapping[int, RecognisedPage],
    order: ReadingOrder | None,
) -> tuple[list[PdfLine], list[int]]:
    """The lines of all pages, and the numbers of those that have to be recognised."""
    in_layers = settled([line for layer in layers for line in layer.lines])
    by_page = {number: list(page) for number, page in groupby(in_layers, lambda line: line.page)}
    lines: list[PdfLine] = []
    unread: list[int] = []
    for number, layer in enumerate(layers, start=1):
        own = by_page.get(number, [])
        nonsense = is_nonsense(own)
        if not (layer.is_scan or nonsense):
            lines += own
        elif number in recognised:
            found = _in_order(without_line_numbers(recognised_lines(recognised[number])), order)
            lines += found if nonsense else with_recognised(own, found)
        else:
            unread.append(number)
            if nonsense or not own:
                lines.append(gap_line(number, lines))
            else:
                lines += own
    return lines, unread


def _parsed(lines: Sequence[PdfLine], title: str | None, labels: tuple[str, ...]) -> Parsed:
    typography = Typography.of(lines)
    builder = DocumentBuilder()
    gaps, numbers = 0, PrintedNumbers()
    # If all lines are furniture, as on slides with equal text, they are the document's text.
    own_lines = without_furniture(lines, labels) or lines
    for block, level in with_levels(blocks_of(own_lines, typography)):
        mark = block.mark if block.kind is BlockKind.ITEM or block.note else ""
        printed = text_of(block, typography)
        text = cleaned(marked(printed))
        gaps += marked(printed).count(UNREADABLE) - printed.count(UNREADABLE)
        landmark = _landmark(block, numbers)
        if text == UNREADABLE:
            builder.add_gap()
            continue
        builder.add(
            text,
            block.kind,
            level,
            page=block.lines[0].page,
            landmark=landmark,
            mark=mark,
            confidence=block.confidence,
        )
    title = title or (_title(builder.text, builder.blocks) if builder.blocks else None)
    remarks = (_UNREADABLE,) if gaps else ()
    return Parsed(builder.text, tuple(builder.blocks), title, labels, remarks=remarks, gaps=gaps)


def _landmark(block: PdfBlock, numbers: PrintedNumbers) -> Landmark | None:
    """The mark of a note, or the number of an item."""
    if block.note:
        return Landmark(LandmarkKind.NOTE, block.note)
    if block.kind is BlockKind.ITEM:
        return numbers.landmark(block.mark)
    numbers.end_list()
    return None


def _title(text: str, blocks: Sequence[Block]) -> str:
    """The highest heading of the first page that has one, else the first line."""
    headings = main_headings(blocks)
    first = [block for block in headings if block.page == headings[0].page]
    return title_of(text, [min(first, key=lambda block: block.level)] if first else blocks)
