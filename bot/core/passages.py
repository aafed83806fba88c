"""Table of passages: columns of integers, made into `Passage` objects on access.

A hundred thousand passages take 100 MB and a second to build as objects, and 10 MB as
columns. A column is a buffer of plain integers: an array, or a view of a mapped file.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from typing import TypeAlias, TypeVar, overload

from bot.core.documents import Document, Landmark, Locator, Passage, Span

NO_PAGE = 0
"""The entry in the page column for a format without pages; pages count from 1."""

NOT_RECOGNISED = -1
"""The entry in the confidence column for words that the file itself holds."""

Column: TypeAlias = "array[int] | memoryview[int]"
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table of passages; offsets count code points of the document's text.

    Passage `i` spans `start[i]` to `end[i]`. Its sentences have the numbers `sentences[i]` to
    `sentences[i + 1] - 1` and span `sentence_start` to `sentence_end`. `heading`, `context`,
    `landmark` and `language` are indexes into the table's lists. The first passage
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
    context: Column
    landmark: Column
    language: Column
    confidence: Column


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PassageTable(Sequence[Passage]):
    """The passages of some documents in order, as an immutable sequence.

    `landmarks` are those of its passages, None among them for passages without a mark.
    """

    documents: tuple[Document, ...]
    headings: tuple[tuple[str, ...], ...]
    contexts: tuple[tuple[Span, ...], ...]
    landmarks: tuple[Landmark | None, ...]
    languages: tuple[str, ...]
    columns: Columns

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

    def spans_of(self, document: int) -> Iterator[Span]:
        """The spans of those passages."""
        for place in self.range_of(document):
            yield Span(self.columns.start[place], self.columns.end[place])

    def holding(self, document: int, offset: int) -> Passage | None:
        """The passage of the document with that number that holds a character, if one does."""
        numbers = self.range_of(document)
        place = bisect_right(self.columns.start, offset, numbers.start, numbers.stop) - 1
        is_there = place >= numbers.start and offset < self.columns.end[place]
        return self._passage(place, self.documents[document]) if is_there else None

    def language_of(self, document: int) -> str:
        """The language of most passages of the document with that number; `und` for none."""
        numbers = self.range_of(document)
        counts = Counter(self.columns.language[numbers.start : numbers.stop])
        return self.languages[counts.most_common(1)[0][0]] if counts else "und"

    def document_of(self, passage: int) -> Document:
        """The document of the passage with that number."""
        return self.documents[self.document_number_of(passage)]

    def document_number_of(self, passage: int) -> int:
        """The number of a passage's document."""
        return bisect_right(self.columns.firsts, passage) - 1

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
        page, confidence = columns.page[place], columns.confidence[place]
        return Passage(
            document=document,
            span=Span(columns.start[place], columns.end[place]),
            sentences=(first, *rest),
            locator=Locator(
                paragraph=columns.paragraph[place],
                page=None if page == NO_PAGE else page,
                headings=self.headings[columns.heading[place]],
                page_label=document.page_label(page),
                landmark=self.landmarks[columns.landmark[place]],
            ),
            language=self.languages[columns.language[place]],
            confidence=None if confidence == NOT_RECOGNISED else confidence,
            context=self.contexts[columns.context[place]],
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

    def key(place_and_part: tuple[int, DocumentPassages]) -> tuple[PassageTable, int]:
        # In a run, number and place grow together.
        place, part = place_and_part
        return part.table, part.number - place

    for (table, _), run in groupby(enumerate(parts), key):
        numbers = [part.number for _, part in run]
        yield table, range(numbers[0], numbers[-1] + 1)


class _Numbers(dict[_Value, int]):
    """Numbers for values, in the order in which they are first looked up."""

    def __missing__(self, value: _Value) -> int:
        return self.setdefault(value, len(self))

    def of_column(self, column: Column, values: Sequence[_Value]) -> Iterator[int]:
        """The numbers for a column of indexes into other values."""
        return map({n: self[values[n]] for n in dict.fromkeys(column)}.__getitem__, column)


class _TableBuilder:
    """Collects the columns of a new table."""

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._headings = _Numbers[tuple[str, ...]]()
        self._contexts = _Numbers[tuple[Span, ...]]()
        self._landmarks = _Numbers[Landmark | None]()
        self._languages = _Numbers[str]()
        self._columns = {each.name: array("i") for each in fields(Columns)}
        self._columns |= {"firsts": array("q"), "sentences": array("q", [0])}

    def __len__(self) -> int:
        return len(self._columns["start"])

    def begin(self, document: Document) -> None:
        self._documents.append(document)
        self._columns["firsts"].append(len(self))

    def add(self, passage: Passage) -> None:
        columns = self._columns
        columns["start"].append(passage.span.start)
        columns["end"].append(passage.span.end)
        columns["sentence_start"].extend(sentence.start for sentence in passage.sentences)
        columns["sentence_end"].extend(sentence.end for sentence in passage.sentences)
        columns["sentences"].append(len(columns["sentence_start"]))
        columns["paragraph"].append(passage.locator.paragraph)
        columns["page"].append(passage.locator.page or NO_PAGE)
        columns["heading"].append(self._headings[passage.locator.headings])
        columns["context"].append(self._contexts[passage.context])
        columns["landmark"].append(self._landmarks[passage.locator.landmark])
        columns["language"].append(self._languages[passage.language])
        confidence = passage.confidence
        columns["confidence"].append(NOT_RECOGNISED if confidence is None else confidence)

    def add_run(self, table: PassageTable, documents: range) -> None:
        """Append the passages of a range of documents of `table`."""
        old, new = table.columns, self._columns
        first, last = old.firsts[documents.start], old.firsts[documents.stop]
        shift = len(self) - first
        new["firsts"].extend(old.firsts[n] + shift for n in documents)
        self._documents += table.documents[documents.start : documents.stop]
        rows = slice(first, last)
        sentences = slice(old.sentences[first], old.sentences[last])
        shift = len(new["sentence_start"]) - sentences.start
        new["sentences"].extend(n + shift for n in old.sentences[first + 1 : last + 1])
        new["sentence_start"].extend(old.sentence_start[sentences])
        new["sentence_end"].extend(old.sentence_end[sentences])
        new["start"].extend(old.start[rows])
        new["end"].extend(old.end[rows])
        new["paragraph"].extend(old.paragraph[rows])
        new["page"].extend(old.page[rows])
        new["confidence"].extend(old.confidence[rows])
        # Only headings, contexts and marks of these passages: others may belong to documents that
        # a room may not see.
        new["heading"].extend(self._headings.of_column(old.heading[rows], table.headings))
        new["context"].extend(self._contexts.of_column(old.context[rows], table.contexts))
        new["landmark"].extend(self._landmarks.of_column(old.landmark[rows], table.landmarks))
        new["language"].extend(self._languages.of_column(old.language[rows], table.languages))

    def build(self) -> PassageTable:
        self._columns["firsts"].append(len(self))
        return PassageTable(
            tuple(self._documents),
            tuple(self._headings),
            tuple(self._contexts),
            tuple(self._landmarks),
            tuple(self._languages),
            Columns(**self._columns),
        )
