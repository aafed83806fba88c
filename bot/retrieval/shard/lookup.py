"""Lookup: the terms of one question in all shards of a scope, and their counts over the scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from itertools import count
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.retrieval.shard.arrays import Integers
from bot.retrieval.shard.shard import WITH_CAPITAL, Shard
from bot.retrieval.shard.vocabulary import Vocabulary, hashes_of

Counts = npt.NDArray[np.int64]


class TermKind(IntEnum):
    """The kinds of terms, in the order in which their scores are added."""

    WORD = 0
    GRAM = 1
    PAIR = 2


class Term(NamedTuple):
    """A term of a question: a word, a character n-gram, or two neighbouring words."""

    kind: TermKind
    text: str
    second: str = ""


class _Strings:
    """Strings of one kind that were looked up: the number of each in every shard, and its count.

    `numbers` has a row for each shard and a column for each string, -1 where a shard lacks it.
    """

    def __init__(
        self,
        shards: Sequence[Shard],
        vocabulary: Callable[[Shard], Vocabulary],
        count: Callable[[Shard, Integers], Counts],
    ) -> None:
        self._shards, self._vocabulary, self._count = shards, vocabulary, count
        self.column: dict[str, int] = {}
        self.numbers: Integers = np.zeros((len(shards), 0), dtype=np.int32)
        self.frequencies: list[int] = []

    def add(self, strings: Iterable[str]) -> None:
        """Look up those of `strings` that are new."""
        new = [string for string in dict.fromkeys(strings) if string not in self.column]
        if not new:
            return
        self.column.update(zip(new, count(len(self.column))))
        hashes = hashes_of(new)
        numbers = np.zeros((len(self._shards), len(new)), dtype=np.int32)
        total = np.zeros(len(new), dtype=np.int64)
        for shard, row in zip(self._shards, numbers, strict=True):
            row[:] = self._vocabulary(shard).numbers(hashes)
            total += self._count(shard, row)
        self.numbers = np.concatenate([self.numbers, numbers], axis=1)
        self.frequencies += total.tolist()


class Lookup:
    """Looks up the words, n-grams and pairs of one question, each once."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards = shards
        self._words = _Strings(shards, attrgetter("words"), _word_frequencies)
        self._grams = _Strings(shards, attrgetter("grams"), Shard.gram_frequencies)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that were looked up."""
        return tuple(self._words.column)

    def add_words(self, words: Iterable[str]) -> None:
        """Look up `words`, which the methods below may be asked for from then on."""
        self._words.add(words)

    def add_grams(self, grams: Iterable[str]) -> None:
        """As `add_words`, for character n-grams."""
        self._grams.add(grams)

    def frequency(self, word: str) -> int:
        """The number of passages that hold a word."""
        return self._words.frequencies[self._words.column[word]]

    def gram_frequency(self, gram: str) -> int:
        """The number of passages that hold a character n-gram."""
        return self._grams.frequencies[self._grams.column[gram]]

    def is_name(self, word: str) -> bool:
        """Whether sentences write a word with a capital wherever it stands."""
        numbers = self._words.numbers[:, self._words.column[word]].tolist()
        case = 0
        for shard, number in zip(self._shards, numbers, strict=True):
            case |= shard.statistics.case.item(number) if number >= 0 else 0
        return case == WITH_CAPITAL

    def numbers_of_words(self, words: Sequence[str]) -> Integers:
        """The number of each word in each shard: a row for each shard, -1 where it lacks it."""
        return self._words.numbers[:, [self._words.column[word] for word in words]]

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> tuple[Integers, Counts]:
        """The number of each pair of words in each shard, and how many passages hold it."""
        first = self.numbers_of_words([one for one, _ in pairs])
        second = self.numbers_of_words([other for _, other in pairs])
        numbers = np.zeros(first.shape, dtype=np.int32)
        total = np.zeros(len(pairs), dtype=np.int64)
        for place, shard in enumerate(self._shards):
            numbers[place] = shard.pair_numbers(first[place], second[place])
            total += shard.pair_postings.document_frequencies(numbers[place])
        return numbers, total

    def numbers(self, terms: Sequence[Term]) -> tuple[Integers, Counts]:
        """The number of each term in each shard, and how many passages of the scope hold it."""
        numbers = np.zeros((len(self._shards), len(terms)), dtype=np.int32)
        total = np.zeros(len(terms), dtype=np.int64)
        places: dict[TermKind, list[int]] = {}
        for place, term in enumerate(terms):
            places.setdefault(term.kind, []).append(place)
        for kind, own in places.items():
            if kind is TermKind.PAIR:
                pairs = [(terms[place].text, terms[place].second) for place in own]
                numbers[:, own], total[own] = self.pairs(pairs)
            else:
                strings = self._words if kind is TermKind.WORD else self._grams
                columns = [strings.column[terms[place].text] for place in own]
                numbers[:, own] = strings.numbers[:, columns]
                total[own] = [strings.frequencies[column] for column in columns]
        return numbers, total


def _word_frequencies(shard: Shard, words: Integers) -> Counts:
    return shard.word_postings.document_frequencies(words)
