"""Lines of Arabic and Hebrew, in which numbers run from left to right.

PDFium reads a stop or a dash beside a number with the number: ".7" for "7.".
"""

from collections.abc import Sequence

import regex

from bot.ingest.readers.pdf.characters import BLANK, Glyph

_LETTER = regex.compile(r"\p{L}")
RIGHT_TO_LEFT = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
"""A letter or sign of Arabic or Hebrew."""

_SIGNS = frozenset(".,:;-–—/!?")


def runs_right_to_left(text: str) -> bool:
    """Whether most letters of a text are Arabic or Hebrew."""
    if RIGHT_TO_LEFT.search(text) is None:
        return False
    return 2 * len(RIGHT_TO_LEFT.findall(text)) > len(_LETTER.findall(text))


def in_logical_order(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The characters of one line; a sign beside a number stands on the side it is printed on.

    In a line from right to left, a sign printed to the left of a number is behind it.
    """
    result = list(glyphs)
    if not runs_right_to_left("".join(glyph.text for glyph in glyphs)):
        return result
    end = 0
    while end < len(result):
        start = end
        while _is_in_number(result[end : end + 2], result[start:end]):
            end += 1
        if end == start:
            end += 1
            continue
        before, after = result[:start][-1:], result[end : end + 1]
        moved_back = [g for g in before if g.text in _SIGNS and g.left < result[start].left]
        moved_front = [g for g in after if g.text in _SIGNS and g.left > result[end - 1].left]
        start, stop = start - len(moved_back), end + len(moved_front)
        numbers = result[start + len(moved_back) : end]
        blanks = _blank(moved_back, result[stop : stop + 1])
        result[start:stop] = [*moved_front, *numbers, *moved_back, *blanks]
        end = stop + len(blanks)
    return result


def _is_in_number(glyphs: Sequence[Glyph], before: Sequence[Glyph]) -> bool:
    """Whether the first of `glyphs` is in a number that begins with `before`, as in "1990-2000"."""
    if not glyphs or glyphs[0].text.isdecimal():
        return len(glyphs) > 0
    follows = glyphs[-1].text.isdecimal() and glyphs[-1].left > glyphs[0].left
    return len(before) > 0 and glyphs[0].text in _SIGNS and follows


def _blank(signs: Sequence[Glyph], following: Sequence[Glyph]) -> list[Glyph]:
    """The blank between a sign and what follows it to the left, if there is a gap."""
    return [
        Glyph(" ")
        for sign, other in zip(signs, following, strict=False)
        if other.is_visible and sign.left - other.right > BLANK * sign.style.size
    ]
