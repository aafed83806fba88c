"""A document handed over in chat put into the corpus folder, or one taken out of it.

What comes is hostile: the name is checked before it is a path, and the bytes are read as
a load would read them before they are written. A file is written beside its place under
a hidden name that no walk takes up, and gets its own name in one step, so that nothing
half-written is ever served. What is taken out is moved, never deleted.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path, PurePath
from secrets import token_hex
from unicodedata import normalize

import regex
from pydantic import ValidationError

from bot.core.documents import Document, Parsed, Source
from bot.core.errors import CorpusError, DocumentError, ManifestError, UploadError
from bot.ingest.exclusions import cut_blocks, excluded_spans
from bot.ingest.labels import has_unseen, is_harmless, shown
from bot.ingest.loader import MAIN, MANIFEST_BYTES, collection_of
from bot.ingest.manifest import Entry, SourceEntry, entry_path, merged, parse_manifest
from bot.ingest.readers import SUFFIXES, Limits, read
from bot.ingest.report import Failure
from bot.ingest.segment import passages
from bot.ingest.walk import (
    CURATORS_FILES,
    FolderListing,
    ListedFile,
    is_ignored,
    read_bytes,
    real_folder,
    suffix_of,
    walk,
)

NAME_BYTES = 150
"""Longest name of a file or collection that is taken, in bytes of UTF-8."""

_TEMPORARY_NAME = regex.compile(r"\.adding-[0-9a-f]{16}\.part")
_LEFT_BEHIND_SECONDS = 3_600.0
_CHUNK = 1 << 20
_NO_LINKS_HERE = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS})

_PORTABLE = '/\\:*?"<>|'  # what one system or another cannot have in a name
_DEVICES = regex.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?")
_WORD = regex.compile(r"[\p{L}\p{N}]")

# Whoever checks and writes does so alone: of two that add the same, one is told of the other.
_writing = threading.Lock()


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A document that the next load serves: its path below the corpus folder.

    `passages` counts what can be quoted of it; `collection` is where it will be seen,
    which the manifest may say; `kept_as` is where the file it replaced lies, if kept.
    """

    path: str
    passages: int
    replaced: bool
    collection: str
    kept_as: Path | None = None


