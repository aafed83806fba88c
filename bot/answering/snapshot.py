"""The compiled corpus on disk, so that a start need not read and count everything again.

A snapshot is trusted only where nothing can have made it another than building would: the
program that wrote it and its settings are the ones that read it, every byte is the one that
was written, and each file of the corpus is looked at again by the loader, which takes from
the snapshot only what is still so. Otherwise all is built anew, and the log says why.
"""

from __future__ import annotations

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
from bot.core import corpus_archive as documents
from bot.core.corpus import Corpus, NameGroup
from bot.core.corpus_archive import Known, from_lines, lines
from bot.core.errors import SettingsError
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.ranking.calibration import ThresholdPair, Thresholds
from bot.retrieval.shard import store as indexes
from bot.retrieval.shard.index import Index

_REMEMBERED = ("said", "read", "tables")
PARTS = ("core", "ingest", "retrieval")
"""The parts of this program that decide what comes out of a file."""

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
"""What reads, cuts and counts: another version of one may read the same file otherwise."""

_log = logging.getLogger(__name__)


def name_for(folder: Path) -> str:
    """The name of the file for the corpus in `folder`: each has one of its own.

    A question that is put to another folder by hand leaves that of the bot alone.
    """
    return f"corpus-{sha256(str(folder.absolute()).encode()).hexdigest()[:8]}.snapshot"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A corpus as it was compiled, and what its loader remembered of the files."""

    searcher: Searcher
    remembered: Mapping[str, Any]


class Snapshots:
    """The place of one corpus's snapshot, for a program with certain settings.

    `settings` says, in whatever words, what else than the files decides how documents are
    read: a snapshot made with others is not used.
    """

    def __init__(
        self, file: Path, settings: str, folder: Callable[[], object] = lambda: None
    ) -> None:
        """`folder` makes the folder of `file`, or raises `SettingsError`."""
        self.file = file
        self.settings = settings
        self._folder = folder
        self.when_saved: list[Callable[[], object]] = []
        """What is to be done each time one was written, in whatever thread that was."""
        # Told at the start: what runs stays the same, whatever is installed over it.
        program()

    def possible(self) -> bool:
        """Whether there is a folder to write to; it is made if need be."""
        try:
            self._folder()
        except SettingsError as fault:
            _log.warning("the corpus is not kept for the next start: %s", fault)
            return False
        return self.file.parent.is_dir()

    def save(self, snapshot: Snapshot) -> bool:
        """Write the snapshot in place of the one before; says whether that could be done."""
        if not self.possible():
            return False
        try:
            self._write(snapshot)
        except OSError as fault:
            _log.warning("the corpus was not kept for the next start: %s", fault.strerror)
            return False
        except MemoryError:
            _log.warning("the corpus was not kept for the next start: there is no memory left")
            return False
        for tell in self.when_saved:
            tell()
        return True

    def _write(self, snapshot: Snapshot) -> None:
        searcher = snapshot.searcher
        corpus = searcher.corpus
        said, parts = documents.packed(corpus.documents, corpus.passages)
        counted, arrays = indexes.pack(searcher.index.arrays)
        about = {
            "program": program(),
            "settings": self.settings,
            "options": _options(searcher.options),
            "corpus": said,
            "index": counted,
            "glossary": [astuple(group) for group in corpus.glossary],
            "thresholds": _packed(searcher.thresholds),
        }
        kept = {name: lines(snapshot.remembered[name].items()) for name in _REMEMBERED}
        archive.write(self.file, about, {**parts, **arrays, **kept})

    def forget(self) -> None:
        """Remove the snapshot: it would only be opened in vain."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)

    def open(self, options: AnswerOptions, known: Known) -> Snapshot | None:
        """The snapshot, if there is one that can be trusted; the log says why it cannot."""
        try:
            return self._opened(options, known)
        except FileNotFoundError:
            return None
        except (ArchiveDamagedError, OSError) as fault:
            reason = str(fault)
        except Exception as fault:  # noqa: BLE001 - no file, whoever wrote it, prevents a start
            reason = f"it is not as we write it ({type(fault).__name__})"
        _log.warning("what was kept of the corpus is not used, all is read anew: %s", reason)
        return None

    def _opened(self, options: AnswerOptions, known: Known) -> Snapshot | None:
        kept = archive.read(self.file)
        about = kept.about
        if (about["program"], about["settings"]) != (program(), self.settings):
            _log.info("what was kept of the corpus is of another version, all is read anew")
            return None
        all_documents, table = documents.unpacked(about["corpus"], kept.parts, known)
        glossary = tuple(NameGroup(tuple(names), of) for names, of in about["glossary"])
        corpus = Corpus(all_documents, table, glossary)
        same = about["options"] == _options(options)
        arrays = indexes.unpack(about["index"], kept.parts)
        searcher = Searcher(
            corpus,
            options,
            index=Index(corpus.passages, arrays, corpus.names),
            thresholds=_unpacked(about["thresholds"]) if same else None,
        )
        remembered = {name: dict(from_lines(kept.parts[name])) for name in _REMEMBERED}
        return Snapshot(searcher, remembered)


@cache
def program() -> str:
    """What tells this program from every other that would compile the same files otherwise."""
    digest = sha256(unicodedata.unidata_version.encode())
    for package in PACKAGES:
        digest.update(f"{package} {metadata.version(package)}\n".encode())
    for part in PARTS:
        _add(digest, resources.files("bot") / part)
    return digest.hexdigest()


def _add(digest: Any, folder: Any) -> None:
    for each in sorted(folder.iterdir(), key=lambda one: one.name):
        if each.is_dir():
            if each.name != "__pycache__":
                _add(digest, each)
        else:
            digest.update(f"{each.name}\n".encode())
            digest.update(each.read_bytes())


def _options(options: AnswerOptions) -> list[Any]:
    """What of the options decides about the levels of silence."""
    return [options.false_answer_rate, list(options.calibration)]


def _packed(thresholds: Thresholds) -> dict[str, Any]:
    by_language = {name: astuple(each) for name, each in thresholds.by_language.items()}
    return {"by_language": by_language, "others": astuple(thresholds.others)}


def _unpacked(packed: Mapping[str, Any]) -> Thresholds:
    by_language = {name: ThresholdPair(*each) for name, each in packed["by_language"].items()}
    return Thresholds(by_language, ThresholdPair(*packed["others"]))
