"""Marks of Markdown are hidden where a quote is shown, and words never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.core.documents import BlockKind
from bot.core.errors import DocumentError
from bot.ingest.loader import build_document
from bot.ingest.manifest import SourceEntry
from bot.ingest.readers import markdown


def shown(source: str) -> list[str]:
    """The paragraphs, items, rows and code as they are shown."""
    document = build_document("a.md", "main", "", markdown.parse(source.encode()), SourceEntry())
    return [
        document.shown(block.span.start, block.span.end)
        for block in document.blocks
        if block.kind is not BlockKind.HEADING
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("The **key** hangs *behind* the __door__.", "The key hangs behind the door."),
        ("Ask [the `porter`](https://example.org/a_(b) 'Ida') twice.", "Ask the porter twice."),
        ("Ask [the porter][1] or [him].\n\n[1]: /a\n[him]: /b", "Ask the porter or him."),
        ("See <https://example.org/a>.", "See https://example.org/a."),
        ('Press ![a red button](red.png "Red") to open.', "Press  to open."),
        ("[![logo](a.png)](/b) Welcome.", " Welcome."),
        ("It costs 3 \\* 4 crowns.", "It costs 3 * 4 crowns."),
        ("Type `` a ` b `` now.", "Type  a ` b  now."),
        ("snake_case_names stay, 2*3*4 is 24.", "snake_case_names stay, 2*3*4 is 24."),
        ("It closes at ten.[^a]\n\n[^a]: On *weekdays* only.", "It closes at ten."),
        ("It closes at ten.[^b]", "It closes at ten.[^b]"),
        ("- [ ] Bring **oil**", "Bring oil"),
        ("| A | B |\n| - | - |\n| **x** | [y](/z) |", "| x | y |"),
        ("~~Run~~ walk.", "~~Run~~ walk."),
        ("AT&amp;T has **keys**.", "AT&amp;T has keys."),
        ("    **code** stays", "**code** stays"),
    ],
)
def test_marks_are_hidden(source: str, expected: str) -> None:
    assert shown(source)[0] == expected


_PIECES = st.sampled_from(
    (
        *("key", "door", " ", "*", "**", "_", "`", "[", "]", "(", ")", "](/a)", "![", "\\", "<"),
        *(">", "[^1]", "&amp;", "\n", "~~", "é", "\N{GRINNING FACE}", "'b'", "<b>", "# ", "1. "),
        *("> ", "|"),
    )
)


@given(st.lists(_PIECES, min_size=1, max_size=14).map("".join))
def test_every_word_that_a_page_has_is_shown(source: str) -> None:
    try:
        parsed = markdown.parse(source.encode())
    except DocumentError:
        return
    document = build_document("a.md", "main", "", parsed, SourceEntry())
    for block in document.blocks:
        if block.kind is BlockKind.CODE:
            continue
        [inline] = MarkdownIt("commonmark").parseInline(block.span.of(document.text))
        words = "".join(
            child.content
            for child in inline.children or ()
            if child.type in ("text", "text_special", "code_inline")
        )
        rest = iter(document.shown(block.span.start, block.span.end))
        assert all(letter in rest for letter in words if letter.isalnum()), words
