"""Acronyms that documents explain, and documents that make finding them hard."""

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bot.retrieval.text.aliases import explained_acronyms

SMALL = r"(?:of|for|the|and|in|de|del|la|los|für|der|des|und|du|et|al)"
WORD = r"\p{Lu}[\p{L}\p{M}’'-]*"
PHRASE = rf"{WORD}(?:\s+(?:{SMALL}\s+){{0,2}}{WORD}){{1,6}}"
SHORT = r"\p{Lu}[\p{Lu}\p{N}]{1,7}"
PLAIN = (
    regex.compile(rf"({PHRASE})\s*[(\[]({SHORT})[)\]]"),
    regex.compile(rf"\b({SHORT})\s*[(\[]({PHRASE})[)\]]"),
)
"""The same patterns, but with backtracking."""

PIECES = "Free Sailors Army of the FSA fsa SA A aB’C ( ) [ ] . \n de del la".split(" ")


@example("the Free Army of the Sailors (FAS) and the FSA (Free Sailors Army)")
@example("syria.jpgFree Army (FA), A A A A A A A A A (AA)")
@given(st.lists(st.sampled_from([*PIECES, " ", " ", " "]), max_size=30).map("".join))
def test_what_is_explained_is_what_plain_patterns_find(text: str) -> None:
    before, after = ([match.groups() for match in plain.finditer(text)] for plain in PLAIN)
    phrases = [phrase for phrase, _ in before] + [phrase for _, phrase in after]
    shorts = [short for _, short in before] + [short for short, _ in after]
    explained = list(explained_acronyms(text))
    wanted = [
        short
        for phrase, short in zip(phrases, shorts, strict=True)
        if list(explained_acronyms(f"{phrase} ({short})"))
    ]
    assert [short for short, _ in explained] == wanted
    assert all(phrase in " ".join(text.split()) for _, phrase in explained)


def test_the_phrase_of_an_acronym_begins_with_a_name() -> None:
    text = "Then the Free Army of the Sailors (FAS) came"
    assert list(explained_acronyms(text)) == [("FAS", "Free Army of the Sailors")]


@pytest.mark.parametrize(
    "text",
    [
        "(" + "A" * 100_000,
        ("A" * 20_000 + " ") * 7 + "(",
        "(" + "Aa of the " * 20_000,
        ("AB (" + "A" * 20_000 + " ") * 7,
        "(" + ("A" + " " * 50_000) * 7,
    ],
    ids=["one word", "seven words", "small words", "an acronym before", "blanks"],
)
def test_a_hostile_passage_explains_nothing_and_ends(text: str) -> None:
    # The patterns with backtracking take hours for the second.
    assert list(explained_acronyms(text)) == []
