"""The character n-grams of a vocabulary, and the passages that hold them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from bot.retrieval.shard.arrays import Integers, Offsets, concatenated_ranges, offsets
from bot.retrieval.shard.delta import SequenceDelta
from bot.retrieval.shard.postings import TermCounts
from bot.retrieval.shard.postings_delta import PostingsDelta
from bot.retrieval.shard.vocabulary import StringInterner, Vocabulary
from bot.retrieval.text.analysis import uncached_grams

_PASSAGES = 8_192
"""Passages whose n-grams are counted at once: bounds the memory that this needs."""


@dataclass(frozen=True, eq=False)
class NGrams:
    """The character n-grams of a vocabulary, both ways.

    N-gram `g` is in the words `words[word_starts[g]:word_starts[g + 1]]`, word `w` has the
    n-grams `grams[gram_starts[w]:gram_starts[w + 1]]`; `vocabulary` numbers the n-grams. The
    words rain and train have _rai, rain, ain_ and _tra, trai, rain, ain_. Sorted, those are
    _rai, _tra, ain_, rain, trai (0 to 4); `grams` is 0, 2, 3, 1, 2, 3, 4 with `gram_starts`
    0, 3, 7, and `words` is 0, 1, 0, 1, 0, 1, 1 with `word_starts` 0, 1, 2, 4, 6, 7.
    """

    vocabulary: Vocabulary
    grams: Integers
    gram_starts: Offsets
    words: Integers
    word_starts: Offsets

    @classmethod
    def of(cls, words: Sequence[str]) -> NGrams:
        """The n-grams of `words`."""
        interner, grams, sizes = StringInterner(), array("i"), array("q")
        for word in words:
            own = sorted(uncached_grams(word))
            grams.extend(map(interner.__getitem__, own))
            sizes.append(len(own))
        vocabulary, number = interner.vocabulary()
        numbers = number[np.array(grams, dtype=np.int32)]
        return cls.of_words(vocabulary, numbers, offsets(np.array(sizes, dtype=np.int64)))

    @classmethod
    def of_words(cls, vocabulary: Vocabulary, grams: Integers, starts: Offsets) -> NGrams:
        """The n-grams of each word as given, and the words of each n-gram made of them."""
        word = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
        ones = np.ones(len(grams), dtype=np.int8)
        shape = (len(vocabulary), len(starts) - 1)
        table = sparse.csr_array((ones, (grams, word)), shape=shape)
        return cls(vocabulary, grams, starts, table.indices, table.indptr.astype(np.int64))

    def select(self, words: Integers) -> NGrams:
        """The n-grams of those words only that have these numbers, which ascend."""
        sizes = np.diff(self.gram_starts)[words]
        grams = self.grams[concatenated_ranges(self.gram_starts[words], sizes)]
        stays = np.zeros(len(self.vocabulary), dtype=np.bool_)
        stays[grams] = True
        delta = SequenceDelta.keeping(stays)
        vocabulary = self.vocabulary.with_delta(delta, ())
        return self.of_words(vocabulary, delta.new_numbers[grams], offsets(sizes))

    def with_delta(
        self, delta: SequenceDelta, inserted: Sequence[str]
    ) -> tuple[NGrams, SequenceDelta]:
        """The n-grams after a delta of words, and their own delta."""
        if delta.is_empty:
            return self, SequenceDelta.none(len(self.vocabulary))
        new = NGrams.of(inserted)
        points = self.vocabulary.insertion_points(new.vocabulary.strings)
        sizes = np.diff(self.gram_starts)
        removed = concatenated_ranges(self.gram_starts[delta.removed], sizes[delta.removed])
        terms, words = _by_gram(self.grams[removed], sizes[delta.removed])
        postings = PostingsDelta(
            removed=words,
            removed_terms=terms,
            inserted=_each_once(new.word_starts, new.words),
            terms=points,
            passages=delta,
        )
        gram_delta = postings.term_delta(self.word_starts)
        table = postings.apply(_each_once(self.word_starts, self.words), gram_delta)
        edit = SequenceDelta(
            total=len(self.grams),
            removed=removed,
            inserted_at=np.repeat(self.gram_starts[delta.inserted_at], new.sizes),
        )
        new_strings = [new.vocabulary.strings[n] for n in np.flatnonzero(points.is_new).tolist()]
        numbers = points.new_numbers(gram_delta)[new.grams]
        ngrams = NGrams(
            vocabulary=self.vocabulary.with_delta(gram_delta, new_strings),
            grams=edit.apply_to_numbers(self.grams, gram_delta, numbers),
            gram_starts=offsets(delta.apply(sizes, new.sizes.astype(np.int64))),
            words=table.passages,
            word_starts=table.starts.astype(np.int64, copy=False),
        )
        return ngrams, gram_delta

    @cached_property
    def sizes(self) -> Integers:
        """How many n-grams each word has."""
        return np.diff(self.gram_starts).astype(np.int32)

    def counts(self, words: sparse.csr_array) -> TermCounts:
        """How often each passage holds each n-gram, from how often it holds each word."""
        ones = np.ones(len(self.words), dtype=np.float32)
        shape = (len(self.vocabulary), len(self.sizes))
        table = sparse.csr_array((ones, self.words, self.word_starts), shape=shape)
        return TermCounts.of_matrix(sparse.csr_array(table @ words))

    def document_frequencies(self, words: sparse.csr_array) -> Integers:
        """The number of passages that hold each n-gram, without making postings."""
        ones = np.ones(len(self.grams), dtype=np.float32)
        shape = (len(self.sizes), len(self.vocabulary))
        table = sparse.csr_array((ones, self.grams, self.gram_starts), shape=shape)
        # Row by row the counts of all n-grams stay in the cache; those of all passages do not.
        passages = sparse.csr_array(words.T)
        frequencies = np.zeros(len(self.vocabulary), dtype=np.int64)
        for first in range(0, passages.shape[0], _PASSAGES):
            counts = sparse.csr_array(passages[first : first + _PASSAGES] @ table)
            frequencies += np.bincount(counts.indices, minlength=len(frequencies))
        return frequencies.astype(np.int32)


def _by_gram(grams: Integers, sizes: Offsets) -> tuple[Offsets, TermCounts]:
    """The distinct n-grams of words that have so many each, and the words of each n-gram."""
    order = np.argsort(grams, kind="stable")
    words = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)[order]
    distinct, counts = np.unique(grams, return_counts=True)
    return distinct.astype(np.int64), _each_once(offsets(counts), words)


def _each_once(starts: Offsets, words: Integers) -> TermCounts:
    return TermCounts(starts, words, np.broadcast_to(np.uint8(1), len(words)))
