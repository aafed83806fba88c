"""Text recognition of one page of a PDF by the program `tesseract`; runs in the sandbox only.

The page is drawn by PDFium and handed over through a pipe, since the sandbox writes no file;
the program inherits the limits of the sandbox. Its answer is hOCR, HTML that tells for each word
its box and confidence, and for each line its baseline and size of type:

    <span class='ocr_line' title="bbox 301 477 1452 518; baseline 0 -10; x_size 41; …">
      <span class='ocrx_word' title='bbox 301 477 370 508; x_wconf 96'>The</span>
"""

import math
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from contextlib import closing

import regex
from pypdfium2 import PdfDocument, PdfiumError, PdfPage
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.errors import DocumentError
from bot.ingest.readers.builder import cleaned
from bot.ingest.recognised_page import RecognisedLine, RecognisedPage, RecognisedWord

_DOTS = 300
"""Dots per inch of the picture: what the program was trained for."""

_INCH = 72.0  # points
_MOST_DOTS = 60_000_000
_LONGEST_EDGE = 30_000  # dots; the program takes 32,767
_TYPE_SIZE = 1.1
"""The size of type, in heights from the lowest to the highest edge of its letters."""

_PROPERTY = regex.compile(r"(bbox|baseline|x_size|x_wconf|textangle)((?: -?[\d.]+)+)")
_FAILED = "Text recognition fails on its page {number}: see to it that there is memory left."


def recognise(data: bytes, number: int, languages: str) -> RecognisedPage:
    """The words in the picture of page `number` of a PDF; raises `DocumentError`.

    `languages` are those of the program, as it takes them: "eng+deu".
    """
    try:
        with PdfDocument(data) as document:
            document.init_forms()
            with closing(document.get_page(number - 1)) as page:
                return _recognised(page, number, languages)
    except (PdfiumError, OSError, subprocess.SubprocessError):
        raise DocumentError(_FAILED.format(number=number)) from None


def _recognised(page: PdfPage, number: int, languages: str) -> RecognisedPage:
    width, height = page.get_size()
    edge = max(width, height, 1.0)
    scale = min(_DOTS / _INCH, _LONGEST_EDGE / edge, math.sqrt(_MOST_DOTS) / edge)
    lines = _hocr_lines(_hocr(page, scale, 0, languages))
    # Lines that run upwards have no baseline: the page is turned, and recognised once more.
    turn = Counter(int(_properties(line)["textangle"][0]) for line in lines if _is_turned(line))
    if turn.total() > len(lines) / 2:
        angle = turn.most_common(1)[0][0]
        height = width if angle in (90, 270) else height
        lines = _hocr_lines(_hocr(page, scale, angle, languages))
    upright = (_line(line, height, scale) for line in lines if not _is_turned(line))
    found = tuple(line for line in upright if line is not None)
    return RecognisedPage(number, height, found, turned=turn.total() > len(lines) / 2)


def _hocr(page: PdfPage, scale: float, turn: int, languages: str) -> bytes:
    """The answer of the program on a page that is turned clockwise by `turn` degrees."""
    program = shutil.which("tesseract")
    if program is None:
        raise OSError
    bitmap = page.render(scale=scale, rotation=turn, grayscale=True, draw_annots=False)
    rows = memoryview(bytes(bitmap.buffer))
    picture = b"".join(
        rows[start : start + bitmap.width] for start in range(0, len(rows), bitmap.stride)
    )
    dots = round(scale * _INCH)
    # Mode 1 finds columns, and which way up a page is. Threads would only be in each other's way.
    options = ("--psm", "1", "--dpi", str(max(dots, 70)), "-l", languages, "hocr")
    return subprocess.run(  # noqa: S603 - no words of the file are among the arguments
        [program, "stdin", "stdout", *options],
        input=b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + picture,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", ""), "OMP_THREAD_LIMIT": "1"},
        check=True,
    ).stdout


def _hocr_lines(hocr: bytes) -> list[LexborNode]:
    words = LexborHTMLParser(hocr.decode("utf-8", "replace")).css(".ocrx_word")
    lines = {word.parent.mem_id: word.parent for word in words if word.parent is not None}
    return list(lines.values())


def _properties(node: LexborNode) -> Mapping[str, tuple[float, ...]]:
    """The numbers in the title of a line or word, by name."""
    title = node.attributes.get("title") or ""
    found = _PROPERTY.findall(title)
    return {name: tuple(float(each) for each in numbers.split()) for name, numbers in found}


def _is_turned(line: LexborNode) -> bool:
    return "textangle" in _properties(line)


def _line(node: LexborNode, height: float, scale: float) -> RecognisedLine | None:
    """A line with its words; None if these are blanks, as in the place of a picture."""
    words = []
    for child in node.css(".ocrx_word"):
        text, of_word = cleaned(child.text()).replace("\n", " "), _properties(child)
        if text:
            left, _, right, _ = of_word["bbox"]
            sure = round(of_word["x_wconf"][0])
            words.append(RecognisedWord(text, left / scale, right / scale, sure))
    if not words:
        return None
    of_line = _properties(node)
    left, _, right, bottom = of_line["bbox"]
    slope, offset = of_line.get("baseline", (0.0, 0.0))
    baseline = bottom + offset + slope * (right - left) / 2
    size = of_line["x_size"][0] / scale * _TYPE_SIZE
    return RecognisedLine(tuple(words), height - baseline / scale, size)
