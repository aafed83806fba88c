"""Postings are added to the scores of passages as one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.shard.arrays import sum_rows
from bot.retrieval.shard.postings import weighted_sum

SIZE = 12
PASSAGES = st.sets(st.integers(0, SIZE - 1)).map(sorted)
WEIGHTS = st.sampled_from((0.0, 0.25, 1.0, 3.0))


@given(st.lists(st.tuples(PASSAGES, WEIGHTS), max_size=6))
def test_each_term_counts_by_its_weight(terms: list[tuple[list[int], float]]) -> None:
    passages = [np.array(held, dtype=np.int32) for held, _ in terms]
    gains = [np.arange(len(held), dtype=np.float32) + 1 for held, _ in terms]
    expected = [0.0] * SIZE
    for held, weight in terms:
        for gain, passage in enumerate(held, 1):
            expected[passage] += weight * gain
    total = weighted_sum(passages, gains, [weight for _, weight in terms], SIZE)
    assert total.dtype == np.float32
    assert total.tolist() == expected


@given(st.lists(st.lists(st.integers(0, SIZE - 1), max_size=20), max_size=6), st.integers(1, 4))
def test_rows_of_a_table_are_added_up(segments: list[list[int]], columns: int) -> None:
    table = np.arange(SIZE * columns, dtype=np.float32).reshape(SIZE, columns)
    rows = np.array([row for segment in segments for row in segment], dtype=np.int32)
    bounds = np.cumsum([0, *map(len, segments)]).astype(np.int32)
    expected = [table[segment].sum(axis=0).tolist() for segment in segments]
    assert sum_rows(table, rows, bounds).tolist() == expected
