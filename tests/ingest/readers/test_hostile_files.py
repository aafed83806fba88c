"""Files made to keep a reader busy: what took time by the square of the size ends at once.

No time is measured here. Before, each of these ran for minutes, or into Python's limit
of recursion; now the test would hang or fail.
"""

import pytest

from bot.core.errors import DocumentError
from bot.ingest.readers import html, markdown, text


def test_an_html_block_of_open_brackets_holds_no_words() -> None:
    with pytest.raises(DocumentError, match="It holds no words"):
        markdown.parse(b"<div>\n" + b"<" * 1_000_000)


@pytest.mark.parametrize(
    "piece", ["<A ", "{", "{a", "<A b={", "`", "<!--", "{/*", "<a b='", "[", ">"]
)
def test_mdx_of_open_brackets(piece: str) -> None:
    source = "Words first.\n\n" + piece * 50_000
    parsed = markdown.parse(source.encode(), has_components=True)
    assert parsed.text.startswith("Words first.")


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
