"""Blocks of a PDF: its lines grouped into headings, paragraphs, list items and table rows.

A PDF file knows no paragraphs. A new one begins where the gap above a line is wider than
usual, where the line is indented, where the type changes, or where its first word would
have fitted into the line before. In doubt, lines stay together. For example:

    Opening hours                 larger type: a heading
    The garden is open from       the first line of a paragraph
    nine to six.                  no gap, and "nine" did not fit above: the same paragraph
    In winter it closes at        the sentence above ended with room for "In": a new one
    • dogs on a leash             a bullet: a list item
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import regex

from bot.core.documents import BlockKind
from bot.ingest.readers.pdf.characters import HYPHEN
from bot.ingest.readers.pdf.lines import PdfLine
from bot.ingest.readers.text import SIDE_HEADING

HEADING_RATIO = 1.12
"""Type larger than this, in sizes of the text's type, makes a heading."""

HEADING_CHARACTERS = 200
BOLD_HEADING_CHARACTERS = 120
_MAX_LINES_OF_HEADING = 3
_SIZE_CHANGE = 1.08  # ratio of two sizes of type
_WIDE_GAP = 1.25  # in usual distances of lines
_INDENT = 0.8  # in sizes of type, as the next three
_COLUMN_STEP = 4.0
_DEFAULT_LEADING = 1.2
_ROOM = 1.0
_COMMON_RATIO = 0.15  # part of all pairs of lines
_MUCH_ROOM = 0.45  # part of the width of a column

_BULLET = regex.compile(r"([•‣◦▪▫●○■□➢➤✓✔·∙⁃\uE000-\uF8FF])\s*")
_DASH = regex.compile(r"([-–—*])\s+")
_NUMBER = regex.compile(r"(\(?(?:\p{Nd}{1,3}|\p{L}|[ivx]{1,5})[.)]|\(\p{Nd}{1,3}\))\s+(?=\S)")
_SENTENCE_END = regex.compile(r"[.!?:;。！？؟][\"'”’»)\]\d⁰¹²³⁴-⁹]*$")
_DOT_LEADER = regex.compile(r"(?:[.…·]\s?){5,}\s*[\p{Nd}ivxlc]+$")
_LETTER = regex.compile(r"\p{L}")
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:-[\p{L}\p{M}]+)*")
_LAST_WORD = regex.compile(r"[\p{L}\p{M}]+$")
_FIRST_WORD = regex.compile(r"^[\p{L}\p{M}]+")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\u3000-\u303f\uff00-\uff65]$")
"""Chinese, Japanese and Thai have no blanks between words."""

_HYPHENS = (HYPHEN, "-", "‐")


@dataclass(slots=True)
class PdfBlock:
    """Lines that make one block, its kind, and its list mark, a bullet or number.

    `mark_length` counts the characters of its first line up to its words. `side` marks a
    heading that heads nothing, such as a line of the table of contents.
    """

    lines: list[PdfLine]
    kind: BlockKind = BlockKind.PARAGRAPH
    mark: str = ""
    mark_length: int = 0
    side: bool = False

    @property
    def size(self) -> float:
        """The size of type of its first line."""
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)


@dataclass(frozen=True, slots=True)
class Typography:
    """The typography of a document: size and weight of its text, and its leading.

    `leading` is the distance of two lines in sizes of type; `words` are the words that
    stand unbroken in a line, in lower case.
    """

    size: float
    bold: bool
    leading: float
    words: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, lines: Sequence[PdfLine]) -> Typography:
        """The typography of a document with these lines."""
        sizes, bold = Counter[float](), Counter[bool]()
        words: set[str] = set()
        for line in lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
            bold[line.bold] += len(line.text)
            text = line.text.casefold()
            words.update(_WORD.findall(text[:-1] if text.endswith(_HYPHENS) else text))
        return cls(
            size=sizes.most_common(1)[0][0] if sizes else 0.0,
            bold=bold[True] > bold[False],
            leading=_leading(lines),
            words=frozenset(words),
        )


def _leading(lines: Sequence[PdfLine]) -> float:
    """The smallest distance, in sizes of type, that is common between lines of one size.

    Distances are counted in steps of 1/20. If 40 pairs of lines are 1.20 apart, 5 are 1.25
    and 30 are 2.40 apart (between paragraphs), it is 1.20: the first step that holds, with
    the next one, 15 % of all pairs.
    """
    counts = Counter[int]()
    for upper, lower in pairwise(lines):
        if upper.page == lower.page and abs(upper.size - lower.size) < 0.1 and upper.size > 0:
            distance = (upper.y - lower.y) / upper.size
            if 0.9 < distance < 3.0:
                counts[round(distance * 20)] += 1
    total = counts.total()
    for step in sorted(counts):
        if counts[step] + counts[step + 1] >= _COMMON_RATIO * total:
            return (step + (counts[step + 1] > counts[step])) / 20
    return _DEFAULT_LEADING


