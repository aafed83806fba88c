"""Marks that a page does not show: every dialect hides them, and the JSON has both."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.discord import DiscordMarkdown
from bot.chat.rendering.json import json_line, reply_contents
from bot.chat.rendering.matrix import Matrix
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.rendering.replies import quote_blocks
from bot.core.documents import Document, Locator, Passage, Source, Span
from bot.core.replies import Excerpt
from tests.chat.builders import answer

TEXT = "The **key** hangs here. [Ida](/ida) has *another*."
HIDDEN = tuple(Span(*each) for each in ((4, 6), (9, 11), (24, 25), (28, 35), (40, 41), (48, 49)))
FIRST, SECOND = Span(0, 23), Span(24, len(TEXT))


def excerpt(parts: tuple[Span, *tuple[Span, ...]], sentence: Span | None = None) -> Excerpt:
    made = Document("a.md", "main", "0" * 64, Source("A"), TEXT, (), hidden=HIDDEN)
    passage = Passage(made, Span(0, len(TEXT)), (FIRST, SECOND), Locator(1))
    return Excerpt(passage, parts, sentence=sentence)


WHOLE = excerpt((Span(0, len(TEXT)),), SECOND)


def shown(dialect: Dialect) -> str:
    (page,) = paginate(quote_blocks((WHOLE,)), dialect)
    return (page.html or page.text).split("\n")[0]


def test_no_dialect_shows_them_and_the_emphasis_is_on_the_same_words() -> None:
    assert shown(PLAIN) == "│ The key hangs here. Ida has another."
    assert shown(DiscordMarkdown(emphasis=True)) == "> The key hangs here. **Ida has another.**"
    assert "The key hangs here. <strong>Ida has another.</strong><" in shown(Matrix(emphasis=True))


def test_the_json_has_the_quote_of_the_file_and_what_is_shown() -> None:
    (made,) = json.loads(json_line(reply_contents(answer(WHOLE), "what?", 0.1)))["excerpts"]
    assert made["quote"] == TEXT
    assert made["shown"] == "The key hangs here. Ida has another."


@given(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)))
def test_whatever_is_shown_are_the_characters_that_are_not_hidden(start: int, end: int) -> None:
    document = WHOLE.passage.document
    places = range(start, max(start, end))
    visible = (n for n in places if not any(each.start <= n < each.end for each in HIDDEN))
    assert document.shown(start, max(start, end)) == "".join(TEXT[n] for n in visible)
