import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.answering.service import DocumentInfo
from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock, notice_block
from bot.chat.rendering.citations import citation_fields, entry_fields
from bot.chat.rendering.dialects import SMALL_PRINT, Rendered
from bot.chat.rendering.escape import visible, visible_line
from bot.chat.rendering.links import web_url
from bot.chat.rendering.matrix import INDENT, MOST, QUOTED, Matrix
from bot.chat.rendering.pages import Page, paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.rendering.replies import document_blocks, list_blocks, reply_blocks
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.parameters import CommandName
from bot.chat.texts.templates import FixedText
from bot.core.documents import Block as DocumentBlock
from bot.core.documents import BlockKind, Locator, Span
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
    without_isolates,
)

MATRIX = Matrix()
ALLOWED = set("blockquote p a ol ul li strong em code pre br hr sup sub table".split())

PIECES = (
    *"<>&\"'`=/!-#@:()[]\\;* \n\t1a",
    *("<b>", "</b>", "</blockquote>", "</p>", "<p>", "<br>", "<br/>", "<!--", "-->", "<![CDATA["),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=x>", "<mx-reply>"),
    *("</mx-reply>", "<style>", "<textarea>", "<plaintext>", "<table><tr><td>", "<math>", "<?x"),
    *(
        '<a href="https://evil.example">',
        "</a>",
        '" onclick="x',
        "' x='",
        "](https://evil.example)",
    ),
    *("&amp;", "&lt;b&gt;", "&#60;", "&#x3c;", "&nbsp", "&notin;", "&", "&bogus;"),
    *("@room", "@alice:localhost", "#room:localhost", "!id:localhost", "https://evil.example/?a&b"),
    *("https://matrix.to/#/@alice:localhost", "matrix:u/alice:localhost", "> ", "> <@a:b> x\n\n"),
    *("<span data-mx-spoiler>", "<font color=red>", "<h1>", "$x$", "\u202e", "\u200b", "حلب", "🙂"),
    *("\u00a0", "\u0301", "word", "\ufffe", "\x00", "\r\n", "\r", "\n\n"),
)
MARKUP = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
ANY_MARKUP = MARKUP | ANY_TEXT | st.tuples(MARKUP, ANY_TEXT, MARKUP).map("".join)
WORDED = st.tuples(ANY_MARKUP, st.sampled_from(["", "a"]), ANY_MARKUP).map("".join)
QUOTABLE = WORDED.filter(lambda text: bool(text.strip()))
FIELD = ANY_MARKUP | st.just("Plain title") | st.just("Rain, 2016 (first part)")
URL = (
    st.sampled_from(
        [
            "https://example.org/a?b=c&d='\"<>",
            "https://example.org/حلب",
            "https://[::1]/",
            "javascript:alert(1)",
            "data:text/html,<script>",
            "https://matrix.to/#/@alice:localhost",
            'https://example.org/" onclick="x',
        ]
    )
    | ANY_MARKUP
)

RAIN = excerpt(
    "First came <the> rain.\n\nThen, after\u00a0it, the wind.",
    author="A. Frost & Sons",
    date_note="the day it was told",
    url="https://example.org/weather?a=1&b=2",
)
SNOW = Excerpt(
    passage(document("Snow fell. Nobody came.", path="main/snow.md", title="Snow")),
    (Span(0, 10),),
)


@dataclass(frozen=True, slots=True)
class ShownHtml:
    """An element at the top: its tag, the tags in it, what is read, and what may be followed."""

    tag: str
    text: str
    inside: frozenset[str]
    links: tuple[tuple[str, str], ...]


def read(html: str) -> list[ShownHtml]:
    """What a browser makes of it; fails for a tag or an attribute that may not be."""
    body = LexborHTMLParser(without_isolates(html)).body
    assert body is not None
    shown = []
    for top in children(body):
        inside = [one for one in walk(top) if one.is_element_node]
        for one in inside:
            assert one.tag in ALLOWED
            assert set(one.attributes) == ({"href"} if one.tag == "a" else set())
        anchors = [one for one in inside if one.tag == "a"]
        links = tuple((words(one), one.attributes["href"] or "") for one in anchors)
        tags = frozenset(one.tag or "" for one in inside[1:])
        shown.append(ShownHtml(top.tag or "", words(top), tags, links))
    return shown


