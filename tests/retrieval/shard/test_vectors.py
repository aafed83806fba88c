"""Vectors of passages: bytes instead of floats, collected from older tables, the nearest of all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.shard.arrays import Floats
from bot.retrieval.shard.vectors import (
    FEWEST_COMPARED,
    Meaning,
    VectorTable,
    collect_vectors,
    missing_vectors,
    quantise,
)

WIDTH = 100


class NoEncoder:
    """An encoder that is never asked."""

    name = "none"
    fingerprint = "none"
    floor = 0.0
    sure = 1.1

    def reads(self, language: str) -> bool:
        raise NotImplementedError

    def question(self, text: str) -> Floats:
        raise NotImplementedError


def unit_vectors(count: int, seed: int) -> Floats:
    rows = np.random.default_rng(seed).standard_normal((count, WIDTH))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


def table(sizes: list[int], seed: int = 0, first_key: int = 0) -> VectorTable:
    """A table of passages with so many sentences each."""
    starts = np.cumsum([0, *sizes], dtype=np.int64)
    keys = np.arange(first_key, first_key + len(sizes), dtype=np.uint64)
    passages, sentences = unit_vectors(len(sizes), seed), unit_vectors(sum(sizes), seed + 1)
    return VectorTable(keys, starts, *quantise(passages), *quantise(sentences))


def part(whole: VectorTable, first: int, last: int) -> VectorTable:
    """The passages from `first` to `last` as a table of their own."""
    rows = slice(int(whole.starts[first]), int(whole.starts[last]))
    return VectorTable(
        whole.keys[first:last],
        whole.starts[first : last + 1] - whole.starts[first],
        whole.passages[first:last],
        whole.passage_scales[first:last],
        whole.sentences[rows],
        whole.sentence_scales[rows],
    )


sizes_of = st.lists(st.integers(1, 4), min_size=1, max_size=30)


@given(sizes_of, st.data())
def test_cosines_are_those_of_the_vectors_however_they_are_cut(
    sizes: list[int], data: st.DataObject
) -> None:
    whole = table(sizes)
    cut = data.draw(st.integers(0, len(sizes)))
    meaning = Meaning(NoEncoder(), [part(whole, 0, cut), part(whole, cut, len(sizes))])
    question = unit_vectors(1, 7)[0]
    passages = np.arange(len(sizes), dtype=np.int32)
    assert np.allclose(
        meaning.of_passages(passages, question),
        unit_vectors(len(sizes), 0) @ question,
        atol=0.01,
    )
    owner = np.repeat(passages, sizes)
    number = np.concatenate([np.arange(size) for size in sizes])
    assert np.allclose(
        meaning.of_sentences(owner, number, question),
        unit_vectors(sum(sizes), 1) @ question,
        atol=0.01,
    )


@given(sizes_of, st.data())
def test_vectors_are_collected_from_wherever_they_are(
    sizes: list[int], data: st.DataObject
) -> None:
    whole = table(sizes)
    cut = data.draw(st.integers(0, len(sizes)))
    wanted = data.draw(st.lists(st.integers(0, len(sizes) - 1), min_size=1))
    sources = [part(whole, cut, len(sizes)), table([1, 2], 5, 1_000), part(whole, 0, cut)]
    made = collect_vectors(whole.keys[wanted], sources)
    for row, place in enumerate(wanted):
        assert np.array_equal(made.passages[row], whole.passages[place])
        own = made.sentences[made.starts[row] : made.starts[row + 1]]
        assert np.array_equal(own, whole.sentences[whole.starts[place] : whole.starts[place + 1]])


def test_a_passage_without_vectors_is_named_and_not_made_up() -> None:
    known = table([1, 1, 1])
    keys = np.array([2, 9, 0], dtype=np.uint64)
    assert missing_vectors(keys, [known]) == [1]
    with pytest.raises(ValueError, match="no vector"):
        collect_vectors(keys, [known])


def test_the_nearest_come_first_and_equal_ones_in_order() -> None:
    vectors = unit_vectors(50, 3)
    vectors[[20, 30]] = vectors[10]
    whole = VectorTable(
        np.arange(50, dtype=np.uint64), np.arange(51), *quantise(vectors), *quantise(vectors)
    )
    nearest = Meaning(NoEncoder(), [whole]).nearest(vectors[10], 5).tolist()
    assert nearest[:3] == [10, 20, 30]


@pytest.mark.parametrize("cut", [1, 777, 4_000])
def test_among_many_passages_the_nearest_are_found_however_they_are_cut(cut: int) -> None:
    count = 4 * FEWEST_COMPARED
    near = unit_vectors(1, 11)
    vectors = unit_vectors(count, 4)
    vectors[::100] = vectors[::100] / 3 + near  # 40 that are near indeed
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    whole = VectorTable(
        np.arange(count, dtype=np.uint64),
        np.arange(count + 1),
        *quantise(vectors),
        *quantise(vectors),
    )
    meaning = Meaning(NoEncoder(), [part(whole, 0, cut), part(whole, cut, count)])
    nearest = meaning.nearest(near[0], 40)
    assert sorted(nearest.tolist()) == list(range(0, count, 100))
    assert np.array_equal(nearest, Meaning(NoEncoder(), [whole]).nearest(near[0], 40))
