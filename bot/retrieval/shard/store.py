"""Folders of arrays: how shards are kept on disk.

A folder holds one `.npy` file for each array and `arrays.json`, which has the size and checksum
of each file. It is written beside its place and renamed, so that it is there as a whole or not at
all. Small arrays are read, large ones mapped. Nothing in a folder is executed. The vectors of an
encoder are a folder of their own, which outlives a change of the shard.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_128

from bot.core.document_arrays import documents_from_arrays, documents_to_arrays
from bot.core.passages import PassageTable
from bot.retrieval.shard.arrays import NamedArrays, pack, unpack
from bot.retrieval.shard.shard import Shard
from bot.retrieval.shard.vectors import VectorTable

MAPPED_FROM = 1 << 16
"""Bytes from which an array is mapped: each map costs a file handle and whole pages."""

_LIST = "arrays.json"
_CHUNK = 1 << 20


class DamagedFolderError(Exception):
    """A folder does not hold what was written; says why."""


def write_documents(folder: Path, table: PassageTable) -> None:
    """Write documents and their passages, not yet indexed, as a new folder; raises OSError."""
    write_arrays(folder, documents_to_arrays(table))


def read_documents(folder: Path) -> PassageTable:
    """The documents of a folder that `write_documents` or `build.write_shard` wrote.

    Raises `DamagedFolderError` or OSError.
    """
    return _documents(_read(folder))


def open_shard(folder: Path) -> Shard:
    """The shard of a folder, its large arrays mapped; `DamagedFolderError` or OSError."""
    arrays = _read(folder)
    with _checked():
        return Shard.of_arrays(_documents(arrays), arrays)


def write_vectors(folder: Path, table: VectorTable) -> None:
    """Write a table of vectors as a new folder; raises OSError."""
    write_arrays(folder, pack("vectors", table))


def open_vectors(folder: Path) -> VectorTable:
    """The vectors that `write_vectors` wrote, mapped; `DamagedFolderError` or OSError."""
    arrays = _read(folder)
    with _checked():
        return unpack("vectors", VectorTable, arrays)


def _documents(arrays: NamedArrays) -> PassageTable:
    with _checked():
        return documents_from_arrays({name: each.data for name, each in arrays.items()})


@contextmanager
def _checked() -> Iterator[None]:
    """Raise `DamagedFolderError` for arrays that are missing or do not fit together."""
    try:
        yield
    except (KeyError, ValueError, TypeError, EOFError) as error:
        raise DamagedFolderError(f"it is not as we write it ({type(error).__name__})") from None


def write_arrays(folder: Path, arrays: Mapping[str, memoryview | npt.NDArray[Any]]) -> None:
    """Write named arrays as a new folder; raises OSError.

    A folder that is there already holds the same, and stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    try:
        listed = {}
        for name, array in arrays.items():
            file = new / f"{name}.npy"
            np.save(file, np.asarray(array), allow_pickle=False)
            listed[name] = [file.stat().st_size, _checksum(file)]
        (new / _LIST).write_text(json.dumps(listed), encoding="ascii")
        # No fsync: the checksums detect whatever a loss of power leaves.
        try:
            os.rename(new, folder)  # noqa: PTH104 - Path.rename may replace an empty folder
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _checksum(file: Path) -> str:
    # Against damage, not malice. SHA-256 would be ten times slower, and every byte of a shard
    # is checked before the first answer.
    digest = xxh3_128()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _read(folder: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        with _checked():
            listed = json.loads((folder / _LIST).read_bytes())
            return {name: _array(folder / f"{name}.npy", *about) for name, about in listed.items()}
    except FileNotFoundError:
        raise DamagedFolderError("a file is missing") from None


def _array(file: Path, size: int, checksum: str) -> npt.NDArray[Any]:
    if file.stat().st_size != size or _checksum(file) != checksum:
        raise DamagedFolderError(f"{file.name} is damaged")
    if size < MAPPED_FROM:
        return np.load(BytesIO(file.read_bytes()), allow_pickle=False)  # type: ignore[no-any-return]
    mapped: npt.NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    return mapped.view(np.ndarray)