def children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def walk(node: LexborNode) -> Iterator[LexborNode]:
    yield node
    for child in children(node):
        yield from walk(child)


def words(node: LexborNode) -> str:
    """What is read, with a line break for a line break."""
    return "".join(
        "\n" if one.tag == "br" else (one.text_content or "") if one.is_text_node else ""
        for one in walk(node)
    )


def html_of(block: Block) -> str:
    return str(MATRIX.render(block).html)


def body_of(block: Block) -> str:
    return MATRIX.render(block).text


def clean(text: str) -> str:
    """Fields are on one line, and what may not be shown is marked."""
    return visible_line(text)


@settings(max_examples=200)
@given(QUOTABLE, st.none() | st.just(notice(Text.NEAREST)))
@example("a\n\n", None)
@example("</blockquote><p>x", None)
@example("> <@alice:localhost> said\n\nthis", None)
def test_a_quote_reads_exactly_as_the_document_and_nothing_in_it_acts(
    text: str, lead: Notice | None
) -> None:
    block = QuoteBlock(excerpt(text, url="https://example.org/weather"), 1, lead)
    *before, quote, cited = read(html_of(block))
    assert quote == ShownHtml("blockquote", visible(text), quote.inside, ())
    assert quote.inside <= {"br"}
    assert [one.text for one in before] == ([] if lead is None else [lead.plain()])
    assert cited.text == "1 · Weather, The Almanac, 2016-12, paragraph 2"
    assert cited.links == (("Weather", "https://example.org/weather"),)


@settings(max_examples=400)
@given(emphasized(QUOTABLE))
@example(excerpt("Rain.\r\n \r\n Snow\u202e. حلب 語", sentence=Span(5, 16)))
@example(excerpt("ن\u200d a", sentence=Span(0, 1)))
def test_emphasis_neither_adds_nor_changes_nor_removes_a_character(one: Excerpt) -> None:
    html = html_of(QuoteBlock(one))
    quote, _ = read(html)
    assert quote == ShownHtml("blockquote", visible(one.quote), quote.inside, ())
    assert quote.inside <= ({"br"} if one.emphasis is None else {"br", "strong"})
    assert all(blank not in html for blank in ("<strong> ", " </strong>"))
    plain = Matrix(emphasis=False).render(QuoteBlock(one))
    assert plain == MATRIX.render(QuoteBlock(replace(one, sentence=None)))
    assert body_of(QuoteBlock(one)) == plain.text


def test_the_sentence_found_is_strong_line_by_line() -> None:
    text = "First came the rain. Then, \n\n after <it>, the wind. Nobody came."
    assert html_of(QuoteBlock(excerpt(text, sentence=Span(21, 51)))).startswith(
        "<blockquote>First came the rain. <strong>Then,</strong> <br><br> "
        "<strong>after &lt;it&gt;, the wind.</strong> Nobody came.</blockquote>"
    )


@settings(max_examples=200)
@given(QUOTABLE)
@example("> <@alice:localhost> said\n\nthis")
def test_the_plain_body_holds_the_same_words_and_is_no_ones_reply(text: str) -> None:
    body = body_of(QuoteBlock(excerpt(text, url="https://example.org/weather"), 1))
    *quoted, cited, address = body.split("\n")
    assert "\n".join(line.removeprefix(QUOTED) for line in quoted) == visible(text)
    assert all(line.startswith(QUOTED) for line in quoted)
    # What clients without HTML take for a repetition of another message, and leave out.
    assert not body.startswith(">")
    assert cited == f"{INDENT}1 · Weather, The Almanac, 2016-12, paragraph 2"
    assert address == f"{INDENT}https://example.org/weather"
    assert not set(body) & set(HOSTILE)


