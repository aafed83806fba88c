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

import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

import regex

from bot.core.documents import BlockKind
from bot.ingest.readers.headings import SIDE_HEADING
from bot.ingest.readers.pdf.characters import HYPHEN
from bot.ingest.readers.pdf.floats import with_floats_behind
from bot.ingest.readers.pdf.line_ends import joined
from bot.ingest.readers.pdf.lines import BULLETS, PdfLine
from bot.ingest.readers.pdf.margins import note_lines, note_mark
from bot.ingest.readers.pdf.paragraphs import (
    HEADING_RATIO,
    SENTENCE_END,
    PdfBlock,
    columns_of,
    is_new_block,
    mirrored,
)
from bot.ingest.readers.pdf.typography import Typography

_HEADING_CHARACTERS = 200
_BOLD_HEADING_CHARACTERS = 120
_MAX_LINES_OF_HEADING = 3
_MIN_CELLS = 4
_LABEL_CHARACTERS = 12
_MAX_DISTANCE = 2.0  # in sizes of type

_BULLET = regex.compile(rf"([{BULLETS}])\s*|([\U000f0000-\U000fffff])\s+")
_DASH = regex.compile(r"([-–—−*])\s+")
_NUMBER = regex.compile(r"(\(?(?:\p{Nd}{1,3}|\p{L}|[ivx]{1,5})[.)]|\(\p{Nd}{1,3}\))\s+(?=\S)")
_INITIAL = regex.compile(r"[\p{Latin}\p{Cyrillic}\p{Greek}]\.")
_FIRST_LETTERS = "AaIiАаΑα"
_ROMAN_BEFORE = {"v": "iv", "x": "ix"}
_DOT_LEADER = regex.compile(r"(?:[.…·]\s?){5,}\s*[\p{Nd}ivxlc]+$")
_HANGUL = regex.compile(r"\p{Hangul}")
_LETTER = regex.compile(r"\p{L}")


def blocks_of(lines: Sequence[PdfLine], typography: Typography) -> list[PdfBlock]:
    """The lines of the whole document as blocks, in their order.

    The footnotes of a page stand behind the paragraph that goes on over its end.
    """
    notes = list(note_lines(lines, typography.size))
    is_note = set(map(id, notes))
    own = [line for line in lines if id(line) not in is_note]
    lines = [mirrored(line) for line in _with_labels_apart(own)]
    blocks = with_floats_behind(_blocks(lines, typography))
    for block in blocks:
        if block.kind is not BlockKind.ROW and _is_heading(block, typography):
            block.kind = BlockKind.HEADING
    return sorted([*blocks, *_note_blocks(notes)], key=lambda block: block.lines[0].page)


def _with_labels_apart(lines: Sequence[PdfLine]) -> Iterator[PdfLine]:
    """The lines, with the first of two cells alone if the text below goes on the second only."""
    above: PdfLine | None = None
    for line, below in zip_longest(lines, lines[1:]):
        is_row = line.is_row or (
            above is not None and above.page == line.page and len(above.cells) > 1
        )
        above = line
        if (
            below is not None
            and not is_row
            and len(line.cells) == 2
            and len(below.cells) == 1
            and len(line.cells[0].text) > _LABEL_CHARACTERS
            and not line.cells[1].text[:1].islower()
            and below.page == line.page
            and 0 < line.y - below.y < _MAX_DISTANCE * line.size
            and line.cells[0].right + line.size < below.left < line.cells[1].right
        ):
            yield from (replace(line, cells=(cell,)) for cell in line.cells)
        else:
            yield line


def _note_blocks(lines: Sequence[PdfLine]) -> Iterator[PdfBlock]:
    block: PdfBlock | None = None
    for line in lines:
        mark = note_mark(line)
        is_item = (
            block is not None
            and SENTENCE_END.search(block.lines[-1].text) is not None
            and _NUMBER.match(line.text) is not None
        )
        if block is None or mark is not None or is_item:
            if block is not None:
                yield block
            block = PdfBlock([], BlockKind.PARAGRAPH, *(mark or ()))
            block.note = unicodedata.normalize("NFKC", block.mark) or None
        block.lines.append(line)
    if block is not None:
        yield block


