"""Page furniture of a PDF: running headers, footers and page numbers.

Only lines that repeat are furniture: equal words in the same place near the edge of several
pages, or a number that goes up with the pages.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

import regex

from bot.ingest.readers.pdf.lines import PdfLine

EDGE = 0.12
"""The part of a page's height, from its edges, within which headers and footers stand."""

_OUTERMOST_LINES = 3
_MIN_LETTERS = 3
_MIN_GAP = 1.8
"""The least distance of a header from the text, in sizes of its type."""

_FEW_PAGES = 3
_DIGITS = regex.compile(r"\p{Nd}+")
_LETTER = regex.compile(r"\p{L}")
_NUMBER = regex.compile(
    r"[\p{P}\p{S}\s]*(?:\p{L}{1,8}\.?\s+)?(\p{Nd}{1,4})"
    r"(?:\s*(?:/|\||\p{L}{1,4})\s*\p{Nd}{1,4})?[\p{P}\p{S}\s]*"
)
_NUMBER_AT_END = regex.compile(r"^(\p{Nd}{1,4})\s|\s(\p{Nd}{1,4})$")
_HEADER_CHARACTERS = 120
_ROMAN = regex.compile(r"[\p{P}\s]*[ivxlc]{1,7}[\p{P}\s]*", regex.IGNORECASE)


def without_furniture(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """`lines` without page furniture; they come page by page."""
    pages = [list(page) for _, page in groupby(lines, key=lambda line: line.page)]
    edges = [line for page in pages for line in _edge(page)]
    candidates = [line for page in pages for line in _separate(page)]
    turned = [line for line in lines if line.turned]
    furniture = _repeated(candidates, len(pages)) | _page_numbers(edges)
    furniture |= _repeated(turned, len(pages))
    return [line for line in lines if id(line) not in furniture]


def _edge(page: Sequence[PdfLine]) -> list[PdfLine]:
    """The few outermost lines at the upper and the lower edge."""
    upright = sorted((line for line in page if not line.turned), key=lambda line: line.level)
    low = [line for line in upright[:_OUTERMOST_LINES] if line.level < EDGE]
    high = [line for line in upright[-_OUTERMOST_LINES:] if line.level > 1 - EDGE]
    return [*low, *(line for line in high if line not in low)]


def _separate(page: Sequence[PdfLine]) -> list[PdfLine]:
    """The outermost lines that a gap separates from the lines of the text."""
    edge = _edge(page)
    result: list[PdfLine] = []
    for direction in (1, -1):
        upright = sorted(
            (line for line in page if not line.turned), key=lambda line: direction * line.y
        )
        for count, (line, inner) in enumerate(pairwise(upright), 1):
            if line not in edge:
                break
            if abs(line.y - inner.y) > _MIN_GAP * max(line.size, inner.size):
                result += upright[:count]
                break
        else:
            result += edge
    return result


def _height(line: PdfLine) -> int:
    """The line's height on the page, in steps of half a percent."""
    return round(line.level * 200)


def _repeated(lines: Iterable[PdfLine], pages: int) -> set[int]:
    """The ids of lines whose words, numbers aside, stand at one height of several pages.

    "Annual report, page 4" and "Annual report, page 5" count as equal words, and so do all
    Roman numerals.
    """
    groups: defaultdict[tuple[int, str], list[PdfLine]] = defaultdict(list)
    for line in lines:
        words = _DIGITS.sub("#", line.text).casefold()
        is_roman = _ROMAN.fullmatch(words) is not None
        if is_roman or len(_LETTER.findall(words)) >= _MIN_LETTERS:
            groups[_height(line), "i" if is_roman else words].append(line)
    return _on_several_pages(groups.values(), 2 if pages <= _FEW_PAGES else 3)


def _page_numbers(lines: Iterable[PdfLine]) -> set[int]:
    """The ids of lines that are, or begin or end with, a page number at one height.

    Such a number has a constant difference to the index of its page: 11, 12 and 13 on the
    pages 1, 2 and 3 all differ by 10.
    """
    alone: defaultdict[tuple[int, int], list[PdfLine]] = defaultdict(list)
    at_end: defaultdict[tuple[int, int], list[PdfLine]] = defaultdict(list)
    for line in lines:
        match = _NUMBER.fullmatch(line.text)
        if match:
            alone[_height(line), int(match[1]) - line.page].append(line)
        elif len(line.text) <= _HEADER_CHARACTERS and (match := _NUMBER_AT_END.search(line.text)):
            at_end[_height(line), int(match[1] or match[2]) - line.page].append(line)
    return _on_several_pages(alone.values(), 2) | _on_several_pages(at_end.values(), 3)


def _on_several_pages(groups: Iterable[list[PdfLine]], min_pages: int) -> set[int]:
    return {
        id(line)
        for group in groups
        if len({line.page for line in group}) >= min_pages
        for line in group
    }