@settings(max_examples=200)
@given(FIELD, FIELD, FIELD, st.none() | URL, st.none() | st.integers(1, 9))
@example("</p>", '"><b>', "&lt;", "https://example.org", None)
@example("Title", "x", "x", "https://matrix.to/#/@alice:localhost", 1)
def test_a_citation_reads_as_it_is_and_leads_only_to_its_document(
    title: str, author: str, heading: str, url: str | None, number: int | None
) -> None:
    doc = document("Words.", title=title, author=author, publisher=author, url=url)
    one = Excerpt(passage(doc, locator=Locator(2, None, (heading,))), (Span(0, 6),))
    quote, cited = read(html_of(QuoteBlock(one, number)))
    assert quote == ShownHtml("blockquote", "Words.", frozenset(), ())
    known = citation_fields(QuoteBlock(one))
    before = "" if number is None else f"{number} · "
    line = before + ", ".join(map(clean, (known.title, *known.details)))
    target = web_url(url or "")
    if url is None:
        assert (cited.text, cited.links) == (line, ())
    elif cited.text == line:
        assert cited.links == ((clean(title), target),)
    else:
        assert cited.text in (f"{line}\n{target}", f"{line}\n{clean(url)}")
        assert cited.links in ((), ((target, target),))
    for _, link in cited.links:
        assert urlsplit(link).scheme in {"http", "https", "HTTP"}
        assert urlsplit(link).hostname != "matrix.to"


@given(FIELD, FIELD, st.none() | URL)
def test_an_entry_of_the_list_reads_as_it_is(title: str, name: str, url: str | None) -> None:
    block = ListEntry(document("x", title=title, publisher=name, path=f"{name}/a", url=url), 3)
    (entry,) = read(html_of(block))
    known = entry_fields(block)
    line = clean(known.title) + "\n" + ", ".join(map(clean, known.details))
    assert entry.tag == "ul"
    assert entry.text.startswith(line)
    assert all(link == web_url(url or "") for _, link in entry.links)
    body = body_of(block)
    assert body.split("\n")[:2] == [clean(known.title), INDENT + line.split("\n")[1]]


@settings(max_examples=200)
@given(st.sampled_from(TEXTS), ANY_MARKUP)
def test_a_notice_reads_as_in_plain_text_whatever_it_is_given(text: FixedText, typed: str) -> None:
    one = Notice(text, tuple((name, typed) for name in sorted(text.parameters)))
    plainly = PLAIN.notices(notice_block(one))
    assert body_of(notice_block(one)) == plainly
    plainly = plainly.removeprefix("- " if text is Text.FACT_HEADING else "")
    (shown,) = read(html_of(notice_block(one)))
    linked = text is Text.FACT_LINK and bool(shown.links)
    assert shown.text == (f"Link: {web_url(typed)}" if linked else plainly)
    assert shown.inside <= {
        **{small: {"em"} for small in SMALL_PRINT},
        Text.FACT_HEADING: {"li"},
        Text.FACT_LINK: {"a"},
    }.get(text, set())


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://example.org/#/notes", True),
        ("https://matrix.to.example/#top", True),
        ("https://matrix.to/#/@alice:localhost", False),
        ("https://MATRIX.TO./#/%40alice:localhost", False),
        ("https://example.org@matrix.to/", False),
        ("https://app.element.io/#/room/!a:localhost", False),
        ("https://chat.example/#/user/@alice:localhost", False),
        ("https://chat.example/#/%2523room:localhost", False),
        ("matrix:u/alice:localhost", False),
        ("ftp://example.org/", False),
    ],
)
def test_an_address_that_clients_show_as_a_mention_is_no_link(url: str, followed: bool) -> None:
    for block in (
        QuoteBlock(excerpt("x", url=url)),
        ListEntry(document("x", url=url), 1),
        notice_block(notice(Text.FACT_LINK, url=url)),
    ):
        links = [link for one in read(html_of(block)) for link in one.links]
        assert bool(links) == followed
        assert followed or "href" not in html_of(block)
        assert followed or "example" in html_of(block) or "localhost" in html_of(block)


