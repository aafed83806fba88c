"""The character n-grams of a vocabulary of words."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bot.retrieval.shard.arrays import Integers, Offsets, offsets
from bot.retrieval.shard.vocabulary import StringInterner, Vocabulary
from bot.retrieval.text.analysis import uncached_grams


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
        for form in words:
            own = uncached_grams(form)
            grams.extend(map(interner.__getitem__, own))
            sizes.append(len(own))
        vocabulary, number = Vocabulary.of(tuple(interner))
        numbers = number[np.array(grams, dtype=np.int32)]
        return cls.of_words(numbers, offsets(np.array(sizes)), len(vocabulary)), vocabulary

    @classmethod
    def of_words(cls, grams: Integers, gram_starts: Offsets, count: int) -> NGrams:
        """The table both ways, given the n-grams of each word and how many there are in all."""
        word = np.repeat(np.arange(len(gram_starts) - 1, dtype=np.int32), np.diff(gram_starts))
        by_gram = np.argsort(grams, kind="stable")
        word_starts = offsets(np.bincount(grams, minlength=count))
        return cls(grams, gram_starts, word[by_gram], word_starts)

    @cached_property
    def sizes(self) -> Integers:
        """How many n-grams each word has."""
        return np.diff(self.gram_starts).astype(np.int32)
