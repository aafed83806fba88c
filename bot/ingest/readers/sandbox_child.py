"""The child of `bot.ingest.readers.sandbox`: it reads file after file within its limits."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.formats import Kind
from bot.ingest.readers import (
    asciidoc,
    delimited,
    epub,
    html,
    log,
    mail,
    markdown,
    rst,
    source_code,
    subtitles,
    text,
)
from bot.ingest.readers.docx import reader as docx
from bot.ingest.readers.gaps import gaps_of
from bot.ingest.readers.odt import reader as odt
from bot.ingest.readers.pdf import reader as pdf
from bot.ingest.readers.pdf.page_recognition import recognise
from bot.ingest.readers.pptx import reader as pptx
from bot.ingest.readers.rtf import reader as rtf
from bot.ingest.readers.sandbox import MAX_REPLY_BYTES, READY, ReadOutcome, ReadRequest
from bot.ingest.readers.xlsx import reader as xlsx
from bot.processes.child import ParentChannel
from bot.processes.resource_limits import limit_resources, used_address_space

_MAX_REQUEST_BYTES = 2_000_000_000
_TITLE_CHARACTERS = 1_000
_TOO_LONG = ReadOutcome(kind="refused", reason="It holds more text than can be served: split it.")


def main() -> None:
    """Answer requests until the parent process ends."""
    parent = ParentChannel()
    base = used_address_space()
    parent.send(READY)
    while True:
        request = ReadRequest.model_validate_json(parent.receive(_MAX_REQUEST_BYTES))
        data = parent.receive(_MAX_REQUEST_BYTES)
        # The limit is for reading alone: libraries and the file are in memory before.
        limits = request.limits
        limit_resources(limits.worker_seconds, base + len(data) + limits.worker_memory_bytes)
        parent.send(_reply(request, data))


def _reply(request: ReadRequest, data: bytes) -> bytes:
    outcome = _outcome(request, data)
    try:
        reply = outcome.model_dump_json().encode()
    except MemoryError:
        return ReadOutcome(kind="memory").model_dump_json().encode()
    return reply if len(reply) <= MAX_REPLY_BYTES else _TOO_LONG.model_dump_json().encode()


def _outcome(request: ReadRequest, data: bytes) -> ReadOutcome:
    """Read one file; every exception becomes an outcome."""
    try:
        if request.page:
            page = recognise(data, request.page, request.languages)
            return ReadOutcome(kind="ok", page=page)
        parsed = _parsed(request, data)
        title = (parsed.title or "")[:_TITLE_CHARACTERS] or None
        gaps = parsed.gaps if request.kind == "pdf" else gaps_of(parsed, data)
        return ReadOutcome(kind="ok", parsed=replace(parsed, title=title, gaps=gaps))
    except DocumentError as error:
        return ReadOutcome(kind="refused", reason=str(error))
    except MemoryError:
        return ReadOutcome(kind="memory")
    except Exception as error:  # noqa: BLE001 - the parent logs it
        return ReadOutcome(kind="fault", reason=type(error).__name__)


_READERS: Mapping[Kind, Callable[[bytes], Parsed]] = {
    "text": text.parse,
    "markdown": markdown.parse,
    "mdx": partial(markdown.parse, has_components=True),
    "html": html.parse,
    "rtf": rtf.parse,
    "csv": delimited.parse,
    "tsv": partial(delimited.parse, separators="\t"),
    "eml": partial(mail.parse, is_mailbox=False),
    "mbox": partial(mail.parse, is_mailbox=True),
    "srt": subtitles.parse,
    "vtt": subtitles.parse,
    "rst": rst.parse,
    "asciidoc": asciidoc.parse,
    "code": source_code.parse,
    "log": log.parse,
}

_UNPACKING_READERS: Mapping[Kind, Callable[[bytes, int], Parsed]] = {
    "docx": docx.parse,
    "odt": odt.parse,
    "pptx": pptx.parse,
    "xlsx": xlsx.parse,
    "epub": epub.parse,
}
"""Readers of packed formats, which take the most bytes that a file may unpack to."""


def _parsed(request: ReadRequest, data: bytes) -> Parsed:
    if request.kind == "pdf":
        return pdf.parse(data, request.order, request.recognised)
    if unpacking := _UNPACKING_READERS.get(request.kind):
        return unpacking(data, request.limits.max_expanded_bytes)
    return _READERS[request.kind](data)


if __name__ == "__main__":
    main()
