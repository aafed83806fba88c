"""The index store: shards, the corpus made of them, and its thresholds, in one folder.

    corpus.json          the shards that make up the corpus, its glossary, what could not be read
    record-HASH.jsonl    what the last load found in the corpus folder
    thresholds.json      the thresholds of each scope that was calibrated
    shards/HASH/         one shard; the name is a hash of all that went in
    vectors/HASH-MODEL/  the vectors that an encoder made of that shard's passages
    vectors/part-MODEL-… vectors of some passages, made and not yet put together
    recognised/          the words of pages that text recognition has read
    work-XXXX/           documents that were read and are not indexed yet

A new corpus becomes that of the store by one rename, after all that it names is written. What the
store holds can be made again from the documents: whatever is damaged, or was written by another
version, is made anew, and the log says so.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from functools import cache
from hashlib import sha256
from importlib import metadata, resources
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.core.corpus import NameGroup
from bot.core.pins import Pin
from bot.ingest.folder_record import NO_RECORD, FolderRecord
from bot.ingest.recognition import LATER
from bot.ingest.report import Failure
from bot.retrieval.ranking.calibration import StrengthLevels, Thresholds
from bot.retrieval.shard.shard import Shard
from bot.retrieval.shard.store import DamagedFolderError, open_shard, open_vectors
from bot.retrieval.shard.vectors import VectorTable

PARTS = ("core", "ingest", "language", "retrieval")
"""The packages of this program whose code affects the index of a file."""

PACKAGES = (
    "chardet",
    "docutils",
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
    "simplemma",
    "stopwordsiso",
    "webencodings",
    "xxhash",
)
"""The libraries of which another version may read or index the same file differently."""

_MOST_SCOPES = 200
"""Scopes whose thresholds are kept."""

_ABANDONED_SECONDS = 3_600.0
"""Age at which a folder that nothing names must belong to a process that was killed."""

_CORPUS, _THRESHOLDS = "corpus.json", "thresholds.json"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredCorpus:
    """The names of the shards of a corpus, in order, its glossary, and its record's file.

    `failed` are the files that could not be read, `notes` sentences for the curator.
    """

    shards: tuple[str, ...]
    glossary: tuple[NameGroup, ...]
    record: str
    failed: tuple[Failure, ...]
    notes: tuple[str, ...]
    private: frozenset[str] = frozenset()
    """As in `Corpus`."""
    awaits_recognition: bool = False
    """Whether pages wait for text recognition, since they were too many for the load."""
    pins: tuple[Pin, ...] = ()

    @property
    def content(self) -> tuple[object, ...]:
        """Equal in corpora that give the same answers."""
        return self.shards, self.glossary, self.private, self.pins


def name_for(folder: Path) -> str:
    """The name of the store of the corpus in `folder`.

    Each folder has its own, so a command with another `--corpus` leaves that of the bot alone.
    """
    # The name of a folder may be no valid text.
    return f"index-{sha256(os.fsencode(folder.absolute())).hexdigest()[:8]}"


class IndexStore:
    """The index of one corpus folder on disk. Every method may raise OSError.

    `settings` is any text that names what affects the reading of documents besides the files;
    what was written with another text is not used.
    """

    def __init__(
        self, folder: Path, settings: str, prepare: Callable[[], object] = lambda: None
    ) -> None:
        """`prepare` makes the folder that `folder` lies in, or raises `SettingsError`."""
        self.folder = folder
        self.settings = settings
        self._prepare = prepare
        self._last_line = ""
        # Computed at the start, before a newer version may be installed over the running one.
        program()

    def create(self) -> None:
        """Make the folder of the store; raises OSError or `SettingsError`."""
        self._prepare()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        # Versions before shards kept the corpus in one file, which may be large.
        snapshot = self.folder.name.replace("index-", "corpus-") + ".snapshot"
        self.folder.with_name(snapshot).unlink(missing_ok=True)

    def corpus(self) -> StoredCorpus | None:
        """The corpus that was stored last; None if there is none that can be used."""
        try:
            data = json.loads((self.folder / _CORPUS).read_bytes())
            if (data["program"], data["settings"]) != (program(), self.settings):
                self._log_once(
                    logging.INFO,
                    "the stored index is of another version or setting, all is read anew",
                )
                return None
            glossary = tuple(NameGroup(tuple(names), *rest) for names, *rest in data["glossary"])
            return StoredCorpus(
                shards=tuple(data["shards"]),
                glossary=glossary,
                record=data["record"],
                failed=tuple(Failure(*each) for each in data["failed"]),
                notes=tuple(data["notes"]),
                private=frozenset(data["private"]),
                awaits_recognition=data["awaits_recognition"],
                pins=tuple(map(Pin.from_row, data["pins"])),
            )
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            self._log_unusable("index", error)
            return None

    def record(self, corpus: StoredCorpus | None) -> FolderRecord:
        """The record of the corpus folder that was stored with `corpus`."""
        if corpus is None:
            return NO_RECORD
        try:
            data = (self.folder / corpus.record).read_bytes()
            if _record_name(data) != corpus.record:
                raise ValueError("damaged")
            return FolderRecord.from_lines(iter(data.decode("ascii").splitlines()))
        except FileNotFoundError:
            return NO_RECORD
        except (ValueError, TypeError, StopIteration) as error:
            self._log_unusable("record", error)
            return NO_RECORD

    def _log_unusable(self, what: str, error: Exception) -> None:
        line = f"the stored {what} is not used, all is read anew: {_fault(error)}"
        self._log_once(logging.WARNING, line)

    def log_damage(self, error: DamagedFolderError) -> None:
        """Log that a shard is damaged and made anew."""
        self._log_once(
            logging.WARNING, f"a part of the stored index is damaged and made anew: {error}"
        )

    def _log_once(self, level: int, line: str) -> None:
        # A build in this process looks at the same files as the reload before it.
        if line != self._last_line:
            self._last_line = line
            _log.log(level, "%s", line)

    def save(
        self,
        record: FolderRecord,
        shards: Sequence[str],
        glossary: Sequence[NameGroup],
        private: frozenset[str],
        pins: Sequence[Pin] = (),
    ) -> StoredCorpus:
        """Make `shards` the corpus of this store."""
        data = "\n".join(record.to_lines()).encode("ascii")
        corpus = StoredCorpus(
            tuple(shards),
            tuple(glossary),
            _record_name(data),
            record.failed,
            record.notes,
            private,
            LATER in record.recognitions,
            tuple(pins),
        )
        self._write(corpus.record, data)
        content = {
            "program": program(),
            "settings": self.settings,
            "shards": corpus.shards,
            "glossary": [astuple(group) for group in corpus.glossary],
            "record": corpus.record,
            "failed": [astuple(failure) for failure in corpus.failed],
            "notes": corpus.notes,
            "private": sorted(private),
            "awaits_recognition": corpus.awaits_recognition,
            "pins": [pin.to_row() for pin in pins],
        }
        self._write(_CORPUS, json.dumps(content).encode())
        self._last_line = ""
        return corpus

    def place_of(self, shard: str) -> Path:
        """The folder of a shard."""
        return self.folder / "shards" / shard

    @property
    def recognised_pages(self) -> Path:
        """The folder of the pages that text recognition has read; it may be missing."""
        return self.folder / "recognised"

    def remove_recognised_pages(self, used: Collection[str]) -> None:
        """Remove what lies in the folder of recognised pages and is not among `used`."""
        for place in self.recognised_pages.glob("*"):
            if place.name not in used:
                shutil.rmtree(place, ignore_errors=True)

    def complete_shards(self) -> frozenset[str]:
        """The names of the shards that are there."""
        names = (each.name for each in self.folder.glob("shards/*/"))
        return frozenset(name for name in names if not name.startswith("."))

    def open(self, shard: str) -> Shard:
        """A shard, checked and mapped; `DamagedFolderError` if it is damaged, and removed."""
        try:
            return open_shard(self.place_of(shard))
        except DamagedFolderError as error:
            self.log_damage(error)
            shutil.rmtree(self.place_of(shard), ignore_errors=True)
            raise

    def remove_damaged(self) -> None:
        """Check all shards, and remove those that are damaged."""
        for shard in self.complete_shards():
            with suppress(DamagedFolderError):
                self.open(shard)

    def place_of_vectors(self, shard: str, encoder: str) -> Path:
        """The folder of the vectors that the encoder with that fingerprint made of a shard."""
        return self.folder / "vectors" / f"{shard}-{encoder}"

    def new_vectors(self, encoder: str) -> Path:
        """A new name for the folder of vectors of some passages."""
        return self.folder / "vectors" / f"part-{encoder}-{uuid4().hex}"

    def has_vectors(self, corpus: StoredCorpus, encoder: str) -> bool:
        """Whether the vectors of all shards of `corpus` are there."""
        return all(self.place_of_vectors(shard, encoder).is_dir() for shard in corpus.shards)

    def vectors(self, corpus: StoredCorpus, encoder: str) -> list[VectorTable] | None:
        """The vectors of each shard of `corpus`; None if those of one are missing.

        Raises `DamagedFolderError` if those of one are damaged, and removes them.
        """
        if not self.has_vectors(corpus, encoder):
            return None
        places = (self.place_of_vectors(shard, encoder) for shard in corpus.shards)
        return [self._open_vectors(place) for place in places]

    def all_vectors(self, encoder: str) -> list[VectorTable]:
        """All vectors of an encoder that are there, of shards and of parts, old ones too."""
        places = (self.folder / "vectors").glob("[!.]*")
        tables = []
        for place in sorted(each for each in places if encoder in each.name.split("-")):
            with suppress(DamagedFolderError):
                tables.append(self._open_vectors(place))
        return tables

    def _open_vectors(self, place: Path) -> VectorTable:
        try:
            return open_vectors(place)
        except DamagedFolderError as error:
            self.log_damage(error)
            shutil.rmtree(place, ignore_errors=True)
            raise

    def remove_unused_vectors(
        self, corpus: StoredCorpus, encoders: Collection[str], parts: Collection[Path]
    ) -> None:
        """Remove the `parts` that were put together, and vectors of shards not in `corpus`.

        Those of its shards by other encoders than `encoders`, and parts that another process may
        be making, go when they are old.
        """
        used = {self.place_of_vectors(shard, each) for shard in corpus.shards for each in encoders}
        for place in (self.folder / "vectors").glob("*"):
            shard, _, encoder = place.name.rpartition("-")
            is_replaced = not shard.startswith("part-") and (
                encoder in encoders or shard not in corpus.shards
            )
            if place not in used and (place in parts or is_replaced or _is_abandoned(place)):
                shutil.rmtree(place, ignore_errors=True)

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for documents that are not indexed yet, removed afterwards."""
        place = Path(tempfile.mkdtemp(dir=self.folder, prefix="work-"))
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def thresholds(self, key: str) -> Thresholds | None:
        """The thresholds of a scope, if they were stored."""
        try:
            stored = self._thresholds().get(key)
            if stored is None:
                return None
            languages = stored["by_language"].items()
            by_language = {language: StrengthLevels(*each) for language, each in languages}
            return Thresholds(by_language, StrengthLevels(*stored["others"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            _log.warning("the stored thresholds are not used: %s", _fault(error))
            return None

    def save_thresholds(self, key: str, thresholds: Thresholds) -> None:
        """Store the thresholds of a scope, in place of the oldest if there are many."""
        by_language = {name: astuple(each) for name, each in thresholds.by_language.items()}
        stored = {"by_language": by_language, "others": astuple(thresholds.others)}
        try:
            known = [*self._thresholds().items()]
        except (ValueError, AttributeError):
            known = []
        everything = [*known, (key, stored)][-_MOST_SCOPES:]
        self._write(_THRESHOLDS, json.dumps(dict(everything)).encode())

    def _thresholds(self) -> Mapping[str, Any]:
        try:
            stored: Mapping[str, Any] = json.loads((self.folder / _THRESHOLDS).read_bytes())
        except FileNotFoundError:
            return {}
        return stored

    def remove_unused(self, corpus: StoredCorpus, before: StoredCorpus | None) -> None:
        """Remove what `before` named and `corpus` does not, and what killed processes left.

        Processes that have mapped a shard keep it until they let go of it.
        """
        used = {corpus.record, *corpus.shards}
        replaced = set() if before is None else {before.record, *before.shards} - used
        for place in chain(*map(self.folder.glob, ("record-*", "work-*", "shards/*"))):
            with suppress(OSError):
                is_unused = place.name not in used and _is_abandoned(place)
                if place.name in replaced or is_unused:
                    shutil.rmtree(place) if place.is_dir() else place.unlink()

    def _write(self, name: str, data: bytes) -> None:
        """Write a file beside its place, readable for this user only, and rename it."""
        handle, new = tempfile.mkstemp(dir=self.folder, prefix="work-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(new).replace(self.folder / name)
        except BaseException:
            with suppress(OSError):
                Path(new).unlink()
            raise


def _is_abandoned(place: Path) -> bool:
    """Whether a file or folder is so old that it must belong to a process that was killed."""
    with suppress(FileNotFoundError):
        return time.time() - place.stat().st_mtime > _ABANDONED_SECONDS
    return False


def scope_key(
    shards: Collection[str], glossary: Sequence[NameGroup], options: Sequence[Any]
) -> str:
    """The key under which the thresholds of a scope are stored: a hash of all they depend on."""
    groups = sorted((group.names, group.collection or "", group.apart) for group in glossary)
    content = json.dumps([program(), sorted(shards), groups, options])
    return sha256(content.encode()).hexdigest()[:32]


def shard_name(documents: Sequence[Sequence[str]]) -> str:
    """The name of the shard of documents, given what each is built from."""
    content = json.dumps([program(), *documents])
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _record_name(data: bytes) -> str:
    return f"record-{sha256(data).hexdigest()[:16]}.jsonl"


def _fault(error: Exception) -> str:
    return f"it is not as we write it ({type(error).__name__})"


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
