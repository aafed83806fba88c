"""What scipy's own routines do for a search is what NumPy, and whole matrices, do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval import accumulating

SIZE = 12
PLACES = st.lists(st.integers(0, SIZE - 1), max_size=20)
COLUMNS = st.lists(st.tuples(PLACES, st.integers(-4, 4)), min_size=1, max_size=4)


def test_scipy_has_its_routines_here() -> None:
    assert accumulating.accumulate is accumulating._with_scipy
    assert accumulating.mark is accumulating._marked_with_scipy
    assert accumulating.tally is accumulating._tallied_with_scipy
    assert accumulating.sum_rows is accumulating._rows_with_scipy


@given(COLUMNS)
def test_columns_are_added_as_numpy_adds_them(columns: list[tuple[list[int], int]]) -> None:
    made = [
        (np.array(places, np.int32), np.arange(1, len(places) + 1, dtype=np.float32))
        for places, _ in columns
    ]
    weights = [float(weight) for _, weight in columns]
    one, other = np.ones(SIZE, np.float32), np.ones(SIZE, np.float32)
    accumulating._with_scipy(one, made, weights)
    accumulating._with_numpy(other, made, weights)
    assert one.tolist() == other.tolist()


@given(PLACES, PLACES)
def test_places_are_marked_as_numpy_marks_them(before: list[int], places: list[int]) -> None:
    one = np.zeros(SIZE, np.bool_)
    one[before] = True
    other = one.copy()
    accumulating._marked_with_scipy(one, np.array(places, np.int32))
    accumulating._marked_with_numpy(other, np.array(places, np.int32))
    assert one.tolist() == other.tolist()


@given(PLACES, PLACES)
def test_places_are_counted_as_numpy_counts_them(before: list[int], places: list[int]) -> None:
    one = np.bincount(before, minlength=SIZE).astype(np.int16)
    other = one.copy()
    for by in (1, -3):
        accumulating._tallied_with_scipy(one, np.array(places, np.int32), by)
        accumulating._tallied_with_numpy(other, np.array(places, np.int32), by)
        assert one.tolist() == other.tolist()


@given(st.lists(PLACES, max_size=6), st.integers(1, 4))
def test_rows_are_added_up_as_a_product_does(stretches: list[list[int]], columns: int) -> None:
    table = np.arange(SIZE * columns, dtype=np.float32).reshape(SIZE, columns)
    row = np.array([each for stretch in stretches for each in stretch], np.int32)
    ends = np.cumsum([0, *map(len, stretches)]).astype(np.int32)
    one = accumulating._rows_with_scipy(table, row, ends)
    other = accumulating._rows_by_matrices(table, row, ends)
    assert one.dtype == other.dtype == np.float32
    assert one.tolist() == other.tolist()
