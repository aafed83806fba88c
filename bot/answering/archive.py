"""One file of named parts, each with its checksum, that is mapped and not read.

For what can be made again and takes long to make. It is written whole or not at all, and
opened only if every byte is the one that was written: anything else is `ArchiveDamagedError`, and
the reader makes it anew. Parts are plain numbers and text; nothing in it can run.

The form: a mark, the length of the index, the index (JSON) and its SHA-256; then the parts,
each at a multiple of 64 bytes, in this machine's order of bytes, which the index names.
"""

from __future__ import annotations

import glob
import json
import mmap
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from xxhash import xxh3_128

if sys.platform != "win32":
    import fcntl

_MARK = b"SOURCES-SAY ARCHIVE 2\n"
_ALIGNED = 64
_DIGEST = 32
_LENGTH = 8
_CHECKED_AT_ONCE = 16 * 1024 * 1024
"""Bytes: what one look keeps the interpreter for, a few milliseconds."""

Bytes = bytes | bytearray | memoryview


class ArchiveDamagedError(Exception):
    """A file that is not the archive that was written, with the reason."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive whose every byte was checked.

    `about` is what its writer said of it; `parts` are views of the mapped file, which stays
    mapped as long as one of them is in use.
    """

    about: Mapping[str, Any]
    parts: Mapping[str, memoryview]


def write(path: Path, about: Mapping[str, Any], parts: Mapping[str, Bytes]) -> None:
    """Write an archive to `path`, readable for this user only; the old one stays until then.

    `about` is anything JSON can say. Raises OSError where it cannot be written.
    """
    views = {name: _flat(part) for name, part in parts.items()}
    places, offset = {}, 0
    for name, view in views.items():
        places[name] = [offset, view.nbytes, _checksums(view)]
        offset += view.nbytes + -view.nbytes % _ALIGNED
    index = json.dumps({"order": sys.byteorder, "about": about, "parts": places}).encode()
    head = _MARK + len(index).to_bytes(_LENGTH, "little") + index + sha256(index).digest()
    prefix = f".{path.name}."
    _sweep(path.parent, prefix)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix)
    try:
        with os.fdopen(handle, "wb") as file:
            _hold(file)
            file.write(head)
            file.write(bytes(-len(head) % _ALIGNED))
            for view in views.values():
                file.write(view)
                file.write(bytes(-view.nbytes % _ALIGNED))
            file.flush()
            # Not forced to the disk: what a loss of power leaves of it, its checksums tell.
            if sys.platform != "win32":
                Path(name).replace(path)
        if sys.platform == "win32":
            # There no file moves that is open; elsewhere it is held until it has moved.
            Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _hold(file: BinaryIO) -> bool:
    """Mark a file as one that is being written, as long as its writer lives; or say it is.

    Windows has no such marks, and removes no file that is open.
    """
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # Another writes it, or the file system has no locks and tells nothing of who does.
            return False
    return True


def _sweep(folder: Path, prefix: str) -> None:
    """Remove what writers left who were ended: each may be as large as an archive."""
    for left in folder.glob(f"{glob.escape(prefix)}*"):
        with suppress(OSError), left.open("rb") as file:
            if _hold(file):
                left.unlink()


def read(path: Path) -> Archive:
    """The archive at `path`, mapped and checked.

    Raises `ArchiveDamagedError` where it is not whole, OSError where it cannot be had at all.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size <= len(_MARK) + _LENGTH:
            raise ArchiveDamagedError("it is cut short")
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if mapped[: len(_MARK)] != _MARK:
        raise ArchiveDamagedError("it is of another kind or version")
    start = len(_MARK) + _LENGTH
    end = start + int.from_bytes(mapped[len(_MARK) : start], "little")
    if end + _DIGEST > len(mapped) or sha256(mapped[start:end]).digest() != mapped[end : end + 32]:
        raise ArchiveDamagedError("its index is damaged")
    index = json.loads(bytes(mapped[start:end]))
    if index["order"] != sys.byteorder:
        raise ArchiveDamagedError("it was written on another kind of machine")
    first = end + _DIGEST
    first += -first % _ALIGNED
    parts: dict[str, memoryview] = {}
    wanted: list[tuple[memoryview, str]] = []
    for name, (offset, length, checksums) in index["parts"].items():
        part = mapped[first + offset : first + offset + length]
        if len(part) != length:
            raise ArchiveDamagedError("it is cut short")
        parts[name] = part
        wanted += zip(_pieces(part), checksums, strict=True)
    if any(_checksum(piece) != checksum for piece, checksum in wanted):
        raise ArchiveDamagedError("its contents are damaged")
    return Archive(index["about"], parts)


def _flat(part: Bytes) -> memoryview:
    view = memoryview(part)
    # A view with nothing in it cannot be cast.
    return view.cast("B") if view.nbytes else memoryview(b"")


def _pieces(view: memoryview) -> list[memoryview]:
    return [view[at : at + _CHECKED_AT_ONCE] for at in range(0, len(view), _CHECKED_AT_ONCE)]


def _checksums(view: memoryview) -> list[str]:
    return [_checksum(piece) for piece in _pieces(view)]


def _checksum(piece: memoryview) -> str:
    # Against damage, not against malice: that could write a checksum as well. SHA-256 is ten
    # times slower, and every byte is looked at before the first answer.
    return xxh3_128(piece).hexdigest()
