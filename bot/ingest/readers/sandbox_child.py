"""The child of `bot.ingest.readers.sandbox`: it reads file after file within its limits."""

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers import html, markdown, text
from bot.ingest.readers.docx import reader as docx
from bot.ingest.readers.pdf import reader as pdf
from bot.ingest.readers.pdf.page_recognition import recognise
from bot.ingest.readers.sandbox import MAX_REPLY_BYTES, READY, ReadOutcome, ReadRequest
from bot.processes.child import ParentChannel
from bot.processes.resource_limits import limit_resources, used_address_space

_MAX_REQUEST_BYTES = 2_000_000_000
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
        return ReadOutcome(kind="ok", parsed=_parsed(request, data))
    except DocumentError as error:
        return ReadOutcome(kind="refused", reason=str(error))
    except MemoryError:
        return ReadOutcome(kind="memory")
    except Exception as error:  # noqa: BLE001 - the parent logs it
        return ReadOutcome(kind="fault", reason=type(error).__name__)


def _parsed(request: ReadRequest, data: bytes) -> Parsed:
    match request.kind:
        case "text":
            return text.parse(data)
        case "pdf":
            return pdf.parse(data, request.recognised)
        case "html":
            return html.parse(data)
        case "markdown" | "mdx":
            return markdown.parse(data, has_components=request.kind == "mdx")
        case "docx":
            return docx.parse(data, request.limits.max_expanded_bytes)


if __name__ == "__main__":
    main()
