"""Pictures of pages of a PDF, with the places of quoted words; runs in the sandbox only."""

import ctypes
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing

from pypdfium2 import PdfBitmap, PdfDocument, PdfiumError, PdfPage, raw

from bot.core.errors import DocumentError
from bot.ingest.page_picture import PNG_MARK, MarkBox, PagePicture, PictureRequest
from bot.ingest.readers.builder import DAMAGED
from bot.ingest.readers.pdf.characters import Box, glyphs_of
from bot.ingest.readers.pdf.quote_places import GlyphRuns

_DOTS = 110
"""Dots per inch of a picture without zoom: a page of A4 is some 900 dots wide."""

_INCH = 72.0  # points
_MOST_DOTS = 2_500_000  # without zoom
_LONGEST_EDGE = 8_000  # dots
_COMPRESSION = 6
_MISSING = "It has no page {number}."


def draw(data: bytes, request: PictureRequest) -> PagePicture:
    """The picture of a page and the marks of the quotes on it; raises `DocumentError`."""
    try:
        with PdfDocument(data) as document:
            document.init_forms()
            count = len(document)
            if request.first > count:
                raise DocumentError(_MISSING.format(number=request.first))
            chosen, boxes = _page_of_quotes(document, request)
            with closing(document.get_page(chosen - 1)) as page:
                return _picture(page, chosen, count, request.zoom, boxes)
    except PdfiumError:
        raise DocumentError(DAMAGED) from None


def _page_of_quotes(
    document: PdfDocument, request: PictureRequest
) -> tuple[int, list[tuple[int, Box]]]:
    """The first page on which quotes stand, and their boxes by number of the quote."""
    if request.quotes:
        for number in range(request.first, min(request.last, len(document)) + 1):
            with (
                closing(document.get_page(number - 1)) as page,
                closing(page.get_textpage()) as text,
            ):
                runs = GlyphRuns(glyphs_of(text))
                boxes = [
                    (place, box)
                    for place, quote in enumerate(request.quotes)
                    for box in runs.places(quote)
                ]
            if boxes:
                return number, boxes
    return request.first, []


def _picture(
    page: PdfPage, number: int, count: int, zoom: int, boxes: list[tuple[int, Box]]
) -> PagePicture:
    width, height = (max(edge, 0.1) for edge in page.get_size())
    scale = min(
        _DOTS * zoom / _INCH,
        _LONGEST_EDGE / max(width, height),
        math.sqrt(_MOST_DOTS * zoom * zoom / (width * height)),
    )
    bitmap = page.render(scale=scale, draw_annots=False, rev_byteorder=True)
    wide, high = bitmap.width, bitmap.height
    marks = tuple(_marks(page, wide, high, boxes))
    return PagePicture(number, count, wide, high, _png(bitmap), marks)


def _marks(
    page: PdfPage, width: int, height: int, boxes: list[tuple[int, Box]]
) -> Iterator[MarkBox]:
    """The boxes in dots of the picture, as far as they lie on it."""
    for quote, (left, bottom, right, top) in boxes:
        corners = [_dot(page, width, height, *each) for each in ((left, bottom), (right, top))]
        (x1, x2), (y1, y2) = (sorted(each) for each in zip(*corners, strict=True))
        x1, x2, y1, y2 = max(x1, 0), min(x2, width), max(y1, 0), min(y2, height)
        if x1 < x2 and y1 < y2:
            yield MarkBox(quote, x1, y1, x2, y2)


def _dot(page: PdfPage, width: int, height: int, x: float, y: float) -> tuple[int, int]:
    """A point of the page in dots of its picture, whichever way the page is turned or cut."""
    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, across, down)
    return across.value, down.value


def _png(bitmap: PdfBitmap) -> bytes:
    """The picture as a PNG; `bitmap` has three bytes for each dot, red first."""
    rows = memoryview(bytes(bitmap.buffer))
    packer = zlib.compressobj(_COMPRESSION)
    packed = bytearray()
    for start in range(0, len(rows), bitmap.stride):
        packed += packer.compress(b"\0" + rows[start : start + 3 * bitmap.width])
    packed += packer.flush()
    head = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, 2, 0, 0, 0)
    return PNG_MARK + _chunk(b"IHDR", head) + _chunk(b"IDAT", bytes(packed)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
