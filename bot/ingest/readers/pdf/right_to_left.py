"""Lines of Arabic and Hebrew, in which Latin words and numbers run from left to right.

PDFium orders such a line word by word: "cs@antonio" for "antonio@cs", and "list selector" for
"selector list". Here the order is found from the places: it is the one that the bidirectional
algorithm of Unicode (UAX #9) shows as the page does.
"""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

import regex

from bot.ingest.readers.pdf.characters import Glyph

_BLANK_GAP, _WIDE_GAP = 0.1, 0.6
"""The least gaps that are a blank, and two, between letters of different directions, in sizes of
type."""

_MOST_LETTERS = 4
"""A line on a page of Hebrew that has fewer letters to each Hebrew one runs from right to left."""

_NUMBER_AT_RIGHT = regex.compile(r"\s\.\p{Nd}+\s*$")  # "2. MIPS" in Hebrew is printed "MIPS .2"
_LETTER = regex.compile(r"\p{L}")
RIGHT_TO_LEFT = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
"""A letter or sign of Arabic or Hebrew."""

_OTHER_WAY = regex.compile(r"[\p{Nd}\p{L}--[\p{Arabic}\p{Hebrew}]]", regex.VERSION1)
_MARK = regex.compile(r"\p{M}")
_OPENING, _CLOSING = "([{<«", ")]}>»"
TURNED = str.maketrans(_OPENING + _CLOSING, _CLOSING + _OPENING)
"""Each bracket, and the one that is its mirror image."""

_OF_A_NAME = frozenset("#@_+$%&~\\*=^|")
"""Signs that belong to the Latin word that they touch, as in "C++" and "#first"."""


def runs_right_to_left(text: str) -> bool:
    """Whether most letters of a text are Arabic or Hebrew."""
    if RIGHT_TO_LEFT.search(text) is None:
        return False
    return 2 * len(RIGHT_TO_LEFT.findall(text)) > len(_LETTER.findall(text))


def in_logical_order(glyphs: Sequence[Glyph], *, is_right_to_left: bool) -> list[Glyph]:
    """The characters of one line, with its Latin words and numbers in their order and place.

    `is_right_to_left` tells whether most letters of its page run so: then a line that begins
    or ends with a Hebrew word, or has many, does so, too.
    """
    text = "".join(glyph.text for glyph in glyphs)
    is_numbered = is_right_to_left and _NUMBER_AT_RIGHT.search(text) is not None
    if not (is_numbered or RIGHT_TO_LEFT.search(text)):
        return list(glyphs)
    is_as_printed = _is_as_printed(glyphs)
    if not (_OTHER_WAY.search(text) or is_as_printed):
        return list(glyphs)
    parts = _parts(glyphs if is_as_printed else _brackets_as_printed(glyphs))
    parts.sort(key=_middle)
    if not runs_right_to_left(text):
        letters = [part[0].text for part in parts if _LETTER.match(part[0].text)]
        ends = letters[:1] + letters[-1:]
        begins_or_ends = any(map(RIGHT_TO_LEFT.match, ends))
        are_many = _MOST_LETTERS * len(RIGHT_TO_LEFT.findall(text)) > len(letters)
        if not (is_numbered or (is_right_to_left and (begins_or_ends or are_many))):
            return list(glyphs)
    printed = _with_blanks(parts, glyphs)
    forward = left_to_right([part[0].text for part in printed])
    result: list[list[Glyph]] = []
    run = 0  # the place in `result` of the first part of a run from left to right
    for part, is_forward in zip(reversed(printed), reversed(forward), strict=True):
        if is_forward:
            result.insert(run, part)
        else:
            result.append([g._replace(text=g.text.translate(TURNED)) for g in part])
            run = len(result)
    return [glyph for part in result for glyph in part]


def left_to_right(signs: Sequence[str]) -> list[bool]:
    """Which signs of a line run from left to right; the others from right to left.

    Of "ab (cd) 12-3", where small letters are Latin and all else is Hebrew around it, those are
    "ab", "cd" and "12-3". In Arabic, a dash does not join two numbers, as UAX #9 has it.
    """
    arabic = any(unicodedata.bidirectional(sign[:1]) == "AL" for sign in signs)
    kinds = [_kind(sign) for sign in signs]
    forward = [kind in ("L", "N") for kind in kinds]
    fixed = [place for place, kind in enumerate(kinds) if kind in ("L", "N", "R")]
    for before, after in pairwise(fixed):
        between = signs[before + 1 : after]
        if _joins(kinds[before] + kinds[after], between, arabic=arabic):
            forward[before + 1 : after] = [True] * len(between)
    for place, sign in enumerate(signs):
        near = {kinds[k] for k in (place - 1, place + 1) if 0 <= k < len(kinds)}
        goes_on = place > 0 and sign == signs[place - 1] and forward[place - 1]  # "C++"
        if "R" not in near and (
            (("L" in near or goes_on) and sign in _OF_A_NAME)
            or ("N" in near and not arabic and unicodedata.bidirectional(sign[:1]) == "ET")
        ):
            forward[place] = True
    for place in range(1, len(signs)):
        if signs[place] == "(" and kinds[place - 1] == "L":
            end = _end_of_bracket(signs, place)
            if "R" not in kinds[place:end]:
                forward[place:end] = [True] * (end - place)
    return forward


