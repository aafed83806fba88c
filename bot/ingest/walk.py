"""The files of a corpus folder: which there are, and their bytes.

Nothing outside of the folder is read, whatever links say, and nothing but regular files
is opened. Hidden names, the editors' temporary files and what systems leave behind are
passed over in silence; anything else that is not read is named.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from bot.core.errors import CorpusError, DocumentError
from bot.ingest.fingerprints import Signature, signature_of
from bot.ingest.labels import is_harmless, shown
from bot.ingest.report import Failure

MANIFEST = "sources.toml"
GLOSSARY = "glossary.toml"
CURATORS_FILES = frozenset({MANIFEST, GLOSSARY})

_TEMPORARY = (".swp", ".swo", ".tmp", ".bak", ".part", ".crdownload", "~")
_LITTER = frozenset({"thumbs.db", "desktop.ini"})
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)  # a link put in its place since it was found
    | getattr(os, "O_NONBLOCK", 0)  # a pipe put in its place must not hang
    | getattr(os, "O_CLOEXEC", 0)
)
_CHUNK = 1 << 20

_NO_FILE = "it is no file but a pipe, socket or device: take it out"
_HOSTILE_NAME = "its name holds characters that cannot be shown: rename it"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A regular file: `path` below the corpus folder, `place` on disk, links resolved.

    `signature` is what it had when it was found, if it can be told.
    """

    path: str
    place: str
    signature: Signature | None = None

    @property
    def folder(self) -> str:
        """The folder part of `path` with a slash at its end; empty at the top."""
        return self.path[: self.path.rfind("/") + 1]


@dataclass(slots=True)
class FolderListing:
    """What a walk saw, each list by path. `files` are those of a kind that can be read."""

    files: list[ListedFile] = field(default_factory=list)
    manifests: list[ListedFile] = field(default_factory=list)
    glossaries: list[ListedFile] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is hidden, temporary or a system's litter."""
    lower = name.lower()
    return (
        name.startswith((".", "~$"))
        or lower.endswith(_TEMPORARY)
        or lower in _LITTER
        or (len(name) > 1 and name.startswith("#") and name.endswith("#"))
    )


def reason_of(fault: OSError) -> str:
    """Why a file or folder cannot be read, for a person."""
    if isinstance(fault, PermissionError):
        return "this program may not read it: change its permissions, then load again"
    if isinstance(fault, FileNotFoundError):
        return "it was gone before it could be read: load again"
    detail = (fault.strerror or "input or output error").lower()
    return f"the system could not read it ({detail}): see to that, then load again"


def real_folder(folder: Path) -> str:
    """Where the corpus folder lies, links resolved; `CorpusError` where it is of no use."""
    name = shown(str(folder))
    try:
        root = os.path.realpath(folder, strict=True)
        if not Path(root).is_dir():
            raise CorpusError(
                f'The corpus folder "{name}" is not a folder: name the folder that holds the'
                " documents."
            )
        os.scandir(root).close()
    except FileNotFoundError:
        raise CorpusError(
            f'The corpus folder "{name}" does not exist: make it and put documents into it,'
            " or name another."
        ) from None
    except (OSError, ValueError) as fault:
        detail = (fault.strerror or "") if isinstance(fault, OSError) else ""
        raise CorpusError(
            f'The corpus folder "{name}" cannot be read ({(detail or "bad name").lower()}):'
            " see to its permissions, or name another."
        ) from None
    return root


