"""The corpus: all documents served at one time, their passages, and the glossary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from bot.core.documents import Document
from bot.core.passages import PassageTable


@dataclass(frozen=True, slots=True)
class NameGroup:
    """Names with the same meaning, from `glossary.toml`; for one collection or for all (None)."""

    names: tuple[str, ...]
    collection: str | None = None


@dataclass(frozen=True, eq=False)
class Corpus:
    """An immutable set of documents; corpora with the same content have the same revision."""

    documents: tuple[Document, ...]
    passages: PassageTable = field(repr=False)
    glossary: tuple[NameGroup, ...] = ()

    @cached_property
    def revision(self) -> str:
        """SHA-256 in hex over everything that an answer can depend on."""
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
        """The names of the collections that have a document."""
        return frozenset(document.collection for document in self.documents)

    @property
    def names(self) -> tuple[NameGroup, ...]:
        """The groups of the glossary that apply to a collection of this corpus."""
        collections = self.collections | {None}
        return tuple(group for group in self.glossary if group.collection in collections)

    def within(self, collections: Iterable[str]) -> Corpus:
        """The documents of `collections` as a corpus of their own.

        Nothing else leaves a trace in it: not in its revision, its statistics or its glossary.
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
