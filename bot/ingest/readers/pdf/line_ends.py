"""The text of lines that follow each other: words that a line end splits are joined."""

import regex

from bot.ingest.readers.pdf.characters import HYPHEN
from bot.language.word_lists import word_list

HYPHENS = (HYPHEN, "-", "‐")
"""The signs at the end of a line that may split a word."""

_LAST_WORD = regex.compile(r"[\p{L}\p{M}]+$")
_FIRST_WORD = regex.compile(r"^[\p{L}\p{M}]+")
UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\u3000-\u303f\u30fb\u30fc\uff00-\uff65]$"
)
"""The end of a text in a script that has no blanks between words, such as Chinese or Thai."""


_HYPHENATED = {
    "ca": ("els", "amb"),
    "en": ("the", "and"),
    "es": ("los", "una"),
    "fr": ("les", "des"),
    "it": ("che", "della"),
    "pt": ("os", "uma"),
    "ro": ("și", "în"),
    "ru": ("и", "не"),
}
"""Languages that write most compounds with a hyphen, not as one word, and words that tell them.

The identification of languages writes a file when it begins, which the sandbox does not allow.
"""

_MIN_LETTERS = 2


def joined(before: str, after: str, vocabulary: frozenset[str]) -> str:
    """The text of two lines; a hyphen between them goes unless it is part of the word.

    `vocabulary` has the words that stand unbroken in the document, in lower case.

    "exam-" and "ple" give "example". "well-" and "known" give "well-known" if that stands
    unbroken elsewhere in the document and "wellknown" does not, "mixed-" and "use" give
    "mixed-use" since both are English and "mixeduse" is not. "1990-" and "2000", as well as
    "North-" and "South", keep the hyphen.
    """
    if not before or (UNSPACED.search(before) and UNSPACED.search(after[:1])):
        return before + after
    if not before.endswith(HYPHENS):
        return f"{before} {after}"
    last, first = _LAST_WORD.search(before[:-1]), _FIRST_WORD.match(after)
    if last is None or first is None or not after[:1].islower():
        blank = "" if before[-2:-1].isalnum() else " "
        return f"{before[:-1]}-{blank}{after}"
    if _is_compound(last[0].casefold(), first[0].casefold(), vocabulary):
        return f"{before[:-1]}-{after}"
    return before[:-1] + after


def _is_compound(last: str, first: str, vocabulary: frozenset[str]) -> bool:
    """Whether two parts around a line end are a compound with a hyphen, and no divided word."""
    is_one, is_two = last + first in vocabulary, f"{last}-{first}" in vocabulary
    if is_one or is_two:
        return not is_one
    if min(len(last), len(first)) < _MIN_LETTERS:
        return False
    lists = (
        word_list(language)
        for language, signs in _HYPHENATED.items()
        if vocabulary.issuperset(signs)
    )
    return any(last + first not in each and last in each and first in each for each in lists)
