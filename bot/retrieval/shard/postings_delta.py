"""The delta of postings where a few passages are inserted and removed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.retrieval.shard.arrays import Integers, Offsets, search_segments, smallest
from bot.retrieval.shard.delta import InsertionPoints, SequenceDelta
from bot.retrieval.shard.postings import TermCounts


@dataclass(frozen=True, eq=False)
class PostingsDelta:
    """Postings that some passages lose and gain.

    `removed` and `inserted` each number their passages from 0. `removed_terms` are the old
    numbers of the terms of `removed`; `terms` has the places of those of `inserted`;
    `passages` is the delta of the passages.
    """

    removed: TermCounts
    removed_terms: Offsets
    inserted: TermCounts
    terms: InsertionPoints
    passages: SequenceDelta

    def term_delta(self, starts: Offsets | Integers) -> SequenceDelta:
        """The delta of the terms: those that no passage holds any more are removed."""
        positions, is_new = self.terms.positions, self.terms.is_new
        terms = self.removed_terms
        left = starts[terms + 1] - starts[terms] - np.diff(self.removed.starts)
        empty = terms[left == 0]
        empty = empty[~np.isin(empty, positions[~is_new])]
        return SequenceDelta(len(starts) - 1, empty, positions[is_new])

    def apply(self, old: TermCounts, terms: SequenceDelta) -> TermCounts:
        """The counts after the delta, of which `terms` is the `term_delta`."""
        delta = SequenceDelta(len(old.passages), self._removed_at(old), self._inserted_at(old))
        inserted = self.inserted
        kind = np.promote_types(old.frequencies.dtype, inserted.frequencies.dtype)
        frequencies = delta.apply(
            old.frequencies.astype(kind, copy=False), inserted.frequencies.astype(kind, copy=False)
        )
        inserted_passages = self.passages.inserted_numbers[inserted.passages].astype(np.int32)
        return TermCounts(
            starts=self._starts(old.starts, terms),
            passages=delta.apply_to_numbers(old.passages, self.passages, inserted_passages),
            frequencies=smallest(frequencies) if kind != np.uint8 else frequencies,
        )

    def _removed_at(self, old: TermCounts) -> Offsets:
        """The places of the removed postings among those of all passages."""
        terms = np.repeat(self.removed_terms, np.diff(self.removed.starts))
        return _find(old, terms, self.passages.removed[self.removed.passages])

    def _inserted_at(self, old: TermCounts) -> Offsets:
        """The postings before which the new ones come; those of a new term in one place."""
        sizes = np.diff(self.inserted.starts)
        terms = np.repeat(self.terms.positions, sizes)
        places = old.starts[terms].astype(np.int64)
        known = np.flatnonzero(~np.repeat(self.terms.is_new, sizes))
        passages = self.passages.inserted_at[self.inserted.passages[known]]
        places[known] = _find(old, terms[known], passages)
        return places

    def _starts(self, starts: npt.NDArray[Any], terms: SequenceDelta) -> npt.NDArray[Any]:
        """The start of each term's postings after the delta.

        All terms between two that change are moved by the same number of postings.
        """
        positions, is_new = self.terms.positions, self.terms.is_new
        sizes = np.concatenate([-np.diff(self.removed.starts), np.diff(self.inserted.starts)])
        if not len(sizes):
            return starts
        # A term moves all that come after it; a removed one also the term that takes its place.
        stays = ~np.isin(self.removed_terms, terms.removed)
        inserted = np.empty(len(positions), dtype=np.int64)
        inserted[~is_new] = terms.new_numbers_of(positions[~is_new]) + 1
        inserted[is_new] = terms.inserted_numbers + 1
        after = np.concatenate([terms.new_numbers_of(self.removed_terms) + stays, inserted])
        order = np.argsort(after, kind="stable")
        after, moves = after[order], np.cumsum(sizes[order])
        if int(starts[-1]) + int(moves[-1]) > np.iinfo(starts.dtype).max:
            starts = starts.astype(np.int64)
        moved = terms.apply(starts, starts[terms.inserted_at])
        moved = moved.copy() if moved is starts else moved
        ends = [*after[1:].tolist(), len(moved)]
        for start, end, by in zip(after.tolist(), ends, moves.tolist(), strict=True):
            if start < end:
                np.add(moved[start:end], by, out=moved[start:end])
        return moved


def _find(counts: TermCounts, terms: Offsets, passages: npt.NDArray[Any]) -> Offsets:
    """The place of each passage in the postings of its term, or of the first one after it."""
    low = counts.starts[terms].astype(np.int64)
    high = counts.starts[terms + 1].astype(np.int64)
    return search_segments(counts.passages, low, high, passages)
