"""Terms to the passages that hold them, and what each adds to a passage's score.

Everything here is arithmetic on whole arrays: counting, sorting by counting, and products
of sparse matrices. rank_bm25's constructor wants a list of terms a passage, which takes
minutes and gigabytes for character n-grams; the same counts are made here from the tokens,
and a test holds the scores to those of the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.retrieval.analysis import uncached_grams
from bot.retrieval.tokens import (
    JOINED,
    Integers,
    Numbers,
    Offsets,
    Tokens,
    offsets,
    order_of,
    spread,
)

Floats = npt.NDArray[np.float32]

_AT_ONCE = 2_000_000
"""Postings that are weighed at once: bounds what building needs beside its result."""

_PASSAGES = 8_192
"""Passages whose n-grams are counted at once."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each passage holds each term.

    Term `t` stands in `passages[starts[t]:starts[t + 1]]`, ascending; `often` has its count
    in each of them.
    """

    starts: Offsets
    passages: Integers
    often: Floats

    @classmethod
    def of(cls, table: sparse.csr_array) -> Counts:
        """The counts in a matrix of a row a term and a column a passage."""
        return cls(table.indptr.astype(np.int64), table.indices, table.data)


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms to passages, and what each adds to the score of each.

    Term `t` stands in `passages[starts[t]:starts[t + 1]]`, ascending; `gains` is what it adds
    before its idf: tf (k1 + 1) / (tf + norm of the passage).
    """

    starts: npt.NDArray[np.int32] | Offsets
    passages: Integers
    gains: Floats

    @classmethod
    def of(cls, counts: Counts, norm: npt.NDArray[np.float64], k1: float) -> Postings:
        """The postings of `counts`, whose own array takes the gains."""
        gains = counts.often
        for start in range(0, len(gains), _AT_ONCE):
            part = slice(start, min(start + _AT_ONCE, len(gains)))
            tf = gains[part].astype(np.float64)
            gains[part] = tf * (k1 + 1) / (tf + norm[counts.passages[part]])
        starts = counts.starts
        small = len(gains) < np.iinfo(np.int32).max
        return cls(starts.astype(np.int32) if small else starts, counts.passages, gains)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def frequency(self, term: int) -> int:
        """The number of passages that hold a term."""
        return int(self.starts[term + 1]) - int(self.starts[term])

    def of_term(self, term: int) -> tuple[Integers, Floats]:
        """The passages that hold a term, and what it adds to each."""
        part = slice(self.starts.item(term), self.starts.item(term + 1))
        return self.passages[part], self.gains[part]

    def gains_at(self, term: int, passages: Integers) -> Floats:
        """What a term adds to each of `passages`; 0 where it is not."""
        here, gains = self.of_term(term)
        if not len(here):
            return np.zeros(len(passages), dtype=np.float32)
        place = np.minimum(np.searchsorted(here, passages), len(here) - 1)
        return np.where(here[place] == passages, gains[place], np.float32(0))


