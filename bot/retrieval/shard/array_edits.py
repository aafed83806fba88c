"""Sorted arrays with some entries taken out and others put in, at the cost of a copy.

What is here works on the form of all large tables of an index: entries sorted by term, then
by what holds the term (a passage, or a word), each term's beginning known. Where a change
touches few entries, their places are found by halving, and all between is copied as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from bot.retrieval.shard.vocabulary import Integers, Moved, Numbering, Offsets, renumber

Number = TypeVar("Number", bound=np.generic)

Flags = npt.NDArray[np.bool_]
Often = npt.NDArray[np.unsignedinteger[Any]]


class Counting(Protocol):
    """What has counts, as `Counts` does."""

    @property
    def starts(self) -> Integers | Offsets: ...  # noqa: D102
    @property
    def passages(self) -> Integers: ...  # noqa: D102
    @property
    def often(self) -> Often: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each passage holds each term.

    Term `t` stands in `passages[starts[t]:starts[t + 1]]`, ascending; `often` has its count
    in each of them, in as few bytes as the largest count needs.
    """

    starts: Integers | Offsets
    passages: Integers
    often: Often


@dataclass(frozen=True, eq=False)
class Edit:
    """Where a sequence loses and gets entries.

    `gone` are the places of those it loses, `at` the places before which it gets new ones,
    one each; both count the sequence as it was, and ascend.
    """

    gone: Offsets
    at: Offsets

    @classmethod
    def of(cls, moved: Moved) -> Edit:
        """The change of a sequence with one entry for each thing that is numbered."""
        return cls(moved.gone.astype(np.int64), moved.places)

    def made(self, entries: npt.NDArray[Number], fresh: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """The sequence after the change; `fresh` are the new entries."""
        cuts = np.union1d(self.gone, self.at)
        if not len(cuts):
            return entries
        goes = np.isin(cuts, self.gone, assume_unique=True)
        first = np.searchsorted(self.at, cuts, side="left").tolist()
        last = np.searchsorted(self.at, cuts, side="right").tolist()
        parts: list[npt.NDArray[Number]] = []
        start = 0
        for cut, went, a, b in zip(cuts.tolist(), goes.tolist(), first, last, strict=True):
            if cut > start:
                parts.append(entries[start:cut])
            if b > a:
                parts.append(fresh[a:b])
            start = cut + went
        parts.append(entries[start:])
        return np.concatenate(parts)

    def renumbered(self, numbers: Integers, moved: Moved, fresh: Integers) -> Integers:
        """As `made`, of numbers that change, `fresh` having those that they are to have."""
        found = self.made(numbers, fresh)
        if moved.shifts:
            # In place, since to fill fresh memory takes longer than the numbers do.
            found = found.copy() if found is numbers else found
            renumber(found, moved.number)
            found[self.fresh] = fresh
        return found

    @property
    def fresh(self) -> Offsets:
        """The places of the new entries after the change."""
        return Moved(0, self.gone, self.at).fresh


@dataclass(frozen=True, eq=False)
class Places:
    """Where the terms of a few passages are among those of all.

    For each term `place` has its number there, or, where it `is_new`, the number of the term
    before which it comes. Terms ascend.
    """

    place: Offsets
    is_new: Flags

    @classmethod
    def of(cls, numbering: Numbering, forms: Sequence[str]) -> Places:
        """Where sorted strings are in a numbering."""
        found = [numbering.place(form) for form in forms]
        return cls(
            np.asarray([place for place, _ in found], dtype=np.int64),
            np.asarray([is_new for _, is_new in found], dtype=np.bool_),
        )

    def numbers(self, moved: Moved) -> Integers:
        """The numbers that they have after a change in which the new ones came."""
        number = np.empty(len(self.place), dtype=np.int32)
        number[~self.is_new] = moved.number[self.place[~self.is_new]]
        number[self.is_new] = moved.fresh
        return number


def locate(starts: Offsets | Integers, held: npt.NDArray[Any], terms: Any, wanted: Any) -> Offsets:
    """The place in `held` of each of `wanted` in its term's stretch, or before which it comes."""
    low = starts[terms].astype(np.int64)
    high = starts[terms + 1].astype(np.int64)
    return halved(held, low, high, wanted)


def halved(held: npt.NDArray[Any], low: Offsets, high: Offsets, wanted: Any) -> Offsets:
    """As `locate`, each between places `low` and `high`, where `held` ascends."""
    while (open_ := low < high).any():
        middle = (low + high) >> 1
        below = open_ & (held[np.minimum(middle, len(held) - 1)] < wanted)
        low = np.where(below, middle + 1, low)
        high = np.where(open_ & ~below, middle, high)
    return low


def smallest(often: npt.NDArray[Any]) -> Often:
    """Counts in as few bytes as the largest needs."""
    kind = np.min_scalar_type(int(often.max(initial=0)))
    return often.astype(kind, copy=False)


@dataclass(frozen=True, eq=False)
class Change:
    """Passages that go, with their counts of some terms, and passages that come.

    `gone` and `fresh` count the passages of each alone; `gone_terms` are the numbers of the
    terms of `gone` in what is changed, `places` says where those of `fresh` are. `moved`
    says what becomes of what holds the terms.
    """

    gone: Counts
    gone_terms: Offsets
    fresh: Counts
    places: Places
    moved: Moved

    def terms(self, starts: Offsets | Integers) -> Moved:
        """What becomes of the terms: those that nothing holds any more go."""
        place, is_new = self.places.place, self.places.is_new
        terms = self.gone_terms
        left = starts[terms + 1] - starts[terms] - np.diff(self.gone.starts)
        empty = terms[left == 0]
        empty = empty[~np.isin(empty, place[~is_new])]
        return Moved(len(starts) - 1, empty, place[is_new])

    def made(self, before: Counting, terms: Moved) -> Counts:
        """The counts after the change."""
        place, is_new = self.places.place, self.places.is_new
        gone_sizes, fresh_sizes = np.diff(self.gone.starts), np.diff(self.fresh.starts)
        went = np.repeat(self.gone_terms, gone_sizes)
        held = self.moved.gone[self.gone.passages]
        gone = locate(before.starts, before.passages, went, held)
        at = before.starts[np.repeat(place, fresh_sizes)].astype(np.int64)
        known = np.flatnonzero(~np.repeat(is_new, fresh_sizes))
        came = np.repeat(place, fresh_sizes)[known]
        before_which = self.moved.places[self.fresh.passages]
        at[known] = locate(before.starts, before.passages, came, before_which[known])
        edit = Edit(gone, at)
        kind = np.promote_types(before.often.dtype, self.fresh.often.dtype)
        often = edit.made(
            before.often.astype(kind, copy=False), self.fresh.often.astype(kind, copy=False)
        )
        fresh_now = self.moved.fresh[self.fresh.passages].astype(np.int32)
        return Counts(
            starts=self._starts(before.starts, terms),
            passages=edit.renumbered(before.passages, self.moved, fresh_now),
            often=smallest(often) if kind != np.uint8 else often,
        )

    def _starts(self, starts: npt.NDArray[Any], terms: Moved) -> npt.NDArray[Any]:
        """Where each term begins after the change.

        All between two terms that change begin so much earlier or later.
        """
        place, is_new = self.places.place, self.places.is_new
        gone_sizes, fresh_sizes = np.diff(self.gone.starts), np.diff(self.fresh.starts)
        # What a term gets or loses moves all behind it; of one that goes that is its own place.
        went = terms.now(self.gone_terms) + ~np.isin(self.gone_terms, terms.gone)
        came = np.empty(len(place), dtype=np.int64)
        came[~is_new] = terms.now(place[~is_new]) + 1
        came[is_new] = terms.fresh + 1
        behind = np.concatenate([went, came])
        order = np.argsort(behind, kind="stable")
        behind = behind[order]
        by = np.cumsum(np.concatenate([-gone_sizes, fresh_sizes])[order])
        if not len(behind):
            return starts
        if int(starts[-1]) + int(by[-1]) > np.iinfo(starts.dtype).max:
            starts = starts.astype(np.int64)
        found = Edit.of(terms).made(starts, starts[terms.places])
        found = found.copy() if found is starts else found
        ends = [*behind[1:].tolist(), len(found)]
        for start, end, moved in zip(behind.tolist(), ends, by.tolist(), strict=True):
            if start < end:
                np.add(found[start:end], moved, out=found[start:end])
        return found
