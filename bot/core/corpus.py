"""All that is served at one time: documents, their passages, names that mean the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from bot.core.documents import Document
from bot.core.passages import PassageTable


@dataclass(frozen=True, slots=True)
class NameGroup:
    """Names that mean the same, from `glossary.toml`; for one collection or for all."""

    names: tuple[str, ...]
    collection: str | None = None


@dataclass(frozen=True, eq=False)
class Corpus:
    """All documents now served, immutable; two with the same content have one revision.

    `glossary` holds groups of names that mean the same, each with the collection it
    is for (None: all).
    """

    documents: tuple[Document, ...]
    passages: PassageTable = field(repr=False)
    glossary: tuple[NameGroup, ...] = ()

    @cached_property
    def revision(self) -> str:
        """SHA-256, in hex, over everything an answer can depend on."""
        digest = sha256()
        for document in sorted(self.documents, key=lambda d: d.path):
            digest.update(
                repr(
                    (
                        document.path,
                        document.collection,
                        document.revision,
                        document.source,
                        document.excluded,
                    )
                ).encode()
            )
        for group in sorted(self.names, key=lambda g: (g.names, g.collection or "")):
            digest.update(repr((group.names, group.collection)).encode())
        return digest.hexdigest()

    @cached_property
    def collections(self) -> frozenset[str]:
        """The names of the collections that hold a document."""
        return frozenset(document.collection for document in self.documents)

    @property
    def names(self) -> tuple[NameGroup, ...]:
        """The groups of the glossary that are for all, or for a collection that is there."""
        seen = self.collections | {None}
        return tuple(group for group in self.glossary if group.collection in seen)

    def within(self, collections: Iterable[str]) -> Corpus:
        """The part of this corpus that `collections` may see, as a corpus of its own.

        Nothing outside is left in it: not in its revision, its statistics or its names.
        """
        allowed = self.collections & frozenset(collections)
        if allowed == self.collections:
            return self
        return Corpus(
            documents=tuple(d for d in self.documents if d.collection in allowed),
            passages=self.passages.within(
                number
                for number, document in enumerate(self.passages.documents)
                if document.collection in allowed
            ),
            glossary=tuple(g for g in self.glossary if g.collection in allowed | {None}),
        )
