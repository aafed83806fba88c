"""The reader of source code and of settings: passages of lines, cut where the code is.

Each definition that is not indented, with the comment directly above it, is a passage. A long one
is cut at the blank lines before what is indented least, as a class is before its methods; code
without blank lines at the lines that are indented least. No language is parsed.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.core.documents import Parsed
from bot.ingest.readers.numbered_lines import NumberedLine, decoded, numbered_lines, parsed_lines

MOST_CHARACTERS, MOST_LINES = 1_200, 40
"""A longer passage is cut."""

_CLOSING = ("}", ")", "]", "end", "*/", "-->")


def parse(data: bytes) -> Parsed:
    """The blocks of a file in UTF-8."""
    text = decoded(data)
    lines = numbered_lines(text)
    starts = [place for place in _after_blank_lines(lines) if not lines[place].indent]
    groups = [group for part in _split(lines, starts) for group in _cut(part)]
    return parsed_lines(text, groups)


def _cut(lines: Sequence[NumberedLine]) -> Iterator[Sequence[NumberedLine]]:
    """The lines in passages that are short enough, with a stack: recursion could run too deep."""
    stack = [lines]
    while stack:
        part = stack.pop()
        if len(part) == 1 or _fits(part):
            yield part
        elif starts := _least_indented(part, _after_blank_lines(part)):
            stack += reversed(_split(part, starts))
        else:
            starts = _least_indented(part, range(1, len(part))) or list(range(1, len(part)))
            stack += reversed(_filled(_split(part, starts)))


def _fits(lines: Sequence[NumberedLine]) -> bool:
    return len(lines) <= MOST_LINES and lines[-1].end - lines[0].start <= MOST_CHARACTERS


def _after_blank_lines(lines: Sequence[NumberedLine]) -> list[int]:
    """The places of lines that stand below a blank line and close nothing."""
    return [
        place
        for place, (above, line) in enumerate(pairwise(lines), 1)
        if line.number > above.number + 1 and not _closes(line)
    ]


def _least_indented(lines: Sequence[NumberedLine], places: Sequence[int]) -> list[int]:
    """Those of `places` whose lines are indented least and close nothing."""
    opening = [place for place in places if not _closes(lines[place])]
    least = min((lines[place].indent for place in opening), default=0)
    return [place for place in opening if lines[place].indent == least]


def _closes(line: NumberedLine) -> bool:
    return line.body.startswith(_CLOSING, line.indent)


def _split(lines: Sequence[NumberedLine], starts: Sequence[int]) -> list[Sequence[NumberedLine]]:
    """The lines in parts, of which all but the first begin at `starts`."""
    bounds = [0, *starts, len(lines)]
    return [lines[start:end] for start, end in pairwise(bounds) if start < end]


def _filled(parts: Sequence[Sequence[NumberedLine]]) -> list[Sequence[NumberedLine]]:
    """Neighbouring parts joined as long as they fit."""
    filled = [parts[0]]
    for part in parts[1:]:
        joined = [*filled[-1], *part]
        if _fits(joined):
            filled[-1] = joined
        else:
            filled.append(part)
    return filled
