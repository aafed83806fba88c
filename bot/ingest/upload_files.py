"""The files of uploads: their places, and atomic changes of the corpus folder.

Names come from chat and are hostile, so they are checked before they become a path. A file is
written beside its place under a hidden name that no walk lists, flushed to disk, and then gets
its own name in one step, so that a half-written file is never served. Each function raises
`DocumentError` with the reason for a person.
"""

import errno
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO, FileIO
from pathlib import Path, PurePath
from secrets import token_hex
from unicodedata import normalize

import regex

from bot.core.corpus import MAIN
from bot.core.errors import DocumentError, system_reason
from bot.ingest.archives import is_archive
from bot.ingest.display_names import display_name, has_invisible, is_displayable
from bot.ingest.formats import REMEDIES, SAVE_AS, SUFFIXES
from bot.ingest.manifest import COLLECTION, entry_path
from bot.ingest.walk import CURATORS_FILES, is_ignored, open_file, suffix_of

NAME_BYTES = 150
"""The longest name of a file or collection, in bytes of UTF-8."""

_FORBIDDEN = '/\\:*?"<>|'  # on one system or another
_DEVICES = regex.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?")
_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")

_TEMPORARY_NAMES = f".adding-{'[0-9a-f]' * 16}.part"
_ABANDONED_SECONDS = 3_600.0
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS})


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
    if has_invisible(name):
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
    if is_archive(name):
        raise DocumentError("it is an archive: unpack it and hand over its files")
    if (suffix := suffix_of(name)) not in SUFFIXES:
        remedy = REMEDIES.get(suffix, SAVE_AS)
        raise DocumentError(f"files of this kind are not read: save it as {remedy}")
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


def _top_folder(root: str, collection: str | None) -> str:
    """The name of a collection's top folder, old or new; empty for the corpus folder itself."""
    name = normalize("NFC", collection or "")
    if name in {"", MAIN}:
        return ""
    quoted = f'"{display_name(name, 80)}"'
    existing = MAIN if _folded(name) == MAIN else _stored_name(Path(root), name)
    if existing is None:
        fits = len(name.encode()) <= NAME_BYTES and not _DEVICES.fullmatch(name.casefold())
        if fits and COLLECTION.fullmatch(name):
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


@contextmanager
def explained_faults(folder: str) -> Iterator[None]:
    """Turn an `OSError` inside into a `DocumentError`; `folder` names the folder written to."""
    try:
        yield
    except OSError as fault:
        if fault.errno == errno.EROFS:
            reason = (
                f"the {folder} is read-only for this program: let it be written to"
                ' (with Docker, mount it without ":ro"), or do it by hand'
            )
        elif fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            reason = f"there is no room left in the {folder}: make room, then try again"
        elif isinstance(fault, PermissionError):
            reason = f"this program may not write to the {folder}: change its permissions"
        else:
            detail = system_reason(fault)
            reason = f"the {folder} could not be written to ({detail}): see to that, then try again"
        raise DocumentError(reason) from None


def write_file(root: str, target: UploadTarget, data: bytes, trash: Path | None) -> Path | None:
    """Write a file to its place; returns the place of the replaced file below `trash`, if any."""
    folder = target.place.parent
    is_new_folder = not folder.is_dir()
    if is_new_folder:
        folder.mkdir()
    try:
        _delete_abandoned(folder)
        with _temporary_file(folder, BytesIO(data), target.replaced) as temporary:
            if target.replaced is None:
                copy = None
                give_name(temporary, target.place)
            else:
                with _trash_place(root, target.path, trash) if trash else nullcontext() as copy:
                    if copy is not None:
                        _copy(target.place, copy)
                    check_unchanged(target.place, target.replaced)
                    temporary.replace(target.place)
    except BaseException:
        if is_new_folder:
            with suppress(OSError):
                folder.rmdir()
        raise
    _sync(folder, Path(root))
    return copy


def move_to_trash(root: str, path: str, trash: Path) -> Path:
    """Move the file at `path` below `root` to `trash`, and return its new place."""
    place = Path(root, path)
    with _trash_place(root, path, trash) as new_place:
        try:
            place.rename(new_place)
        except OSError as fault:
            if fault.errno != errno.EXDEV:
                raise
            check_unchanged(place, _copy(place, new_place))
            place.unlink()
    _sync(place.parent, new_place.parent)
    return new_place


def give_name(temporary: Path, place: Path) -> None:
    """Move a complete file to `place`; `DocumentError` if another file has got that name."""
    try:
        os.link(temporary, place)
    except FileExistsError:
        raise DocumentError("a file of its name appeared meanwhile: rename it") from None
    except OSError as fault:
        if fault.errno not in _NO_HARD_LINKS:
            raise
        # Without hard links, another program may still create the file between these two calls.
        if os.path.lexists(place):
            raise DocumentError("a file of its name appeared meanwhile: rename it") from None
        temporary.rename(place)


def check_unchanged(place: Path, before: os.stat_result) -> None:
    """Raise `DocumentError` if the file at `place` has been replaced or changed since `before`."""
    now = place.lstat()
    if not os.path.samestat(now, before) or now.st_mtime_ns != before.st_mtime_ns:
        raise DocumentError(f'"{display_name(place.name)}" was changed meanwhile: try again')


@contextmanager
def _temporary_file(
    folder: Path, content: BytesIO | FileIO, like: os.stat_result | None = None
) -> Iterator[Path]:
    """A complete hidden file with the permissions of `like`, deleted at the end if still there."""
    path = folder / f".adding-{token_hex(8)}.part"
    try:
        with path.open("xb") as stream:
            shutil.copyfileobj(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        if like is not None:
            path.chmod(stat.S_IMODE(like.st_mode) & 0o777)
        yield path
    finally:
        with suppress(OSError):
            path.unlink()


@contextmanager
def _trash_place(root: str, path: str, trash: Path) -> Iterator[Path]:
    """A new place below `trash` for the file that is at `path`, removed again on a fault.

    It lies in a folder named by the time (UTC) and random digits, under its old path.
    """
    if Path(os.path.realpath(trash)).is_relative_to(root):
        raise DocumentError(
            "what is taken out would lie in the corpus folder again: name a state.folder outside"
        )
    own = trash / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}-{token_hex(4)}"
    new_place = own / path
    try:
        with explained_faults("state folder"):
            trash.mkdir(mode=0o700, parents=True, exist_ok=True)
            new_place.parent.mkdir(parents=True)
            _sync(trash, own, *(own / part for part in PurePath(path).parents))
        yield new_place
    except Exception:
        shutil.rmtree(own, ignore_errors=True)
        raise


def _copy(place: Path, copy: Path) -> os.stat_result:
    """Copy a regular file to the trash; returns the state of the file when it was opened."""
    with open_file(place) as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise DocumentError(f'"{display_name(place.name)}" is no file: take it out by hand')
        with explained_faults("state folder"), _temporary_file(copy.parent, stream) as temporary:
            temporary.rename(copy)
        _sync(copy.parent)
    return before


def _delete_abandoned(folder: Path) -> None:
    """Delete old temporary files that a crash left; a young one may be just being written."""
    with suppress(OSError):
        for path in folder.glob(_TEMPORARY_NAMES):
            state = path.lstat()
            is_old = time.time() - state.st_mtime > _ABANDONED_SECONDS
            if is_old and stat.S_ISREG(state.st_mode):
                path.unlink()


def _sync(*folders: Path) -> None:
    """Flush the names in `folders` to disk, where the system can, for a loss of power."""
    for folder in folders:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
