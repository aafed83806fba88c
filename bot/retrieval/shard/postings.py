"""Postings: for each term the passages that hold it, and how often each of them does.

Scores are not stored: they depend on the passages of all shards in a scope (`index`).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.retrieval.shard.arrays import Frequencies, Integers, Offsets


@dataclass(frozen=True, slots=True)
class Postings:
    """How often each passage holds each term.

    Term `t` is in the passages `passages[starts[t]:starts[t + 1]]`, which ascend;
    `frequencies` has its term frequency in each, in as few bytes as the largest needs. The
    passages "rain, rain", "sun", "rain and sun" and the terms and, rain, sun make `starts`
    0, 1, 3, 5, `passages` 2, 0, 2, 1, 2 and `frequencies` 1, 2, 1, 1, 1.
    """

    starts: Offsets
    passages: Integers
    frequencies: Frequencies

    def stretch(self, term: int) -> slice:
        """The place of a term's postings in `passages` and `frequencies`."""
        return slice(self.starts.item(term), self.starts.item(term + 1))

    def document_frequencies(self, terms: Integers) -> Offsets:
        """The number of passages that hold each of `terms`; 0 for a number of -1."""
        counts: Offsets = self.starts.take(terms + 1) - self.starts.take(terms)
        return counts * (terms >= 0)
