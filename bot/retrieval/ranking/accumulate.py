"""The innermost loops of a search, which scipy has compiled.

Postings of some terms are added to the scores of all passages: scipy's product of a sparse
matrix and a vector does just that, three times as fast as NumPy's `add.at` (0.55 and 1.7 ns a
posting, side by side). In the same way numbers mark what they name, or count it. Rows of a
table are added up: that is a product as well. scipy offers these for whole matrices only, and
a question wants a few columns of one; so its own routines are called, and others where a
scipy to come has them no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int16]

Stretch = tuple[int, int, float]
"""Where the postings of a term begin and end, and the factor of their values."""

_FAR = np.iinfo(np.int32).max


def _with_numpy(
    total: Floats, places: Places, values: Floats, stretches: Sequence[Stretch]
) -> None:
    for start, end, factor in sorted(stretches, reverse=True):
        np.add.at(total, places[start:end], np.float32(factor) * values[start:end])


def _with_scipy(
    total: Floats, places: Places, values: Floats, stretches: Sequence[Stretch]
) -> None:
    # The routine takes one column to begin where another ends. From the last to the first,
    # each between two of ours ends before it begins, and so is empty: nothing is copied.
    bounds: list[int] = []
    factors: list[float] = []
    for start, end, factor in sorted(stretches, reverse=True):
        bounds += (start, end)
        factors += (factor, 0.0)
    if not bounds:
        return
    if bounds[1] > _FAR:
        _with_numpy(total, places, values, stretches)
        return
    _column(
        len(total),
        len(bounds) - 1,
        np.array(bounds, dtype=np.int32),
        places,
        values,
        np.array(factors, dtype=np.float32),
        total,
    )


def _marked_with_numpy(marks: Flags, places: Places) -> None:
    marks[places] = True


def _marked_with_scipy(marks: Flags, places: Places) -> None:
    ends = np.array([0, len(places)], dtype=np.int32)
    yes = np.ones(len(places) + 1, dtype=np.bool_)
    _column(len(marks), 1, ends, places, yes, yes[:1], marks)


def _tallied_with_numpy(counts: Counts, places: Places, by: int) -> None:
    np.add.at(counts, places, np.int16(by))


def _tallied_with_scipy(counts: Counts, places: Places, by: int) -> None:
    ends = np.array([0, len(places)], dtype=np.int32)
    ones = np.ones(len(places), dtype=np.int16)
    _column(len(counts), 1, ends, places, ones, np.array([by], dtype=np.int16), counts)


def _rows_by_matrices(table: Floats, row: Places, ends: Places) -> Floats:
    ones = np.ones(len(row), dtype=np.float32)
    counted = sparse.csr_array((ones, row, ends), shape=(len(ends) - 1, len(table)))
    return np.asarray(counted @ table)


def _rows_with_scipy(table: Floats, row: Places, ends: Places) -> Floats:
    rows, columns = len(ends) - 1, table.shape[1]
    total = np.zeros((rows, columns), dtype=np.float32)
    ones = np.ones(len(row), dtype=np.float32)
    _rows(rows, len(table), columns, ends, row, ones, table.ravel(), total.ravel())
    return total


def _works() -> bool:
    """Whether scipy's routines are there and do what they did."""
    total = np.ones(3, dtype=np.float32)
    places = np.array([2, 0, 1, 2, 1], np.int32)
    values = np.array([1.0, 2.0, 9.0, 4.0, 3.0], np.float32)
    marks = np.zeros(3, dtype=np.bool_)
    counts = np.zeros(3, dtype=np.int16)
    table = np.array([[1.0, 2.0], [4.0, 8.0]], dtype=np.float32)
    try:
        _with_scipy(total, places, values, [(0, 2, 0.5), (3, 4, 0.25), (4, 5, 2.0)])
        _marked_with_scipy(marks, np.array([2, 0, 2], np.int32))
        _tallied_with_scipy(counts, np.array([2, 0, 2], np.int32), -1)
        sums = _rows_with_scipy(table, np.array([1, 0, 1], np.int32), np.array([0, 0, 3], np.int32))
    except (TypeError, ValueError, RuntimeError):
        return False
    return (total.tolist(), marks.tolist(), counts.tolist(), sums.tolist()) == (
        [2.0, 7.0, 2.5],
        [True, False, True],
        [-1, 0, -2],
        [[0.0, 0.0], [9.0, 18.0]],
    )


accumulate = _with_numpy
"""Adds to each of `total` what the stretches of `places` and `values` have for it.

The stretches do not overlap. They are added from the last to the first.
"""

mark = _marked_with_numpy
"""Makes those of `marks` true whose places are named."""

tally = _tallied_with_numpy
"""Adds `by` to those of `counts` whose places are named, once for each time."""

sum_rows = _rows_by_matrices
"""The sums of some rows of `table`: row `i` those of the rows `row[ends[i]:ends[i + 1]]`."""

_column: Callable[..., Any]
_rows: Callable[..., Any]
with suppress(ImportError):
    from scipy.sparse._sparsetools import csc_matvec as _column
    from scipy.sparse._sparsetools import csr_matvecs as _rows

    if _works():
        accumulate, mark = _with_scipy, _marked_with_scipy
        tally, sum_rows = _tallied_with_scipy, _rows_with_scipy
