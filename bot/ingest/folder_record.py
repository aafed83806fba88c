"""The record of a corpus folder: what a load found, so that the next reads only what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from hashlib import sha256
from typing import Any

from bot.ingest.archives import ArchiveEntry, ArchiveRecord
from bot.ingest.fingerprints import Fingerprint, Signature
from bot.ingest.report import Failure
from bot.ingest.walk import FolderListing

ManifestSignatures = Mapping[str, Signature | None]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file that was read.

    `entry` is the hash of its manifest entry, `passages` counts its passages, `missing` are
    parts that the entry leaves out and the file lacks, as `line "Page 1" to exclude`, `remarks`
    those of its reader. `shard` is the shard that holds the document, empty before there is one,
    None for a file that is the same as another one. `recognition` is the state of the recogniser
    (`Recogniser.state`) if the file has pages that need one, else empty; `recognised` counts those
    that it has read.
    """

    fingerprint: Fingerprint
    collection: str
    entry: str
    passages: int = 0
    missing: tuple[str, ...] = ()
    shard: str | None = ""
    remarks: tuple[str, ...] = ()
    recognition: str = ""
    recognised: int = 0

    @property
    def content(self) -> tuple[str, str]:
        """Equal in files of one collection that hold the same bytes."""
        return self.collection, self.fingerprint.revision

    def to_row(self) -> list[Any]:
        """The record in JSON types."""
        # `astuple` would copy every value, which takes most of the time of a load without changes.
        read, *others = (getattr(self, each.name) for each in fields(self))
        return [read.signature, read.read_at, read.revision, *others]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> FileRecord:
        """The inverse of `to_row`."""
        signature, read_at, revision, collection, entry, passages, missing, shard, *rest = row
        fingerprint = Fingerprint(_signature(signature), read_at, revision)
        remarks, recognition, recognised = rest
        return cls(
            fingerprint,
            collection,
            entry,
            passages,
            tuple(missing),
            shard,
            tuple(remarks),
            recognition,
            recognised,
        )


@dataclass(frozen=True, slots=True)
class FolderRecord:
    """The files of the last load by path, the manifests, and what was to be said about it.

    `faults` is a hash of the files that were listed but not read; `archives` has what was found
    in each archive, by path.
    """

    files: Mapping[str, FileRecord]
    manifests: ManifestSignatures
    archives: Mapping[str, ArchiveRecord]
    faults: str
    failed: tuple[Failure, ...]
    notes: tuple[str, ...]

    def is_current(self, listing: FolderListing) -> bool:
        """Whether a load of the folder as listed now would find the same as the last one.

        A file that failed is tried again at each load.
        """
        return (
            len(self.failed) == len(listing.failed)
            and self.faults == faults_of(listing)
            and self.manifests == manifest_signatures(listing)
            and len(self.files) == len(listing.files)
            and all(
                (known := self.files.get(file.path)) is not None
                and known.fingerprint.matches(file.signature)
                for file in listing.files
            )
        )

    @property
    def recognitions(self) -> frozenset[str]:
        """The states of the recogniser with which files were read, where it made a difference."""
        return frozenset(file.recognition for file in self.files.values() if file.recognition)

    def to_lines(self) -> Iterator[str]:
        """The record as lines of JSON, a line a file after the first."""
        failed = [[failure.path, failure.reason] for failure in self.failed]
        archives = {
            path: [*astuple(record.fingerprint), [astuple(entry) for entry in record.entries]]
            for path, record in self.archives.items()
        }
        yield json.dumps([self.manifests, archives, self.faults, failed, self.notes])
        for path, file in self.files.items():
            yield json.dumps([path, *file.to_row()])

    @classmethod
    def from_lines(cls, lines: Iterator[str]) -> FolderRecord:
        """The inverse of `to_lines`; raises ValueError, TypeError or StopIteration."""
        manifests, archives, faults, failed, notes = json.loads(next(lines))
        rows = map(json.loads, lines)
        return cls(
            {path: FileRecord.from_row(row) for path, *row in rows},
            {path: _signature(signature) for path, signature in manifests.items()},
            {path: _archive(*row) for path, row in archives.items()},
            faults,
            tuple(Failure(*each) for each in failed),
            tuple(notes),
        )


NO_RECORD = FolderRecord({}, {}, {}, "", (), ())
"""The record before the first load."""


def faults_of(listing: FolderListing) -> str:
    """A hash of what a listing says of files that are not read."""
    failed = [(failure.path, failure.reason) for failure in listing.failed]
    return sha256(repr((failed, listing.skipped)).encode()).hexdigest()


def manifest_signatures(listing: FolderListing) -> dict[str, Signature | None]:
    """The signature of each file of the curators."""
    files = (*listing.manifests, *listing.glossaries, *listing.pins)
    return {file.path: file.signature for file in files}


def _archive(
    signature: Any, read_at: int, revision: str, entries: Sequence[Sequence[str]]
) -> ArchiveRecord:
    fingerprint = Fingerprint(_signature(signature), read_at, revision)
    return ArchiveRecord(fingerprint, tuple(ArchiveEntry(*entry) for entry in entries))


def _signature(values: Any) -> Signature | None:
    return None if values is None else Signature(*values)
