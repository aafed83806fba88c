"""All passages of a corpus as columns of numbers: a few bytes each, made into objects on use.

A hundred thousand passages as objects take a hundred megabytes and a second to make;
as columns they take ten, and may lie in a file that is only mapped. Columns are anything
that gives plain integers by position: arrays, or views of a mapped file.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from bot.core.documents import Document, Locator, Passage, Span

NO_PAGE = 0
"""What stands in the column of pages for a format without them: pages count from 1."""

Column = Sequence[int]


@dataclass(frozen=True, slots=True)
class Columns:
    """The numbers of a table of passages; offsets count code points of the document's text.

    Passage `i` runs from `start[i]` to `end[i]`; its sentences are those numbered
    `sentences[i]` to `sentences[i + 1]`, and run from `sentence_start` to `sentence_end`.
    `paragraph`, `page`, `heading` and `language` say where and in what it stands, the last
    two as places in the table's lists. `firsts[d]` is the first passage of document `d`;
    `firsts` and `sentences` have one entry more, the end.
    """

    firsts: Column
    start: Column
    end: Column
    sentences: Column
    sentence_start: Column
    sentence_end: Column
    paragraph: Column
    page: Column
    heading: Column
    language: Column


class PassageTable(Sequence[Passage]):
    """The passages of some documents, document by document; immutable."""

    __slots__ = ("_places", "columns", "documents", "headings", "languages")

    def __init__(
        self,
        documents: tuple[Document, ...],
        headings: tuple[tuple[str, ...], ...],
        languages: tuple[str, ...],
        columns: Columns,
    ) -> None:
        self.documents = documents
        self.headings = headings
        self.languages = languages
        self.columns = columns
        # By identity, as documents are compared; the table keeps them alive.
        self._places = {id(document): number for number, document in enumerate(documents)}

    @classmethod
    def of(cls, passages: Iterable[Passage]) -> PassageTable:
        """A table of `passages`, those of one document next to each other."""
        if isinstance(passages, PassageTable):
            return passages
        making = _Making()
        for passage in passages:
            making.add(passage)
        return making.made()

    @classmethod
    def joined(cls, tables: Iterable[PassageTable]) -> PassageTable:
        """The tables after each other; none shares a document with another."""
        making = _Making()
        for table in tables:
            making.add_all(table, range(len(table.documents)))
        return making.made()

    def within(self, documents: Iterable[int]) -> PassageTable:
        """The passages of the documents with these numbers, in their order."""
        making = _Making()
        making.add_all(self, documents)
        return making.made()

    def range_of(self, document: int) -> range:
        """The numbers of the passages of a document, by its number."""
        firsts = self.columns.firsts
        return range(firsts[document], firsts[document + 1])

    def range_of_document(self, document: Document) -> range:
        """The numbers of a document's passages; empty for one that is not in this table."""
        number = self._places.get(id(document))
        return range(0) if number is None else self.range_of(number)

    def of_document(self, document: Document) -> Iterator[Passage]:
        """The passages of a document, in order."""
        return (self._made(place, document) for place in self.range_of_document(document))

    def document_of(self, passage: int) -> Document:
        """The document of the passage with that number."""
        return self.documents[bisect_right(self.columns.firsts, passage) - 1]

    def sentence(self, passage: int, number: int) -> Span:
        """Where the sentence with that number of a passage stands in its document."""
        place = self.columns.sentences[passage] + number
        return Span(self.columns.sentence_start[place], self.columns.sentence_end[place])

    def language_of(self, passage: int) -> str:
        """The language of the passage with that number."""
        return self.languages[self.columns.language[passage]]

    def __len__(self) -> int:
        return len(self.columns.start)

    @overload
    def __getitem__(self, place: int) -> Passage: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Passage, ...]: ...

    def __getitem__(self, place: int | slice) -> Passage | tuple[Passage, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        if place < 0:
            place += len(self)
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._made(place, self.document_of(place))

    def __iter__(self) -> Iterator[Passage]:
        for number, document in enumerate(self.documents):
            for place in self.range_of(number):
                yield self._made(place, document)

    def _made(self, place: int, document: Document) -> Passage:
        columns = self.columns
        numbers = range(columns.sentences[place], columns.sentences[place + 1])
        first, *rest = (Span(columns.sentence_start[i], columns.sentence_end[i]) for i in numbers)
        page = columns.page[place]
        return Passage(
            document=document,
            span=Span(columns.start[place], columns.end[place]),
            sentences=(first, *rest),
            locator=Locator(
                paragraph=columns.paragraph[place],
                page=None if page == NO_PAGE else page,
                headings=self.headings[columns.heading[place]],
            ),
            language=self.languages[columns.language[place]],
        )


class _Making:
    """A table while it is filled."""

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._headings: dict[tuple[str, ...], int] = {}
        self._languages: dict[str, int] = {}
        self._firsts = array("q")
        self._sentences = array("q", [0])
        self._start, self._end = array("i"), array("i")
        self._sentence_start, self._sentence_end = array("i"), array("i")
        self._paragraph, self._page = array("i"), array("i")
        self._heading, self._language = array("i"), array("i")

    def _begin(self, document: Document) -> None:
        self._documents.append(document)
        self._firsts.append(len(self._start))

    def _heading_number(self, headings: tuple[str, ...]) -> int:
        return self._headings.setdefault(headings, len(self._headings))

    def _language_number(self, language: str) -> int:
        return self._languages.setdefault(language, len(self._languages))

    def add(self, passage: Passage) -> None:
        if not self._documents or self._documents[-1] is not passage.document:
            self._begin(passage.document)
        self._start.append(passage.span.start)
        self._end.append(passage.span.end)
        for sentence in passage.sentences:
            self._sentence_start.append(sentence.start)
            self._sentence_end.append(sentence.end)
        self._sentences.append(len(self._sentence_start))
        self._paragraph.append(passage.locator.paragraph)
        self._page.append(passage.locator.page or NO_PAGE)
        self._heading.append(self._heading_number(passage.locator.headings))
        self._language.append(self._language_number(passage.language))

    def add_all(self, table: PassageTable, documents: Iterable[int]) -> None:
        columns = table.columns
        for number in documents:
            self._begin(table.documents[number])
            places = table.range_of(number)
            rows = slice(places.start, places.stop)
            first, last = columns.sentences[places.start], columns.sentences[places.stop]
            moved = len(self._sentence_start) - first
            self._sentences.extend(
                each + moved for each in columns.sentences[places.start + 1 : places.stop + 1]
            )
            self._sentence_start.extend(columns.sentence_start[first:last])
            self._sentence_end.extend(columns.sentence_end[first:last])
            self._start.extend(columns.start[rows])
            self._end.extend(columns.end[rows])
            self._paragraph.extend(columns.paragraph[rows])
            self._page.extend(columns.page[rows])
            # Only what these passages stand under: the rest may belong to what is not seen.
            heading, language = columns.heading[rows], columns.language[rows]
            headings = {n: self._heading_number(table.headings[n]) for n in sorted(set(heading))}
            tongues = {n: self._language_number(table.languages[n]) for n in sorted(set(language))}
            self._heading.extend(headings[each] for each in heading)
            self._language.extend(tongues[each] for each in language)

    def made(self) -> PassageTable:
        self._firsts.append(len(self._start))
        columns = Columns(
            firsts=self._firsts,
            start=self._start,
            end=self._end,
            sentences=self._sentences,
            sentence_start=self._sentence_start,
            sentence_end=self._sentence_end,
            paragraph=self._paragraph,
            page=self._page,
            heading=self._heading,
            language=self._language,
        )
        return PassageTable(
            tuple(self._documents), tuple(self._headings), tuple(self._languages), columns
        )
