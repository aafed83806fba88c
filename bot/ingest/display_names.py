"""Display names: untrusted file names and titles, made safe to store and to show on one line.

File names may hold any byte but a slash and zero, titles any character: line breaks that
forge a second line of a report, marks that reverse the direction of reading, characters
that cannot be seen.
"""

import regex

LABEL_CHARACTERS = 300
"""Titles, authors and the like are cut to this length."""

NAME_CHARACTERS = 160
"""A longer path is shown with its middle left out."""

_ELLIPSIS = "…"

_UNSAFE = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]")
# Joiners stay: Persian and Indic words and many emoji are not written without them.
_INVISIBLE = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}"
    r"\u00AD\u180E\u200B\u2060-\u2064\u206A-\u206F\uFEFF\uFFF9-\uFFFB\U000E0000-\U000E007F]"
)
_LINE_BREAK_OR_CONTROL = regex.compile(r"[\p{Cc}\p{Zl}\p{Zp}]")


def is_displayable(name: str) -> bool:
    """Whether `name` can be encoded as UTF-8 and printed on one line as it reads."""
    return not _UNSAFE.search(name)


def has_invisible(text: str) -> bool:
    """Whether `text` holds control characters or others that cannot be seen."""
    return _INVISIBLE.search(text) is not None


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"  # a byte of a name that is not UTF-8
    return character.encode("unicode_escape").decode("ascii")


def display_name(name: str, max_length: int = NAME_CHARACTERS) -> str:
    """`name` on one printable line: invisible characters escaped, the middle cut out.

    Idempotent: a display name is its own display name.
    """
    line = _INVISIBLE.sub(lambda match: _escape(match.group()), name)
    if len(line) <= max_length:
        return line
    tail = (max_length - 1) // 2
    return line[: max_length - 1 - tail] + _ELLIPSIS + line[len(line) - tail :]


def label(text: str, max_length: int = LABEL_CHARACTERS) -> str:
    """`text` as one line of visible characters, at most `max_length` long; may be empty."""
    line = " ".join(_INVISIBLE.sub("", _LINE_BREAK_OR_CONTROL.sub(" ", text)).split())
    return line if len(line) <= max_length else line[: max_length - 1].rstrip() + _ELLIPSIS
