"""Tasks of a build that read files: to documents, or the picture of a page to its words.

As `build_tasks` says, a task is a message in JSON types, and so is its result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from bot.answering.build_job import BATCH_FILES
from bot.ingest.folder_record import FileRecord
from bot.ingest.formats import Limits
from bot.ingest.loader import FileOutcome, UnreadFile, read_files, recognise_page_of
from bot.ingest.recognition import Recogniser
from bot.ingest.walk import suffix_of
from bot.retrieval.shard.store import write_documents

BATCH_BYTES = 4_000_000
"""Bytes of the files that are read as one task."""

PDF_BYTES = 20_000
"""Bytes of other files that take as long to read as a small PDF does besides its own."""


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Read files, and write their documents to a folder.

    `before_recognition` leaves files with pages that have to be recognised for later.
    """

    files: tuple[UnreadFile, ...]
    limits: Limits
    folder: Path
    recogniser: Recogniser
    before_recognition: bool

    @property
    def seconds(self) -> float:
        """The most that the files may take."""
        return len(self.files) * self.limits.worker_seconds

    def to_json(self) -> dict[str, Any]:
        """The task as a message."""
        files = [file.to_json() for file in self.files]
        return {
            "read": files,
            "limits": astuple(self.limits),
            "folder": str(self.folder),
            "recogniser": self.recogniser.to_json(),
            "before_recognition": self.before_recognition,
        }

    def outcomes(self, result: Any) -> list[FileOutcome]:
        """The outcomes of the files, given the result of the task."""
        return [
            FileOutcome(
                path,
                None if row is None else FileRecord.from_row(row),
                is_document,
                failure,
                tuple(unrecognised),
                revision,
            )
            for path, row, is_document, failure, unrecognised, revision in result
        ]


@dataclass(frozen=True, slots=True)
class RecognitionTask:
    """Recognise the words in the picture of one page of a file, and keep them."""

    file: UnreadFile
    revision: str
    page: int
    limits: Limits
    recogniser: Recogniser

    @property
    def seconds(self) -> float:
        """The most that the page may take."""
        return self.limits.worker_seconds

    def to_json(self) -> dict[str, Any]:
        """The task as a message."""
        return {
            "recognise": self.file.to_json(),
            "revision": self.revision,
            "page": self.page,
            "limits": astuple(self.limits),
            "recogniser": self.recogniser.to_json(),
        }


def recognition_tasks(
    files: Sequence[tuple[UnreadFile, FileOutcome]], limits: Limits, recogniser: Recogniser
) -> list[RecognitionTask]:
    """The tasks for the pages of files that need it, each page of equal files once."""
    tasks = {
        (outcome.revision, page): RecognitionTask(file, outcome.revision, page, limits, recogniser)
        for file, outcome in files
        for page in outcome.unrecognised
    }
    return list(tasks.values())


def read_weight(file: UnreadFile) -> int:
    """The bytes of a file as it was listed, and more for the work of opening it."""
    extra = PDF_BYTES if suffix_of(file.file.path) == ".pdf" else 1
    return extra + (file.file.signature.size if file.file.signature else 0)


def file_batches(unread: Sequence[UnreadFile]) -> Iterator[tuple[UnreadFile, ...]]:
    """Files in runs that are read as one task each."""
    batch: list[UnreadFile] = []
    weight = 0
    for file in unread:
        batch.append(file)
        weight += read_weight(file)
        if len(batch) == BATCH_FILES or weight >= BATCH_BYTES:
            yield tuple(batch)
            batch, weight = [], 0
    if batch:
        yield tuple(batch)


def run_read_task(message: Any, begin: Callable[[int], None]) -> Any:
    """Carry out a `ReadTask`; `begin` is called with the number of each file, from 0."""
    outcomes, table = read_files(
        [UnreadFile.from_json(each) for each in message["read"]],
        Limits(*message["limits"]),
        Recogniser.from_json(message["recogniser"]),
        begin,
        before_recognition=message["before_recognition"],
    )
    write_documents(Path(message["folder"]), table)
    return [
        [
            each.path,
            each.record and each.record.to_row(),
            each.is_document,
            each.failure,
            each.unrecognised,
            each.revision,
        ]
        for each in outcomes
    ]


def run_recognition_task(message: Any) -> None:
    """Carry out a `RecognitionTask`."""
    recognise_page_of(
        UnreadFile.from_json(message["recognise"]),
        message["revision"],
        message["page"],
        Limits(*message["limits"]),
        Recogniser.from_json(message["recogniser"]),
    )
