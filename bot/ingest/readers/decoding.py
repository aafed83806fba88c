"""Character decoding: byte order marks, UTF-8, a declared encoding, else detection.

A binary file with the suffix of a text is refused; the error names its type, as "a PDF".
"""

import codecs
from contextlib import suppress
from dataclasses import dataclass

import regex
import webencodings

from bot.core.errors import DocumentError
from bot.ingest.readers.encoding_detection import SAMPLE, detected

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
_FOREIGN_BYTES = regex.compile(r"[\udc80-\udcff]+")
_BEYOND_ASCII = regex.compile(r"[^\x00-\x7f\udc80-\udcff]")
_NAMED_LINES = 3

EMPTY = "It is empty: fill it or remove it."
_BINARY = "It is a binary file, not text: remove it, or save it as text."


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text of a file, and what the curator should know of its decoding."""

    text: str
    remarks: tuple[str, ...] = ()


def file_type_of(data: bytes) -> str | None:
    """The type of a file by its magic number, with its article; None if it is not known."""
    return next((kind for kind, marks in _MAGIC_NUMBERS.items() if data.startswith(marks)), None)


def refuse_file_types(data: bytes) -> None:
    """Raise `DocumentError` if the magic number is that of another type of file than text."""
    file_type = file_type_of(data)
    if file_type is not None:
        raise DocumentError(f"It is {file_type}, not text: give it the ending of what it is.")


def decode_html(data: bytes, encoding: str | None = None) -> DecodedText:
    """The source of an HTML page; where UTF-8 fails, decoded as its `<meta charset>` declares.

    A label means what browsers take it for, by the Encoding Standard of WHATWG: `iso-8859-1` is
    windows-1252. One of UTF-16 is wrong, since it could not be read as ASCII.
    """
    label = _META_CHARSET.search(_COMMENT.sub(b"", data[:_META_WITHIN]))
    declared = webencodings.lookup(label[1].decode("ascii")) if label else None
    if declared is None or declared.name.startswith("utf-16"):
        return decode(data, encoding)
    return decode(data, encoding, declared.codec_info.name)


def decode(data: bytes, encoding: str | None = None, declared: str | None = None) -> DecodedText:
    """The text that `data` holds, without a byte order mark and otherwise unchanged.

    `encoding` is the one that the curator names, `declared` one that the file itself names.
    Raises `DocumentError` for a file that is empty or binary, for one that is not in the
    encoding of the curator, and where it is in doubt which encoding fits.
    """
    refuse_file_types(data)
    decoded = _named(data, encoding) if encoding else _decoded(data, declared)
    text = decoded.text
    if not text.strip():
        raise DocumentError(EMPTY)
    sample = text[:SAMPLE]
    controls = len(_CONTROL.findall(sample))
    if "\x00" in text or controls > max(_MAX_CONTROL_RATIO * len(sample), 2):
        raise DocumentError(_BINARY)
    return decoded


def _named(data: bytes, encoding: str) -> DecodedText:
    try:
        return DecodedText(data.decode(encoding).removeprefix("\ufeff"))
    except ValueError:
        raise DocumentError(
            f"It is not in the encoding {encoding} that sources.toml names: correct it there."
        ) from None


def _decoded(data: bytes, declared: str | None) -> DecodedText:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            with suppress(UnicodeDecodeError):
                return DecodedText(data[len(mark) :].decode(encoding))
    if b"\x00" in data[:SAMPLE]:
        if _looks_like_utf16(data):
            return DecodedText(detected(data))
        raise DocumentError(_BINARY)
    for encoding in ("utf-8", declared or "utf-8"):
        with suppress(UnicodeDecodeError, LookupError):
            return DecodedText(data.decode(encoding))
    return _with_foreign_bytes(data) or DecodedText(detected(data))


def _with_foreign_bytes(data: bytes) -> DecodedText | None:
    """A text in UTF-8 in which some bytes are of an older encoding; None for any other.

    In another encoding, hardly any bytes are letters of UTF-8 by chance.
    """
    text = data.decode("utf-8", "surrogateescape")
    foreign = _FOREIGN_BYTES.findall(text)
    letters = len(_BEYOND_ASCII.findall(text))
    if not letters or sum(map(len, foreign)) > letters:
        return None
    numbers = [
        number for number, line in enumerate(text.split("\n"), 1) if _FOREIGN_BYTES.search(line)
    ]
    named = ", ".join(map(str, numbers[:_NAMED_LINES]))
    more = "" if len(numbers) <= _NAMED_LINES else f" and {len(numbers) - _NAMED_LINES:,} more"
    where = f"line {named}" if len(numbers) == 1 else f"lines {named}{more}"
    text = _FOREIGN_BYTES.sub(_as_windows_1252, text)
    return DecodedText(
        text, (f"has bytes that are not UTF-8 in {where}, which are read as windows-1252",)
    )


def _as_windows_1252(match: regex.Match[str]) -> str:
    return match[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def _looks_like_utf16(data: bytes) -> bool:
    """Whether every second byte is mostly zero, as in UTF-16 without a byte order mark."""
    sample = data[:2_000]
    return max(sample[0::2].count(0), sample[1::2].count(0)) > len(sample) // 4
