"""Tables of HTML pages: a row says what its cells are, and a layout is no table."""

import pytest

from bot.ingest.readers import html


def rows(table: str) -> list[str]:
    parsed = html.parse(f"<table>{table}</table>".encode())
    return [f"{block.kind.value} {block.span.of(parsed.text)}" for block in parsed.blocks]


HEAD = "<tr><th>Boat<th>Length<br>in feet<th>Owner</tr>"


def test_names_of_columns_stand_above_rows_that_read_as_the_page() -> None:
    assert rows(f"{HEAD}<tr><td>Teal<td>18<td>Roy</tr>") == [
        "heading Boat | Length in feet | Owner",
        "row Teal | 18 | Roy",
    ]


def test_empty_cells_keep_their_column() -> None:
    assert rows(f"{HEAD}<tr><td><td>18<td></tr>")[1:] == ["row | 18"]
    assert rows("<tr><td><td>18<td></tr><tr><td>Teal<td><td>Roy</tr>") == [
        "row | 18",
        "row Teal | | Roy",
    ]


def test_cells_that_span_rows_stand_in_each_and_wide_ones_keep_columns() -> None:
    body = "<tr><td rowspan=2>Teal<td>18<td>Roy</tr><tr><td colspan=2>sold</tr>"
    assert rows(f"{HEAD}{body}<tr><td colspan=2>sold<td>Ann</tr>")[1:] == [
        "row Teal | 18 | Roy",
        "row Teal | sold",
        "row sold | | Ann",
    ]


@pytest.mark.parametrize("span", ["0", "-1", "two", "²", "9" * 5_000])
def test_a_span_that_browsers_do_not_know_loses_no_words(span: str) -> None:
    assert rows(f"{HEAD}<tr><td rowspan={span}>Teal<td>18<td colspan={span}>Roy</tr>")[1:] == [
        "row Teal | 18 | Roy"
    ]


def test_two_rows_of_names() -> None:
    head = "<thead><tr><th rowspan=2>Boat<th colspan=2>Races</tr><tr><th>won<th>lost</tr></thead>"
    assert rows(f"{head}<tr><td>Teal<td>3<td>9</tr>") == [
        "heading Boat | Races",
        "heading Boat | won | lost",
        "row Teal | 3 | 9",
    ]


def test_rows_of_headers_alone_are_rows() -> None:
    assert rows("<tr><th>Built<th>1960</tr><tr><th>Boats<th>14</tr>") == [
        "row Built | 1960",
        "row Boats | 14",
    ]
    head = "<thead><tr><th><th>Name</tr></thead>"
    assert rows(f"{head}<tr><th scope=row>Owner<th>Roy</tr><tr><th scope=row>Crew<td>Ann</tr>") == [
        "heading | Name",
        "row Owner | Roy",
        "row Crew | Ann",
    ]
    assert rows(f"<thead>{HEAD}</thead>") == ["row Boat | Length\nin feet | Owner"]


def test_captions_and_lines_across_head_the_rows_below() -> None:
    body = "<tr><td>Wren<td>9<td>Ann<tr><th colspan=3>Sold</tr><tr><td>Teal<td>18<td>Roy"
    assert rows(f"<caption>Boats of 1960</caption>{HEAD}{body}") == [
        "paragraph Boats of 1960",
        "heading Boat | Length in feet | Owner",
        "row Wren | 9 | Ann",
        "paragraph Sold",
        "row Teal | 18 | Roy",
    ]


def test_lines_of_a_cell_stay_apart() -> None:
    assert rows("<tr><th>Boat<th>Crew</tr><tr><td>Teal<td><p>Ann</p><p>Roy</p></tr>") == [
        "heading Boat | Crew",
        "row Teal | Ann\nRoy",
    ]


@pytest.mark.parametrize(
    "table",
    [
        "<tr><td><h2>Boats</h2><p>They lie at the mill.</p></tr>",
        "<tr><td>Boats<td><ul><li>They lie at the mill.</ul></tr>",
        "<tr><td>Boats<td><table><tr><td>They lie at the mill.</table></tr>",
        "<tr><td>Boats</tr><tr><td>They lie at the mill.</tr>",
        f"<tr><td>Boats<td>They lie at the mill.<td>{'They are green. ' * 40}</tr>",
    ],
)
def test_a_layout_is_no_table(table: str) -> None:
    found = [line.split(" ", 1) for line in rows(table)]
    assert ["They lie at the mill." in words for _, words in found].count(True) == 1
    assert "row" not in [kind for kind, _ in found]


def test_absurd_spans_take_no_time() -> None:
    row = "<td rowspan=60000 colspan=1000>x" * 500
    assert len(rows(f"<tr>{row}</tr>" + "<tr><td>y<td>z</tr>" * 200)) == 201
