"""The counts of a shard's terms: postings of words and pairs, lengths, capitals.

rank_bm25's constructor wants a list of terms for each passage, which takes minutes and
gigabytes for character n-grams. The same counts are made here by sorting and multiplying
whole arrays of tokens.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from bot.retrieval.shard.arrays import (
    Flags,
    Integers,
    Offsets,
    offsets,
    run_starts,
    smallest,
)
from bot.retrieval.shard.ngrams import NGrams
from bot.retrieval.shard.postings import Postings
from bot.retrieval.shard.shard import WITH_CAPITAL, WITHOUT_CAPITAL, Cases
from bot.retrieval.shard.tokens import CAPITAL, JOINED, Tokens

_PASSAGES = 8_192
"""Passages whose n-grams are counted at once: bounds the memory that this needs."""


def word_counts(tokens: Tokens, words: int) -> sparse.csr_array:
    """How often each passage, with its title and headings, holds each word: a row a word."""
    shape = (words, tokens.passages)

    def matrix(word: Integers, sizes: Offsets) -> sparse.csr_array:
        passage = np.repeat(np.arange(tokens.passages, dtype=np.int32), sizes)
        ones = np.ones(len(word), dtype=np.float32)
        return sparse.csr_array((ones, (word, passage)), shape=shape)

    above = np.diff(tokens.above_starts)[tokens.heading]
    counts = matrix(tokens.word, np.diff(tokens.passage_starts))
    if above.any():
        counts = sparse.csr_array(counts + matrix(tokens.above_words(), above))
    return counts


def word_case(tokens: Tokens, words: int) -> Cases:
    """Whether each word stands with a capital, and without one, in the passages' sentences."""
    is_capital = tokens.marks & CAPITAL != 0

    def bit(chosen: Flags, value: int) -> Cases:
        found = np.bincount(tokens.word[chosen], minlength=words) > 0
        return found.astype(np.uint8) * np.uint8(value)

    return bit(is_capital, WITH_CAPITAL) | bit(~is_capital, WITHOUT_CAPITAL)


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


def pair_postings(tokens: Tokens) -> tuple[Offsets, Postings]:
    """The codes of the pairs of neighbouring words within a passage, and their postings.

    The passage "rain and rain and sun" with and, rain, sun numbered 0 to 2 has the pairs
    1-0, 0-1, 1-0, 0-2. Sorted and counted those are the codes 0 << 32 | 1, 0 << 32 | 2 and
    1 << 32 | 0 with the frequencies 1, 1, 2.
    """
    first, second, sizes = _neighbours(tokens)
    # Sorting stably leaves the passages of a pair in ascending order.
    order = _stable_order(second)
    order = order[_stable_order(first[order])]
    codes = first[order].astype(np.int64) << 32 | second[order]
    passages = np.repeat(np.arange(tokens.passages, dtype=np.int32), sizes)[order]
    is_new_pair = run_starts(codes)
    is_new = is_new_pair | run_starts(passages)
    frequencies = smallest(np.diff(np.flatnonzero(np.append(is_new, True))))
    passages = passages[is_new]
    starts = np.append(np.flatnonzero(is_new_pair[is_new]), len(passages))
    return codes[is_new_pair], Postings(starts, passages, frequencies)


def _stable_order(numbers: Integers) -> Integers:
    """The order that sorts numbers from 0, stable: a counting sort, as the transpose of a matrix.

    NumPy compares what it sorts, which takes twice as long for the pairs of a large shard.
    """
    places = np.arange(len(numbers), dtype=np.int32)
    shape = (1, int(numbers.max(initial=0)) + 1)
    row = sparse.csr_array((places, numbers, np.array([0, len(numbers)])), shape=shape)
    order: Integers = row.tocsc().data
    return order


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


def gram_postings(ngrams: NGrams, words: sparse.csr_array) -> Postings:
    """How often each passage holds each n-gram, from how often it holds each word."""
    ones = np.ones(len(ngrams.words), dtype=np.float32)
    shape = (len(ngrams.word_starts) - 1, len(ngrams.sizes))
    table = sparse.csr_array((ones, ngrams.words, ngrams.word_starts), shape=shape)
    return postings_of(sparse.csr_array(table @ words))


def gram_frequencies(ngrams: NGrams, words: sparse.csr_array) -> Integers:
    """The number of passages that hold each n-gram, without making postings."""
    ones = np.ones(len(ngrams.grams), dtype=np.float32)
    shape = (len(ngrams.sizes), len(ngrams.word_starts) - 1)
    table = sparse.csr_array((ones, ngrams.grams, ngrams.gram_starts), shape=shape)
    # Row by row the counts of all n-grams stay in the cache; those of all passages do not.
    passages = sparse.csr_array(words.T)
    frequencies = np.zeros(shape[1], dtype=np.int64)
    for first in range(0, passages.shape[0], _PASSAGES):
        counts = sparse.csr_array(passages[first : first + _PASSAGES] @ table)
        frequencies += np.bincount(counts.indices, minlength=len(frequencies))
    return frequencies.astype(np.int32)


def postings_of(matrix: sparse.csr_array) -> Postings:
    """The counts in a matrix with a row for each term and a column for each passage."""
    matrix.sort_indices()
    passages = matrix.indices.astype(np.int32, copy=False)
    return Postings(matrix.indptr.astype(np.int64), passages, smallest(matrix.data))
