"""What a silence offers: near passages only, one of each document first, none twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.replies import Answer, Excerpt, Silence
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.ranking.calibration import NEAR_FLOOR, NEAR_RATE, foreign_questions
from tests.harness import documents

ROOF = "The roof of the school was mended by two masons before the snow came."
SLATES = "Slates for the roof came from a quarry, and the masons slept in the school."
CHIMNEY = "A chimney stands on the roof, and the masons of the school swept it."
BELL = "Two masons hung the bell of the school at noon."
TOWN = "Bread is sold at noon, and the mill stands still on the day of rest."
QUESTION = "Do tigers bite masons in schools of the jungle?"


@pytest.fixture(scope="module")
def searcher() -> Searcher:
    return documents.searcher(
        documents.corpus(
            documents.document("school.md", ROOF, SLATES, CHIMNEY),
            documents.document("bell.md", BELL),
            documents.document("town.md", TOWN),
        )
    )


def nearest(searcher: Searcher, question: str) -> tuple[Excerpt, ...]:
    reply = searcher.reply(question)
    return () if isinstance(reply, Answer) else reply.nearest


def test_each_document_that_is_near_comes_before_the_second_excerpt_of_any(
    searcher: Searcher,
) -> None:
    offered = nearest(searcher, QUESTION)
    paths = [each.citation.document for each in offered]
    assert len(offered) == 3
    assert set(paths[:2]) == {"school.md", "bell.md"}
    assert paths[2] == "school.md"
    assert {each.passage.span for each in offered if each.passage.document.path == "school.md"}


def test_what_is_near_is_below_the_level_of_an_answer_and_above_its_own(
    searcher: Searcher,
) -> None:
    result = searcher.search(QUESTION)
    levels = searcher.thresholds_of(result.query)
    assert NEAR_FLOOR <= levels.near <= result.match_strength < levels.low
    strengths = {each.passage: each.match_strength for each in result.candidates}
    passages = {searcher.index.passage(number).span: number for number in strengths}
    assert all(
        strengths[passages[each.passage.span]] >= levels.near
        for each in nearest(searcher, QUESTION)
    )


def test_most_foreign_questions_are_offered_nothing(searcher: Searcher) -> None:
    asked = foreign_questions("en")
    offered = [question for question in asked if nearest(searcher, question)]
    assert len(offered) <= NEAR_RATE * len(asked)


@given(st.lists(st.sampled_from(" ".join((ROOF, BELL, TOWN, QUESTION)).split()), max_size=9))
def test_no_silence_offers_a_passage_twice_or_more_than_three(
    searcher: Searcher, words: list[str]
) -> None:
    reply = searcher.reply(" ".join(words))
    if isinstance(reply, Silence):
        places = [(e.citation.document, e.passage.span) for e in reply.nearest]
        assert len(places) == len(set(places)) <= 3
