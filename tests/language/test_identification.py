"""Language identification on real text of every language of the benchmarks."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.identification import SAMPLE_CHARACTERS, UNKNOWN, language_of

DATA = Path(__file__).resolve().parents[2] / "benchmarks" / "data" / "encyclopedia"
LANGUAGES = sorted(folder.name for folder in DATA.iterdir())


@cache
def text_in(language: str) -> str:
    files = sorted((DATA / language / "corpus").rglob("*.*"))
    return "\n\n".join(f.read_text("utf-8") for f in files if f.suffix in (".md", ".txt"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_real_text_is_in_the_language_it_is_in(language: str) -> None:
    text = text_in(language)
    for start in range(0, min(len(text), 80_000), SAMPLE_CHARACTERS):
        assert language_of(text[start : start + SAMPLE_CHARACTERS]) == language


@given(st.text(max_size=60) | st.text("abcdeIJKß éñşİжж日本ก", max_size=30))
def test_only_a_text_without_letters_has_no_language(text: str) -> None:
    letters = any(character.isalpha() for character in text)
    assert (language_of(text) == UNKNOWN) is not letters


def test_capitals_and_decomposed_letters_make_no_difference() -> None:
    assert language_of("DIE STRASSE IST HEUTE WEGEN DES REGENS GESPERRT") == "de"
    assert (
        language_of("L'été dernier, la rivière était plus élevée".replace("é", "e\u0301")) == "fr"
    )


def test_only_the_beginning_counts() -> None:
    assert language_of(text_in("de")[:SAMPLE_CHARACTERS] + text_in("ru")) == "de"
