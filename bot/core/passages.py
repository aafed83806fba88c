"""Table of passages: columns of integers, made into `Passage` objects on access.

A hundred thousand passages take 100 MB and a second to build as objects, and 10 MB as
columns. A column is a buffer of plain integers: an array, or a view of a mapped file.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload

from bot.core.documents import Document, Locator, Passage, Span

NO_PAGE = 0
"""The entry in the page column for a format without pages; pages count from 1."""

Column: TypeAlias = "array[int] | memoryview[int]"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table of passages; offsets count code points of the document's text.

    Passage `i` spans `start[i]` to `end[i]`. Its sentences have the numbers `sentences[i]` to
    `sentences[i + 1] - 1` and span `sentence_start` to `sentence_end`. `heading` and
    `language` are indexes into the table's lists of headings and languages. The first passage
    of document `d` is `firsts[d]`. `firsts` and `sentences` have one more entry, their end.

    Two documents with two and one passages, of two, one and one sentences:
    `firsts` = 0 2 3, `sentences` = 0 2 3 4.
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
    """The passages of some documents in order, as an immutable sequence."""

    __slots__ = ("columns", "documents", "headings", "languages")

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

    @classmethod
    def of(cls, passages: Iterable[Passage]) -> PassageTable:
        """A table of `passages`, in which those of one document are adjacent."""
        if isinstance(passages, PassageTable):
            return passages
        builder = _TableBuilder()
        for passage in passages:
            builder.add(passage)
        return builder.build()

    @classmethod
    def of_one_document(cls, document: Document, passages: Iterable[Passage]) -> PassageTable:
        """The table of one document, which may have no passage."""
        builder = _TableBuilder()
        builder.begin(document)
        for passage in passages:
            builder.add(passage)
        return builder.build()

    @classmethod
    def concatenate(cls, parts: Iterable[DocumentPassages]) -> PassageTable:
        """One table of several documents, each of which comes once."""
        runs = list(_runs(parts))
        if len(runs) == 1 and len(runs[0][1]) == len(runs[0][0].documents):
            return runs[0][0]
        builder = _TableBuilder()
        for table, documents in runs:
            builder.add_run(table, documents)
        return builder.build()

    def range_of(self, document: int) -> range:
        """The numbers of the passages of the document with that number."""
        firsts = self.columns.firsts
        return range(firsts[document], firsts[document + 1])

    def of_document(self, document: int) -> Sequence[Passage]:
        """The passages of the document with that number, in order."""
        numbers = self.range_of(document)
        return self[numbers.start : numbers.stop]

    def document_of(self, passage: int) -> Document:
        """The document of the passage with that number."""
        return self.documents[bisect_right(self.columns.firsts, passage) - 1]

    def sentence(self, passage: int, number: int) -> Span:
        """The span of a sentence in its document, by its number within the passage."""
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
        return self._passage(place, self.document_of(place))

    def __iter__(self) -> Iterator[Passage]:
        for number, document in enumerate(self.documents):
            for place in self.range_of(number):
                yield self._passage(place, document)

    def _passage(self, place: int, document: Document) -> Passage:
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
class DocumentPassages:
    """The passages of one document: that with `number` in `table`."""

    table: PassageTable
    number: int

    def __len__(self) -> int:
        return len(self.table.range_of(self.number))


def _runs(parts: Iterable[DocumentPassages]) -> Iterator[tuple[PassageTable, range]]:
    """The parts, with consecutive documents of one table merged into one range."""
    table: PassageTable | None = None
    documents = range(0)
    for part in parts:
        if table is part.table and part.number == documents.stop:
            documents = range(documents.start, part.number + 1)
            continue
        if table is not None:
            yield table, documents
        table, documents = part.table, range(part.number, part.number + 1)
    if table is not None:
        yield table, documents


class _TableBuilder:
    """Collects the columns of a new table."""

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
        """Append the passages of a range of documents of `table`."""
        columns = table.columns
        first, last = columns.firsts[documents.start], columns.firsts[documents.stop]
        shift = len(self._start) - first
        self._firsts.extend(columns.firsts[n] + shift for n in documents)
        self._documents += table.documents[documents.start : documents.stop]
        rows = slice(first, last)
        sentences = slice(columns.sentences[first], columns.sentences[last])
        shift = len(self._sentence_start) - sentences.start
        self._sentences.extend(n + shift for n in columns.sentences[first + 1 : last + 1])
        self._sentence_start.extend(columns.sentence_start[sentences])
        self._sentence_end.extend(columns.sentence_end[sentences])
        self._start.extend(columns.start[rows])
        self._end.extend(columns.end[rows])
        self._paragraph.extend(columns.paragraph[rows])
        self._page.extend(columns.page[rows])
        # Only headings of these passages: others may belong to documents that a room may not see.
        heading, language = columns.heading[rows], columns.language[rows]
        headings = {n: self._heading_number(table.headings[n]) for n in dict.fromkeys(heading)}
        languages = {n: self._language_number(table.languages[n]) for n in dict.fromkeys(language)}
        self._heading.extend(headings[n] for n in heading)
        self._language.extend(languages[n] for n in language)

    def build(self) -> PassageTable:
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
