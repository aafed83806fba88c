"""The tokens of a shard: its words as numbers, in the order of its texts.

Splitting texts into words takes most of the time of building an index; the rest is arithmetic
on arrays.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from bot.core.passages import PassageTable
from bot.retrieval.shard.arrays import Integers, Offsets, concatenated_ranges, offsets
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
    """Every passage's words in order, as numbers of the shard's vocabulary.

    The tokens of sentence `s` are `word[starts[s]:starts[s + 1]]`, the sentences of passage
    `p` those numbered `sentences[p]` to `sentences[p + 1]`; `marks` has a token's bits.
    The title and headings above passage `p` are
    `above[above_starts[h]:above_starts[h + 1]]` with `h = heading[p]`. No two documents
    share a heading.

    The passages "Rain. Sun and rain." and "Wind", without titles, with the words and, rain,
    sun, wind numbered 0 to 3: `word` is 1, 2, 0, 1, 3, `starts` 0, 1, 4, 5 and `sentences`
    0, 2, 3.
    """

    word: Integers
    marks: npt.NDArray[np.uint8]
    starts: Offsets
    sentences: Offsets
    above: Integers
    above_starts: Offsets
    heading: Integers

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


@dataclass(frozen=True, eq=False)
class TokenisedPassages:
    """The tokens of some passages, the vocabulary that numbers them, and its words in order."""

    tokens: Tokens
    vocabulary: Vocabulary
    words: tuple[str, ...]


def tokenise(
    table: PassageTable, *, batch_letters: int = BATCH_LETTERS, kept_chunks: int = KEPT_CHUNKS
) -> TokenisedPassages:
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
    strings = tuple(interner)
    vocabulary, number = Vocabulary.of(strings)
    tokens = Tokens(
        word=number[np.concatenate(tokeniser.word)],
        marks=np.concatenate(tokeniser.marks),
        starts=offsets(np.concatenate(tokeniser.lengths)),
        sentences=np.array(table.columns.sentences, dtype=np.int64),
        above=number[np.array(above, dtype=np.int32)],
        above_starts=np.array(above_starts, dtype=np.int64),
        heading=np.array(heading, dtype=np.int32),
    )
    first = np.unique(number, return_index=True)[1]
    words = tuple(strings[place] for place in first.tolist())
    return TokenisedPassages(tokens, vocabulary, words)


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
    columns = table.columns
    for number, document in enumerate(table.documents):
        passages = table.range_of(number)
        # By text and by number, since two numbers may stand for the same headings.
        by_text: dict[tuple[str, ...], int] = {}
        by_number: dict[tuple[int, int], int] = {}
        rows = slice(passages.start, passages.stop)
        for line in zip(columns.heading[rows], columns.context[rows], strict=True):
            place = by_number.get(line)
            if place is None:
                path, context = table.headings[line[0]], table.contexts[line[1]]
                texts = (span.of(document.text) for span in context)
                lines = (document.source.title, *path, *texts)
                if lines not in by_text:
                    by_text[lines] = len(above_starts) - 1
                    above.extend(interner[word.form] for each in lines for word in words(each))
                    above_starts.append(len(above))
                place = by_number[line] = by_text[lines]
            heading.append(place)
    return above, above_starts, heading


def acronyms(table: PassageTable) -> Iterator[tuple[str, str]]:
    """The acronyms that the passages of `table` explain, each with its phrase."""
    columns = table.columns
    for number, document in enumerate(table.documents):
        text = document.text
        if "(" in text or "[" in text:
            for passage in table.range_of(number):
                yield from explained_acronyms(text[columns.start[passage] : columns.end[passage]])
