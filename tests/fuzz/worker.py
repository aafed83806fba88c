"""The child process that reads mutants: whatever a file does to it, the fuzzer lives on."""

import logging
import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel

from bot.core.errors import DocumentError
from bot.ingest.archives import ArchiveReader, is_archive
from bot.ingest.formats import Limits
from bot.ingest.loader import build_document
from bot.ingest.manifest import SourceEntry
from bot.ingest.readers import read
from bot.ingest.readers.sandbox import CRASHED, NOT_STARTED
from bot.ingest.report import sentence
from bot.ingest.segment import passages
from bot.ingest.walk import read_signed, real_folder, walk
from bot.processes.child import ParentChannel
from bot.processes.resource_limits import used_address_space

LIMITS = Limits(worker_seconds=10)
_MAX_BYTES = 100_000_000
_OF_THE_PROGRAM = re.compile(r"Traceback|\b[A-Za-z]+(?:Error|Exception)\b|<class|object at 0x|None")


class FuzzVerdict(BaseModel):
    """The outcome of reading one file: "read", "refused" with a sentence, or "fault" with why."""

    kind: str
    said: str = ""
    seconds: float = 0.0


def main() -> None:
    """Read files until the parent process ends, within the memory that a reader may take."""
    parent = ParentChannel()
    logged = _LastRecord()
    logging.getLogger("bot").addHandler(logged)
    while True:
        name = parent.receive(_MAX_BYTES).decode()
        data = parent.receive(_MAX_BYTES)
        memory = used_address_space() + LIMITS.worker_memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))
        logged.text = ""
        began = time.monotonic()
        verdict = judged(name, data)
        verdict.seconds = time.monotonic() - began
        if verdict.kind == "fault":
            verdict.said += f" [{logged.text}]" if logged.text else ""
        elif verdict.seconds > 3 * LIMITS.worker_seconds:
            verdict = FuzzVerdict(
                kind="fault", said="far over the time limit", seconds=verdict.seconds
            )
        parent.send(verdict.model_dump_json().encode())


def judged(name: str, data: bytes) -> FuzzVerdict:
    """Read a file as the loader does: a document, a sentence for a person, or else a fault."""
    try:
        reasons = list(_unpack(name, data) if is_archive(name) else _read(name, data))
    except Exception as fault:  # noqa: BLE001 - that is what is looked for
        place = fault.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
        return FuzzVerdict(
            kind="fault", said=f"{type(fault).__name__}: {fault}"[:300] + f" {where}"
        )
    if unclear := next((reason for reason in reasons if not _is_clear(reason)), None):
        return FuzzVerdict(kind="fault", said=unclear)
    return FuzzVerdict(kind="refused", said=reasons[0]) if reasons else FuzzVerdict(kind="read")


def _read(name: str, data: bytes) -> Iterator[str]:
    """Read a document and cut it into passages; the reason if it is refused."""
    try:
        parsed = read(name, data, LIMITS)
    except DocumentError as refusal:
        yield str(refusal)
    else:
        passages(build_document(name, "", "", parsed, SourceEntry()))


def _unpack(name: str, data: bytes) -> Iterator[str]:
    """Read the bytes of all files in an archive; the reasons for those that are refused."""
    with TemporaryDirectory() as folder, ArchiveReader() as archives:
        (Path(folder) / name).write_bytes(data)
        listing = walk(real_folder(Path(folder)))
        reasons = [failure.reason for failure in listing.failed]
        for file in listing.files:
            try:
                read_signed(file, LIMITS.max_bytes, archives)
            except DocumentError as refusal:
                reasons.append(str(refusal))
    for reason in map(sentence, reasons):
        yield reason[0].upper() + reason[1:]


def _is_clear(reason: str) -> bool:
    """Whether a reason is one printable sentence for a person, and tells of no crash."""
    return (
        reason not in {CRASHED, NOT_STARTED}
        and reason == sentence(reason)
        and reason[0].isupper()
        and not _OF_THE_PROGRAM.search(reason)
    )


class _LastRecord(logging.Handler):
    """Keeps the last line that was logged."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


if __name__ == "__main__":
    main()
