"""The lines of a PDF page: words, place, size of type, bold or not.

PDFium gives characters in the order in which they are drawn, with the blanks and line ends
that it infers. Lengths are in points, 1/72 inch, y upwards. A page that is written sideways
is turned first, so that its lines run from left to right. For example, a line of 10 pt type
with a gap of 60 pt in the midst:

    The_fee                 9_euro                            characters, blanks inferred
    Cell("The fee", 72, 104)  Cell("9 euro", 164, 192)        the gap exceeds 1.8 × 10 pt
    PdfLine(page=1, cells=(…, …), y=700, size=10, bold=False, level=0.83)
"""

import ctypes
import math
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from statistics import median

import regex
from pypdfium2 import PdfPage, PdfTextPage, raw

HYPHEN = "\x02"
"""The mark at the end of a line where a hyphen splits a word."""

_SPLIT_MARKS = "\x02\u00ad\ufffe"
_LINE_BREAKS = "\r\n\x0b\x0c\u2028\u2029"
_BOLD_NAME = regex.compile(r"bold|black|heavy|demi", regex.IGNORECASE)
_BOLD_WEIGHT = 600
_BOLD_FLAG = 1 << 18
_NAME_BYTES = 200
_CELL_GAP = 1.8  # in sizes of type
_MAX_SHIFT = 0.7  # in sizes of type
_MAX_TILT = 0.03  # in quarter turns
_MIN_COLUMN_LINES = 6
_MIN_COLUMN_CHARACTERS = 20
_Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class Cell:
    """Words of a line without a wide gap between them, from `left` to `right`."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class PdfLine:
    """One line as it is printed, of at least one cell, and of several if it has wide gaps.

    `y` is the baseline, `size` the size of most of its type, `level` its height on the page
    from 0, the lower edge, to 1. A `turned` line runs in another direction than most lines
    of the page.
    """

    page: int
    cells: tuple[Cell, ...]
    y: float
    size: float
    bold: bool
    level: float
    turned: bool = False

    @property
    def text(self) -> str:
        """All its words."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        """The left edge."""
        return self.cells[0].left

    @property
    def right(self) -> float:
        """The right edge."""
        return max(cell.right for cell in self.cells)


@dataclass(frozen=True, slots=True)
class _WordStyle:
    """The style of a word; `turn` is its direction in quarter turns, -1 if it is oblique."""

    size: float
    bold: bool
    turn: int


@dataclass(slots=True)
class _Draft:
    """A line while its characters are added."""

    style: _WordStyle
    y: float
    cells: list[Cell] = field(default_factory=list)
    text: str = ""
    left: float = math.inf
    right: float = -math.inf
    sizes: Counter[float] = field(default_factory=Counter)
    bold: int = 0

    def add(self, character: str, style: _WordStyle, left: float, right: float, y: float) -> None:
        """Add a visible character."""
        if self.text.strip() and left - self.right > _CELL_GAP * style.size:
            self.end_cell()
        self.text += character
        self.left = min(self.left, left)
        self.right = max(self.right, right)
        self.sizes[style.size] += 1
        self.bold += style.bold
        if style.size > self.style.size:  # a line that begins with a raised figure
            self.style, self.y = style, y

    def end_cell(self) -> None:
        """End the current cell, so that the next character begins another."""
        text = self.text.strip(" \t\u00a0")
        if text:
            self.cells.append(Cell(text, self.left, self.right))
        self.text, self.left, self.right = "", math.inf, -math.inf


def _style(page: PdfTextPage, index: int) -> _WordStyle:
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
    bold = (
        _BOLD_NAME.search(name.value.decode("utf-8", "replace")) is not None
        or flags.value & _BOLD_FLAG != 0
        or raw.FPDFText_GetFontWeight(page.raw, index) >= _BOLD_WEIGHT
    )
    return _WordStyle(round(size, 1) if math.isfinite(size) else 0.0, bold, turn)


def _place(page: PdfTextPage, index: int, turn: int) -> tuple[float, float, float]:
    """Left edge, right edge and baseline of a character, as if the page were turned upright."""
    left, _, right, _ = _upright(page.get_charbox(index, loose=True), turn)
    origin_x, origin_y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page.raw, index, origin_x, origin_y)
    x, y = origin_x.value, origin_y.value
    return left, right, _upright((x, y, x, y), turn)[1]


def _upright(box: _Box, turn: int) -> _Box:
    """A box of text that runs in `turn` quarter turns, as if the page were turned upright."""
    left, bottom, right, top = box
    for _ in range(turn):
        left, bottom, right, top = bottom, -right, top, -left
    return left, bottom, right, top


def _drafts(page: PdfTextPage) -> list[_Draft]:
    """The lines of a page; a line break, another direction or another baseline ends one.

    A raised figure is shifted by less than 0.7 sizes of type, and ends no line.
    """
    drafts: list[_Draft] = []
    draft: _Draft | None = None
    style: _WordStyle | None = None
    for index in range(page.count_chars()):
        code = raw.FPDFText_GetUnicode(page.raw, index)
        # Where characters have 16 bits, it may be half of a surrogate pair.
        character = chr(code) if 0 < code <= 0x10FFFF else ""
        if character in _LINE_BREAKS or character.isspace():  # none at all is a line break too
            style = None
            if character in _LINE_BREAKS:
                draft = None
            elif draft is not None:
                draft.text += " "
            continue
        is_inferred = raw.FPDFText_IsGenerated(page.raw, index) == 1
        if is_inferred and character not in _SPLIT_MARKS:
            continue
        if style is None:
            style = _style(page, index)
        left, right, y = _place(page, index, style.turn)
        if draft is not None and (
            draft.style.turn != style.turn
            or abs(draft.y - y) > _MAX_SHIFT * max(draft.style.size, style.size, 1.0)
        ):
            draft = None
            style = _style(page, index)
        if draft is None:
            draft = _Draft(style, y)
            drafts.append(draft)
        split = character in _SPLIT_MARKS
        draft.add(HYPHEN if split else character, style, left, right, y)
        if split and character != "\u00ad":  # a soft hyphen may stand in the midst of a line
            draft, style = None, None
    return drafts


def lines_of(page: PdfPage, number: int) -> list[PdfLine]:
    """The lines of page `number` in reading order, without lines beyond its edges."""
    with closing(page.get_textpage()) as text:
        drafts = _drafts(text)
    turns = Counter[int]()
    for draft in drafts:
        draft.end_cell()
        turns[draft.style.turn] += draft.sizes.total()
    main = turns.most_common(1)[0][0] if turns else 0
    box = page.get_bbox()
    lines = []
    for draft in drafts:
        if not draft.cells:
            continue
        near, low, far, high = _upright(box, draft.style.turn)
        line = PdfLine(
            page=number,
            cells=tuple(map(_normalized, draft.cells)),
            y=draft.y,
            size=draft.sizes.most_common(1)[0][0],
            bold=draft.bold > 0.9 * draft.sizes.total(),
            level=(draft.y - low) / max(high - low, 1.0),
            turned=draft.style.turn != main,
        )
        if -0.02 < line.level < 1.02 and line.left < far and line.right > near:
            lines.append(line)
    return _in_reading_order(lines)


def _normalized(cell: Cell) -> Cell:
    """The cell with surrogate pairs joined, and a split mark at its end only."""
    text = cell.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    body = text.rstrip(HYPHEN)
    mark = HYPHEN if len(body) < len(text) else ""
    return replace(cell, text=body.replace(HYPHEN, "") + mark)


def _in_reading_order(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines of one page, the left column before the right where lines hold both.

    A run of lines with two long cells each, the second ones below each other, is two
    columns and no table: the cells of a table are short, or of very different length.
    The lines "a1 b1", "a2 b2", "a3" become "a1", "a2", "a3", "b1", "b2".
    """
    result: list[PdfLine] = []
    index = 0
    while index < len(lines):
        run = _two_column_run(lines, index)
        if run:
            result += _column_by_column(run, run[0].cells[1].left)
            index += len(run)
        else:
            result.append(lines[index])
            index += 1
    return result


