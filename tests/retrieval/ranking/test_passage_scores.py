"""Ranking in large corpora, where n-grams have no postings: the scores are those of all terms."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.retrieval.query.query import Query, analyse
from bot.retrieval.ranking.matches import match_passages
from bot.retrieval.ranking.passage_scores import rank_passages
from bot.retrieval.ranking.search import search
from bot.retrieval.shard.build import build_shard
from bot.retrieval.shard.index import Index
from tests.harness.documents import document, table

WORDS = (
    "rain sun the of and a evacuated evacuation Zenki Zinki Hezbol Hizbol air-strikes U.S. 100.000"
    " Αθήνα Café 第一 市場 ตลาดน้ำ rainfall Führer mill"
).split()
QUESTIONS = (
    "evacuated Zenki",
    "Αθηνα cafe Fuhrer",  # without accents
    "evacautoin of Zinkki",  # misspelt
    "xyzzy evacuxyz",  # unknown
    "第一市場",
    "ตลาดน้ำ",
    "the of and a",
    "",
    "?!",
    "rain " * 70,
)


def both(documents: Sequence[Sequence[str]]) -> tuple[Index, Index]:
    """The index that ranks by postings of n-grams, and the one that ranks in two stages."""
    made = [
        document(f"{n}.txt", *paragraphs, title="Rain on the mill")
        for n, paragraphs in enumerate(documents)
    ]
    half = len(made) // 2
    shards = [build_shard(table(*some)) for some in (made[:half], made[half:])]
    exact, large = Index(shards), Index(shards, exact_up_to=0)
    assert exact.is_exact
    return exact, large


def scores_of_all(index: Index, query: Query) -> npt.NDArray[np.float32]:
    """The score of every passage, 0 for one that shares no term."""
    hits = index.top(query.terms, query.numbers, query.weights, max(1, index.size))
    scores = np.zeros(index.size, dtype=np.float32)
    scores[hits.passages] = hits.scores
    return scores


PARAGRAPH = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
DOCUMENTS = st.lists(st.lists(PARAGRAPH, min_size=1, max_size=6), min_size=1, max_size=5)


@settings(max_examples=60)
@given(DOCUMENTS, st.sampled_from(QUESTIONS), st.integers(1, 5))
def test_the_best_passages_have_the_scores_of_all_terms(
    documents: list[list[str]], question: str, count: int
) -> None:
    exact, large = both(documents)
    assert not large.is_exact
    same = analyse(question, exact)
    wanted = scores_of_all(exact, same)
    ranked = rank_passages(large, analyse(question, large), count)
    scores, places = ranked.scores.tolist(), ranked.passages.tolist()
    assert scores == pytest.approx(wanted[places].tolist(), rel=1e-4)
    assert scores == sorted(scores, reverse=True)
    assert len(set(places)) == len(places) <= count


@settings(max_examples=60)
@given(DOCUMENTS, st.sampled_from(QUESTIONS), st.data())
def test_a_passage_has_the_same_matches_alone_and_among_others(
    documents: list[list[str]], question: str, data: st.DataObject
) -> None:
    exact, _ = both(documents)
    query = analyse(question, exact)
    every = match_passages(exact, query, np.arange(exact.size))
    place = data.draw(st.integers(0, exact.size - 1))
    subset = every.subset(np.asarray([place]))
    alone = match_passages(exact, query, np.asarray([place]))
    count = alone.sentence_count
    assert subset.number.tolist() == alone.number.tolist()
    assert subset.length.tolist() == alone.length.tolist()
    assert subset.pair.tolist() == alone.pair.tolist()
    assert subset.pair_sentence.tolist() == alone.pair_sentence.tolist()
    assert np.array_equal(subset.frequency()[:count], alone.frequency()[:count])
    assert np.array_equal(subset.passage_frequency(), alone.passage_frequency())
    assert np.array_equal(every.passage_frequency()[place], alone.passage_frequency()[0])


@settings(max_examples=60)
@given(DOCUMENTS, st.sampled_from(QUESTIONS))
def test_a_small_corpus_is_answered_alike_either_way(
    documents: list[list[str]], question: str
) -> None:
    exact, large = both(documents)
    mine, theirs = search(question, large), search(question, exact)
    shares = scores_of_all(exact, theirs.query) > 0
    if mine.candidates and theirs.candidates:
        assert mine.match_strength == pytest.approx(theirs.match_strength, rel=1e-3)
    assert bool(theirs.candidates) or not mine.candidates
    assert all(shares[candidate.passage] for candidate in mine.candidates)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("evacuated", 0),
        ("evacuatoin", 0),
        ("αθηνα", 1),
        ("fuhrer", 2),
        ("市場", 3),
        ("ตลาดน้ำ", 4),
        ("zinki", 5),
        ("harbourmen", 6),
    ],
)
def test_the_passage_is_found_without_postings_of_n_grams(question: str, first: int) -> None:
    said = (
        "evacuation",
        "Η Αθήνα",
        "Der Führer",
        "第一市場",
        "ไปตลาดน้ำ",
        "Zenki came",
        "harbourmasters",
    )
    filling = [f"sun and rain {word}" for word in ("one", "two", "three", "four")]
    exact, large = both([[each] for each in (*said, *filling)])
    query = analyse(question, large)
    assert rank_passages(large, query, 3).passages[0] == first
    same = analyse(question, exact)
    assert rank_passages(exact, same, 3).passages[0] == first


@pytest.mark.parametrize("question", ["", "?!", "xyzzy", "第", "\ud800", "\x00", "a" * 5_000])
def test_what_shares_nothing_finds_nothing(question: str) -> None:
    _, large = both([["sun and rain"], ["wind"]])
    query = analyse(question, large)
    assert len(rank_passages(large, query, 5).passages) == 0


def test_passages_of_one_worth_come_in_the_order_of_the_corpus() -> None:
    _, large = both([["rain and sun"] for _ in range(400)])
    query = analyse("rain", large)
    ranked = rank_passages(large, query, 10)
    assert ranked.passages.tolist() == list(range(10))
    assert len(np.unique(ranked.scores)) == 1


def test_a_word_of_five_thousand_letters_is_found_when_it_is_misspelt() -> None:
    random = np.random.default_rng(5)
    word = "".join(chr(97 + letter) for letter in random.integers(0, 26, 5_000).tolist())
    _, large = both([[f"rain {word}"], ["the mill"]])
    query = analyse(word[:10] + "q" + word[11:], large)
    assert rank_passages(large, query, 2).passages.tolist() == [0]
