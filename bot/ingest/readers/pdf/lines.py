"""The lines of a PDF page: words, place, size of type, bold or not.

Lengths are in points, 1/72 inch, y upwards. A page that is written sideways is turned first,
so that its lines run from left to right. For example, a line of 10 pt type with a gap of
60 pt in the midst:

    The_fee                 9_euro                            characters, blanks inferred
    Cell("The fee", 72, 104)  Cell("9 euro", 164, 192)        the gap exceeds 1.8 × 10 pt
    PdfLine(page=1, cells=(…, …), y=700, size=10, bold=False, level=0.83)
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median

import regex
from pypdfium2 import PdfPage

from bot.ingest.readers.pdf.characters import (
    BLANK,
    BREAK,
    HYPHEN,
    Glyph,
    TypeStyle,
    glyphs_of,
    upright,
)
from bot.ingest.readers.pdf.grids import Grid, grids_of, is_parted
from bot.ingest.readers.pdf.gutters import GUTTER, Gutters, gutters_of
from bot.ingest.readers.pdf.right_to_left import (
    RIGHT_TO_LEFT,
    in_logical_order,
    runs_right_to_left,
)
from bot.ingest.readers.pdf.rulings import rulings_of
from bot.ingest.readers.pdf.vertical import with_vertical_lines
from bot.ingest.readers.raised_figures import lowered, raised

CELL_GAP = 1.8
"""The least gap between two cells, in sizes of type."""

_MAX_SHIFT = 0.7  # in sizes of type, as the next five
_RAISED = 0.2
_LOWERED = 0.08
_SMALL = 0.85
_WORD_GAP = 0.6
_OVERLAP = 0.3
_END = 5  # characters, more than a note's mark has
_NOTE_MARKS = regex.compile(r"[\p{Nd}*†‡§,\s]+")
_HANGUL = regex.compile(r"\p{Hangul}")
_HANGUL_END = regex.compile(r"\p{Hangul}\s*$")
_MIN_WORD_ENDS = 0.15
"""Korean words end at more than this part of the ends of lines; some files put a blank there."""
_SPACED = 0.05  # in sizes of type
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]"
_IN_WORD = regex.compile(rf"[\p{{L}}\p{{N}}.,;:!?)\]%’”--{_UNSPACED}]", regex.VERSION1)
_AT_WORD = regex.compile(rf"[\p{{L}}\p{{N}}\p{{Sc}}(\[‘“--{_UNSPACED}]", regex.VERSION1)
BULLETS = r"•‣◦▪▫●○■□►▶▸◆◇❖❏❑❒➔-➾✓✔·∙⁃\uE000-\uF8FF"
"""Signs before the items of a list, and those of fonts of signs, for a class of a regex."""

_MARK_GAP = 4.0  # in sizes of type
_ITEM_MARK = regex.compile(
    rf"[{BULLETS}\U000f0000-\U000fffff–—*-]"
    r"|\(?(?:\p{Nd}{1,3}|\p{L}|[ivx]{2,5})[.)]"
)
_FRACTION = regex.compile(r"(\p{Nd}?)([⁰¹²³⁴-⁹]+)([/⁄])([₀-₉]+|\p{Nd}+)(?!\p{Nd})")


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
    of the page. The first word of the next line goes on the last of one that ends
    `within_word`, as Korean lines may. `confidence` is the mean of its words in percent if they
    were recognised in a picture. `end_size` is the size of its last letters: a paragraph may
    begin with a heading in other type.
    """

    page: int
    cells: tuple[Cell, ...]
    y: float
    size: float
    bold: bool
    level: float
    turned: bool = False
    within_word: bool = False
    confidence: float | None = None
    end_size: float = 0.0
    is_row: bool = False
    box: tuple[int, int] | None = None

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


