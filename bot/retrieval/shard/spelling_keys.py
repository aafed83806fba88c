"""Words by hashed keys: whole, with one letter taken out, or by their letters in any order.

The keys of a whole vocabulary are made at once in arithmetic of 64 bits: a word is the sum
of its letters, each times a power of an odd number that its place decides; taking a letter
out is taking a term out and moving the rest by one place. The numbers are the same in every
process, so that a table may be kept. Words may share a key by chance or by malice: who asks
a table must look at the words it gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.retrieval.shard.array_edits import Edit, halved
from bot.retrieval.shard.vocabulary import Integers, Moved, Offsets

Keys = npt.NDArray[np.uint64]

_BITS = (1 << 64) - 1
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIX = 0xD6E8FEB86659FD93
_REST = np.uint64(48)
"""Bits of a key without its first sixteen."""


def _powers(length: int) -> list[int]:
    found = [1]
    while len(found) < length:
        found.append(found[-1] * _BASE & _BITS)
    return found


_POWERS = _powers(64)


def key_of(form: str) -> int:
    """The key of a word of at most 64 letters, in order."""
    powers = zip(form, _POWERS, strict=False)
    return sum((ord(letter) + 1) * power for letter, power in powers) & _BITS


def deletion_keys(form: str) -> list[int]:
    """The keys of a word of at most 64 letters and of it without each letter, each once."""
    terms = [(ord(letter) + 1) * power for letter, power in zip(form, _POWERS, strict=False)]
    whole = sum(terms)
    keys, before = [whole & _BITS], 0
    for term in terms:
        # What comes after moves by one place to the front.
        keys.append(before + (whole - before - term) * _INVERSE & _BITS)
        before += term
    return list(dict.fromkeys(keys))


def letters_key(form: str) -> int:
    """The key of a word's letters, in whatever order."""
    return sum(_mixed(ord(letter)) for letter in form) & _BITS


def _mixed(letter: int) -> int:
    value = (letter + 1) * _MIX & _BITS
    return (value ^ value >> 29) * _BASE & _BITS


@dataclass(frozen=True, slots=True)
class Letters:
    """Words as one array of letters: word `i` is `letter[starts[i]:starts[i + 1]]`."""

    letter: npt.NDArray[np.uint32]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, forms: Sequence[str]) -> Letters:
        """The letters of all `forms`."""
        letter = np.frombuffer("".join(forms).encode("utf-32-le"), dtype=np.uint32)
        starts = np.zeros(len(forms) + 1, dtype=np.int64)
        np.cumsum([len(form) for form in forms], out=starts[1:])
        return cls(letter, starts)

    def keys(self) -> Keys:
        """What `key_of` gives for each word."""
        sums = self._sums(self._terms())
        return sums[self.starts[1:]] - sums[self.starts[:-1]]

    def letters_keys(self) -> Keys:
        """What `letters_key` gives for each word."""
        value = (self.letter.astype(np.uint64) + np.uint64(1)) * np.uint64(_MIX)
        sums = self._sums((value ^ value >> np.uint64(29)) * np.uint64(_BASE))
        return sums[self.starts[1:]] - sums[self.starts[:-1]]

    def deletion_keys(self) -> tuple[Keys, Integers]:
        """What `deletion_keys` gives for all words, some twice, and whose each is."""
        sums = self._sums(self._terms())
        sizes = np.diff(self.starts)
        word = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        before = sums[:-1] - np.repeat(sums[self.starts[:-1]], sizes)
        after = np.repeat(sums[self.starts[1:]], sizes) - sums[1:]
        shorter = before + after * np.uint64(_INVERSE)
        whole = sums[self.starts[1:]] - sums[self.starts[:-1]]
        every = np.arange(len(sizes), dtype=np.int32)
        return np.concatenate([whole, shorter]), np.concatenate([every, word])

    def _terms(self) -> Keys:
        sizes = np.diff(self.starts)
        place = np.arange(len(self.letter)) - np.repeat(self.starts[:-1], sizes)
        powers = np.asarray(_powers(int(sizes.max(initial=1))), dtype=np.uint64)
        return (self.letter.astype(np.uint64) + np.uint64(1)) * powers[place]

    @staticmethod
    def _sums(terms: Keys) -> Keys:
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
        if (numbers[1:] < numbers[:-1]).any():
            order = np.argsort(numbers, kind="stable")
            keys, numbers = keys[order], numbers[order]
        # By the first bits alone NumPy sorts by counting; what is left are short stretches.
        order = np.argsort((keys >> _REST).astype(np.uint16), kind="stable")
        order = order[np.argsort(keys[order], kind="stable")]
        keys, numbers = keys[order], numbers[order]
        new = np.ones(len(keys), dtype=np.bool_)
        new[1:] = (keys[1:] != keys[:-1]) | (numbers[1:] != numbers[:-1])
        return cls(keys[new], numbers[new])

    def part(self, moved: Moved) -> KeyTable:
        """The table of those words only that are not gone, with their new numbers."""
        stays = np.ones(len(moved.number), dtype=np.bool_)
        stays[moved.gone] = False
        kept = stays[self.numbers]
        return KeyTable(self.keys[kept], moved.number[self.numbers[kept]])

    def updated(self, moved: Moved, gone: KeyTable, fresh: KeyTable, places: Integers) -> KeyTable:
        """The table after a change of words.

        `gone` are pairs that it loses, with the old numbers, `fresh` those that it gets, with
        the new ones; `places` has the old number before which each word now stands.
        """
        edit = Edit(
            self._places(gone.keys, gone.numbers), self._places(fresh.keys, places[fresh.numbers])
        )
        numbers = edit.renumbered(self.numbers, moved, fresh.numbers)
        return KeyTable(edit.made(self.keys, fresh.keys), numbers)

    def _places(self, keys: Keys, numbers: Integers) -> Offsets:
        low = np.searchsorted(self.keys, keys, side="left")
        high = np.searchsorted(self.keys, keys, side="right")
        return halved(self.numbers, low, high, numbers)

    def under(self, keys: Sequence[int]) -> list[Integers]:
        """The numbers under each of `keys` that has any, in the order of the keys."""
        wanted = np.array(keys, dtype=np.uint64)
        starts = self.keys.searchsorted(wanted)
        held = (starts < len(self.keys)).nonzero()[0]
        held = held[self.keys[starts[held]] == wanted[held]]
        if not len(held):
            return []
        ends = self.keys.searchsorted(wanted[held], side="right").tolist()
        return [
            self.numbers[start:end] for start, end in zip(starts[held].tolist(), ends, strict=True)
        ]
