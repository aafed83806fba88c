"""Spelling keys: hashes of words, of words less one letter, or of their letters in any order.

A key is arithmetic modulo 2^64, so that the keys of a whole vocabulary are made at once, and
the same in every process. With the letters as numbers a, b, c and an odd base B the key of
"abc" is a + b B + c B^2. Without its b it is "ac", a + c B: the sum before the letter, and
the sum behind it divided by B. Symmetric deletion finds words one edit apart by such keys:
"habour" and "harbour" share the one of "habour", "harbor" and "hrbour" that of "hrbor".

Words may share a key by chance or by malice: a caller must compare the words themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.retrieval.shard.arrays import Integers, offsets, run_starts

Keys = npt.NDArray[np.uint64]

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIX = 0xD6E8FEB86659FD93
_BITS = (1 << 64) - 1


def _powers(length: int) -> list[int]:
    powers = [1]
    while len(powers) < length:
        powers.append(powers[-1] * _BASE & _BITS)
    return powers


_POWERS = _powers(64)


def key_of(form: str) -> int:
    """The key of a word of at most 64 letters: for one word quicker than by arrays."""
    powers = zip(form, _POWERS, strict=False)
    return sum((ord(letter) + 1) * power for letter, power in powers) & _BITS


def deletion_keys(form: str) -> list[int]:
    """The keys of a word of at most 64 letters and of it without each letter, each once."""
    terms = [(ord(letter) + 1) * power for letter, power in zip(form, _POWERS, strict=False)]
    whole = sum(terms)
    keys, before = [whole & _BITS], 0
    for term in terms:
        # The letters behind the one taken out move one place forward.
        keys.append(before + (whole - before - term) * _INVERSE & _BITS)
        before += term
    return list(dict.fromkeys(keys))


def anagram_key(form: str) -> int:
    """The key of a word's letters in any order: that of "Manbij" is that of "Manjib"."""
    return sum(_mixed(ord(letter)) for letter in form) & _BITS


def _mixed(letter: int) -> int:
    value = (letter + 1) * _MIX & _BITS
    return (value ^ value >> 29) * _BASE & _BITS


@dataclass(frozen=True, slots=True)
class LetterArray:
    """Words as one array of letters: word `i` is `letter[starts[i]:starts[i + 1]]`."""

    letter: npt.NDArray[np.uint32]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, forms: Sequence[str]) -> LetterArray:
        """The letters of all `forms`."""
        letter = np.frombuffer("".join(forms).encode("utf-32-le"), dtype=np.uint32)
        return cls(letter, offsets(np.array([len(form) for form in forms], dtype=np.int64)))

    def keys(self) -> Keys:
        """The `key_of` each word."""
        return self._word_sums(self._sums(self._terms()))

    def anagram_keys(self) -> Keys:
        """The `anagram_key` of each word."""
        mixed = (self.letter.astype(np.uint64) + np.uint64(1)) * np.uint64(_MIX)
        return self._word_sums(self._sums((mixed ^ mixed >> np.uint64(29)) * np.uint64(_BASE)))

    def deletion_keys(self) -> tuple[Keys, Integers]:
        """The `deletion_keys` of all words, some twice, and the word that each belongs to."""
        sums = self._sums(self._terms())
        sizes = np.diff(self.starts)
        word = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        before = sums[:-1] - np.repeat(sums[self.starts[:-1]], sizes)
        after = np.repeat(sums[self.starts[1:]], sizes) - sums[1:]
        shorter = before + after * np.uint64(_INVERSE)
        every = np.arange(len(sizes), dtype=np.int32)
        return np.concatenate([self._word_sums(sums), shorter]), np.concatenate([every, word])

    def _terms(self) -> Keys:
        """Each letter times the power of the base that belongs to its place in the word."""
        sizes = np.diff(self.starts)
        place = np.arange(len(self.letter)) - np.repeat(self.starts[:-1], sizes)
        powers = np.array(_powers(int(sizes.max(initial=1))), dtype=np.uint64)
        return (self.letter.astype(np.uint64) + np.uint64(1)) * powers[place]

    def _word_sums(self, sums: Keys) -> Keys:
        return sums[self.starts[1:]] - sums[self.starts[:-1]]

    @staticmethod
    def _sums(terms: Keys) -> Keys:
        # Sums overflow on purpose: keys are modulo 2^64.
        sums = np.zeros(len(terms) + 1, dtype=np.uint64)
        np.cumsum(terms, out=sums[1:])
        return sums


@dataclass(frozen=True, slots=True)
class KeyTable:
    """A map from keys to numbers of words, as two arrays sorted by key, then number."""

    keys: Keys
    numbers: Integers

    @classmethod
    def of(cls, keys: Keys, numbers: Integers) -> KeyTable:
        """The table of these pairs, each once."""
        # Where tables are joined, each is sorted by key: such runs are merged in no time.
        order = keys.argsort(kind="stable")
        keys, numbers = keys[order], numbers[order]
        shared = ~run_starts(keys)
        shared[:-1] |= shared[1:]
        numbers[shared] = numbers[shared][np.lexsort((numbers[shared], keys[shared]))]
        new = run_starts(keys) | run_starts(numbers)
        return cls(keys[new], numbers[new])

    def lookup(self, keys: Keys) -> list[tuple[int, Integers]]:
        """For each of `keys` that has any: its place, and the numbers under it."""
        starts = self.keys.searchsorted(keys)
        known = (starts < len(self.keys)).nonzero()[0]
        known = known[self.keys.take(starts[known]) == keys[known]]
        if not len(known):
            return []
        ends = self.keys.searchsorted(keys[known], side="right").tolist()
        places = zip(known.tolist(), starts[known].tolist(), ends, strict=True)
        return [(key, self.numbers[start:end]) for key, start, end in places]
