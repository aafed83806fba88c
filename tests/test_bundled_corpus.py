"""The bundled corpus and its questions: exact gold, complete manifest, our own words."""

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import regex

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "corpus"
QUESTIONS = ROOT / "tests" / "data" / "bundled_questions.jsonl"
ARTICLES = ROOT.parent / "shared" / "documents"

KINDS = {
    "fact", "number", "who", "date", "alias", "paraphrase", "disagree", "silent", "offtopic"
}  # fmt: skip
SILENT_KINDS = {"silent", "offtopic"}
MANIFEST_KEYS = {"title", "author", "publisher", "date", "date_note", "url", "about"}
ABOUT_THE_BOT = "about-sources-say.md"
RUN = 8
"""So many words in a row are a copy, fewer may be a name or a turn of phrase."""

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def runs_of(text: str) -> set[tuple[str, ...]]:
    found = words_of(text)
    return {tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


def manifest() -> dict[str, dict[str, Any]]:
    return tomllib.loads(text_of(CORPUS / "sources.toml"))


def questions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in text_of(QUESTIONS).splitlines()]


DOCUMENTS = sorted(CORPUS.glob("*.md"))
ACCOUNTS = [path for path in DOCUMENTS if path.name != ABOUT_THE_BOT]


def test_five_accounts_and_one_document_on_the_bot() -> None:
    assert len(ACCOUNTS) == 5
    assert len(DOCUMENTS) == 6


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_has_300_to_600_words(path: Path) -> None:
    assert 300 <= len(text_of(path).split()) <= 600


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_a_title_sections_and_one_line_a_paragraph(path: Path) -> None:
    blocks = text_of(path).strip().split("\n\n")
    assert [block for block in blocks if "\n" in block] == []
    assert blocks[0].startswith("# ")
    assert 2 <= sum(block.startswith("## ") for block in blocks) <= 4


def test_every_document_is_in_the_manifest_and_the_other_way_round() -> None:
    assert set(manifest()) == {path.name for path in DOCUMENTS}


def test_every_manifest_table_says_what_a_citation_needs() -> None:
    for name, table in manifest().items():
        assert set(table) <= MANIFEST_KEYS, name
        assert all(isinstance(value, str) and value.strip() for value in table.values()), name
        assert table["publisher"] == "Sources Say", name
        assert table["about"].endswith("."), name


def test_every_account_is_called_a_digest_and_its_date_explained() -> None:
    for path in ACCOUNTS:
        table = manifest()[path.name]
        assert table["title"].startswith("Digest: ")
        assert "article summarised" in table["date_note"]
        assert table["title"].removeprefix("Digest: ") in table["about"]


def test_every_account_names_an_article_as_the_shared_manifest_does() -> None:
    if not ARTICLES.is_dir():
        pytest.skip("the articles are not beside the project (../shared/documents)")
    articles = tomllib.loads(text_of(ARTICLES / "sources.toml")).values()
    titled = {f"Digest: {article['title']}": article for article in articles}
    assert {manifest()[path.name]["title"] for path in ACCOUNTS} == set(titled)
    for path in ACCOUNTS:
        table = manifest()[path.name]
        article = titled[table["title"]]
        assert table.get("date") == article.get("date")
        for key in ("author", "publisher"):
            assert article.get(key, "") in table["about"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_run_of_eight_words_is_taken_from_an_article(path: Path) -> None:
    articles = sorted(ARTICLES.glob("*.txt"))
    if not articles:
        pytest.skip("the articles are not beside the project (../shared/documents)")
    ours = runs_of(text_of(path))
    shared = {article.name: ours & runs_of(text_of(article)) for article in articles}
    assert {name: runs for name, runs in shared.items() if runs} == {}


def test_every_gold_quote_is_an_exact_substring_on_one_line() -> None:
    for question in questions():
        for gold in question["gold"]:
            where = f"{question['id']}: {gold['quote']}"
            lines = text_of(CORPUS / gold["doc"]).splitlines()
            assert sum(line.count(gold["quote"]) for line in lines) == 1, where
            assert 3 <= len(gold["quote"].split()) <= 15, where


def test_every_question_has_the_form_of_its_kind() -> None:
    asked = questions()
    assert len(asked) == 30
    assert [question["id"] for question in asked] == [f"bundled-{n:03d}" for n in range(1, 31)]
    assert len({question["question"].casefold() for question in asked}) == 30
    for question in asked:
        assert set(question) == {"id", "question", "kind", "gold", "all_required", "note"}
        assert (question["kind"] in SILENT_KINDS) == (not question["gold"]), question["id"]
        documents = {gold["doc"] for gold in question["gold"]}
        if question["kind"] == "disagree":
            assert question["all_required"], question["id"]
            assert 2 <= len(documents) <= 3, question["id"]
    kinds = Counter(question["kind"] for question in asked)
    assert set(kinds) == KINDS
    assert kinds["disagree"] >= 6
    assert (kinds["silent"], kinds["offtopic"]) == (2, 4)


def test_every_document_answers_a_question() -> None:
    asked = {gold["doc"] for question in questions() for gold in question["gold"]}
    assert asked == {path.name for path in DOCUMENTS}


def test_glossary_groups_are_of_two_names_or_more_and_share_none() -> None:
    glossary = tomllib.loads(text_of(CORPUS / "glossary.toml"))
    assert set(glossary) == {"group"}
    assert len(glossary["group"]) >= 8
    assert all(set(group) == {"names"} for group in glossary["group"])
    assert all(len(group["names"]) >= 2 for group in glossary["group"])
    names = [name for group in glossary["group"] for name in group["names"]]
    assert all(isinstance(name, str) and name == name.strip() != "" for name in names)
    counted = Counter(name.casefold() for name in names)
    assert [name for name, times in counted.items() if times > 1] == []
