"""The child of `bot.ingest.readers.sandbox`: it reads file after file within its limits."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from types import ModuleType

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.formats import Kind
from bot.ingest.readers.gaps import gaps_of
from bot.ingest.readers.sandbox import MAX_REPLY_BYTES, READY, ReadOutcome, ReadRequest
from bot.processes.child import ParentChannel
from bot.processes.resource_limits import limit_resources, used_address_space

_MAX_REQUEST_BYTES = 2_000_000_000
_IMPORT_BYTES = 500_000_000
"""The most address space that the libraries of a format may take."""

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
        limits, before = request.limits, used_address_space()
        # The limit is for reading alone: libraries and the file are in memory before.
        limit_resources(limits.worker_seconds, before + _IMPORT_BYTES)
        with suppress(ImportError, MemoryError):  # the reading itself meets and reports them
            _reader(request)
        base += max(used_address_space() - before, 0)
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
            page = _reader(request).recognise(data, request.page, request.languages)
            return ReadOutcome(kind="ok", page=page)
        if request.picture is not None:
            picture = _reader(request).draw(data, request.picture)
            return ReadOutcome(kind="ok", picture=picture)
        parsed = _parsed(request, data)
        title = (parsed.title or "")[:_TITLE_CHARACTERS] or None
        gaps = parsed.gaps if request.kind == "pdf" else gaps_of(parsed, data, request.kind)
        return ReadOutcome(kind="ok", parsed=replace(parsed, title=title, gaps=gaps))
    except DocumentError as error:
        return ReadOutcome(kind="refused", reason=str(error))
    except MemoryError:
        return ReadOutcome(kind="memory")
    except Exception as error:  # noqa: BLE001 - the parent logs it
        return ReadOutcome(kind="fault", reason=type(error).__name__)


_MODULES: Mapping[Kind, str] = {
    **{kind: kind for kind in ("text", "markdown", "html", "epub", "rst", "asciidoc", "log")},
    **{kind: f"{kind}.reader" for kind in ("docx", "odt", "pdf", "pptx", "rtf", "xlsx")},
    "mdx": "markdown",
    "csv": "delimited",
    "tsv": "delimited",
    "eml": "mail",
    "mbox": "mail",
    "srt": "subtitles",
    "vtt": "subtitles",
    "code": "source_code",
}
"""The modules that read the formats; each is imported for the first file that needs it."""

_OPTIONS: Mapping[Kind, Mapping[str, object]] = {
    "mdx": {"has_components": True},
    "tsv": {"separators": "\t"},
    "eml": {"is_mailbox": False},
    "mbox": {"is_mailbox": True},
}
_UNPACKING = frozenset(("docx", "odt", "pptx", "xlsx", "epub"))


def _parsed(request: ReadRequest, data: bytes) -> Parsed:
    options = dict(_OPTIONS.get(request.kind, {}))
    if request.kind in _UNPACKING:
        options["max_expanded_bytes"] = request.limits.max_expanded_bytes
    elif request.kind == "pdf":
        options |= {
            "order": request.order,
            "recognised": request.recognised,
            "has_labels": request.labels,
        }
    parse: Callable[..., Parsed] = _reader(request).parse
    return parse(data, **options)


def _reader(request: ReadRequest) -> ModuleType:
    name = "pdf.page_recognition" if request.page else _MODULES[request.kind]
    if request.picture is not None:
        name = "pdf.page_renderer"
    return import_module(f"bot.ingest.readers.{name}")


if __name__ == "__main__":
    main()
