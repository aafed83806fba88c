"""The index ranks as rank_bm25 does, with an idf that is never negative."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from bot.core.documents import Document, Locator, Passage, Source, Span
from bot.core.passages import PassageTable
from bot.retrieval.shard.build import build_index
from bot.retrieval.shard.index import DENSE_FROM, Index
from bot.retrieval.shard.top_k import DenseRow, top_k
from bot.retrieval.text.analysis import grams, words


class Reference(BM25Okapi):
    """The package itself with Lucene's idf, fed with a list of terms a passage."""

    def _calc_idf(self, nd: dict[str, int]) -> None:
        for term, df in nd.items():
            self.idf[term] = float(np.log(1 + (self.corpus_size - df + 0.5) / (df + 0.5)))


def passages(texts: list[str], title: str = "") -> list[Passage]:
    made = []
    for number, text in enumerate(texts):
        document = Document(f"{number}.txt", "main", str(number), Source(title=title), text, ())
        whole = Span(0, len(text))
        made.append(Passage(document, whole, (whole,), Locator(paragraph=1)))
    return made


def index_of(texts: Iterable[str]) -> Index:
    return build_index(PassageTable.of(passages(list(texts))))


def terms(text: str) -> list[str]:
    """Universal terms by the book, with repetitions."""
    found = list(words(text))
    plain = [word.form for word in found if not word.joined]
    return [
        *(f"w {word.form}" for word in found),
        *(f"g {gram}" for word in found for gram in grams(word.form)),
        *(f"p {one} {other}" for one, other in pairwise(plain)),
    ]


def numbers(index: Index, question: str) -> list[int]:
    found = []
    for term in dict.fromkeys(terms(question)):
        kind, _, rest = term.partition(" ")
        if kind == "w":
            number = index.vocabulary.get(rest)
        elif kind == "g":
            number = index.gram_number(rest)
        else:
            one, _, other = rest.partition(" ")
            number = index.pair_number(one, other)
        if number is not None:
            found.append(number)
    return found


def weighted(index: Index, weights: dict[int, float]) -> tuple[list[int], list[float]]:
    """Terms and their weights times idf, as an index is asked for them."""
    idfs = index.idfs(np.asarray(list(weights), dtype=np.int64)).tolist()
    return list(weights), [w * idf for w, idf in zip(weights.values(), idfs, strict=True)]


def scores_of(index: Index, weights: dict[int, float]) -> npt.NDArray[np.float32]:
    """The score of every passage, 0 for one that shares no term."""
    hits = index.rank(*weighted(index, weights), max(1, len(index.passages)))
    scores = np.zeros(len(index.passages), dtype=np.float32)
    scores[hits.passages] = hits.scores
    return scores


def compare(texts: list[str], question: str) -> None:
    index = index_of(texts)
    ours = scores_of(index, dict.fromkeys(numbers(index, question), 1.0))
    theirs = Reference([terms(text) for text in texts]).get_scores(
        list(dict.fromkeys(terms(question)))
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("texts", "question"),
    [
        (["the rain came"], "rain"),
        (["rain rain rain", "rain", "sun"], "rain sun"),
        (["same words here"] * 5, "same words"),
        (["no-fly zone over the U.S.", "air-strikes by day", "airstrikes"], "airstrikes no-fly"),
        (["one", "two"], "unknown"),
        (["Πόσοι ήταν", "посольство было", "这是第一句"], "посольства первое 第一"),
    ],
)
def test_scores_are_those_of_rank_bm25(texts: list[str], question: str) -> None:
    compare(texts, question)


_WORDS = st.sampled_from("rain sun wind wet a of air-strikes U.S. 100.000 Za’id это 第一".split())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(_WORDS, min_size=1, max_size=12).map(" ".join), min_size=1, max_size=8),
    st.lists(_WORDS, max_size=8).map(" ".join),
)
def test_scores_are_those_of_rank_bm25_on_any_corpus(texts: list[str], question: str) -> None:
    compare(texts, question)


def test_a_word_in_every_passage_still_counts() -> None:
    index = index_of(["rain today", "rain tomorrow"])
    assert (scores_of(index, {index.vocabulary["rain"]: 1.0}) > 0).all()


def test_unknown_words_find_nothing() -> None:
    index = index_of(["rain today", "sun tomorrow"])
    assert len(index.rank(*weighted(index, {}), 10)) == 0


def test_an_empty_corpus_is_no_fault() -> None:
    index = index_of([])
    assert len(index.rank(*weighted(index, {}), 10)) == 0


def test_ties_keep_the_order_of_the_corpus() -> None:
    index = index_of(["rain"] * 7)
    hits = index.rank(*weighted(index, {index.vocabulary["rain"]: 1.0}), 3)
    assert hits.passages.tolist() == [0, 1, 2]


