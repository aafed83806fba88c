from dataclasses import replace

import pytest
from rich.color import ColorSystem

from bot.answering.service import DocumentInfo
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.discord import DiscordMarkdown
from bot.chat.rendering.links import web_url
from bot.chat.rendering.matrix import Matrix
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.rendering.replies import document_blocks, list_blocks, reply_blocks
from bot.chat.rendering.terminal import Screen, Terminal
from bot.chat.texts.parameters import CommandName
from bot.core.documents import Block, Landmark, LandmarkKind, Locator, Span
from bot.core.replies import Excerpt, Reply
from tests.chat.builders import answer, document, excerpt, headed, passage, silence

RAIN = excerpt(
    "First came the rain.\nThen, after\u00a0it, the wind.",
    author="A. Frost",
    date_note="the day it was told",
    url="https://example.org/weather",
)
SNOW = Excerpt(
    passage(document("Snow fell. Nobody came.", path="main/snow.md", title="Snow")),
    (Span(0, 10),),
)
MORE = CommandName("more")


def shown(reply: Reply, dialect: Dialect = PLAIN, numbered: bool = False) -> str:
    (page,) = paginate(reply_blocks(reply, numbered=numbered, more=MORE), dialect)
    return page.text


def test_an_answer_is_its_quotes_each_with_its_citation() -> None:
    reply = answer(RAIN, SNOW, further=(SNOW, RAIN, SNOW))
    assert shown(reply) == (
        "│ First came the rain.\n"
        "│ Then, after\u00a0it, the wind.\n"
        "  Weather, A. Frost, The Almanac, 2016-12 (the day it was told), paragraph 2\n"
        "  https://example.org/weather\n"
        "\n"
        "│ Snow fell.\n"
        "  Snow, The Almanac, 2016-12, paragraph 2\n"
        "\n"
        "2 of 5 documents speak to this. 3 more excerpts: /more\n"
        f"Answer {reply.id}, corpus 9c1b04d2."
    )


def test_where_excerpts_can_be_named_they_have_numbers() -> None:
    text = shown(answer(RAIN, SNOW), numbered=True)
    assert "\n  1 · Weather, A. Frost" in text
    assert "\n  2 · Snow, The Almanac" in text


def test_an_answer_that_is_not_sure_says_so_before_the_first_quote() -> None:
    text = shown(answer(SNOW, low=True))
    assert text.startswith("Close, but it may not answer this.\n│ Snow fell.\n")


@pytest.mark.parametrize("dialect", [PLAIN, DiscordMarkdown(), Matrix()])
def test_what_a_curator_pinned_is_marked_and_apart_from_what_was_found(dialect: Dialect) -> None:
    text = shown(replace(answer(RAIN, SNOW), pinned=1), dialect, numbered=True)
    assert text.startswith("**Pinned by a curator.**" if "**" in text else "Pinned by a curator.")
    assert text.index("rain") < text.index("Also found, but") < text.index("Snow fell.")
    alike = shown(replace(answer(RAIN, SNOW, low=True), pinned=1), dialect)
    assert "Pinned by a curator for a question like this one." in alike
    assert alike.index("rain") < alike.index("Close, but it may not answer this.")
    both = shown(replace(answer(RAIN, SNOW), pinned=2), dialect)
    assert both.count("Pinned by a curator.") == 2
    assert "Also found" not in both
    assert "inned" not in shown(answer(RAIN, SNOW), dialect)


@pytest.mark.parametrize("count", [-1, 2])
def test_no_more_is_pinned_than_is_shown(count: int) -> None:
    with pytest.raises(ValueError, match="pinned"):
        replace(answer(SNOW), pinned=count)


@pytest.mark.parametrize("dialect", [PLAIN, DiscordMarkdown(), Matrix()])
def test_an_answer_in_another_language_than_its_question_says_in_which(dialect: Dialect) -> None:
    one = shown(answer(SNOW, low=True, languages=("en",)), dialect)
    assert "\nQuoted in English.\n" in one
    several = shown(answer(SNOW, RAIN, low=True, languages=("en", "de", "xx")), dialect)
    assert "\nQuoted in English, German, and “xx”.\n" in several
    assert "Quoted in" not in shown(answer(SNOW, low=True), dialect)


def test_an_answer_names_the_words_found_nowhere() -> None:
    text = shown(answer(SNOW, low=True, missing=("dog", "sledge")))
    assert "\n\nFound nowhere: dog, sledge.\n1 of 5 documents speaks to this.\n" in text


def test_silence_says_so_and_what_it_misses_and_what_is_nearest() -> None:
    reply = silence(SNOW, "kibbeh", "recipe")
    assert shown(reply) == (
        "The documents do not answer this.\n"
        "Found nowhere: kibbeh, recipe.\n"
        "\n"
        "Nearest, but not an answer:\n"
        "│ Snow fell.\n"
        "  Snow, The Almanac, 2016-12, paragraph 2\n"
        "\n"
        f"Silence {reply.id}, corpus 9c1b04d2."
    )


def test_silence_names_a_few_words_only_and_none_raw() -> None:
    text = shown(silence(None, "\x1b[2J\u202e", "y" * 900, *(f"w{n}" for n in range(99))))
    assert "Found nowhere: ‹U+001B›[2J‹U+202E›, yyy" in text
    assert "w9, …." in text
    assert len(text) < 300


def test_a_locator_has_page_headings_and_paragraph() -> None:
    doc = document("Words.", publisher=None, date=None)
    one = Excerpt(passage(doc, locator=Locator(7, 3, ("Winter", "Ice"))), (Span(0, 6),))
    assert "  Weather, page 3, Winter › Ice, paragraph 7\n" in shown(answer(one))


