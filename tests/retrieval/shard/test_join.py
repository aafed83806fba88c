"""Joined shards are the shard of all their documents, to the last bit."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.documents import Document
from bot.retrieval.shard import join
from bot.retrieval.shard.build import build_shard
from bot.retrieval.shard.join import join_small, joined
from bot.retrieval.shard.shard import Shard
from tests.harness.documents import document, table
from tests.retrieval.shard.test_scopes import cut, documents
from tests.retrieval.shard.test_store import same_documents


def same(one: Shard, other: Shard) -> None:
    """Assert that all arrays are the same, kinds of numbers included."""
    same_documents(one.table, other.table)
    mine, theirs = one.arrays(), other.arrays()
    assert mine.keys() == theirs.keys()
    for name, array in mine.items():
        assert array.dtype == theirs[name].dtype, name
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)


@settings(max_examples=60)
@given(documents(), st.data())
def test_joined_shards_are_the_shard_of_all_their_documents(
    documents: list[Document], data: st.DataObject
) -> None:
    parts = cut(data, documents)
    same(
        joined([build_shard(table(*each)) for each in parts]),
        build_shard(table(*chain.from_iterable(parts))),
    )


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ([], []),
        ([3], [3]),
        ([0], [0]),
        ([0, 2], [2]),
        ([5, 0], [5, 0]),
        ([1, 2, 2], [5]),
        ([1, 4, 1, 0, 5, 5], [1, 4, 1, 5, 5]),
        ([2, 2, 2, 2, 2, 2], [6, 6]),
    ],
)
def test_neighbours_that_are_small_are_joined(
    monkeypatch: pytest.MonkeyPatch, sizes: Sequence[int], wanted: Sequence[int]
) -> None:
    monkeypatch.setattr(join, "SMALL", 3)
    monkeypatch.setattr(join, "EXACT_UP_TO", 7)
    texts = [[f"text {number} {place}" for place in range(n)] for number, n in enumerate(sizes)]
    shards = [build_shard(table(document(str(n), *text))) for n, text in enumerate(texts)]
    found = join_small(shards)
    assert [*map(len, found)] == wanted
    passages = [passage.text for shard in found for passage in shard.table]
    assert passages == [*chain.from_iterable(texts)]
