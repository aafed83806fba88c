"""Tables of HTML pages: a row says what its cells are, and a layout is no table."""

import pytest

from bot.ingest.readers import html


def rows(table: str) -> list[str]:
    parsed = html.parse(f"<table>{table}</table>".encode())
    return [f"{block.kind.value} {block.span.of(parsed.text)}" for block in parsed.blocks]


HEAD = "<tr><th>Boat<th>Length<br>in feet<th>Owner</tr>"


def test_cells_carry_the_names_of_their_columns() -> None:
    assert rows(f"{HEAD}<tr><td>Teal<td>18<td>Roy</tr>") == [
        "row Boat: Teal | Length in feet: 18 | Owner: Roy"
    ]
    assert rows("<tr><th>Boat:<th>Since?</tr><tr><td>Teal<td>1960</tr>") == [
        "row Boat: Teal | Since? 1960"
    ]


def test_empty_cells_keep_their_column() -> None:
    assert rows(f"{HEAD}<tr><td><td>18<td></tr>") == ["row Boat: | Length in feet: 18 | Owner:"]
    assert rows("<tr><td><td>18<td></tr><tr><td>Teal<td><td>Roy</tr>") == [
        "row | 18",
        "row Teal | | Roy",
    ]


def test_cells_that_span_stand_in_each_row_and_bear_each_name() -> None:
    body = "<tr><td rowspan=2>Teal<td>18<td>Roy</tr><tr><td colspan=2>sold</tr>"
    assert rows(HEAD + body) == [
        "row Boat: Teal | Length in feet: 18 | Owner: Roy",
        "row Boat: Teal | Length in feet, Owner: sold",
    ]


def test_two_rows_of_names() -> None:
    head = "<thead><tr><th rowspan=2>Boat<th colspan=2>Races</tr><tr><th>won<th>lost</tr></thead>"
    assert rows(f"{head}<tr><td>Teal<td>3<td>9</tr>") == [
        "row Boat: Teal | Races, won: 3 | Races, lost: 9"
    ]


def test_rows_of_headers_alone_are_rows() -> None:
    assert rows("<tr><th>Built<th>1960</tr><tr><th>Boats<th>14</tr>") == [
        "row Built | 1960",
        "row Boats | 14",
    ]
    head = "<thead><tr><th><th>Name</tr></thead>"
    assert rows(f"{head}<tr><th scope=row>Owner<th>Roy</tr><tr><th scope=row>Crew<td>Ann</tr>") == [
        "row Owner | Name: Roy",
        "row Crew | Name: Ann",
    ]
    assert rows(f"<thead>{HEAD}</thead>") == ["row Boat | Length in feet | Owner"]


def test_captions_and_lines_across_head_the_rows_below() -> None:
    body = "<tr><th colspan=3>Sold</tr><tr><td>Teal<td>18<td>Roy"
    assert rows(f"<caption>Boats of 1960</caption>{HEAD}{body}") == [
        "paragraph Boats of 1960",
        "paragraph Sold",
        "row Boat: Teal | Length in feet: 18 | Owner: Roy",
    ]


def test_lines_of_a_cell_stay_apart() -> None:
    assert rows("<tr><th>Boat<th>Crew</tr><tr><td>Teal<td><p>Ann</p><p>Roy</p></tr>") == [
        "row Boat: Teal | Crew: Ann\nRoy"
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
