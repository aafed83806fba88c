"""Lookup: the terms of one question in all shards of a scope, and their counts over the scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.retrieval.shard.arrays import Integers
from bot.retrieval.shard.shard import WITHOUT_CAPITAL, Shard
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
        self, vocabularies: Sequence[Vocabulary], counts: Sequence[Callable[[Integers], Counts]]
    ) -> None:
        self._vocabularies, self._counts = vocabularies, counts
        self.column: dict[str, int] = {}
        self.numbers: Integers = np.zeros((len(vocabularies), 0), dtype=np.int32)
        self.frequencies: list[int] = []

    def add(self, strings: Iterable[str]) -> Integers | None:
        """Look up those of `strings` that are new; returns their numbers."""
        new = [string for string in dict.fromkeys(strings) if string not in self.column]
        if not new:
            return None
        self.column.update({string: place for place, string in enumerate(new, len(self.column))})
        hashes = hashes_of(new)
        numbers = np.zeros((len(self._vocabularies), len(new)), dtype=np.int32)
        total = np.zeros(len(new), dtype=np.int64)
        for place, (vocabulary, count) in enumerate(
            zip(self._vocabularies, self._counts, strict=True)
        ):
            numbers[place] = vocabulary.numbers(hashes)
            total += count(numbers[place])
        self.numbers = np.concatenate([self.numbers, numbers], axis=1)
        self.frequencies += total.tolist()
        return numbers


class Lookup:
    """Looks up the words, n-grams and pairs of one question, each once."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards = shards
        self._words = _Strings(
            [shard.words for shard in shards],
            [shard.word_postings.document_frequencies for shard in shards],
        )
        self._grams = _Strings(
            [shard.grams for shard in shards], [shard.gram_frequencies for shard in shards]
        )
        self._case: list[int] = []

    @property
    def words(self) -> tuple[str, ...]:
        """The words that were looked up."""
        return tuple(self._words.column)

    def add_words(self, words: Iterable[str]) -> None:
        """Look up `words`, which the methods below may be asked for from then on."""
        numbers = self._words.add(words)
        if numbers is not None:
            case = np.zeros(numbers.shape[1], dtype=np.uint8)
            for shard, row in zip(self._shards, numbers, strict=True):
                known = (row >= 0).nonzero()[0]
                case[known] |= shard.statistics.case[row[known]]
            self._case += case.tolist()

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
        case = self._case[self._words.column[word]]
        return bool(case) and not case & WITHOUT_CAPITAL

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
        numbers = np.full((len(self._shards), len(terms)), -1, dtype=np.int32)
        total = np.zeros(len(terms), dtype=np.int64)
        for kind, strings in ((TermKind.WORD, self._words), (TermKind.GRAM, self._grams)):
            places = [place for place, term in enumerate(terms) if term.kind is kind]
            columns = [strings.column[terms[place].text] for place in places]
            numbers[:, places] = strings.numbers[:, columns]
            total[places] = [strings.frequencies[column] for column in columns]
        places = [place for place, term in enumerate(terms) if term.kind is TermKind.PAIR]
        if places:
            pairs = [(terms[place].text, terms[place].second) for place in places]
            numbers[:, places], total[places] = self.pairs(pairs)
        return numbers, total