@pytest.mark.parametrize("title", ["https://bank.example", "bank.example", "", "  ", "\u00a0"])
def test_a_title_that_names_another_address_or_nothing_is_not_the_link(title: str) -> None:
    _, cited = read(html_of(QuoteBlock(excerpt("x", title=title, url="https://example.org/"))))
    assert cited.links == (("https://example.org/", "https://example.org/"),)
    assert cited.text.endswith("paragraph 2\nhttps://example.org/")


def test_code_keeps_its_blanks() -> None:
    text = "\ndef rain():\n    return '<wet>'\n"
    made = document(text)
    code = replace(made, blocks=(DocumentBlock(Span(0, len(text)), BlockKind.CODE),))
    one = Excerpt(passage(code), (Span(0, len(text)),), sentence=Span(1, 12))
    quote, _ = read(html_of(QuoteBlock(one)))
    assert quote.inside == {"pre", "code"}
    assert quote.text == text


def test_commands_are_written_as_they_are_typed() -> None:
    block = notice_block(notice(Text.USAGE, usage=CommandName("source", "<NAME>")))
    assert MATRIX.render(block) == Rendered(
        "Write it as !source <NAME>.",
        "<p>Write it as <code>!source &lt;NAME&gt;</code>.</p>",
    )


def test_an_answer_as_it_is_sent() -> None:
    reply = answer(RAIN, SNOW, further=(SNOW, RAIN, SNOW), low=True)
    (page,) = paginate(reply_blocks(reply, numbered=True, more=CommandName("more")), MATRIX, MOST)
    assert page.text == (
        "Close, but it may not answer this.\n"
        " > First came <the> rain.\n"
        " > \n"
        " > Then, after\u00a0it, the wind.\n"
        "   1 · Weather, A. Frost & Sons, The Almanac, 2016-12 (the day it was told), paragraph 2\n"
        "   https://example.org/weather?a=1&b=2\n"
        "\n"
        " > Snow fell.\n"
        "   2 · Snow, The Almanac, 2016-12, paragraph 2\n"
        "\n"
        "2 of 5 documents speak to this. 3 more excerpts: !more\n"
        f"Answer {reply.id}, corpus 9c1b04d2."
    )
    assert page.html == (
        "<p><strong>Close, but it may not answer this.</strong></p>"
        "<blockquote>First came &lt;the&gt; rain.<br><br>"
        "Then, after\u00a0it, the wind.</blockquote>"
        '<p>1 · <strong><a href="https://example.org/weather?a=1&amp;b=2">Weather</a></strong>, '
        "A. Frost &amp; Sons, The Almanac, 2016-12 (the day it was told), paragraph 2</p>"
        "<blockquote>Snow fell.</blockquote>"
        "<p>2 · <strong>Snow</strong>, The Almanac, 2016-12, paragraph 2</p>"
        "<p>2 of 5 documents speak to this. 3 more excerpts: <code>!more</code><br>"
        f"<em>Answer {reply.id}, corpus 9c1b04d2.</em></p>"
    )


def test_a_silence_as_it_is_sent() -> None:
    reply = silence(SNOW, "<kibbeh>", "@room")
    (page,) = paginate(reply_blocks(reply), MATRIX, MOST)
    assert page.html == (
        "<p>The documents do not answer this.<br>Found nowhere: &lt;kibbeh&gt;, @room.</p>"
        "<p><strong>Nearest, but not an answer:</strong></p>"
        "<blockquote>Snow fell.</blockquote>"
        "<p><strong>Snow</strong>, The Almanac, 2016-12, paragraph 2</p>"
        f"<p><em>Silence {reply.id}, corpus 9c1b04d2.</em></p>"
    )
    assert page.text.startswith(
        "The documents do not answer this.\nFound nowhere: <kibbeh>, @room.\n\nNearest, but"
    )