class _Walk:
    """One walk: real files and folders first, then links to what was not met by then."""

    def __init__(self, root: str, suffixes: Collection[str]) -> None:
        self.found = FolderListing()
        self._root = root
        self._suffixes = frozenset(suffixes)
        self._met: dict[str, str] = {}
        self._links: list[ListedFile] = []

    def run(self) -> FolderListing:
        self._folder("", self._root)
        while self._links:
            links, self._links = sorted(self._links, key=lambda link: link.path), []
            for link in links:
                self._link(link)
        found = self.found
        for files in (found.files, found.manifests, found.glossaries):
            files.sort(key=lambda file: file.path)
        found.failed.sort(key=lambda failure: failure.path)
        found.skipped = dict(sorted(found.skipped.items()))
        return found

    def _fail(self, path: str, reason: str) -> None:
        self.found.failed.append(Failure.of(path, reason))

    def _folder(self, path: str, place: str) -> None:
        """Take in all that is below `place`; a stack, for folders may lie deep."""
        waiting = [(path, place)]
        while waiting:
            path, place = waiting.pop()
            if self._is_met(path.rstrip("/"), place):
                continue
            self._met[place] = path.rstrip("/") or "the corpus folder itself"
            try:
                with os.scandir(place) as entries:
                    names = sorted((entry.name, entry) for entry in entries)
            except OSError as fault:
                self._fail(path.rstrip("/"), reason_of(fault))
                continue
            for name, entry in names:
                if is_ignored(name):
                    continue
                inner = path + name
                try:
                    if not is_harmless(name):
                        self._fail(inner, _HOSTILE_NAME)
                    elif entry.is_symlink():
                        self._links.append(ListedFile(inner, entry.path))
                    elif entry.is_dir(follow_symlinks=False) and name in CURATORS_FILES:
                        self._fail(inner, "it is a folder: give it another name")
                    elif entry.is_dir(follow_symlinks=False):
                        waiting.append((inner + "/", entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        state = entry.stat(follow_symlinks=False)
                        self._file(ListedFile(inner, entry.path, signature_of(state)))
                    else:
                        self._fail(inner, _NO_FILE)
                except OSError as fault:
                    self._fail(inner, reason_of(fault))

    def _file(self, file: ListedFile) -> None:
        name = file.path.rsplit("/", 1)[-1]
        if name == MANIFEST:
            self.found.manifests.append(file)
        elif name == GLOSSARY:
            self.found.glossaries.append(file)
        elif not self._is_met(file.path, file.place):
            self._met[file.place] = file.path
            if suffix_of(name) in self._suffixes:
                self.found.files.append(file)
            else:
                self.found.skipped[file.path] = "not a supported kind"

    def _is_met(self, path: str, place: str) -> bool:
        """Whether a file or folder was met under another path before; if so it is noted."""
        if place not in self._met:
            return False
        target = shown(self._met[place])
        self.found.skipped[path] = f"the same by a link as {target}, which is read already"
        return True

    def _link(self, link: ListedFile) -> None:
        try:
            place = os.path.realpath(link.place, strict=True)
            state = Path(place).stat()
        except OSError:
            self._fail(link.path, "it is a link that leads nowhere: correct it or take it out")
            return
        if place != self._root and not place.startswith(self._root.rstrip("/") + "/"):
            self._fail(
                link.path, "it is a link that leaves the corpus folder: put the file itself here"
            )
        elif stat.S_ISDIR(state.st_mode):
            self._folder(link.path + "/", place)
        elif stat.S_ISREG(state.st_mode):
            self._file(ListedFile(link.path, place, signature_of(state)))
        else:
            self._fail(link.path, _NO_FILE)


def walk(root: str, suffixes: Collection[str]) -> FolderListing:
    """All files below `root` (a real path), hidden and temporary ones left out.

    A link is followed where it stays inside and leads to what would not be read
    otherwise, so that nothing is read twice and no loop is walked.
    """
    return _Walk(root, suffixes).run()


def suffix_of(name: str) -> str:
    """The ending of a file name in lower case, with its dot; empty where there is none."""
    base = name[name.rfind("/") + 1 :]
    dot = base.rfind(".")
    return base[dot:].lower() if 0 < dot < len(base) - 1 else ""


def read_bytes(file: ListedFile, most: int) -> bytes:
    """The bytes of a file, but never more than `most` + 1; `DocumentError` says why not."""
    return read_signed(file, most)[0]


def read_signed(file: ListedFile, most: int) -> tuple[bytes, Signature | None]:
    """As `read_bytes`, with the signature of the very file that was read."""
    try:
        with FileIO(file.place, opener=lambda place, _: os.open(place, _FLAGS)) as stream:
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise DocumentError(_NO_FILE)
            return _contents(stream, most), signature_of(state)
    except OSError as fault:
        raise DocumentError(reason_of(fault)) from None


def _contents(stream: FileIO, most: int) -> bytes:
    before = os.fstat(stream.fileno())
    data = bytearray()
    while len(data) <= most and (chunk := stream.read(min(_CHUNK, most + 1 - len(data)))):
        data += chunk
    after = os.fstat(stream.fileno())
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    if not same or (len(data) <= most and len(data) != after.st_size):
        raise DocumentError("it was changed while it was read: load again once it is complete")
    return bytes(data)
