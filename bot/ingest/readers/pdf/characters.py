"""The characters of a PDF page in the order in which PDFium reads them, with type and place.

PDFium gives characters as they are drawn, with the blanks and line ends that it infers. Here
they are mended one by one: what is printed twice counts once, the parts of a ligature stand
in their order, and letters whose meaning is unknown are shifted.
"""

import ctypes
import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import regex
from pypdfium2 import PdfTextPage, raw

HYPHEN = "\x02"
"""The mark at the end of a line where a hyphen splits a word."""

SHIFT = 0xF0000
"""The distance of characters of unknown meaning from their codes: that of a private plane."""

BREAK = "\n"
"""The text of a line end."""

BLANK = 0.15
"""The least gap between two words, in sizes of type, where PDFium gives no blank."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and upper edge in points, y upwards."""

_SPLIT_MARKS = "\x02\u00ad\ufffe"
_LINE_BREAKS = "\r\n\x0b\x0c\u2028\u2029"
_BOLD_NAME = regex.compile(r"bold|black|heavy|demi", regex.IGNORECASE)
_PICTURES_NAME = regex.compile(r"wingdings|webdings", regex.IGNORECASE)
_FIRST_MEANT = "\u0100"
_PRIVATE = 0xF000  # where Windows has the signs of such fonts
_BOLD_WEIGHT = 600
_BOLD_FLAG = 1 << 18
_NAME_BYTES = 200
_MAX_TILT = 0.03  # in quarter turns
_INK_GAP, _NO_GAP = 0.125, 0.035  # in sizes of type
_SAME_PLACE = 0.1  # in sizes of type
_JOINED = 0.05  # in sizes of type
_ARABIC = regex.compile(r"\p{Arabic}")
_LAM_ALEF = regex.compile("\u0644[\u0622\u0623\u0625\u0627\u0671]")
_NON_JOINER = "\u200c"
_RIGHT_TO_LEFT = regex.compile(r"[\p{Arabic}\p{Hebrew}\p{M}]")


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """The style of type; `turn` is its direction in quarter turns, -1 if it is oblique.

    A font of `pictures`, such as Wingdings, draws its signs in place of letters.
    """

    size: float
    bold: bool
    turn: int
    pictures: bool = False


class Glyph(NamedTuple):
    """A character and its place, as if its page were turned upright; `y` is the baseline.

    A blank and a line end have no style, and a place only behind an Arabic letter. A line end
    that the file does not hold is `inferred`, and so is a hyphen that PDFium saw.
    """

    text: str
    style: TypeStyle = TypeStyle(0.0, bold=False, turn=0)
    left: float = 0.0
    right: float = 0.0
    y: float = 0.0
    inferred: bool = False

    @property
    def is_visible(self) -> bool:
        """Whether it is neither blank nor line end."""
        return self.text not in (" ", BREAK)

    def is_in_sign_of(self, other: "Glyph") -> bool:
        """Whether two characters are parts of one sign, a ligature: they have one place."""
        return (self.left, self.right, self.y) == (other.left, other.right, other.y)


def glyphs_of(page: PdfTextPage) -> list[Glyph]:
    """The characters of a page, mended."""
    glyphs = list(_glyphs(page))
    if _RIGHT_TO_LEFT.search("".join(glyph.text for glyph in glyphs)) is None:
        return list(_printed_once(glyphs))
    return _ligatures_in_order(list(_printed_once(_with_non_joiners(glyphs))))


