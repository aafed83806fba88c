"""Checks of a file by its name, its size and its first bytes, before any reader is at work."""

from pathlib import PurePosixPath

from bot.core.errors import DocumentError
from bot.ingest.formats import REMEDIES, SAVE_AS, SUFFIXES, TEXTUAL, Kind, Limits
from bot.ingest.readers.decoding import EMPTY, file_type_of, refuse_file_types

HEAD_BYTES = 1_024
"""The bytes at the beginning of a file by which it is judged."""

_BLANKS = b"\x00\t\n\r "
_PDF, _RTF = b"%PDF-", b"{\\rtf"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP_OR_OLE = (*_ZIP, b"\xd0\xcf\x11\xe0")
_MB = 1_000_000


def kind_of(name: str, size: int, limits: Limits) -> Kind:
    """The format of a file by its name; `DocumentError` if it is not read, or too large."""
    suffix = PurePosixPath(name).suffix.lower()
    kind = SUFFIXES.get(suffix)
    if kind is None:
        remedy = REMEDIES.get(suffix, SAVE_AS)
        raise DocumentError(f"Files of this kind are not read: save it as {remedy}.")
    if size > limits.max_bytes:
        raise DocumentError(
            f"It is larger than {limits.max_bytes / _MB:g} MB:"
            " split it, or raise corpus.max_file_mb."
        )
    return kind


def check_beginning(kind: Kind, data: bytes, size: int) -> None:
    """Raise `DocumentError` if `data` are of another format than `kind`, or the file is blank.

    `data` are a whole file of `size` bytes, or its first `HEAD_BYTES`.
    """
    if len(data) == size and not data.strip(_BLANKS):
        raise DocumentError(EMPTY)
    match kind:
        case "pdf" if _PDF not in data[:HEAD_BYTES]:
            # Some programs write a few bytes of their own before the magic number.
            raise _wrong_format(data, "a PDF")
        case "docx" | "xlsx" | "pptx" | "odt" if not data.startswith(_ZIP_OR_OLE):
            raise _wrong_format(data, kind.upper())
        case "epub" if not data.startswith(_ZIP):
            raise _wrong_format(data, "EPUB")
        case "rtf" if not data.lstrip().startswith(_RTF):
            raise _wrong_format(data, "RTF")
        case _ if kind in TEXTUAL:
            refuse_file_types(data)


def _wrong_format(data: bytes, expected: str) -> DocumentError:
    head = data[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    actual = file_type_of(data)
    if actual is None and head.startswith((b"<!doctype html", b"<html")):
        actual = "an HTML page"
    if actual is None:
        actual = "something else" if b"\x00" in data[:HEAD_BYTES] else "text"
    return DocumentError(
        f"It is {actual}, not {expected}: give it the ending of what it is, or save it anew."
    )
