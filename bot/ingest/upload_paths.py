"""The place of an uploaded file: checks of its name and of the collection it goes to.

Names come from chat and are hostile. Each check raises `DocumentError` with its reason.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import regex

from bot.core.errors import DocumentError
from bot.ingest.display_names import display_name, has_invisible, is_displayable
from bot.ingest.manifest import COLLECTION, MAIN, entry_path
from bot.ingest.readers import SUFFIXES
from bot.ingest.walk import CURATORS_FILES, is_ignored, suffix_of

NAME_BYTES = 150
"""The longest name of a file or collection, in bytes of UTF-8."""

_FORBIDDEN = '/\\:*?"<>|'  # on one system or another
_DEVICES = regex.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?")
_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """A document's path below the corpus folder, its place on disk, the file it replaces."""

    path: str
    place: Path
    replaced: os.stat_result | None


def check_name(name: str) -> None:
    """Raise `DocumentError` unless every system can store and show the file name `name` (NFC)."""
    if not name.strip():
        raise DocumentError("it has no name: give it one")
    if not is_displayable(name) or has_invisible(name):
        raise DocumentError("its name holds characters that cannot be shown: rename it")
    if sign := next((sign for sign in name if sign in _FORBIDDEN), None):
        raise DocumentError(f"its name holds the sign {sign} that names cannot have: rename it")
    if len(name.encode()) > NAME_BYTES:
        raise DocumentError(f"its name is longer than {NAME_BYTES} bytes: shorten it")
    if name.casefold() in CURATORS_FILES:
        raise DocumentError("it is no document: have it changed where the documents lie")
    if is_ignored(name) or name.startswith("~"):
        raise DocumentError("files of such names are hidden or temporary: rename it")
    if name != name.strip():
        raise DocumentError("its name begins or ends with a blank: rename it")
    if suffix_of(name) not in SUFFIXES:
        raise DocumentError(
            f"files of this kind are not read: save it as one of {', '.join(SUFFIXES)}"
        )
    if not _LETTER_OR_DIGIT.search(Path(name).stem):
        raise DocumentError("its name holds no letter or digit before its ending: rename it")
    if _DEVICES.fullmatch(name.casefold()):
        raise DocumentError("such names are kept for devices on Windows: rename it")


def upload_target(root: str, collection: str | None, name: str, replace: bool) -> UploadTarget:
    """The place of the file `name` in `collection`; `DocumentError` if it cannot go there.

    `replace` allows that a file of the same name is there already.
    """
    top = _top_folder(root, collection)
    folder = Path(root, top)
    existing = _stored_name(folder, name) if folder.is_dir() else None
    path = f"{top}/{existing or name}" if top else existing or name
    place = folder / (existing or name)
    if existing is None:
        return UploadTarget(path, place, None)
    if entry_path(existing) != name:
        raise DocumentError(f'"{display_name(path)}" has almost the same name: rename it')
    state = place.lstat()
    if not stat.S_ISREG(state.st_mode):
        raise DocumentError(f'"{display_name(path)}" is a folder or a link there: rename it')
    if not replace:
        raise DocumentError(
            f'"{display_name(path)}" is there already: rename it, or ask to replace that'
        )
    return UploadTarget(path, place, state)


def _folded(name: str) -> str:
    return normalize("NFC", normalize("NFC", name).casefold())


def _stored_name(folder: Path, name: str) -> str | None:
    """The name in `folder` that differs from `name` at most in case and composition, if any.

    Of several, an equal name comes first, then one of another composition, then another case.
    """
    names = [other for other in os.listdir(folder) if _folded(other) == _folded(name)]  # noqa: PTH208 - names, not paths
    return min(
        names, key=lambda other: (other != name, entry_path(other) != name, other), default=None
    )


def _is_new_name(collection: str) -> bool:
    """Whether a new collection may have this name: manifests must accept it, and file systems."""
    return (
        COLLECTION.fullmatch(collection) is not None
        and len(collection.encode()) <= NAME_BYTES
        and not _DEVICES.fullmatch(collection.casefold())
    )


def _top_folder(root: str, collection: str | None) -> str:
    """The name of a collection's top folder, old or new; empty for the corpus folder itself."""
    name = normalize("NFC", collection or "")
    if name in {"", MAIN}:
        return ""
    quoted = f'"{display_name(name, 80)}"'
    existing = MAIN if _folded(name) == MAIN else _stored_name(Path(root), name)
    if existing is None:
        if _is_new_name(name):
            return name
        raise DocumentError(
            f"{quoted} is no name for a collection: use letters, digits, - and _, and keep it short"
        )
    if is_ignored(existing) or not is_displayable(existing) or existing in CURATORS_FILES:
        raise DocumentError(f"{quoted} is no collection that is served: name another")
    if entry_path(existing) != name:
        raise DocumentError(
            f"{quoted} is almost the name of the collection"
            f' "{display_name(existing, 80)}": write it so'
        )
    mode = Path(root, existing).lstat().st_mode
    if stat.S_ISLNK(mode):
        raise DocumentError(f"the collection {quoted} is a link: name one that is a folder")
    if not stat.S_ISDIR(mode):
        raise DocumentError(f"{quoted} is a file, not a collection: name another")
    return existing
