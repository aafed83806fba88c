"""What a curator is told about tables and names that nothing belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.corpus import Corpus
from bot.ingest.labels import shown
from bot.ingest.manifest import Entry, entry_path
from bot.ingest.walk import FolderListing


def absent(found: FolderListing, entries: Mapping[str, Entry]) -> list[str]:
    """Notes on the tables that no file belongs to."""
    there = {file.path for file in found.files} | found.skipped.keys()
    there |= {failure.path for failure in found.failed}
    known = {entry_path(path) for path in there}
    return [
        f'{shown(entry.manifest)} has a table for "{shown(path)}", but there is no such file;'
        " correct its name or take the table out"
        for path, entry in entries.items()
        if path not in known
    ]


def idle(corpus: Corpus) -> list[str]:
    """Notes on the groups of names that are for a collection without documents."""
    return [
        f'the glossary has names for the collection "{shown(name)}", which has no document'
        for name in sorted({g.collection or "" for g in corpus.glossary} - {""})
        if name not in corpus.collections
    ]
