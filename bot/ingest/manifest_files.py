"""The manifests and glossaries of a corpus folder, read, and notes on their unused parts."""

from collections.abc import Collection, Iterable, Mapping

from bot.core.corpus import NameGroup, collection_of
from bot.core.errors import DocumentError, ManifestError
from bot.ingest.display_names import display_name
from bot.ingest.manifest import (
    ManifestEntry,
    allows_reader,
    entry_path,
    merge_manifests,
    parse_glossary,
    parse_manifest,
)
from bot.ingest.report import Failure
from bot.ingest.walk import CURATORS_FILES, PINS, FolderListing, ListedFile, read_signed

MAX_BYTES = 5_000_000
"""A manifest or glossary larger than this is refused."""


def read_manifests(listing: FolderListing) -> tuple[dict[str, ManifestEntry], list[str]]:
    """The entries of all manifests by document path, and notes on those without effect.

    Raises `ManifestError` where a manifest or glossary is there but cannot be read or
    parsed: without it, a document could be served in a collection where it must not be.
    """
    for failure in listing.failed:
        if failure.path.rsplit("/", 1)[-1] in CURATORS_FILES - {PINS}:
            raise _unreadable(failure)
    return merge_manifests(
        {file.path: parse_manifest(file.path, bytes_of(file)) for file in listing.manifests}
    )


def read_private(listing: FolderListing) -> frozenset[str]:
    """The top folders whose documents are kept from a reader; "" is all of them."""
    return frozenset(
        file.path.split("/", 1)[0] if "/" in file.path else ""
        for file in listing.manifests
        if not allows_reader(file.path, bytes_of(file))
    )


def read_glossaries(listing: FolderListing) -> tuple[NameGroup, ...]:
    """The name groups of all glossaries; raises `ManifestError` as `read_manifests` does."""
    return tuple(
        group
        for file in listing.glossaries
        for group in parse_glossary(
            file.path, bytes_of(file), collection_of(file.path) if "/" in file.path else None
        )
    )


def bytes_of(file: ListedFile) -> bytes:
    """The bytes of a curator's file; `ManifestError` if it cannot be read."""
    try:
        data, _ = read_signed(file, MAX_BYTES)
    except DocumentError as fault:
        raise _unreadable(Failure.of(file.path, str(fault))) from None
    if len(data) > MAX_BYTES:
        raise ManifestError(
            f"{display_name(file.path)} is larger than {MAX_BYTES // 1_000_000} MB:"
            " split it over the folders."
        )
    return data


def _unreadable(failure: Failure) -> ManifestError:
    return ManifestError(f"{failure.path} cannot be read: {failure.reason}")


def notes_on_missing_files(
    listing: FolderListing, entries: Mapping[str, ManifestEntry]
) -> list[str]:
    """A note for each manifest entry that belongs to no file."""
    paths = {file.path for file in listing.files} | listing.skipped.keys()
    paths |= {failure.path for failure in listing.failed}
    known = {entry_path(path) for path in paths}
    return [
        f'{display_name(entry.manifest)} has a table for "{display_name(path)}", but there is no'
        " such file; correct its name or take the table out"
        for path, entry in entries.items()
        if path not in known
    ]


def notes_on_skipped_files(listing: FolderListing) -> list[str]:
    """A note for each file that is left alone."""
    return [f"skipped: {display_name(path)} ({why})" for path, why in listing.skipped.items()]


def notes_on_empty_collections(
    glossary: Iterable[NameGroup], collections: Collection[str]
) -> list[str]:
    """A note for each collection that the glossary has names for but that holds no document."""
    named = {group.collection for group in glossary if group.collection}
    return [
        f'the glossary has names for the collection "{display_name(name)}", which has no document'
        for name in sorted(named.difference(collections))
    ]
