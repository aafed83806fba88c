"""What is printed on the pages of a PDF but belongs to none of them: headers, footers, numbers.

Only what repeats is taken for furniture: the same words in the same place near the edge
of several pages, or a number that goes up with the pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

import regex

from bot.ingest.readers.pdf.lines import PdfLine

EDGE = 0.12
"""Headers and footers stand within this share of the page's height from its edges."""

_OUTERMOST = 3
_LETTERS = 3
_GAP = 1.8
"""The least distance of a header from the text, in sizes of its type."""

_FEW_PAGES = 3
_DIGITS = regex.compile(r"\p{Nd}+")
_LETTER = regex.compile(r"\p{L}")
_NUMBER = regex.compile(
    r"[\p{P}\p{S}\s]*(?:\p{L}{1,8}\.?\s+)?(\p{Nd}{1,4})"
    r"(?:\s*(?:/|\||\p{L}{1,4})\s*\p{Nd}{1,4})?[\p{P}\p{S}\s]*"
)
_AT_AN_END = regex.compile(r"^(\p{Nd}{1,4})\s|\s(\p{Nd}{1,4})$")
_HEADER_CHARACTERS = 120
_ROMAN = regex.compile(r"[\p{P}\s]*[ivxlc]{1,7}[\p{P}\s]*", regex.IGNORECASE)


def without_furniture(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines that are the document's own; `lines` come page by page."""
    by_page = [list(page) for _, page in groupby(lines, key=_page)]
    edges = [line for page in by_page for line in _edge(page)]
    apart = [line for page in by_page for line in _apart(page)]
    gone = _repeated(apart, len(by_page)) | _numbers(edges)
    gone |= _repeated([line for line in lines if line.turned], len(by_page))
    return [line for line in lines if id(line) not in gone]


def _page(line: PdfLine) -> int:
    return line.page


def _edge(page: Sequence[PdfLine]) -> list[PdfLine]:
    """The few outermost lines at the upper and the lower edge."""
    upright = sorted((line for line in page if not line.turned), key=lambda line: line.level)
    low = [line for line in upright[:_OUTERMOST] if line.level < EDGE]
    high = [line for line in upright[-_OUTERMOST:] if line.level > 1 - EDGE]
    return [*low, *(line for line in high if line not in low)]


def _apart(page: Sequence[PdfLine]) -> list[PdfLine]:
    """Those of the outermost lines that a gap parts from the lines of the text."""
    edge = _edge(page)
    found: list[PdfLine] = []
    for outwards in (1, -1):
        upright = sorted(
            (line for line in page if not line.turned), key=lambda line: outwards * line.y
        )
        for count, (line, next_) in enumerate(pairwise(upright), 1):
            if line not in edge:
                break
            if abs(line.y - next_.y) > _GAP * max(line.size, next_.size):
                found += upright[:count]
                break
        else:
            found += edge
    return found


def _place(line: PdfLine) -> int:
    """Its height on the page in steps of half a percent."""
    return round(line.level * 200)


def _repeated(lines: Iterable[PdfLine], pages: int) -> set[int]:
    """Lines whose words, numbers aside, stand in the same place of several pages."""
    found: defaultdict[tuple[int, str], list[PdfLine]] = defaultdict(list)
    for line in lines:
        words = _DIGITS.sub("#", line.text).casefold()
        if len(_LETTER.findall(words)) >= _LETTERS or _ROMAN.fullmatch(words):
            found[_place(line), words if not _ROMAN.fullmatch(words) else "i"].append(line)
    enough = 2 if pages <= _FEW_PAGES else 3
    return {
        id(line)
        for same in found.values()
        if len({line.page for line in same}) >= enough
        for line in same
    }


def _numbers(lines: Iterable[PdfLine]) -> set[int]:
    """Page numbers: in the same place, one more with every page, alone or at an end of a line."""
    alone: defaultdict[tuple[int, int], list[PdfLine]] = defaultdict(list)
    ending: defaultdict[tuple[int, int], list[PdfLine]] = defaultdict(list)
    for line in lines:
        match = _NUMBER.fullmatch(line.text)
        if match:
            alone[_place(line), int(match[1]) - line.page].append(line)
        elif len(line.text) <= _HEADER_CHARACTERS and (match := _AT_AN_END.search(line.text)):
            ending[_place(line), int(match[1] or match[2]) - line.page].append(line)
    return {
        id(line)
        for found, enough in ((alone, 2), (ending, 3))
        for same in found.values()
        if len({line.page for line in same}) >= enough
        for line in same
    }
