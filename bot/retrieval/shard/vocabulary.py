"""Vocabularies: the words or the n-grams of a shard, each with a number.

Strings are numbered in the order of their hashes, so a string is found by binary search in one
array, which may be mapped from a file: nothing is made when a shard is opened. The order is the
same in all shards.

A hash stands for its string, whose letters are not compared. Of three million strings two share
64 bits by chance once in four million corpora. To find a word with the hash of a given one takes
2^64 attempts, since BLAKE2b is a cryptographic hash. Someone who writes documents can find two
words of their own with one hash; then questions for the one find the other, too, which writing
both words would do as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count

import numpy as np
import numpy.typing as npt

from bot.retrieval.shard.arrays import (
    Flags,
    Integers,
    Offsets,
    concatenated_ranges,
    joined_offsets,
    offsets,
    places_of,
    split,
)

Hashes = npt.NDArray[np.uint64]


def string_hash(encoded: bytes) -> bytes:
    """The hash that stands for a string, given in UTF-8."""
    return blake2b(encoded, digest_size=8).digest()


def hashes_of(strings: Iterable[str]) -> Hashes:
    """The hashes of `strings`, to look them up in several vocabularies."""
    return np.frombuffer(b"".join(map(string_hash, map(_encode, strings))), dtype=np.uint64)


def _encode(string: str) -> bytes:
    # Texts of PDF files may hold lone surrogates.
    return string.encode("utf-8", "surrogatepass")


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
        encoded = [*map(_encode, strings)]
        letters = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        starts = offsets(np.array([*map(len, encoded)], dtype=np.int64))
        vocabulary, (numbers,) = cls.merged([cls(hashes_of(strings), letters, starts)])
        return vocabulary, numbers

    @classmethod
    def merged(cls, parts: Sequence[Vocabulary]) -> tuple[Vocabulary, list[Integers]]:
        """The vocabulary of all strings of `parts`, and the number there of each of a part."""
        hashes, first, numbers = np.unique(
            np.concatenate([part.hashes for part in parts]), return_index=True, return_inverse=True
        )
        starts = joined_offsets([part.starts for part in parts])
        sizes = np.diff(starts)[first]
        letters = np.concatenate([part.letters for part in parts])
        letters = letters[concatenated_ranges(starts[first], sizes)]
        return cls(hashes, letters, offsets(sizes)), split(numbers.astype(np.int32), parts)

    def only(self, is_chosen: Flags) -> tuple[Vocabulary, Integers]:
        """The vocabulary of the chosen strings, and the number there of each string, or -1."""
        numbers = np.where(is_chosen, np.cumsum(is_chosen) - 1, -1).astype(np.int32)
        chosen = is_chosen.nonzero()[0]
        sizes = np.diff(self.starts)[chosen]
        letters = self.letters[concatenated_ranges(self.starts[chosen], sizes)]
        return Vocabulary(self.hashes[chosen], letters, offsets(sizes)), numbers

    def numbers(self, hashes: Hashes) -> Integers:
        """The number of each string, given its hash; -1 for one that is not in the vocabulary."""
        return places_of(hashes, self.hashes)

    def string(self, number: int) -> str:
        """The string with that number."""
        letters = self.letters[self.starts.item(number) : self.starts.item(number + 1)]
        return letters.tobytes().decode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        return len(self.hashes)


class StringInterner(defaultdict[str, int]):
    """Numbers for strings, in the order in which they are first looked up."""

    def __init__(self) -> None:
        super().__init__(count().__next__)
