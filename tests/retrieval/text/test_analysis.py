"""Words of every kind of script, with their offsets, and the terms they are found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.text.analysis import fold, grams, words


def forms(text: str) -> list[str]:
    return [word.form for word in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. and U.N.officials", ["the", "US", "and", "un", "officials"]),
        ("US aid for us, IS and is", ["US", "aid", "for", "us", "IS", "and", "is"]),
        ("the E.U above", ["the", "eu", "above"]),
        ("78,000 or 100.000", ["78000", "or", "100000"]),
        ("3.2 and 2016-12", ["3.2", "and", "2016", "12"]),
        ("Bani Za’id’s house", ["bani", "zaid", "house"]),
        ("don't", ["dont"]),
        ("air-strikes", ["air", "airstrikes", "strikes"]),
        ("Straße KİŞİ", ["strasse", "kişi"]),
        ("这是 ok", ["这", "是", "ok"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("ประโยค", ["ประ", "ระโ", "ะโย", "โยค"]),
        ("the\u00a0word", ["the", "word"]),
        ("", []),
        ("…—!", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert forms(text) == expected


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("nguoi", "người"),
        ("ειναι", "είναι"),
        ("munchen", "münchen"),
        ("كتب", "كَتَبَ"),
        ("isik", "ışık"),
    ],
)
def test_accents_are_folded_beside_the_exact_form(typed: str, written: str) -> None:
    assert fold(forms(written)[0]) == fold(typed)
    assert forms(written) != forms(typed) or typed == written


def test_vowel_signs_of_indic_scripts_stay() -> None:
    assert fold("हिन्दी") == "हिन्दी"


def test_grams_mark_the_ends_of_a_word() -> None:
    assert grams("rain") == ("_rai", "rain", "ain_")
    assert grams("of") == ("_of_",)
    assert grams("한국어") == ("한국", "국어")
    assert grams("这") == ()


@given(st.text(max_size=200))
def test_offsets_lie_on_the_text(text: str) -> None:
    end = 0
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert word.form
        if not word.joined:
            assert word.end > end
            end = word.end
