"""The tokens of a corpus: its words as numbers, in the order of its texts.

Splitting texts into words takes most of the time of building an index; the rest is arithmetic
on arrays. So tokens are stored by passage, and an index that shares documents with the previous
one reuses their tokens.

Headings are numbered document by document. So their numbers, like those of the vocabulary, do
not depend on earlier indexes, and the headings of a document are one stretch.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.core.passages import PassageTable
from bot.retrieval.shard.arrays import (
    Integers,
    Number,
    Offsets,
    concatenated_ranges,
    map_numbers_in_place,
    offsets,
)
from bot.retrieval.shard.vocabulary import StringInterner, Vocabulary
from bot.retrieval.text.aliases import explained_acronyms
from bot.retrieval.text.analysis import CAPITALS_MATTER, words

JOINED, CAPITAL = 1, 2
"""Bits of a token's marks: the extra word of a hyphen compound; written with a capital."""

BATCH_LETTERS = 250_000
"""Letters of the sentences that are read at once."""

KEPT_CHUNKS = 500_000
"""Chunks whose words are remembered while reading; beyond, all are forgotten."""

_PUNCTUATION = '.,;:!?()[]"'
"""Characters at the ends of a chunk that belong to no word."""

_SENTENCE_ENDS = ".!?"


@dataclass(frozen=True, eq=False)
class Tokens:
    """Every passage's words in order, as numbers of the `vocabulary`.

    The tokens of sentence `s` are `word[starts[s]:starts[s + 1]]`, the sentences of passage
    `p` those numbered `sentences[p]` to `sentences[p + 1]`; `marks` has a token's bits.
    The title and headings above passage `p` are
    `above[above_starts[h]:above_starts[h + 1]]` with `h = heading[p]`. No two documents
    share a heading. `acronyms` are those that passages explain: the passage, the short form
    and what it is short for.

    The passages "Rain. Sun and rain." and "Wind", without titles, make the vocabulary and,
    rain, sun, wind (0 to 3); `word` is 1, 2, 0, 1, 3, `starts` 0, 1, 4, 5 and `sentences`
    0, 2, 3.
    """

    vocabulary: Vocabulary
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
        return self.vocabulary.strings

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return len(self.heading)

    def above_words(self) -> Integers:
        """The words of the title and headings above each passage, passage by passage."""
        sizes = np.diff(self.above_starts)[self.heading]
        return self.above[concatenated_ranges(self.above_starts[self.heading], sizes)]

    @cached_property
    def passage_starts(self) -> Offsets:
        """Where each passage's tokens begin; one entry more, the end."""
        return self.starts[self.sentences]


class ChunkInterner(dict[str, int]):
    """Numbers for chunks (strings between blanks); `uncut` are not split into words yet."""

    def __init__(self) -> None:
        super().__init__()
        self.uncut: list[str] = []

    def __missing__(self, chunk: str) -> int:
        self.uncut.append(chunk)
        number = self[chunk] = len(self)
        return number


