"""BM25's statistics of one corpus: the only importer of rank_bm25.

The parameters k1 and b are those of `BM25Okapi`. The idf is Lucene's, which is never negative:
the package's own is zero for a term in half of the passages and negative beyond. The package's
loop over all passages is replaced by postings (`index`); a test holds the scores to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi

from bot.retrieval.shard.arrays import Doubles, Floats, Frequencies, Integers, Offsets, map_numbers

# The package divides by the number of terms, so its corpus must not be empty.
_OKAPI = BM25Okapi([["-"]])
K1, B = float(_OKAPI.k1), float(_OKAPI.b)

_CHUNK = 2_000_000
"""Postings weighed at once: bounds the memory that is needed beside the result."""


@dataclass(frozen=True, slots=True)
class Bm25:
    """The number of passages of a corpus, and their average length in terms."""

    passages: int
    average_length: float

    @classmethod
    def of(cls, lengths: Offsets) -> Bm25:
        """The statistics of passages of these lengths."""
        return cls(len(lengths), float(lengths.mean()) if lengths.any() else 1.0)

    def idf(self, document_frequency: npt.NDArray[np.integer]) -> Doubles:
        """The weight of terms that so many passages hold: ln(1 + (N - df + 0.5) / (df + 0.5))."""
        df = document_frequency
        return np.asarray(np.log(1 + (self.passages - df + 0.5) / (df + 0.5)))

    def length_norm(self, lengths: Offsets) -> Doubles:
        """BM25's denominator beside the term frequency: k1 (1 - b + b length / average)."""
        return np.asarray(K1 * (1 - B + B * lengths / self.average_length), dtype=np.float64)


def gains(passages: Integers, term_frequencies: Frequencies, norm: Doubles) -> Floats:
    """A posting's score without the idf: tf (k1 + 1) / (tf + norm of its passage).

    `norm` has one entry a passage of the corpus.
    """
    # Most terms stand once in a passage, where one value serves all of the passage's terms.
    once: Floats = ((K1 + 1) / (1.0 + norm)).astype(np.float32)
    gained = map_numbers(passages, once)
    for start in range(0, len(term_frequencies), _CHUNK):
        more = np.flatnonzero(term_frequencies[start : start + _CHUNK] != 1) + start
        tf = term_frequencies[more].astype(np.float64)
        gained[more] = tf * (K1 + 1) / (tf + norm[passages[more]])
    return gained
