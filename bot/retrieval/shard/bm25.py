"""BM25's statistics of one scope: the only importer of rank_bm25.

The parameters k1 and b are those of `BM25Okapi`. The idf is Lucene's, which is never negative:
the package's own is zero for a term in half of the passages and negative beyond. The package's
loop over all passages is replaced by postings (`postings`); a test holds the scores to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi

from bot.retrieval.shard.arrays import Doubles, Floats, Frequencies, Integers, Offsets

# The package divides by the number of terms, so its corpus must not be empty.
_OKAPI = BM25Okapi([["-"]])
K1, B = float(_OKAPI.k1), float(_OKAPI.b)

_PART = 1 << 16
"""Postings whose gains are computed at once."""


@dataclass(frozen=True, slots=True)
class Bm25:
    """The number of passages of a scope, and their average length in terms."""

    passages: int
    average_length: float

    @classmethod
    def of(cls, lengths: Offsets) -> Bm25:
        """The statistics of passages of these lengths."""
        terms = int(lengths.sum())
        return cls(len(lengths), terms / len(lengths) if terms else 1.0)

    def idf(self, document_frequency: npt.NDArray[np.integer[Any]]) -> Doubles:
        """The weight of terms that so many passages hold: ln(1 + (N - df + 0.5) / (df + 0.5))."""
        df = document_frequency
        return np.asarray(np.log(1 + (self.passages - df + 0.5) / (df + 0.5)))

    def length_norm(self, lengths: Offsets) -> Floats:
        """BM25's denominator beside the term frequency: k1 (1 - b + b length / average)."""
        norm = K1 * (1 - B + B * lengths / self.average_length)
        return norm.astype(np.float32)


def gains(passages: Integers, term_frequencies: Frequencies, norm: Floats) -> Floats:
    """A posting's score without the idf: tf (k1 + 1) / (tf + norm of its passage).

    `norm` has one entry a passage of the shard.
    """
    tf = term_frequencies.astype(np.float32)
    denominator = norm.take(passages)
    denominator += tf
    tf *= np.float32(K1 + 1)
    tf /= denominator
    return tf


def all_gains(passages: Integers, term_frequencies: Frequencies, norm: Floats) -> Floats:
    """As `gains`, for very many postings: in parts, so that little memory is needed besides."""
    made = np.empty(len(passages), dtype=np.float32)
    for first in range(0, len(made), _PART):
        part = slice(first, first + _PART)
        made[part] = gains(passages[part], term_frequencies[part], norm)
    return made
