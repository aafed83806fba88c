"""Table of passages: columns of integers, made into `Passage` objects on access.

A hundred thousand passages take 100 MB and a second to build as objects, and 10 MB as
columns. A column is a buffer of plain integers: an array, or a view of a mapped file.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from typing import TypeAlias, overload

from bot.core.documents import Document, Landmark, Locator, Passage, Span

NO_PAGE = 0
"""The entry in the page column for a format without pages; pages count from 1."""

NOT_RECOGNISED = -1
"""The entry in the confidence column for words that the file itself holds."""

Column: TypeAlias = "array[int] | memoryview[int]"


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


class _TableBuilder:
    """Collects the columns of a new table."""

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._headings: dict[tuple[str, ...], int] = {}
        self._contexts: dict[tuple[Span, ...], int] = {}
        self._landmarks: dict[Landmark | None, int] = {}
        self._languages: dict[str, int] = {}
        self._columns = {each.name: array("i") for each in fields(Columns)}
        self._columns |= {"firsts": array("q"), "sentences": array("q", [0])}

    def __len__(self) -> int:
        return len(self._columns["start"])

    def begin(self, document: Document) -> None:
        self._documents.append(document)
        self._columns["firsts"].append(len(self))

    def _heading_number(self, headings: tuple[str, ...]) -> int:
        return self._headings.setdefault(headings, len(self._headings))

    def _context_number(self, context: tuple[Span, ...]) -> int:
        return self._contexts.setdefault(context, len(self._contexts))

    def _landmark_number(self, landmark: Landmark | None) -> int:
        return self._landmarks.setdefault(landmark, len(self._landmarks))

    def _language_number(self, language: str) -> int:
        return self._languages.setdefault(language, len(self._languages))

    def add(self, passage: Passage) -> None:
        columns = self._columns
        columns["start"].append(passage.span.start)
        columns["end"].append(passage.span.end)
        columns["sentence_start"].extend(sentence.start for sentence in passage.sentences)
        columns["sentence_end"].extend(sentence.end for sentence in passage.sentences)
        columns["sentences"].append(len(columns["sentence_start"]))
        columns["paragraph"].append(passage.locator.paragraph)
        columns["page"].append(passage.locator.page or NO_PAGE)
        columns["heading"].append(self._heading_number(passage.locator.headings))
        columns["context"].append(self._context_number(passage.context))
        columns["landmark"].append(self._landmark_number(passage.locator.landmark))
        columns["language"].append(self._language_number(passage.language))
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
        heading, landmark, language = old.heading[rows], old.landmark[rows], old.language[rows]
        headings = {n: self._heading_number(table.headings[n]) for n in dict.fromkeys(heading)}
        context = old.context[rows]
        contexts = {n: self._context_number(table.contexts[n]) for n in dict.fromkeys(context)}
        landmarks = {n: self._landmark_number(table.landmarks[n]) for n in dict.fromkeys(landmark)}
        languages = {n: self._language_number(table.languages[n]) for n in dict.fromkeys(language)}
        new["heading"].extend(headings[n] for n in heading)
        new["context"].extend(contexts[n] for n in context)
        new["landmark"].extend(landmarks[n] for n in landmark)
        new["language"].extend(languages[n] for n in language)

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
