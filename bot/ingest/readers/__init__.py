"""Readers: the bytes of a file to text and blocks, one module a format, all of them in a sandbox.

A page nested a hundred thousand deep keeps an HTML parser busy for minutes, and a file of many
short lines fills the memory.
"""

from dataclasses import replace

from bot.core.documents import Parsed
from bot.ingest.formats import TEXTUAL, Limits, ReadingOrder
from bot.ingest.readers import sandbox
from bot.ingest.readers.beginnings import check_beginning, kind_of
from bot.ingest.readers.decoding import decode, decode_html
from bot.ingest.readers.sandbox import ReadRequest
from bot.ingest.recognised_page import RecognisedPage

_DEFAULTS = Limits()


def read(
    name: str,
    data: bytes,
    limits: Limits = _DEFAULTS,
    encoding: str | None = None,
    order: ReadingOrder | None = None,
    recognised: tuple[RecognisedPage, ...] = (),
) -> Parsed:
    """The text and blocks of the file `name` with the bytes `data`; blocks the thread.

    The suffix of the name decides the format; `encoding` is that of a text, and `order` that of
    the columns of a PDF, where the curator names them; `recognised` are pages of a PDF that text
    recognition has read. Raises `DocumentError` with the reason as a whole sentence, also where
    the bytes are of another format than the suffix.
    """
    kind = kind_of(name, len(data), limits)
    check_beginning(kind, data, len(data))
    remarks: tuple[str, ...] = ()
    if kind in TEXTUAL:
        # Decoding may need the language model, which is not at hand in the sandbox.
        decoded = (decode_html if kind == "html" else decode)(data, encoding)
        data, remarks = decoded.text.encode("utf-8", "surrogatepass"), decoded.remarks
    request = ReadRequest(kind=kind, limits=limits, order=order, recognised=recognised)
    parsed = sandbox.shared.read(request, data)
    title = name if kind in ("code", "log") else parsed.title
    return replace(parsed, title=title, remarks=(*remarks, *parsed.remarks))


def recognise_page(data: bytes, page: int, limits: Limits) -> RecognisedPage:
    """The words in the picture of a page of a PDF; blocks. Raises `DocumentError`."""
    request = ReadRequest(
        kind="pdf", limits=limits, page=page, languages=limits.recognition_languages
    )
    return sandbox.shared.recognise(request, data)