@settings(deadline=None)
@given(st.integers(0, 3), st.integers(1, 99), st.data())
def test_the_best_are_those_of_sorting_all(size: int, count: int, data: st.DataObject) -> None:
    length = (0, 40, 1_290, 13_001)[size]
    seed = data.draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    # Few distinct values, so that there are ties, and many that share nothing.
    scores = (random.integers(0, 6, length) * (random.random(length) < 0.3)).astype(np.float32)
    every = sorted((-score, place) for place, score in enumerate(scores.tolist()) if score > 0)
    places, worth = top_k(scores, count)
    assert places.tolist() == [place for _, place in every[:count]]
    assert worth.tolist() == [-score for score, _ in every[:count]]


@settings(deadline=None)
@given(st.integers(0, 4), st.integers(1, 99), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_what_is_added_later_counts_for_the_best(
    size: int, count: int, rows: int, seed: int
) -> None:
    length = (0, 40, 1_290, 13_001, 40_000)[size]
    random = np.random.default_rng(seed)
    # Whole numbers and quarters: sums of them are exact, and many are the same.
    scores = (random.integers(0, 9, length) * (random.random(length) < 0.1)).astype(np.float32)
    later = []
    for _ in range(rows if length else 0):
        gains = random.integers(0, 4, length).astype(np.float32)
        later.append((float(random.choice([0.0, 0.25, 1.0])), DenseRow(gains, float(gains.max()))))
    full = sum((factor * row.gains for factor, row in later), scores.copy())
    places, worth = top_k(scores, count, later)
    every = sorted((-score, place) for place, score in enumerate(full.tolist()) if score > 0)
    assert places.tolist() == [place for _, place in every[:count]]
    assert worth.tolist() == [-score for score, _ in every[:count]]


def test_what_changes_nothing_for_most_is_added_to_the_few() -> None:
    scores = np.ones(32_000, dtype=np.float32)
    scores[[7, 31_000, 90]] = [5.0, 6.0, 5.5]
    row = DenseRow(np.zeros(32_000, dtype=np.float32), 2.0)
    row.gains[7] = 2.0
    places, worth = top_k(scores, 2, [(1.0, row)])
    assert places.tolist() == [7, 31_000]
    assert worth.tolist() == [7.0, 6.0]
    assert scores[7] == 5.0


@pytest.fixture(scope="module")
def large() -> Index:
    """Passages of a few words, of which some are in most and some in few; the last are alike."""
    random = np.random.default_rng(3)
    count = DENSE_FROM + 7
    drawn = np.minimum(random.zipf(1.2, (count, 12)), 3_000)
    texts = [" ".join(f"w{number}" for number in each) for each in drawn.tolist()]
    texts[-100:] = ["w1 w2 w2500 same"] * 100
    return index_of(texts)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.one_of(st.integers(1, 5), st.integers(1, 60), st.integers(1, 3_000), st.just("same")),
        max_size=9,
    ),
    st.sampled_from([1, 10, 100, 30_000]),
)
def test_the_best_of_many_are_those_of_all_scores(
    large: Index, asked: list[int | str], count: int
) -> None:
    assert large.dense_rows
    words = [word if isinstance(word, str) else f"w{word}" for word in asked]
    weights: dict[int, float] = {}
    for word in words:
        number = large.vocabulary.get(word)
        if number is not None:
            weights[number] = weights.get(number, 0.0) + 1.0
    scores = scores_of(large, weights)
    hits = large.rank(*weighted(large, weights), count)
    best = sorted((-score, place) for place, score in enumerate(scores.tolist()) if score > 0)
    expected = [(-score, place) for score, place in best[:count]]
    assert list(zip(hits.scores.tolist(), hits.passages.tolist(), strict=True)) == expected


def test_a_word_that_very_many_passages_hold_counts_as_any_other() -> None:
    count = DENSE_FROM + 7
    texts = ["rain " * (1 + n % 3) + ("sun" if n % 9 else "wind") for n in range(count)]
    index = index_of(texts)
    rain, wind = index.vocabulary["rain"], index.vocabulary["wind"]
    scores = scores_of(index, {rain: 0.5, wind: 1.0})
    for place in (0, 1, 2, 9, 18, count - 1):
        only = np.asarray([place], dtype=np.int32)
        wanted = sum(
            weight * index.word_idf.item(number) * float(index.gains_at(number, only)[0])
            for word, weight in (("rain", 0.5), ("wind", 1.0))
            for number in [index.vocabulary[word]]
        )
        assert scores[place] == pytest.approx(wanted, rel=1e-5)
