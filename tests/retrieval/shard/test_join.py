"""Documents of several shards make the same shard as by themselves, to the last bit."""

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
def test_documents_of_several_shards_make_the_shard_they_make_by_themselves(
    documents: list[Document], data: st.DataObject
) -> None:
    shards = [build_shard(table(*each)) for each in cut(data, documents)]
    every = [(shard, number) for shard in shards for number in range(len(shard.table.documents))]
    chosen = data.draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
    made = build_shard(table(*(shard.table.documents[number] for shard, number in chosen)))
    same(joined(chosen), made)


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
