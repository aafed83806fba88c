"""The text of lines that follow each other: words that a line end splits are joined."""

from collections.abc import Collection

import regex

from bot.ingest.readers.pdf.characters import HYPHEN

HYPHENS = (HYPHEN, "-", "‐")
"""The signs at the end of a line that may split a word."""

_LAST_WORD = regex.compile(r"[\p{L}\p{M}]+$")
_FIRST_WORD = regex.compile(r"^[\p{L}\p{M}]+")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\u3000-\u303f\uff00-\uff65]$")
"""Chinese, Japanese and Thai have no blanks between words."""


def joined(before: str, after: str, words: Collection[str]) -> str:
    """The text of two lines; a hyphen between them goes unless it is part of the word.

    "exam-" and "ple" give "example". "well-" and "known" give "well-known" if that stands
    unbroken elsewhere in the document and "wellknown" does not. "1990-" and "2000", as well
    as "North-" and "South", keep the hyphen.
    """
    if not before or (_UNSPACED.search(before) and _UNSPACED.search(after[:1])):
        return before + after
    if not before.endswith(HYPHENS):
        return f"{before} {after}"
    last, first = _LAST_WORD.search(before[:-1]), _FIRST_WORD.match(after)
    if last is None or first is None or not after[:1].islower():
        blank = "" if before[-2:-1].isalnum() else " "
        return f"{before[:-1]}-{blank}{after}"
    compound = f"{last[0]}-{first[0]}".casefold()
    if compound in words and compound.replace("-", "") not in words:
        return f"{before[:-1]}-{after}"
    return before[:-1] + after
