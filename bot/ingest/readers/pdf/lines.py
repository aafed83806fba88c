"""A page of a PDF to its lines: words, place, size of type, bold or not.

PDFium gives characters in the order they are drawn, with the blanks and line ends it
takes for meant. Lengths are in points, 1/72 inch, y upwards; a page that is written
sideways is turned first, so that its lines run from left to right.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import regex
from pypdfium2 import PdfPage, PdfTextPage, raw

HYPHEN = "\x02"
"""What stands at the end of a line where a hyphen splits a word."""

_SPLITS = "\x02\u00ad\ufffe"
_BREAKS = "\r\n\x0b\x0c\u2028\u2029"
_BOLD_NAME = regex.compile(r"bold|black|heavy|demi", regex.IGNORECASE)
_BOLD_WEIGHT = 600
_BOLD_FLAG = 1 << 18
_NAME_BYTES = 200
_CELL_GAP = 1.8
_SHIFT = 0.7
_TILT = 0.03


@dataclass(frozen=True, slots=True)
class Cell:
    """Words of a line without a wide gap between them, from `left` to `right`."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class PdfLine:
    """One line as it is printed; `cells` is never empty, and several where wide gaps part it.

    `y` is the baseline, `size` the size of most of its type; `level` says how far up the
    page it stands, 0 the lower edge, 1 the upper; `turned` that it runs another way than
    most lines of the page.
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
        """Where it begins."""
        return self.cells[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(cell.right for cell in self.cells)

    @property
    def is_split(self) -> bool:
        """Whether it ends within a word."""
        return self.text.endswith(HYPHEN)


@dataclass(frozen=True, slots=True)
class _Look:
    """What the characters of one word share; `turn` counts quarter turns, -1 for others."""

    size: float
    bold: bool
    turn: int


@dataclass(slots=True)
class _Draft:
    """A line while its characters come in."""

    look: _Look
    y: float
    cells: list[Cell] = field(default_factory=list)
    text: str = ""
    left: float = math.inf
    right: float = -math.inf
    sizes: Counter[float] = field(default_factory=Counter)
    bold: int = 0
    letters: int = 0

    def add(self, character: str, look: _Look, left: float, right: float, y: float) -> None:
        """One visible character."""
        if self.text.strip() and left - self.right > _CELL_GAP * look.size:
            self.end_cell()
        self.text += character
        self.left = min(self.left, left)
        self.right = max(self.right, right)
        self.sizes[look.size] += 1
        self.letters += 1
        self.bold += look.bold
        if look.size > self.look.size:  # a line that begins with a raised figure
            self.look, self.y = look, y

    def end_cell(self) -> None:
        """What comes next is apart from what came before."""
        text = self.text.strip(" \t\u00a0")
        if text:
            self.cells.append(Cell(text, self.left, self.right))
        self.text, self.left, self.right = "", math.inf, -math.inf


class _Characters:
    """PDFium's characters of one page, asked one by one."""

    def __init__(self, page: PdfTextPage) -> None:
        self._page = page.raw
        self._rectangle = raw.FS_RECTF()
        self._matrix = raw.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._name = ctypes.create_string_buffer(_NAME_BYTES)
        self._flags = ctypes.c_int()

    def character(self, index: int) -> str:
        """The character itself; half of a pair on platforms with 16-bit characters."""
        code = int(raw.FPDFText_GetUnicode(self._page, index))
        return chr(code) if 0 < code <= 0x10FFFF else ""

    def is_generated(self, index: int) -> bool:
        """Whether it stands in no file but was put in between by PDFium."""
        return bool(raw.FPDFText_IsGenerated(self._page, index) == 1)

    def look(self, index: int) -> _Look:
        """Size, weight and direction."""
        size = float(raw.FPDFText_GetFontSize(self._page, index))
        turn = 0
        if raw.FPDFText_GetMatrix(self._page, index, self._matrix):
            m = self._matrix
            size *= math.hypot(m.c, m.d)
            turns = math.atan2(m.b, m.a) / (math.pi / 2)
            turn = round(turns) % 4 if abs(turns - round(turns)) < _TILT else -1
        self._name.value = b""
        raw.FPDFText_GetFontInfo(self._page, index, self._name, _NAME_BYTES, self._flags)
        bold = (
            _BOLD_NAME.search(self._name.value.decode("utf-8", "replace")) is not None
            or self._flags.value & _BOLD_FLAG != 0
            or raw.FPDFText_GetFontWeight(self._page, index) >= _BOLD_WEIGHT
        )
        return _Look(round(size, 1) if math.isfinite(size) else 0.0, bold, turn)

    def place(self, index: int, turn: int) -> tuple[float, float, float]:
        """Left and right edge and baseline, as if the page were turned upright."""
        raw.FPDFText_GetLooseCharBox(self._page, index, self._rectangle)
        raw.FPDFText_GetCharOrigin(self._page, index, self._x, self._y)
        box = self._rectangle
        if turn == 1:
            return box.bottom, box.top, -self._x.value
        if turn == 2:
            return -box.right, -box.left, -self._y.value
        if turn == 3:
            return -box.top, -box.bottom, self._x.value
        return box.left, box.right, self._y.value


