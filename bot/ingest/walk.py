"""The walk through a corpus folder: a listing of its files, and the bytes of a file.

Links cannot make it read anything outside of the folder, and only regular files are opened.
Hidden files and the temporary files of editors and systems are left out silently; any other
file that is not read is listed as failed or skipped. An archive is walked like a folder.
"""

import os
import stat
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from bot.core.errors import CorpusError, DocumentError, system_reason
from bot.ingest.archives import (
    HOSTILE_NAME,
    ArchiveEntry,
    ArchiveReader,
    ArchiveRecord,
    is_archive,
    list_archive,
)
from bot.ingest.display_names import display_name, is_displayable
from bot.ingest.fingerprints import Fingerprint, Signature, signature_of
from bot.ingest.formats import REMEDIES, SUFFIXES
from bot.ingest.report import Failure

MANIFEST = "sources.toml"
GLOSSARY = "glossary.toml"
PINS = "pins.toml"
CURATORS_FILES = frozenset({MANIFEST, GLOSSARY, PINS})

_TEMPORARY = (".swp", ".swo", ".tmp", ".bak", ".part", ".crdownload", "~")
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK = 1 << 20

_NO_FILE = "it is no file but a pipe, socket or device: take it out"
_NESTED = "an archive in an archive stays closed: unpack it"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A regular file: `path` below the corpus folder, `place` on disk, links resolved.

    `signature` is that of the file when it was listed, None if the system has none. A file in an
    archive has the archive's place and signature, and its name there as `member`.
    """

    path: str
    place: str
    signature: Signature | None = None
    member: str = ""


@dataclass(slots=True)
class FolderListing:
    """The files of a corpus folder, each list sorted by path.

    `files` are those with a readable suffix; `skipped` maps a path to the reason; `archives` has
    what was found in each archive, by path.
    """

    files: list[ListedFile] = field(default_factory=list)
    manifests: list[ListedFile] = field(default_factory=list)
    glossaries: list[ListedFile] = field(default_factory=list)
    pins: list[ListedFile] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    archives: dict[str, ArchiveRecord] = field(default_factory=dict)


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is hidden, temporary or one of the system's."""
    lower = name.lower()
    return (
        name.startswith((".", "~$"))
        or lower.endswith(_TEMPORARY)
        or lower in _SYSTEM_FILES
        or (len(name) > 1 and name.startswith("#") and name.endswith("#"))
    )


def _reason_of(fault: OSError) -> str:
    """The reason why a file or folder cannot be read, for a person."""
    if isinstance(fault, PermissionError):
        return "this program may not read it: change its permissions, then load again"
    if isinstance(fault, FileNotFoundError):
        return "it was gone before it could be read: load again"
    return f"the system could not read it ({system_reason(fault)}): see to that, then load again"


def real_folder(folder: Path) -> str:
    """The path of the corpus folder, links resolved; `CorpusError` if it cannot be read."""
    name = display_name(str(folder))
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
        detail = system_reason(fault) if isinstance(fault, OSError) else "bad name"
        raise CorpusError(
            f'The corpus folder "{name}" cannot be read ({detail}):'
            " see to its permissions, or name another."
        ) from None
    return root


