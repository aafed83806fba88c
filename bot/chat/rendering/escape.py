"""Hostile characters (controls, invisible, bidirectional) replaced by visible marks.

All other characters stay, so a quote reads as the document does. A dialect escapes its own
markup afterwards.
"""

import json
from itertools import pairwise

import regex

# A script in which a joiner is part of the spelling, as in Persian and the Indic ones.
_JOINING = (
    r"[\p{Arabic}\p{Syriac}\p{Mongolian}\p{Nko}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}"
    r"\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Myanmar}\p{Khmer}"
    r"\p{Tibetan}\p{Balinese}\p{Javanese}]"
)
_PICTURE = r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F]"
# Harmless in these places: joiners of a spelling or an emoji, tags of a region's flag.
_IN_PLACE = (
    rf"(?<={_JOINING})[\u200C\u200D](?![\u200C\u200D])"
    rf"|(?<={_PICTURE})\u200D(?=\p{{Extended_Pictographic}})"
    r"|(?<=\U0001F3F4)[\U000E0030-\U000E0039\U000E0061-\U000E007A]{3,6}\U000E007F"
)
_UNSEEN = (
    r"[\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u180E\u200B-\u200D\u2060-\u2064\u206A-\u206F"
    r"\uFEFF\uFFF9-\uFFFB\U000E0000-\U000E007F]"
)
_CONTROL = r"\p{Cc}"

_IN_LINE = regex.compile(rf"(?P<harmless>{_IN_PLACE})|{_UNSEEN}|{_CONTROL}")
# The line break of Windows is one line break; a carriage return alone moves the cursor.
_IN_TEXT = regex.compile(rf"(?P<harmless>{_IN_PLACE}|[\n\t])|(?P<crlf>\r\n)|{_UNSEEN}|{_CONTROL}")
_ANY = regex.compile(rf"{_UNSEEN}|(?![\n\t]){_CONTROL}")


def _replacement(match: regex.Match[str]) -> str:
    """A harmless character itself; for a hostile one its mark, such as `‹U+202E›`."""
    if match["harmless"]:
        return match["harmless"]
    return f"‹U+{ord(match.group()):04X}›"


def _replacement_in_text(match: regex.Match[str]) -> str:
    return "\n" if match["crlf"] else _replacement(match)


def visible(text: str) -> str:
    """`text` with marks for hostile characters; line breaks and tabs stay."""
    if text.isprintable():
        # Fast path: no hostile character is printable in the sense of str.isprintable().
        return text
    return _IN_TEXT.sub(_replacement_in_text, text)


def visible_pieces(text: str, *places: int) -> list[str]:
    """`visible(text)`, cut at `places`, which are offsets of `text` in ascending order."""
    characters = list(text)
    for match in _IN_TEXT.finditer(text):
        start, end = match.span()
        characters[start:end] = [_replacement_in_text(match), *[""] * (end - start - 1)]
    return ["".join(characters[a:b]) for a, b in pairwise((0, *places, len(text)))]


def visible_line(text: str) -> str:
    """`text` on one line, with marks for hostile characters, line breaks and tabs."""
    if text.isprintable():
        return text
    return _IN_LINE.sub(_replacement, text)


def without_hostile(text: str) -> str:
    """`text` without hostile characters; line breaks and tabs stay."""
    return _ANY.sub("", text)


def json_escaped(line: str) -> str:
    """JSON text with hostile characters as JSON escapes; always valid UTF-8."""
    return _ANY.sub(lambda match: json.dumps(match.group())[1:-1], line)
