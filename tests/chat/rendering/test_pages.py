import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.rendering.blocks import ListEntry, NoticeBlock, QuoteBlock, notice_block
from bot.chat.rendering.escape import visible
from bot.chat.rendering.pages import LEAST_LIMIT, Page, paginate
from bot.chat.rendering.plain import BAR, INDENT, PLAIN
from bot.chat.rendering.terminal import Terminal
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.core.documents import Span
from bot.core.replies import Excerpt
from tests.chat.builders import (
    ANY_TEXT,
    HARMLESS_TEXT,
    HOSTILE,
    WORDED,
    document,
    excerpt,
    excerpts,
    passage,
)

WORDED_HARMLESS = st.tuples(HARMLESS_TEXT, HARMLESS_TEXT).map("a".join)


def quoted(page: Page) -> str:
    """What stands behind the bars, and nothing else."""
    return "\n".join(line[2:] for line in page.text.split("\n") if line.startswith(BAR))


def words(text: str) -> str:
    return "".join(text.split())


@given(WORDED_HARMLESS)
def test_the_exact_quote_can_be_read_back(text: str) -> None:
    (page,) = paginate([QuoteBlock(excerpt(text))], PLAIN)
    assert quoted(page) == text


@given(excerpts(WORDED_HARMLESS))
def test_a_cut_quote_reads_back_with_its_gap(one: Excerpt) -> None:
    (page,) = paginate([QuoteBlock(one)], PLAIN)
    assert quoted(page) == one.quote


@settings(max_examples=60)
@given(st.lists(excerpts(repeat=60), min_size=1, max_size=4), st.integers(LEAST_LIMIT, 3_000))
def test_no_page_is_too_long_no_word_is_lost_no_quote_is_alone(
    found: list[Excerpt], limit: int
) -> None:
    blocks = [QuoteBlock(one, number) for number, one in enumerate(found, 1)]
    pages = paginate(blocks, PLAIN, limit)
    shown = [block for page in pages for block in page.blocks]
    assert all(len(page.text) <= limit for page in pages)
    for number, one in enumerate(found, 1):
        pieces = [b.excerpt for b in shown if isinstance(b, QuoteBlock) and b.number == number]
        assert {piece.passage for piece in pieces} == {one.passage}
        spans = [span for piece in pieces for span in piece.parts]
        assert spans == sorted(spans)
        text = one.passage.document.text
        assert "".join(words(s.of(text)) for s in spans) == "".join(
            words(s.of(text)) for s in one.parts
        )
    for page in pages:
        lines = page.text.split("\n")
        for place, line in enumerate(lines):
            if line.startswith(BAR) and not lines[place + 1].startswith(BAR):
                assert lines[place + 1].startswith(INDENT)
        assert not set(page.text) & set(HOSTILE)


@given(WORDED, st.integers(1, 9))
def test_what_fits_is_one_page_as_without_a_limit(text: str, count: int) -> None:
    blocks = [QuoteBlock(excerpt(text))] * count
    whole = paginate(blocks, PLAIN)
    if len(whole[0].text) <= 4_000:
        assert paginate(blocks, PLAIN, 4_000) == whole


def test_a_long_excerpt_is_cut_after_a_sentence_and_each_piece_is_cited() -> None:
    text = "A first sentence of some length. " * 70
    doc = document(text, title="T" * 200)
    whole = passage(doc)
    sentences = tuple(Span(i, i + 32) for i in range(0, len(text), 33))
    first, *others = sentences
    one = Excerpt(type(whole)(doc, whole.span, (first, *others), whole.locator), (whole.span,))
    pages = paginate([QuoteBlock(one)], PLAIN, 1_000)
    assert len(pages) == 4
    for page in pages:
        assert quoted(page).strip().startswith("A first")
        assert quoted(page).rstrip().endswith("length.")
        assert page.text.endswith("The Almanac, 2016-12, paragraph 2")
    assert words("".join(map(quoted, pages))) == words(text)


def test_a_passage_of_sixty_six_thousand_characters_without_a_blank() -> None:
    pages = paginate([QuoteBlock(excerpt("語" * 66_000))], PLAIN, 2_000)
    assert "".join(map(quoted, pages)) == "語" * 66_000
    assert len(pages) < 36


def test_no_character_is_cut_in_two() -> None:
    text = "e\u0301" * 3_000
    for page in paginate([QuoteBlock(excerpt(text))], PLAIN, 1_001):
        assert quoted(page).startswith("e")
        assert quoted(page).endswith("\u0301")


def test_a_citation_larger_than_the_page_gives_up_room_and_the_quote_does_not() -> None:
    one = excerpt("Words.", title="T" * 5_000, url="https://example.org/" + "u" * 5_000)
    (page,) = paginate([QuoteBlock(one)], PLAIN, 1_000)
    assert quoted(page) == "Words."
    assert "T" * 100 in page.text
    assert "[…], The Almanac, 2016-12, paragraph 2" in page.text
    assert "https" not in page.text


def test_what_must_be_read_before_a_quote_is_on_its_page() -> None:
    filler = notice_block(*[notice(Text.WORDS, words="x" * 700)])
    lead = notice(Text.NEAREST)
    pages = paginate([filler, QuoteBlock(excerpt("word " * 60), lead=lead)], PLAIN, 800)
    assert pages[1].text.startswith("Nearest, but not an answer:\n│ word")


def test_a_long_list_goes_over_pages_entry_by_entry() -> None:
    entries = [ListEntry(document("x", title=f"Title {n}"), n) for n in range(200)]
    pages = paginate(entries, PLAIN, 1_000)
    assert all(len(page.text) <= 1_000 for page in pages)
    lines = "\n".join(page.text for page in pages).split("\n")
    assert lines[:2] == ["Title 0", "  The Almanac, 2016-12, collection main, 0 passages"]
    assert [line for line in lines if line.startswith("Title")] == [
        f"Title {n}" for n in range(200)
    ]


@given(ANY_TEXT.map(lambda text: text * 300), st.integers(LEAST_LIMIT, 3_000))
def test_an_entry_and_a_notice_with_a_long_text_fit_too(text: str, limit: int) -> None:
    entry = ListEntry(document("x", title=text, author=text, date_note=text), 1)
    lines = NoticeBlock(((notice(Text.NO_SUCH_COLLECTION, name=text), notice(Text.SILENT)),) * 3)
    for page in paginate([entry, lines], PLAIN, limit):
        assert len(page.text) <= limit
        assert not set(page.text) & set(HOSTILE)


def test_a_page_is_made_of_blocks_only() -> None:
    (page,) = paginate((notice_block(notice(Text.SILENT)),), PLAIN)
    for maker in (None, object()):
        with pytest.raises(TypeError, match="made of blocks"):
            Page("Trust me.", None, page.rendered, maker=maker)


def test_nothing_makes_no_page_and_a_tiny_page_is_refused() -> None:
    assert paginate([], PLAIN) == ()
    with pytest.raises(ValueError, match="at least 800"):
        paginate([], PLAIN, 799)


@given(excerpts())
def test_a_terminal_shows_the_same_words_and_no_sequence_from_outside(one: Excerpt) -> None:
    (page,) = paginate([QuoteBlock(one)], Terminal())
    ours = ("\x1b[36m", "\x1b[1m", "\x1b[2m", "\x1b[0m", "\x1b\\", "\x1b]8;;")
    text = page.text
    for sequence in ours:
        text = text.replace(sequence, "")
    assert not set(text) & set(HOSTILE)
    pieces = [line[2:] for line in text.split("\n") if line.startswith(BAR)]
    assert words("".join(pieces)) == words(visible(one.quote))
