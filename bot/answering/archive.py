"""Archive: one file of named parts, each with its checksum, that is memory-mapped.

It holds what is slow to compute and can be computed again. It is written as a whole or not at
all. A reader gets exactly the bytes that were written, or `ArchiveDamagedError`. Parts are
numbers and text; nothing in the file is executed.

Format: a magic line, the length of the index (8 bytes, little-endian), the index (JSON) and
its SHA-256; then the parts, each aligned to 64 bytes, in this machine's byte order, which the
index names.
"""

import glob
import json
import mmap
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from xxhash import xxh3_128

_MAGIC = b"SOURCES-SAY ARCHIVE 3\n"
_ALIGNMENT = 64
_DIGEST_BYTES = 32
_LENGTH_BYTES = 8

_ABANDONED_SECONDS = 3_600.0
"""Age at which a temporary file must belong to a writer that was killed."""

Bytes = bytes | bytearray | memoryview


class ArchiveDamagedError(Exception):
    """The file is not an archive of this program, or not all of it; says why."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened archive, whose checksums were right.

    `about` is the header that its writer gave; `parts` are views of the mapped file, which
    stays mapped while one of them is in use.
    """

    about: Mapping[str, Any]
    parts: Mapping[str, memoryview]


def write(path: Path, about: Mapping[str, Any], parts: Mapping[str, Bytes]) -> None:
    """Write an archive, readable for this user only, and then replace the one at `path`.

    `about` is any JSON object. Raises OSError if the file cannot be written.
    """
    views = {name: _as_bytes(part) for name, part in parts.items()}
    places, offset = {}, 0
    for name, view in views.items():
        places[name] = [offset, view.nbytes, _checksum(view)]
        offset += view.nbytes + -view.nbytes % _ALIGNMENT
    index = json.dumps({"order": sys.byteorder, "about": about, "parts": places}).encode()
    head = _MAGIC + len(index).to_bytes(_LENGTH_BYTES, "little") + index + sha256(index).digest()
    prefix = f".{path.name}."
    _remove_abandoned(path.parent, prefix)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=prefix)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in (memoryview(head), *views.values()):
                file.write(piece)
                file.write(bytes(-piece.nbytes % _ALIGNMENT))
        # No fsync: the checksums detect whatever a loss of power leaves.
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove the temporary files of killed writers: each may be as large as an archive."""
    for file in folder.glob(f"{glob.escape(prefix)}*"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > _ABANDONED_SECONDS:
                file.unlink()


def read(path: Path) -> Archive:
    """Map and check the archive at `path`.

    Raises `ArchiveDamagedError` for a damaged file, OSError for one that cannot be opened.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size <= len(_MAGIC) + _LENGTH_BYTES:
            raise ArchiveDamagedError("it is cut short")
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if mapped[: len(_MAGIC)] != _MAGIC:
        raise ArchiveDamagedError("it is of another kind or version")
    start = len(_MAGIC) + _LENGTH_BYTES
    end = start + int.from_bytes(mapped[len(_MAGIC) : start], "little")
    digest = mapped[end : end + _DIGEST_BYTES]
    if len(digest) < _DIGEST_BYTES or sha256(mapped[start:end]).digest() != digest:
        raise ArchiveDamagedError("its index is damaged")
    index = json.loads(bytes(mapped[start:end]))
    if index["order"] != sys.byteorder:
        raise ArchiveDamagedError("it was written on another kind of machine")
    first = end + _DIGEST_BYTES
    first += -first % _ALIGNMENT
    parts: dict[str, memoryview] = {}
    for name, (offset, length, checksum) in index["parts"].items():
        part = mapped[first + offset : first + offset + length]
        if len(part) != length:
            raise ArchiveDamagedError("it is cut short")
        if _checksum(part) != checksum:
            raise ArchiveDamagedError("its contents are damaged")
        parts[name] = part
    return Archive(index["about"], parts)


def _as_bytes(part: Bytes) -> memoryview:
    view = memoryview(part)
    # An empty memoryview cannot be cast.
    return view.cast("B") if view.nbytes else memoryview(b"")


def _checksum(view: memoryview) -> str:
    # Against damage, not malice. SHA-256 would be ten times slower, and every byte of the file
    # is checked before the first answer.
    return xxh3_128(view).hexdigest()