def blocks_of(lines: Sequence[PdfLine], typography: Typography) -> list[PdfBlock]:
    """The lines of the whole document as blocks, in their order."""
    blocks: list[PdfBlock] = []
    rights = _right_edges(lines, typography)
    rows = _table_rows(lines)
    for index, line in enumerate(lines):
        previous = blocks[-1] if blocks else None
        if _DOT_LEADER.search(line.text):
            blocks.append(PdfBlock([line], BlockKind.HEADING, side=True))
            continue
        if index in rows:
            blocks.append(PdfBlock([line], BlockKind.ROW))
            continue
        is_new = previous is None or _is_new_block(
            previous, line, typography, rights[index - 1] if index else 0.0
        )
        mark = _list_mark(previous, line, is_new=is_new)
        if mark is not None:
            blocks.append(PdfBlock([line], BlockKind.ITEM, *mark))
        elif is_new or previous is None:
            blocks.append(PdfBlock([line]))
        else:
            previous.lines.append(line)
    for block in blocks:
        if block.kind is not BlockKind.ROW and _is_heading(block, typography):
            block.kind = BlockKind.HEADING
    return blocks


def _right_edges(lines: Sequence[PdfLine], typography: Typography) -> list[float]:
    """For each line, the right edge of its column.

    It is the furthest end of the lines of the page that begin about where it begins. In
    10 pt type, lines that begin at 72 and end at 290, 295 and 180 all have the edge 295;
    lines of a second column that begin at 310 do not count for them.
    """
    step = _COLUMN_STEP * max(typography.size, 1.0)
    edges: dict[tuple[int, int], float] = {}
    for line in lines:
        key = line.page, round(line.left / step)
        edges[key] = max(edges.get(key, line.right), line.right)
    return [
        max(edges.get((line.page, round(line.left / step) + next_), 0.0) for next_ in (-1, 0, 1))
        for line in lines
    ]


def _table_rows(lines: Sequence[PdfLine]) -> set[int]:
    """The indices of table rows: adjacent lines of several cells, some below each other.

    Cells are below each other if their left or right edges are within one size of type.
    """
    rows: set[int] = set()
    for index, (upper, lower) in enumerate(pairwise(lines)):
        if upper.page != lower.page or len(upper.cells) < 2 or len(lower.cells) < 2:
            continue
        if upper.y - lower.y <= 0 or upper.turned or lower.turned:
            continue
        slack = max(upper.size, lower.size)
        if any(
            min(abs(a.left - b.left), abs(a.right - b.right)) < slack
            for a in upper.cells[1:]
            for b in lower.cells[1:]
        ):
            rows |= {index, index + 1}
    return rows


def _is_new_block(block: PdfBlock, line: PdfLine, typography: Typography, right: float) -> bool:
    """Whether `line` begins a block of its own after `block`, whose column ends at `right`."""
    last = block.lines[-1]
    if block.kind is BlockKind.ROW or block.side or last.turned != line.turned:
        return True
    low, high = sorted((max(last.size, 0.1), max(line.size, 0.1)))
    if high > low * _SIZE_CHANGE:
        return True
    if last.text.endswith(HYPHEN):  # within a word
        return False
    if block.bold != line.bold and not typography.bold:
        ends = _SENTENCE_END.search(last.text) or _has_room(last, line, right)
        if block.bold or ends:
            return True
    drop = last.y - line.y
    if last.page != line.page or drop < 0:
        return not _continues(last, line)
    if drop > _WIDE_GAP * typography.leading * high:
        return True
    if block.size > typography.size * HEADING_RATIO:
        return False
    em = line.size
    margin = min(other.left for other in block.lines[-2:])
    if line.left > margin + _INDENT * em and block.kind is not BlockKind.ITEM:
        return bool(_SENTENCE_END.search(last.text)) or len(block.lines) > 1
    if block.kind is BlockKind.ITEM and line.left < block.lines[0].left - 0.3 * em:
        return True
    if _has_room(last, line, right):
        spare = right - last.right
        if _SENTENCE_END.search(last.text) and not line.text[:1].islower():
            return True
        return spare > _MUCH_ROOM * (right - last.left) and not line.text[:1].islower()
    return False


