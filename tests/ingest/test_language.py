"""The language of a text is what the package that made the model says it is."""

from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from bot.ingest.language import UNKNOWN, language_of

DATA = Path(__file__).resolve().parents[2] / "benchmarks" / "data" / "encyclopedia"
LANGUAGES = sorted(folder.name for folder in DATA.iterdir())


@cache
def package() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)


@cache
def text_in(language: str) -> str:
    files = sorted((DATA / language / "corpus").rglob("*.*"))
    return "\n\n".join(f.read_text("utf-8") for f in files if f.suffix in (".md", ".txt"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_real_text_is_in_the_language_it_is_in(language: str) -> None:
    text = text_in(language)
    for start in range(0, min(len(text), 80_000), 4_000):
        piece = text[start : start + 4_000]
        assert language_of(piece) == package().classify(piece)[0] == language


def test_mixtures_are_told_as_the_package_tells_them() -> None:
    for one, other in product(LANGUAGES, LANGUAGES):
        for share in (300, 1_000, 1_900):
            piece = text_in(one)[5_000 : 5_000 + share] + text_in(other)[9_000 : 12_000 - share]
            assert language_of(piece) == package().classify(piece)[0]


@given(st.text(max_size=60) | st.text("abcdeIJKß éñşİжж日本ก", max_size=30))
def test_short_and_odd_texts_are_told_as_the_package_tells_them(text: str) -> None:
    letters = any(character.isalpha() for character in text)
    assert language_of(text) == (package().classify(text)[0] if letters else UNKNOWN)


def test_only_the_beginning_counts() -> None:
    assert language_of(text_in("de")[:4_000] + text_in("ru")) == "de"
