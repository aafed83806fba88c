import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.display_names import display_name, is_displayable, label

ANY = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("name", "displayable", "seen"),
    [
        ("report.md", True, "report.md"),
        ("Überblick – 2016.md", True, "Überblick – 2016.md"),
        ("報告　書.md", True, "報告　書.md"),
        ("می‌خواهم.md", True, "می‌خواهم.md"),
        ("a\\nb.md", True, "a\\nb.md"),
        ("a\nb.md", False, "a\\nb.md"),
        ("a\x1b[31mb.md", False, "a\\x1b[31mb.md"),
        ("a\u202efdp.md", False, "a\\u202efdp.md"),
        ("a\u2028b.md", False, "a\\u2028b.md"),
        ("caf\udce9.md", False, "caf\\xe9.md"),
        ("a\ud800b.md", False, "a\\ud800b.md"),
        ("a\u200bb.md", True, "a\\u200bb.md"),
        ("a\U000e0041b.md", True, "a\\U000e0041b.md"),
    ],
)
def test_names_are_judged_and_displayed(name: str, displayable: bool, seen: str) -> None:
    assert is_displayable(name) is displayable
    assert display_name(name) == seen


def test_a_long_name_is_shown_with_both_its_ends() -> None:
    seen = display_name("folder/" + "x" * 300 + ".pdf")
    assert len(seen) == 160
    assert seen.startswith("folder/xxx")
    assert "x…x" in seen
    assert seen.endswith("xxx.pdf")


@given(ANY)
def test_what_is_shown_can_be_printed_and_shown_again(name: str) -> None:
    seen = display_name(name)
    seen.encode()
    assert len(seen.splitlines()) <= 1
    assert len(seen) <= 160
    assert display_name(seen) == seen


@given(ANY)
def test_a_label_is_one_line_of_300_characters_at_most(text: str) -> None:
    line = label(text)
    line.encode()
    assert len(line) <= 300
    assert line == " ".join(line.split())
    assert label(line) == line


def test_a_label_keeps_its_words_and_loses_what_cannot_be_seen() -> None:
    assert label("  Two\nlines\tand \u202emore\u202c\x00 ") == "Two lines and more"
    assert label("\u200b \n") == ""
    assert label("word " * 100) == ("word " * 100)[:299].rstrip() + "…"
