"""Numbers of parts of a document: those of its headings and items."""

from typing import NamedTuple

import regex

from bot.retrieval.text.analysis import fold

SECTION_SIGN = "§"

_NUMBER = regex.compile(r"\p{Nd}{1,3}\p{L}?(?!\w)|(?<!\w)\p{L}{1,5}(?!\w)")
_HEADING = regex.compile(
    r"(?P<label>§{1,2}|\p{L}[\p{L}\p{M}]+\.?)?\p{Zs}?"
    r"(?P<number>\p{Nd}{1,3}(?:\.\p{Nd}{1,3})*+\p{L}?+)(?=[.):–—-]?(?:\s|$))"
)


class NumberedHeading(NamedTuple):
    """The word before the number of a heading, folded, empty where none; and its numbers."""

    label: str
    numbers: tuple[str, ...]


def numbers_of(mark: str) -> tuple[str, ...]:
    """The numbers in a mark, from the outermost: 2 and b of "2 (b)", 1 and 2 of "1.2"."""
    return tuple(fold(each).casefold() for each in _NUMBER.findall(mark))


def label_of(word: str) -> str:
    """The word before a number, folded, in small letters and without its full stop."""
    return SECTION_SIGN if SECTION_SIGN in word else fold(word.rstrip(".")).casefold()


def heading_number(heading: str) -> NumberedHeading | None:
    """The number that a heading begins with: "Article 2 Dogs", "3.1 Gates", "§ 4"."""
    match = _HEADING.match(heading)
    if match is None:
        return None
    return NumberedHeading(label_of(match["label"] or ""), numbers_of(match["number"]))
