"""Page furniture of a PDF: running headers, footers and page numbers.

Only lines that repeat are furniture: equal words in the same place near the edge of several
pages, a number that goes up with the pages, or the number of the page itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
_AROUND_LABEL = regex.compile(r"^[\p{Pd}\s\[(]+|[\p{Pd}\s\])]+$")
_ROMAN = regex.compile(r"[\p{P}\s]*[ivxlc]{1,7}[\p{P}\s]*", regex.IGNORECASE)


def without_furniture(lines: Sequence[PdfLine], labels: Sequence[str] = ()) -> list[PdfLine]:
    """`lines` without page furniture; they come page by page, `labels` as in `Parsed`."""
    pages = [list(page) for _, page in groupby(lines, key=lambda line: line.page)]
    edges = [line for page in pages for line in _edge(page)]
    candidates = [line for page in pages for line in _separate(page)]
    turned = [line for line in lines if line.turned]
    several = 2 if len(pages) <= _FEW_PAGES else 3
    furniture = (
        _repeated(candidates, _words, several)
        | _repeated(turned, _words, several)
        | _repeated(edges, _page_number, 2)
        | _repeated(edges, _page_number_at_end, 3)
        | {
            id(line)
            for line in edges
            if _is_label(line, labels[line.page - 1] if labels else str(line.page))
        }
    )
    return [line for line in lines if id(line) not in furniture]


def _edge(page: Sequence[PdfLine]) -> list[PdfLine]:
    """The few outermost lines at the upper and the lower edge."""
    upright = sorted((line for line in page if not line.turned), key=lambda line: line.level)
    low = [line for line in _outermost(upright) if line.level < EDGE]
    high = [line for line in _outermost(upright[::-1])[::-1] if line.level > 1 - EDGE]
    return [*low, *(line for line in high if line not in low)]


def _outermost(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The first few lines; those on about one baseline count once."""
    count = 0
    for place, (line, inner) in enumerate(pairwise(lines), 1):
        count += abs(line.y - inner.y) > max(line.size, inner.size) / 2
        if count == _OUTERMOST_LINES:
            return list(lines[:place])
    return list(lines)


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


def _words(line: PdfLine) -> str | None:
    """The words of a line, numbers aside, if there are any.

    "Annual report, page 4" and "Annual report, page 5" count as equal words, and so do all
    Roman numerals.
    """
    words = _DIGITS.sub("#", line.text).casefold()
    if _ROMAN.fullmatch(words):
        return "i"
    return words if len(_LETTER.findall(words)) >= _MIN_LETTERS else None


def _is_label(line: PdfLine, label: str) -> bool:
    """Whether the line is the page's label, perhaps between dashes: "– iii –"."""
    return _AROUND_LABEL.sub("", line.text).casefold() == label.casefold()


def _page_number(line: PdfLine) -> int | None:
    """The difference of a page number, if the line is one, to the index of its page.

    It is constant: 11, 12 and 13 on the pages 1, 2 and 3 all differ by 10.
    """
    match = _NUMBER.fullmatch(line.text)
    return int(match[1]) - line.page if match else None


def _page_number_at_end(line: PdfLine) -> int | None:
    """As `_page_number`, of a line that begins or ends with a page number."""
    if len(line.text) > _HEADER_CHARACTERS or _NUMBER.fullmatch(line.text):
        return None
    match = _NUMBER_AT_END.search(line.text)
    return int(match[1] or match[2]) - line.page if match else None


def _repeated(
    lines: Iterable[PdfLine], key: Callable[[PdfLine], str | int | None], min_pages: int
) -> set[int]:
    """The ids of lines whose `key` stands at one height, in half percents, of several pages."""
    groups: defaultdict[tuple[int, str | int], list[PdfLine]] = defaultdict(list)
    for line in lines:
        if (same := key(line)) is not None:
            groups[round(line.level * 200), same].append(line)
    return {
        id(line)
        for group in groups.values()
        if len({line.page for line in group}) >= min_pages
        for line in group
    }
