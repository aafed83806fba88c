import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.answering.service import DocumentInfo
from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock, notice_block
from bot.chat.rendering.citations import citation_fields, entry_fields
from bot.chat.rendering.dialects import SMALL_PRINT
from bot.chat.rendering.discord import DiscordMarkdown, bare_link, escaped, masked_link
from bot.chat.rendering.escape import visible, visible_line
from bot.chat.rendering.links import web_url
from bot.chat.rendering.pages import LEAST_LIMIT, Page, paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.rendering.replies import document_blocks, list_blocks, reply_blocks
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.parameters import CommandName
from bot.chat.texts.templates import FixedText
from bot.core.documents import Locator, Span
from bot.core.replies import Excerpt
from tests.catalogues import TEXTS
from tests.chat.builders import (
    ANY_TEXT,
    HOSTILE,
    answer,
    document,
    emphasized,
    excerpt,
    headed,
    passage,
    silence,
)
from tests.chat.rendering.discord_markdown import ShownMarkdown, invitations, read, seen

DISCORD = DiscordMarkdown()
PLAIN_MARKDOWN = DiscordMarkdown(emphasis=False)
COMPONENTS = 4_000
CONTENT = 2_000

PIECES = (
    *"*_~|`>#-+.:@<>()[]\\/!&\"' \n\t1a",
    *("**", "__", "~~", "||", "```", "```py\n", "***", "``", "\\\\", "\\*", "¯\\_(ツ)_/¯"),
    *("> ", ">>> ", "# ", "## ", "### ", "-# ", "- ", "+ ", "* ", "1. ", "23. ", "  ", "\n\n"),
    *("[a](https://evil.example)", "](https://evil.example)", "[a](<https://evil.example>)", "]("),
    *("https://evil.example/a_b_c", "discord://x", "<https://evil.example>", "HTTP://", "://"),
    *("@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "</ask:1>", "<:a:1>", "<a:ab:1>"),
    *("<t:1:R>", "<id:browse>", "<1:customize>", ":smile:", "::skin-tone-2:", "<a@b.example>"),
    *("discord.gg/abc", "Discord.com/invite/x", "™", "©", "↔\ufe0f", "🙂", "1\ufe0f\u20e3", "é"),
    *("snake_case_name", "\u00a0", "\u202e", "\u200b", "\u0301", "12:30:45", "e.g. ", "word"),
)
MARKUP = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
ANY_MARKUP = MARKUP | ANY_TEXT | st.tuples(MARKUP, ANY_TEXT, MARKUP).map("".join)
WORDED = st.tuples(ANY_MARKUP, st.sampled_from(["", "a"]), ANY_MARKUP).map("".join)
QUOTABLE = WORDED.filter(lambda text: bool(text.strip()))

RAIN = excerpt(
    "First came *the* rain.\n\nThen, after\u00a0it, the wind.",
    author="A. Frost",
    date_note="the day it was told",
    url="https://example.org/weather_(2016)",
)
SNOW = Excerpt(
    passage(document("Snow fell. Nobody came.", path="main/snow.md", title="Snow*")),
    (Span(0, 10),),
)
MORE = CommandName("more")


QUOTE, EMPHASIS = frozenset({"quote"}), frozenset({"quote", "bold"})


def written(block: Block) -> str:
    return DISCORD.render(block).text


def quoted(text: str) -> str:
    """The text seen inside quotes, where nothing but a quote and its emphasis may be."""
    shown = [one for one in read(text) if "quote" in one.marks]
    assert {one.marks for one in shown} <= {QUOTE, EMPHASIS}
    assert {one.target for one in shown} <= {None}
    return seen(shown)


def marks(shown: list[ShownMarkdown]) -> set[str]:
    return {mark for one in shown for mark in one.marks}


@settings(max_examples=200)
@given(QUOTABLE)
@example("a\n\n")
@example("```\n> end\n```")
@example("\\")
def test_a_quote_reads_exactly_as_the_document_and_nothing_in_it_acts(text: str) -> None:
    one = excerpt(text, title="Weather", url="https://example.org/weather")
    first, *rest = read(written(QuoteBlock(one, 1)))
    assert first == ShownMarkdown(visible(text), frozenset({"quote"}))
    assert seen(rest) == "\n1 · Weather, The Almanac, 2016-12, paragraph 2"
    assert [one.target for one in rest if one.target] == ["https://example.org/weather"]
    assert not invitations(written(QuoteBlock(one)))


@settings(max_examples=400)
@given(emphasized(QUOTABLE))
@example(excerpt("a* b *c", sentence=Span(1, 6)))
@example(excerpt("It rained.\n\n- Then: \n  1. snow. End", sentence=Span(10, 33)))
@example(excerpt("a :smile: b", sentence=Span(3, 6)))
@example(excerpt("a ☎\ufe0f b", sentence=Span(0, 3)))
@example(excerpt("1\ufe0f\u20e31\ufe0f\u20e3", sentence=Span(0, 1)))
def test_emphasis_neither_adds_nor_changes_nor_removes_a_character(one: Excerpt) -> None:
    markdown = written(QuoteBlock(one))
    assert quoted(markdown) == visible(one.quote)
    bold = [part.text for part in read(markdown) if part.marks == EMPHASIS]
    assert all(text == text.strip() and "\n" not in text for text in bold)
    assert markdown.replace("**", "") == PLAIN_MARKDOWN.render(QuoteBlock(one)).text.replace(
        "**", ""
    )
    assert not invitations(markdown)
    if one.emphasis is None:
        assert not bold
    elif all(character.isalnum() for character in one.emphasis.of(one.quote)):
        # Marks behind it, such as those of a keycap, belong to its last character.
        assert [text[: len(one.emphasis)] for text in bold] == [one.emphasis.of(one.quote)]


def test_the_sentence_found_is_bold_line_by_line() -> None:
    text = "First came *the* rain.  \nThen, \n\n  after it, the *wind*. Nobody came."
    sentence = Span(25, 56)
    assert sentence.of(text) == "Then, \n\n  after it, the *wind*."
    quote = (
        "> First came \\*the\\* rain.  \n"
        "> **Then,** \n"
        "> \n"
        ">   **after it, the \\*wind\\*.** Nobody came.\n"
    )
    assert written(QuoteBlock(excerpt(text, sentence=sentence))).startswith(quote)


@pytest.mark.parametrize("text", ["Then came the wind.", "“Then came the wind.” \n", "- Then. …"])
def test_a_sentence_alone_is_not_emphasized(text: str) -> None:
    start = text.index("Then")
    one = excerpt(text, sentence=Span(start, text.index(".") + 1))
    assert quoted(written(QuoteBlock(one))) == text
    assert EMPHASIS not in {part.marks for part in read(written(QuoteBlock(one)))}


FIELD = ANY_MARKUP | st.just("Plain title") | st.just("Rain, 2016 (first part)")
URL = (
    st.sampled_from(
        [
            "https://example.org/a_b*c*(d)",
            "https://example.org/)](https://evil.example",
            "https://[::1]/",
            "https://example.org/حلب",
            "javascript:alert(1)",
            "https://example.org/> @everyone",
        ]
    )
    | ANY_MARKUP
)


@settings(max_examples=200)
@given(FIELD, FIELD, FIELD, st.none() | URL, st.none() | st.integers(1, 9))
@example("[", "](https://evil.example)", "x", "https://example.org", None)
@example("Title", "](https://evil.example)", "x", "https://example.org", 1)
@example("- Title", "- x", "\\", None, None)
def test_a_citation_reads_as_it_is_and_leads_only_to_its_document(
    title: str, author: str, heading: str, url: str | None, number: int | None
) -> None:
    doc = document("Words.", title=title, author=author, publisher=author, url=url)
    one = Excerpt(passage(doc, locator=Locator(2, None, (heading,))), (Span(0, 6),))
    first, *rest = read(written(QuoteBlock(one, number)))
    assert first == ShownMarkdown("Words.", frozenset({"quote"}))
    said = citation_fields(QuoteBlock(one))
    before = "" if number is None else f"{number} · "
    line = before + ", ".join(map(visible_line, (said.title, *said.details)))
    lines = seen(rest).removeprefix("\n").split("\n")
    # Small print does not show the blanks it begins with.
    assert lines[0].strip() == line.strip()
    assert marks(rest) <= {"small", "bold", "link"}
    links = [one for one in rest if one.target]
    if url is None or web_url(url) is None:
        assert not links
        assert "".join(lines[1:]).strip() == visible_line(url or "").strip()
        return
    (link,) = links
    assert link.text in (visible_line(title), web_url(url))
    assert (link.target or "").replace("%28", "(").replace("%29", ")").replace("%2A", "*") == (
        web_url(url) or ""
    ).replace("%28", "(").replace("%29", ")").replace("%2A", "*")
    assert lines[1:] == ([] if link.text == visible_line(title) else [web_url(url)])


@given(FIELD, FIELD, st.none() | URL)
def test_an_entry_of_the_list_reads_as_it_is(title: str, name: str, url: str | None) -> None:
    block = ListEntry(document("x", title=title, publisher=name, path=f"{name}/a", url=url), 3)
    shown = read(written(block))
    known = entry_fields(block)
    line = visible_line(known.title) + "\n" + ", ".join(map(visible_line, known.details))
    assert [part.strip() for part in seen(shown).strip().split("\n")] == [
        part.strip() for part in line.strip().split("\n")
    ]
    assert marks(shown) <= {"bold", "small", "link"}
    assert all(one.text == visible_line(title) for one in shown if one.target)


@settings(max_examples=200)
@example(Text.STILL_THERE, "</ask:1>")
@example(Text.STILL_THERE, "at :smile")
@given(st.sampled_from(TEXTS), ANY_MARKUP)
def test_a_notice_reads_as_in_plain_text_whatever_it_is_given(text: FixedText, typed: str) -> None:
    one = Notice(text, tuple((name, typed) for name in sorted(text.parameters)))
    written_plainly = PLAIN.notices(notice_block(one)).strip()
    shown = read(written(notice_block(one)))
    if text is Text.FACT_HEADING and visible_line(typed).strip():
        written_plainly = written_plainly.removeprefix("-").strip()
    if text is Text.FACT_LINK and (target := web_url(typed)):
        written_plainly = f"Link: {target}"
    assert seen(shown).strip() == written_plainly
    assert marks(shown) <= {
        **{small: {"small"} for small in SMALL_PRINT},
        Text.FACT_HEADING: {"list"},
        Text.FACT_LINK: {"link"},
    }.get(text, set())


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (CommandName("more"), ShownMarkdown("/more", frozenset({"code"}))),
        (CommandName("context", "N"), ShownMarkdown("/context N", frozenset({"code"}))),
        (CommandName("source", "`*x*`"), ShownMarkdown("/source `*x*`")),
    ],
)
def test_a_command_is_written_as_it_is_typed(typed: CommandName, shown: ShownMarkdown) -> None:
    assert read(DISCORD.command(typed)) == [shown]