class Tokeniser:
    """Cuts sentences into words, a batch at a time.

    Each distinct chunk is cut once: of "the rain, the sun" those are "the", "rain," and "sun".
    """

    def __init__(self, words: StringInterner, kept_chunks: int) -> None:
        self._words = words
        self._kept_chunks = kept_chunks
        self.word: list[Integers] = []
        self.marks: list[npt.NDArray[np.uint8]] = []
        self.lengths: list[Integers] = []
        self._forget()

    def _forget(self) -> None:
        # Chunk number c is the words `_word[_starts[c]:_starts[c + 1]]`.
        self._chunks = ChunkInterner()
        self._word, self._marks, self._starts = array("i"), bytearray(), array("q", [0])

    def add(self, sentences: Sequence[str]) -> None:
        """Append the tokens of `sentences`."""
        split = [sentence.split() for sentence in sentences]
        counts = np.fromiter(map(len, split), np.int64, len(split))
        numbers = map(self._chunks.__getitem__, chain.from_iterable(split))
        chunk = np.fromiter(numbers, np.int32, int(counts.sum()))
        self._cut(self._chunks.uncut)
        self._chunks.uncut = []
        starts = np.frombuffer(self._starts, dtype=np.int64)
        first = starts[chunk]
        sizes = starts[chunk + 1] - first
        del starts  # An array that is viewed cannot grow.
        places = concatenated_ranges(first, sizes)
        self.word.append(np.frombuffer(self._word, dtype=np.int32)[places])
        self.marks.append(np.frombuffer(self._marks, dtype=np.uint8)[places])
        ends = offsets(sizes)[offsets(counts)]
        self.lengths.append(np.diff(ends).astype(np.int32))
        if len(self._chunks) > self._kept_chunks:
            self._forget()

    def _cut(self, chunks: Iterable[str]) -> None:
        """Cut chunks that were not met before into words."""
        before, forms = len(self._word), list[str]()
        for chunk in chunks:
            bare = chunk.strip(_PUNCTUATION)
            if bare.isascii() and bare.isalpha() and bare not in CAPITALS_MATTER:
                # Most chunks are one plain word, for which the pattern of words is not needed.
                forms.append(bare.lower())
                self._marks.append(CAPITAL if bare[0].isupper() else 0)
            else:
                for word in words(chunk):
                    forms.append(word.form)
                    capital = chunk[word.start].isupper()
                    self._marks.append(JOINED * word.joined | CAPITAL * capital)
            self._starts.append(before + len(forms))
        self._word.extend(map(self._words.__getitem__, forms))


def tokenise(
    table: PassageTable, *, batch_letters: int = BATCH_LETTERS, kept_chunks: int = KEPT_CHUNKS
) -> Tokens:
    """The tokens of the passages of `table`."""
    interner = StringInterner()
    tokeniser = Tokeniser(interner, kept_chunks)
    batch, letters = list[str](), 0
    for sentence in _sentences(table):
        batch.append(sentence)
        letters += len(sentence)
        if letters > batch_letters:
            tokeniser.add(batch)
            batch, letters = [], 0
    tokeniser.add(batch)
    above, above_starts, heading = _headings(table, interner)
    vocabulary, number = interner.vocabulary()
    return Tokens(
        vocabulary=vocabulary,
        word=number[np.concatenate(tokeniser.word)],
        marks=np.concatenate(tokeniser.marks),
        starts=offsets(np.concatenate(tokeniser.lengths)),
        sentences=np.array(table.columns.sentences, dtype=np.int64),
        above=number[np.array(above, dtype=np.int32)],
        above_starts=np.array(above_starts, dtype=np.int64),
        heading=np.array(heading, dtype=np.int32),
        acronyms=tuple(_acronyms(table)),
    )


def _sentences(table: PassageTable) -> Iterator[str]:
    columns = table.columns
    for number, document in enumerate(table.documents):
        text, passages = document.text, table.range_of(number)
        some = slice(columns.sentences[passages.start], columns.sentences[passages.stop])
        spans = zip(columns.sentence_start[some], columns.sentence_end[some], strict=True)
        for start, end in spans:
            # Without the full stop the last word is a chunk that occurs elsewhere as well.
            yield text[start:end].rstrip(_SENTENCE_ENDS)


def _headings(table: PassageTable, interner: StringInterner) -> tuple[array[int], ...]:
    """The columns `above`, `above_starts` and `heading` of the tokens."""
    above, above_starts, heading = array("i"), array("q", [0]), array("i")
    for number, document in enumerate(table.documents):
        passages = table.range_of(number)
        # By text and by number, since two numbers may stand for the same headings.
        by_text: dict[tuple[str, ...], int] = {}
        by_number: dict[int, int] = {}
        for line in table.columns.heading[passages.start : passages.stop]:
            place = by_number.get(line)
            if place is None:
                lines = (document.source.title, *table.headings[line])
                if lines not in by_text:
                    by_text[lines] = len(above_starts) - 1
                    above.extend(interner[word.form] for each in lines for word in words(each))
                    above_starts.append(len(above))
                place = by_number[line] = by_text[lines]
            heading.append(place)
    return above, above_starts, heading


