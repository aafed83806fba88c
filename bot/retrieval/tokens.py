"""The words of a corpus as numbers, in the order of its texts.

Reading them is what costs most when an index is built; everything after it is arithmetic
on arrays. So the numbers are kept by passage: a corpus that differs from the one before in
a few documents, or a room's part of it, takes over what it shares and reads the rest.

Words are numbered in the order of their characters, headings document by document. So the
numbers do not tell how they came about, and what documents share stays in one order.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from bot.core.passages import PassageTable
from bot.retrieval.analysis import CAPITALS_MATTER, words
from bot.retrieval.names import explained
from bot.retrieval.numbering import Moved, Numbering, renumber

Number = TypeVar("Number", bound=np.generic)
Integers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]

JOINED, CAPITAL = 1, 2
"""Bits of a token's marks: the extra word of a hyphen compound; written with a capital."""

_CHUNK = 64
"""A stretch without blanks longer than this is read anew each time and not kept."""

_AROUND = '.,;:!?()[]"'
"""Signs beside a word that are no part of it."""

_ENDS = ".!?"

_SUMMED_AT_ONCE = 500_000

_CHUNKS = 500_000
"""Stretches kept while reading: beyond that they are put into numbers and let go."""


@dataclass(frozen=True, eq=False)
class Tokens:
    """Every passage's words in order, as numbers into `words`.

    The tokens of sentence `s` are `word[starts[s]:starts[s + 1]]`, the sentences of passage
    `p` those numbered `sentences[p]` to `sentences[p + 1]`; `marks` has a token's bits.
    What stands above passage `p` (its title and headings) is
    `above[above_starts[h]:above_starts[h + 1]]` with `h = heading[p]`. No two documents
    share a heading. `acronyms` are those that passages explain: the passage, the short form
    and what it is short for.
    """

    vocabulary: Numbering
    word: Integers
    marks: npt.NDArray[np.uint8]
    starts: Offsets
    sentences: Offsets
    above: Integers
    above_starts: Offsets
    heading: Integers
    acronyms: tuple[tuple[int, str, str], ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words, by number."""
        return self.vocabulary.forms

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return len(self.heading)

    def above_words(self) -> Integers:
        """What stands above each passage, passage by passage."""
        sizes = np.diff(self.above_starts)[self.heading]
        return self.above[spread(self.above_starts[self.heading], sizes)]

    @cached_property
    def passage_starts(self) -> Offsets:
        """Where each passage's tokens begin; one entry more, the end."""
        return self.starts[self.sentences]


class Numbers(dict[str, int]):
    """Numbers of words, or of pieces of them, as they come."""

    def __missing__(self, form: str) -> int:
        number = self[form] = len(self)
        return number


class _Chunks(dict[str, int]):
    """Numbers of stretches without blanks, each cut into words when first met."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self.word, self.marks, self.ends = array("i"), bytearray(), array("q", [0])

    def __missing__(self, chunk: str) -> int:
        number = len(self.ends) - 1
        bare = chunk.strip(_AROUND)
        if bare.isascii() and bare.isalpha() and bare not in CAPITALS_MATTER:
            # Most are one plain word, for which the pattern of all words has nothing to tell.
            self.word.append(self._numbers[bare.lower()])
            self.marks.append(CAPITAL * bare[0].isupper())
        else:
            for word in words(chunk):
                self.word.append(self._numbers[word.form])
                capital = chunk[word.start].isupper()
                self.marks.append(JOINED * word.joined | CAPITAL * capital)
        self.ends.append(len(self.word))
        if len(chunk) <= _CHUNK:
            self[chunk] = number
        return number


@dataclass(slots=True)
class _Parts:
    """What was read, a part of the corpus each."""

    word: list[Integers]
    marks: list[npt.NDArray[np.uint8]]
    lengths: list[npt.NDArray[np.int32]]

    def add(self, chunks: _Chunks, read: array[int], ends: array[int]) -> None:
        """Put the stretches `read`, sentence by sentence up to `ends`, into words."""
        which = np.frombuffer(read, dtype=np.int32)
        first = np.frombuffer(chunks.ends, dtype=np.int64)
        sizes = np.diff(first)[which]
        place = spread(first[which], sizes)
        self.word.append(np.frombuffer(chunks.word, dtype=np.int32)[place])
        self.marks.append(np.frombuffer(chunks.marks, dtype=np.uint8)[place])
        total = np.concatenate([[0], np.cumsum(sizes)])
        self.lengths.append(np.diff(total[np.frombuffer(ends, dtype=np.int64)]).astype(np.int32))


def spread(first: Offsets, sizes: Integers | Offsets) -> Offsets:
    """The places `first[i]`, `first[i] + 1`, … of each of the stretches of these sizes."""
    sizes = sizes.astype(np.int64, copy=False)
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    places: Offsets = np.arange(total) + np.repeat(first - (ends - sizes), sizes)
    return places


def read(table: PassageTable) -> Tokens:
    """The tokens of the passages of `table`."""
    numbers = Numbers()
    chunks, parts = _Chunks(numbers), _Parts([], [], [])
    found, ends = array("i"), array("q", [0])
    columns = table.columns
    above, above_ends, heading = array("i"), array("q", [0]), array("i")
    acronyms: list[tuple[int, str, str]] = []
    for number, document in enumerate(table.documents):
        text, title = document.text, document.source.title
        explains = "(" in text or "[" in text
        titles: dict[tuple[str, ...], int] = {}
        for passage in table.range_of(number):
            for place in range(columns.sentences[passage], columns.sentences[passage + 1]):
                sentence = text[columns.sentence_start[place] : columns.sentence_end[place]]
                # Without what ends it, the last word is a stretch like any other.
                found.extend(map(chunks.__getitem__, sentence.rstrip(_ENDS).split()))
                ends.append(len(found))
            if explains:
                whole = text[columns.start[passage] : columns.end[passage]]
                acronyms += ((passage, *each) for each in explained(whole))
            lines = (title, *table.headings[columns.heading[passage]])
            if lines not in titles:
                titles[lines] = len(above_ends) - 1
                above.extend(numbers[word.form] for line in lines for word in words(line))
                above_ends.append(len(above))
            heading.append(titles[lines])
        if len(chunks.ends) > _CHUNKS or len(found) > 4 * _CHUNKS:
            parts.add(chunks, found, ends)
            found, ends = array("i"), array("q", [0])
            if len(chunks.ends) > _CHUNKS:
                chunks = _Chunks(numbers)
    parts.add(chunks, found, ends)
    words_read = list(numbers)
    order = np.asarray(sorted(range(len(words_read)), key=words_read.__getitem__), dtype=np.int32)
    number_of = np.zeros(len(order), dtype=np.int32)
    number_of[order] = np.arange(len(order), dtype=np.int32)
    return Tokens(
        vocabulary=Numbering([words_read[place] for place in order.tolist()]),
        word=number_of[_together(parts.word)],
        marks=_together(parts.marks),
        starts=offsets(_together(parts.lengths)),
        sentences=np.array(columns.sentences, dtype=np.int64),
        above=number_of[np.array(above, dtype=np.int32)],
        above_starts=np.array(above_ends, dtype=np.int64),
        heading=np.array(heading, dtype=np.int32),
        acronyms=tuple(acronyms),
    )


def _together(parts: list[npt.NDArray[Number]]) -> npt.NDArray[Number]:
    """The parts after each other; they are let go."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole


def offsets(sizes: Integers | Offsets) -> Offsets:
    """Where stretches of these sizes begin when they follow each other; the end is last."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    # Some at a time: of millions the interpreter would hear nothing for too long.
    for first in range(0, len(sizes), _SUMMED_AT_ONCE):
        last = min(first + _SUMMED_AT_ONCE, len(sizes))
        np.cumsum(sizes[first:last], out=starts[first + 1 : last + 1])
        starts[first + 1 : last + 1] += starts[first]
    return starts


@dataclass(frozen=True, slots=True)
class Stretch:
    """Passages `first` to `last` (exclusive) of some tokens, those of whole documents.

    `number` has the number that each word is to have, None where they have it already.
    """

    tokens: Tokens
    first: int
    last: int
    number: Integers | None = None


def strung(stretches: Sequence[Stretch], vocabulary: Numbering) -> Tokens:
    """The passages of all stretches after each other, as reading them from one table gives."""
    word, marks, lengths, counts, heading = [], [], [], [], []
    above, above_lengths, acronyms = [], [], []
    headings = passages = 0
    for each in stretches:
        if each.first == each.last:
            continue
        tokens, rows = each.tokens, slice(each.first, each.last)
        a, b = (int(tokens.sentences[place]) for place in (each.first, each.last))
        start, end = int(tokens.starts[a]), int(tokens.starts[b])
        word.append((each, tokens.word[start:end]))
        marks.append(tokens.marks[start:end])
        lengths.append(np.diff(tokens.starts[a : b + 1]))
        counts.append(np.diff(tokens.sentences[each.first : each.last + 1]))
        # Headings begin anew with each document, so these are a stretch as well.
        top = int(tokens.heading[each.first])
        bottom = len(tokens.above_starts) - 1
        if each.last < tokens.passages:
            bottom = int(tokens.heading[each.last])
        start, end = int(tokens.above_starts[top]), int(tokens.above_starts[bottom])
        above.append((each, tokens.above[start:end]))
        above_lengths.append(np.diff(tokens.above_starts[top : bottom + 1]))
        heading.append(tokens.heading[rows] + np.int32(headings - top))
        acronyms += [
            (place - each.first + passages, short, phrase)
            for place, short, phrase in tokens.acronyms
            if each.first <= place < each.last
        ]
        passages += each.last - each.first
        headings += bottom - top
    return Tokens(
        vocabulary=vocabulary,
        word=_numbered(word),
        marks=_concatenated(marks, np.uint8),
        starts=offsets(_concatenated(lengths, np.int64)),
        sentences=offsets(_concatenated(counts, np.int64)),
        above=_numbered(above),
        above_starts=offsets(_concatenated(above_lengths, np.int64)),
        heading=_concatenated(heading, np.int32),
        acronyms=tuple(acronyms),
    )


def _numbered(parts: Sequence[tuple[Stretch, Integers]]) -> Integers:
    """The words of all parts after each other, with the numbers that they are to have."""
    whole = _concatenated([each for _, each in parts], np.int32)
    start = 0
    for stretch, each in parts:
        end = start + len(each)
        if stretch.number is not None:
            renumber(whole[start:end], stretch.number)
        start = end
    return whole


def part(tokens: Tokens, ranges: Sequence[tuple[int, int]]) -> tuple[Tokens, Integers]:
    """The passages in `ranges` (of whole documents) alone, and the number each word had."""
    whole = strung([Stretch(tokens, *each) for each in ranges], tokens.vocabulary)
    seen = np.zeros(len(tokens.words), dtype=np.bool_)
    seen[whole.word] = True
    seen[whole.above] = True
    origin = np.flatnonzero(seen).astype(np.int32)
    number = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    if 2 * len(origin) > len(seen):
        gone = np.flatnonzero(~seen)
        nothing = Moved(len(seen), gone, np.zeros(0, dtype=np.int64))
        vocabulary = tokens.vocabulary.updated(nothing, ())
    else:
        vocabulary = Numbering([tokens.words[place] for place in origin.tolist()])
    word, above = number[whole.word], number[whole.above]
    return replace(whole, vocabulary=vocabulary, word=word, above=above), origin


def _concatenated(parts: Sequence[npt.NDArray[Any]], kind: type[Number]) -> npt.NDArray[Number]:
    return np.concatenate([np.zeros(0, dtype=kind), *parts], dtype=kind)