def test_the_list_and_a_document_as_they_are_sent() -> None:
    linked = document("x", url="https://example.org/w")
    infos = [DocumentInfo(linked, 1), DocumentInfo(document("x", title="Law"), 1_200)]
    (page,) = paginate(list_blocks(infos), MATRIX, MOST)
    assert page.html == (
        "<p>2 documents:</p>"
        '<ul><li><strong><a href="https://example.org/w">Weather</a></strong><br>'
        "The Almanac, 2016-12, collection main, 1 passage</li></ul>"
        "<ul><li><strong>Law</strong><br>"
        "The Almanac, 2016-12, collection main, 1,200 passages</li></ul>"
    )
    assert page.text == (
        "2 documents:\n\n"
        "Weather\n   The Almanac, 2016-12, collection main, 1 passage\n   https://example.org/w\n"
        "Law\n   The Almanac, 2016-12, collection main, 1,200 passages"
    )
    (page,) = paginate(document_blocks(DocumentInfo(linked, 3)), MATRIX, MOST)
    assert 'Link: <a href="https://example.org/w">https://example.org/w</a><br>' in str(page.html)
    told = document_blocks(DocumentInfo(headed("Text.", "Winter", "<Ice>"), 3))
    (page,) = paginate(told, MATRIX, MOST)
    assert page.text.endswith("Headings:\n- Winter\n- <Ice>")
    assert str(page.html).endswith("<p>Headings:</p><ul><li>Winter</li><li>&lt;Ice&gt;</li></ul>")


@given(ANY_MARKUP, ANY_MARKUP)
def test_sizes_are_what_json_takes_at_most(one: str, other: str) -> None:
    first, second = Rendered(one, other), Rendered(other, "")
    content = {"body": one, "formatted_body": other}
    without = len(json.dumps({"body": "", "formatted_body": ""}))
    assert MATRIX.measure(first) == len(json.dumps(content)) - without
    assert MATRIX.measure(first + second) <= MATRIX.measure(first) + MATRIX.measure(second)
    told = json.dumps({key: visible(text) for key, text in content.items()}, ensure_ascii=False)
    assert len(told.encode()) - without <= MATRIX.measure(Rendered(visible(one), visible(other)))


@pytest.mark.parametrize(
    ("unit", "length"),
    [
        ("Rain fell again. ", 66_000),
        ("حلب مدينة ", 66_000),
        ("🙂", 20_000),
        ('<&>"\n', 20_000),
        ("> \n", 20_000),
        ("</p>@room ", 20_000),
        ("\u202e", 4_000),
    ],
)
def test_a_very_long_passage_is_cut_into_pages_that_fit(unit: str, length: int) -> None:
    text = (unit * length)[:length]
    pages = paginate([QuoteBlock(excerpt(text), 1)], MATRIX, MOST)
    assert len(pages) > 1
    assert all(size(page) <= MOST for page in pages)
    shown = [read(str(page.html)) for page in pages]
    assert all([one.tag for one in page] == ["blockquote", "p"] for page in shown)
    assert all(
        page[1].text.endswith("Weather, The Almanac, 2016-12, paragraph 2") for page in shown
    )
    together = "".join("".join(page[0].text.split()) for page in shown)
    assert together == "".join(visible(text).split())


def size(page: Page) -> int:
    return len(json.dumps(page.text)) + len(json.dumps(page.html)) - 4


@settings(max_examples=25)
@given(
    st.lists(st.tuples(QUOTABLE, st.integers(1, 60), FIELD, URL), min_size=1, max_size=4),
    st.sampled_from([4_000, MOST]),
)
def test_every_page_of_a_hostile_reply_fits_and_reads_as_its_documents(
    found: list[tuple[str, int, str, str]], limit: int
) -> None:
    blocks: list[Block] = [
        QuoteBlock(excerpt(text * times, title=title, author=title * 9, url=url), number)
        for number, (text, times, title, url) in enumerate(found, 1)
    ]
    blocks.append(NoticeBlock(((notice(Text.MISSING, terms=found[0][0] * 9),),)))
    for page in paginate(blocks, MATRIX, limit):
        assert size(page) <= limit
        assert not set(page.text + without_isolates(str(page.html))) & set(HOSTILE)
        quotes = [one.text for one in read(str(page.html)) if one.tag == "blockquote"]
        assert quotes == [
            visible(block.excerpt.quote) for block in page.blocks if isinstance(block, QuoteBlock)
        ]