def _two_column_run(lines: Sequence[PdfLine], start: int) -> list[PdfLine]:
    """The lines from `start` that lie in the same two columns; empty if there are none."""
    first = lines[start]
    if len(first.cells) != 2 or first.turned:
        return []
    gutter, slack = first.cells[1].left, first.size
    run: list[PdfLine] = []
    for line in lines[start:]:
        in_both = len(line.cells) == 2 and abs(line.cells[1].left - gutter) < 2 * slack
        in_one = len(line.cells) == 1 and (
            line.right < gutter - slack / 2 or line.left > gutter - slack
        )
        is_below = not run or line.y < run[-1].y + slack
        if line.turned or not is_below or not (in_both or in_one):
            break
        run.append(line)
    pairs = [line for line in run if len(line.cells) == 2]
    if len(pairs) < _MIN_COLUMN_LINES:
        return []
    left, right = (median(len(line.cells[side].text) for line in pairs) for side in (0, 1))
    return run if min(left, right) >= _MIN_COLUMN_CHARACTERS else []


def _column_by_column(run: Sequence[PdfLine], gutter: float) -> list[PdfLine]:
    left = [replace(line, cells=(line.cells[0],)) for line in run if line.left < gutter - line.size]
    right = [
        replace(line, cells=(line.cells[-1],))
        for line in run
        if len(line.cells) == 2 or line.left >= gutter - line.size
    ]
    return left + right
