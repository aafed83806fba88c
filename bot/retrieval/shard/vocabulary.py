"""Vocabularies: the words or the n-grams of a corpus, each with a number.

Strings are numbered in the order of their characters. So a number depends on nothing but the
set of strings, and the others keep their order when strings are inserted or removed: arrays
sorted by number stay sorted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count

import numpy as np

from bot.retrieval.shard.arrays import Integers
from bot.retrieval.shard.delta import InsertionPoints, SequenceDelta


class Vocabulary(Mapping[str, int]):
    """Sorted distinct strings, and the number of each: its place among them; immutable.

    Where "bat" joins ant, bee, cat (0, 1, 2), the others become 0, 2, 3: `insertion_points`
    says that it comes before number 1, and a `SequenceDelta` renumbers the rest.
    """

    __slots__ = ("numbers", "strings")

    def __init__(self, strings: Iterable[str]) -> None:
        self.strings = tuple(strings)
        # Not dict(zip(…)): one call would keep the interpreter from other threads.
        self.numbers = {string: number for number, string in enumerate(self.strings)}

    def with_delta(self, delta: SequenceDelta, inserted: Sequence[str]) -> Vocabulary:
        """The vocabulary after a delta, with the strings that it inserts."""
        if delta.is_empty:
            return self
        return Vocabulary(delta.apply_to_strings(self.strings, inserted))

    def known(self, strings: Iterable[str]) -> list[int]:
        """The numbers of those of `strings` that are in the vocabulary, in their order."""
        return [number for number in map(self.numbers.get, strings) if number is not None]

    def insertion_points(self, strings: Sequence[str]) -> InsertionPoints:
        """Where sorted `strings` are, or would be inserted."""
        known = [self.numbers.get(string) for string in strings]
        positions = [
            bisect_left(self.strings, string) if number is None else number
            for string, number in zip(strings, known, strict=True)
        ]
        return InsertionPoints(
            np.asarray(positions, dtype=np.int64),
            np.asarray([number is None for number in known], dtype=np.bool_),
        )

    def __getitem__(self, string: str) -> int:
        return self.numbers[string]

    def __iter__(self) -> Iterator[str]:
        return iter(self.strings)

    def __len__(self) -> int:
        return len(self.strings)


class StringInterner(defaultdict[str, int]):
    """Numbers for strings, in the order in which they are first looked up."""

    def __init__(self) -> None:
        super().__init__(count().__next__)

    def vocabulary(self) -> tuple[Vocabulary, Integers]:
        """The strings as a vocabulary, and the number there of each number here.

        Where bee, ant, cat were met in this order, those are 1, 0, 2.
        """
        strings = list(self)
        order = sorted(range(len(strings)), key=strings.__getitem__)
        numbers = np.zeros(len(order), dtype=np.int32)
        numbers[order] = np.arange(len(order), dtype=np.int32)
        return Vocabulary(strings[place] for place in order), numbers
