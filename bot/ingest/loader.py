"""The loader: builds the corpus of a folder again and again; incremental, all or nothing."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from bot.core.corpus import Corpus
from bot.core.errors import CorpusError, ManifestError
from bot.core.passages import PassageTable
from bot.ingest.corpus_build import (
    NOTHING_LOADED,
    CorpusBuild,
    LoadedCorpus,
    LoadedDocument,
    source_of,
)
from bot.ingest.display_names import display_name
from bot.ingest.fingerprints import Fingerprint, Signature
from bot.ingest.manifest import SourceEntry
from bot.ingest.manifest_files import (
    notes_on_empty_collections,
    notes_on_missing_files,
    read_glossaries,
    read_manifests,
)
from bot.ingest.readers import SUFFIXES, Limits
from bot.ingest.report import Failure, LoadReport
from bot.ingest.walk import FolderListing, real_folder, walk

__all__ = ["Failure", "FolderChanges", "LoadReport", "Loader", "LoaderState"]

Progress = Callable[[int, int], None]
Clock = Callable[[], int]
ManifestSignatures = Mapping[str, Signature | None]


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """Whether a load would find anything changed, and how much.

    `bytes` is the size of the text that would have to be read; `fraction` is the share of
    files that were added, removed or changed, themselves or in their manifest entry.
    """

    changed: bool
    bytes: int
    fraction: float
    listing: FolderListing = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoaderState:
    """The state of a loader which, with its corpus, spares the next program reading the files.

    Later loads do not change it, so it can be written to disk at any time.
    """

    documents: Mapping[str, LoadedDocument]
    fingerprints: Mapping[str, Fingerprint]
    manifests: ManifestSignatures

    def as_json(self) -> dict[str, Any]:
        """The state in JSON types, for `Loader.restore`."""
        return {
            "said": {
                path: loaded.source.model_dump(mode="json", exclude_defaults=True)
                for path, loaded in self.documents.items()
            },
            "read": {path: astuple(each) for path, each in self.fingerprints.items()},
            "tables": self.manifests,
        }


class Loader:
    """Loads the corpus of a folder, and keeps what it built for the next load."""

    def __init__(
        self,
        folder: Path,
        limits: Limits | None = None,
        *,
        trust_times: bool = True,
        clock: Clock = time.time_ns,
    ) -> None:
        """Without `trust_times`, every file is read at every load.

        `clock` is the time by which the file system dates its files, in nanoseconds.
        """
        self._folder = folder
        self._limits = limits or Limits()
        self._trust_times = trust_times
        self._clock = clock
        self._loaded = self._restored = NOTHING_LOADED
        self._manifests: ManifestSignatures = {}
        self._fingerprints: Mapping[str, Fingerprint] = {}
        self._lock = threading.Lock()

    def state(self) -> LoaderState:
        """The state after the last load, for `restore`."""
        with self._lock:
            return LoaderState(self._loaded.documents, self._fingerprints, self._manifests)

    def restore(self, corpus: Corpus, state: Mapping[str, Any]) -> None:
        """Take over the documents of `corpus`, which another loader built from this folder.

        `state` is that loader's `LoaderState.as_json`. The next load still looks at every
        file, and builds again the documents that have changed since.
        """
        sources = state["said"]
        documents = {
            document.path: LoadedDocument(
                SourceEntry.model_validate_json(json.dumps(sources[document.path])),
                document,
                parsed=None,
            )
            for document in corpus.passages.documents
            if document.path in sources
        }
        with self._lock:
            self._restored = LoadedCorpus(documents, corpus.passages)
            if self._trust_times:
                self._fingerprints = {
                    path: Fingerprint(_signature(signature), read_at, revision)
                    for path, (signature, read_at, revision) in state["read"].items()
                }
            # Manifests are read at every load; these only serve `changes`.
            self._manifests = {
                path: _signature(signature) for path, signature in state["tables"].items()
            }

    def changes(self) -> FolderChanges:
        """The work of the next load, estimated by the names and times of files."""
        with self._lock:
            listing = walk(real_folder(self._folder), SUFFIXES)
            unread = {
                file.path: file.signature.size if file.signature else 0
                for file in listing.files
                if (known := self._fingerprints.get(file.path)) is None
                or not known.matches(file.signature)
            }
            removed = self._fingerprints.keys() - {file.path for file in listing.files}
            manifests_changed = _manifest_signatures(listing) != self._manifests
            outdated = self._outdated(listing) if manifests_changed else {}
        changed_paths = unread.keys() | outdated.keys()
        return FolderChanges(
            changed=bool(unread or removed or manifests_changed),
            bytes=sum(unread.values()) + sum(outdated.values()),
            fraction=(len(changed_paths) + len(removed)) / max(len(listing.files), 1),
            listing=listing,
        )

    def _outdated(self, listing: FolderListing) -> dict[str, int]:
        """The documents whose manifest entry has changed, and the lengths of their texts."""
        try:
            entries, _ = read_manifests(listing)
        except ManifestError:
            return {}  # the load itself will raise it
        lengths: dict[str, int] = {}
        for file in listing.files:
            loaded = self._restored.documents.get(file.path) or self._loaded.documents.get(
                file.path
            )
            source, collection = source_of(file.path, entries)
            if loaded and not loaded.is_current(loaded.document.revision, collection, source):
                lengths[file.path] = len(loaded.document.text)
        return lengths

    def load(self, progress: Progress | None = None) -> tuple[Corpus, LoadReport]:
        """The corpus of the folder now, and the changes since the last load.

        Blocks, one load at a time. `progress` is called with (files done, files in all)
        after each file. Raises `CorpusError` where nothing can be served, `ManifestError`
        where a manifest or glossary cannot be parsed. Then nothing is changed, and the next
        load is compared with the last successful one.
        """
        with self._lock:
            return self._load(walk(real_folder(self._folder), SUFFIXES), progress)

    def load_changes(
        self, changes: FolderChanges, progress: Progress | None = None
    ) -> tuple[Corpus, LoadReport]:
        """As `load`, for `changes` of a moment ago, without listing the folder again."""
        with self._lock:
            return self._load(changes.listing, progress)

    def _load(self, listing: FolderListing, progress: Progress | None) -> tuple[Corpus, LoadReport]:
        started = time.monotonic()
        entries, notes = read_manifests(listing)
        glossary = read_glossaries(listing)
        build = CorpusBuild(
            entries, self._loaded, self._restored, self._fingerprints, self._limits, self._clock
        )
        for done, file in enumerate(listing.files, 1):
            build.add(file)
            if progress is not None:
                progress(done, len(listing.files))
        failed = sorted((*listing.failed, *build.failed), key=lambda failure: failure.path)
        documents = tuple(loaded.document for loaded in build.documents.values())
        table = PassageTable.concatenate(map(build.passages_of, documents))
        if not table:
            raise self._nothing_to_serve(bool(documents), failed)
        corpus = Corpus(documents, table, glossary)
        notes += notes_on_missing_files(listing, entries) + notes_on_empty_collections(corpus)
        notes += build.notes
        notes += [f"skipped: {display_name(path)} ({why})" for path, why in listing.skipped.items()]
        report = self._report(build, corpus, failed, notes, time.monotonic() - started)
        # All documents have their passages in the one table now.
        self._loaded, self._restored = LoadedCorpus(build.documents, table), NOTHING_LOADED
        self._manifests = _manifest_signatures(listing)
        self._fingerprints = build.fingerprints if self._trust_times else {}
        return corpus, report

    def _report(
        self,
        build: CorpusBuild,
        corpus: Corpus,
        failed: list[Failure],
        notes: list[str],
        seconds: float,
    ) -> LoadReport:
        before, now = self._loaded.documents, build.documents
        failed_paths = {failure.path for failure in failed}
        unchanged = {
            path for path in now if path in before and now[path].document is before[path].document
        }
        return LoadReport(
            added=tuple(path for path in now if path not in before),
            changed=tuple(path for path in now if path in before and path not in unchanged),
            unchanged=tuple(path for path in now if path in unchanged),
            removed=tuple(
                path
                for path in before
                if path not in now and display_name(path) not in failed_paths
            ),
            failed=tuple(failed),
            notes=tuple(notes),
            documents=len(corpus.documents),
            passages=len(corpus.passages),
            seconds=seconds,
            revision=corpus.revision,
        )

    def _nothing_to_serve(self, has_documents: bool, failed: list[Failure]) -> CorpusError:
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
            f"There is no document in {where}: put text, Markdown, HTML, PDF or DOCX files"
            " there, then load again."
        )


def _signature(values: Any) -> Signature | None:
    return None if values is None else Signature(*values)


def _manifest_signatures(listing: FolderListing) -> dict[str, Signature | None]:
    return {file.path: file.signature for file in (*listing.manifests, *listing.glossaries)}
