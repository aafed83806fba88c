"""Readers: the bytes of a file to text and blocks, one module a format, all of them in a sandbox.

A page nested a hundred thousand deep keeps an HTML parser busy for minutes, and a file of many
short lines fills the memory.
"""

from dataclasses import replace
from pathlib import PurePosixPath

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.formats import SUFFIXES, Limits
from bot.ingest.readers import sandbox
from bot.ingest.readers.decoding import EMPTY, decode, decode_html, file_type_of
from bot.ingest.readers.sandbox import ReadRequest
from bot.ingest.recognised_page import RecognisedPage

_ZIP_OR_OLE = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
_PDF = b"%PDF-"
_HEAD_BYTES = 1_024
_MB = 1_000_000
_DEFAULTS = Limits()


def read(
    name: str,
    data: bytes,
    limits: Limits = _DEFAULTS,
    encoding: str | None = None,
    recognised: tuple[RecognisedPage, ...] = (),
) -> Parsed:
    """The text and blocks of the file `name` with the bytes `data`; blocks the thread.

    The suffix of the name decides the format; `encoding` is that of a text, where the curator
    names it; `recognised` are pages of a PDF that text recognition has read. Raises
    `DocumentError` with the reason as a whole sentence, also where the bytes are of another
    format than the suffix.
    """
    kind = SUFFIXES.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise DocumentError(
            f"Files of this kind are not read: save it as one of {', '.join(SUFFIXES)}."
        )
    if len(data) > limits.max_bytes:
        raise DocumentError(
            f"It is larger than {limits.max_bytes / _MB:g} MB:"
            " split it, or raise corpus.max_file_mb."
        )
    if not data.strip(b"\x00\t\n\r "):
        raise DocumentError(EMPTY)
    remarks: tuple[str, ...] = ()
    match kind:
        # Decoding may need the language model, which is not at hand in the sandbox.
        case "text" | "markdown" | "mdx" | "html":
            decoded = (decode_html if kind == "html" else decode)(data, encoding)
            data, remarks = decoded.text.encode("utf-8", "surrogatepass"), decoded.remarks
        case "pdf" if _PDF not in data[:_HEAD_BYTES]:
            # Some programs write a few bytes of their own before the magic number.
            raise _wrong_format(data, "a PDF")
        case "docx" if not data.startswith(_ZIP_OR_OLE):
            raise _wrong_format(data, "DOCX")
    request = ReadRequest(kind=kind, limits=limits, recognised=recognised)
    parsed = sandbox.shared.read(request, data)
    return replace(parsed, remarks=(*remarks, *parsed.remarks)) if remarks else parsed


def recognise_page(data: bytes, page: int, limits: Limits) -> RecognisedPage:
    """The words in the picture of a page of a PDF; blocks. Raises `DocumentError`."""
    request = ReadRequest(
        kind="pdf", limits=limits, page=page, languages=limits.recognition_languages
    )
    return sandbox.shared.recognise(request, data)


def _wrong_format(data: bytes, expected: str) -> DocumentError:
    head = data[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    actual = file_type_of(data)
    if actual is None and head.startswith((b"<!doctype html", b"<html")):
        actual = "an HTML page"
    if actual is None:
        actual = "something else" if b"\x00" in data[:_HEAD_BYTES] else "text"
    return DocumentError(
        f"It is {actual}, not {expected}: give it the ending of what it is, or save it anew."
    )