def _drafts(page: PdfTextPage) -> Iterator[_Draft]:
    characters = _Characters(page)
    draft: _Draft | None = None
    look: _Look | None = None
    for index in range(page.count_chars()):
        character = characters.character(index)
        if character == "" or character in _BREAKS or character.isspace():
            look = None
            if draft is not None and character in _BREAKS:
                yield draft
                draft = None
            elif draft is not None and character:
                draft.text += " "
            continue
        if characters.is_generated(index) and character not in _SPLITS:
            continue
        if look is None:
            look = characters.look(index)
        left, right, y = characters.place(index, look.turn)
        if draft is not None and (
            draft.look.turn != look.turn
            or abs(draft.y - y) > _SHIFT * max(draft.look.size, look.size, 1.0)
        ):
            yield draft
            draft = None
            look = characters.look(index)
        if draft is None:
            draft = _Draft(look, y)
        split = character in _SPLITS
        draft.add(HYPHEN if split else character, look, left, right, y)
        if split and character != "\u00ad":  # a soft hyphen may stand in the midst of a line
            yield draft
            draft, look = None, None
    if draft is not None:
        yield draft


def lines_of(page: PdfPage, number: int) -> list[PdfLine]:
    """The lines of page `number`, in the order they are drawn; what lies off it is no part."""
    text = page.get_textpage()
    try:
        drafts = list(_drafts(text))
    finally:
        text.close()
    turns = Counter[int]()
    for draft in drafts:
        draft.end_cell()
        turns[draft.look.turn] += draft.letters
    main = turns.most_common(1)[0][0] if turns else 0
    bounds = _bounds(page)
    found = []
    for draft in drafts:
        if not draft.cells:
            continue
        low, high, near, far = bounds[draft.look.turn]
        line = PdfLine(
            page=number,
            cells=tuple(map(_mended, draft.cells)),
            y=draft.y,
            size=draft.sizes.most_common(1)[0][0],
            bold=draft.bold > 0.9 * draft.letters,
            level=(draft.y - low) / max(high - low, 1.0),
            turned=draft.look.turn != main,
        )
        if -0.02 < line.level < 1.02 and line.left < far and line.right > near:
            found.append(line)
    return found


def _bounds(page: PdfPage) -> dict[int, tuple[float, float, float, float]]:
    """Lower, upper, left and right edge of the page by quarter turns."""
    box = raw.FS_RECTF()
    if not raw.FPDF_GetPageBoundingBox(page.raw, box):
        width, height = page.get_size()
        box.left, box.bottom, box.right, box.top = 0.0, 0.0, width, height
    upright = (box.bottom, box.top, box.left, box.right)
    return {
        -1: upright,
        0: upright,
        1: (-box.right, -box.left, box.bottom, box.top),
        2: (-box.top, -box.bottom, -box.right, -box.left),
        3: (box.left, box.right, -box.top, -box.bottom),
    }


def _mended(cell: Cell) -> Cell:
    """The cell with pairs of half characters joined, and hyphens at its end only."""
    text = cell.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    body = text.rstrip(HYPHEN)
    mark = HYPHEN if len(body) < len(text) else ""
    return replace(cell, text=body.replace(HYPHEN, "") + mark)
