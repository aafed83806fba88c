"""Archives in the corpus folder: a ZIP or TAR file is a folder, and its files are documents.

A file in the archive `rules.zip` has a path like `rules.zip/board/minutes.md`. Nothing is written
to disk under a name that an archive gives, so that no name can do harm; those that lead out of the
archive are refused for what they would say in a citation. An archive in an archive stays closed.
"""

import gzip
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from io import FileIO
from tempfile import TemporaryFile
from typing import IO, Self

from bot.core.errors import DocumentError
from bot.ingest.display_names import is_displayable
from bot.ingest.fingerprints import Fingerprint

MOST_FILES = 10_000
"""An archive with more entries is refused."""

MOST_BYTES = 200_000_000
"""An archive that is larger, or unpacks to more, is refused."""

HOSTILE_NAME = "its name holds characters that cannot be shown: rename it"
_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
_MOST_PATH_CHARACTERS = 500
_CHUNK = 1 << 20
_BLOCK = 512  # of a TAR file
_ZIP_MARK = b"PK\x01\x02"
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

_DAMAGED = "it is damaged or cut off: get a whole copy of it, or pack it anew"
_EMPTY = "it holds no files: fill it or remove it"
_OTHER_METHOD = "it is packed in a way that is not read: pack it as an ordinary ZIP or TAR file"
_TOO_LARGE = f"it unpacks to more than {MOST_BYTES // 1_000_000} MB: unpack it into a folder"
_TOO_MANY = f"it holds more than {MOST_FILES:,} files: unpack it into a folder"
_LEADS_OUT = "its path leads out of the archive: pack it anew"
_BACKSLASH = "its path has backslashes: pack it anew in a program that writes slashes"
_LONG_PATH = f"its path is longer than {_MOST_PATH_CHARACTERS} characters: shorten it"
_LINK = "it is a link: pack the file itself"
_NO_FILE = "it is no file but a pipe, device or the like: take it out"
_ENCRYPTED = "it is protected by a password: pack it without one"
_DOUBLE = "the archive holds several files of this name: leave one of them"
_GONE = "it was gone before it could be read: load again"
_FAULTS = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error,
    OSError, EOFError, ValueError, OverflowError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """A file in an archive: its path there, and its name as the archive has it.

    `fault` is the reason why it cannot be read, for a person; mostly empty.
    """

    path: str
    name: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """The entries of an archive when it was listed; its fingerprint is without a hash."""

    fingerprint: Fingerprint
    entries: tuple[ArchiveEntry, ...]


@dataclass(frozen=True, slots=True)
class _PackedFile:
    """A file in an open archive; `size` in bytes, `fault` is why it cannot be read."""

    name: str
    size: int
    fault: str
    open: Callable[[], IO[bytes] | None]


def is_archive(name: str) -> bool:
    """Whether a file of this name is an archive that is read as a folder."""
    return name.lower().endswith(_SUFFIXES)


def list_archive(name: str, stream: FileIO) -> tuple[ArchiveEntry, ...]:
    """The files in an archive of the file name `name`; `DocumentError` if it cannot be read."""
    entries: dict[str, ArchiveEntry] = {}
    with _open_archive(name, stream) as files:
        for file in files:
            parts = file.name.split("/")
            path = "/".join(part for part in parts if part not in ("", "."))
            fault = _DOUBLE if path in entries else _fault_of(file.name) or file.fault
            entries[path] = ArchiveEntry(path, file.name, fault)
    if not entries:
        raise DocumentError(_EMPTY)
    return tuple(entries.values())


def _fault_of(name: str) -> str:
    """The reason why no file can be read under this name of an archive; mostly empty."""
    if len(name) > _MOST_PATH_CHARACTERS:
        return _LONG_PATH
    if name.startswith("/") or ".." in name.split("/"):
        return _LEADS_OUT
    if "\\" in name:
        return _BACKSLASH
    return "" if is_displayable(name) else HOSTILE_NAME


