"""Postings are added where they belong, whichever routine adds them."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.retrieval import accumulating
from bot.retrieval.accumulating import Stretch, accumulate

ROUTINES: list[Callable[..., None]] = [accumulate, accumulating._with_numpy]


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


def test_scipy_still_has_the_routine() -> None:
    assert accumulate is accumulating._with_scipy
