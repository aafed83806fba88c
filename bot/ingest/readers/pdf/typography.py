"""The typography of a PDF: the size and weight of its text, and the distance of its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from bot.ingest.readers.pdf.line_ends import HYPHENS
from bot.ingest.readers.pdf.lines import PdfLine

_DEFAULT_LEADING = 1.2
_COMMON_RATIO = 0.15  # part of all pairs of lines
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:-[\p{L}\p{M}]+)*")


@dataclass(frozen=True, slots=True)
class Typography:
    """The typography of a document: size and weight of its text, and its leading.

    `leading` is the distance of two lines in sizes of type, `vocabulary` the words that stand
    unbroken in its lines, in lower case.
    """

    size: float
    bold: bool
    leading: float
    vocabulary: frozenset[str]

    @classmethod
    def of(cls, lines: Sequence[PdfLine]) -> Typography:
        """The typography of a document with these lines."""
        sizes, bold = Counter[float](), Counter[bool]()
        words: set[str] = set()
        for line in lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
            bold[line.bold] += len(line.text)
            text = line.text.casefold()
            words.update(_WORD.findall(text[:-1] if text.endswith(HYPHENS) else text))
        return cls(
            size=sizes.most_common(1)[0][0] if sizes else 0.0,
            bold=bold[True] > bold[False],
            leading=_leading(lines),
            vocabulary=frozenset(words),
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
