"""Files of any kind we read, to text and blocks: one module a format.

Text and Markdown are read in this process; HTML, PDF and DOCX in a worker process with
limits, for their readers are large and the files are hostile: a page nested a hundred
thousand deep keeps an HTML parser busy for minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers import markdown, sandbox, text
from bot.ingest.readers.decoding import kind_of
from bot.ingest.readers.sandbox import ReadRequest, SandboxedKind

__all__ = ["SUFFIXES", "Limits", "read"]

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        ".txt": "text",
        ".text": "text",
        ".md": "markdown",
        ".markdown": "markdown",
        ".html": "html",
        ".htm": "html",
        ".xhtml": "html",
        ".pdf": "pdf",
        ".docx": "docx",
    }
)
"""The kind of file each ending stands for, in lower case."""

_HERE: Mapping[str, Callable[[bytes, str], Parsed]] = {
    "text": text.parse,
    "markdown": markdown.parse,
}
_IN_WORKER: Mapping[str, SandboxedKind] = {"pdf": "pdf", "docx": "docx", "html": "html"}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0"
_PDF = b"%PDF-"
_PDF_WITHIN = 1_024
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: bytes of the file, seconds, bytes of memory.

    `max_expanded_bytes` bounds what a DOCX file unpacks to.
    """

    max_bytes: int = 20_000_000
    worker_seconds: float = 60.0
    worker_memory_bytes: int = 1_500_000_000
    max_expanded_bytes: int = 200_000_000


_DEFAULTS = Limits()


def read(name: str, data: bytes, limits: Limits = _DEFAULTS) -> Parsed:
    """What the file `name` with the bytes `data` says; blocks.

    Its ending tells its kind; where the bytes are of another, it is refused. Raises
    `DocumentError` with the reason as a whole sentence.
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
        raise DocumentError("It is empty: fill it or remove it.")
    if kind in _HERE:
        return _HERE[kind](data, name)
    if kind == "pdf":
        _refuse_no_pdf(data)
    elif kind == "docx":
        _refuse_no_docx(data)
    request = ReadRequest(
        kind=_IN_WORKER[kind],
        name=name,
        seconds=limits.worker_seconds,
        memory_bytes=limits.worker_memory_bytes,
        expanded_bytes=limits.max_expanded_bytes,
    )
    return sandbox.shared.read(request, data)


def _refuse_no_pdf(data: bytes) -> None:
    # Some programs write a few bytes of their own before the mark.
    if _PDF in data[:_PDF_WITHIN]:
        return
    raise DocumentError(
        f"It is {_named(data)}, not a PDF: give it the ending of what it is, or save it anew."
    )


def _refuse_no_docx(data: bytes) -> None:
    if data.startswith((*_ZIP, _OLE)):
        return  # what is in it, its reader tells
    raise DocumentError(
        f"It is {_named(data)}, not DOCX: give it the ending of what it is, or save it anew."
    )


def _named(data: bytes) -> str:
    kind = kind_of(data)
    if kind is not None:
        return kind
    head = data[:_PDF_WITHIN].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if b"\x00" in data[:_PDF_WITHIN]:
        return "something else"
    return "text"
