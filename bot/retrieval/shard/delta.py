"""Deltas: sorted arrays updated for a few inserted and removed documents by one copy.

A delta gives the same result as sorting everything anew. Entries that stay keep their order,
so arrays sorted by number stay sorted, and the stretches between changes are copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bot.retrieval.shard.arrays import (
    Flags,
    Integers,
    Number,
    Offsets,
    map_numbers_in_place,
)


@dataclass(frozen=True, eq=False)
class SequenceDelta:
    """Which of `total` numbered entries are removed, and where new ones are inserted.

    `removed` are old numbers; `inserted_at` has, for each new entry, the old number before
    which it comes. Both ascend. Example: from ant, bee, cat, dog, eel (0 to 4) bee is removed,
    and bat and cow are inserted: `removed` is 1, `inserted_at` 1, 3. The result is ant, bat,
    cat, cow, dog, eel; `new_numbers` is 0, -, 2, 4, 5 and `inserted_numbers` 1, 3.
    """

    total: int
    removed: Integers | Offsets
    inserted_at: Offsets

    @classmethod
    def none(cls, total: int) -> SequenceDelta:
        """The delta that changes nothing."""
        return cls(total, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

    @classmethod
    def keeping(cls, stays: Flags) -> SequenceDelta:
        """The delta that removes all entries but those marked."""
        return cls(len(stays), np.flatnonzero(~stays), np.zeros(0, dtype=np.int64))

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not len(self.removed) and not len(self.inserted_at)

    @property
    def new_total(self) -> int:
        """The number of entries afterwards."""
        return self.total - len(self.removed) + len(self.inserted_at)

    @cached_property
    def stays(self) -> Flags:
        """Which of the old entries are not removed."""
        stays = np.ones(self.total, dtype=np.bool_)
        stays[self.removed] = False
        return stays

    @cached_property
    def new_numbers(self) -> Integers:
        """The new number of each old entry; ascending, and meaningless for a removed one."""
        step = np.zeros(self.total + 2, dtype=np.int32)
        np.add.at(step, self.inserted_at, 1)
        step[self.removed + 1] -= 1
        numbers = np.cumsum(step[: self.total], dtype=np.int32)
        numbers += np.arange(self.total, dtype=np.int32)
        return numbers

    @cached_property
    def inserted_numbers(self) -> Offsets:
        """The new numbers of the inserted entries."""
        before = np.searchsorted(self.removed, self.inserted_at)
        return np.asarray(self.inserted_at + np.arange(len(self.inserted_at)) - before)

    def new_numbers_of(self, old: Integers | Offsets) -> Offsets:
        """The new numbers of a few old entries, without computing those of all."""
        inserted = np.searchsorted(self.inserted_at, old, side="right")
        removed = np.searchsorted(self.removed, old)
        return np.asarray(old + inserted - removed, dtype=np.int64)

    @cached_property
    def renumbers(self) -> bool:
        """Whether an entry that stays gets another number."""
        return bool(((self.new_numbers != np.arange(self.total)) & self.stays).any())

    def old_numbers(self) -> Integers:
        """The old number of each entry of the result; an inserted one has its `inserted_at`."""
        numbers = np.zeros(self.new_total, dtype=np.int32)
        old = np.flatnonzero(self.stays)
        numbers[self.new_numbers[old]] = old
        numbers[self.inserted_numbers] = self.inserted_at
        return numbers

    def _segments(self) -> Iterator[tuple[slice, slice]]:
        """The result in order: a slice of the old entries, then one of the inserted."""
        cuts = np.union1d(self.removed, self.inserted_at)
        removed = np.isin(cuts, self.removed, assume_unique=True).tolist()
        first = np.searchsorted(self.inserted_at, cuts, side="left").tolist()
        last = np.searchsorted(self.inserted_at, cuts, side="right").tolist()
        start = 0
        for cut, is_removed, a, b in zip(cuts.tolist(), removed, first, last, strict=True):
            yield slice(start, cut), slice(a, b)
            start = cut + is_removed
        yield slice(start, None), slice(0, 0)

    def apply(
        self, entries: npt.NDArray[Number], inserted: npt.NDArray[Number]
    ) -> npt.NDArray[Number]:
        """The entries after the delta; `entries` itself where nothing changes."""
        if self.is_empty:
            return entries
        parts = [part for a, b in self._segments() for part in (entries[a], inserted[b])]
        return np.concatenate(parts)

    def apply_to_strings(self, strings: Sequence[str], inserted: Sequence[str]) -> list[str]:
        """As `apply`, for strings."""
        result: list[str] = []
        for old, new in self._segments():
            result += strings[old]
            result += inserted[new]
        return result

    def apply_to_numbers(
        self, numbers: Integers, delta: SequenceDelta, inserted: Integers
    ) -> Integers:
        """As `apply`, for numbers of things that `delta` renumbers; `inserted` are new ones."""
        result = self.apply(numbers, inserted)
        if delta.renumbers:
            result = result.copy() if result is numbers else result
            map_numbers_in_place(result, delta.new_numbers)
            result[self.inserted_numbers] = inserted
        return result


@dataclass(frozen=True, eq=False)
class InsertionPoints:
    """The places of the terms of some passages in the vocabulary of the whole corpus.

    `positions` has a term's number there or, where it `is_new`, the number of the term before
    which it comes. Terms ascend.
    """

    positions: Offsets
    is_new: Flags

    def new_numbers(self, delta: SequenceDelta) -> Integers:
        """The terms' numbers after a delta that inserts the new ones."""
        numbers = np.empty(len(self.positions), dtype=np.int32)
        numbers[~self.is_new] = delta.new_numbers[self.positions[~self.is_new]]
        numbers[self.is_new] = delta.inserted_numbers
        return numbers
