"""A scope ranks as rank_bm25 does over all its passages, with an idf that is never negative."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from bot.core.documents import Document, Locator, Passage, Source, Span
from bot.retrieval.shard.build import build_shard
from bot.retrieval.shard.index import DENSE_SHARE, Hits, Index
from bot.retrieval.shard.lookup import Term, TermKind
from bot.retrieval.shard.shard import EXACT_UP_TO
from bot.retrieval.shard.top_k import DenseRow, top_k
from bot.retrieval.text.analysis import grams, words
from tests.harness.documents import table_of


class Reference(BM25Okapi):
    """The package itself with Lucene's idf, fed with a list of terms a passage."""

    def _calc_idf(self, nd: dict[str, int]) -> None:
        for term, df in nd.items():
            self.idf[term] = float(np.log(1 + (self.corpus_size - df + 0.5) / (df + 0.5)))


def passages(texts: Iterable[str]) -> list[Passage]:
    made = []
    for number, text in enumerate(texts):
        document = Document(f"{number}.txt", "main", str(number), Source(title=""), text, ())
        whole = Span(0, len(text))
        made.append(Passage(document, whole, (whole,), Locator(paragraph=1)))
    return made


def index_of(texts: Iterable[str], shards: int = 1, exact_up_to: int = EXACT_UP_TO) -> Index:
    """The index of a passage a text, cut into shards; with few texts some are empty."""
    made = passages(texts)
    cuts = [len(made) * cut // shards for cut in range(shards + 1)]
    tables = [table_of(made[start:end]) for start, end in pairwise(cuts)]
    return Index([build_shard(table) for table in tables], exact_up_to=exact_up_to)


def terms(text: str) -> list[Term]:
    """Universal terms by the book, with repetitions."""
    found = list(words(text))
    plain = [word.form for word in found if not word.joined]
    return [
        *(Term(TermKind.WORD, word.form) for word in found),
        *(Term(TermKind.GRAM, gram) for word in found for gram in grams(word.form)),
        *(Term(TermKind.PAIR, one, other) for one, other in pairwise(plain)),
    ]


def best(index: Index, weights: Mapping[Term, float], count: int) -> Hits:
    """The best passages by terms that weigh so much, times their idf."""
    lookup, asked = index.lookup(), tuple(weights)
    lookup.add_words(form for term in asked for form in (term.text, term.second))
    lookup.add_grams(term.text for term in asked)
    numbers, frequencies = lookup.numbers(asked)
    weight = np.array([*weights.values()]) * index.bm25.idf(frequencies)
    return index.top(asked, numbers, weight, count)


def scores_of(index: Index, weights: Mapping[Term, float]) -> npt.NDArray[np.float32]:
    """The score of every passage, 0 for one that shares no term."""
    hits = best(index, weights, max(1, index.size))
    scores = np.zeros(index.size, dtype=np.float32)
    scores[hits.passages] = hits.scores
    return scores


def compare(texts: list[str], question: str, shards: int) -> None:
    asked = list(dict.fromkeys(terms(question)))
    ours = scores_of(index_of(texts, shards), dict.fromkeys(asked, 1.0))
    theirs = Reference([list(map(str, terms(text))) for text in texts]).get_scores(
        list(map(str, asked))
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shards", [1, 2, 3])
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
def test_scores_are_those_of_rank_bm25(texts: list[str], question: str, shards: int) -> None:
    compare(texts, question, shards)


_WORDS = st.sampled_from("rain sun wind wet a of air-strikes U.S. 100.000 Za’id это 第一".split())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(_WORDS, min_size=1, max_size=12).map(" ".join), min_size=1, max_size=8),
    st.lists(_WORDS, max_size=8).map(" ".join),
    st.integers(1, 4),
)
def test_scores_are_those_of_rank_bm25_on_any_corpus(
    texts: list[str], question: str, shards: int
) -> None:
    compare(texts, question, shards)


def word(form: str) -> Term:
    return Term(TermKind.WORD, form)


def test_a_word_in_every_passage_still_counts() -> None:
    assert (scores_of(index_of(["rain today", "rain tomorrow"]), {word("rain"): 1.0}) > 0).all()


@pytest.mark.parametrize("exact", [0, EXACT_UP_TO])
@pytest.mark.parametrize("texts", [["rain today", "sun tomorrow"], ["…"], []])
def test_what_no_passage_holds_finds_nothing(texts: list[str], exact: int) -> None:
    index = index_of(texts, 2, exact)
    assert len(best(index, {}, 10)) == 0
    assert len(best(index, dict.fromkeys(terms("no such thing"), 1.0), 10)) == 0


@pytest.mark.parametrize("shards", [1, 3])
def test_ties_keep_the_order_of_the_corpus(shards: int) -> None:
    hits = best(index_of(["rain"] * 7, shards), {word("rain"): 1.0}, 3)
    assert hits.passages.tolist() == [0, 1, 2]


@settings(deadline=None)
@given(st.integers(0, 4), st.integers(1, 99), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_the_best_are_those_of_sorting_all_with_what_is_added_later(
    size: int, count: int, rows: int, seed: int
) -> None:
    length = (0, 40, 1_290, 13_001, 40_000)[size]
    random = np.random.default_rng(seed)
    # Whole numbers and quarters: sums of them are exact, many are the same, and most are 0.
    density = random.choice([0.1, 0.3])
    scores = (random.integers(0, 9, length) * (random.random(length) < density)).astype(np.float32)
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


COUNT = 5_007


@pytest.fixture(scope="module", params=[1, 3])
def large(request: pytest.FixtureRequest) -> Index:
    """Passages of a few words, of which some are in most and some in few; the last are alike."""
    random = np.random.default_rng(3)
    drawn = np.minimum(random.zipf(1.2, (COUNT, 12)), 3_000)
    texts = [" ".join(f"w{number}" for number in each) for each in drawn.tolist()]
    texts[-100:] = ["w1 w2 w2500 same"] * 100
    return index_of(texts, request.param, exact_up_to=0)


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
    weights: dict[Term, float] = {}
    for each in asked:
        term = word(each if isinstance(each, str) else f"w{each}")
        weights[term] = weights.get(term, 0.0) + 1.0
    hits = best(large, weights, count)
    every = sorted(
        (-score, place) for place, score in enumerate(scores_of(large, weights).tolist()) if score
    )
    expected = [(-score, place) for score, place in every[:count]]
    assert list(zip(hits.scores.tolist(), hits.passages.tolist(), strict=True)) == expected


@pytest.mark.parametrize("shards", [1, 4])
def test_a_word_that_very_many_passages_hold_counts_as_any_other(shards: int) -> None:
    texts = ["rain " * (1 + n % 3) + ("sun" if n % 9 else "wind") for n in range(COUNT)]
    weights = {word("rain"): 0.5, word("wind"): 1.0, word("sun"): 0.25}
    assert DENSE_SHARE < 8 / 9
    plain, dense = index_of(texts), index_of(texts, shards, exact_up_to=0)
    np.testing.assert_allclose(scores_of(dense, weights), scores_of(plain, weights), rtol=1e-5)
