"""Questions in many languages and scripts find the passage that answers them."""

import unicodedata
from functools import cache
from pathlib import Path

import pytest

from bot.answering.evaluation import Question, judge, read_questions
from bot.core.replies import Answer
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.ranking.search import search
from tests.harness import documents

DATA = Path(__file__).resolve().parents[3] / "benchmarks" / "data" / "encyclopedia"
QUESTIONS = 30


@cache
def searcher(language: str) -> Searcher:
    return documents.searcher(documents.read_folder(DATA / language / "corpus"))


@cache
def questions(language: str) -> tuple[Question, ...]:
    return read_questions(DATA / language / "questions.jsonl")[:QUESTIONS]


def right_document_first(language: str, change: str = "") -> float:
    """The share of questions whose first candidate is in the wanted document."""
    made = searcher(language)
    right = 0
    for question in questions(language):
        text = bare(question.question) if change == "bare" else question.question
        candidates = search(text, made.index).candidates
        if candidates:
            passage = made.index.passage(candidates[0].passage)
            right += passage.document.path in {gold.doc for gold in question.gold}
    return right / len(questions(language))


def bare(text: str) -> str:
    """The text as people type it who leave accents and dots out."""
    letters = unicodedata.normalize("NFD", text)
    return "".join(c for c in letters if not unicodedata.combining(c)).replace("đ", "d")


@pytest.mark.parametrize(
    "language", ["ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"]
)
def test_the_right_document_comes_first(language: str) -> None:
    assert searcher(language).index.languages[0] == language
    assert right_document_first(language) >= 0.8


@pytest.mark.parametrize("language", ["el", "es", "tr", "vi"])
def test_questions_typed_without_accents_are_understood(language: str) -> None:
    assert right_document_first(language, "bare") >= 0.75


@pytest.mark.parametrize("language", ["de", "hi", "th", "zh"])
def test_replies_are_verbatim_in_any_script(language: str) -> None:
    made = searcher(language)
    for question in questions(language):
        reply = made.reply(question.question)
        assert judge(question, reply, 0.0).verbatim
        if isinstance(reply, Answer):
            for excerpt in reply.excerpts:
                assert len(excerpt.quote) <= 400 + 2 * len("[…]")


def test_a_question_in_another_language_than_the_documents_meets_silence() -> None:
    reply = searcher("zh").reply("Who was the engineer of the railway?")
    assert not isinstance(reply, Answer)
