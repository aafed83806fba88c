"""Files made to keep a reader busy: what took time by the square of the size ends at once.

No time is measured here. Before, each of these ran for minutes, or into Python's limit
of recursion; now the test would hang or fail.
"""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DocumentError
from bot.ingest.readers import html, markdown, text
from bot.ingest.readers.markdown import has_visible_words


def test_an_html_block_of_open_brackets_holds_no_words() -> None:
    with pytest.raises(DocumentError, match="It holds no words"):
        markdown.parse(b"<div>\n" + b"<" * 1_000_000)


SIMPLE = regex.compile(r"<!--.*?(?:-->|$)|<(?:script|style)\b.*?(?:</|$)|<[^>]*>", regex.DOTALL)


@given(
    st.lists(
        st.sampled_from(["<", ">", "<!--", "-->", "<script", "</", "<style>", "a", " ", "\n", "é"]),
        max_size=14,
    ).map("".join)
)
def test_words_of_an_html_block_are_what_stands_outside_of_tags(block: str) -> None:
    assert has_visible_words(block) == (regex.search(r"\p{L}", SIMPLE.sub("", block)) is not None)


def test_thousands_of_underlined_headings_without_a_blank_line() -> None:
    lines = [f"Part {number}\n=====" for number in range(5_000)]
    blocks = text.parse("\n".join(lines).encode()).blocks
    assert [block.level for block in blocks] == [1] * 5_000


def test_a_table_row_of_very_many_cells() -> None:
    cells = "".join(f"<td>cell {number}</td>" for number in range(20_000))
    parsed = html.parse(f"<table><tr>{cells}</tr></table>".encode())
    (row,) = parsed.blocks
    words = row.span.of(parsed.text)
    assert words.startswith("cell 0 | cell 1 | cell 2")
    assert words.count(" | ") == 19_999
