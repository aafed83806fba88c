"""The words of a corpus as numbers, in the order of its texts.

Reading them is what costs most when an index is built; everything after it is arithmetic
on arrays. So the numbers are kept by passage: a corpus that differs from the one before in
a few documents, or a room's part of it, takes over what it shares and reads the rest.

Words are numbered in the order of their characters, headings document by document. So the
numbers do not tell how they came about, and what documents share stays in one order.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from bot.core.passages import PassageTable
from bot.retrieval.shard.token_table import Chunks
from bot.retrieval.shard.vocabulary import Moved, Numbering, renumber
from bot.retrieval.text.aliases import explained_acronyms
from bot.retrieval.text.analysis import CAPITALS_MATTER, words

Number = TypeVar("Number", bound=np.generic)
Integers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]

JOINED, CAPITAL = 1, 2
"""Bits of a token's marks: the extra word of a hyphen compound; written with a capital."""

_AROUND = '.,;:!?()[]"'
"""Signs beside a word that are no part of it."""

_ENDS = ".!?"

_SUMMED_AT_ONCE = 500_000

_CHUNKS = 500_000
"""Stretches kept while reading: beyond that they are let go."""

_SENTENCES = 500
_LETTERS = 250_000
"""Sentences cut out at once, and letters from which they are read: what fits near at hand."""

_BETWEEN = "\0"
"""What stands between sentences while they are read."""


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


class Numbers(defaultdict[str, int]):
    """Numbers of words, or of pieces of them, as they come."""

    def __init__(self) -> None:
        super().__init__(count().__next__)


class _Reading:
    """The words of sentences, some sentences at a time."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self.word: list[Integers] = []
        self.marks: list[npt.NDArray[np.uint8]] = []
        self.lengths: list[npt.NDArray[np.int32]] = []
        self._begin()

    def _begin(self) -> None:
        """Know no stretch: there may be more of them than are to be kept."""
        self._chunks = Chunks()
        self._word, self._marks, self._starts = array("i"), bytearray(), array("q", [0])

    def add(self, sentences: Sequence[str]) -> None:
        """Read `sentences`, in which there is no character 0."""
        text = _BETWEEN.join((*sentences, "")).encode("utf-8", "surrogatepass")
        which, begins, fresh = self._chunks.find(text)
        self._cut(fresh)
        starts = np.frombuffer(self._starts, dtype=np.int64)
        first = starts[which]
        sizes = starts[which + 1] - first
        place = first if (sizes == 1).all() else spread(first, sizes)
        self.word.append(np.frombuffer(self._word, dtype=np.int32)[place])
        self.marks.append(np.frombuffer(self._marks, dtype=np.uint8)[place])
        total = np.concatenate([[0], np.cumsum(sizes)])
        ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord(_BETWEEN))
        ends = total[np.searchsorted(begins, ends)]
        self.lengths.append(np.diff(ends, prepend=0).astype(np.int32))
        del starts
        if self._chunks.count > _CHUNKS:
            self._begin()

    def _cut(self, chunks: Sequence[str]) -> None:
        """Cut into words those stretches that were not met before."""
        before, forms, starts, marks = len(self._word), list[str](), self._starts, self._marks
        for chunk in chunks:
            bare = chunk.strip(_AROUND)
            if bare.isascii() and bare.isalpha() and bare not in CAPITALS_MATTER:
                # Most are one plain word, for which the pattern of all words has nothing to tell.
                forms.append(bare.lower())
                marks.append(CAPITAL if bare[0].isupper() else 0)
            else:
                for each in words(chunk):
                    forms.append(each.form)
                    capital = chunk[each.start].isupper()
                    marks.append(JOINED * each.joined | CAPITAL * capital)
            starts.append(before + len(forms))
        self._word.extend(map(self._numbers.__getitem__, forms))


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
    reading, sentences, letters = _Reading(numbers), list[str](), 0
    columns = table.columns
    above, above_ends, heading = array("i"), array("q", [0]), array("i")
    acronyms: list[tuple[int, str, str]] = []
    for number, document in enumerate(table.documents):
        text, title = document.text, document.source.title
        passages = table.range_of(number)
        if "(" in text or "[" in text:
            for passage in passages:
                whole = text[columns.start[passage] : columns.end[passage]]
                acronyms += ((passage, *each) for each in explained_acronyms(whole))
        # By what stands above, and by its number: two numbers may stand for the same.
        titles: dict[tuple[str, ...], int] = {}
        known: dict[int, int] = {}
        for line in columns.heading[passages.start : passages.stop]:
            place = known.get(line)
            if place is None:
                lines = (title, *table.headings[line])
                if lines not in titles:
                    titles[lines] = len(above_ends) - 1
                    above.extend(numbers[word.form] for each in lines for word in words(each))
                    above_ends.append(len(above))
                place = known[line] = titles[lines]
            heading.append(place)
        # A character 0 is in no word, no more than the blank that it is read as.
        text = text.replace(_BETWEEN, " ")
        last = columns.sentences[passages.stop]
        for first in range(columns.sentences[passages.start], last, _SENTENCES):
            some = slice(first, min(first + _SENTENCES, last))
            spans = zip(columns.sentence_start[some], columns.sentence_end[some], strict=True)
            # Without what ends it, the last word is a stretch like any other.
            few = [text[start:end].rstrip(_ENDS) for start, end in spans]
            sentences += few
            letters += sum(map(len, few))
            if letters > _LETTERS:
                reading.add(sentences)
                sentences, letters = [], 0
    reading.add(sentences)
    words_read = list(numbers)
    order = np.asarray(sorted(range(len(words_read)), key=words_read.__getitem__), dtype=np.int32)
    number_of = np.zeros(len(order), dtype=np.int32)
    number_of[order] = np.arange(len(order), dtype=np.int32)
    return Tokens(
        vocabulary=Numbering([words_read[place] for place in order.tolist()]),
        word=number_of[_together(reading.word)],
        marks=_together(reading.marks),
        starts=offsets(_together(reading.lengths)),
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
