"""The counts of a corpus, and the arrays of an index that are made of them.

rank_bm25's constructor wants a list of terms for each passage, which takes minutes and
gigabytes for character n-grams. The same counts are made here by sorting and multiplying
whole arrays of tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from bot.retrieval.shard.arrays import (
    Flags,
    Floats,
    Integers,
    Offsets,
    offsets,
    run_starts,
    smallest,
)
from bot.retrieval.shard.bm25 import Bm25, gains
from bot.retrieval.shard.ngrams import NGrams
from bot.retrieval.shard.postings import TermCounts
from bot.retrieval.shard.spelling import SpellingTables
from bot.retrieval.shard.tokens import CAPITAL, JOINED, Tokens


@dataclass(frozen=True, slots=True)
class CorpusCounts:
    """The counts of all terms of a corpus.

    `lengths` has each passage's number of terms. `grams` are the counts of n-grams, None where
    those would be too many; `gram_frequencies` are their document frequencies all the same.
    A pair's code is the number of its first word times 2^32 plus that of the second; codes
    ascend. `capitalised` counts the tokens of each word with a capital, `uncapitalised` the
    others.
    """

    tokens: Tokens
    ngrams: NGrams
    lengths: Offsets
    words: TermCounts
    grams: TermCounts | None
    gram_frequencies: Integers
    pair_codes: Offsets
    pairs: TermCounts
    spelling: SpellingTables
    capitalised: Integers
    uncapitalised: Integers

    @property
    def names(self) -> Flags:
        """Which words passages write with a capital wherever they stand."""
        return names_among(self.capitalised, self.uncapitalised)


@dataclass(frozen=True, slots=True)
class IndexArrays:
    """The arrays of an index that are costly to make, and that a snapshot stores.

    They are the counts of a corpus, and the gain of each posting (`bm25.gains`).
    """

    counts: CorpusCounts
    word_gains: Floats
    pair_gains: Floats
    gram_gains: Floats | None = None

    @classmethod
    def of(cls, counts: CorpusCounts) -> IndexArrays:
        """The counts, with gains."""
        norm = Bm25.of(counts.lengths).length_norm(counts.lengths)

        def gains_of(term_counts: TermCounts) -> Floats:
            return gains(term_counts.passages, term_counts.frequencies, norm)

        grams = None if counts.grams is None else gains_of(counts.grams)
        return cls(counts, gains_of(counts.words), gains_of(counts.pairs), grams)


def names_among(capitalised: Integers, uncapitalised: Integers) -> Flags:
    """Which words stand somewhere with a capital, and nowhere without."""
    return np.asarray((uncapitalised == 0) & (capitalised > 0))


def count_terms(
    tokens: Tokens,
    ngrams: NGrams | None = None,
    spelling: Callable[[Flags], SpellingTables] | None = None,
    *,
    holds_grams: bool,
) -> CorpusCounts:
    """The counts of a corpus.

    A caller that has the n-grams of the words gives them as `ngrams`; one that can make the
    spelling tables from those of another index, given which words are names, as `spelling`.
    """
    ngrams = NGrams.of(tokens.words) if ngrams is None else ngrams
    words = word_counts(tokens)
    grams = ngrams.counts(words) if holds_grams else None
    codes, pairs = pair_counts(tokens)
    is_capital = tokens.marks & CAPITAL != 0
    size = len(tokens.words)
    capitalised = np.bincount(tokens.word[is_capital], minlength=size).astype(np.int32)
    uncapitalised = np.bincount(tokens.word[~is_capital], minlength=size).astype(np.int32)
    names = names_among(capitalised, uncapitalised)
    return CorpusCounts(
        tokens=tokens,
        ngrams=ngrams,
        lengths=passage_lengths(tokens, ngrams),
        words=TermCounts.of_matrix(words),
        grams=grams,
        gram_frequencies=ngrams.document_frequencies(words)
        if grams is None
        else grams.document_frequencies(),
        pair_codes=codes,
        pairs=pairs,
        spelling=SpellingTables.of(tokens.words, names) if spelling is None else spelling(names),
        capitalised=capitalised,
        uncapitalised=uncapitalised,
    )


def word_counts(tokens: Tokens) -> sparse.csr_array:
    """How often each passage, with its title and headings, holds each word: a row a word."""
    shape = (len(tokens.words), tokens.passages)

    def matrix(word: Integers, sizes: Offsets) -> sparse.csr_array:
        passage = np.repeat(np.arange(tokens.passages, dtype=np.int32), sizes)
        ones = np.ones(len(word), dtype=np.float32)
        return sparse.csr_array((ones, (word, passage)), shape=shape)

    above = np.diff(tokens.above_starts)[tokens.heading]
    counts = matrix(tokens.word, np.diff(tokens.passage_starts))
    if above.any():
        counts = sparse.csr_array(counts + matrix(tokens.above_words(), above))
    return counts


def passage_lengths(tokens: Tokens, ngrams: NGrams) -> Offsets:
    """The number of words, n-grams and pairs of each passage, repeated ones each time."""
    terms = (1 + ngrams.sizes).astype(np.int32)
    plain = tokens.marks & JOINED == 0
    own = _segment_sums(terms[tokens.word] + plain, tokens.passage_starts)
    # A passage of n plain words has n - 1 pairs.
    own -= np.minimum(_segment_sums(plain.astype(np.int32), tokens.passage_starts), 1)
    above = _segment_sums(terms[tokens.above], tokens.above_starts)
    return own + above[tokens.heading]


def _segment_sums(values: Integers, starts: Offsets) -> Offsets:
    """The sum of each segment of `values`; 0 for an empty one."""
    sums = np.zeros(len(starts) - 1, dtype=np.int64)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        sums[filled] = np.add.reduceat(values, starts[filled], dtype=np.int64)
    return sums


def pair_counts(tokens: Tokens) -> tuple[Offsets, TermCounts]:
    """The codes of the pairs of neighbouring words within a passage, and their counts.

    The passage "rain and rain and sun" with and, rain, sun numbered 0 to 2 has the pairs
    1-0, 0-1, 1-0, 0-2. Sorted and counted those are the codes 0 << 32 | 1, 0 << 32 | 2 and
    1 << 32 | 0 with the frequencies 1, 1, 2.
    """
    first, second, sizes = _neighbours(tokens)
    codes = first.astype(np.int64) << 32 | second
    # A stable sort leaves the passages of a pair in ascending order.
    order = np.argsort(codes, kind="stable")
    codes = codes[order]
    passages = np.repeat(np.arange(tokens.passages, dtype=np.int32), sizes)[order]
    is_new_pair = run_starts(codes)
    is_new = is_new_pair | run_starts(passages)
    frequencies = smallest(np.diff(np.flatnonzero(np.append(is_new, True))))
    passages = passages[is_new]
    starts = np.append(np.flatnonzero(is_new_pair[is_new]), len(passages))
    return codes[is_new_pair], TermCounts.of(starts, passages, frequencies)


def _neighbours(tokens: Tokens) -> tuple[Integers, Integers, Offsets]:
    """The first and second words of all pairs, and how many pairs each passage has."""
    word, starts = tokens.word, tokens.passage_starts
    plain = tokens.marks & JOINED == 0
    if not plain.all():
        word, starts = word[plain], offsets(plain)[starts]
    sizes = np.diff(starts)
    has_next = np.ones(len(word), dtype=np.bool_)
    has_next[starts[1:][sizes > 0] - 1] = False
    return word[has_next], word[1:][has_next[:-1]], np.maximum(sizes - 1, 0)
