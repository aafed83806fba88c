"""The lines above a quote, which each dialect dims if it can."""

import json

import pytest
from rich.color import ColorSystem

from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.discord import DiscordMarkdown
from bot.chat.rendering.json import json_line, reply_contents
from bot.chat.rendering.matrix import Matrix
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.rendering.replies import quote_blocks
from bot.chat.rendering.terminal import Screen, Terminal
from bot.core.documents import Block, BlockKind, Document, Locator, Passage, Source, Span
from bot.core.replies import Excerpt
from tests.chat.builders import answer

LINES = ("*Rents* <b>", "Plot | Rent", "North | 61", "South | 74")
KINDS = (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.ROW, BlockKind.ROW)


def row(number: int) -> Excerpt:
    """A row of the table as an excerpt."""
    text, blocks = "\n".join(LINES), []
    for line, kind in zip(LINES, KINDS, strict=True):
        start = text.index(line)
        level = 6 if kind is BlockKind.HEADING else 0
        blocks.append(Block(Span(start, start + len(line)), kind, level))
    made = Document("rents.md", "main", "0" * 64, Source("Rents"), text, tuple(blocks))
    span = made.blocks[number].span
    context = (made.blocks[0].span, made.blocks[1].span)
    return Excerpt(Passage(made, span, (span,), Locator(number), context=context), (span,))


def shown(excerpt: Excerpt, dialect: Dialect) -> list[str]:
    (page,) = paginate(quote_blocks((excerpt,)), dialect)
    return page.text.split("\n")


def test_a_gap_between_the_lines_and_the_quote_is_visible() -> None:
    assert shown(row(2), PLAIN)[:3] == ["│ *Rents* <b>", "│ Plot | Rent", "│ North | 61"]
    assert shown(row(3), PLAIN)[2:4] == ["│ […]", "│ South | 74"]


def test_discord_shows_them_as_small_print_of_the_quote() -> None:
    lines = shown(row(3), DiscordMarkdown())
    assert lines[:4] == [
        r"> -# \*Rents\* \<b>",
        "> -# Plot | Rent",
        r"> -# \[…\]",
        "> South | 74",
    ]


def test_matrix_shows_them_in_italics_within_the_quote() -> None:
    (page,) = paginate(quote_blocks((row(2),)), Matrix())
    expected = "<blockquote><em>*Rents* &lt;b&gt;</em><br><em>Plot | Rent</em><br>North | 61"
    assert page.html is not None
    assert page.html.startswith(expected)


def test_a_terminal_dims_them() -> None:
    lines = shown(row(2), Terminal(lambda: Screen(80, ColorSystem.STANDARD)))
    assert "\x1b[2mPlot | Rent\x1b[0m" in lines[1]
    assert "\x1b[2m" not in lines[2]


@pytest.mark.parametrize(("number", "count"), [(2, 2), (3, 2)])
def test_the_json_has_their_spans(number: int, count: int) -> None:
    contents = reply_contents(answer(row(number)), "what?", 0.1)
    (made,) = json.loads(json_line(contents))["excerpts"]
    text = "\n".join(LINES)
    assert len(made["above"]) == count
    assert all(text[each["start"] : each["end"]] == each["text"] for each in made["above"])
    assert made["quote"] == LINES[number]
