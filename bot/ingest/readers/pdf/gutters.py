"""Gutters: narrow gaps that part the cells of a table without rules.

A gap between two words may be as narrow as one in a sentence. It parts cells if it stands
between two numbers and is wider than a blank of its line, or in a row that wide gaps part too,
and if nothing is printed in its place in the lines above and below:

    North   9.4 5.5   61        the gap between 9.4 and 5.5 is a gutter
    South  13.4 6.1   25
    West   11.2 7.4  100
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

import regex

from bot.ingest.readers.pdf.characters import Glyph

Gutters = frozenset[tuple[Glyph, Glyph]]
"""Pairs of characters of one line between which a cell ends."""

# Widths and distances are in sizes of type.
GUTTER = 0.4
"""The least width of a gutter, which parts two numbers."""

_BETWEEN_WORDS = 0.65  # more than a blank of a typewriter
_LEAST_WIDTH = 0.3  # of what is free in all lines
_WIDE = 1.8  # of gaps that part cells without help
_BASELINE = 0.4  # between words that stand on one
_MAX_DISTANCE = 3.0  # of lines that are neighbours
_WIDER = 1.2  # times the blanks of a typewriter, or of a justified line
_MOST_LINES = 30
_MIN_LINES = 3
_MIN_LINES_OF_WORDS = 4
_MIN_WIDE_GAPS = 2
_NUMBER = regex.compile(r"[\p{Sc}(+−–-]*\p{Nd}[\p{Nd}\p{Sc}.,:/%*†‡)–-]*|[-–—]+|[.…]{3,}|\p{Sc}")
_ONE_CELL = regex.compile(r"\p{Nd}{1,3} \p{Nd}{3}(?:[.,]\p{Nd}+)?|.* \(.*|[-–—] .*|.* [-–—]")
"""Two groups of the digits of one number, as in "1 617", a number with one in brackets, a range."""

_NO_CELL = regex.compile(r"[\p{Sc}:=.…·_]")
"""A sign that belongs to what stands beside it, or is one of a leader."""

_NO_FIRST = regex.compile(r".* [:=.…·_]|.*\p{Nd} [%‰°]")
"""A word and a sign that belongs to it, or is one of a leader."""

_LETTER = regex.compile(r"\p{L}")

_MARK = regex.compile(r"\P{L}*\p{L}?\P{L}*")
"""A number or letter before the words of an item."""


class _Word(NamedTuple):
    """A word of a line: its edges, and where it stands in the characters of the line."""

    left: float
    right: float
    glyphs: Sequence[Glyph]
    start: int
    end: int

    @property
    def text(self) -> str:
        return "".join(glyph.text for glyph in self.glyphs[self.start : self.end])


@dataclass(frozen=True, slots=True)
class _Line:
    """All words on one baseline of a page, from left to right."""

    y: float
    size: float
    words: list[_Word]

    def free(self, left: float, right: float) -> tuple[float, float]:
        """The widest part of a place in which this line has no words."""
        first = max(bisect_left(self.words, left, key=attrgetter("left")) - 1, 0)
        best, start = (left, left), left
        for word in self.words[first:]:
            if word.left >= right:
                break
            if word.right > start:
                best = max(best, (start, word.left), key=lambda part: part[1] - part[0])
                start = word.right
        return max(best, (start, right), key=lambda part: part[1] - part[0])

    def is_around(self, left: float, right: float) -> bool:
        """Whether it has words on both sides of a place."""
        return self.words[0].left < left and self.words[-1].right > right


def gutters_of(lines: Sequence[Sequence[Glyph]]) -> Gutters:
    """The gutters of a page; the characters of each line run from left to right."""
    rows = _lines(lines)
    return frozenset(
        (before.glyphs[before.end - 1], after.glyphs[after.start])
        for number, row in enumerate(rows)
        for before, after, needed in _candidates(row)
        if _runs_through(rows, number, before.right, after.left, needed)
    )


def _candidates(line: _Line) -> Iterator[tuple[_Word, _Word, int]]:
    """The narrow gaps of a line that may part cells, each with the lines that it takes."""
    pairs = list(pairwise(line.words))
    wide = sum(after.left - before.right > _WIDE * line.size for before, after in pairs)
    blank = _blank(pairs) / line.size
    for before, after in pairs:
        gap = (after.left - before.right) / line.size
        if not GUTTER < gap <= _WIDE or _NO_CELL.fullmatch(before.text):
            continue
        if _NUMBER.fullmatch(before.text) and _NUMBER.fullmatch(after.text):
            is_one = gap <= _BETWEEN_WORDS and _ONE_CELL.fullmatch(f"{before.text} {after.text}")
            if gap > _WIDER * blank and not is_one:
                yield before, after, _MIN_LINES
        elif (
            gap > _BETWEEN_WORDS
            and wide >= _MIN_WIDE_GAPS
            and not (before is line.words[0] and _MARK.fullmatch(before.text))
            and not _NO_FIRST.fullmatch(f"{before.text} {after.text}")
        ):
            yield before, after, _MIN_LINES_OF_WORDS


def _blank(pairs: Sequence[tuple[_Word, _Word]]) -> float:
    """The narrowest gap of a line between two words with letters; 0 if there is none."""
    return min(
        (
            after.left - before.right
            for before, after in pairs
            if _LETTER.search(before.text) and _LETTER.search(after.text)
        ),
        default=0.0,
    )


def _runs_through(
    lines: Sequence[_Line], number: int, left: float, right: float, needed: int
) -> bool:
    """Whether a gap goes on through neighbouring lines, `needed` of them with its own."""
    size = lines[number].size
    count = 1
    for step in (1, -1):
        y = lines[number].y
        for place in range(number + step, number + step * (_MOST_LINES + 1), step):
            line = lines[place] if 0 <= place < len(lines) else None
            if line is None or abs(y - line.y) > _MAX_DISTANCE * size:
                break
            left_here, right_here = line.free(left, right)
            if right_here - left_here < _LEAST_WIDTH * size:
                break
            left, right, y = left_here, right_here, line.y
            count += line.is_around(left, right)
            if count >= needed:
                return True
    return False


def _lines(lines: Sequence[Sequence[Glyph]]) -> list[_Line]:
    """The lines from top to bottom, those on one baseline as one."""
    result: list[_Line] = []
    words: list[_Word] = []
    y, size = float("inf"), 1.0
    for glyphs in sorted(filter(None, lines), key=lambda line: -line[0].y):
        if y - glyphs[0].y > _BASELINE * size:
            words = []
            y, size = glyphs[0].y, max(glyphs[0].style.size, 1.0)
            result.append(_Line(y, size, words))
        words += _words(glyphs)
    for line in result:
        line.words.sort(key=attrgetter("left"))
    return [line for line in result if line.words]


def _words(glyphs: Sequence[Glyph]) -> list[_Word]:
    """The words of a line, each from one blank to the next."""
    blanks = [place for place, glyph in enumerate(glyphs) if glyph.text == " "]
    return [
        _Word(glyphs[start].left, glyphs[end - 1].right, glyphs, start, end)
        for start, end in zip(
            [0, *(place + 1 for place in blanks)], [*blanks, len(glyphs)], strict=True
        )
        if start < end
    ]
