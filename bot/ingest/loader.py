"""The loader: what of a corpus folder must be read, and files to documents with passages.

A file is parsed again only if its bytes or its manifest entry changed; the hash of the bytes
decides. A file is not even read if its signature proves that it is unchanged.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from bot.core.corpus import collection_of
from bot.core.documents import Document, Parsed, Source, Span
from bot.core.errors import CorpusError, DocumentError
from bot.core.passages import DocumentPassages, PassageTable
from bot.ingest.archives import ArchiveReader
from bot.ingest.display_names import display_name, label
from bot.ingest.exclusions import (
    cut_blocks,
    excluded_spans,
    missing_headings,
    missing_lines,
    section_spans,
    united,
)
from bot.ingest.fingerprints import Fingerprint
from bot.ingest.folder_record import FileRecord, FolderRecord, faults_of, manifest_signatures
from bot.ingest.formats import Limits
from bot.ingest.manifest import ManifestEntry, SourceEntry, entry_path
from bot.ingest.manifest_files import (
    notes_on_empty_collections,
    notes_on_missing_files,
    notes_on_skipped_files,
    read_glossaries,
    read_manifests,
    read_private,
)
from bot.ingest.pin_file import read_pins
from bot.ingest.readability import remarks_on
from bot.ingest.readers import read, recognise_page
from bot.ingest.recognition import Recogniser, find_recogniser
from bot.ingest.report import Failure
from bot.ingest.segment import passages
from bot.ingest.walk import ListedFile, read_signed, real_folder, walk

_log = logging.getLogger(__name__)
_NO_ENTRY = SourceEntry()
_NO_RECOGNISER = find_recogniser("")


def source_of(path: str, entries: Mapping[str, ManifestEntry]) -> tuple[SourceEntry, str]:
    """The manifest's data on the document at `path`, and the collection it is served in."""
    entry = entries.get(entry_path(path))
    source = entry.source if entry else _NO_ENTRY
    return source, source.collection or collection_of(path)


def build_document(
    path: str,
    collection: str,
    revision: str,
    parsed: Parsed,
    source: SourceEntry,
    recognition: str = "",
) -> Document:
    """A parsed file as a document, titled by its manifest, itself, or its file's name."""
    sections = section_spans(parsed.text, parsed.blocks, source.leave_out)
    excluded = united((*excluded_spans(parsed.text, source.exclude), *sections))
    own_title = parsed.title or ""
    if excluded and _is_excluded(own_title, parsed.text, excluded):
        own_title = ""
    title = source.title or label(own_title) or label(PurePosixPath(path).stem)
    return Document(
        path=path,
        collection=collection,
        revision=revision,
        source=Source(
            title=title or display_name(path),
            author=source.author,
            publisher=source.publisher,
            date=source.date,
            date_note=source.date_note,
            url=source.url,
            about=source.about,
        ),
        text=parsed.text,
        blocks=cut_blocks(parsed.text, parsed.blocks, excluded),
        excluded=excluded,
        page_labels=parsed.page_labels,
        reading=source.reading,
        recognition=recognition,
        hidden=parsed.hidden,
    )


