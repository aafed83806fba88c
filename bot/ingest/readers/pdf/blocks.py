"""Lines of a PDF to headings, paragraphs, list items and table rows, by how they look.

A PDF knows no paragraphs. A new one begins where the gap above a line is wider than
between lines, where the line is indented, where the type changes, or where its first
word would have found room in the line before. In doubt lines stay together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import regex

from bot.core.documents import BlockKind
from bot.ingest.readers.pdf.lines import HYPHEN, PdfLine
from bot.ingest.readers.text import SIDE_HEADING

LARGER = 1.12
"""Type of this size, in that of the text, makes a heading."""

HEADING_CHARACTERS = 200
BOLD_HEADING_CHARACTERS = 120
_HEADING_LINES = 3
_SIZE_CHANGE = 1.08
_WIDE_GAP = 1.25
_INDENT = 0.8
_COLUMN = 4.0
_LEADING = 1.2
_SHARE = 0.15
_ROOM = 1.0
_MUCH_ROOM = 0.45

_BULLET = regex.compile(r"([•‣◦▪▫●○■□➢➤✓✔·∙⁃\uE000-\uF8FF])\s*")
_DASH = regex.compile(r"([-–—*])\s+")
_COUNT = regex.compile(r"(\(?(?:\p{Nd}{1,3}|\p{L}|[ivx]{1,5})[.)]|\(\p{Nd}{1,3}\))\s+(?=\S)")
_SENTENCE_END = regex.compile(r"[.!?:;。！？؟][\"'”’»)\]\d]*$")
_LEADER = regex.compile(r"(?:[.…·]\s?){5,}\s*[\p{Nd}ivxlc]+$")
_LETTER = regex.compile(r"\p{L}")
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:-[\p{L}\p{M}]+)*")
_LAST = regex.compile(r"[\p{L}\p{M}]+$")
_FIRST = regex.compile(r"^[\p{L}\p{M}]+")
_HYPHENS = (HYPHEN, "-", "‐")


@dataclass(slots=True)
class Chunk:
    """Lines that make one block, its kind, and the bullet or number before its words.

    `side` marks what heads nothing, such as a line of the table of contents.
    """

    lines: list[PdfLine]
    kind: BlockKind = BlockKind.PARAGRAPH
    mark: str = ""
    skip: int = 0
    side: bool = False

    @property
    def page(self) -> int:
        """Where it begins."""
        return self.lines[0].page

    @property
    def size(self) -> float:
        """The size of its type, by its first line."""
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)


@dataclass(frozen=True, slots=True)
class Setting:
    """How the whole document is set: size and weight of its text, its distance of lines.

    `leading` is in sizes of type; `words` are those that stand unbroken in a line.
    """

    size: float
    bold: bool
    leading: float
    words: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, lines: Sequence[PdfLine]) -> Setting:
        """The setting of a document with these lines."""
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
    """The smallest distance that is common between lines of the same type."""
    found = Counter[int]()
    for one, other in pairwise(lines):
        if one.page == other.page and abs(one.size - other.size) < 0.1 and one.size > 0:
            ratio = (one.y - other.y) / one.size
            if 0.9 < ratio < 3.0:
                found[round(ratio * 20)] += 1
    total = found.total()
    for step in sorted(found):
        if found[step] + found[step + 1] >= _SHARE * total:
            return max(step, step + (found[step + 1] > found[step])) / 20
    return _LEADING


def chunks(lines: Sequence[PdfLine], setting: Setting) -> list[Chunk]:
    """The lines of the whole document as blocks, in their order."""
    found: list[Chunk] = []
    rights = _right_edges(lines, setting)
    rows = _rows(lines)
    for place, line in enumerate(lines):
        previous = found[-1] if found else None
        if _LEADER.search(line.text):
            found.append(Chunk([line], BlockKind.HEADING, side=True))
            continue
        if place in rows:
            found.append(Chunk([line], BlockKind.ROW))
            continue
        alone = previous is None or _begins(
            previous, line, setting, rights[place - 1] if place else 0.0
        )
        mark = _mark(previous, line, alone=alone)
        if mark is not None:
            found.append(Chunk([line], BlockKind.ITEM, mark[0], mark[1]))
        elif alone or previous is None:
            found.append(Chunk([line]))
        else:
            previous.lines.append(line)
    for chunk in found:
        if chunk.kind is not BlockKind.ROW and _is_heading(chunk, setting):
            chunk.kind = BlockKind.HEADING
    return found


def _right_edges(lines: Sequence[PdfLine], setting: Setting) -> list[float]:
    """For each line how far its column reaches: the furthest end of lines that begin near it."""
    em = max(setting.size, 1.0)
    reach: dict[tuple[int, int], float] = {}
    for line in lines:
        key = (line.page, round(line.left / (_COLUMN * em)))
        reach[key] = max(reach.get(key, line.right), line.right)
    found = []
    for line in lines:
        column = round(line.left / (_COLUMN * em))
        near = (reach.get((line.page, column + step), 0.0) for step in (-1, 0, 1))
        found.append(max(near))
    return found


def _rows(lines: Sequence[PdfLine]) -> set[int]:
    """Where lines of several cells follow each other with cells below one another."""
    found: set[int] = set()
    for place in range(len(lines) - 1):
        one, other = lines[place], lines[place + 1]
        if one.page != other.page or len(one.cells) < 2 or len(other.cells) < 2:
            continue
        if one.y - other.y <= 0 or one.turned or other.turned:
            continue
        slack = max(one.size, other.size)
        if any(
            min(abs(a.left - b.left), abs(a.right - b.right)) < slack
            for a in one.cells[1:]
            for b in other.cells[1:]
        ):
            found |= {place, place + 1}
    return found


def _begins(block: Chunk, line: PdfLine, setting: Setting, right: float) -> bool:
    """Whether `line` begins a block of its own after `block`."""
    last = block.lines[-1]
    if block.kind is BlockKind.ROW or block.side or last.turned != line.turned:
        return True
    low, high = sorted((max(last.size, 0.1), max(line.size, 0.1)))
    if high > low * _SIZE_CHANGE:
        return True
    if last.is_split:
        return False
    if block.bold != line.bold and not setting.bold:
        ends = _SENTENCE_END.search(last.text) or _has_room(last, line, right)
        if block.bold or ends:
            return True
    drop = last.y - line.y
    if last.page != line.page or drop < 0:
        return not _goes_on(last, line)
    if drop > _WIDE_GAP * setting.leading * high:
        return True
    if block.size > setting.size * LARGER:
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


def _goes_on(last: PdfLine, line: PdfLine) -> bool:
    """Whether a sentence runs on over the end of a page or column."""
    if last.bold != line.bold or _SENTENCE_END.search(last.text):
        return False
    return line.text[:1].islower() or last.text.endswith((",", "–", "—"))


def _has_room(last: PdfLine, line: PdfLine, right: float) -> bool:
    """Whether the first word of `line` would have fitted into the line before it."""
    words = line.text.split(" ", 1)
    width = (line.right - line.left) * len(words[0]) / max(len(line.text), 1)
    return right - last.right > width + _ROOM * line.size


def _mark(previous: Chunk | None, line: PdfLine, *, alone: bool) -> tuple[str, int] | None:
    """The bullet or number `line` begins with, and how many characters it takes."""
    text = line.text
    match = _BULLET.match(text)
    if match:
        mark = "•" if "\ue000" <= match[1] <= "\uf8ff" else match[1]
        return mark, match.end()
    match = _DASH.match(text) or _COUNT.match(text)
    if match is None or not _LETTER.search(text[match.end() :]):
        return None
    listed = previous is not None and (
        previous.kind is BlockKind.ITEM or _SENTENCE_END.search(previous.lines[-1].text)
    )
    return (match[1], match.end()) if alone or listed else None


def _is_heading(chunk: Chunk, setting: Setting) -> bool:
    if len(chunk.lines) > _HEADING_LINES or chunk.lines[0].turned:
        return False
    if chunk.mark and not any(character.isalnum() for character in chunk.mark):
        return False  # "1. Scope" may be a heading, "• Scope" is an item
    body = " ".join(line.text for line in chunk.lines)
    if not _LETTER.search(body):
        return False
    if chunk.size > setting.size * LARGER:
        return len(body) <= HEADING_CHARACTERS and not body.endswith((".", ";", ","))
    return (
        chunk.bold
        and not setting.bold
        and chunk.size > 0.95 * setting.size
        and len(body) <= BOLD_HEADING_CHARACTERS
        and not body.endswith((".", ";", ",", ":"))
    )


def joined(chunk: Chunk, setting: Setting) -> str:
    """The words of a block in one line; words split at a line end are whole again."""
    if chunk.kind is BlockKind.ROW:
        return " | ".join(cell.text.rstrip(HYPHEN) for cell in chunk.lines[0].cells)
    skip = 0 if chunk.kind is BlockKind.HEADING else chunk.skip
    text = chunk.lines[0].text[skip:]
    for line in chunk.lines[1:]:
        text = _together(text, line.text, setting.words)
    return text.replace(HYPHEN, "-")


def _together(one: str, other: str, words: frozenset[str]) -> str:
    if not one:
        return other
    if not one.endswith(_HYPHENS):
        return f"{one} {other}"
    before, first = _LAST.search(one[:-1]), _FIRST.match(other)
    if before is None or first is None or not other[:1].islower():
        # "1990-" and "2000", "North-" and "South": the hyphen is part of the word.
        blank = "" if one[-2:-1].isalnum() else " "
        return f"{one[:-1]}-{blank}{other}"
    compound = f"{before[0]}-{first[0]}".casefold()
    if compound in words and compound.replace("-", "") not in words:
        return f"{one[:-1]}-{other}"
    return one[:-1] + other


def levels(found: Sequence[Chunk]) -> Iterator[tuple[Chunk, int]]:
    """Each block with its heading level: 1 for the largest type, at most 3, 0 for no heading."""
    order = sorted({_rank(chunk) for chunk in found if _heads(chunk)}, reverse=True)
    for chunk in found:
        side = SIDE_HEADING if chunk.side else 0
        yield chunk, min(order.index(_rank(chunk)) + 1, 3) if _heads(chunk) else side


def _heads(chunk: Chunk) -> bool:
    return chunk.kind is BlockKind.HEADING and not chunk.side


def _rank(chunk: Chunk) -> float:
    return round(chunk.size * 2) / 2
