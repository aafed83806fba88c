"""The PDF reader, by PDFium; runs in the sandbox only.

Form fields are part of the text; annotations and attachments are not, nor are pictures read.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from pypdfium2 import PdfDocument, PdfiumError, raw

from bot.core.documents import Block, BlockKind, Landmark, LandmarkKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.formats import ReadingOrder
from bot.ingest.readers.builder import (
    DAMAGED,
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
from bot.ingest.readers.pdf.table_cells import with_whole_cells
from bot.ingest.readers.pdf.typography import Typography
from bot.ingest.readers.pdf.unmapped import marked, settled

MAX_PAGES = 5_000
"""A PDF with more pages is refused."""

_TRAILER_BYTES = 4_096
_PADDING = b"\0\t\n\r "
_LABEL_CHARACTERS = 12
_PROTECTED = "It is protected by a password: save it without one."
_UNREADABLE = f"has signs whose meaning it does not tell, shown as {UNREADABLE}"
_PICTURES = "It holds no text, only pictures: run text recognition on it first."


def parse(data: bytes, order: ReadingOrder | None = None) -> Parsed:
    """The blocks of a PDF, titled by its metadata, else by its first heading.

    `order` is that of its columns, where the curator names it.
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
        lines, unread = _lines(document, count, order)
        title = metadata_title(document.get_metadata_value("Title"))
        labels = _page_labels(document, count)
    lines = with_brackets_turned(settled(lines))
    if not any(character.isalnum() for line in lines for character in line.text):
        raise DocumentError(_PICTURES)
    return replace(_parsed(lines, title, labels), unrecognised=tuple(unread))


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


def _lines(
    document: PdfDocument, count: int, order: ReadingOrder | None
) -> tuple[list[PdfLine], list[int]]:
    """The lines of all pages, and the pages that show something but hold no text."""
    lines: list[PdfLine] = []
    unread: list[int] = []
    for index in range(count):
        try:
            with closing(document.get_page(index)) as page:
                found = with_fields(page, index + 1, lines_of(page, index + 1))
                found = in_reading_order(without_line_numbers(found), order)
                lines += with_whole_cells(found)
                if not found and any(page.get_objects()):
                    unread.append(index + 1)
        except PdfiumError:
            raise DocumentError(
                f"Its page {index + 1} is damaged: get a whole copy of it, or save it anew."
            ) from None
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
        builder.add(text, block.kind, level, page=block.lines[0].page, mark=mark, landmark=landmark)
    if not builder.blocks:
        raise DocumentError(_PICTURES)
    title = title or _title(builder.text, builder.blocks)
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
