"""Top-k: selects the best passages from the scores of all passages.

Terms that very many passages hold weigh little, and reading all their gains takes long. So
passages may be excluded before those gains are added: one that is behind the k-th best by more
than the greatest possible gains cannot become one of the best (MaxScore: Turtle and Flood,
"Query evaluation: strategies and optimizations", 1995). Only the others get the gains, a few
passages of a hundred thousand.

Example, k = 1: after the rarer terms three passages have 5.0, 4.8 and 1.0, and a frequent term
adds at most 0.5. The third cannot reach 5.0, so the gains are read for the first two only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]

_ROWS = 32
"""Scores in a column. In longer columns more scores are read in vain beside a good one."""

_COLUMNS = 256
"""The least number of columns whose maxima are sorted."""

_FEW = 1 / 16
"""The share of columns up to which reading all of their scores saves time."""

_LEFT_OUT_FROM = 200
"""Passages from which excluding some takes less time than adding a row to all."""

_LEAST = float(np.finfo(np.float32).tiny)

_ROUNDING = 1e-4
"""A bound of the rounding error of float32 sums, as a share of the sum."""


@dataclass(frozen=True, slots=True)
class DenseRow:
    """The gains of one frequent term for all passages, without its idf, and the greatest gain."""

    gains: Floats
    most: float

    def add(self, scores: Floats, factor: float) -> None:
        """Add the gains, each times `factor`, to the first of `scores`.

        NumPy rounds each product and each sum alike. BLAS (saxpy) does not: it fuses them except
        in the last few elements, so that equal passages had unequal scores.
        """
        scores[: len(self.gains)] += np.float32(factor) * self.gains


def padded_length(size: int) -> int:
    """The length of an array of scores for `size` passages, a multiple of the column length."""
    return -(-size // _ROWS) * _ROWS


def top_k(
    scores: Floats, count: int, rows: Sequence[tuple[float, DenseRow]] = ()
) -> tuple[Places, Floats]:
    """The `count` best of `scores` above 0 with their places, best first, ties by place.

    `rows` are still to be added, each times its factor, which is not below 0. They are added to
    the scores that can be among the best, or to all of `scores` where those are many.
    """
    rest = sum(factor * row.most for factor, row in rows)
    places = _possible(scores, count, rest)
    if places is None:
        for factor, row in rows:
            row.add(scores, factor)
        return top_k(scores, count)
    sums = scores[places]
    for factor, row in rows:
        if len(places) > max(2 * count, _LEFT_OUT_FROM):
            possible = (sums >= _bound(_kth_best(sums, count), rest)).nonzero()[0]
            places, sums = places[possible], sums[possible]
        sums += np.float32(factor) * row.gains[places]
        rest -= factor * row.most
    # Places ascend, and the sort is stable, so ties stay in the order of places.
    order = (-sums).argsort(kind="stable")[:count]
    return places[order].astype(np.int32), sums[order]


def _kth_best(scores: Floats, count: int) -> float:
    """The `count`-th best of more scores than that."""
    at = len(scores) - count
    ordered = scores.copy()
    ordered.partition(at)
    return ordered.item(at)


def _bound(least: float, rest: float) -> float:
    """The score from which on a passage can be among the best, if up to `rest` is added."""
    return least - rest - _ROUNDING * least if rest else least


def _possible(scores: Floats, count: int, rest: float) -> Offsets | None:
    """The places of scores that can be among the best if up to `rest` is added; ascending.

    None if they may be many; never None if `rest` is 0.

    The scores are laid out in columns. Each column's maximum is the score of one passage, so at
    least `count` passages reach the count-th best maximum. Only the few columns whose maximum
    comes near it are read.
    """
    columns = len(scores) // _ROWS
    end = columns * _ROWS
    table = scores[:end].reshape(_ROWS, columns)
    maxima: Floats = np.maximum.reduce(table, axis=0)
    if columns > count:
        least = _kth_best(_coarser(maxima, count), count)
    else:
        least = _kth_best(scores, count) if len(scores) > count else 0.0
    bound = _bound(least, rest)
    if rest and bound < _LEAST:
        return None
    bound = max(bound, _LEAST)
    near = (maxima >= bound).nonzero()[0]
    if rest and len(near) > _FEW * columns:
        return None
    row, column = (table.take(near, axis=1) >= bound).nonzero()
    places: Offsets = row * columns + near[column]
    if end < len(scores):
        behind = (scores[end:] >= bound).nonzero()[0]
        places = np.concatenate([places, behind + end])
    return places


def _coarser(maxima: Floats, count: int) -> Floats:
    """The maxima of several columns together, since fewer are sorted in less time."""
    rows = len(maxima) // max(_COLUMNS, 4 * count)
    if rows < 2:
        return maxima
    columns = len(maxima) // rows
    coarser: Floats = np.maximum.reduce(maxima[: rows * columns].reshape(rows, columns), axis=0)
    return coarser
