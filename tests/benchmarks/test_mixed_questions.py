"""The mixed evaluation set is what it says: real quotes, unique ids, the stated counts."""

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2] / "benchmarks" / "data" / "mixed"
CORPUS = ROOT / "corpus"
WRAPPED = "rules/housing-cooperative.txt"
FIELDS = {"id", "question", "kind", "gold", "all_required", "note", "language"}
UNANSWERED = {"offtopic": 10, "silent": 10}
KINDS = {
    "fact": {"en": 10, "de": 5, "es": 5},
    "number": {"en": 9, "de": 4, "es": 4},
    "who": {"en": 6, "de": 3, "es": 3},
    "date": {"en": 6, "de": 3, "es": 3},
    "why": {"en": 7, "de": 4, "es": 4},
    "where": {"en": 5, "de": 2, "es": 2},
    "paraphrase": {"en": 9, "de": 4, "es": 4},
    "disagree": {"en": 4, "de": 2, "es": 2},
    "typo": {"en": 4, "de": 3, "es": 3},
    "offtopic": {"en": 4, "de": 3, "es": 3},
    "silent": {"en": 4, "de": 3, "es": 3},
}

QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (ROOT / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
DOCUMENTS = {
    path.relative_to(CORPUS).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(CORPUS.rglob("*"))
    if path.suffix in {".md", ".txt"}
}
ANSWERABLE = [q for q in QUESTIONS if q["kind"] not in UNANSWERED]


def test_ids_and_questions_are_unique() -> None:
    assert len({q["id"] for q in QUESTIONS}) == len(QUESTIONS) == 140
    assert len({q["question"].casefold() for q in QUESTIONS}) == len(QUESTIONS)


def test_every_question_has_the_same_fields() -> None:
    assert all(set(q) == FIELDS for q in QUESTIONS)


def test_counts_per_kind_and_language() -> None:
    found = Counter((q["kind"], q["language"]) for q in QUESTIONS)
    stated = {(kind, lang): n for kind, langs in KINDS.items() for lang, n in langs.items()}
    assert found == stated
    assert Counter(q["language"] for q in ANSWERABLE) == {"en": 60, "de": 30, "es": 30}


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda q: q["id"])
def test_gold_quotes_stand_in_their_documents(question: dict[str, Any]) -> None:
    assert question["gold"]
    for gold in question["gold"]:
        quote = gold["quote"]
        lines = DOCUMENTS[gold["doc"]].splitlines()
        assert sum(line.count(quote) for line in lines) == 1, quote
        assert 2 <= len(quote.split()) <= 15, quote


@pytest.mark.parametrize("kind", UNANSWERED)
def test_unanswerable_questions_have_no_gold(kind: str) -> None:
    of_kind = [q for q in QUESTIONS if q["kind"] == kind]
    assert len(of_kind) == UNANSWERED[kind]
    assert all(q["gold"] == [] and not q["all_required"] for q in of_kind)


def test_disagreements_need_two_documents_and_nothing_else_needs_all() -> None:
    for question in QUESTIONS:
        assert question["all_required"] == (question["kind"] == "disagree")
        if question["all_required"]:
            assert len({gold["doc"] for gold in question["gold"]}) >= 2


def test_every_document_is_asked_about_and_in_the_manifest() -> None:
    manifest = tomllib.loads((CORPUS / "sources.toml").read_text(encoding="utf-8"))
    assert set(manifest) == set(DOCUMENTS)
    assert all(entry["title"] for entry in manifest.values())
    assert {gold["doc"] for q in QUESTIONS for gold in q["gold"]} == set(DOCUMENTS)


def test_documents_have_their_stated_size_and_only_one_is_hard_wrapped() -> None:
    for name, text in DOCUMENTS.items():
        widest = max(len(line) for line in text.splitlines())
        assert (widest <= 72) == (name == WRAPPED), name
        if name.startswith("long/"):
            paragraphs = [line for line in text.splitlines() if line]
            assert len(paragraphs) == 30
            assert all(90 <= len(paragraph.split()) <= 180 for paragraph in paragraphs)
        else:
            assert 700 <= len(text.split()) <= 1500, name
