"""The bundled general-knowledge questions: enough of them, clean, and varied in form."""

import re
import unicodedata
from collections import Counter
from importlib import resources

import pytest

from bot.retrieval.query import other_language

FOLDER = resources.files("bot.retrieval.ranking") / "foreign_questions"
UNSPACED = frozenset({"ja", "th", "zh"})
OTHERS = ["ar", "de", "el", "es", "fr", "hi", "it", "ja", "ko", "nl"]
OTHERS += ["pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh"]
LEAST = {"en": 320} | dict.fromkeys(OTHERS, 120)
LANGUAGES = sorted(LEAST)
SCRIPTS = {
    "ar": "ARABIC",
    "el": "GREEK",
    "hi": "DEVANAGARI",
    "ja": "HIRAGANA",
    "ko": "HANGUL",
    "ru": "CYRILLIC",
    "th": "THAI",
    "uk": "CYRILLIC",
    "zh": "CJK UNIFIED",
}


def read_text(language: str) -> str:
    return (FOLDER / f"{language}.txt").read_bytes().decode("utf-8")


def read_questions(language: str) -> list[str]:
    return read_text(language).removesuffix("\n").split("\n")


def comparable(question: str) -> str:
    """Fold case, width and closing marks, so that two spellings of one question meet."""
    folded = unicodedata.normalize("NFKC", question).casefold().strip()
    return " ".join(folded.strip("?;؟¿.! ").split())


def test_there_is_one_file_for_each_language_and_nothing_else() -> None:
    names = {entry.name for entry in FOLDER.iterdir()}
    assert names - {"__pycache__"} == {f"{language}.txt" for language in LANGUAGES}


def test_languages_are_told_apart_where_there_are_questions_to_calibrate_on() -> None:
    assert sorted(other_language.LANGUAGES) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_holds_enough_questions(language: str) -> None:
    assert len(read_questions(language)) >= LEAST[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_question_is_there_twice(language: str) -> None:
    counts = Counter(map(comparable, read_questions(language)))
    assert [question for question, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_are_as_long_as_people_write_them(language: str) -> None:
    questions = read_questions(language)
    if language in UNSPACED:
        wrong = [question for question in questions if not 4 <= len(question) <= 60]
    else:
        wrong = [question for question in questions if not 2 <= len(question.split()) <= 25]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_are_clean_text(language: str) -> None:
    text = read_text(language)
    assert text.endswith("\n")
    # Composed letters only: the marks of a decomposed one would hide duplicates from a reader.
    assert unicodedata.is_normalized("NFC", text)
    for question in read_questions(language):
        assert question == question.strip()
        hidden = [sign for sign in question if unicodedata.category(sign) in ("Cc", "Cf", "Co")]
        assert hidden == [], question
        assert "\N{REPLACEMENT CHARACTER}" not in question
        assert not re.match(r"#|[-*•]\s|\d+[.)]\s", question), question


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - UNSPACED))
def test_no_form_of_question_dominates(language: str) -> None:
    questions = [comparable(question) for question in read_questions(language)]
    beginnings = Counter(tuple(question.split()[:3]) for question in questions)
    beginning, count = beginnings.most_common(1)[0]
    assert count <= len(questions) * 0.05, " ".join(beginning)


@pytest.mark.parametrize("language", sorted(SCRIPTS))
def test_a_file_is_written_in_the_script_of_its_language(language: str) -> None:
    questions = read_questions(language)
    native = [
        question
        for question in questions
        if any(unicodedata.name(sign, "").startswith(SCRIPTS[language]) for sign in question)
    ]
    # A Japanese key-word query may do without hiragana; other scripts have no such excuse.
    assert len(native) >= len(questions) * (0.9 if language == "ja" else 1.0)


def test_no_question_is_shared_between_languages() -> None:
    owners: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for question in read_questions(language):
            owners.setdefault(comparable(question), []).append(language)
    assert {question: each for question, each in owners.items() if len(each) > 1} == {}
