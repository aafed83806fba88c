"""The quick check of a corpus folder: what is wrong with it as far as a look at it tells.

Of each document only the name, the size and the first bytes are looked at; the curators' files are
read.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.core.errors import DocumentError
from bot.ingest.formats import Limits
from bot.ingest.manifest_files import (
    notes_on_missing_files,
    notes_on_skipped_files,
    read_glossaries,
    read_manifests,
    read_private,
)
from bot.ingest.pin_file import read_pins
from bot.ingest.readers.beginnings import HEAD_BYTES, check_beginning, kind_of
from bot.ingest.report import Failure
from bot.ingest.walk import ListedFile, read_beginning, real_folder, suffix_of, walk


@dataclass(frozen=True, slots=True)
class QuickReport:
    """The report of a quick check: documents by suffix, most first, their bytes, and faults."""

    files: Mapping[str, int]
    bytes: int
    failed: tuple[Failure, ...]
    notes: tuple[str, ...]


def quick_check(folder: Path, limits: Limits) -> QuickReport:
    """Look at all files of a corpus folder; blocks.

    Raises `CorpusError` or `ManifestError` where the folder or a manifest cannot be read.
    """
    listing = walk(real_folder(folder))
    entries, notes = read_manifests(listing)
    read_glossaries(listing)
    read_private(listing)
    pins = read_pins(listing)
    failed = [*listing.failed, *pins.failed]
    for file in listing.files:
        try:
            _look_at(file, limits)
        except DocumentError as fault:
            failed.append(Failure.of(file.path, str(fault)))
    failed.sort(key=lambda failure: failure.path)
    return QuickReport(
        dict(Counter(suffix_of(file.path) for file in listing.files).most_common()),
        sum(file.signature.size for file in listing.files if file.signature),
        tuple(failed),
        (
            *notes,
            *pins.notes,
            *notes_on_missing_files(listing, entries),
            *notes_on_skipped_files(listing),
        ),
    )


def _look_at(file: ListedFile, limits: Limits) -> None:
    """Raise `DocumentError` if a file cannot be read, as far as that shows."""
    head, size = read_beginning(file, HEAD_BYTES)
    check_beginning(kind_of(file.path, size, limits), head, size)
