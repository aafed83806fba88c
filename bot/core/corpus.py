"""The corpus: all documents served at one time, their passages, and the glossary."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from bot.core.documents import Document, Passage, Span
from bot.core.passages import PassageTable

MAIN = "main"
"""The collection of the files beside the top folders."""


def collection_of(path: str) -> str:
    """The collection of a path below the corpus folder: its top folder, or `main`."""
    return path.split("/", 1)[0] if "/" in path else MAIN


@dataclass(frozen=True, slots=True)
class NameGroup:
    """Names with the same meaning, from `glossary.toml`; for one collection or for all (None).

    With `apart` none of the names is ever read as another of them.
    """

    names: tuple[str, ...]
    collection: str | None = None
    apart: bool = False


@dataclass(frozen=True, eq=False)
class Corpus:
    """An immutable set of documents; corpora with the same content have the same revision.

    The documents of a table are all of one collection. `encoder` is the fingerprint of the encoder
    by which they are searched, empty while words alone are; `across` that of the encoder for
    questions in a language that they lack, empty while there is none. `private` are top folders,
    and collections, whose documents no model outside of this program is given; "" is all of them.
    """

    tables: tuple[PassageTable, ...] = field(repr=False)
    glossary: tuple[NameGroup, ...] = ()
    encoder: str = ""
    private: frozenset[str] = frozenset()
    across: str = ""

    def __post_init__(self) -> None:
        if any(len(_collections(table)) > 1 for table in self.tables):
            raise ValueError("the documents of a table are of one collection")

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """All documents, sorted by path."""
        documents = (document for table in self.tables for document in table.documents)
        return tuple(sorted(documents, key=lambda document: document.path))

    @property
    def passage_count(self) -> int:
        """The number of passages of all documents."""
        return sum(map(len, self.tables))

    @cached_property
    def _by_path(self) -> dict[str, tuple[PassageTable, int]]:
        return {
            document.path: (table, number)
            for table in self.tables
            for number, document in enumerate(table.documents)
        }

    def document(self, path: str) -> Document | None:
        """The document at `path`, if there is one."""
        table, number = self._by_path.get(path, (None, 0))
        return None if table is None else table.documents[number]

    def passages_of(self, document: Document) -> Sequence[Passage]:
        """The passages of the document at the path of `document`, in order."""
        table, number = self._by_path.get(document.path, (None, 0))
        return () if table is None else table.of_document(number)

    def passage_spans(self, document: Document) -> Iterator[Span]:
        """The spans of those passages, for which no passage is made."""
        table, number = self._by_path.get(document.path, (None, 0))
        return iter(()) if table is None else table.spans_of(number)

    def passage_at(self, document: Document, offset: int) -> Passage | None:
        """The passage of the document at the path of `document` that holds a character."""
        table, number = self._by_path.get(document.path, (None, 0))
        return None if table is None else table.holding(number, offset)

    def language_of(self, document: Document) -> str:
        """The language of most passages of that document (ISO 639-1), `und` if unknown."""
        table, number = self._by_path.get(document.path, (None, 0))
        return "und" if table is None else table.language_of(number)

    def count_of(self, document: Document) -> int:
        """The number of passages of the document at the path of `document`."""
        table, number = self._by_path.get(document.path, (None, 0))
        return 0 if table is None else len(table.range_of(number))

    @cached_property
    def revision(self) -> str:
        """SHA-256 in hex over everything that an answer can depend on."""
        digest = sha256()
        for document in self.documents:
            digest.update(repr(document.identity).encode())
        for group in sorted(self.names, key=lambda g: (g.names, g.collection or "", g.apart)):
            kind = ("apart",) if group.apart else ()
            digest.update(repr((group.names, group.collection, *kind)).encode())
        digest.update(self.encoder.encode())
        if self.across:
            digest.update(f" across {self.across}".encode())
        return digest.hexdigest()

    def is_private(self, document: Document) -> bool:
        """Whether no model outside of this program may be given the document."""
        folder = document.path.split("/", 1)[0] if "/" in document.path else ""
        return not self._private_names.isdisjoint({"", _nfc(folder), _nfc(document.collection)})

    @cached_property
    def _private_names(self) -> frozenset[str]:
        # A letter may be stored composed, or as macOS does.
        return frozenset(map(_nfc, self.private))

    @cached_property
    def _private_paths(self) -> tuple[str, ...]:
        return tuple(each.path for each in self.documents if self.is_private(each))

    @property
    def is_all_private(self) -> bool:
        """Whether that holds for each document."""
        return len(self._private_paths) == len(self.documents)

    def revision_with(self, judge: str = "", pins: str = "") -> str:
        """The revision of replies for which the judge with that fingerprint chose, if any did.

        It also says which documents are private, since the choice depends on that. `pins` is the
        fingerprint of those that may answer.
        """
        revision = self.revision
        if pins:
            revision = sha256(repr((revision, pins)).encode()).hexdigest()
        if not judge:
            return revision
        return sha256(repr((revision, judge, self._private_paths)).encode()).hexdigest()

    @cached_property
    def collections(self) -> frozenset[str]:
        """The names of the collections that have a document."""
        return frozenset(name for table in self.tables for name in _collections(table))

    @property
    def names(self) -> tuple[NameGroup, ...]:
        """The groups of the glossary that apply to a collection of this corpus."""
        collections = self.collections | {None}
        return tuple(group for group in self.glossary if group.collection in collections)

    def within(self, collections: Iterable[str] | None) -> Corpus:
        """The documents of `collections` as a corpus of their own; the whole one for None.

        Nothing else leaves a trace in it: not in its revision, its statistics or its glossary.
        """
        if collections is None:
            return self
        allowed = self.collections & frozenset(collections)
        if allowed == self.collections:
            return self
        return Corpus(
            tables=tuple(table for table in self.tables if _collections(table) <= allowed),
            glossary=tuple(g for g in self.glossary if g.collection in allowed | {None}),
            encoder=self.encoder,
            private=self.private,
            across=self.across,
        )


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _collections(table: PassageTable) -> frozenset[str]:
    return frozenset(document.collection for document in table.documents)
