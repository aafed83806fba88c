"""Letters whose meaning a PDF does not tell: some are guessed right, others are unreadable.

A font may be drawn without a table that says which characters its signs are. PDFium then gives
their codes, which are the letters in many old files, and nonsense such as "7KHSXPS" for "The
pump" in others. Until a whole document is known, such a letter is kept behind a shift.

A text layer may hold nonsense of real letters, too: text recognition took one script for another.
"""

from collections.abc import Sequence
from dataclasses import replace

import regex

from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.pdf.characters import SHIFT
from bot.ingest.readers.pdf.lines import PdfLine
from bot.language.word_lists import word_list

_SHIFTED = regex.compile(r"[\U000f0000-\U000fffff]+")
_GUESSABLE = regex.compile(r"[\U000f0020-\U000f007e\U000f00a0-\U000fffff]+")  # no controls
_LOST = regex.compile(
    r"[\U000f0000-\U000fffff\uE000-\uF8FF\uFFFD]+(?:\s+[\U000f0000-\U000fffff\uE000-\uF8FF\uFFFD]+)*"
)
_WORD = regex.compile(r"\p{P}*\p{L}\p{Ll}+\p{P}*")
_LATIN = regex.compile(r"\S*\p{Latin}\S*")
_ODD = regex.compile(
    r"(?:\p{L}[\p{N}\\\[\]|^~<>{}*#@$%&+=_!]+\p{L}|\p{Ll}\p{Lu}|[\\\[|^~{}]\p{L}\p{L})\S*"
)
"""A word with figures, signs or a capital in its midst."""

_REGULAR = regex.compile(
    r"[\p{L}\p{N}]@[\p{L}\p{N}-]++\.\p{L}|://|www\."
    r"|^\P{L}*+\p{Lu}?\p{Ll}{2,}+(?:_?\p{Lu}\p{Ll}{2,}+|_\p{Ll}{2,}+)+\P{L}*$"
)
"""An address of mail or of a page, and words written as one: "sisäänPääsy", "tilaus_numero"."""

_PART = regex.compile(r"\p{Lu}?\p{Ll}{3,}|\p{Lu}{4,}")
_LANGUAGES = ("en", "de", "fr", "es")
_MAX_ODD = 0.25
_MIN_KNOWN = 0.2
_FEW_PARTS = 30
_MIN_LETTERS = 4
_MIN_WORDS = 0.6
_MAX_LOST = 0.3


def settled(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """`lines` with the unmapped letters as they are, if they read like words."""
    runs = [_SHIFTED.findall(line.text) for line in lines]
    words = [word for each in runs for word in _guessed(" ".join(each)).split()]
    long = [word for word in words if len(word) >= _MIN_LETTERS]
    if long and sum(_WORD.fullmatch(word) is not None for word in long) > _MIN_WORDS * len(long):
        return [
            replace(line, cells=tuple(replace(c, text=_guessed(c.text)) for c in line.cells))
            for line in lines
        ]
    return list(lines)


def is_nonsense(lines: Sequence[PdfLine]) -> bool:
    """Whether the settled lines of a page have many unmapped letters, or words that are none."""
    lost = sum(len(run) for line in lines for run in _SHIFTED.findall(line.text))
    if lost > _MAX_LOST * sum(len(line.text) for line in lines):
        return True
    words = _LATIN.findall("\n".join(line.text for line in lines))
    if len(_ODD.findall(" ".join(words))) <= _MAX_ODD * len(words):
        return False
    others = " ".join(word for word in words if not _REGULAR.search(word))
    return len(_ODD.findall(others)) > _MAX_ODD * len(words) and not _are_words(words)


def _are_words(words: Sequence[str]) -> bool:
    """Whether the parts of words are in a dictionary, as those of a program are: "lineWidth".

    They are not where Cyrillic was recognised as Latin letters: "OKTMO" for "ОКТМО".
    """
    parts = [part.casefold() for part in _PART.findall(" ".join(words))]
    known = sum(any(part in word_list(each) for each in _LANGUAGES) for part in parts)
    return len(parts) < _FEW_PARTS or known > _MIN_KNOWN * len(parts)


def marked(text: str) -> str:
    """`text` with a visible sign in place of letters without a meaning."""
    return _LOST.sub(UNREADABLE, text)


def _guessed(text: str) -> str:
    return _GUESSABLE.sub(lambda run: "".join(chr(ord(c) - SHIFT) for c in run[0]), text)
