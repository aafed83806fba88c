"""Numbered lines, and blocks of them, for files that people cite by the numbers of lines.

The text of the document is the file itself without invisible controls, so that a quote is an
exact part of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

from bot.core.documents import Block, BlockKind, Landmark, LandmarkKind, Parsed, Span
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import CONTROLS, NO_WORDS

# As editors count them: other signs that Unicode breaks lines at may stand within a line of code.
_LINE = regex.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_WORD = regex.compile(r"[\p{L}\p{N}]")


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A line that is not blank: its number from 1, its offset, its text without blanks at the end.

    `indent` counts the blanks and tabs that it begins with.
    """

    number: int
    start: int
    body: str
    indent: int

    @property
    def end(self) -> int:
        """The offset of its end, exclusive."""
        return self.start + len(self.body)


def decoded(data: bytes) -> str:
    """A text in UTF-8 without invisible controls."""
    return CONTROLS.sub("", data.decode("utf-8", "surrogatepass"))


def numbered_lines(text: str) -> list[NumberedLine]:
    """The lines of `text` that are not blank."""
    lines = []
    for number, match in enumerate(_LINE.finditer(text), 1):
        if body := match[0].rstrip():
            indent = len(body) - len(body.lstrip(" \t"))
            lines.append(NumberedLine(number, match.start(), body, indent))
    return lines


def parsed_lines(text: str, groups: Iterable[Sequence[NumberedLine]]) -> Parsed:
    """The document with a block for each group of lines that holds words."""
    blocks = tuple(
        block
        for block in map(_block, groups)
        if _WORD.search(text, block.span.start, block.span.end)
    )
    if not blocks:
        raise DocumentError(NO_WORDS)
    return Parsed(text, blocks)


def _block(lines: Sequence[NumberedLine]) -> Block:
    first, last = lines[0], lines[-1]
    mark = str(first.number) if first is last else f"{first.number}-{last.number}"
    span = Span(first.start, last.end)
    return Block(span, BlockKind.CODE, landmark=Landmark(LandmarkKind.LINE, mark))
