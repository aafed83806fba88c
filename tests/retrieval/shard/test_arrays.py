"""What NumPy lacks gives what loops give."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.shard.arrays import (
    concatenated_ranges,
    joined_offsets,
    offsets,
    places_of,
    split,
)

LISTS = st.lists(st.lists(st.integers(0, 9), max_size=5), min_size=1, max_size=5)


@given(st.sets(st.integers(0, 20)), st.lists(st.integers(-2, 22), max_size=9))
def test_places_are_those_of_a_list(some: set[int], wanted: list[int]) -> None:
    ascending = sorted(some)
    expected = [ascending.index(each) if each in some else -1 for each in wanted]
    found = places_of(np.array(wanted, dtype=np.int64), np.array(ascending, dtype=np.int64))
    assert found.tolist() == expected


@given(LISTS)
def test_segments_of_several_arrays_follow_each_other(sizes: list[list[int]]) -> None:
    flat = [size for part in sizes for size in part]
    starts = offsets(np.array(flat, dtype=np.int64))
    assert starts.tolist() == [sum(flat[:place]) for place in range(len(flat) + 1)]
    parts = [offsets(np.array(part, dtype=np.int64)) for part in sizes]
    assert joined_offsets(parts).tolist() == starts.tolist()
    assert [part.tolist() for part in split(np.array(flat), sizes)] == sizes


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=6))
def test_ranges_follow_each_other(ranges: list[tuple[int, int]]) -> None:
    starts, sizes = np.array(ranges, dtype=np.int64).reshape(-1, 2).T
    expected = [place for start, size in ranges for place in range(start, start + size)]
    assert concatenated_ranges(starts, sizes).tolist() == expected
