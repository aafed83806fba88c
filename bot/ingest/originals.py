"""The file that a document was read from, as long as it still is that file."""

import os
from hashlib import sha256
from pathlib import Path, PurePosixPath

from bot.core.documents import Document
from bot.core.errors import CorpusError, DocumentError
from bot.ingest.archives import is_archive, list_archive
from bot.ingest.walk import ListedFile, open_file, read_signed, real_folder

_CHANGED = "it was changed since it was read: load again"
_GONE = "it is gone since it was read: load again"


def original_bytes(folder: Path, document: Document, max_bytes: int) -> bytes:
    """The bytes of a document's file in the corpus folder; blocks.

    Raises `DocumentError` if the file is gone, or holds other bytes than those that were read.
    """
    try:
        file = _listed(real_folder(folder), PurePosixPath(document.path))
    except (OSError, ValueError, CorpusError):
        raise DocumentError(_GONE) from None
    data, _ = read_signed(file, max_bytes)
    if len(data) > max_bytes or sha256(data).hexdigest() != document.revision:
        raise DocumentError(_CHANGED)
    return data


def _listed(root: str, path: PurePosixPath) -> ListedFile:
    """The file at a path below the folder, or in an archive there. Raises `OSError`."""
    for parent in path.parents:
        place = _inside(root, parent)
        if is_archive(parent.name) and Path(place).is_file():
            with open_file(place) as stream:
                entries = list_archive(str(parent), stream)
            member = str(path.relative_to(parent))
            names = [entry.name for entry in entries if entry.path == member and not entry.fault]
            return ListedFile(str(path), place, member=names[0] if names else member)
    return ListedFile(str(path), _inside(root, path))


def _inside(root: str, path: PurePosixPath) -> str:
    place = os.path.realpath(Path(root, path))
    if place != root and not place.startswith(root.rstrip("/") + "/"):
        raise FileNotFoundError(path)
    return place
