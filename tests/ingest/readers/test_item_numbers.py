"""Numbers of list items in each format, as the citation names them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import BlockKind, LandmarkKind, Parsed
from bot.ingest.readers import html, markdown, text
from bot.ingest.readers.item_numbers import CountedItems, PrintedNumbers, item_landmark


def numbers(parsed: Parsed) -> list[tuple[str, str]]:
    """The number and the first word of each item."""
    items = [block for block in parsed.blocks if block.kind is BlockKind.ITEM]
    assert all(b.landmark is None or b.landmark.kind is LandmarkKind.ITEM for b in items)
    return [
        (block.landmark.mark if block.landmark else "", block.span.of(parsed.text).split()[-1])
        for block in items
    ]


def test_markdown_counts_as_a_page_does() -> None:
    made = "3. red\n3. blue\n   1. sky\n   2. sea\n\n   more\n3. - green\n\nThen:\n\n- grey\n"
    assert numbers(markdown.parse(made.encode())) == [
        ("3", "red"),
        ("4", "blue"),
        ("4 (1)", "sky"),
        ("4 (2)", "sea"),
        ("4", "more"),
        ("5", "green"),
        ("", "grey"),
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<ol start=3><li>red<li value=9>blue<li>sky</ol>", ["3", "9", "10"]),
        ("<ol reversed><li>red<li>blue</ol>", ["2", "1"]),
        ("<ol><li>red<ol type=a><li>sky<li>sea</ol><p>more</ol>", ["1", "1 (a)", "1 (b)", "1"]),
        ("<ol style='list-style-type: upper-roman'><li>red<li>blue</ol>", ["I", "II"]),
        ("<ol style='list-style: none'><li>red</ol>", [""]),
        ("<ul><li>red<ol><li>sky</ol><li>blue</ul>", ["", "1", ""]),
        ("<ol start=x><li value=''>red</ol>", ["1"]),
    ],
)
def test_web_pages_count_as_a_browser_does(page: str, expected: list[str]) -> None:
    assert [number for number, _ in numbers(html.parse(page.encode()))] == expected


def test_printed_numbers_are_nested_by_their_form() -> None:
    made = "Rules\n\n1. red\n2. blue\n(a) sky\n(b) sea\n3. green\n\nThen came the rain.\n\n(c) x\n"
    assert numbers(text.parse(made.encode()))[:5] == [
        ("1", "red"),
        ("2", "blue"),
        ("2 (a)", "sky"),
        ("2 (b)", "sea"),
        ("3", "green"),
    ]


def test_a_printed_number_by_chance_is_no_items() -> None:
    made = "The gate is shown on a map of the whole garden, see there page\n5. It was shut.\n"
    assert [number for number, _ in numbers(text.parse(made.encode()))] == [""]


def test_letters_and_roman_numerals_are_told_apart_by_the_number_before() -> None:
    marks = ["(a)", "(i)", "(ii)", "(b)", "(c)", "(h)", "(i)"]
    printed = PrintedNumbers()
    found = [printed.landmark(mark) for mark in marks]
    assert [each.mark if each else None for each in found] == [
        "(a)", "(a) (i)", "(a) (ii)", "(b)", "(c)", None, "(i)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("marks", "cited"),
    [
        (["4."], "4"),
        (["(2)"], "(2)"),
        (["2.", "(b)"], "2 (b)"),
        (["2", "2.1"], "2.1"),
        (["2", "", "b)"], "2 (b)"),
        ([""], None),
        (["the very long mark of an item"], None),
    ],
)
def test_marks_are_joined_as_people_cite_them(marks: list[str], cited: str | None) -> None:
    landmark = item_landmark(marks)
    assert (landmark.mark if landmark else None) == cited


@given(st.lists(st.sampled_from(["1.", "2.", "(a)", "(i)", "iv)", "A.", "-", "§"]), max_size=30))
def test_any_printed_numbers_can_be_cited(marks: list[str]) -> None:
    printed = PrintedNumbers()
    for mark in marks:
        landmark = printed.landmark(mark)
        assert landmark is None or 0 < len(landmark.mark) <= 20


@given(st.integers(-9, 99_999), st.sampled_from("1aAiI?"), st.booleans())
def test_any_list_can_be_counted(first: int, form: str, is_reversed: bool) -> None:
    items = CountedItems()
    items.open_list(first, form, is_reversed=is_reversed)
    items.next_item()
    assert items.landmark is not None
    assert items.landmark.mark
    items.close_list()
    items.close_list()
    assert not items.is_open
