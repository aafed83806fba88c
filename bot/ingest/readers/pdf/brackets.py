"""Brackets in lines of Arabic and Hebrew.

PDFium turns the brackets of such a line round, since it takes them for what they look like.
Where a file tells what they mean instead, they are turned once too often: ")2(" for "(2)".
"""

from collections.abc import Sequence
from dataclasses import replace

import regex

from bot.ingest.readers.pdf.lines import PdfLine
from bot.ingest.readers.pdf.right_to_left import RIGHT_TO_LEFT, runs_right_to_left

_LETTER = regex.compile(r"\p{L}")
_PAIR = regex.compile(r"\([^()]*\)|\)[^()]*\(")
_TURNED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def with_brackets_turned(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines of a document, with its brackets turned if most pairs are the wrong way round.

    Those behind Latin letters were not turned by PDFium, and stay.
    """
    texts = [line.text for line in lines if runs_right_to_left(line.text)]
    pairs = [pair[0] for text in texts for pair in _PAIR.findall(text)]
    if 2 * pairs.count(")") <= len(pairs):
        return list(lines)
    return [
        replace(line, cells=tuple(replace(cell, text=_turned(cell.text)) for cell in line.cells))
        if runs_right_to_left(line.text)
        else line
        for line in lines
    ]


def _turned(text: str) -> str:
    result = []
    turns = True
    for character in text:
        if _LETTER.match(character):
            turns = RIGHT_TO_LEFT.match(character) is not None
        result.append(character.translate(_TURNED) if turns else character)
    return "".join(result)
