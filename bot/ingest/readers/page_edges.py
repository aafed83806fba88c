"""Heads and feet of the pages of a plain text with form feeds, such as an RFC."""

from collections import Counter

import regex

from bot.ingest.exclusions import line_spans

_PAGE_BREAK = "\f"
_FIGURES = regex.compile(r"\p{Nd}+")
_COLUMNS = regex.compile(r"\S\s{3,}\S.*\S\s{3,}\S")
_PAGE_NUMBER = regex.compile(r"(?:.*\[\p{L}+ \p{Nd}+\]|(?:\p{L}+ |[-–] ?)?\p{Nd}+(?: ?[-–])?)")


def page_edges(text: str) -> frozenset[int]:
    """The offsets at which the heads and feet of pages begin, each a line of its own.

    The first and the last line of a page is one if it recurs on another page but for its
    figures, has three columns, or is no more than the number of the page.
    """
    edges: list[tuple[int, str]] = []
    start = 0
    pages = text.split(_PAGE_BREAK)
    for number, page in enumerate(pages):
        lines = [span for span in line_spans(page) if span is not None]
        if lines and number > 0:
            edges.append((start + lines[0].start, lines[0].of(page)))
        if lines and number < len(pages) - 1:
            edges.append((start + lines[-1].start, lines[-1].of(page)))
        start += len(page) + 1
    forms = Counter(_form(line) for _, line in dict(edges).items())
    return frozenset(
        offset
        for offset, line in edges
        if forms[_form(line)] > 1 or _COLUMNS.search(line) or _PAGE_NUMBER.fullmatch(line)
    )


def _form(line: str) -> str:
    return _FIGURES.sub("0", " ".join(line.split()))
