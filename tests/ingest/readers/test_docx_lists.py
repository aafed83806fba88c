"""DOCX: automatic numbers of headings and items read as Word shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.readers.docx.reader import parse
from bot.ingest.readers.number_formats import written
from tests.harness.office_files import paragraph, word_file


def level(depth: int, form: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(*levels: str, more: str = "") -> str:
    """One definition with these levels, and lists 1 and 2 of it; `more` belongs to list 2."""
    return (
        f'<w:abstractNum w:abstractNumId="5">{"".join(levels)}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>'
        f'<w:num w:numId="2"><w:abstractNumId w:val="5"/>{more}</w:num>'
    )


def item(words: str, depth: int = 0, number: int = 1, style: str = "") -> str:
    numbered = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph(words, f"{style}{numbered}")


def texts(body: str, parts: dict[str, str]) -> list[str]:
    parsed = parse(word_file(body, parts))
    return [block.span.of(parsed.text) for block in parsed.blocks]


LAW = numbering(
    level(0, "upperRoman", "Article %1"),
    level(1, "decimal", "%1.%2", "<w:isLgl/>"),
    level(2, "lowerLetter", "(%3)"),
)


def test_levels_count_and_begin_anew_below_a_higher_one() -> None:
    body = (
        item("Keys", 0, style='<w:outlineLvl w:val="0"/>')
        + item("Lent.", 1)
        + item("for a season", 2)
        + item("for a day", 2)
        + item("Lost.", 1)
        + item("at night", 2)
        + item("Dogs", 0)
        + item("On the lead.", 1)
    )
    assert texts(body, {"numbering": LAW}) == [
        "Article I Keys",
        "1.1 Lent.",
        "(a) for a season",
        "(b) for a day",
        "1.2 Lost.",
        "(a) at night",
        "Article II Dogs",
        "2.1 On the lead.",
    ]


def test_the_first_of_several_articles_is_no_title() -> None:
    heading = '<w:outlineLvl w:val="0"/>'
    articles = item("Keys", style=heading), item("Dogs", style=heading)
    assert parse(word_file("".join(articles), {"numbering": LAW})).title is None
    assert parse(word_file(articles[0], {"numbering": LAW})).title == "Article I Keys"


def test_lists_of_one_definition_count_on_unless_they_begin_anew() -> None:
    body = item("one") + item("two") + item("three", number=2) + item("four", number=2)
    levels = level(0, "decimal", "%1)")
    assert texts(body, {"numbering": numbering(levels)})[2:] == ["3) three", "4) four"]
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    assert texts(body, {"numbering": numbering(levels, more=anew)})[2:] == ["1) three", "2) four"]


def test_a_level_may_count_on_across_higher_ones() -> None:
    levels = level(0, "decimal", "%1."), level(1, "decimal", "§ %2", '<w:lvlRestart w:val="0"/>')
    body = item("A") + item("a", 1) + item("B") + item("b", 1)
    assert texts(body, {"numbering": numbering(*levels)}) == ["1. A", "§ 1 a", "2. B", "§ 2 b"]


def test_a_style_may_belong_to_a_level() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Sub"><w:name w:val="Sub"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    levels = (
        level(0, "decimal", "%1."),
        level(1, "decimal", "%1.%2", '<w:pStyle w:val="Sub"/>'),
    )
    body = item("Keys") + paragraph("Lent.", '<w:pStyle w:val="Sub"/>')
    off = paragraph("Off.", '<w:pStyle w:val="Sub"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    parts = {"numbering": numbering(*levels), "styles": styles}
    assert texts(body + off, parts) == ["1. Keys", "1.1 Lent.", "Off."]


def test_bullets_have_no_number_and_empty_items_are_counted() -> None:
    assert texts(item("one"), {"numbering": numbering(level(0, "bullet", "•"))}) == ["one"]
    numbered = {"numbering": numbering(level(0, "decimal", "%1."))}
    assert texts(item("one") + item("") + item("three"), numbered) == ["1. one", "3. three"]


def test_a_number_that_cannot_be_written_is_visible() -> None:
    parts = {"numbering": numbering(level(0, "ideographDigital", "Nr. %1"))}
    assert texts(item("one"), parts) == ["Nr. […] one"]


def test_a_list_that_is_not_defined_is_read_without_numbers() -> None:
    assert texts(item("one", number=9), {"numbering": LAW}) == ["one"]
    assert texts(item("one", 8), {"numbering": LAW}) == ["one"]


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (4, "lowerRoman", "iv"),
        (1994, "upperRoman", "MCMXCIV"),
        (28, "upperLetter", "BB"),
        (7, "decimalZero", "07"),
        (2, "russianLower", "б"),
        (5, "chicago", "**"),
    ],
)
def test_numbers_are_written_as_word_does(number: int, form: str, text: str) -> None:
    assert written(number, form) == text


@given(st.integers(), st.sampled_from(["decimal", "upperRoman", "lowerLetter", "chicago", "x"]))
def test_no_number_makes_a_long_mark(number: int, form: str) -> None:
    assert len(written(number, form)) <= 60


def test_items_are_cited_by_their_numbers_and_those_around_them() -> None:
    body = (
        item("Keys", 0, style='<w:outlineLvl w:val="0"/>')
        + item("Lent.", 1)
        + item("for a season", 2)
        + paragraph("So it is.")
        + item("for a day", 2)
        + item("Lost.", 1)
    )
    parsed = parse(word_file(body, {"numbering": LAW}))
    assert [str(block.landmark or "") for block in parsed.blocks] == [
        "",
        "item 1.1",
        "item 1.1 (a)",
        "",
        "item 1.1 (b)",
        "item 1.2",
    ]


def test_a_bullet_behind_a_paragraph_is_cited_by_no_number() -> None:
    lists = (
        f'<w:abstractNum w:abstractNumId="5">{level(0, "decimal", "%1.")}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="6">{level(1, "bullet", "•")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="6"/></w:num>'
    )
    body = (
        item("Keys are lent.")
        + item("to members", 1, number=2)
        + paragraph("Who lends a key looks after")
        + item("the door", 1, number=2)
        + item("the lamp", 1, number=2)
        + item("Dogs wait outside.")
        + item("on the lead", 1, number=2)
    )
    parsed = parse(word_file(body, {"numbering": lists}))
    assert [str(block.landmark or "") for block in parsed.blocks] == [
        "item 1",
        "item 1",
        "",
        "",
        "",
        "item 2",
        "item 2",
    ]