class _Walk:
    """One walk: real files and folders first, then links to those not listed by then.

    `_paths` maps the place of each listed file and folder on disk to its path.
    """

    def __init__(self, root: str, known: Mapping[str, ArchiveRecord]) -> None:
        self._listing = FolderListing()
        self._root = root
        self._known = known
        self._paths: dict[str, str] = {}
        self._links: list[ListedFile] = []

    def run(self) -> FolderListing:
        self._add_folder("", self._root)
        while self._links:
            links, self._links = sorted(self._links, key=lambda link: link.path), []
            for link in links:
                self._add_link(link)
        listing = self._listing
        for files in (listing.files, listing.manifests, listing.glossaries):
            files.sort(key=lambda file: file.path)
        listing.failed.sort(key=lambda failure: failure.path)
        listing.skipped = dict(sorted(listing.skipped.items()))
        return listing

    def _fail(self, path: str, reason: str) -> None:
        self._listing.failed.append(Failure.of(path, reason))

    def _add_folder(self, path: str, place: str) -> None:
        """List all that is below `place`, with a stack: recursion could run too deep."""
        stack = [(path, place)]
        while stack:
            path, place = stack.pop()
            if self._is_listed(path.rstrip("/"), place):
                continue
            self._paths[place] = path.rstrip("/") or "the corpus folder itself"
            try:
                with os.scandir(place) as entries:
                    children = sorted(entries, key=lambda entry: entry.name)
            except OSError as fault:
                self._fail(path.rstrip("/"), _reason_of(fault))
                continue
            for entry in children:
                if is_ignored(entry.name):
                    continue
                try:
                    if self._add_entry(path + entry.name, entry):
                        stack.append((f"{path}{entry.name}/", entry.path))
                except OSError as fault:
                    self._fail(path + entry.name, _reason_of(fault))

    def _add_entry(self, path: str, entry: os.DirEntry[str]) -> bool:
        """List an entry that is no folder; returns whether it is a folder to walk into."""
        if not is_displayable(entry.name):
            self._fail(path, HOSTILE_NAME)
        elif entry.is_symlink():
            self._links.append(ListedFile(path, entry.path))
        elif entry.is_dir(follow_symlinks=False):
            if entry.name not in CURATORS_FILES:
                return True
            self._fail(path, "it is a folder: give it another name")
        elif entry.is_file(follow_symlinks=False):
            state = entry.stat(follow_symlinks=False)
            self._add_file(ListedFile(path, entry.path, signature_of(state)))
        else:
            self._fail(path, _NO_FILE)
        return False

    def _add_file(self, file: ListedFile) -> None:
        name = file.path.rsplit("/", 1)[-1]
        if name == MANIFEST:
            self._listing.manifests.append(file)
        elif name == GLOSSARY:
            self._listing.glossaries.append(file)
        elif file.path == PINS:
            self._listing.pins.append(file)
        elif file.member or not self._is_listed(file.path, file.place):
            if not file.member:
                self._paths[file.place] = file.path
            if name == PINS:
                self._listing.skipped[file.path] = "pins stand beside the top folders"
            elif name.casefold() in CURATORS_FILES:  # it may tell what no room should see
                self._listing.skipped[file.path] = "write its name in small letters"
            elif is_archive(name) and not file.member:
                self._add_archive(file)
            elif is_archive(name):
                self._listing.skipped[file.path] = _NESTED
            elif suffix_of(name) in SUFFIXES:
                self._listing.files.append(file)
            else:
                remedy = REMEDIES.get(suffix_of(name))
                self._listing.skipped[file.path] = (
                    f"not read: save it as {remedy}" if remedy else "not a supported kind"
                )

    def _add_archive(self, file: ListedFile) -> None:
        """List what is in an archive, which is opened only if it is not known by its signature."""
        record = self._known.get(file.path)
        if record is None or not record.fingerprint.matches(file.signature):
            read_at = time.time_ns()
            try:
                with open_file(file.place) as stream:
                    entries = list_archive(file.path, stream)
            except OSError as fault:
                self._fail(file.path, _reason_of(fault))
                return
            except DocumentError as fault:
                self._fail(file.path, str(fault))
                return
            record = ArchiveRecord(Fingerprint(file.signature, read_at, ""), entries)
        self._listing.archives[file.path] = record
        for entry in record.entries:
            self._add_entry_of_archive(file, entry)

    def _add_entry_of_archive(self, archive: ListedFile, entry: ArchiveEntry) -> None:
        path = f"{archive.path}/{entry.path}"
        if any(is_ignored(part) for part in entry.path.split("/") if part != ".."):
            return
        if entry.fault:
            self._fail(path, entry.fault)
        else:
            self._add_file(ListedFile(path, archive.place, archive.signature, entry.name))

    def _is_listed(self, path: str, place: str) -> bool:
        """Whether a file or folder is listed by another path; if so, this one is skipped."""
        if place not in self._paths:
            return False
        target = display_name(self._paths[place])
        self._listing.skipped[path] = f"the same by a link as {target}, which is read already"
        return True

    def _add_link(self, link: ListedFile) -> None:
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
            self._add_folder(link.path + "/", place)
        elif stat.S_ISREG(state.st_mode):
            self._add_file(ListedFile(link.path, place, signature_of(state)))
        else:
            self._fail(link.path, _NO_FILE)


def walk(root: str, known: Mapping[str, ArchiveRecord] = MappingProxyType({})) -> FolderListing:
    """All files below `root`, a real path, without hidden and temporary ones.

    A link is followed if its target lies inside the folder and is not listed by another path.
    So no file is read twice, and links cannot make a loop. `known` is what an earlier walk found
    in archives, which are not opened again if they are unchanged.
    """
    return _Walk(root, known).run()


def open_file(place: str | Path) -> FileIO:
    """Open a file to read it; fails if a link has replaced it, does not wait for a pipe."""
    return FileIO(place, opener=lambda name, _: os.open(name, _FLAGS))


def suffix_of(name: str) -> str:
    """The suffix of a file name in lower case, with its dot; empty if there is none."""
    return PurePosixPath(name).suffix.lower()


def read_beginning(file: ListedFile, count: int) -> tuple[bytes, int]:
    """The first `count` bytes of a file, and its size; `DocumentError` with the reason.

    The size of a file in an archive is told as one byte more where it is larger than `count`.
    """
    try:
        with open_file(file.place) as stream:
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise DocumentError(_NO_FILE)
            if file.member:
                with ArchiveReader() as reader:
                    data = reader.read(file.place, stream, file.member, count + 1)
                return data[:count], len(data)
            return stream.read(count), state.st_size
    except OSError as fault:
        raise DocumentError(_reason_of(fault)) from None


def read_signed(
    file: ListedFile, max_bytes: int, archives: ArchiveReader | None = None
) -> tuple[bytes, Signature | None]:
    """The bytes of a file, never more than `max_bytes` + 1, and its signature when it was opened.

    `archives` keeps an archive open for its next file. Raises `DocumentError` with the reason.
    """
    try:
        with open_file(file.place) as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise DocumentError(_NO_FILE)
            if file.member:
                with nullcontext(archives) if archives else ArchiveReader() as reader:
                    data = reader.read(file.place, stream, file.member, max_bytes + 1)
            else:
                data = _read(stream, max_bytes + 1)
            after = os.fstat(stream.fileno())
    except OSError as fault:
        raise DocumentError(_reason_of(fault)) from None
    unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    is_whole = bool(file.member) or len(data) > max_bytes or len(data) == after.st_size
    if not (unchanged and is_whole):
        raise DocumentError("it was changed while it was read: load again once it is complete")
    return data, signature_of(before)


def _read(stream: FileIO, max_bytes: int) -> bytes:
    data = bytearray()
    while len(data) < max_bytes and (chunk := stream.read(min(_CHUNK, max_bytes - len(data)))):
        data += chunk
    return bytes(data)