def _blocks(lines: Sequence[PdfLine], typography: Typography) -> list[PdfBlock]:
    blocks: list[PdfBlock] = []
    columns = columns_of(lines, typography)
    rows = _table_rows(lines)
    marks: set[str] = set()
    for index, line in enumerate(lines):
        previous = blocks[-1] if blocks else None
        if _DOT_LEADER.search(line.text):
            blocks.append(PdfBlock([line], BlockKind.HEADING, side=True))
            continue
        if line.is_row or index in rows:
            blocks.append(PdfBlock([line], BlockKind.ROW))
            continue
        is_new = previous is None or is_new_block(
            previous, line, typography, columns[index - 1], lines[index + 1 : index + 2]
        )
        mark = _list_mark(previous, line, marks, is_new=is_new)
        if mark is not None:
            marks.add(mark[0])
            blocks.append(PdfBlock([line], BlockKind.ITEM, *mark))
        elif is_new or previous is None:
            blocks.append(PdfBlock([line]))
        else:
            previous.lines.append(line)
    return blocks


def _table_rows(lines: Sequence[PdfLine]) -> set[int]:
    """The indices of table rows: lines of many cells, or adjacent ones, some below each other.

    A line of many cells that a sentence enters or leaves may be one that is set widely.

    Cells are below each other if their left or right edges are within one size of type.
    """
    rows = {
        index
        for index, (line, below) in enumerate(zip_longest(lines, lines[1:]))
        if len(line.cells) >= _MIN_CELLS
        and not line.turned
        and not any(near is not None and near.text[:1].islower() for near in (line, below))
    }
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


def _list_mark(
    previous: PdfBlock | None, line: PdfLine, marks: Container[str], *, is_new: bool
) -> tuple[str, int] | None:
    """The bullet or number that `line` begins with, and its length with the blanks after it.

    A dash or number counts only at the beginning of a block, after another item, or after
    the end of a sentence: a line may begin with the "5." of "page 5." by chance. A letter
    counts only if it is the first of a list, or follows one of the `marks` before it: a line
    may begin with the "J." of a name.
    """
    text = line.text
    match = _BULLET.match(text)
    if match:
        # A sign that stands alone and whose meaning the file does not tell is a bullet, too.
        mark = "•" if match[2] or "\ue000" <= match[1] <= "\uf8ff" else match[1]
        return mark, match.end()
    match = _DASH.match(text) or _NUMBER.match(text)
    if match is None or not _LETTER.search(text[match.end() :]):
        return None
    if _INITIAL.fullmatch(match[1]) and not _counts(match[1], marks):
        return None
    is_possible = previous is not None and (
        previous.kind is BlockKind.ITEM or SENTENCE_END.search(previous.lines[-1].text)
    )
    return (match[1], match.end()) if is_new or is_possible else None


def _counts(mark: str, marks: Container[str]) -> bool:
    """Whether a letter with a stop is the first of a list, or stands behind one of `marks`."""
    letter = mark[0]
    before = {chr(ord(letter) - 1)}
    if letter.casefold() in _ROMAN_BEFORE:
        roman = _ROMAN_BEFORE[letter.casefold()]
        before.add(roman.upper() if letter.isupper() else roman)
    return letter in _FIRST_LETTERS or any(f"{other}." in marks for other in before)


def _is_heading(block: PdfBlock, typography: Typography) -> bool:
    if len(block.lines) > _MAX_LINES_OF_HEADING or block.lines[0].turned:
        return False
    if block.mark and not any(character.isalnum() for character in block.mark):
        return False  # "1. Scope" may be a heading, "• Scope" is an item
    body = " ".join(line.text for line in block.lines)
    if not _LETTER.search(body):
        return False
    if block.size > typography.size * HEADING_RATIO:
        return len(body) <= _HEADING_CHARACTERS and not body.endswith((".", ";", ","))
    return (
        block.bold
        and not typography.bold
        and block.size > 0.95 * typography.size
        and len(body) <= _BOLD_HEADING_CHARACTERS
        and not body.endswith((".", ";", ",", ":"))
    )


def text_of(block: PdfBlock, typography: Typography) -> str:
    """The words of a block in one line; words split at a line end are joined."""
    if block.kind is BlockKind.ROW:
        return " | ".join(cell.text.rstrip(HYPHEN) for cell in block.lines[0].cells)
    start = 0 if block.kind is BlockKind.HEADING else block.mark_length
    text = block.lines[0].text[start:]
    for above, line in pairwise(block.lines):
        if above.within_word and _HANGUL.match(line.text):
            text += line.text
        else:
            text = joined(text, line.text, typography.vocabulary)
    return text.replace(HYPHEN, "-")


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