def _glyphs(page: PdfTextPage) -> Iterator[Glyph]:
    style: TypeStyle | None = None
    y, last = 0.0, ""
    origin_x, origin_y = ctypes.c_double(), ctypes.c_double()
    right = 0.0
    count = page.count_chars()
    for index in range(count):
        code = raw.FPDFText_GetUnicode(page.raw, index)
        # On systems whose characters have 16 bits, it may be half of a surrogate pair.
        character = chr(code) if 0 < code <= 0x10FFFF else ""
        lost = raw.FPDFText_HasUnicodeMapError(page.raw, index) == 1
        lost = lost or (code == 0 and _is_drawn(page, index))
        if not lost and (character in _LINE_BREAKS or character.isspace()):
            text = BREAK if character in _LINE_BREAKS else " "
            inferred = raw.FPDFText_IsGenerated(page.raw, index) == 1
            if (
                inferred
                and text == " "
                and style is not None
                and style.turn == 0 < style.size
                and index + 1 < count
                and _is_within_word(page, index, right, style.size)
            ):
                continue
            style = None
            left, _, right, _ = page.get_charbox(index) if _ARABIC.match(last) else (0.0,) * 4
            yield Glyph(text, left=left, right=right, inferred=inferred)
            last = ""
            continue
        split = not lost and character in _SPLIT_MARKS
        raw.FPDFText_GetCharOrigin(page.raw, index, origin_x, origin_y)
        # Type is looked up once a word, and where a figure may be raised.
        if (
            style is None
            or style.pictures
            or y != _baseline(origin_x.value, origin_y.value, style.turn)
        ):
            style = _style(page, index)
            y = _baseline(origin_x.value, origin_y.value, style.turn)
        left, _, right, _ = box = page.get_charbox(index, loose=True)
        if style.turn > 0:
            left, _, right, _ = upright(box, style.turn)
        # A soft hyphen may stand in the midst of a line.
        inferred = split and character != "\u00ad"
        text = HYPHEN if split else shifted(character) if lost else character
        if style.pictures and not split and text < _FIRST_MEANT:
            text = chr(_PRIVATE + ord(text))
        yield Glyph(text, style, left, right, y, inferred)
        last = text


def _is_within_word(page: PdfTextPage, index: int, right: float, size: float) -> bool:
    """Whether an inferred blank behind a letter that ends at `right` is no gap.

    A file may tell wrong widths of letters, so that PDFium takes a letter's side for a blank.
    """
    left = page.get_charbox(index + 1, loose=True)[0]
    if not -_NO_GAP < (left - right) / size < _NO_GAP:
        return False
    before, after = (page.get_charbox(place) for place in (index - 1, index + 1))
    return after[0] - before[2] < _INK_GAP * size


def _is_drawn(page: PdfTextPage, index: int) -> bool:
    """Whether a character has ink: the file may tell code 0 for one that it shows."""
    left, bottom, right, top = page.get_charbox(index)
    return left < right and bottom < top


def shifted(character: str) -> str:
    """A character whose meaning the file does not tell, moved to a plane of its own."""
    return chr(SHIFT + ord(character or "\0"))


def _style(page: PdfTextPage, index: int) -> TypeStyle:
    """Size, weight and direction of the character at `index`."""
    size = float(raw.FPDFText_GetFontSize(page.raw, index))
    turn = 0
    matrix = raw.FS_MATRIX()
    if raw.FPDFText_GetMatrix(page.raw, index, matrix):
        size *= math.hypot(matrix.c, matrix.d)
        turns = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        turn = round(turns) % 4 if abs(turns - round(turns)) < _MAX_TILT else -1
    name, flags = ctypes.create_string_buffer(_NAME_BYTES), ctypes.c_int()
    raw.FPDFText_GetFontInfo(page.raw, index, name, _NAME_BYTES, flags)
    font = name.value.decode("utf-8", "replace")
    bold = (
        _BOLD_NAME.search(font) is not None
        or flags.value & _BOLD_FLAG != 0
        or raw.FPDFText_GetFontWeight(page.raw, index) >= _BOLD_WEIGHT
    )
    size = round(size, 1) if math.isfinite(size) else 0.0
    return TypeStyle(size, bold, turn, _PICTURES_NAME.search(font) is not None)


def _baseline(x: float, y: float, turn: int) -> float:
    return upright((x, y, x, y), turn)[1] if turn > 0 else y


def upright(box: Box, turn: int) -> Box:
    """A box of text that runs in `turn` quarter turns, as if the page were turned upright."""
    left, bottom, right, top = box
    for _ in range(turn):
        left, bottom, right, top = bottom, -right, top, -left
    return left, bottom, right, top