@dataclass(slots=True)
class _Draft:
    """A line while its characters are added; `style` and `y` are those of its largest type."""

    style: TypeStyle
    y: float
    glyphs: list[Glyph] = field(default_factory=list)
    last: Glyph | None = None

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(glyph.text for glyph in self.glyphs)

    def add(self, glyph: Glyph) -> None:
        """Add a character, or a blank."""
        self.glyphs.append(glyph)
        if glyph.is_visible:
            self.last = glyph
            if glyph.style.size > self.style.size:  # a line that begins with a raised figure
                self.style, self.y = glyph.style, glyph.y

    def add_gap(self, glyph: Glyph) -> None:
        """Add the blank before `glyph` that PDFium took for a line end, if there is one."""
        if self.last is not None and glyph.left - self.last.right > BLANK * self.style.size:
            self.add(Glyph(" "))

    def takes(self, glyph: Glyph, *, broken: bool) -> bool:
        """Whether `glyph` stands in this line; `broken` if PDFium sees a line end before it.

        A raised or lowered figure is shifted by less than 0.7 sizes of type, and ends no line,
        nor does the type behind it.
        """
        size = max(self.style.size, glyph.style.size, 1.0)
        if self.style.turn != glyph.style.turn or abs(self.y - glyph.y) > _MAX_SHIFT * size:
            return False
        if self.last is None or (not broken and self.last.y == glyph.y):
            return True
        shift = abs(self.last.y - glyph.y)
        if not broken:  # PDFium sees none between two columns on nearly one baseline
            back = self.glyphs[0].left - glyph.right
            is_back = back > CELL_GAP * size and not RIGHT_TO_LEFT.match(self.last.text)
            return shift <= _LOWERED * size or not is_back
        sizes = sorted((self.last.style.size, glyph.style.size))
        gap = glyph.left - self.last.right
        return (
            shift > _LOWERED * size
            and sizes[0] < _SMALL * sizes[1]
            and -_OVERLAP * size < gap < _WORD_GAP * size
        )

    def is_mark_above(self, glyph: Glyph) -> bool:
        """Whether `glyph` is a raised note mark drawn after what stands to the right of it."""
        return (
            self.last is not None
            and glyph.style.size < _SMALL * self.style.size
            and glyph.y - self.y > _RAISED * self.style.size
            and self.glyphs[0].left < glyph.left < glyph.right < self.last.left
            and _NOTE_MARKS.fullmatch(glyph.text) is not None
            and not RIGHT_TO_LEFT.match(self.last.text)
        )

    def cells(
        self, grids: Sequence[Grid], gutters: Gutters, *, is_right_to_left: bool
    ) -> tuple[Cell, ...]:
        """The words of the line, parted by wide gaps, by `gutters`, and by rulings of `grids`.

        `is_right_to_left` tells whether most letters of its page run so.
        """
        cells: list[Cell] = []
        part: list[Glyph] = []
        last: Glyph | None = None
        is_ruled = False
        glyphs = _with_narrow_blanks(self.glyphs)
        for glyph in in_logical_order(glyphs, is_right_to_left=is_right_to_left):
            if last is not None and glyph.is_visible:
                is_at_ruling = is_parted(grids, last, glyph)
                gap = (glyph.left - last.right) / max(glyph.style.size, 1.0)
                # Most gaps are narrower, and a comparison costs less than a hash of two characters.
                is_at_gutter = gap > GUTTER and (last, glyph) in gutters
                if is_at_ruling or is_at_gutter or gap > CELL_GAP:
                    cells += self._cell(part)
                    part = []
                is_ruled = is_ruled or is_at_ruling
            part.append(glyph)
            last = glyph if glyph.is_visible else last
        cells += self._cell(part)
        return tuple(cells) if is_ruled else _with_mark(tuple(cells), self.style.size)

    def _cell(self, glyphs: Sequence[Glyph]) -> Sequence[Cell]:
        visible = [glyph for glyph in glyphs if glyph.is_visible]
        if not visible:
            return ()
        text = _normalized(
            "".join(
                written("".join(glyph.text for glyph in run))
                for written, run in groupby(glyphs, self._written)
            )
        )
        left = min(glyph.left for glyph in visible)
        return (Cell(text, left, max(glyph.right for glyph in visible)),) if text else ()

    def _written(self, glyph: Glyph) -> Callable[[str], str]:
        """The way to write a character as it is printed: "m²", "H₂O"."""
        if glyph.is_visible and glyph.style.size < _SMALL * self.style.size:
            shift = (glyph.y - self.y) / self.style.size
            if shift > _RAISED:
                return raised
            if shift < -_LOWERED:
                return lowered
        return str


