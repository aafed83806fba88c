"""Character decoding: byte order marks, UTF-8, a declared encoding, else charset-normalizer.

A binary file with the suffix of a text is refused; the error names its type, as "a PDF".
"""

import codecs
from contextlib import suppress

import regex
import webencodings
from charset_normalizer import from_bytes

from bot.core.errors import DocumentError
from bot.language.identification import language_of

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC_NUMBERS = {
    "a PDF": (b"%PDF-",),
    "a ZIP archive or an office document": (b"PK\x03\x04",),
    "an old office document": (b"\xd0\xcf\x11\xe0",),
    "a PNG picture": (b"\x89PNG",),
    "a JPEG picture": (b"\xff\xd8\xff",),
    "a GIF picture": (b"GIF8",),
    "a compressed file": (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ"),
    "a program": (b"\x7fELF", b"MZ\x90", b"\xca\xfe\xba\xbe"),
    "a sound file": (b"OggS", b"ID3"),
    "a sound or picture file": (b"RIFF",),
    "a database": (b"SQLite format 3",),
    "an RTF document": (b"{\\rtf",),
}
_META_CHARSET = regex.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", regex.I)
_META_WITHIN = 4_096
_COMMENT = regex.compile(rb"<!--.*?(?:-->|$)", regex.DOTALL)
_CONTROL = regex.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAX_CONTROL_RATIO = 0.01
_MAX_ACCENTED_RATIO = 0.2
_LETTER = regex.compile(r"\p{L}")
# Signs of cp1252 that never stand within a word; other encodings have letters at these codes.
_SIGN_WITHIN_WORD = regex.compile(r"\p{L}[³¹²¼½¾¿¡¤¥¦¨¬¯±¶¸×÷ðþÐÞ]\p{L}")
_WESTERN = frozenset("ca da de en es fi fo fr ga gl is it nb nl nn no oc pt sv wa".split())
_SAMPLE = 200_000

EMPTY = "It is empty: fill it or remove it."
_BINARY = "It is a binary file, not text: remove it, or save it as text."
_UNDECODABLE = "Its encoding cannot be told: save it as UTF-8."


def file_type_of(data: bytes) -> str | None:
    """The type of a file by its magic number, with its article; None if it is not known."""
    return next((kind for kind, marks in _MAGIC_NUMBERS.items() if data.startswith(marks)), None)


def decode_html(data: bytes) -> str:
    """The source of an HTML page; where UTF-8 fails, decoded as its `<meta charset>` declares.

    A label means what browsers take it for, by the Encoding Standard of WHATWG: `iso-8859-1` is
    windows-1252. One of UTF-16 is wrong, since it could not be read as ASCII.
    """
    declared = _META_CHARSET.search(_COMMENT.sub(b"", data[:_META_WITHIN]))
    encoding = webencodings.lookup(declared[1].decode("ascii")) if declared else None
    if encoding is None or encoding.name.startswith("utf-16"):
        return decode(data)
    return decode(data, encoding.codec_info.name)


def decode(data: bytes, declared: str | None = None) -> str:
    """The text that `data` holds, without a byte order mark and otherwise unchanged.

    `declared` is an encoding that the file itself names. Raises `DocumentError` for a file
    that is empty or binary, and where no encoding fits.
    """
    file_type = file_type_of(data)
    if file_type is not None:
        raise DocumentError(f"It is {file_type}, not text: give it the ending of what it is.")
    try:
        text = _decoded(data, declared)
    except (UnicodeDecodeError, LookupError):
        raise DocumentError(_UNDECODABLE) from None
    if not text.strip():
        raise DocumentError(EMPTY)
    sample = text[:_SAMPLE]
    controls = len(_CONTROL.findall(sample))
    if "\x00" in text or controls > max(_MAX_CONTROL_RATIO * len(sample), 2):
        raise DocumentError(_BINARY)
    return text


def _decoded(data: bytes, declared: str | None) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    for encoding in ("utf-8", declared or "utf-8"):
        with suppress(UnicodeDecodeError, LookupError):
            return data.decode(encoding)
    if b"\x00" in data[:_SAMPLE] and not _looks_like_utf16(data):
        raise DocumentError(_BINARY)
    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        raise DocumentError(_UNDECODABLE)
    text = data.decode(best.encoding)
    return _as_cp1252(data) or text


def _as_cp1252(data: bytes) -> str | None:
    """The text in Windows' Western European encoding if it reads as such, else None.

    The old Latin encodings differ in a few letters only, and statistics over a short text
    confuse them. The text is Western if its language is, few of its letters are outside of
    ASCII, and no sign that stands for a letter in another encoding stands within a word:
    `gar³o` is `garło` in a Polish encoding, and no Western word.
    """
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    letters = _LETTER.findall(text[:_SAMPLE])
    accented = sum(not letter.isascii() for letter in letters)
    if not letters or accented > _MAX_ACCENTED_RATIO * len(letters):
        return None
    if _SIGN_WITHIN_WORD.search(text):
        return None
    return text if language_of(text) in _WESTERN else None


def _looks_like_utf16(data: bytes) -> bool:
    """Whether every second byte is mostly zero, as in UTF-16 without a byte order mark."""
    sample = data[:2_000]
    return max(sample[0::2].count(0), sample[1::2].count(0)) > len(sample) // 4
