import json
import sys

import pytest
from hypothesis import given

from bot.chat.rendering.escape import (
    json_escaped,
    visible,
    visible_line,
    without_hostile,
)
from tests.chat.builders import ANY_TEXT, HARMLESS_TEXT, HOSTILE


@pytest.mark.parametrize("character", HOSTILE)
def test_a_hostile_character_becomes_a_mark(character: str) -> None:
    assert visible(f"a{character}b") == f"a‹U+{ord(character):04X}›b"
    assert visible_line(f"a{character}b") == f"a‹U+{ord(character):04X}›b"
    assert without_hostile(f"a{character}b") == "ab"
    assert not without_hostile(character)


def test_line_breaks_and_tabs_stay_in_a_text_and_are_marked_on_a_line() -> None:
    assert visible("a\n\tb\r\nc\rd") == "a\n\tb\nc‹U+000D›d"
    assert visible_line("a\n\tb") == "a‹U+000A›‹U+0009›b"


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cشود",  # a Persian verb
        "क्\u200dष",  # a Devanagari half form
        "👩\u200d👩\u200d👧",
        "❤️\u200d🔥",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "non\u00a0breaking, thin\u202fspace, soft\u00adhyphen, e\u0301",
    ],
)
def test_what_a_spelling_or_a_picture_needs_stays(text: str) -> None:
    assert visible(text) == visible_line(text) == text


@pytest.mark.parametrize("text", ["a\u200db", "1\u200c2", "\u200d", "👩\u200da"])
def test_a_joiner_that_joins_nothing_is_marked(text: str) -> None:
    assert "‹U+200" in visible(text)


@given(ANY_TEXT)
def test_no_hostile_character_is_left(text: str) -> None:
    for shown in (visible(text), visible_line(text)):
        assert not set(shown) & set(HOSTILE)
        shown.encode("utf-8")
        assert visible(shown) == shown
    assert not set(without_hostile(text)) & set(HOSTILE)


@given(HARMLESS_TEXT)
def test_every_other_character_is_unchanged(text: str) -> None:
    assert visible(text) == without_hostile(text) == text


@given(ANY_TEXT)
def test_finished_json_is_escaped_without_changing_what_it_says(text: str) -> None:
    written = json_escaped(json.dumps({"a": text}, ensure_ascii=False))
    assert not set(written) & set(HOSTILE)
    # Two lone surrogates side by side are one character to any reader of JSON.
    assert json.loads(written) == json.loads(json.dumps({"a": text}))


def test_lines_of_visible_characters_are_the_same_whether_looked_through_or_not() -> None:
    seen = "".join(filter(str.isprintable, map(chr, range(sys.maxunicode + 1))))
    for show in (visible, visible_line):
        assert show(seen) == seen
        # What is hostile makes it look at each of them.
        assert show(f"{seen}\x00") == f"{seen}‹U+0000›"