def marked(landmark: Landmark) -> Excerpt:
    """An excerpt of a document with one block, which has a mark."""
    doc = replace(document("Words."), blocks=(Block(Span(0, 6), landmark=landmark),))
    return Excerpt(
        passage(doc, locator=Locator(7, None, ("Winter",), landmark=landmark)), (Span(0, 6),)
    )


def test_a_note_is_cited_by_its_mark() -> None:
    assert ", Winter, note iv\n" in shown(answer(marked(Landmark(LandmarkKind.NOTE, "iv"))))


@pytest.mark.parametrize(
    ("kind", "shown_as"),
    [
        (LandmarkKind.ITEM, "item 4, paragraph 7"),
        (LandmarkKind.SLIDE, "slide 4, paragraph 7"),
        (LandmarkKind.LINE, "line 4"),
        (LandmarkKind.ROW, "row 4"),
        (LandmarkKind.TIME, "at 4"),
    ],
)
def test_a_mark_is_cited_with_the_paragraph_only_where_that_is_needed(
    kind: LandmarkKind, shown_as: str
) -> None:
    assert f", Winter, {shown_as}\n" in shown(answer(marked(Landmark(kind, "4"))))


def test_the_list_has_title_source_date_collection_and_passages() -> None:
    infos = [
        DocumentInfo(document("x"), 1),
        DocumentInfo(document("x", path="laws/a.md", title="Law\n2", publisher=None), 1_200),
    ]
    (page,) = paginate(list_blocks(infos), PLAIN)
    assert page.text == (
        "2 documents:\n\n"
        "Weather\n  The Almanac, 2016-12, collection main, 1 passage\n"
        "Law‹U+000A›2\n  2016-12, collection laws, 1,200 passages"
    )
    (page,) = paginate(list_blocks([]), PLAIN)
    assert page.text == "There are no documents here to ask."


def test_a_document_is_told_with_everything_known() -> None:
    doc = headed("Text.", "Winter", *(f"H {n}" for n in range(35)))
    (page,) = paginate(document_blocks(DocumentInfo(doc, 3)), PLAIN)
    assert page.text.startswith(
        "Weather\nPublisher: The Almanac\nDate: 2016-12\nFile: main/weather.md\n"
        "Collection: main\nRevision: abababab\nPassages: 3\n\nHeadings:\n- Winter\n- H 0\n"
    )
    assert page.text.endswith("- H 28\nand 6 more")


def test_every_known_fact_has_its_line() -> None:
    doc = document(
        "x", author="A. Frost", date_note="told", url="https://example.org", about="Of rain."
    )
    (page,) = paginate(document_blocks(DocumentInfo(doc, 3)), PLAIN)
    for line in (
        "Author: A. Frost",
        "Date: 2016-12 (told)",
        "About: Of rain.",
        "Link: https://example.org",
    ):
        assert line in page.text.split("\n")


def test_a_terminal_wraps_the_quote_behind_its_bar_and_links_the_citation() -> None:
    text = shown(answer(RAIN), Terminal(lambda: Screen(width=24)))
    assert text.startswith(
        "\x1b[36m│\x1b[0m First came the rain.\n"
        "\x1b[36m│\x1b[0m Then, after\u00a0it, the \n"
        "\x1b[36m│\x1b[0m wind.\n"
        "  \x1b[2mWeather, A. Frost, The\x1b[0m\n"
    )
    assert (
        "  \x1b]8;;https://example.org/weather\x1b\\"
        "\x1b[2mhttps://example.org/weather\x1b[0m\x1b]8;;\x1b\\\n"
    ) in text


def test_a_terminal_shows_the_sentence_found_in_bold_line_by_line() -> None:
    text = "First came the rain. Then, after it, the wind. Nobody came."
    found = answer(excerpt(text, sentence=Span(21, 46)))
    assert shown(found, Terminal(lambda: Screen(width=24))).startswith(
        "\x1b[36m│\x1b[0m First came the rain. \n"
        "\x1b[36m│\x1b[0m \x1b[1mThen, after it, the \x1b[0m\n"
        "\x1b[36m│\x1b[0m \x1b[1mwind.\x1b[0m Nobody came.\n"
    )
    plain = Terminal(lambda: Screen(width=24), emphasis=False)
    assert "\x1b[1m" not in shown(found, plain)
    assert "\x1b" not in shown(found, Terminal(lambda: Screen(colors=None, links=False)))
    assert shown(found).startswith(f"│ {text}\n")


def test_a_terminal_without_styles_or_links_gets_plain_characters() -> None:
    assert "\x1b" not in shown(answer(RAIN), Terminal(lambda: Screen(colors=None, links=False)))
    assert "\x1b]8" not in shown(
        answer(RAIN), Terminal(lambda: Screen(colors=ColorSystem.TRUECOLOR, links=False))
    )


def test_wide_characters_take_two_columns() -> None:
    text = shown(answer(excerpt("語" * 40)), Terminal(lambda: Screen(width=22, colors=None)))
    assert text.startswith("│ " + "語" * 10 + "\n│ " + "語" * 10 + "\n")


def test_only_an_address_of_the_web_is_live() -> None:
    assert web_url("https://example.org/ä b?q=1#x") == "https://example.org/%C3%A4%20b?q=1#x"
    assert web_url("HTTP://example.org") == "HTTP://example.org"
    assert web_url("https://example.org/\x1b\\\x07") == "https://example.org/%1B%5C%07"
    for dead in ("javascript:alert(1)", "file:///etc/passwd", "https:", "http://[", "example.org"):
        assert web_url(dead) is None
