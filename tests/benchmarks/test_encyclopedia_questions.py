"""The encyclopaedia evaluation sets are what they say: short answers that stand in articles."""

import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2] / "benchmarks" / "data" / "encyclopedia"
LANGUAGES = sorted(path.name for path in ROOT.iterdir() if path.is_dir()) if ROOT.is_dir() else []
OURS = {"en", "de", "es", "ro", "tr", "vi"}
FIELDS = {"id", "question", "kind", "gold", "all_required", "note", "language"}
KINDS = {"fact", "number", "date", "who", "where", "why"}
FEWEST_QUESTIONS = 50
LONGEST_ANSWER = 80
"""Characters; a gold answer is the answer itself, never a sentence around it."""


def questions_of(language: str) -> list[dict[str, Any]]:
    """Read the questions of one language folder, in the order of the file."""
    lines = (ROOT / language / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def documents_of(language: str) -> dict[str, str]:
    """Read the articles of one language folder by file name."""
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted((ROOT / language / "corpus").glob("*.txt"))
    }


def test_the_six_languages_written_first_are_there() -> None:
    assert set(LANGUAGES) >= OURS


def test_ids_are_unique_over_all_languages() -> None:
    ids = Counter(q["id"] for language in LANGUAGES for q in questions_of(language))
    assert [id_ for id_, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_enough_questions_of_every_kind(language: str) -> None:
    questions = questions_of(language)
    assert len(questions) >= FEWEST_QUESTIONS
    assert len({q["question"].casefold() for q in questions}) == len(questions)
    assert {q["kind"] for q in questions} == KINDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_the_same_fields(language: str) -> None:
    for question in questions_of(language):
        assert set(question) == FIELDS, question["id"]
        assert question["id"].startswith(f"enc-{language}-"), question["id"]
        assert question["language"] == language, question["id"]
        assert question["gold"], question["id"]
        assert question["all_required"] is False, question["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_gold_quotes_stand_exactly_once_in_their_documents(language: str) -> None:
    documents = documents_of(language)
    wrong = [
        (question["id"], gold["quote"], documents[gold["doc"]].count(gold["quote"]))
        for question in questions_of(language)
        for gold in question["gold"]
        if documents[gold["doc"]].count(gold["quote"]) != 1
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_gold_quotes_are_short_and_within_one_paragraph(language: str) -> None:
    for question in questions_of(language):
        for gold in question["gold"]:
            quote = gold["quote"]
            assert quote == quote.strip(), question["id"]
            assert "\n" not in quote, question["id"]
            assert 0 < len(quote) <= LONGEST_ANSWER, question["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_article_is_paragraphs_and_is_asked_about(language: str) -> None:
    asked = {gold["doc"] for question in questions_of(language) for gold in question["gold"]}
    documents = documents_of(language)
    assert asked == set(documents)
    for name, text in documents.items():
        assert unicodedata.is_normalized("NFC", text), name
        paragraphs = text.rstrip("\n").split("\n\n")
        assert 4 <= len(paragraphs) <= 5, name
        assert all(p.strip() == p and "\n" not in p for p in paragraphs), name
