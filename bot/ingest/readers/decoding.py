"""Bytes to text: byte order marks, UTF-8, else what charset-normalizer finds.

What only poses as text is refused by what it is: a picture, an archive, a program.
"""

from __future__ import annotations

import codecs

import regex
from charset_normalizer import from_bytes

from bot.core.errors import DocumentError
from bot.ingest.language import language_of

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"OggS", "a sound file"),
    (b"ID3", "a sound file"),
    (b"RIFF", "a sound or picture file"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "an RTF document"),
)
_CONTROLS = bytes((*range(0x01, 0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F))
_MOST_CONTROLS = 0.01
_MOST_FOREIGN = 0.2
_LETTER = regex.compile(r"\p{L}")
_NO_LETTER_WITHIN = regex.compile(r"\p{L}[³¹²¼½¾¿¡¤¥¦¨¬¯±¶¸×÷ðþÐÞ]\p{L}")
_WESTERN = frozenset("ca da de en es fi fo fr ga gl is it nb nl nn no oc pt sv wa".split())
_SAMPLE = 200_000


def kind_of(data: bytes) -> str | None:
    """What `data` is by its first bytes, with its article; None if nothing known."""
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def decode(data: bytes, declared: str | None = None) -> str:
    """The text that `data` holds, without a byte order mark and otherwise unchanged.

    `declared` is an encoding the file itself names. Raises `DocumentError` for what is
    empty, binary or in no encoding that can be told.
    """
    if not data.strip():
        raise DocumentError("It is empty: fill it or remove it.")
    kind = kind_of(data)
    if kind is not None:
        raise DocumentError(f"It is {kind}, not text: give it the ending of what it is.")
    text = _decoded(data, declared)
    if not text.strip():
        raise DocumentError("It is empty: fill it or remove it.")
    sample = text[:_SAMPLE]
    if "\x00" in text or _controls(sample) > max(_MOST_CONTROLS * len(sample), 2):
        raise DocumentError("It is a binary file, not text: remove it, or save it as text.")
    return text


def _controls(text: str) -> int:
    """How many control characters `text` has that text does not use; each is one byte."""
    data = text.encode("utf-8", "surrogatepass")
    return len(data) - len(data.translate(None, _CONTROLS))


def _decoded(data: bytes, declared: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise DocumentError(_UNDECODABLE) from error
    for named in ("utf-8", declared or "utf-8"):
        try:
            return data.decode(named)
        except (UnicodeDecodeError, LookupError):
            continue
    if b"\x00" in data[:_SAMPLE] and not _looks_wide(data):
        raise DocumentError("It is a binary file, not text: remove it, or save it as text.")
    found = from_bytes(data[:_SAMPLE]).best()
    if found is None:
        raise DocumentError(_UNDECODABLE)
    try:
        text = data.decode(found.encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise DocumentError(_UNDECODABLE) from error
    return _western(data) or text


def _western(data: bytes) -> str | None:
    """The text as Windows writes it in Western Europe, if it reads as such; else None.

    The old Latin encodings differ in a few letters only, and statistics over a short text
    take one for the other. It is Western if the language is, few letters are outside of
    ASCII, and no sign of another alphabet's letter stands within a word.
    """
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    letters = _LETTER.findall(text[:_SAMPLE])
    foreign = sum(not letter.isascii() for letter in letters)
    if not letters or foreign > _MOST_FOREIGN * len(letters) or _NO_LETTER_WITHIN.search(text):
        return None
    return text if language_of(text) in _WESTERN else None


def _looks_wide(data: bytes) -> bool:
    """Whether every second byte is mostly zero, as in UTF-16 without a mark."""
    sample = data[:2_000]
    return max(sample[0::2].count(0), sample[1::2].count(0)) > len(sample) // 4


_UNDECODABLE = "Its encoding cannot be told: save it as UTF-8."