@dataclass(frozen=True, eq=False)
class Pieces:
    """The character n-grams of a vocabulary, both ways.

    N-gram `g` is in the words `words[word_starts[g]:word_starts[g + 1]]`, word `w` has the
    n-grams `grams[gram_starts[w]:gram_starts[w + 1]]`; `numbers` names them.
    """

    numbers: dict[str, int]
    grams: Integers
    gram_starts: Offsets
    words: Integers
    word_starts: Offsets

    @classmethod
    def of(cls, words: Sequence[str]) -> Pieces:
        """The n-grams of `words`."""
        numbers = Numbers()
        grams, sizes = _numbered(words, numbers)
        return cls.turned(dict(numbers), grams, offsets(sizes))

    @classmethod
    def updated(
        cls, before: Pieces, words: Sequence[str], origin: Integers
    ) -> tuple[Pieces, Integers]:
        """The n-grams of `words`, which had the numbers `origin` in what was `before`.

        Numbers beyond those are new words. With it comes the number that each n-gram had;
        beyond those of before, for one that is new.
        """
        known = origin < len(before.gram_starts) - 1
        numbers = Numbers(before.numbers)
        fresh = np.flatnonzero(~known)
        new, new_sizes = _numbered([words[place] for place in fresh.tolist()], numbers)
        sizes = np.zeros(len(words), dtype=np.int64)
        sizes[known] = before.sizes[origin[known]]
        sizes[fresh] = new_sizes
        starts = offsets(sizes)
        grams = np.zeros(int(starts[-1]), dtype=np.int32)
        taken = spread(before.gram_starts[origin[known]], sizes[known])
        grams[spread(starts[:-1][known], sizes[known])] = before.grams[taken]
        grams[spread(starts[fresh], sizes[fresh])] = new
        order = order_of(grams, len(numbers))
        number = np.zeros(len(numbers), dtype=np.int32)
        number[order] = np.arange(len(order), dtype=np.int32)
        names = list(numbers)
        kept = {names[old]: place for place, old in enumerate(order.tolist())}
        return cls.turned(kept, number[grams], starts), order

    @classmethod
    def turned(cls, numbers: dict[str, int], grams: Integers, starts: Offsets) -> Pieces:
        """The n-grams of each word, with the words of each n-gram made of them."""
        word = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
        ones = np.ones(len(grams), dtype=np.int8)
        table = sparse.csr_array((ones, (grams, word)), shape=(len(numbers), len(starts) - 1))
        return cls(numbers, grams, starts, table.indices, table.indptr.astype(np.int64))

    @cached_property
    def sizes(self) -> Integers:
        """How many n-grams each word has."""
        return np.diff(self.gram_starts).astype(np.int32)

    def counts(self, words: sparse.csr_array) -> Counts:
        """How often each passage holds each n-gram, from how often it holds each word."""
        ones = np.ones(len(self.words), dtype=np.float32)
        shape = (len(self.numbers), len(self.gram_starts) - 1)
        table = sparse.csr_array((ones, self.words, self.word_starts), shape=shape)
        return Counts.of(sparse.csr_array(table @ words))

    def frequencies(self, words: sparse.csr_array) -> Integers:
        """In how many passages each n-gram stands, some passages at a time.

        Passage by passage, since all n-grams fit where numbers are fetched fast, and all
        passages do not: twice as fast as the other way round.
        """
        ones = np.ones(len(self.grams), dtype=np.float32)
        shape = (len(self.gram_starts) - 1, len(self.numbers))
        table = sparse.csr_array((ones, self.grams, self.gram_starts), shape=shape)
        passages = sparse.csr_array(words.T)
        found = np.zeros(len(self.numbers), dtype=np.int64)
        for first in range(0, passages.shape[0], _PASSAGES):
            held = sparse.csr_array(passages[first : first + _PASSAGES] @ table)
            found += np.bincount(held.indices, minlength=len(found))
        return found.astype(np.int32)


def _numbered(words: Sequence[str], numbers: Numbers) -> tuple[Integers, npt.NDArray[np.int64]]:
    """The n-grams of `words` one after the other, new ones added to `numbers`; how many each."""
    found = [uncached_grams(form) for form in words]
    sizes = np.asarray([len(each) for each in found], dtype=np.int64)
    numbered = map(numbers.__getitem__, chain.from_iterable(found))
    return np.fromiter(numbered, dtype=np.int32, count=int(sizes.sum())), sizes


def word_counts(tokens: Tokens) -> sparse.csr_array:
    """How often each passage, with what stands above it, holds each word."""
    shape = (len(tokens.words), tokens.passages)

    def table(word: Integers, sizes: npt.NDArray[np.int64]) -> sparse.csr_array:
        passage = np.repeat(np.arange(tokens.passages, dtype=np.int32), sizes)
        ones = np.ones(len(word), dtype=np.float32)
        return sparse.csr_array((ones, (word, passage)), shape=shape)

    above = np.diff(tokens.above_starts)[tokens.heading]
    found = table(tokens.word, np.diff(tokens.passage_starts))
    if above.any():
        found = sparse.csr_array(found + table(tokens.above_words(), above))
    return found


