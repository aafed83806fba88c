"""Corpus build: one load, which turns files into documents and passages and reuses earlier ones.

A file is parsed again only if its bytes changed, and a document is built again only if its
bytes or its manifest entry changed; otherwise the same objects are served on. The hash of
the bytes decides. A file is not even read if its signature proves that it is unchanged.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import PurePosixPath

from bot.core.documents import Document, Parsed, Source
from bot.core.errors import DocumentError
from bot.core.passages import DocumentPassages, PassageTable
from bot.ingest.display_names import display_name, label
from bot.ingest.exclusions import cut_blocks, excluded_spans, missing_lines
from bot.ingest.fingerprints import Fingerprint
from bot.ingest.manifest import ManifestEntry, SourceEntry, collection_of, entry_path
from bot.ingest.readers import Limits, read
from bot.ingest.report import Failure
from bot.ingest.segment import passages
from bot.ingest.walk import ListedFile, read_signed, suffix_of

_log = logging.getLogger(__name__)
_NO_ENTRY = SourceEntry()


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document, the manifest's entry for it, and the parsed file it was built from.

    `parsed` is None if the document was restored from a stored corpus.
    """

    source: SourceEntry
    document: Document
    parsed: Parsed | None

    def is_current(self, revision: str, collection: str, source: SourceEntry) -> bool:
        """Whether the same document would be built from these again."""
        return (
            self.document.revision == revision
            and self.document.collection == collection
            and self.source == source
        )


@dataclass(frozen=True, slots=True)
class LoadedCorpus:
    """The documents of an earlier load by path, and the table that holds their passages."""

    documents: Mapping[str, LoadedDocument]
    passages: PassageTable


NOTHING_LOADED = LoadedCorpus({}, PassageTable.of(()))


def source_of(path: str, entries: Mapping[str, ManifestEntry]) -> tuple[SourceEntry, str]:
    """The manifest's data on the document at `path`, and the collection it is served in."""
    entry = entries.get(entry_path(path))
    source = entry.source if entry else _NO_ENTRY
    return source, source.collection or collection_of(path)


def build_document(
    path: str, collection: str, revision: str, parsed: Parsed, source: SourceEntry
) -> Document:
    """A parsed file as a document, titled by its manifest, itself, or its file's name."""
    title = source.title or label(parsed.title or "") or label(PurePosixPath(path).stem)
    excluded = excluded_spans(parsed.text, source.exclude)
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
    )


def _identity(document: Document) -> tuple[object, ...]:
    """The fields that decide whether two documents of one reader are equal."""
    return (
        document.path,
        document.collection,
        document.revision,
        document.source,
        document.excluded,
    )


@dataclass(slots=True)
class CorpusBuild:
    """The state of one load; the loader takes over its results when all files are added.

    Documents are reused from `restored`, a stored corpus, before `previous`, the last load.
    `known` are the fingerprints of the files that were read before, by path. `clock` returns
    the time in nanoseconds. Each newly built document has a passage table of its own.
    """

    entries: Mapping[str, ManifestEntry]
    previous: LoadedCorpus
    restored: LoadedCorpus
    known: Mapping[str, Fingerprint]
    limits: Limits
    clock: Callable[[], int]
    documents: dict[str, LoadedDocument] = field(default_factory=dict)
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _parsed: dict[tuple[str, str], Parsed] = field(default_factory=dict)
    _tables: dict[str, PassageTable] = field(default_factory=dict)
    _paths: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for loaded in self.previous.documents.values():
            if loaded.parsed is not None:
                key = loaded.document.revision, suffix_of(loaded.document.path)
                self._parsed[key] = loaded.parsed

    def passages_of(self, document: Document) -> DocumentPassages:
        """The passages of a document that this build made or reused."""
        tables = self._tables.get(document.path), self.restored.passages, self.previous.passages
        return next(
            DocumentPassages(table, number)
            for table in tables
            if table is not None and (number := table.number_of(document)) is not None
        )

    def add(self, file: ListedFile) -> None:
        """Put the document of one file into `documents`, or the reason into `failed` or `notes`."""
        try:
            self._add(file)
        except DocumentError as fault:
            self.failed.append(Failure.of(file.path, str(fault)))
        except Exception as fault:  # noqa: BLE001 - one file never takes the others down
            _log.error("fault while reading %s", display_name(file.path), exc_info=fault)
            self.failed.append(
                Failure.of(
                    file.path,
                    f"a fault of this program ({type(fault).__name__}), not of yours:"
                    " please report it, and take the file out meanwhile",
                )
            )

    def _add(self, file: ListedFile) -> None:
        path = file.path
        source, collection = source_of(path, self.entries)
        data: bytes | None = None
        fingerprint = self.known.get(path)
        if fingerprint is None or not (
            fingerprint.matches(file.signature)
            and self._is_buildable(path, fingerprint.revision, collection, source)
        ):
            data, fingerprint = self._read(file)
        self.fingerprints[path] = fingerprint
        revision = fingerprint.revision
        twin = self._paths.get((collection, revision))
        if twin is not None:
            self.notes.append(
                f"{display_name(path)} is the same as {display_name(twin)} and left out"
            )
            return
        loaded = self._reusable(path, revision, collection, source)
        if loaded is None:
            parsed = self._parse(path, revision, data)
            document = build_document(path, collection, revision, parsed, source)
            loaded = self._segmented(LoadedDocument(source, document, parsed))
        self.documents[path] = loaded
        self._paths[collection, revision] = path
        self._note_faults(loaded)

    def _is_buildable(self, path: str, revision: str, collection: str, source: SourceEntry) -> bool:
        """Whether the document can be built or reused without the bytes of its file."""
        if (revision, suffix_of(path)) in self._parsed:
            return True
        return self._reusable(path, revision, collection, source) is not None

    def _reusable(
        self, path: str, revision: str, collection: str, source: SourceEntry
    ) -> LoadedDocument | None:
        for earlier in (self.restored, self.previous):
            loaded = earlier.documents.get(path)
            if loaded is not None and loaded.is_current(revision, collection, source):
                return loaded
        return None

    def _read(self, file: ListedFile) -> tuple[bytes, Fingerprint]:
        read_at = self.clock()
        data, signature = read_signed(file, self.limits.max_bytes)
        return data, Fingerprint(signature, read_at, sha256(data).hexdigest())

    def _parse(self, path: str, revision: str, data: bytes | None) -> Parsed:
        key = revision, suffix_of(path)
        if key not in self._parsed:
            assert data is not None  # noqa: S101 - a file goes unread only if it is parsed
            self._parsed[key] = read(path.rsplit("/", 1)[-1], data, self.limits)
        return self._parsed[key]

    def _segmented(self, loaded: LoadedDocument) -> LoadedDocument:
        """`loaded` with its passages in a table; an equal earlier document takes its place."""
        document = loaded.document
        for earlier in (self.restored, self.previous):
            before = earlier.documents.get(document.path)
            if before is not None and _identity(before.document) == _identity(document):
                return replace(loaded, document=before.document)
        self._tables[document.path] = PassageTable.of_one_document(document, passages(document))
        return loaded

    def _note_faults(self, loaded: LoadedDocument) -> None:
        path = loaded.document.path
        if not self.passages_of(loaded.document):
            self.notes.append(f"{display_name(path)} holds no paragraph that could be quoted")
        for line in missing_lines(loaded.document.text, loaded.source.exclude):
            manifest = self.entries[entry_path(path)].manifest
            self.notes.append(
                f'{display_name(path)} has no line "{display_name(line, 80)}" to exclude;'
                f" correct it in {display_name(manifest)}"
            )
