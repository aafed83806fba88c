"""The words of a corpus as numbers, in the order of its texts.

Reading them is what costs most when an index is built; everything after it is arithmetic
on arrays. So the numbers are kept by passage: a corpus that differs from the one before in
a few documents, or a room's part of it, takes over what it shares and reads the rest.
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

_CHUNKS = 500_000
"""Stretches kept while reading: beyond that they are put into numbers and let go."""


@dataclass(frozen=True, eq=False)
class Tokens:
    """Every passage's words in order, as numbers into `words`.

    The tokens of sentence `s` are `word[starts[s]:starts[s + 1]]`, the sentences of passage
    `p` those numbered `sentences[p]` to `sentences[p + 1]`; `marks` has a token's bits.
    What stands above passage `p` (its title and headings) is
    `above[above_starts[h]:above_starts[h + 1]]` with `h = heading[p]`. `acronyms` are those
    that passages explain: the passage, the short form and what it is short for.
    """

    words: tuple[str, ...]
    word: Integers
    marks: npt.NDArray[np.uint8]
    starts: Offsets
    sentences: Offsets
    above: Integers
    above_starts: Offsets
    heading: Integers
    acronyms: tuple[tuple[int, str, str], ...]

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


def read(table: PassageTable, known: Sequence[str] = ()) -> Tokens:
    """The tokens of the passages of `table`; the words `known` keep their numbers."""
    numbers = Numbers((form, number) for number, form in enumerate(known))
    chunks, parts = _Chunks(numbers), _Parts([], [], [])
    found, ends = array("i"), array("q", [0])
    columns = table.columns
    titles: dict[tuple[str, ...], int] = {}
    above, above_ends, heading = array("i"), array("q", [0]), array("i")
    acronyms: list[tuple[int, str, str]] = []
    for number, document in enumerate(table.documents):
        text, title = document.text, document.source.title
        explains = "(" in text or "[" in text
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
                titles[lines] = len(titles)
                above.extend(numbers[word.form] for line in lines for word in words(line))
                above_ends.append(len(above))
            heading.append(titles[lines])
        if len(chunks.ends) > _CHUNKS or len(found) > 4 * _CHUNKS:
            parts.add(chunks, found, ends)
            found, ends = array("i"), array("q", [0])
            if len(chunks.ends) > _CHUNKS:
                chunks = _Chunks(numbers)
    parts.add(chunks, found, ends)
    found_all = Tokens(
        words=tuple(numbers),
        word=_together(parts.word),
        marks=_together(parts.marks),
        starts=offsets(_together(parts.lengths)),
        sentences=np.array(columns.sentences, dtype=np.int64),
        above=np.array(above, dtype=np.int32),
        above_starts=np.array(above_ends, dtype=np.int64),
        heading=np.array(heading, dtype=np.int32),
        acronyms=tuple(acronyms),
    )
    # With words known before, the numbers are what joins these tokens to those others.
    return found_all if known else _numbered_anew(found_all)[0]


def _together(parts: list[npt.NDArray[Number]]) -> npt.NDArray[Number]:
    """The parts after each other; they are let go."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole


def offsets(sizes: Integers | Offsets) -> Offsets:
    """Where stretches of these sizes begin when they follow each other; the end is last."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


@dataclass(frozen=True, slots=True)
class Stretch:
    """Passages `first` to `last` (exclusive) of some tokens."""

    tokens: Tokens
    first: int
    last: int


def joined(stretches: Sequence[Stretch]) -> tuple[Tokens, Integers]:
    """The passages of all stretches after each other, and the number each word had there.

    All of them number their words alike: the words of one begin those of the next, as
    `read` makes them with `known`. What comes out is what reading all of it anew gives.
    """
    return _numbered_anew(strung(stretches))


def strung(stretches: Sequence[Stretch]) -> Tokens:
    """As `joined`, with the numbers that words have."""
    longest = max((each.tokens.words for each in stretches), key=len, default=())
    word, marks, lengths, counts, heading = [], [], [], [], []
    above, above_ends, acronyms = [np.zeros(0, dtype=np.int32)], [np.zeros(1, np.int64)], []
    shifts: dict[int, int] = {}
    seen = headings = passages = 0
    for each in stretches:
        tokens, rows = each.tokens, slice(each.first, each.last)
        a, b = (int(tokens.sentences[place]) for place in (each.first, each.last))
        start, end = int(tokens.starts[a]), int(tokens.starts[b])
        word.append(tokens.word[start:end])
        marks.append(tokens.marks[start:end])
        lengths.append(np.diff(tokens.starts[a : b + 1]))
        counts.append(np.diff(tokens.sentences[each.first : each.last + 1]))
        if id(tokens) not in shifts:
            shifts[id(tokens)] = headings
            above.append(tokens.above)
            above_ends.append(tokens.above_starts[1:] + seen)
            seen, headings = seen + len(tokens.above), headings + len(tokens.above_starts) - 1
        heading.append(tokens.heading[rows] + np.int32(shifts[id(tokens)]))
        acronyms += [
            (place - each.first + passages, short, phrase)
            for place, short, phrase in tokens.acronyms
            if each.first <= place < each.last
        ]
        passages += each.last - each.first
    return Tokens(
        words=longest,
        word=_concatenated(word, np.int32),
        marks=_concatenated(marks, np.uint8),
        starts=offsets(_concatenated(lengths, np.int64)),
        sentences=offsets(_concatenated(counts, np.int64)),
        above=np.concatenate(above),
        above_starts=np.concatenate(above_ends),
        heading=_concatenated(heading, np.int32),
        acronyms=tuple(acronyms),
    )


def _concatenated(parts: Sequence[npt.NDArray[Any]], kind: type[Number]) -> npt.NDArray[Number]:
    return np.concatenate([np.zeros(0, dtype=kind), *parts], dtype=kind)


def _numbered_anew(tokens: Tokens) -> tuple[Tokens, Integers]:
    """The same, words and headings numbered in the order in which they first come.

    With it the number that each word had. So tokens do not tell how they came about; words
    of no text and headings over no passage are let go.
    """
    kept = order_of(tokens.heading, len(tokens.above_starts) - 1)
    sizes = np.diff(tokens.above_starts)[kept]
    above = tokens.above[spread(tokens.above_starts[kept], sizes)]
    order = order_of(np.concatenate([tokens.word, above]), len(tokens.words))
    number = np.zeros(len(tokens.words), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    place = np.zeros(len(tokens.above_starts) - 1, dtype=np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    anew = replace(
        tokens,
        words=tuple(map(tokens.words.__getitem__, order.tolist())),
        word=number[tokens.word],
        above=number[above],
        above_starts=offsets(sizes),
        heading=place[tokens.heading],
    )
    return anew, order


def order_of(values: Integers, count: int) -> Integers:
    """The numbers below `count` that are among `values`, in the order they first come."""
    first = np.full(count, len(values), dtype=np.int64)
    # Written from the end, so that what remains is the first place of each.
    first[values[::-1]] = np.arange(len(values) - 1, -1, -1)
    there = np.flatnonzero(first < len(values))
    return there[np.argsort(first[there], kind="stable")].astype(np.int32)
