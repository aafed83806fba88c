"""Rows of a table are added up as one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.shard.arrays import sum_rows

SIZE = 12


@given(st.lists(st.lists(st.integers(0, SIZE - 1), max_size=20), max_size=6), st.integers(1, 4))
def test_rows_of_a_table_are_added_up(segments: list[list[int]], columns: int) -> None:
    table = np.arange(SIZE * columns, dtype=np.float32).reshape(SIZE, columns)
    rows = np.array([row for segment in segments for row in segment], dtype=np.int32)
    bounds = np.cumsum([0, *map(len, segments)]).astype(np.int32)
    expected = [table[segment].sum(axis=0).tolist() for segment in segments]
    assert sum_rows(table, rows, bounds).tolist() == expected
