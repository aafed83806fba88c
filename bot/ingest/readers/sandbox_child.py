"""The worker process itself: reads requests from its input until that ends, one by one.

It limits itself before each file, so that a file that needs more ends this process and
no other. Nothing else is imported here than what reading takes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import BinaryIO

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers import html
from bot.ingest.readers.docx import reader as docx
from bot.ingest.readers.pdf import reader as pdf
from bot.ingest.readers.sandbox_protocol import (
    MOST_ANSWER_BYTES,
    ReadOutcome,
    Request,
    receive,
    send,
)

if sys.platform != "win32":
    import resource

_MOST_FILE_BYTES = 2_000_000_000
_SPARE_SECONDS = 2
_SPARE_BYTES = 64_000_000
_TOO_LONG = ReadOutcome(kind="refused", reason="It holds more text than can be served: split it.")


def main() -> None:
    """Serve over standard input and output; what libraries print goes nowhere."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, replies, limit_process)


def serve(requests: BinaryIO, replies: BinaryIO, limit: Callable[[Request], None]) -> None:
    """Say that all is ready, then answer request after request; `limit` is called before each."""
    send(replies, b"ready")
    while True:
        try:
            header = receive(requests, _MOST_FILE_BYTES)
        except EOFError:
            return
        request = Request.model_validate_json(header)
        data = receive(requests, _MOST_FILE_BYTES)
        limit(request)
        send(replies, _answer(request, data))


def _answer(request: Request, data: bytes) -> bytes:
    outcome = outcome_of(request, data)
    try:
        message = outcome.model_dump_json().encode()
    except MemoryError:
        return ReadOutcome(kind="memory").model_dump_json().encode()
    return message if len(message) <= MOST_ANSWER_BYTES else _TOO_LONG.model_dump_json().encode()


def outcome_of(request: Request, data: bytes) -> ReadOutcome:
    """Read one file; whatever happens is an outcome."""
    try:
        return ReadOutcome.of(_parsed(request, data))
    except DocumentError as fault:
        return ReadOutcome(kind="refused", reason=str(fault))
    except MemoryError:
        return ReadOutcome(kind="memory")
    except Exception as fault:  # noqa: BLE001 - the other side has to hear of it
        return ReadOutcome(kind="fault", reason=type(fault).__name__)


def _parsed(request: Request, data: bytes) -> Parsed:
    if request.kind == "pdf":
        return pdf.parse(data, request.name)
    if request.kind == "html":
        return html.parse(data, request.name)
    return docx.parse(data, request.name, request.expanded_bytes)


def limit_process(request: Request) -> None:
    """Bound memory and processor time of this process, where the platform can."""
    if sys.platform == "win32":
        return
    # Files are never written here, and a crash leaves no picture of the document on the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _limit(resource.RLIMIT_CPU, int(used + request.seconds) + _SPARE_SECONDS)
    # Libraries and the file itself are there already, and are not what the file needs.
    _limit(resource.RLIMIT_AS, _address_space() + request.memory_bytes)


def _limit(what: int, value: int) -> None:
    """Set a soft limit: the next file may have another."""
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(what, (value, hard))
    except (ValueError, OSError):
        return  # a platform that names the limit but does not have it


def _address_space() -> int:
    """Bytes of address space in use before the first file, as far as can be told."""
    global _base  # noqa: PLW0603 - once a process: it must not grow with what files left behind
    if _base is None:
        try:
            with open("/proc/self/statm", encoding="ascii") as pages:  # noqa: PTH123 - light
                _base = int(pages.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError):
            _base = _SPARE_BYTES
    return _base


_base: int | None = None

if __name__ == "__main__":
    main()