def _with_non_joiners(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The characters with a non-joiner where a blank only keeps two Arabic letters apart.

    Such a blank is drawn over the letter before it, so that there is no gap: Persian "mi-shavad"
    is two words to PDFium, but one that is written in two parts.
    """
    result = list(glyphs)
    for place, (before, blank, after) in enumerate(
        zip(glyphs, glyphs[1:], glyphs[2:], strict=False), 1
    ):
        slack = _JOINED * before.style.size
        if (
            blank.left < blank.right < before.right
            and blank.left > before.left - slack
            and before.left - after.right < slack
            and _ARABIC.match(before.text)
            and _ARABIC.match(after.text)
        ):
            result[place] = before._replace(text=_NON_JOINER)
    return result


def _printed_once(glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
    """The characters without those printed again in the same place, to look bold.

    Behind one that is left out, the gap tells whether a blank stands there: those that PDFium
    gives may lie between the two prints.
    """
    again = _printed_again(glyphs)
    last = Glyph(BREAK)
    blank, cut = False, False
    for index, glyph in enumerate(glyphs):
        if glyph.text == " ":
            blank = True
            continue
        if index in again:
            cut = True
            continue
        gap = glyph.left - last.right if last.is_visible and glyph.is_visible else 0.0
        if gap > BLANK * glyph.style.size if cut else blank:
            yield Glyph(" ")
        blank, cut, last = False, False, glyph
        yield glyph


def _printed_again(glyphs: Sequence[Glyph]) -> set[int]:
    """The indices of characters to leave out, since they are printed elsewhere in one place.

    A run of characters of which each was printed before is left out. If some were not, the
    run stays whole, and those printed before are left out: the file may hold "S ifi s" below
    "Specifies", and neither the letters of one nor the rest of the other are words.
    """
    seen: dict[tuple[str, int, int], list[int]] = {}
    again: set[int] = set()
    for run in _runs(glyphs):
        twins: dict[int, int] = {}
        for index in run:
            glyph = glyphs[index]
            step = max(glyph.style.size, 1.0)
            x, y = glyph.left / step, glyph.y / step
            near = [
                other
                for column in {round(x - _SAME_PLACE), round(x + _SAME_PLACE)}
                for row in {round(y - _SAME_PLACE), round(y + _SAME_PLACE)}
                for other in seen.get((glyph.text, column, row), ())
            ]
            twin = _twin(glyphs, index, near, again) if near else None
            if twin is not None:
                twins[index] = twin
            if twin is None or twin < run[0]:
                seen.setdefault((glyph.text, round(x), round(y)), []).append(index)
        if twins:
            is_fresh = len(twins) < len(run)
            again.update(k if twin >= run[0] or not is_fresh else twin for k, twin in twins.items())
    return again


def _runs(glyphs: Sequence[Glyph]) -> Iterator[list[int]]:
    """The indices of visible characters in runs, in which each is right of the one before."""
    run: list[int] = []
    left = 0.0
    for index, glyph in enumerate(glyphs):
        if glyph.text == " ":
            continue
        if run and (glyph.text == BREAK or glyph.left < left):
            yield run
            run = []
        if glyph.text != BREAK:
            run.append(index)
            left = glyph.left
    if run:
        yield run


def _twin(
    glyphs: Sequence[Glyph], index: int, near: Sequence[int], again: Container[int]
) -> int | None:
    """Which of the characters `near` that at `index` was printed as before, if any."""
    glyph = glyphs[index]
    if index and glyph.is_in_sign_of(glyphs[index - 1]):
        return None
    for other in near:
        if other not in again and _in_same_place(glyph, glyphs[other]):
            return other
    return None


def _in_same_place(glyph: Glyph, other: Glyph) -> bool:
    slack = _SAME_PLACE * glyph.style.size
    return (
        glyph.style.turn == other.style.turn
        and abs(glyph.left - other.left) < slack
        and abs(glyph.y - other.y) < slack
    )


def _ligatures_in_order(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The characters with those of an Arabic or Hebrew ligature turned round.

    PDFium reverses a line that runs from right to left letter by letter, also within lam-alef,
    which the file draws as one sign. A file may tell the parts of its ligatures the other way
    round: then lam, which is always the first, stands first already.
    """
    pairs = [
        before.text + after.text
        for before, after in pairwise(glyphs)
        if before.is_in_sign_of(after)
    ]
    right = sum(_LAM_ALEF.match(pair) is not None for pair in pairs)
    wrong = sum(_LAM_ALEF.match(pair[::-1]) is not None for pair in pairs)
    if right > wrong:
        return list(glyphs)
    result: list[Glyph] = []
    start = 0  # of the ligature at the end of `result`
    for glyph in glyphs:
        is_part = start < len(result) and glyph.is_in_sign_of(result[start])
        if not is_part or not _RIGHT_TO_LEFT.match(glyph.text):
            start = len(result)
        result.insert(start, glyph)
    return result
