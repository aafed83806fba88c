"""What scipy's own routines do for a search is what NumPy, and whole matrices, do."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.retrieval.ranking import accumulate as loops
from bot.retrieval.ranking.accumulate import Stretch, accumulate

SIZE = 12
PLACES = st.lists(st.integers(0, SIZE - 1), max_size=20)
ROUTINES: list[Callable[..., None]] = [accumulate, loops._with_numpy]


def test_scipy_has_its_routines_here() -> None:
    assert accumulate is loops._with_scipy
    assert loops.mark is loops._marked_with_scipy
    assert loops.tally is loops._tallied_with_scipy
    assert loops.sum_rows is loops._rows_with_scipy


@pytest.mark.parametrize("routine", ROUTINES)
@settings(deadline=None)
@given(data=st.data())
def test_each_stretch_counts_by_its_factor_and_nothing_between(
    routine: Callable[..., None], data: st.DataObject
) -> None:
    bounds = data.draw(st.lists(st.integers(0, 40), min_size=1, max_size=9))
    bounds.sort()
    wanted = [
        (start, end, data.draw(st.sampled_from([0.0, 0.25, 1.0, 3.0])))
        for start, end in pairwise(bounds)
        if data.draw(st.booleans())
    ]
    stretches: list[Stretch] = data.draw(st.permutations(wanted))
    places = np.asarray(data.draw(st.lists(st.integers(0, 6), min_size=40, max_size=40)), np.int32)
    values = np.arange(40, dtype=np.float32)
    expected = np.ones(7)
    for start, end, factor in stretches:
        for at in range(start, end):
            expected[places[at]] += factor * values[at]
    total = np.ones(7, dtype=np.float32)
    routine(total, places, values, stretches)
    assert total.tolist() == expected.tolist()


@given(PLACES, PLACES)
def test_places_are_marked_as_numpy_marks_them(before: list[int], places: list[int]) -> None:
    one = np.zeros(SIZE, np.bool_)
    one[before] = True
    other = one.copy()
    loops._marked_with_scipy(one, np.array(places, np.int32))
    loops._marked_with_numpy(other, np.array(places, np.int32))
    assert one.tolist() == other.tolist()


@given(PLACES, PLACES)
def test_places_are_counted_as_numpy_counts_them(before: list[int], places: list[int]) -> None:
    one = np.bincount(before, minlength=SIZE).astype(np.int16)
    other = one.copy()
    for by in (1, -3):
        loops._tallied_with_scipy(one, np.array(places, np.int32), by)
        loops._tallied_with_numpy(other, np.array(places, np.int32), by)
        assert one.tolist() == other.tolist()


@given(st.lists(PLACES, max_size=6), st.integers(1, 4))
def test_rows_are_added_up_as_a_product_does(stretches: list[list[int]], columns: int) -> None:
    table = np.arange(SIZE * columns, dtype=np.float32).reshape(SIZE, columns)
    row = np.array([each for stretch in stretches for each in stretch], np.int32)
    ends = np.cumsum([0, *map(len, stretches)]).astype(np.int32)
    one = loops._rows_with_scipy(table, row, ends)
    other = loops._rows_by_matrices(table, row, ends)
    assert one.dtype == other.dtype == np.float32
    assert one.tolist() == other.tolist()