def _with_mark(cells: tuple[Cell, ...], size: float) -> tuple[Cell, ...]:
    """The cells of a line, the only two as one if the first is the mark of a list item."""
    if len(cells) != 2 or not _ITEM_MARK.fullmatch(cells[0].text):
        return cells
    mark, text = cells
    if max(text.left - mark.right, mark.left - text.right) > _MARK_GAP * size:
        return cells
    left, right = min(mark.left, text.left), max(mark.right, text.right)
    return (Cell(f"{mark.text} {text.text}", left, right),)


def _with_narrow_blanks(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The characters of a line with a blank in each gap that is clearly wider than most.

    PDFium sees none in lines that are set tightly, where a word begins or ends with a narrow
    letter. Where all letters stand apart, a gap ends no word.
    """
    gaps = [
        (after.left - before.right) / max(before.style.size, 1.0)
        for before, after in pairwise(glyphs)
        if before.is_visible and after.is_visible
    ]
    if max(gaps, default=0.0) <= BLANK:
        return list(glyphs)
    usual = median(gaps)
    if abs(usual) > _SPACED:
        return list(glyphs)
    result = list(glyphs[:1])
    for before, after in pairwise(glyphs):
        if before.is_visible and after.is_visible:
            size = max(before.style.size, after.style.size)
            gap = after.left - before.right
            if gap > (usual + BLANK) * size and _parts_words(before.text, after.text):
                result.append(Glyph(" "))
        result.append(after)
    return result


def _parts_words(before: str, after: str) -> bool:
    """Whether a gap parts words: none in Chinese and Japanese, nor before a stop."""
    return _IN_WORD.fullmatch(before) is not None and _AT_WORD.fullmatch(after) is not None


def _normalized(text: str) -> str:
    """The text with surrogate pairs joined, plain fractions, and a split mark at its end only."""
    text = text.strip(" \t\u00a0").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    body = text.rstrip(HYPHEN)
    mark = HYPHEN if len(body) < len(text) else ""
    return _FRACTION.sub(_fraction, body.replace(HYPHEN, "")) + mark


def _fraction(match: regex.Match[str]) -> str:
    """A fraction whose numerator is raised: "1 1/4"; "10²/4" is none, since it can be reduced."""
    numerator, denominator = (unicodedata.normalize("NFKC", match[n]) for n in (2, 4))
    is_lowered = match[4] != denominator
    if not is_lowered and math.gcd(int(numerator), int(denominator)) != 1:
        return match[0]
    return f"{match[1]} {numerator}{match[3]}{denominator}".strip()


def _drafts(glyphs: Sequence[Glyph]) -> list[_Draft]:
    """The lines of a page; a line end, another direction or another baseline ends one."""
    drafts: list[_Draft] = []
    draft: _Draft | None = None
    broken = False
    for glyph in glyphs:
        if glyph.text == BREAK:
            if glyph.inferred:
                broken = True
            else:
                draft = None
        elif not glyph.is_visible:
            if draft is not None:
                draft.add(glyph)
        else:
            if draft is None or not draft.takes(glyph, broken=broken):
                draft = _Draft(glyph.style, glyph.y)
                drafts.append(draft)
            elif broken:
                draft.add_gap(glyph)
            if draft.is_mark_above(glyph):
                _insert(glyph, draft.glyphs)
            else:
                draft.add(glyph)
            broken = False
            if glyph.inferred:  # a split mark
                draft = None
    return drafts


def _with_raised_figures(drafts: Sequence[_Draft]) -> list[_Draft]:
    """The lines, with marks of notes that are drawn after their line set into its gaps."""
    result: list[_Draft] = []
    for draft in drafts:
        if result and _is_raised(draft, result[-1]):
            for figure in draft.glyphs:
                if figure.is_visible:
                    _insert(figure, result[-1].glyphs)
        else:
            result.append(draft)
    return result


def _insert(figure: Glyph, glyphs: list[Glyph]) -> None:
    """Set a raised figure among the characters of a line, with blanks where there are gaps."""
    place = max(
        k for k, glyph in enumerate(glyphs) if glyph.is_visible and glyph.left < figure.left
    )
    end = place + 1
    while end < len(glyphs) and not glyphs[end].is_visible:
        end += 1
    parts = [glyphs[place]]
    for glyph in (figure, *glyphs[end : end + 1]):
        if glyph.left - parts[-1].right > BLANK * figure.style.size:
            parts.append(Glyph(" "))
        parts.append(glyph)
    glyphs[place : end + 1] = parts


def _is_raised(draft: _Draft, line: _Draft) -> bool:
    """Whether `draft` is figures above the baseline of `line`, each in a gap or at its end."""
    size = line.style.size
    if (
        draft.style.turn != line.style.turn
        or draft.style.size >= _SMALL * size
        or not _RAISED * size < draft.y - line.y < _MAX_SHIFT * size
        or not _NOTE_MARKS.fullmatch(draft.text)
        or RIGHT_TO_LEFT.search(line.text)
    ):
        return False
    slack = _LOWERED * size
    printed = [glyph for glyph in line.glyphs if glyph.is_visible]
    left, right = printed[0].left, max(glyph.right for glyph in printed)
    return all(
        left < figure.left < right + _WORD_GAP * size
        and all(
            glyph.right < figure.left + slack or glyph.left > figure.right - slack
            for glyph in printed
        )
        for figure in draft.glyphs
        if figure.is_visible
    )


def _tells_words(texts: Sequence[str]) -> bool:
    """Whether Korean lines have a blank behind them where a word ends with the line."""
    ends = [_HANGUL_END.search(text) for text in texts]
    blanks = [end[0][-1] == " " for end in ends if end is not None]
    return sum(blanks) > _MIN_WORD_ENDS * len(blanks)


def lines_of(page: PdfPage, number: int) -> tuple[list[PdfLine], list[Grid]]:
    """The lines of page `number` in the order of the file, and the grids that its rulings make.

    Lines beyond its edges are left out.
    """
    with closing(page.get_textpage()) as text:
        drafts = _with_raised_figures(_drafts(with_vertical_lines(glyphs_of(text))))
    turns = Counter[int]()
    for draft in drafts:
        turns[draft.style.turn] += len(draft.glyphs)
    main = turns.most_common(1)[0][0] if turns else 0
    grids = grids_of(rulings_of(page, max(main, 0)))
    box = page.get_bbox()
    texts = [draft.text for draft in drafts]
    tells_words = _tells_words(texts)
    is_right_to_left = runs_right_to_left("".join(texts))
    gutters = gutters_of([draft.glyphs for draft in drafts if draft.style.turn == main])
    lines = []
    for draft in drafts:
        near, low, far, high = upright(box, draft.style.turn)
        own_grids = grids if draft.style.turn == main else ()
        cells = draft.cells(own_grids, gutters, is_right_to_left=is_right_to_left)
        if not cells:
            continue
        visible = [glyph.style for glyph in draft.glyphs if glyph.is_visible]
        line = PdfLine(
            page=number,
            cells=cells,
            y=draft.y,
            size=Counter(style.size for style in visible).most_common(1)[0][0],
            bold=sum(style.bold for style in visible) > 0.9 * len(visible),
            level=(draft.y - low) / max(high - low, 1.0),
            turned=draft.style.turn != main,
            end_size=visible[-_END:][0].size,
            within_word=tells_words and len(cells) == 1 and bool(_HANGUL.match(draft.text[-1:])),
        )
        if -0.02 < line.level < 1.02 and line.left < far and line.right > near:
            lines.append(line)
    return lines, grids
