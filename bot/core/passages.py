"""All passages of a corpus as columns of numbers: a few bytes each, made into objects on use.

A hundred thousand passages as objects take a hundred megabytes and a second to make;
as columns they take ten, and may lie in a file that is only mapped. Columns are anything
that gives plain integers by position: arrays, or views of a mapped file.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    def alone(cls, document: Document, passages: Iterable[Passage]) -> PassageTable:
        """The table of one document with its passages, which may be none."""
        making = _Making()
        making.begin(document)
        for passage in passages:
            making.add(passage)
        return making.made()

    @classmethod
    def joined(cls, shares: Iterable[Share]) -> PassageTable:
        """The passages of several documents after each other, none of them twice."""
        runs = list(_runs(shares))
        if len(runs) == 1 and len(runs[0][1]) == len(runs[0][0].documents):
            return runs[0][0]
        making = _Making()
        for table, documents in runs:
            making.add_run(table, documents)
        return making.made()

    def within(self, documents: Iterable[int]) -> PassageTable:
        """The passages of the documents with these numbers, in their order."""
        return self.joined(Share(self, number) for number in documents)

    def range_of(self, document: int) -> range:
        """The numbers of the passages of a document, by its number."""
        firsts = self.columns.firsts
        return range(firsts[document], firsts[document + 1])

    def number_of(self, document: Document) -> int | None:
        """The number of a document, None for one that is not in this table."""
        return self._places.get(id(document))

    def range_of_document(self, document: Document) -> range:
        """The numbers of a document's passages; empty for one that is not in this table."""
        number = self.number_of(document)
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


@dataclass(frozen=True, slots=True)
class Share:
    """The passages of one document: of the one with that number in a table."""

    table: PassageTable
    number: int

    def __len__(self) -> int:
        return len(self.table.range_of(self.number))


def _runs(shares: Iterable[Share]) -> Iterator[tuple[PassageTable, range]]:
    """The shares, those together that stand next to each other in one table."""
    table: PassageTable | None = None
    documents = range(0)
    for share in shares:
        if table is share.table and share.number == documents.stop:
            documents = range(documents.start, share.number + 1)
            continue
        if table is not None:
            yield table, documents
        table, documents = share.table, range(share.number, share.number + 1)
    if table is not None:
        yield table, documents


def _copy(into: array[int], column: Column, rows: slice) -> None:
    """Put some rows of a column behind what is there, all at once where it is in one piece."""
    if rows.start == rows.stop:
        return
    if isinstance(column, array | memoryview):
        into.frombytes(memoryview(column)[rows].cast("B"))
    else:
        into.extend(column[rows])


def _copy_renumbered(
    into: array[int], column: Column, rows: slice, numbers: Mapping[int, int]
) -> None:
    """As `_copy`, of numbers that have others here; most often they have the same."""
    if all(now == before for before, now in numbers.items()):
        _copy(into, column, rows)
    else:
        into.extend(map(numbers.__getitem__, column[rows]))


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

    def begin(self, document: Document) -> None:
        self._documents.append(document)
        self._firsts.append(len(self._start))

    def _heading_number(self, headings: tuple[str, ...]) -> int:
        return self._headings.setdefault(headings, len(self._headings))

    def _language_number(self, language: str) -> int:
        return self._languages.setdefault(language, len(self._languages))

    def add(self, passage: Passage) -> None:
        if not self._documents or self._documents[-1] is not passage.document:
            self.begin(passage.document)
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

    def add_run(self, table: PassageTable, documents: range) -> None:
        """The passages of documents that stand next to each other in `table`."""
        columns = table.columns
        first, last = columns.firsts[documents.start], columns.firsts[documents.stop]
        moved = len(self._start) - first
        self._firsts.extend(columns.firsts[n] + moved for n in documents)
        self._documents += table.documents[documents.start : documents.stop]
        rows = slice(first, last)
        sentences = slice(columns.sentences[first], columns.sentences[last])
        moved = len(self._sentence_start) - sentences.start
        if moved:
            self._sentences.extend(n + moved for n in columns.sentences[first + 1 : last + 1])
        else:
            _copy(self._sentences, columns.sentences, slice(first + 1, last + 1))
        _copy(self._sentence_start, columns.sentence_start, sentences)
        _copy(self._sentence_end, columns.sentence_end, sentences)
        _copy(self._start, columns.start, rows)
        _copy(self._end, columns.end, rows)
        _copy(self._paragraph, columns.paragraph, rows)
        _copy(self._page, columns.page, rows)
        # Only what these passages stand under: the rest may belong to what is not seen.
        heading, language = columns.heading[rows], columns.language[rows]
        headings = {n: self._heading_number(table.headings[n]) for n in dict.fromkeys(heading)}
        tongues = {n: self._language_number(table.languages[n]) for n in dict.fromkeys(language)}
        _copy_renumbered(self._heading, columns.heading, rows, headings)
        _copy_renumbered(self._language, columns.language, rows, tongues)

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
