"""Ranking in large corpora, where n-grams have no postings: the scores are those of all terms."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.documents import Block, BlockKind, Document, Source, Span
from bot.core.passages import PassageTable, Share
from bot.ingest.segmenting import passages
from bot.retrieval.index import EXACT_UP_TO, Index
from bot.retrieval.queries import analyse
from bot.retrieval.ranking import rank, touch
from bot.retrieval.search import search

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


def document(name: str, paragraphs: Sequence[str]) -> Document:
    blocks, start = [], 0
    for text in paragraphs:
        blocks.append(Block(Span(start, start + len(text)), BlockKind.PARAGRAPH))
        start += len(text) + 2
    return Document(
        name, "main", name, Source("Rain on the mill"), "\n\n".join(paragraphs), tuple(blocks)
    )


def both(documents: Sequence[Sequence[str]]) -> tuple[Index, Index]:
    """The index with postings of n-grams, and the one without."""
    made = [document(f"{n}.txt", each) for n, each in enumerate(documents)]
    table = PassageTable.joined(Share(PassageTable.alone(d, passages(d)), 0) for d in made)
    exact = Index.built(table, exact_up_to=EXACT_UP_TO)
    large = Index.built(table, exact_up_to=0)
    assert exact.holds_grams is True
    return exact, large


PARAGRAPH = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
DOCUMENTS = st.lists(st.lists(PARAGRAPH, min_size=1, max_size=6), min_size=1, max_size=5)


@settings(max_examples=60)
@given(DOCUMENTS, st.sampled_from(QUESTIONS), st.integers(1, 5))
def test_what_is_found_has_the_scores_of_all_terms(
    documents: list[list[str]], question: str, count: int
) -> None:
    exact, large = both(documents)
    assert large.holds_grams is False
    wanted = exact.scores(analyse(question, exact, LANGUAGES).terms)
    query = analyse(question, large, LANGUAGES)
    hits = rank(large, query, touch(large, query), count)
    for hit in hits:
        assert hit.score == pytest.approx(float(wanted[hit.passage]), rel=1e-4)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage for hit in hits}) == len(hits) <= count


@settings(max_examples=60)
@given(DOCUMENTS, st.sampled_from(QUESTIONS))
def test_a_small_corpus_is_answered_alike_either_way(
    documents: list[list[str]], question: str
) -> None:
    exact, large = both(documents)
    mine, theirs = search(question, large, LANGUAGES), search(question, exact, LANGUAGES)
    shares = exact.scores(theirs.query.terms) > 0
    if mine.candidates and theirs.candidates:
        assert mine.signal == pytest.approx(theirs.signal, rel=1e-3)
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
    assert rank(large, query, touch(large, query), 3)[0].passage == first
    same = analyse(question, exact, LANGUAGES)
    assert rank(exact, same, touch(exact, same), 3)[0].passage == first


@pytest.mark.parametrize("question", ["", "?!", "xyzzy", "第", "\ud800", "\x00", "a" * 5_000])
def test_what_shares_nothing_finds_nothing(question: str) -> None:
    _, large = both([["sun and rain"], ["wind"]])
    query = analyse(question, large, LANGUAGES)
    assert rank(large, query, touch(large, query), 5) == []


def test_passages_of_one_worth_come_in_the_order_of_the_corpus() -> None:
    _, large = both([["rain and sun"] for _ in range(400)])
    query = analyse("rain", large, LANGUAGES)
    hits = rank(large, query, touch(large, query), 10)
    assert [hit.passage for hit in hits] == list(range(10))
    assert len(np.unique([hit.score for hit in hits])) == 1