def _continues(last: PdfLine, line: PdfLine) -> bool:
    """Whether a sentence continues over the end of a page or column."""
    if last.bold != line.bold or _SENTENCE_END.search(last.text):
        return False
    return line.text[:1].islower() or last.text.endswith((",", "–", "—"))


def _has_room(last: PdfLine, line: PdfLine, right: float) -> bool:
    """Whether the first word of `line` would have fitted into the line before it."""
    words = line.text.split(" ", 1)
    width = (line.right - line.left) * len(words[0]) / max(len(line.text), 1)
    return right - last.right > width + _ROOM * line.size


def _list_mark(previous: PdfBlock | None, line: PdfLine, *, is_new: bool) -> tuple[str, int] | None:
    """The bullet or number that `line` begins with, and its length with the blanks after it.

    A dash or number counts only at the beginning of a block, after another item, or after
    the end of a sentence: a line may begin with the "5." of "page 5." by chance.
    """
    text = line.text
    match = _BULLET.match(text)
    if match:
        mark = "•" if "\ue000" <= match[1] <= "\uf8ff" else match[1]
        return mark, match.end()
    match = _DASH.match(text) or _NUMBER.match(text)
    if match is None or not _LETTER.search(text[match.end() :]):
        return None
    is_possible = previous is not None and (
        previous.kind is BlockKind.ITEM or _SENTENCE_END.search(previous.lines[-1].text)
    )
    return (match[1], match.end()) if is_new or is_possible else None


def _is_heading(block: PdfBlock, typography: Typography) -> bool:
    if len(block.lines) > _MAX_LINES_OF_HEADING or block.lines[0].turned:
        return False
    if block.mark and not any(character.isalnum() for character in block.mark):
        return False  # "1. Scope" may be a heading, "• Scope" is an item
    body = " ".join(line.text for line in block.lines)
    if not _LETTER.search(body):
        return False
    if block.size > typography.size * HEADING_RATIO:
        return len(body) <= HEADING_CHARACTERS and not body.endswith((".", ";", ","))
    return (
        block.bold
        and not typography.bold
        and block.size > 0.95 * typography.size
        and len(body) <= BOLD_HEADING_CHARACTERS
        and not body.endswith((".", ";", ",", ":"))
    )


def text_of(block: PdfBlock, typography: Typography) -> str:
    """The words of a block in one line; words split at a line end are joined."""
    if block.kind is BlockKind.ROW:
        return " | ".join(cell.text.rstrip(HYPHEN) for cell in block.lines[0].cells)
    start = 0 if block.kind is BlockKind.HEADING else block.mark_length
    text = block.lines[0].text[start:]
    for line in block.lines[1:]:
        text = _join(text, line.text, typography.words)
    return text.replace(HYPHEN, "-")


def _join(before: str, after: str, words: frozenset[str]) -> str:
    """The text of two lines; a hyphen between them goes unless it is part of the word.

    "exam-" and "ple" give "example". "well-" and "known" give "well-known" if that stands
    unbroken elsewhere in the document and "wellknown" does not. "1990-" and "2000", as well
    as "North-" and "South", keep the hyphen.
    """
    if not before or (_UNSPACED.search(before) and _UNSPACED.search(after[:1])):
        return before + after
    if not before.endswith(_HYPHENS):
        return f"{before} {after}"
    last, first = _LAST_WORD.search(before[:-1]), _FIRST_WORD.match(after)
    if last is None or first is None or not after[:1].islower():
        blank = "" if before[-2:-1].isalnum() else " "
        return f"{before[:-1]}-{blank}{after}"
    compound = f"{last[0]}-{first[0]}".casefold()
    if compound in words and compound.replace("-", "") not in words:
        return f"{before[:-1]}-{after}"
    return before[:-1] + after


def with_levels(blocks: Sequence[PdfBlock]) -> Iterator[tuple[PdfBlock, int]]:
    """Each block with its heading level: 1 for the largest type, at most 3, 0 for no heading.

    Sizes are rounded to half a point: headings of 18, 14.1 and 13.9 pt have levels 1, 2, 2.
    """
    sizes = sorted({_rounded_size(block) for block in blocks if _is_main(block)}, reverse=True)
    for block in blocks:
        if _is_main(block):
            yield block, min(sizes.index(_rounded_size(block)) + 1, 3)
        else:
            yield block, SIDE_HEADING if block.side else 0


def _is_main(block: PdfBlock) -> bool:
    return block.kind is BlockKind.HEADING and not block.side


def _rounded_size(block: PdfBlock) -> float:
    return round(block.size * 2) / 2