@dataclass(frozen=True, slots=True)
class RemovedFile:
    """A document that the next load does not find: its old path, and where it lies now."""

    path: str
    kept_as: Path


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a document will lie; `old` is the file that it replaces."""

    path: str
    place: Path
    old: os.stat_result | None


def add(
    folder: Path,
    collection: str | None,
    name: str,
    data: bytes,
    limits: Limits,
    replace: bool = False,
    trash: Path | None = None,
) -> UploadedFile:
    """Put a document into `collection`, a top folder (empty: beside the top folders); blocks.

    A collection that is not there is made; where one is named, the manifest may not say
    another, so that nothing is seen where it was not meant to be. `replace` lets it take
    the place of a file of its name, which is then kept below `trash` where one is given.
    Raises `UploadError` with one sentence; then nothing is changed.
    """
    name = normalize("NFC", name)
    with _refusing(name, "added"):
        _check_name(name)
        root = real_folder(folder)
        _target(root, collection, name, replace)  # tell at once, for reading may take a minute
        parsed = read(name, data, limits)
        with _writing:
            target = _target(root, collection, name, replace)
            found = walk(root, SUFFIXES)
            entries = _entries(found)
            said = _said(entries, target.path)
            served_in = said.collection or collection_of(target.path)
            if collection and served_in != collection_of(target.path):
                raise DocumentError(
                    f'sources.toml has a table that puts it into "{shown(served_in)}": rename it,'
                    " or correct that table"
                )
            count = _count_passages(target.path, parsed, said)
            if not count:
                raise DocumentError("it holds no paragraph that could be quoted: see to its text")
            twin = _twin(found, entries, target.path, served_in, data, limits)
            if twin is not None:
                raise DocumentError(
                    f'the same content is served as "{shown(twin)}" already: there is nothing'
                    " to do, or remove that first"
                )
            kept = _put(root, target, data, trash)
    return UploadedFile(target.path, count, target.old is not None, served_in, kept)


def remove(folder: Path, path: str, trash: Path) -> RemovedFile:
    """Move the document at `path`, as citations show it, from `folder` to `trash`; blocks.

    It lies there below a folder named by the time (UTC) and some random digits, under its
    old path. Raises `UploadError` with one sentence; then nothing is changed.
    """
    with _refusing(path, "removed"), _writing:
        root = real_folder(folder)
        found = walk(root, SUFFIXES)
        file = _served(found, path)
        place = Path(root, file.path)
        if file.place != str(place):
            raise DocumentError("it stands behind a link: take it out of the folder by hand")
        if len(found.files) == 1:
            raise DocumentError("it is the only document: add another first")
        with _kept_place(root, file.path, trash) as kept:
            _move(place, kept)
        _sync(place.parent, kept.parent)
    return RemovedFile(file.path, kept)


@contextmanager
def _refusing(name: str, done: str) -> Iterator[None]:
    """Every fault inside as an `UploadError` about the file `name`."""
    try:
        with _telling("corpus folder"):
            yield
    except DocumentError as fault:
        failure = Failure.of(name, str(fault))
        raise UploadError(f'"{failure.path}" cannot be {done} because {failure.reason}') from None
    except (CorpusError, ManifestError) as fault:
        raise UploadError(str(fault)) from None


@contextmanager
def _telling(where: str) -> Iterator[None]:
    """A fault of the system inside, as the reason for a person; `where` is being written."""
    try:
        yield
    except OSError as fault:
        if fault.errno == errno.EROFS:
            reason = (
                f"the {where} is read-only for this program: let it be written to"
                ' (with Docker, mount it without ":ro"), or do it by hand'
            )
        elif fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            reason = f"there is no room left in the {where}: make room, then try again"
        elif isinstance(fault, PermissionError):
            reason = f"this program may not write to the {where}: change its permissions"
        else:
            detail = (fault.strerror or "input or output error").lower()
            reason = f"the {where} could not be written to ({detail}): see to that, then try again"
        raise DocumentError(reason) from None


def _check_name(name: str) -> None:
    """`DocumentError` unless `name`, in NFC, is one that every system can store and show."""
    if not name.strip():
        raise DocumentError("it has no name: give it one")
    if not is_harmless(name) or has_unseen(name):
        raise DocumentError("its name holds characters that cannot be shown: rename it")
    if sign := next((sign for sign in name if sign in _PORTABLE), None):
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
    if not _WORD.search(Path(name).stem):
        raise DocumentError("its name holds no letter or digit before its ending: rename it")
    if _DEVICES.fullmatch(name.casefold()):
        raise DocumentError("such names are kept for devices on Windows: rename it")


def _folded(name: str) -> str:
    return normalize("NFC", normalize("NFC", name).casefold())


def _spelled(folder: Path, name: str) -> str | None:
    """How the name in `folder` that people would take for `name` is stored, if there is one."""
    names = [there for there in os.listdir(folder) if _folded(there) == _folded(name)]  # noqa: PTH208 - names, not paths
    return min(
        names, key=lambda there: (there != name, entry_path(there) != name, there), default=None
    )


def _is_simple(collection: str) -> bool:
    """Whether a new collection may have this name: one that a manifest may give, too."""
    try:
        SourceEntry.model_validate({"collection": collection})
    except ValidationError:
        return False
    return len(collection.encode()) <= NAME_BYTES and not _DEVICES.fullmatch(collection.casefold())


def _top_folder(root: str, collection: str | None) -> str:
    """The top folder of a collection, there or to be made; empty for the corpus folder itself."""
    wanted = normalize("NFC", collection or "")
    if wanted in {"", MAIN}:
        return ""
    quoted = f'"{shown(wanted, 80)}"'
    there = MAIN if _folded(wanted) == MAIN else _spelled(Path(root), wanted)
    if there is None:
        if _is_simple(wanted):
            return wanted
        raise DocumentError(
            f"{quoted} is no name for a collection: use letters, digits, - and _, and keep it short"
        )
    if is_ignored(there) or not is_harmless(there) or there in CURATORS_FILES:
        raise DocumentError(f"{quoted} is no collection that is served: name another")
    if entry_path(there) != wanted:
        raise DocumentError(
            f'{quoted} is almost the name of the collection "{shown(there, 80)}": write it so'
        )
    mode = Path(root, there).lstat().st_mode
    if stat.S_ISLNK(mode):
        raise DocumentError(f"the collection {quoted} is a link: name one that is a folder")
    if not stat.S_ISDIR(mode):
        raise DocumentError(f"{quoted} is a file, not a collection: name another")
    return there


def _target(root: str, collection: str | None, name: str, replace: bool) -> _Target:
    top = _top_folder(root, collection)
    folder = Path(root, top)
    there = _spelled(folder, name) if folder.is_dir() else None
    path = f"{top}/{there or name}" if top else there or name
    place = folder / (there or name)
    if there is None:
        return _Target(path, place, None)
    if entry_path(there) != name:
        raise DocumentError(f'"{shown(path)}" has almost the same name: rename it')
    old = place.lstat()
    if not stat.S_ISREG(old.st_mode):
        raise DocumentError(f'"{shown(path)}" is a folder or a link there: rename it')
    if not replace:
        raise DocumentError(f'"{shown(path)}" is there already: rename it, or ask to replace that')
    return _Target(path, place, old)


def _entries(found: FolderListing) -> dict[str, Entry]:
    """What the manifests say; `ManifestError` where one is broken, as a load would."""
    for failure in found.failed:
        if failure.path.rsplit("/", 1)[-1] in CURATORS_FILES:
            raise ManifestError(f"{failure.path} cannot be read: {failure.reason}")
    tables = {}
    for file in found.manifests:
        try:
            data = read_bytes(file, MANIFEST_BYTES)
        except DocumentError as fault:
            raise ManifestError(f"{shown(file.path)} cannot be read: {fault}.") from None
        tables[file.path] = parse_manifest(file.path, data)
    return merged(tables)[0]


def _said(entries: Mapping[str, Entry], path: str) -> SourceEntry:
    entry = entries.get(entry_path(path))
    return entry.said if entry else SourceEntry()


def _count_passages(path: str, parsed: Parsed, said: SourceEntry) -> int:
    gone = excluded_spans(parsed.text, said.exclude)
    blocks = cut_blocks(parsed.text, parsed.blocks, gone)
    return len(passages(Document(path, "", "", Source(path), parsed.text, blocks, gone)))


def _twin(
    found: FolderListing,
    entries: Mapping[str, Entry],
    path: str,
    collection: str,
    data: bytes,
    limits: Limits,
) -> str | None:
    """The path of another file of the collection with just these bytes, if it can be served.

    Other collections do not count, as in loading: what is in them is not told here.
    """
    for file in found.files:
        if file.path == path:
            continue
        served_in = _said(entries, file.path).collection or collection_of(file.path)
        with suppress(OSError, DocumentError):
            if (
                served_in == collection
                and Path(file.place).stat().st_size == len(data)
                and read_bytes(file, len(data)) == data
            ):
                if SUFFIXES[suffix_of(file.path)] != SUFFIXES[suffix_of(path)]:
                    read(file.path.rsplit("/", 1)[-1], data, limits)
                return file.path
    return None


def _served(found: FolderListing, path: str) -> ListedFile:
    wanted = entry_path(path)
    if wanted in {entry_path(file.path) for file in (*found.manifests, *found.glossaries)}:
        raise DocumentError("it is no document: have it changed where the documents lie")
    files = [file for file in found.files if entry_path(file.path) == wanted]
    if not files:
        raise DocumentError("there is no such document: give its path as the citations show it")
    return min(files, key=lambda file: file.path != path)


def _put(root: str, target: _Target, data: bytes, trash: Path | None) -> Path | None:
    """Write the file; where it replaced one that is kept, the path of that."""
    folder = target.place.parent
    made = not folder.is_dir()
    if made:
        folder.mkdir()
    try:
        _sweep(folder)
        with _written(folder, (data,), target.old) as written:
            if target.old is None:
                _name(written, target.place)
                kept = None
            else:
                keeping = _kept_place(root, target.path, trash) if trash else nullcontext()
                with keeping as kept:
                    if kept is not None:
                        _copy(target.place, kept)
                    _refuse_changed(target.place, target.old)
                    written.replace(target.place)
    except BaseException:
        if made:
            with suppress(OSError):
                folder.rmdir()
        raise
    _sync(folder, Path(root))
    return kept


@contextmanager
def _written(
    folder: Path, chunks: Iterable[bytes], like: os.stat_result | None = None
) -> Iterator[Path]:
    """A complete file under a name that no walk takes up, gone in the end if still there."""
    path = folder / f".adding-{token_hex(8)}.part"
    try:
        with path.open("xb") as stream:
            for chunk in chunks:
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        if like is not None:
            path.chmod(stat.S_IMODE(like.st_mode) & 0o777)
        yield path
    finally:
        with suppress(OSError):
            path.unlink()


def _name(written: Path, place: Path) -> None:
    """Give a written file its name, unless there is one of that name by now."""
    try:
        os.link(written, place)
    except FileExistsError:
        raise DocumentError("a file of its name appeared meanwhile: rename it") from None
    except OSError as fault:
        if fault.errno not in _NO_LINKS_HERE:
            raise
        # Some file systems have no links; only another program can come between these two.
        if os.path.lexists(place):
            raise DocumentError("a file of its name appeared meanwhile: rename it") from None
        written.rename(place)


def _refuse_changed(place: Path, before: os.stat_result) -> None:
    now = place.lstat()
    if not os.path.samestat(now, before) or now.st_mtime_ns != before.st_mtime_ns:
        raise DocumentError(f'"{shown(place.name)}" was changed meanwhile: try again')


@contextmanager
def _kept_place(root: str, path: str, trash: Path) -> Iterator[Path]:
    """A new place below `trash` for the file that was at `path`, unmade on a fault."""
    if Path(os.path.realpath(trash)).is_relative_to(root):
        raise DocumentError(
            "what is taken out would lie in the corpus folder again: name a state.folder outside"
        )
    own = trash / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}-{token_hex(4)}"
    kept = own / path
    try:
        with _telling("state folder"):
            trash.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept.parent.mkdir(parents=True)
            _sync(trash, own, *(own / part for part in PurePath(path).parents))
        yield kept
    except Exception:
        shutil.rmtree(own, ignore_errors=True)
        raise


def _move(place: Path, kept: Path) -> None:
    try:
        place.rename(kept)
    except OSError as fault:
        if fault.errno != errno.EXDEV:
            raise
        _refuse_changed(place, _copy(place, kept))
        place.unlink()


def _copy(place: Path, kept: Path) -> os.stat_result:
    """Copy a regular file; what it was when it was opened."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with FileIO(place, opener=lambda name, more: os.open(name, more | flags)) as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise DocumentError(f'"{shown(place.name)}" is no file: take it out by hand')
        chunks = iter(lambda: stream.read(_CHUNK), b"")
        with _telling("state folder"), _written(kept.parent, chunks) as written:
            written.rename(kept)
        _sync(kept.parent)
    return before


def _sweep(folder: Path) -> None:
    """Delete what a crash left behind long ago; what is young may be just being written."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if (
                _TEMPORARY_NAME.fullmatch(entry.name)
                and entry.is_file(follow_symlinks=False)
                and time.time() - entry.stat().st_mtime > _LEFT_BEHIND_SECONDS
            ):
                Path(entry.path).unlink()


def _sync(*folders: Path) -> None:
    """Have the names in `folders` survive a loss of power, where the system can do that."""
    for folder in folders:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
