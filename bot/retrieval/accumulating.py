"""The innermost loops of a search, which scipy has compiled.

Postings of some terms are added to the scores of all passages: scipy's product of a sparse
column and a number does just that, three times as fast as NumPy's `add.at` (0.55 and 1.7 ns a
posting, side by side). In the same way numbers mark what they name, or count it. Rows of a
table are added up: that is a product as well. scipy offers these inside the products of whole
matrices only, which would have to be copied together, or checked, for each question; so its
own routines are called, and others where a scipy to come has them no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import accumulate as running
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int16]

Columns = Sequence[tuple[Places, Floats]]


def _with_numpy(total: Floats, columns: Columns, weights: Sequence[float]) -> None:
    for (places, values), weight in zip(columns, weights, strict=True):
        np.add.at(total, places, np.float32(weight) * values)


def _with_scipy(total: Floats, columns: Columns, weights: Sequence[float]) -> None:
    (places, values), *more = columns
    ends = [0, len(places)]
    if more:
        ends = [0, *running(len(each) for each, _ in columns)]
        places = np.concatenate([each for each, _ in columns])
        values = np.concatenate([each for _, each in columns])
    _column(
        len(total),
        len(columns),
        np.array(ends, dtype=np.int32),
        places,
        values,
        np.array(weights, dtype=np.float32),
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
    columns = [
        (np.array([2, 0], np.int32), np.array([1.0, 2.0], np.float32)),
        (np.array([2], np.int32), np.array([4.0], np.float32)),
    ]
    marks = np.zeros(3, dtype=np.bool_)
    counts = np.zeros(3, dtype=np.int16)
    table = np.array([[1.0, 2.0], [4.0, 8.0]], dtype=np.float32)
    try:
        _with_scipy(total, columns, [0.5, 0.25])
        _marked_with_scipy(marks, np.array([2, 0, 2], np.int32))
        _tallied_with_scipy(counts, np.array([2, 0, 2], np.int32), -1)
        sums = _rows_with_scipy(table, np.array([1, 0, 1], np.int32), np.array([0, 0, 3], np.int32))
    except (TypeError, ValueError, RuntimeError):
        return False
    return (total.tolist(), marks.tolist(), counts.tolist(), sums.tolist()) == (
        [2.0, 1.0, 2.5],
        [True, False, True],
        [-1, 0, -2],
        [[0.0, 0.0], [9.0, 18.0]],
    )


accumulate, mark = _with_numpy, _marked_with_numpy
tally, sum_rows = _tallied_with_numpy, _rows_by_matrices
_column: Callable[..., Any]
_rows: Callable[..., Any]
with suppress(ImportError):
    from scipy.sparse._sparsetools import csc_matvec as _column
    from scipy.sparse._sparsetools import csr_matvecs as _rows

    if _works():
        accumulate, mark = _with_scipy, _marked_with_scipy
        tally, sum_rows = _tallied_with_scipy, _rows_with_scipy
