"""Postings: for each term the passages that hold it, and its gain in the score of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from bot.retrieval.shard.arrays import Floats, Frequencies, Integers, Offsets, smallest

PostingList = tuple[Integers, Floats]
"""The passages that hold a term, ascending, and the term's gain in each."""


@dataclass(frozen=True, slots=True)
class TermCounts:
    """How often each passage holds each term.

    Term `t` is in the passages `passages[starts[t]:starts[t + 1]]`, which ascend;
    `frequencies` has its term frequency in each, in as few bytes as the largest needs. The
    passages "rain, rain", "sun", "rain and sun" and the terms and, rain, sun make `starts`
    0, 1, 3, 5, `passages` 2, 0, 2, 1, 2 and `frequencies` 1, 2, 1, 1, 1.
    """

    starts: Integers | Offsets
    passages: Integers
    frequencies: Frequencies

    @classmethod
    def of(cls, starts: Offsets, passages: Integers, frequencies: Frequencies) -> TermCounts:
        """The counts, with `starts` in 32 bits where they fit."""
        if len(passages) < np.iinfo(np.int32).max:
            return cls(starts.astype(np.int32), passages, frequencies)
        return cls(starts, passages, frequencies)

    @classmethod
    def of_matrix(cls, matrix: sparse.csr_array) -> TermCounts:
        """The counts in a matrix with a row for each term and a column for each passage."""
        matrix.sort_indices()
        passages = matrix.indices.astype(np.int32, copy=False)
        return cls.of(matrix.indptr.astype(np.int64), passages, smallest(matrix.data))

    def document_frequencies(self) -> Integers:
        """The number of passages that hold each term."""
        return np.diff(self.starts).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Postings:
    """Term counts with the gain of each: its BM25 score without the idf (`bm25.gains`)."""

    counts: TermCounts
    gains: Floats

    def of_term(self, term: int) -> PostingList:
        """The postings of a term."""
        starts = self.counts.starts
        part = slice(starts.item(term), starts.item(term + 1))
        return self.counts.passages[part], self.gains[part]

    def gains_at(self, term: int, passages: Integers) -> Floats:
        """A term's gain in each of `passages`; 0 in those that do not hold it."""
        here, gains = self.of_term(term)
        if not len(here):
            return np.zeros(len(passages), dtype=np.float32)
        place = np.minimum(np.searchsorted(here, passages), len(here) - 1)
        return np.where(here[place] == passages, gains[place], np.float32(0))


def weighted_sum(lists: Sequence[PostingList], weights: Sequence[float], size: int) -> Floats:
    """The sum of postings, each times its weight, in an array of `size` passages.

    Lists are added in their order, in float32. They are the columns of a sparse matrix; its
    product with the weights takes two thirds of the time of `np.add.at` for 360,000 postings.
    """
    if not lists:
        return np.zeros(size, dtype=np.float32)
    ends = np.cumsum([0, *(len(gains) for _, gains in lists)], dtype=np.int32)
    passages = np.concatenate([passages for passages, _ in lists])
    gains = np.concatenate([gains for _, gains in lists])
    columns = sparse.csc_array((gains, passages, ends), shape=(size, len(lists)))
    return np.asarray(columns @ np.array(weights, dtype=np.float32))