def test_an_answer_as_it_is_sent() -> None:
    reply = answer(RAIN, SNOW, further=(SNOW, RAIN, SNOW), low=True)
    (page,) = paginate(reply_blocks(reply, numbered=True, more=MORE), DISCORD, COMPONENTS)
    assert page.text == (
        "**Close, but it may not answer this.**\n"
        "> First came \\*the\\* rain.\n"
        "> \n"
        "> Then, after\u00a0it, the wind.\n"
        "-# 1 · **[Weather](<https://example.org/weather_%282016%29>)**, A. Frost, The Almanac, "
        "2016-12 (the day it was told), paragraph 2\n"
        "\n"
        "> Snow fell.\n"
        "-# 2 · **Snow\\***, The Almanac, 2016-12, paragraph 2\n"
        "\n"
        "2 of 5 documents speak to this. 3 more excerpts: `/more`\n"
        f"-# Answer {reply.id}, corpus 9c1b04d2."
    )


def test_a_silence_as_it_is_sent() -> None:
    reply = silence(SNOW, "*kibbeh*", "@everyone")
    (page,) = paginate(reply_blocks(reply), DISCORD, COMPONENTS)
    assert page.text == (
        "The documents do not answer this.\n"
        "Found nowhere: \\*kibbeh\\*, \\@everyone.\n"
        "\n"
        "**Nearest, but not an answer:**\n"
        "> Snow fell.\n"
        "-# **Snow\\***, The Almanac, 2016-12, paragraph 2\n"
        "\n"
        f"-# Silence {reply.id}, corpus 9c1b04d2."
    )


