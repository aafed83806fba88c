"""Brackets in lines of Arabic and Hebrew.

PDFium turns the brackets of such a line round, since it takes them for what they look like.
Where a file tells what they mean instead, they are turned once too often: ")2(" for "(2)".
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, cycle

import regex

from bot.ingest.readers.pdf.lines import PdfLine
from bot.ingest.readers.pdf.right_to_left import TURNED, left_to_right, runs_right_to_left
from bot.ingest.readers.pdf.unmapped import marked

_PAIR = regex.compile(r"\([^()]*\)|\)[^()]*\(")


def with_brackets_turned(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines of a document, with its brackets turned if most pairs are the wrong way round.

    Those within Latin words stay: "f(x)". Letters whose meaning the file does not tell may have
    misled PDFium about single ones.
    """
    texts = [line.text for line in lines if runs_right_to_left(line.text)]
    pairs = [pair[0] for text in texts for pair in _PAIR.findall(text)]
    mended = _turned if 2 * pairs.count(")") > len(pairs) else str
    return [
        replace(line, cells=tuple(replace(c, text=_closed(mended(c.text))) for c in line.cells))
        if runs_right_to_left(line.text)
        else line
        for line in lines
    ]


def _turned(text: str) -> str:
    return "".join(
        sign if is_forward else sign.translate(TURNED)
        for sign, is_forward in zip(text, left_to_right(text), strict=True)
    )


def _closed(text: str) -> str:
    """The text with its brackets opening and closing in turn, if they do not add up.

    "(a( b )c(" is "(a) b (c)". Only beside letters whose meaning the file does not tell: others
    may have brackets that do not add up, as "2)" of a list and those that the next line closes.
    """
    if marked(text) == text:
        return text
    places = [place for place, sign in enumerate(text) if sign in "()"]
    depths = list(accumulate(1 if text[place] == "(" else -1 for place in places))
    if not depths or len(depths) % 2 or depths[0] < 0 or (min(depths) >= 0 and depths[-1] == 0):
        return text
    signs = list(text)
    for place, sign in zip(places, cycle("()"), strict=False):
        signs[place] = sign
    return "".join(signs)
