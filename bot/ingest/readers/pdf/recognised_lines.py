"""Lines of words that were recognised in the picture of a page, among those of its text layer."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean

from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.pdf.line_ends import UNSPACED
from bot.ingest.readers.pdf.lines import CELL_GAP, Cell, PdfLine
from bot.ingest.recognised_page import RecognisedLine, RecognisedPage, RecognisedWord

_ONE_SIZE = 0.15
"""Sizes of type vary by this part, as a line has letters that reach up and down, or has none."""

_SAME_LINE = 0.5  # in sizes of type


def recognised_lines(page: RecognisedPage) -> list[PdfLine]:
    """The lines of a page that was recognised, each with the mean confidence of its words."""
    sizes = Counter[float]()
    for line in page.lines:
        sizes[_rounded(line.size)] += sum(len(word.text) for word in line.words)
    main = sizes.most_common(1)[0][0] if sizes else 0.0
    return [
        PdfLine(
            page=page.number,
            cells=tuple(_cells(line)),
            y=line.y,
            size=main if abs(line.size - main) < _ONE_SIZE * main else _rounded(line.size),
            bold=False,
            level=line.y / max(page.height, 1.0),
            confidence=fmean(word.confidence for word in line.words),
        )
        for line in page.lines
    ]


def with_recognised(lines: Sequence[PdfLine], recognised: Sequence[PdfLine]) -> list[PdfLine]:
    """The few `lines` that a page holds as text, and those `recognised` around them."""
    first = recognised[0].y if recognised else 0.0
    return [
        *(line for line in lines if line.y > first),
        *(line for line in recognised if not any(_overlap(line, other) for other in lines)),
        *(line for line in lines if line.y <= first),
    ]


def gap_line(page: int, before: Sequence[PdfLine]) -> PdfLine:
    """A line that stands for a page whose words cannot be read, after the lines `before`."""
    size = before[-1].size if before else 0.0
    return PdfLine(page, (Cell(UNREADABLE, 0.0, 1.0),), y=0.0, size=size, bold=False, level=0.5)


def _cells(line: RecognisedLine) -> Iterator[Cell]:
    run = [line.words[0]]
    for before, word in pairwise(line.words):
        gap = max(word.left - before.right, before.left - word.right)
        if gap > CELL_GAP * line.size:
            yield _cell(run)
            run = []
        run.append(word)
    yield _cell(run)


def _cell(words: Sequence[RecognisedWord]) -> Cell:
    text = words[0].text
    for word in words[1:]:
        is_unspaced = UNSPACED.search(text) and UNSPACED.search(word.text[:1])
        text += word.text if is_unspaced else f" {word.text}"
    return Cell(text, min(word.left for word in words), max(word.right for word in words))


def _overlap(line: PdfLine, other: PdfLine) -> bool:
    return (
        abs(line.y - other.y) < _SAME_LINE * max(line.size, other.size)
        and line.left < other.right
        and other.left < line.right
    )


def _rounded(size: float) -> float:
    return round(size * 2) / 2