class ArchiveReader:
    """Reads files in archives; the archive last read from stays open until another one is."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._opened: tuple[object, ...] = ()
        self._files: dict[str, _PackedFile] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def read(self, place: str, stream: FileIO, name: str, max_bytes: int) -> bytes:
        """The bytes of the entry `name` of the archive in `stream`, at most `max_bytes`.

        `place` is that of the archive on disk. Raises `DocumentError` with the reason.
        """
        state = os.fstat(stream.fileno())
        archive = (place, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
        if archive != self._opened:
            self._close()
            own = self._stack.enter_context(FileIO(os.dup(stream.fileno())))
            files = self._stack.enter_context(_open_archive(place, own))
            self._files = {file.name: file for file in files}
            self._opened = archive
        with _explained():
            file = self._files.get(name)
            opened = None if file is None else file.open()
            if opened is None:
                raise DocumentError(_GONE)
            with opened:
                return opened.read(max_bytes)

    def _close(self) -> None:
        self._opened = ()
        self._stack.close()


@contextmanager
def _explained() -> Iterator[None]:
    """Turn the faults of the libraries, which a damaged archive causes, into a `DocumentError`."""
    try:
        yield
    except NotImplementedError:
        raise DocumentError(_OTHER_METHOD) from None
    except _FAULTS:
        raise DocumentError(_DAMAGED) from None


@contextmanager
def _open_archive(name: str, stream: IO[bytes]) -> Iterator[list[_PackedFile]]:
    """The files in an archive, no folders; they can be opened in the context."""
    with ExitStack() as stack:
        with _explained():
            if stream.seek(0, os.SEEK_END) > MOST_BYTES:
                raise DocumentError(_TOO_LARGE)
            stream.seek(0)
            if name.lower().endswith(".zip"):
                _check_zip(stream)
                files = _zip_files(stack.enter_context(zipfile.ZipFile(stream)))
            else:
                if name.lower().endswith("gz"):
                    stream = _unpacked(stream, stack.enter_context(TemporaryFile()))
                archive = stack.enter_context(tarfile.open(fileobj=stream, mode="r:"))
                files = _tar_files(archive, stream)
            listed = _limited(files)
        yield listed


def _limited(files: Iterable[_PackedFile]) -> list[_PackedFile]:
    listed: list[_PackedFile] = []
    size = 0
    for file in files:
        listed.append(file)
        size += file.size
        if len(listed) > MOST_FILES:
            raise DocumentError(_TOO_MANY)
        # No entry gives more bytes than its header says.
        if size > MOST_BYTES:
            raise DocumentError(_TOO_LARGE)
    return listed


def _check_zip(stream: IO[bytes]) -> None:
    """Refuse a ZIP file of too many entries: `zipfile` makes an object of each before it tells.

    A document that is a ZIP file itself may have the mark of an entry for each of its parts.
    """
    marks, tail = 0, b""
    while chunk := stream.read(_CHUNK):
        marks += (tail + chunk).count(_ZIP_MARK)
        tail = chunk[1 - len(_ZIP_MARK) :]
    if marks > 10 * MOST_FILES:
        raise DocumentError(_TOO_MANY)


def _zip_files(archive: zipfile.ZipFile) -> Iterator[_PackedFile]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        mode = stat.S_IFMT(info.external_attr >> 16)
        fault = ""
        if info.flag_bits & 1:
            fault = _ENCRYPTED
        elif info.compress_type not in _ZIP_METHODS:
            fault = _OTHER_METHOD
        elif mode not in (0, stat.S_IFREG):
            fault = _LINK if mode == stat.S_IFLNK else _NO_FILE
        yield _PackedFile(info.filename, info.file_size, fault, partial(archive.open, info))


def _unpacked(stream: IO[bytes], target: IO[bytes]) -> IO[bytes]:
    """A compressed TAR file, unpacked to `target`, where it can be read in any order."""
    size = 0
    with gzip.open(stream) as packed:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise DocumentError(_TOO_LARGE)
            target.write(chunk)
    target.seek(0)
    return target


def _tar_files(archive: tarfile.TarFile, stream: IO[bytes]) -> Iterator[_PackedFile]:
    end: int | None = 0
    for info in archive:
        is_file = info.isreg() and not info.issparse()
        end = None if info.issparse() else info.offset_data + (info.size if is_file else 0)
        if not info.isdir():
            fault = "" if is_file else _LINK if info.issym() or info.islnk() else _NO_FILE
            yield _PackedFile(info.name, info.size, fault, partial(archive.extractfile, info))
    # `tarfile` takes a damaged header and the end of the file for the end of the archive, which a
    # block of zeros marks.
    if end is not None:
        stream.seek(end + -end % _BLOCK)
        if stream.read(_BLOCK) != bytes(_BLOCK):
            raise DocumentError(_DAMAGED)
