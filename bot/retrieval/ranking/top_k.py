"""The best passages, chosen from the scores of all of them.

Words that very many passages hold weigh little, and their gains are long to read. So the best
may be chosen before those are added: who lies behind the best by more than all that is still
to come cannot be among them (MaxScore: Turtle and Flood, "Query evaluation: strategies and
optimizations", 1995). Only who can gets the rest, a few passages of a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]

_ROWS = 32
"""Scores in a column. With more, columns that hold a good one hold more of no use."""

_COLUMNS = 256
"""Columns that are left to put in order, at least."""

_FEW = 1 / 16
"""The share of columns up to which it is worth looking into all of them."""

_LEFT_OUT_FROM = 200
"""Passages from which it takes less time to leave some out than to add a row to all."""

_LEAST = float(np.finfo(np.float32).tiny)

_ROUNDING = 1e-4
"""More than sums of float32 are off by, as a share of the sum."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a word adds to each passage, its idf left out, and the most of that."""

    gains: Floats
    most: float

    def add(self, scores: Floats, factor: float) -> None:
        """Add the gains to the first of `scores`, each counting `factor`."""
        # Not by BLAS, which rounds whole blocks with a fused multiply-add and the rest of an
        # array without: passages alike would differ in the last bit, and ties be lost.
        scores[: len(self.gains)] += np.float32(factor) * self.gains


def in_columns(size: int) -> int:
    """How many scores to hold for `size` passages, so that columns hold all of them."""
    return -(-size // _ROWS) * _ROWS


def best_of(
    scores: Floats, count: int, later: Sequence[tuple[float, Row]] = ()
) -> tuple[Places, Floats]:
    """The `count` best of `scores` above 0 with their places, best first, ties by place.

    `later` is what is still to be added: rows, and what their gains count, which is not below
    0. Those get it that can be among the best, or all of `scores` where those are many.
    """
    rest = sum(factor * row.most for factor, row in later)
    chosen = _able(scores, count, rest)
    if chosen is None:
        for factor, row in later:
            row.add(scores, factor)
        return best_of(scores, count)
    worth = scores[chosen]
    for factor, row in later:
        if len(chosen) > max(2 * count, _LEFT_OUT_FROM):
            able = (worth >= _bound(_least_of_best(worth, count), rest)).nonzero()[0]
            chosen, worth = chosen[able], worth[able]
        worth += np.float32(factor) * row.gains[chosen]
        rest -= factor * row.most
    # Places ascend, and those of equal worth stay as they are.
    order = (-worth).argsort(kind="stable")[:count]
    return chosen[order].astype(np.int32), worth[order]


def _least_of_best(scores: Floats, count: int) -> float:
    """The `count`-th best of more scores than that."""
    at = len(scores) - count
    ordered = scores.copy()
    ordered.partition(at)
    return ordered.item(at)


def _bound(least: float, rest: float) -> float:
    """What must be reached to be among the best, if `rest` can be added."""
    return least - rest - _ROUNDING * least if rest else least


def _able(scores: Floats, count: int, rest: float) -> Offsets | None:
    """The places of all that can be among the best if up to `rest` is added to each.

    They ascend. None where they may be many, but never where nothing is added.

    The scores are laid out in columns. `count` passages have the count-th best of the columns'
    maxima at least, for each maximum is that of one passage. So only the few columns that
    come near it are looked into, and ties are all among what they hold.
    """
    columns = len(scores) // _ROWS
    end = columns * _ROWS
    laid = scores[:end].reshape(_ROWS, columns)
    maxima: Floats = np.maximum.reduce(laid, axis=0)
    if columns > count:
        least = _least_of_best(_coarser(maxima, count), count)
    else:
        least = _least_of_best(scores, count) if len(scores) > count else 0.0
    bound = _bound(least, rest)
    if rest and bound < _LEAST:
        return None
    bound = max(bound, _LEAST)
    near = (maxima >= bound).nonzero()[0]
    if rest and len(near) > _FEW * columns:
        return None
    row, column = (laid.take(near, axis=1) >= bound).nonzero()
    chosen: Offsets = row * columns + near[column]
    if end < len(scores):
        behind = (scores[end:] >= bound).nonzero()[0]
        chosen = np.concatenate([chosen, behind + end])
    return chosen


def _coarser(maxima: Floats, count: int) -> Floats:
    """The maxima of several columns together: fewer are put in order in less time."""
    rows = len(maxima) // max(_COLUMNS, 4 * count)
    if rows < 2:
        return maxima
    columns = len(maxima) // rows
    coarser: Floats = np.maximum.reduce(maxima[: rows * columns].reshape(rows, columns), axis=0)
    return coarser
