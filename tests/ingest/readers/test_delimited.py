"""CSV and TSV: rows under the names of their columns, as programs for sheets number them."""

import csv
from collections.abc import Sequence
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DocumentError
from bot.ingest.loader import build_document
from bot.ingest.manifest import SourceEntry
from bot.ingest.readers.builder import cleaned
from bot.ingest.readers.delimited import parse
from bot.ingest.segment import passages
from tests.harness.office_files import seen

RENTS = [["Plot", "Rent", "Tenant"], ["North", "61", "Ida Kern"], ["South", "1,250", "Jon, Vale"]]
CELLS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"'), max_size=6)


def written(rows: Sequence[Sequence[str]], separator: str = ",", end: str = "\r\n") -> bytes:
    text = StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(rows)
    return text.getvalue().encode()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_stand_under_the_names_of_their_columns(separator: str, end: str) -> None:
    assert seen(parse(written(RENTS, separator, end))) == [
        ("heading6", "Plot | Rent | Tenant"),
        ("row 2", "North | 61 | Ida Kern"),
        ("row 3", "South | 1,250 | Jon, Vale"),
    ]


def test_each_row_is_a_passage_and_cited_by_its_number() -> None:
    document = build_document("rents.csv", "main", "0", parse(written(RENTS)), SourceEntry())
    assert document.source.title == "rents"
    assert [(each.text, str(each.locator)) for each in passages(document)] == [
        ("North | 61 | Ida Kern", "row 2"),
        ("South | 1,250 | Jon, Vale", "row 3"),
    ]


def test_many_columns_are_named_as_well() -> None:
    names = [f"Reading of gauge {number} in millimetres" for number in range(20)]
    data = written([names, ["1.5"] * 20, ["2.5"] * 20])
    document = build_document("gauges.csv", "main", "0", parse(data), SourceEntry())
    assert [each.context_lines for each in passages(document)] == [(" | ".join(names),)] * 2


def test_a_cell_keeps_its_column_its_lines_and_its_quotation_marks() -> None:
    rows = [["Plot", "Rent", "Remark"], ["North", "", 'Called "the\nmarsh"'], ["", "", "Sold"]]
    assert seen(parse(written(rows)))[1:] == [
        ("row 2", 'North | | Called "the\nmarsh"'),
        ("row 3", "| | Sold"),
    ]


def test_empty_lines_count_and_a_line_above_the_table_is_its_caption() -> None:
    data = b"Rents of 2016,,\n\nPlot,Rent,Tenant\nNorth,61,Ida\n\nSouth,70,Jon\n"
    assert seen(parse(data)) == [
        ("row 1", "Rents of 2016"),
        ("heading6", "Plot | Rent | Tenant"),
        ("row 4", "North | 61 | Ida"),
        ("row 6", "South | 70 | Jon"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [["1", "North"], ["2", "South"], ["3", "East"]],
        [["North", "61"], ["South", "70"], ["East", "80"]],
        [["North", "North"], ["South", "East"], ["East", "West"]],
        [["Client:", "Ida"], ["Place:", "North"], ["Use:", "Sheep"]],
        [["North", "x" * 121], ["South", "Sold"], ["East", "Let"]],
        [["Plot", "Rent"]],
    ],
)
def test_a_first_row_that_names_no_columns_is_a_row(rows: list[list[str]]) -> None:
    assert [kind for kind, _ in seen(parse(written(rows)))] == [
        f"row {number}" for number in range(1, len(rows) + 1)
    ]


def test_years_may_name_columns() -> None:
    data = written([["Plot", "2015", "2016"], ["North", "61", "70"]])
    assert seen(parse(data))[0] == ("heading6", "Plot | 2015 | 2016")


def test_a_separator_named_in_the_first_line_holds_and_is_no_row() -> None:
    data = b"sep=;\r\nPlot;Rent\r\nNorth, old;61,50\r\nSouth, new;70,00\r\n"
    assert seen(parse(data)) == [
        ("heading6", "Plot | Rent"),
        ("row 2", "North, old | 61,50"),
        ("row 3", "South, new | 70,00"),
    ]


def test_commas_in_figures_and_sentences_divide_no_cells() -> None:
    data = b"Plot;Rent\nNorth, by the brook, wet;61,50\nSouth, dry;70,00\n"
    assert seen(parse(data))[1] == ("row 2", "North, by the brook, wet | 61,50")


def test_tabs_alone_divide_the_cells_of_a_tsv_file() -> None:
    data = b"a, b, c\td, e, f\ng, h, i\tj, k, l\n"
    assert seen(parse(data, "\t"))[0] == ("row 1", "a, b, c | d, e, f")


def test_an_open_quotation_mark_swallows_no_rows() -> None:
    parsed = parse(b'Plot,Rent\nNorth,"61\nSouth,70\n')
    assert seen(parsed)[1:] == [("row 2", 'North | "61'), ("row 3", "South | 70")]
    assert parsed.remarks == ("has a quotation mark that is not closed: they are all read as text",)


def test_a_cell_may_be_as_long_as_the_file() -> None:
    cell = "rain " * 100_000
    assert parse(written([["Plot", cell]])).text == f"Plot | {cell.strip()}"


@pytest.mark.parametrize("data", [b",,,\n,,\n", b'""\n'])
def test_a_table_of_empty_cells_holds_no_words(data: bytes) -> None:
    with pytest.raises(DocumentError, match="holds no words"):
        parse(data)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=8))
def test_no_cell_is_lost_and_none_is_invented(rows: list[list[str]]) -> None:
    data = written([["start", "end"], *rows])
    words = "".join(cell for row in rows for cell in map(cleaned, row))
    text = parse(data, ",").text.removeprefix("start | end")
    assert "".join(text.replace("|", "").split()) == "".join(words.replace("|", "").split())
