"""The character n-grams of a vocabulary, and the passages that hold them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from bot.retrieval.shard.arrays import Integers, Offsets, offsets
from bot.retrieval.shard.postings import Postings
from bot.retrieval.shard.vocabulary import StringInterner, Vocabulary
from bot.retrieval.text.analysis import uncached_grams

_PASSAGES = 8_192
"""Passages whose n-grams are counted at once: bounds the memory that this needs."""


@dataclass(frozen=True, eq=False)
class NGrams:
    """The character n-grams of a vocabulary of words, both ways; numbers are those of shards.

    N-gram `g` is in the words `words[word_starts[g]:word_starts[g + 1]]`, word `w` has the
    n-grams `grams[gram_starts[w]:gram_starts[w + 1]]`. The words rain and train have _rai,
    rain, ain_ and _tra, trai, rain, ain_. With _rai, _tra, ain_, rain, trai numbered 0 to 4,
    `grams` is 0, 3, 2, 1, 4, 3, 2 with `gram_starts` 0, 3, 7, and `words` is 0, 1, 0, 1, 0,
    1, 1 with `word_starts` 0, 1, 2, 4, 6, 7.
    """

    grams: Integers
    gram_starts: Offsets
    words: Integers
    word_starts: Offsets

    @classmethod
    def of(cls, words: Sequence[str]) -> tuple[NGrams, Vocabulary]:
        """The n-grams of `words`, and their vocabulary."""
        interner, grams, sizes = StringInterner(), array("i"), array("q")
        for word in words:
            own = uncached_grams(word)
            grams.extend(map(interner.__getitem__, own))
            sizes.append(len(own))
        vocabulary, number = Vocabulary.of(tuple(interner))
        numbers, starts = number[np.array(grams, dtype=np.int32)], offsets(np.array(sizes))
        places = np.repeat(np.arange(len(words), dtype=np.int32), np.diff(starts))
        ones = np.ones(len(numbers), dtype=np.float32)
        shape = (len(vocabulary), len(words))
        table = sparse.csr_array((ones, (numbers, places)), shape=shape)
        word_starts = table.indptr.astype(np.int64)
        return cls(numbers, starts, table.indices.astype(np.int32), word_starts), vocabulary

    @cached_property
    def sizes(self) -> Integers:
        """How many n-grams each word has."""
        return np.diff(self.gram_starts).astype(np.int32)

    def postings(self, words: sparse.csr_array) -> Postings:
        """How often each passage holds each n-gram, from how often it holds each word."""
        ones = np.ones(len(self.words), dtype=np.float32)
        shape = (len(self.word_starts) - 1, len(self.sizes))
        table = sparse.csr_array((ones, self.words, self.word_starts), shape=shape)
        return Postings.of_matrix(sparse.csr_array(table @ words))

    def document_frequencies(self, words: sparse.csr_array) -> Integers:
        """The number of passages that hold each n-gram, without making postings."""
        ones = np.ones(len(self.grams), dtype=np.float32)
        shape = (len(self.sizes), len(self.word_starts) - 1)
        table = sparse.csr_array((ones, self.grams, self.gram_starts), shape=shape)
        # Row by row the counts of all n-grams stay in the cache; those of all passages do not.
        passages = sparse.csr_array(words.T)
        frequencies = np.zeros(shape[1], dtype=np.int64)
        for first in range(0, passages.shape[0], _PASSAGES):
            counts = sparse.csr_array(passages[first : first + _PASSAGES] @ table)
            frequencies += np.bincount(counts.indices, minlength=len(frequencies))
        return frequencies.astype(np.int32)
