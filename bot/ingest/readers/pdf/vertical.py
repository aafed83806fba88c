"""Vertical writing of Chinese and Japanese: from top to bottom, lines from right to left.

It is a page turned by three quarters whose characters stand upright. PDFium takes each
character for a line, and the lines from left to right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import regex

from bot.ingest.readers.pdf.characters import BREAK, Glyph

_TURN = 3  # quarter turns
_MIN_RUN = 3
_SLACK = 0.3  # in sizes of type, as the next two
_MIN_STEP, _MAX_STEP = 0.7, 2.0
_CHARACTER = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\u3000-\u303f\uff00-\uff65]")


def with_vertical_lines(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The characters of a page, those that run down as lines of a turned page, in order."""
    if _CHARACTER.search("".join(glyph.text for glyph in glyphs)) is None:
        return list(glyphs)
    result: list[Glyph] = []
    for is_vertical, runs in groupby(_runs(glyphs), _is_vertical):
        if not is_vertical:
            result += (glyph for run in runs for glyph in run)
            continue
        for run in _in_order(list(runs)):
            result += map(_turned, run)
            result.append(Glyph(BREAK))
    return result


def _runs(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """The characters in runs, each of which ends where the next character is not below."""
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and not _is_below(glyph, run[-1]):
            if glyph.text == BREAK and glyph.inferred and _CHARACTER.match(run[-1].text):
                continue  # PDFium breaks the line behind each character
            yield run
            run = []
        run.append(glyph)
    if run:
        yield run


def _is_below(glyph: Glyph, above: Glyph) -> bool:
    size = glyph.style.size
    return (
        glyph.is_visible
        and above.is_visible
        and glyph.style.turn == above.style.turn == 0
        and abs(glyph.right - above.right) < _SLACK * size
        and _MIN_STEP * size < above.y - glyph.y < _MAX_STEP * size
    )


def _is_vertical(run: Sequence[Glyph]) -> bool:
    return len(run) >= _MIN_RUN and all(_CHARACTER.match(glyph.text) for glyph in run)


def _in_order(runs: Sequence[Sequence[Glyph]]) -> list[Sequence[Glyph]]:
    """Lines from right to left, those of an upper part of the page before those of a lower."""
    parts: list[list[Sequence[Glyph]]] = []
    end = 0.0
    for run in sorted(runs, key=lambda run: -run[0].y):
        if not parts or run[0].y < end:
            parts.append([])
            end = run[-1].y
        parts[-1].append(run)
        end = min(end, run[-1].y)
    return [run for part in parts for run in sorted(part, key=lambda run: -run[0].right)]


def _turned(glyph: Glyph) -> Glyph:
    size = glyph.style.size
    style = replace(glyph.style, turn=_TURN)
    return Glyph(glyph.text, style, left=-glyph.y - size, right=-glyph.y, y=glyph.right - size)