def lengths(tokens: Tokens, pieces: Pieces) -> npt.NDArray[np.int64]:
    """How many terms each passage has, repeated ones each time: words, n-grams, pairs."""
    worth = (1 + pieces.sizes).astype(np.int32)
    plain = tokens.marks & JOINED == 0
    own = _summed(worth[tokens.word] + plain, tokens.passage_starts)
    pairs = np.minimum(_summed(plain.astype(np.int32), tokens.passage_starts), 1)
    above = _summed(worth[tokens.above], tokens.above_starts)
    return own - pairs + above[tokens.heading]


def _summed(values: Integers, starts: Offsets) -> npt.NDArray[np.int64]:
    """The sum of each stretch of `values`; 0 for an empty one."""
    sums = np.zeros(len(starts) - 1, dtype=np.int64)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        sums[filled] = np.add.reduceat(values, starts[filled], dtype=np.int64)
    return sums


def pair_counts(tokens: Tokens) -> tuple[Offsets, Counts]:
    """The pairs of words that stand next to each other within a passage, and their counts.

    A pair's code is the number of the first word times 2^32 plus that of the second; codes
    ascend. Sorted by counting, second words first: that is linear in the length of the text.
    """
    sizes = np.diff(tokens.passage_starts)
    passage = np.repeat(np.arange(tokens.passages, dtype=np.int32), sizes)
    word, joined = tokens.word, tokens.marks & JOINED != 0
    if joined.any():
        word, passage = word[~joined], passage[~joined]
    beside = np.flatnonzero(passage[1:] == passage[:-1]).astype(np.int32)
    order = _by(word[beside + 1], beside, len(tokens.words))
    order = _by(word[order], order, len(tokens.words))
    codes = word[order].astype(np.int64) << 32 | word[order + 1]
    passage = passage[order]
    new = np.ones(len(codes), dtype=np.bool_)
    new[1:] = (codes[1:] != codes[:-1]) | (passage[1:] != passage[:-1])
    first = np.flatnonzero(new)
    often = np.diff(np.append(first, len(codes))).astype(np.float32)
    codes, passage = codes[first], passage[first]
    begins = np.ones(len(codes), dtype=np.bool_)
    begins[1:] = codes[1:] != codes[:-1]
    starts = np.append(np.flatnonzero(begins), len(codes)).astype(np.int64)
    return codes[begins], Counts(starts, passage, often)


def _by(key: Integers, values: Integers, keys: int) -> Integers:
    """`values` in the order of their keys, those of one key as they were."""
    place = np.arange(len(key), dtype=np.int32)
    shape = (keys, max(len(key), 1))
    table = sparse.csr_array((np.ones(len(key), dtype=np.int8), (key, place)), shape=shape)
    return values[table.indices]


def best_of(scores: Floats, count: int) -> tuple[Integers, Floats]:
    """The `count` best of `scores` above 0 with their places, ties by place.

    The scores are laid out in columns. No passage below the count-th best of the columns'
    maxima can be among the best: a column's maximum is one passage at least. So only the
    few columns that reach it are looked into, and ties are all among what they hold.
    """
    columns = len(scores) // _ROWS
    if columns > count:
        laid = scores[: columns * _ROWS].reshape(_ROWS, columns)
        maxima = laid.max(axis=0)
        bound = max(np.partition(maxima, columns - count)[columns - count], _LEAST)
        reaching = np.flatnonzero(maxima >= bound)
        row, column = np.nonzero(laid[:, reaching] >= bound)
        rest = np.flatnonzero(scores[columns * _ROWS :] >= bound) + columns * _ROWS
        chosen = np.concatenate([row * columns + reaching[column], rest])
    else:
        chosen = np.flatnonzero(scores > 0)
    worth = scores[chosen]
    order = np.lexsort((chosen, -worth))[:count]
    return chosen[order].astype(np.int32), worth[order]


_ROWS = 128
_LEAST = np.finfo(np.float32).tiny
