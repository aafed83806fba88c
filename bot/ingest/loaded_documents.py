"""Documents that a load made, for the next to take over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.documents import Document, Parsed
from bot.core.passages import PassageTable
from bot.ingest.manifest import SourceEntry
from bot.ingest.walk import suffix_of


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that is served, and what it was made from."""

    said: SourceEntry
    document: Document
    parsed: Parsed | None
    """None where it was not made here, but recalled."""

    @property
    def key(self) -> tuple[str, str]:
        """What decides how bytes are parsed: the bytes, and the kind their name claims."""
        return self.document.revision, suffix_of(self.document.path)

    def is_as(self, before: Kept) -> bool:
        """Whether this is the document that was there before."""
        return self.document is before.document

    def serves(self, revision: str, collection: str, said: SourceEntry) -> bool:
        """Whether the same document would be built of these again."""
        document = self.document
        return (
            document.revision == revision
            and document.collection == collection
            and (self.said is said or self.said == said)
        )


@dataclass(frozen=True, slots=True)
class Made:
    """Documents that were made before, by path, and the table that holds their passages."""

    kept: Mapping[str, Kept]
    passages: PassageTable


NOTHING_MADE = Made({}, PassageTable.of(()))
