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
from bot.retrieval.shard.build import build_index
from bot.retrieval.shard.index import EXACT_UP_TO, Index
from tests.harness.documents import corpus, document

LANGUAGES = ("en", "zh", "th", "el")
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
    """The index with postings of n-grams, and the one without."""
    table = corpus(
        *(
            document(f"{n}.txt", *paragraphs, title="Rain on the mill")
            for n, paragraphs in enumerate(documents)
        )
    ).passages
    exact = build_index(table, exact_up_to=EXACT_UP_TO)
    large = build_index(table, exact_up_to=0)
    assert exact.holds_grams is True
    return exact, large


def scores_of_all(index: Index, query: Query) -> npt.NDArray[np.float32]:
    """The score of every passage, 0 for one that shares no term."""
    hits = index.rank(query.terms.tolist(), query.weights.tolist(), len(index.passages))
    scores = np.zeros(len(index.passages), dtype=np.float32)
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
    assert large.holds_grams is False
    same = analyse(question, exact, LANGUAGES)
    wanted = scores_of_all(exact, same)
    ranked = rank_passages(large, analyse(question, large, LANGUAGES), count)
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
    query = analyse(question, exact, LANGUAGES)
    every = match_passages(exact, query, np.arange(len(exact.passages)))
    place = data.draw(st.integers(0, len(exact.passages) - 1))
    alone = match_passages(exact, query, np.asarray([place]))
    own = np.flatnonzero(every.passage == place)
    here = np.isin(every.pair_sentence, own)
    first = own.min(initial=every.sentence_count)
    assert every.number[own].tolist() == alone.number.tolist()
    assert every.length[own].tolist() == alone.length.tolist()
    assert every.pair[here].tolist() == alone.pair.tolist()
    assert (every.pair_sentence[here] - first).tolist() == alone.pair_sentence.tolist()
    assert np.array_equal(every.frequency[own], alone.frequency[: alone.sentence_count])
    assert np.array_equal(every.passage_frequency()[place], alone.passage_frequency()[0])


@settings(max_examples=60)
@given(DOCUMENTS, st.sampled_from(QUESTIONS))
def test_a_small_corpus_is_answered_alike_either_way(
    documents: list[list[str]], question: str
) -> None:
    exact, large = both(documents)
    mine, theirs = search(question, large, LANGUAGES), search(question, exact, LANGUAGES)
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
    ],
)
def test_the_passage_is_found_without_postings_of_n_grams(question: str, first: int) -> None:
    said = ("evacuation", "Η Αθήνα", "Der Führer", "第一市場", "ไปตลาดน้ำ", "Zenki came")
    filling = [f"sun and rain {word}" for word in ("one", "two", "three", "four")]
    exact, large = both([[each] for each in (*said, *filling)])
    query = analyse(question, large, LANGUAGES)
    assert rank_passages(large, query, 3).passages[0] == first
    same = analyse(question, exact, LANGUAGES)
    assert rank_passages(exact, same, 3).passages[0] == first


@pytest.mark.parametrize("question", ["", "?!", "xyzzy", "第", "\ud800", "\x00", "a" * 5_000])
def test_what_shares_nothing_finds_nothing(question: str) -> None:
    _, large = both([["sun and rain"], ["wind"]])
    query = analyse(question, large, LANGUAGES)
    assert len(rank_passages(large, query, 5).passages) == 0


def test_passages_of_one_worth_come_in_the_order_of_the_corpus() -> None:
    _, large = both([["rain and sun"] for _ in range(400)])
    query = analyse("rain", large, LANGUAGES)
    ranked = rank_passages(large, query, 10)
    assert ranked.passages.tolist() == list(range(10))
    assert len(np.unique(ranked.scores)) == 1


def test_a_word_of_twenty_thousand_letters_is_found_when_it_is_misspelt() -> None:
    random = np.random.default_rng(5)
    word = "".join(chr(97 + letter) for letter in random.integers(0, 26, 20_000).tolist())
    _, large = both([[f"rain {word}"], ["the mill"]])
    assert word in large.vocabulary
    query = analyse(word[:10] + "q" + word[11:], large, LANGUAGES)
    assert rank_passages(large, query, 2).passages.tolist() == [0]