def test_the_list_and_a_document_as_they_are_sent() -> None:
    linked = document("x", url="https://example.org/w")
    infos = [DocumentInfo(linked, 1), DocumentInfo(document("x", title="Law_2"), 1_200)]
    (page,) = paginate(list_blocks(infos), DISCORD, COMPONENTS)
    assert page.text == (
        "2 documents:\n\n"
        "**[Weather](<https://example.org/w>)**\n"
        "-# The Almanac, 2016-12, collection main, 1 passage\n"
        "**Law\\_2**\n"
        "-# The Almanac, 2016-12, collection main, 1,200 passages"
    )
    (page,) = paginate(document_blocks(DocumentInfo(linked, 3)), DISCORD, COMPONENTS)
    assert "\nLink: <https://example.org/w>\nFile: main/weather.md\n" in page.text
    told = document_blocks(DocumentInfo(headed("Text.", "Winter", "# Ice"), 3))
    (page,) = paginate(told, DISCORD, COMPONENTS)
    assert page.text.endswith("Headings:\n- Winter\n- \\# Ice")


@pytest.mark.parametrize(
    "label",
    ["", " Rain", "a*b", "x https://a.example y", "bank.example", "Snow ❄", "[x]", "Rain ™", ":a:"],
)
def test_what_a_label_cannot_say_plainly_is_no_label(label: str) -> None:
    assert masked_link(label, "https://example.org/") is None


