"""Snapshot: the corpus with its index on disk, so that a start need not build them again.

A snapshot is used only if building would give the same: the same program with the same
settings wrote it, its checksums are right, and the loader checks each file of the corpus
again and takes over only what is unchanged. Otherwise everything is built again, and the log
says why.
"""

import logging
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from functools import cache
from hashlib import sha256
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from bot.answering import archive
from bot.answering.archive import ArchiveDamagedError
from bot.core.corpus import Corpus, NameGroup
from bot.core.corpus_archive import (
    DocumentLookup,
    documents_from_parts,
    documents_to_parts,
    json_lines,
    parse_json_lines,
)
from bot.core.errors import SettingsError
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.ranking.calibration import ThresholdPair, Thresholds
from bot.retrieval.shard import store as indexes
from bot.retrieval.shard.index import Index

_LOADER_PARTS = ("said", "read", "tables")
"""The parts of the loader's state."""

PARTS = ("core", "ingest", "retrieval")
"""The packages of this program whose code affects the index of a file."""

PACKAGES = (
    "charset-normalizer",
    "lxml",
    "markdown-it-py",
    "mdit-py-plugins",
    "numpy",
    "py3langid",
    "pydantic",
    "pypdfium2",
    "python-docx",
    "rank-bm25",
    "rapidfuzz",
    "regex",
    "scipy",
    "selectolax",
    "sentencex",
    "stopwordsiso",
)
"""The libraries of which another version may read or index the same file differently."""

_log = logging.getLogger(__name__)


def name_for(folder: Path) -> str:
    """The file name of the snapshot of the corpus in `folder`.

    Each folder has its own, so a command with another `--corpus` leaves that of the bot alone.
    """
    return f"corpus-{sha256(str(folder.absolute()).encode()).hexdigest()[:8]}.snapshot"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A searcher with its corpus, and the loader's state: its knowledge of the files."""

    searcher: Searcher
    loader_state: Mapping[str, Any]


class Snapshots:
    """Reads and writes the snapshot of one corpus.

    `settings` is any text that names what affects the reading of documents besides the files;
    a snapshot with another text is not used.
    """

    def __init__(
        self, file: Path, settings: str, folder: Callable[[], object] = lambda: None
    ) -> None:
        """`folder` creates the folder of `file`, or raises `SettingsError`."""
        self.file = file
        self.settings = settings
        self._folder = folder
        # Computed at the start, before a newer version may be installed over the running one.
        program()

    def possible(self) -> bool:
        """Whether the folder to write to exists or could be created."""
        try:
            self._folder()
        except SettingsError as error:
            _log.warning("the corpus is not kept for the next start: %s", error)
            return False
        return self.file.parent.is_dir()

    def save(self, snapshot: Snapshot) -> bool:
        """Replace the snapshot; returns whether that was possible."""
        if not self.possible():
            return False
        try:
            self._write(snapshot)
        except OSError as error:
            _log.warning("the corpus was not kept for the next start: %s", error.strerror)
            return False
        except MemoryError:
            _log.warning("the corpus was not kept for the next start: there is no memory left")
            return False
        return True

    def _write(self, snapshot: Snapshot) -> None:
        searcher = snapshot.searcher
        corpus = searcher.corpus
        documents, parts = documents_to_parts(corpus.documents, corpus.passages)
        index, arrays = indexes.pack(searcher.index.arrays)
        about = {
            "program": program(),
            "settings": self.settings,
            "options": _options(searcher.options),
            "corpus": documents,
            "index": index,
            "glossary": [astuple(group) for group in corpus.glossary],
            "thresholds": _thresholds_to_json(searcher.thresholds),
        }
        files = {name: json_lines(snapshot.loader_state[name].items()) for name in _LOADER_PARTS}
        archive.write(self.file, about, {**parts, **arrays, **files})

    def forget(self) -> None:
        """Delete the snapshot."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)

    def open(self, options: AnswerOptions, lookup: DocumentLookup) -> Snapshot | None:
        """The snapshot, or None if there is none that can be used; the log says why."""
        try:
            return self._read(options, lookup)
        except FileNotFoundError:
            return None
        except (ArchiveDamagedError, OSError) as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - no file may prevent a start
            reason = f"it is not as we write it ({type(error).__name__})"
        _log.warning("what was kept of the corpus is not used, all is read anew: %s", reason)
        return None

    def _read(self, options: AnswerOptions, lookup: DocumentLookup) -> Snapshot | None:
        opened = archive.read(self.file)
        about = opened.about
        if (about["program"], about["settings"]) != (program(), self.settings):
            _log.info("what was kept of the corpus is of another version, all is read anew")
            return None
        all_documents, table = documents_from_parts(about["corpus"], opened.parts, lookup)
        glossary = tuple(NameGroup(tuple(names), where) for names, where in about["glossary"])
        corpus = Corpus(all_documents, table, glossary)
        same = about["options"] == _options(options)
        arrays = indexes.unpack(about["index"], opened.parts)
        searcher = Searcher(
            corpus,
            options,
            index=Index(corpus.passages, arrays, corpus.names),
            thresholds=_thresholds_from_json(about["thresholds"]) if same else None,
        )
        loader_state = {name: dict(parse_json_lines(opened.parts[name])) for name in _LOADER_PARTS}
        return Snapshot(searcher, loader_state)


@cache
def program() -> str:
    """A hash of all code that affects the index: libraries, own packages, Unicode version."""
    digest = sha256(unicodedata.unidata_version.encode())
    for package in PACKAGES:
        digest.update(f"{package} {metadata.version(package)}\n".encode())
    for part in PARTS:
        _add_folder(digest, resources.files("bot") / part)
    return digest.hexdigest()


def _add_folder(digest: Any, folder: Any) -> None:
    for each in sorted(folder.iterdir(), key=lambda one: one.name):
        if each.is_dir():
            if each.name != "__pycache__":
                _add_folder(digest, each)
        else:
            digest.update(f"{each.name}\n".encode())
            digest.update(each.read_bytes())


def _options(options: AnswerOptions) -> list[Any]:
    """The options that the thresholds of silence depend on."""
    return [options.false_answer_rate, list(options.calibration)]


def _thresholds_to_json(thresholds: Thresholds) -> dict[str, Any]:
    by_language = {name: astuple(each) for name, each in thresholds.by_language.items()}
    return {"by_language": by_language, "others": astuple(thresholds.others)}


def _thresholds_from_json(data: Mapping[str, Any]) -> Thresholds:
    by_language = {name: ThresholdPair(*each) for name, each in data["by_language"].items()}
    return Thresholds(by_language, ThresholdPair(*data["others"]))
