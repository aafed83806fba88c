"""Array types of the index, and small array functions that NumPy lacks."""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

Number = TypeVar("Number", bound=np.generic)
Integers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Frequencies = npt.NDArray[np.unsignedinteger[Any]]

_CHUNK = 250_000
"""Entries mapped at once: bounds the memory that is needed beside the result."""

_SUMMED_AT_ONCE = 500_000


def offsets(sizes: Integers | Offsets) -> Offsets:
    """The offsets of segments of these sizes, and their end: sizes 2, 0, 3 give 0, 2, 2, 5."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    # One cumsum of millions would keep the interpreter from other threads for too long.
    for first in range(0, len(sizes), _SUMMED_AT_ONCE):
        last = min(first + _SUMMED_AT_ONCE, len(sizes))
        np.cumsum(sizes[first:last], out=starts[first + 1 : last + 1])
        starts[first + 1 : last + 1] += starts[first]
    return starts


def concatenated_ranges(starts: Offsets, sizes: Integers | Offsets) -> Offsets:
    """The ranges of these starts and sizes: starts 7, 2 with sizes 2, 3 give 7, 8, 2, 3, 4."""
    sizes = sizes.astype(np.int64, copy=False)
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    places: Offsets = np.arange(total) + np.repeat(starts - (ends - sizes), sizes)
    return places


def map_numbers(numbers: Integers, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """`values[numbers]` without a wider copy of `numbers`, all of which are in range."""
    mapped: npt.NDArray[Number] = np.empty(len(numbers), dtype=values.dtype)
    for start in range(0, len(numbers), _CHUNK):
        part = slice(start, start + _CHUNK)
        # "clip" writes to `out` directly; the default mode checks the range on a copy first.
        np.take(values, numbers[part], out=mapped[part], mode="clip")
    return mapped


def map_numbers_in_place(numbers: Integers, values: Integers) -> None:
    """As `map_numbers`, written over `numbers`; numbers out of range get any value."""
    for start in range(0, len(numbers), _CHUNK):
        part = numbers[start : start + _CHUNK]
        np.take(values, part.astype(np.intp), out=part, mode="clip")


def run_starts(values: npt.NDArray[Any]) -> Flags:
    """Which of `values` differ from the one before: 4, 4, 7 give True, False, True."""
    starts = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=starts[1:])
    return starts


def smallest(counts: npt.NDArray[Any]) -> Frequencies:
    """Counts in the unsigned type of fewest bytes that holds the largest of them."""
    kind = np.min_scalar_type(int(counts.max(initial=0)))
    return counts.astype(kind, copy=False)


def search_segments(values: npt.NDArray[Any], low: Offsets, high: Offsets, targets: Any) -> Offsets:
    """Binary search in many segments at once, like `bisect_left` in each.

    `values[low[i]:high[i]]` ascends; entry `i` of the result is the place in `values` of the
    first of these that is not below `targets[i]`, or `high[i]` if there is none.
    """
    while (unfinished := low < high).any():
        middle = (low + high) >> 1
        below = unfinished & (values[np.minimum(middle, len(values) - 1)] < targets)
        low = np.where(below, middle + 1, low)
        high = np.where(unfinished & ~below, middle, high)
    return low


def sum_rows(table: Floats, rows: Integers, bounds: Integers) -> Floats:
    """Sums of rows of `table`: entry `i` is that of `rows[bounds[i]:bounds[i + 1]]`.

    A row that is named twice counts twice; no row gives zeros.
    """
    ones = np.ones(len(rows), dtype=np.float32)
    chosen = sparse.csr_array((ones, rows, bounds), shape=(len(bounds) - 1, len(table)))
    return np.asarray(chosen @ table)