@pytest.mark.parametrize("url", ["", "ftp://a.example", "javascript:x", "https://", "https://["])
def test_what_is_no_address_of_the_web_is_no_link(url: str) -> None:
    assert masked_link("Rain", url) is None
    assert bare_link(url) is None


def test_an_address_stays_whole_inside_its_marks() -> None:
    assert bare_link("https://example.org/a b>c") == "<https://example.org/a%20b%3Ec>"
    assert masked_link("Rain", "https://[::1]/") is None


@pytest.mark.parametrize(
    "text",
    ["A plain sentence, with (brackets).", "5 < 6 and 7 > 6", "a|b ~5", "#5 of 7", "-5 and 3.5",
     "at 12:30 sharp", "me@example.org", "🙂 حلب 語"],
)  # fmt: skip
def test_where_nothing_would_act_nothing_is_put(text: str) -> None:
    assert escaped(text) == text


def test_sizes_are_never_less_than_discord_counts() -> None:
    text = written(QuoteBlock(excerpt("🙂 語*")))
    assert DISCORD.measure(DISCORD.render(QuoteBlock(excerpt("🙂 語*")))) == len(text) + 1


@pytest.mark.parametrize(
    ("unit", "length", "limit"),
    [
        ("*", 20_000, CONTENT),
        (":", 20_000, COMPONENTS),
        ("🙂", 20_000, COMPONENTS),
        ("\\_|~`> \n<@1>](x) ", 66_000, CONTENT),
        ("> \n", 20_000, COMPONENTS),
        ("\u202e", 6_000, CONTENT),
    ],
)
def test_a_very_long_passage_of_hostile_characters(unit: str, length: int, limit: int) -> None:
    text = (unit * length)[:length]
    pages = paginate([QuoteBlock(excerpt(text), 1)], DISCORD, limit)
    assert all(len(page.text.encode("utf-16-le")) // 2 <= limit for page in pages)
    together = "".join("".join(quoted(page.text).split()) for page in pages)
    assert together == "".join(visible(text).split())
    assert all(
        page.text.endswith("**Weather**, The Almanac, 2016-12, paragraph 2") for page in pages
    )


def shown_quotes(page: Page) -> str:
    return "".join(
        visible(block.excerpt.quote) for block in page.blocks if isinstance(block, QuoteBlock)
    )


@settings(max_examples=25)
@given(
    st.lists(st.tuples(QUOTABLE, st.integers(1, 60), FIELD, URL), min_size=1, max_size=4),
    st.sampled_from([LEAST_LIMIT, CONTENT, COMPONENTS]),
)
def test_every_page_of_a_hostile_reply_fits_and_reads_as_its_documents(
    found: list[tuple[str, int, str, str]], limit: int
) -> None:
    blocks: list[Block] = [
        QuoteBlock(
            excerpt(
                text * times,
                sentence=Span(len(text) // 2, len(text) * times),
                title=title,
                author=title * 9,
                url=url,
            ),
            number,
        )
        for number, (text, times, title, url) in enumerate(found, 1)
    ]
    blocks.append(NoticeBlock(((notice(Text.MISSING, terms=found[0][0] * 9),),)))
    for page in paginate(blocks, DISCORD, limit):
        assert len(page.text.encode("utf-16-le")) // 2 <= limit
        assert not set(page.text) & set(HOSTILE)
        assert quoted(page.text).split() == shown_quotes(page).split()
        assert marks(read(page.text)) <= {"quote", "small", "bold", "link"}