def _acronyms(table: PassageTable) -> Iterator[tuple[int, str, str]]:
    columns = table.columns
    for number, document in enumerate(table.documents):
        text = document.text
        if "(" in text or "[" in text:
            for passage in table.range_of(number):
                whole = text[columns.start[passage] : columns.end[passage]]
                yield from ((passage, *acronym) for acronym in explained_acronyms(whole))


@dataclass(frozen=True, slots=True)
class PassageRange:
    """Passages `first` to `last` (exclusive) of some tokens, those of whole documents.

    `new_numbers` maps the numbers of words; None leaves them.
    """

    tokens: Tokens
    first: int
    last: int
    new_numbers: Integers | None = None


def join(ranges: Sequence[PassageRange], vocabulary: Vocabulary) -> Tokens:
    """The passages of all ranges in order, as reading them from one table gives."""
    word, marks, lengths, counts, heading = [], [], [], [], []
    above, above_lengths, acronyms = [], [], []
    headings = passages = 0
    for each in ranges:
        if each.first == each.last:
            continue
        tokens, rows = each.tokens, slice(each.first, each.last)
        a, b = (int(tokens.sentences[place]) for place in (each.first, each.last))
        start, end = int(tokens.starts[a]), int(tokens.starts[b])
        word.append((tokens.word[start:end], each.new_numbers))
        marks.append(tokens.marks[start:end])
        lengths.append(np.diff(tokens.starts[a : b + 1]))
        counts.append(np.diff(tokens.sentences[each.first : each.last + 1]))
        # Each document has headings of its own, so those of the range are one piece.
        top = int(tokens.heading[each.first])
        is_last = each.last == tokens.passages
        bottom = len(tokens.above_starts) - 1 if is_last else int(tokens.heading[each.last])
        start, end = int(tokens.above_starts[top]), int(tokens.above_starts[bottom])
        above.append((tokens.above[start:end], each.new_numbers))
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
        word=_renumber(word),
        marks=_concatenate(marks, np.uint8),
        starts=offsets(_concatenate(lengths, np.int64)),
        sentences=offsets(_concatenate(counts, np.int64)),
        above=_renumber(above),
        above_starts=offsets(_concatenate(above_lengths, np.int64)),
        heading=_concatenate(heading, np.int32),
        acronyms=tuple(acronyms),
    )


def select(tokens: Tokens, ranges: Iterable[tuple[int, int]]) -> tuple[Tokens, Integers]:
    """The passages in `ranges` (of whole documents) alone, and the old number of each word."""
    whole = join([PassageRange(tokens, *each) for each in ranges], tokens.vocabulary)
    stays = np.zeros(len(tokens.words), dtype=np.bool_)
    stays[whole.word] = True
    stays[whole.above] = True
    old_numbers = np.flatnonzero(stays).astype(np.int32)
    number = np.cumsum(stays, dtype=np.int32) - np.int32(1)
    vocabulary = Vocabulary(tokens.words[place] for place in old_numbers.tolist())
    word, above = number[whole.word], number[whole.above]
    return replace(whole, vocabulary=vocabulary, word=word, above=above), old_numbers


def _renumber(parts: Sequence[tuple[Integers, Integers | None]]) -> Integers:
    """The parts in order, each mapped to its new numbers."""
    whole = _concatenate([numbers for numbers, _ in parts], np.int32)
    start = 0
    for numbers, new_numbers in parts:
        end = start + len(numbers)
        if new_numbers is not None:
            map_numbers_in_place(whole[start:end], new_numbers)
        start = end
    return whole


def _concatenate(parts: Sequence[npt.NDArray[Any]], kind: type[Number]) -> npt.NDArray[Number]:
    return np.concatenate([np.zeros(0, dtype=kind), *parts], dtype=kind)