def _is_excluded(title: str, text: str, excluded: Sequence[Span]) -> bool:
    """Whether a title stands in the text, and only where nothing is to be quoted."""
    pattern = re.compile(r"\s+".join(map(re.escape, title.split())))
    places = [Span(*found.span()) for found in pattern.finditer(text)] if title.strip() else []
    return bool(places) and all(any(p.overlaps(e) for e in excluded) for p in places)


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file to read; `revision` is the hash of its bytes if only that has to be checked."""

    file: ListedFile
    collection: str
    source: SourceEntry
    revision: str = ""

    def to_json(self) -> dict[str, Any]:
        """The file in JSON types."""
        source = self.source.model_dump(mode="json", exclude_defaults=True)
        return {
            "path": self.file.path,
            "place": self.file.place,
            "member": self.file.member,
            "collection": self.collection,
            "source": source,
            "revision": self.revision,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> UnreadFile:
        """The inverse of `to_json`."""
        file = ListedFile(data["path"], data["place"], member=data["member"])
        source = SourceEntry.model_validate(data["source"])
        return cls(file, data["collection"], source, data["revision"])


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """The result of reading one file: its record, or why there is no document of it.

    `is_document` says whether it was parsed; otherwise the one from before is still right. The
    pages `unrecognised`, counted from 1, have to be recognised before there is a document; then
    `revision` is that of the file.
    """

    path: str
    record: FileRecord | None
    is_document: bool = False
    failure: str = ""
    unrecognised: tuple[int, ...] = ()
    revision: str = ""


def entry_hash(source: SourceEntry) -> str:
    """A hash of a manifest entry: if it is equal, so is what the entry says."""
    return sha256(source.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:16]


def read_files(
    files: Iterable[UnreadFile],
    limits: Limits,
    recogniser: Recogniser = _NO_RECOGNISER,
    begin: Callable[[int], None] = lambda _: None,
    *,
    before_recognition: bool = False,
) -> tuple[list[FileOutcome], PassageTable]:
    """Read files; returns an outcome for each, and the documents with their passages.

    `before_recognition` leaves files with pages that the recogniser has not read yet for later.
    One file never takes the others down. `begin` is called with the number of each, from 0.
    """
    may_wait = before_recognition and bool(recogniser.name)
    outcomes: list[FileOutcome] = []
    tables: list[PassageTable] = []
    with ArchiveReader() as archives:
        for number, unread in enumerate(files):
            begin(number)
            read_one = partial(_read_file, unread, limits, recogniser, archives, may_wait)
            outcome, table = _outcome(unread.file.path, read_one)
            outcomes.append(outcome)
            if table is not None:
                tables.append(table)
    return outcomes, PassageTable.concatenate(DocumentPassages(table, 0) for table in tables)


def _outcome(
    path: str, read_one: Callable[[], tuple[FileOutcome, PassageTable | None]]
) -> tuple[FileOutcome, PassageTable | None]:
    """The outcome of reading the file at `path`, whatever happens, and its passages."""
    try:
        return read_one()
    except DocumentError as fault:
        return FileOutcome(path, None, failure=str(fault)), None
    except Exception as fault:  # noqa: BLE001 - one file never takes the others down
        _log.error("fault while reading %s", display_name(path), exc_info=fault)
        reason = (
            f"a fault of this program ({type(fault).__name__}), not of yours:"
            " please report it, and take the file out meanwhile"
        )
        return FileOutcome(path, None, failure=reason), None


def _read_file(
    unread: UnreadFile,
    limits: Limits,
    recogniser: Recogniser,
    archives: ArchiveReader,
    may_wait: bool,
) -> tuple[FileOutcome, PassageTable | None]:
    path, source = unread.file.path, unread.source
    read_at = time.time_ns()
    data, signature = read_signed(unread.file, limits.max_bytes, archives)
    fingerprint = Fingerprint(signature, read_at, sha256(data).hexdigest())
    record = FileRecord(fingerprint, unread.collection, entry_hash(source))
    if fingerprint.revision == unread.revision:
        return FileOutcome(path, record), None
    revision = fingerprint.revision
    pages = recogniser.pages(revision)
    name = path.rsplit("/", 1)[-1]
    parsed = read(name, data, limits, source.encoding, source.order, pages)
    if parsed.unrecognised and may_wait:
        return FileOutcome(path, None, False, "", parsed.unrecognised, revision), None
    state = recogniser.state if pages or parsed.unrecognised else ""
    readability = remarks_on(parsed)
    parsed = recogniser.without_unread_pages(parsed)
    recognition = f"{recogniser.name}, {len(pages)}" if pages else ""
    document = build_document(path, unread.collection, revision, parsed, source, recognition)
    table = PassageTable.of_one_document(document, passages(document, source.language))
    record = replace(
        record,
        passages=len(table),
        missing=_missing(parsed, source),
        remarks=(*readability, *parsed.remarks),
        recognition=state,
        recognised=len(pages),
    )
    return FileOutcome(path, record, is_document=True), table


def _missing(parsed: Parsed, source: SourceEntry) -> tuple[str, ...]:
    """The parts that a manifest entry leaves out and the file lacks."""
    lines = missing_lines(parsed.text, source.exclude)
    headings = missing_headings(parsed.text, parsed.blocks, source.leave_out)
    return (
        *(f'line "{display_name(each, 80)}" to exclude' for each in lines),
        *(f'heading "{display_name(each, 80)}" to leave out' for each in headings),
    )


def recognise_page_of(
    unread: UnreadFile, revision: str, page: int, limits: Limits, recogniser: Recogniser
) -> None:
    """Recognise a page of a file of that revision and keep it; a page that fails is logged.

    Raises OSError where it cannot be kept.
    """
    try:
        data, _ = read_signed(unread.file, limits.max_bytes)
        if sha256(data).hexdigest() == revision:  # else the file is another since it was read
            recogniser.keep(revision, recognise_page(data, page, limits))
    except OSError:
        raise
    except Exception as fault:  # noqa: BLE001 - as in `read_files`
        name = display_name(unread.file.path)
        _log.warning("page %d of %s is not recognised: %s", page, name, fault)


class FolderLoad:
    """One load of a corpus folder: which files are as before, which have to be read.

    `kept` are the records of files that are unchanged without a look at their bytes.
    """

    def __init__(
        self,
        folder: Path,
        before: FolderRecord,
        shards: Collection[str],
        *,
        trust_times: bool,
        recognition: str = _NO_RECOGNISER.state,
    ) -> None:
        """`shards` are those that still hold their documents. Without `trust_times`, all is read.

        `recognition` is the state of the recogniser; files that it concerns and that were read in
        another state are read anew.
        Raises `CorpusError` or `ManifestError` where the folder or a manifest cannot be read.
        """
        self._folder = folder
        self._before = before
        self.listing = walk(real_folder(folder), before.archives if trust_times else {})
        self._entries, self._notes = read_manifests(self.listing)
        self.glossary = read_glossaries(self.listing)
        self.private = read_private(self.listing)
        self.pins = read_pins(self.listing)
        self.kept: dict[str, FileRecord] = {}
        self.unread: list[UnreadFile] = []
        served: set[tuple[str, str]] = set()
        for file in self.listing.files:
            source, collection = source_of(file.path, self._entries)
            known = before.files.get(file.path)
            if (
                known is None
                or (known.collection, known.entry)
                != (
                    collection,
                    entry_hash(source),
                )
                or (known.shard not in shards and known.content not in served)
                or known.recognition not in ("", recognition)
            ):
                known = None
            if known is not None and trust_times and known.fingerprint.matches(file.signature):
                self.kept[file.path] = known
                served.add(known.content)
            else:
                revision = known.fingerprint.revision if known is not None and known.shard else ""
                self.unread.append(UnreadFile(file, collection, source, revision))

    def finish(self, outcomes: Sequence[FileOutcome]) -> FolderRecord:
        """The record of the folder, once all `unread` files have an outcome.

        The shards of documents that were read are not known yet. Raises `CorpusError` where
        nothing can be served.
        """
        failed = [
            *self.listing.failed,
            *self.pins.failed,
            *(Failure.of(each.path, each.failure) for each in outcomes if each.record is None),
        ]
        failed.sort(key=lambda failure: failure.path)
        records = dict(self.kept)
        for each in outcomes:
            if each.record is not None:
                records[each.path] = (
                    each.record if each.is_document else self._renewed(each.path, each.record)
                )
        notes: list[str] = []
        first: dict[tuple[str, str], str] = {}
        for path in sorted(records):
            record = records[path]
            twin = first.setdefault(record.content, path)
            if twin != path:
                records[path] = replace(record, shard=None, passages=0)
                notes.append(
                    f"{display_name(path)} is the same as {display_name(twin)} and left out"
                )
            else:
                notes += self._notes_on(path, record)
        if not any(record.passages for record in records.values()):
            raise self._nothing_to_serve(bool(records), failed)
        return FolderRecord(
            files={path: records[path] for path in sorted(records)},
            manifests=manifest_signatures(self.listing),
            faults=faults_of(self.listing),
            failed=tuple(failed),
            archives=self.listing.archives,
            notes=(
                *self._notes,
                *self.pins.notes,
                *notes_on_missing_files(self.listing, self._entries),
                *notes_on_empty_collections(
                    self.glossary, {record.collection for record in records.values()}
                ),
                *notes,
                *notes_on_skipped_files(self.listing),
            ),
        )

    def _renewed(self, path: str, record: FileRecord) -> FileRecord:
        """The record from before of a file whose bytes are the same, with its new times."""
        return replace(self._before.files[path], fingerprint=record.fingerprint)

    def _notes_on(self, path: str, record: FileRecord) -> list[str]:
        notes = []
        if not record.passages:
            notes.append(f"{display_name(path)} holds no paragraph that could be quoted")
        notes += (f"{display_name(path)} {remark}" for remark in record.remarks)
        for part in record.missing:
            manifest = self._entries[entry_path(path)].manifest
            notes.append(
                f"{display_name(path)} has no {part}; correct it in {display_name(manifest)}"
            )
        return notes

    def _nothing_to_serve(self, has_documents: bool, failed: Sequence[Failure]) -> CorpusError:
        where = f'the corpus folder "{display_name(str(self._folder))}"'
        if failed:
            first = f"{failed[0].path} ({failed[0].reason.rstrip('.')})"
            several = "" if len(failed) == 1 else f" and {len(failed) - 1} more"
            return CorpusError(
                f"No document in {where} can be read: mend or replace {first}{several},"
                " then load again."
            )
        if has_documents:
            return CorpusError(
                f"Nothing in {where} can be quoted: put documents with text there, then load again."
            )
        return CorpusError(
            f"There is no document in {where}: put text, Markdown, HTML, PDF or office"
            " files there, then load again."
        )
