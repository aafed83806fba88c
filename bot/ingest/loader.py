"""A folder of files to a corpus, and again to the next one: incremental, all or nothing.

A document is parsed again only where its bytes changed, and built again only where its
bytes or what the manifest says of it did; otherwise the same objects serve on. The hash
of the bytes decides; a file whose signature (see `signatures`) shows that they are the
ones that were hashed is not read at all.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from bot.core.corpus import Corpus, NameGroup
from bot.core.documents import Document, Parsed, Source
from bot.core.errors import CorpusError, DocumentError, ManifestError
from bot.core.passages import DocumentPassages, PassageTable
from bot.ingest.exclusions import cut_blocks, excluded_spans, unmatched
from bot.ingest.fingerprints import Read, Signature
from bot.ingest.labels import label, shown
from bot.ingest.loaded_documents import NOTHING_MADE, Kept, Made
from bot.ingest.manifest import (
    Entry,
    SourceEntry,
    entry_path,
    merged,
    parse_glossary,
    parse_manifest,
)
from bot.ingest.manifest_notes import absent, idle
from bot.ingest.readers import SUFFIXES, Limits, read
from bot.ingest.report import Failure, LoadReport
from bot.ingest.segment import passages
from bot.ingest.walk import (
    CURATORS_FILES,
    FolderListing,
    ListedFile,
    read_bytes,
    read_signed,
    real_folder,
    suffix_of,
    walk,
)

__all__ = ["MAIN", "Failure", "LoadReport", "Loader"]

MAIN = "main"
"""The collection of the files that lie beside the top folders."""

MANIFEST_BYTES = 5_000_000
"""A manifest or glossary larger than this is refused."""

Progress = Callable[[int, int], None]
Clock = Callable[[], int]

_log = logging.getLogger(__name__)
_NOTHING_SAID = SourceEntry()


@dataclass(slots=True)
class _Pass:
    """One load while it runs; the loader takes over its outcome when it is complete.

    `tables` has a table of its own for each document that is made anew.
    """

    entries: Mapping[str, Entry]
    before: Made
    recalled: Made
    read_before: Mapping[str, Read]
    limits: Limits
    clock: Clock
    read: dict[str, Read] = field(default_factory=dict)
    parsed: dict[tuple[str, str], Parsed] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    tables: dict[str, PassageTable] = field(default_factory=dict)
    contents: dict[tuple[str, str], str] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parsed.update(
            (kept.key, kept.parsed) for kept in self.before.kept.values() if kept.parsed is not None
        )

    def passages_of(self, kept: Kept) -> DocumentPassages:
        """The passages of a document that this pass made or took over."""
        tables = self.tables.get(kept.document.path), self.recalled.passages, self.before.passages
        return next(
            DocumentPassages(table, number)
            for table in tables
            if table is not None and (number := table.number_of(kept.document)) is not None
        )

    def take(self, file: ListedFile) -> None:
        """Read one file into `kept`, or say in `failed` or `notes` why it is not there."""
        try:
            self._take(file)
        except DocumentError as fault:
            self.failed.append(Failure.of(file.path, str(fault)))
        except Exception as fault:  # noqa: BLE001 - one file never takes the others down
            _log.error("fault while reading %s", shown(file.path), exc_info=fault)
            self.failed.append(
                Failure.of(
                    file.path,
                    f"a fault of this program ({type(fault).__name__}), not of yours:"
                    " please report it, and take the file out meanwhile",
                )
            )

    def _take(self, file: ListedFile) -> None:
        suffix = suffix_of(file.path)
        entry = self.entries.get(entry_path(file.path))
        said = entry.said if entry else _NOTHING_SAID
        collection = said.collection or collection_of(file.path)
        data: bytes | None = None
        known = self.read_before.get(file.path)
        kept: Kept | None = None
        if known is not None and known.holds_for(file.signature):
            kept = self._serving(file.path, known.revision, collection, said)
        else:
            known = None
        if known is not None and (kept is not None or (known.revision, suffix) in self.parsed):
            self.read[file.path] = known
        else:
            data, known = self._read(file)
        revision = known.revision
        twin = self.contents.get((collection, revision))
        if twin is not None:
            self.notes.append(f"{shown(file.path)} is the same as {shown(twin)} and left out")
            return
        kept = kept or self._serving(file.path, revision, collection, said)
        if kept is None:
            parsed = self.parsed.get((revision, suffix))
            if parsed is None:
                assert data is not None  # noqa: S101 - not read only where parsed already
                parsed = read(file.path.rsplit("/", 1)[-1], data, self.limits)
                self.parsed[revision, suffix] = parsed
            document = _document(file.path, collection, revision, parsed, said)
            kept = self._kept(parsed, said, document)
        self.kept[file.path] = kept
        self.contents[collection, revision] = file.path
        if not self.passages_of(kept):
            self.notes.append(f"{shown(file.path)} holds no paragraph that could be quoted")
        for line in unmatched(kept.document.text, said.exclude):
            self.notes.append(
                f'{shown(file.path)} has no line "{shown(line, 80)}" to exclude;'
                f" correct it in {shown(entry.manifest if entry else '')}"
            )

    def _serving(self, path: str, revision: str, collection: str, said: SourceEntry) -> Kept | None:
        """What is at hand already for a file, if it would be made the same again."""
        for there in (self.recalled, self.before):
            kept = there.kept.get(path)
            if kept is not None and kept.serves(revision, collection, said):
                return kept
        return None

    def _read(self, file: ListedFile) -> tuple[bytes, Read]:
        began = self.clock()
        data, signature = read_signed(file, self.limits.max_bytes)
        self.read[file.path] = done = Read(signature, began, sha256(data).hexdigest())
        return data, done

    def _kept(self, parsed: Parsed, said: SourceEntry, document: Document) -> Kept:
        for there in (self.recalled, self.before):
            old = there.kept.get(document.path)
            if old is not None and _same(old.document, document):
                return replace(old, said=said, parsed=parsed)
        self.tables[document.path] = PassageTable.of_one_document(document, passages(document))
        return Kept(said, document, parsed)


def collection_of(path: str) -> str:
    """The collection of a path below the corpus folder: its top folder, or `main`."""
    return path.split("/", 1)[0] if "/" in path else MAIN


def _same(one: Document, other: Document) -> bool:
    return (one.path, one.collection, one.revision, one.source, one.excluded) == (
        other.path,
        other.collection,
        other.revision,
        other.source,
        other.excluded,
    )


def _document(
    path: str, collection: str, revision: str, parsed: Parsed, said: SourceEntry
) -> Document:
    title = said.title or label(parsed.title or "") or label(PurePosixPath(path).stem)
    gone = excluded_spans(parsed.text, said.exclude)
    return Document(
        path=path,
        collection=collection,
        revision=revision,
        source=Source(
            title=title or shown(path),
            author=said.author,
            publisher=said.publisher,
            date=said.date,
            date_note=said.date_note,
            url=said.url,
            about=said.about,
        ),
        text=parsed.text,
        blocks=cut_blocks(parsed.text, parsed.blocks, gone),
        excluded=gone,
    )


@dataclass(frozen=True, slots=True)
class Pending:
    """Whether a load would find anything changed, and how much.

    `bytes` would have to be read; `share` is the part of the files that came, went or
    changed, or of which a manifest says something else.
    """

    changed: bool
    bytes: int
    share: float
    found: FolderListing = field(repr=False)


class Loader:
    """Makes a corpus of a folder, and keeps what it made for the next time."""

    def __init__(
        self,
        folder: Path,
        limits: Limits | None = None,
        *,
        trust_times: bool = True,
        clock: Clock = time.time_ns,
    ) -> None:
        """Without `trust_times` every file is read at every load.

        `clock` is the time by which the file system dates its files, in nanoseconds.
        """
        self._folder = folder
        self._limits = limits or Limits()
        self._trust_times = trust_times
        self._clock = clock
        self._made = self._recalled = NOTHING_MADE
        self._tables: Mapping[str, Signature | None] = {}
        self._read: Mapping[str, Read] = {}
        self._lock = threading.Lock()

    def remembered(self) -> dict[str, Any]:
        """What `recall` needs beside the last corpus itself, as JSON can say it."""
        return self.remembering()()

    def remembering(self) -> Callable[[], dict[str, Any]]:
        """What gives `remembered` as it is now, also when other loads have come between."""
        with self._lock:
            kept, read, tables = self._made.kept, self._read, self._tables
        return lambda: {
            "said": {
                path: one.said.model_dump(mode="json", exclude_defaults=True)
                for path, one in kept.items()
            },
            "read": {path: astuple(each) for path, each in read.items()},
            "tables": tables,
        }

    def recall(self, corpus: Corpus, remembered: Mapping[str, Any]) -> None:
        """Take over the documents of `corpus`, which another loader made of this folder.

        The next load looks at every file all the same, and makes what is no longer so anew.
        """
        said = remembered["said"]
        with self._lock:
            recalled = {
                document.path: Kept(
                    SourceEntry.model_validate_json(json.dumps(said[document.path])),
                    document,
                    parsed=None,
                )
                for document in corpus.passages.documents
                if document.path in said
            }
            self._recalled = Made(recalled, corpus.passages)
            if self._trust_times:
                self._read = {
                    path: Read(
                        None if signature is None else Signature(*signature), began, revision
                    )
                    for path, (signature, began, revision) in remembered["read"].items()
                }
            # They are read at every load; this only tells whether there is anything to do.
            self._tables = {
                path: None if signature is None else Signature(*signature)
                for path, signature in remembered["tables"].items()
            }

    def pending(self) -> Pending:
        """What the next load would have to do, as far as names and times of files tell."""
        with self._lock:
            found = walk(real_folder(self._folder), SUFFIXES)
            unread = {
                file.path: file.signature.size if file.signature else 0
                for file in found.files
                if (known := self._read.get(file.path)) is None
                or not known.holds_for(file.signature)
            }
            gone = self._read.keys() - {file.path for file in found.files}
            retold = _signatures(found) != self._tables
            told = self._told_otherwise(found) if retold else {}
        touched = unread.keys() | told.keys()
        return Pending(
            changed=bool(unread or gone or retold),
            bytes=sum(unread.values()) + sum(told.values()),
            share=(len(touched) + len(gone)) / max(len(found.files), 1),
            found=found,
        )

    def _told_otherwise(self, found: FolderListing) -> dict[str, int]:
        """The documents of which the manifests say something else now, and how long they are."""
        try:
            entries, _ = _manifests(found)
        except ManifestError:
            # Whoever loads meets the same, and says it.
            return {}
        told: dict[str, int] = {}
        for file in found.files:
            kept = self._recalled.kept.get(file.path) or self._made.kept.get(file.path)
            entry = entries.get(entry_path(file.path))
            said = entry.said if entry else _NOTHING_SAID
            collection = said.collection or collection_of(file.path)
            if kept and not kept.serves(kept.document.revision, collection, said):
                told[file.path] = len(kept.document.text)
        return told

    def load(self, progress: Progress | None = None) -> tuple[Corpus, LoadReport]:
        """The corpus of what lies in the folder now, and what changed since the last load.

        Blocks, one load at a time. `progress` is called with (files done, files in all)
        after each file. Raises `CorpusError` where nothing can be served, `ManifestError`
        where a manifest or glossary cannot be understood; then nothing is changed, and
        the next load is compared with the last good one.
        """
        return self.load_pending(None, progress)

    def load_pending(
        self, pending: Pending | None, progress: Progress | None = None
    ) -> tuple[Corpus, LoadReport]:
        """As `load`, of what was `pending` a moment ago, without looking it up once more."""
        with self._lock:
            started = time.monotonic()
            found = walk(real_folder(self._folder), SUFFIXES) if pending is None else pending.found
            _refuse_lost(found)
            entries, notes = _manifests(found)
            glossary = _glossary(found)
            run = _Pass(entries, self._made, self._recalled, self._read, self._limits, self._clock)
            for done, file in enumerate(found.files, 1):
                run.take(file)
                if progress is not None:
                    progress(done, len(found.files))
            failed = sorted((*found.failed, *run.failed), key=lambda one: one.path)
            self._refuse_nothing(run, failed)
            corpus = Corpus(
                documents=tuple(kept.document for kept in run.kept.values()),
                passages=PassageTable.concatenate(map(run.passages_of, run.kept.values())),
                glossary=glossary,
            )
            notes += absent(found, entries) + idle(corpus) + run.notes
            notes += [f"skipped: {shown(path)} ({why})" for path, why in found.skipped.items()]
            report = self._report(run, corpus, failed, notes, time.monotonic() - started)
            # From now on all of them are parts of the one table.
            self._made, self._recalled = Made(run.kept, corpus.passages), NOTHING_MADE
            self._tables = _signatures(found)
            self._read = run.read if self._trust_times else {}
            return corpus, report

    def _report(
        self,
        run: _Pass,
        corpus: Corpus,
        failed: list[Failure],
        notes: list[str],
        seconds: float,
    ) -> LoadReport:
        before, now = self._made.kept, run.kept
        broken = {failure.path for failure in failed}
        return LoadReport(
            added=tuple(path for path in now if path not in before),
            changed=tuple(p for p in now if p in before and not now[p].is_as(before[p])),
            unchanged=tuple(p for p in now if p in before and now[p].is_as(before[p])),
            removed=tuple(p for p in before if p not in now and shown(p) not in broken),
            failed=tuple(failed),
            notes=tuple(notes),
            documents=len(corpus.documents),
            passages=len(corpus.passages),
            seconds=seconds,
            revision=corpus.revision,
        )

    def _refuse_nothing(self, run: _Pass, failed: list[Failure]) -> None:
        if any(map(run.passages_of, run.kept.values())):
            return
        where = f'the corpus folder "{shown(str(self._folder))}"'
        if failed:
            first = f"{failed[0].path} ({failed[0].reason.rstrip('.')})"
            several = "" if len(failed) == 1 else f" and {len(failed) - 1} more"
            raise CorpusError(
                f"No document in {where} can be read: mend or replace {first}{several},"
                " then load again."
            )
        if run.kept:
            raise CorpusError(
                f"Nothing in {where} can be quoted: put documents with text there, then load again."
            )
        raise CorpusError(
            f"There is no document in {where}: put text, Markdown, HTML, PDF or DOCX files"
            " there, then load again."
        )


def _signatures(found: FolderListing) -> dict[str, Signature | None]:
    """The signatures of the manifests and glossaries."""
    return {file.path: file.signature for file in (*found.manifests, *found.glossaries)}


def _refuse_lost(found: FolderListing) -> None:
    """`ManifestError` where a manifest is there but cannot be had.

    Going on without it could show a document in a collection it was kept out of.
    """
    for failure in found.failed:
        if failure.path.rsplit("/", 1)[-1] in CURATORS_FILES:
            raise ManifestError(f"{failure.path} cannot be read: {failure.reason}")


def _bytes_of(file: ListedFile) -> bytes:
    try:
        data = read_bytes(file, MANIFEST_BYTES)
    except DocumentError as fault:
        failure = Failure.of(file.path, str(fault))
        raise ManifestError(f"{failure.path} cannot be read: {failure.reason}") from None
    if len(data) > MANIFEST_BYTES:
        raise ManifestError(
            f"{shown(file.path)} is larger than {MANIFEST_BYTES // 1_000_000} MB: split it over"
            " the folders."
        )
    return data


def _manifests(found: FolderListing) -> tuple[dict[str, Entry], list[str]]:
    return merged(
        {file.path: parse_manifest(file.path, _bytes_of(file)) for file in found.manifests}
    )


def _glossary(found: FolderListing) -> tuple[NameGroup, ...]:
    return tuple(
        group
        for file in found.glossaries
        for group in parse_glossary(
            file.path, _bytes_of(file), collection_of(file.path) if file.folder else None
        )
    )
