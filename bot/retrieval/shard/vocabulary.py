"""Vocabularies: the words or the n-grams of a shard, each with a number.

Strings are numbered in the order of their hashes, so a string is found by binary search in one
array, which may be mapped from a file: nothing is made when a shard is opened. The order is the
same in all shards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest

from bot.retrieval.shard.arrays import Integers, Offsets, offsets

Hashes = npt.NDArray[np.uint64]


def _encode(string: str) -> bytes:
    # Texts of PDF files may hold lone surrogates.
    return string.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class StringKeys:
    """Strings to look up in several vocabularies, encoded and hashed once."""

    encoded: tuple[bytes, ...]
    hashes: Hashes

    @classmethod
    def of(cls, strings: Iterable[str]) -> StringKeys:
        """The keys of `strings`."""
        encoded = tuple(map(_encode, strings))
        hashes = np.fromiter(map(xxh3_64_intdigest, encoded), np.uint64, len(encoded))
        return cls(encoded, hashes)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Distinct strings in the order of their hashes.

    String number `n` is `letters[starts[n]:starts[n + 1]]` in UTF-8, its hash `hashes[n]`.
    """

    hashes: Hashes
    letters: npt.NDArray[np.uint8]
    starts: Offsets

    @classmethod
    def of(cls, strings: Sequence[str]) -> tuple[Vocabulary, Integers]:
        """The vocabulary of distinct `strings`, and the number of each."""
        keys = StringKeys.of(strings)
        order = np.argsort(keys.hashes, kind="stable")
        hashes = keys.hashes[order]
        if (hashes[1:] == hashes[:-1]).any():
            # Strings can be made to share a hash; their order must not depend on their texts.
            places = sorted(range(len(strings)), key=lambda n: (keys.hashes[n], strings[n]))
            order = np.asarray(places, dtype=np.int64)
        encoded = [keys.encoded[place] for place in order.tolist()]
        numbers = np.zeros(len(order), dtype=np.int32)
        numbers[order] = np.arange(len(order), dtype=np.int32)
        letters = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        return cls(hashes, letters, offsets(np.array([*map(len, encoded)], np.int64))), numbers

    def numbers(self, keys: StringKeys) -> Integers:
        """The number of each string, -1 for one that is not in the vocabulary."""
        numbers = np.full(len(keys.encoded), -1, dtype=np.int32)
        if not len(self):
            return numbers
        places = self.hashes.searchsorted(keys.hashes)
        places[places == len(self)] = 0
        known = (self.hashes.take(places) == keys.hashes).nonzero()[0]
        for key, place in zip(known.tolist(), places[known].tolist(), strict=True):
            numbers[key] = self._number(keys.encoded[key], place)
        return numbers

    def _number(self, encoded: bytes, first: int) -> int:
        """The number of a string, of those with its hash, which are `first` and some after it."""
        if self._bytes(first) == encoded:
            return first
        # Different strings may share a hash, by chance or by malice.
        end = first
        while end < len(self) and self.hashes[end] == self.hashes[first]:
            if self._bytes(end) == encoded:
                return end
            end += 1
        return -1

    def string(self, number: int) -> str:
        """The string with that number."""
        return self._bytes(number).decode("utf-8", "surrogatepass")

    def _bytes(self, number: int) -> bytes:
        return self.letters[self.starts.item(number) : self.starts.item(number + 1)].tobytes()

    def __len__(self) -> int:
        return len(self.hashes)


class StringInterner(defaultdict[str, int]):
    """Numbers for strings, in the order in which they are first looked up."""

    def __init__(self) -> None:
        super().__init__(count().__next__)