def _is_as_printed(glyphs: Sequence[Glyph]) -> bool:
    """Whether PDFium left the Hebrew letters of a line from left to right, as it may."""
    steps = [
        after.left > before.left
        for before, after in pairwise(glyphs)
        if RIGHT_TO_LEFT.match(before.text) and RIGHT_TO_LEFT.match(after.text)
    ]
    return 2 * sum(steps) > len(steps)


def _end_of_bracket(signs: Sequence[str], start: int) -> int:
    """The place behind the bracket that closes the one at `start`; `start` if none does."""
    depth = 0
    for place in range(start, len(signs)):
        depth += (signs[place] == "(") - (signs[place] == ")")
        if depth == 0:
            return place + 1
    return start


def _kind(sign: str) -> str:
    """L for a Latin letter, R for an Arabic or Hebrew one, N for a digit, else nothing."""
    if RIGHT_TO_LEFT.match(sign) and not sign[:1].isdecimal():
        return "R" if sign[:1].isalpha() else ""
    return "N" if sign[:1].isdecimal() else "L" if sign[:1].isalnum() else ""


def _joins(kinds: str, between: Sequence[str], *, arabic: bool) -> bool:
    """Whether what stands `between` two letters or digits runs from left to right with them."""
    if "R" in kinds or not _are_balanced(between):
        return False
    if kinds == "LL" or not between:
        return True
    if kinds == "NN":
        classes = [unicodedata.bidirectional(sign[:1]) for sign in between]
        return classes == ["CS"] or (classes == ["ES"] and not arabic)
    return between == [" "] or " " not in between


def _are_balanced(signs: Sequence[str]) -> bool:
    depth = 0
    for sign in signs:
        depth += (sign in _OPENING) - (sign in _CLOSING)
        if depth < 0:
            return False
    return depth == 0


def _brackets_as_printed(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The characters with brackets as the file has them: PDFium turns those behind no Latin."""
    result = []
    is_turned = True
    for glyph in glyphs:
        if _LETTER.match(glyph.text):
            is_turned = RIGHT_TO_LEFT.match(glyph.text) is not None
        text = glyph.text.translate(TURNED) if is_turned else glyph.text
        result.append(glyph._replace(text=text))
    return result


def _parts(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """The visible characters; marks stand with their letter, and so do the parts of a ligature."""
    parts: list[list[Glyph]] = []
    for glyph in glyphs:
        if not glyph.is_visible:
            continue
        if parts and (_MARK.match(glyph.text) or glyph.is_in_sign_of(parts[-1][-1])):
            parts[-1].append(glyph)
        else:
            parts.append([glyph])
    return parts


def _middle(part: Sequence[Glyph]) -> float:
    return part[0].left + part[0].right


def _with_blanks(printed: Sequence[list[Glyph]], glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """The parts from left to right with the blanks between them.

    PDFium tells the blanks between letters of one direction; others it may have misplaced.
    """
    told: dict[tuple[float, float], bool] = {}
    last: Glyph | None = None
    blank = False
    for glyph in glyphs:
        if not glyph.is_visible:
            blank = True
            continue
        if last is not None and _kind(last.text) == _kind(glyph.text) != "":
            told[last.left, glyph.left] = told[glyph.left, last.left] = blank
        last, blank = glyph, False
    result = list(printed[:1])
    for left, right in pairwise(printed):
        gap = right[0].left - left[0].right
        ends = ((left[-1].left, right[0].left), (left[0].left, right[-1].left))
        answers = [told[pair] for pair in ends if pair in told]
        if answers[0] if answers else gap > _BLANK_GAP * right[0].style.size:
            # A number behind a wide gap is not of the Latin word beside it: "1.1   K-means".
            result += [[Glyph(" ")]] * (1 + (gap > _WIDE_GAP * right[0].style.size))
        result.append(right)
    return result
