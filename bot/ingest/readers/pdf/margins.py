"""Line numbers beside the text of a PDF page, and footnotes below it."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from statistics import median

import regex

from bot.ingest.readers.pdf.lines import Cell, PdfLine
from bot.ingest.readers.pdf.paragraphs import SENTENCE_END

_NUMBER = regex.compile(r"\p{Nd}{1,4}")
_MIN_NUMBERS = 4
_MIN_CHARACTERS = 40
_NOTE_MARK = regex.compile(
    r"(?:[⁰¹²³⁴-⁹]{1,3}|[*†‡§]{1,3})\s*(?=[\p{L}\p{Pi}])|\p{Nd}{1,3}\s+(?=[\p{Lu}\p{Lo}\p{Pi}])"
)
_NOTES_LEVEL = 0.5
_NOTES_SIZE = 0.93
_NOTES_GAP = 1.8  # in sizes of type


def without_line_numbers(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines of one page without the numbers in its margin that count them.

    They go up evenly, each on its line of running text. Those of a numbered list stand
    before lines that end their sentences, those of a table before short cells.
    """
    groups: defaultdict[int, list[tuple[PdfLine, Cell]]] = defaultdict(list)
    for line in lines:
        text = _text_beside(line, lines) if _NUMBER.fullmatch(line.cells[0].text) else None
        if text is not None:
            groups[round(text.left / max(line.size, 1.0))].append((line, text))
    numbers = {id(line) for group in groups.values() if _count_lines(group) for line, _ in group}
    return [
        replace(line, cells=line.cells[1:]) if id(line) in numbers else line
        for line in lines
        if id(line) not in numbers or len(line.cells) > 1
    ]


def _text_beside(number: PdfLine, lines: Sequence[PdfLine]) -> Cell | None:
    """The text to the right of a number, be it drawn with it or apart; None if it is a table."""
    if len(number.cells) > 1:
        return number.cells[1] if len(number.cells) == 2 else None
    beside = [
        line
        for line in lines
        if abs(line.y - number.y) < number.size / 2 and line.left > number.right
    ]
    return beside[0].cells[0] if len(beside) == 1 and len(beside[0].cells) == 1 else None


def _count_lines(group: Sequence[tuple[PdfLine, Cell]]) -> bool:
    numbers = [int(line.cells[0].text) for line, _ in group]
    steps = {after - before for before, after in pairwise(numbers)}
    texts = [text.text for _, text in group]
    return (
        len(group) >= _MIN_NUMBERS
        and len(steps) == 1
        and min(steps) > 0
        and median(map(len, texts)) >= _MIN_CHARACTERS
        and sum(SENTENCE_END.search(text) is not None for text in texts) < len(texts) / 2
    )


def note_lines(lines: Sequence[PdfLine], size: float) -> Iterator[PdfLine]:
    """The lines of footnotes in a document whose text has type of `size`.

    They are the last lines of a page, from the first that begins with a note's mark in
    smaller type, or below a gap.
    """
    for _, page in groupby(lines, key=lambda line: line.page):
        upright = [line for line in page if not line.turned]
        for place in range(1, len(upright)):
            above, line = upright[place - 1], upright[place]
            if (
                _begins_notes(above, line, size)
                and all(
                    after.y < line.y
                    and after.level < _NOTES_LEVEL
                    and after.size <= 1.02 * line.size
                    for after in upright[place + 1 :]
                )
                and _count_notes(upright[place:])
            ):
                yield from upright[place:]
                break


def _begins_notes(above: PdfLine, line: PdfLine, size: float) -> bool:
    gap = above.y - line.y
    return (
        line.level < _NOTES_LEVEL
        and not line.bold
        and len(line.cells) == 1
        and _NOTE_MARK.match(line.text) is not None
        and (
            line.size < _NOTES_SIZE * size
            or (line.size < 1.02 * size and gap > _NOTES_GAP * max(above.size, line.size))
        )
    )


def _count_notes(lines: Sequence[PdfLine]) -> bool:
    """Whether the numbers of notes, if they have some, count them."""
    marks = [match[0].strip() for line in lines if (match := _NOTE_MARK.match(line.text))]
    numbers = [int(unicodedata.normalize("NFKC", mark)) for mark in marks if mark[0].isdigit()]
    return all(after == before + 1 for before, after in pairwise(numbers))


def note_mark(line: PdfLine) -> tuple[str, int] | None:
    """The mark of the footnote that a line among footnotes begins, and its length with blanks."""
    match = _NOTE_MARK.match(line.text)
    return (match[0].strip(), match.end()) if match else None
