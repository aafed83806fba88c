"""Uploads: adds a document from chat to the corpus folder, or removes one from it.

The bytes are parsed as a load would parse them before they are written.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from bot.core.corpus import collection_of
from bot.core.documents import Parsed
from bot.core.errors import CorpusError, DocumentError, ManifestError, UploadError
from bot.ingest.display_names import display_name
from bot.ingest.formats import SUFFIXES, Limits
from bot.ingest.loader import build_document, source_of
from bot.ingest.manifest import ManifestEntry, entry_path
from bot.ingest.manifest_files import read_manifests
from bot.ingest.readers import read
from bot.ingest.recognition import find_recogniser
from bot.ingest.report import Failure
from bot.ingest.segment import passages
from bot.ingest.upload_files import (
    check_name,
    explained_faults,
    move_to_trash,
    upload_target,
    write_file,
)
from bot.ingest.walk import FolderListing, ListedFile, read_signed, real_folder, suffix_of, walk

# Checks and the write that follows are one step: of two equal uploads, the second is refused.
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A document that the next load serves: its path below the corpus folder.

    `passages` is the number of its passages; `collection` is where it will be served, which
    the manifest may decide; `kept_as` is where the file it replaced lies, if that is kept.
    `made_folder` is whether its collection is new.
    """

    path: str
    passages: int
    replaced: bool
    collection: str
    kept_as: Path | None = None
    made_folder: bool = False


@dataclass(frozen=True, slots=True)
class RemovedFile:
    """A document that the next load does not find: its old path, and its place now."""

    path: str
    kept_as: Path


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

    A new collection is created. Raises `UploadError` with one sentence, and then changes
    nothing: among others if the manifest puts the document into another collection than
    `collection`, since it would be served where nobody expects it. With `replace` the document
    may replace a file of its name, of which `trash`, if not None, gets a copy. Pages that need
    text recognition are left to the next load.
    """
    name = normalize("NFC", name)
    with _refusals(name, "added"):
        check_name(name)
        root = real_folder(folder)
        # Refuse early: parsing may take a minute.
        target = upload_target(root, collection, name, replace)
        source, _ = source_of(target.path, read_manifests(walk(root))[0])
        parsed = _parsed(name, data, limits, source.encoding)
        with _lock:
            target = upload_target(root, collection, name, replace)
            listing = walk(root)
            entries, _ = read_manifests(listing)
            source, served_in = source_of(target.path, entries)
            if collection and served_in != collection_of(target.path):
                raise DocumentError(
                    f'sources.toml has a table that puts it into "{display_name(served_in)}":'
                    " rename it, or correct that table"
                )
            document = build_document(target.path, served_in, "", parsed, source)
            count = len(passages(document))
            if not count and not parsed.unrecognised:
                raise DocumentError("it holds no paragraph that could be quoted: see to its text")
            twin = _twin(listing, entries, target.path, served_in, data, limits)
            if twin is not None:
                raise DocumentError(
                    f'the same content is served as "{display_name(twin)}" already: there is'
                    " nothing to do, or remove that first"
                )
            is_new = not target.place.parent.is_dir()
            kept_as = write_file(root, target, data, trash)
    is_replaced = target.replaced is not None
    return UploadedFile(target.path, count, is_replaced, served_in, kept_as, is_new)


def _parsed(name: str, data: bytes, limits: Limits, encoding: str | None) -> Parsed:
    """The file as far as it is read without text recognition; refused if that can read no more."""
    parsed = read(name, data, limits, encoding)
    if parsed.unrecognised:
        recogniser = find_recogniser(limits.recognition_languages)
        if not recogniser.name:
            return recogniser.without_unread_pages(parsed)
    return parsed


def remove(folder: Path, path: str, trash: Path) -> RemovedFile:
    """Move the document at `path`, as citations show it, from `folder` to `trash`; blocks.

    Raises `UploadError` with one sentence; then nothing is changed.
    """
    with _refusals(path, "removed"), _lock:
        root = real_folder(folder)
        listing = walk(root)
        file = _listed_document(listing, path)
        if file.member:
            raise DocumentError("it is packed in an archive: take it out of that by hand")
        if file.place != str(Path(root, file.path)):
            raise DocumentError("it stands behind a link: take it out of the folder by hand")
        if len(listing.files) == 1:
            raise DocumentError("it is the only document: add another first")
        return RemovedFile(file.path, move_to_trash(root, file.path, trash))


@contextmanager
def _refusals(name: str, action: str) -> Iterator[None]:
    """Turn every fault inside into an `UploadError`: the file cannot be added or removed."""
    try:
        with explained_faults("corpus folder"):
            yield
    except DocumentError as fault:
        failure = Failure.of(name, str(fault))
        raise UploadError(f'"{failure.path}" cannot be {action} because {failure.reason}') from None
    except (CorpusError, ManifestError) as fault:
        raise UploadError(str(fault)) from None


def _twin(
    listing: FolderListing,
    entries: Mapping[str, ManifestEntry],
    path: str,
    collection: str,
    data: bytes,
    limits: Limits,
) -> str | None:
    """The path of another file with the same bytes that is served in `collection`, if any.

    As in loading, other collections do not count: the refusal must not reveal their files.
    """
    for file in listing.files:
        source, served_in = source_of(file.path, entries)
        if file.path == path or served_in != collection:
            continue
        with suppress(OSError, DocumentError):
            same_size = file.member or Path(file.place).stat().st_size == len(data)
            if same_size and read_signed(file, len(data))[0] == data:
                if SUFFIXES[suffix_of(file.path)] != SUFFIXES[suffix_of(path)]:
                    read(file.path.rsplit("/", 1)[-1], data, limits, source.encoding)
                return file.path
    return None


def _listed_document(listing: FolderListing, path: str) -> ListedFile:
    normalized_path = entry_path(path)
    curators_files = (*listing.manifests, *listing.glossaries, *listing.pins)
    if normalized_path in {entry_path(file.path) for file in curators_files}:
        raise DocumentError("it is no document: have it changed where the documents lie")
    files = [file for file in listing.files if entry_path(file.path) == normalized_path]
    if not files:
        raise DocumentError("there is no such document: give its path as the citations show it")
    return min(files, key=lambda file: file.path != path)
