"""Names and titles that come from outside, made fit to be stored and shown.

File names may hold any byte but a slash and zero, titles any character: line breaks
that forge a second line of a report, marks that turn the reading direction round,
characters that cannot be seen.
"""

from __future__ import annotations

import regex

LABEL_CHARACTERS = 300
"""Titles, authors and the like are cut to this length."""

NAME_CHARACTERS = 160
"""A longer path is shown with its middle left out."""

_ELLIPSIS = "…"

_HOSTILE = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]")
# Joiners stay: Persian and Indic words and many emoji are not written without them.
_UNSEEN = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}"
    r"\u00AD\u180E\u200B\u2060-\u2064\u206A-\u206F\uFEFF\uFFF9-\uFFFB\U000E0000-\U000E007F]"
)
_BLANK = regex.compile(r"[\p{Cc}\p{Zl}\p{Zp}]")


def is_harmless(name: str) -> bool:
    """Whether `name` can be encoded as UTF-8 and printed on one line as it reads."""
    return not _HOSTILE.search(name)


def has_unseen(text: str) -> bool:
    """Whether `text` holds control characters or others that cannot be seen."""
    return _UNSEEN.search(text) is not None


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"  # a byte of a name that is not UTF-8
    return character.encode("unicode_escape").decode("ascii")


def shown(name: str, most: int = NAME_CHARACTERS) -> str:
    """`name` on one printable line: what cannot be seen is escaped, the middle cut out.

    Showing what was shown already changes nothing.
    """
    line = _UNSEEN.sub(lambda match: _escape(match.group()), name)
    if len(line) <= most:
        return line
    tail = (most - 1) // 2
    return line[: most - 1 - tail] + _ELLIPSIS + line[len(line) - tail :]


def label(text: str, most: int = LABEL_CHARACTERS) -> str:
    """`text` as one line without unseen characters, at most `most` long; may be empty."""
    line = " ".join(_UNSEEN.sub("", _BLANK.sub(" ", text)).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + _ELLIPSIS
