"""XLSX: what a program for sheets shows of a file, and what is refused before it is parsed."""

import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from bot.core.errors import DocumentError
from bot.ingest.formats import Limits
from bot.ingest.loader import build_document
from bot.ingest.manifest import SourceEntry
from bot.ingest.readers import sandbox
from bot.ingest.readers.sandbox import ReadRequest
from bot.ingest.readers.xlsx.reader import parse
from bot.ingest.segment import passages
from tests.harness.office_files import docx_file, seen

RENTS: list[list[object]] = [
    ["Plot", "Rent", "Since"],
    ["North", 61.5, date(2016, 12, 31)],
    ["South", 1250, date(2017, 1, 1)],
]
DAMAGED = "It is damaged or cut off: get a whole copy of it, or save it anew."


def saved(book: Workbook) -> bytes:
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def made(
    rows: Sequence[Sequence[Any]] = RENTS, change: Callable[[Worksheet], object] | None = None
) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Rents"
    for row in rows:
        sheet.append(list(row))
    if change is not None:
        change(sheet)
    return saved(book)


def changed(data: bytes, part: str, *replacements: tuple[str, str]) -> bytes:
    """The file with some text of one part replaced."""
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                for before, after in replacements:
                    assert before.encode() in content
                    content = content.replace(before.encode(), after.encode())
            new.writestr(name, content)
    return written.getvalue()


def rows_of(data: bytes) -> list[str]:
    return [words for kind, words in seen(parse(data)) if kind.startswith("row")]


def refusal(data: bytes, most: int = 200_000_000) -> str:
    with pytest.raises(DocumentError) as caught:
        parse(data, most)
    return str(caught.value)


def test_rows_stand_under_the_name_of_the_sheet_and_those_of_the_columns() -> None:
    parsed = parse(made())
    assert seen(parsed) == [
        ("heading1", "Rents"),
        ("heading6", "Plot | Rent | Since"),
        ("row 2", "North | 61.5 | 2016-12-31"),
        ("row 3", "South | 1250 | 2017-01-01"),
    ]
    assert parsed.remarks == ()
    document = build_document("rents.xlsx", "main", "0", parsed, SourceEntry())
    assert [str(each.locator) for each in passages(document)] == [
        "Rents, row 2",
        "Rents, row 3",
    ]


def test_the_title_is_that_of_the_properties() -> None:
    book = Workbook()
    book.properties.title = "Rents of the commons"
    book.worksheets[0].append(["North", 61])
    assert parse(saved(book)).title == "Rents of the commons"


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (1250.5, "#,##0.00", "1,250.50"),
        (-1250.5, "#,##0.00;[Red]-#,##0.00", "-1,250.50"),
        (-1250.5, '"$"#,##0.0_);("$"#,##0.0)', "($1,250.5)"),
        # The code 7, whose currency each computer chooses.
        (-1250.5, '"$"#,##0.00_);("$"#,##0.00)', "(1,250.50)"),
        (0, '_-* #,##0.00 €_-;-* #,##0.00 €_-;_-* "-"?? €_-', "- €"),
        (61, "#,##0 [$€-407]", "61 €"),
        (0.125, "0.0%", "12.5%"),
        (2.345, "0.00", "2.35"),
        (1.005, "0.00", "1.01"),
        (7, "000", "007"),
        (-0.001, "0.0", "0.0"),
        (1234567, '0.0,,"M"', "1.2M"),
        (12345, "0.00E+00", "1.23E+04"),
        (3, '0" Stück"', "3 Stück"),
        (0.1 + 0.2, "General", "0.3"),
        (3.14159265358979, "General", "3.141592654"),
        (4006381333931, "General", "4006381333931"),
        (5, "@", "5"),
        (42704.5, "dd.mm.yyyy hh:mm", "30.11.2016 12:00"),
        (42704, "[$-409]d mmmm yyyy", "30 November 2016"),
        (42704, "dddd", "Wednesday"),
        (42704, "[$-F800]dddd, mmmm dd, yyyy", "2016-11-30"),
        (42704.75, "h:mm AM/PM", "6:00 PM"),
        (1.5, "[h]:mm", "36:00"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (42704, "mm-dd-yy", "2016-11-30"),  # the code 14, which each computer shows its own way
    ],
)
def test_numbers_show_as_their_format_says(value: float, code: str, words: str) -> None:
    def change(sheet: Worksheet) -> None:
        sheet["B1"].number_format = code

    parsed = parse(made([["Value:", value]], change))
    assert seen(parsed)[1:] == [("row 1", f"Value: | {words}")]
    assert parsed.remarks == ()


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (0.5, "# ?/?", "0.5"),
        (5, "[>3]0;0.0", "5"),
        (1234567890, "(000) 000-0000", "1234567890"),
        (42704, "[$-407]d. mmmm yyyy", "2016-11-30"),
        (-1, "yyyy-mm-dd", "-1"),
    ],
)
def test_a_format_that_is_not_known_is_told(value: float, code: str, words: str) -> None:
    def change(sheet: Worksheet) -> None:
        sheet["B1"].number_format = code

    parsed = parse(made([["Value:", value]], change))
    assert parsed.text.endswith(f"| {words}")
    assert parsed.remarks == (
        "has 1 number in a format that is not known, shown as plain numbers or dates",
    )


def test_other_values_show_as_in_the_sheet() -> None:
    values = [
        True,
        "#N/A",
        time(14, 5),
        datetime.fromisoformat("2016-12-31T14:05"),
    ]
    assert rows_of(made([values])) == ["TRUE | #N/A | 14:05:00 | 2016-12-31 14:05:00"]


def test_days_may_count_from_1904() -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.worksheets[0].append(["Day:", date(2016, 12, 31)])
    assert rows_of(saved(book)) == ["Day: | 2016-12-31"]


def test_formulas_show_the_value_that_the_file_keeps() -> None:
    data = changed(
        made([["Sum:", "=1+1"], ["Name:", '="a"&"b"'], ["None:", '=""']]),
        "xl/worksheets/sheet1.xml",
        ("<f>1+1</f><v></v>", "<f>1+1</f><v>61</v>"),
        ('<c r="B2"><f>"a"&amp;"b"</f><v></v>', '<c r="B2" t="str"><f>"a"&amp;"b"</f><v>kept</v>'),
        ('<c r="B3"><f>""</f><v></v>', '<c r="B3" t="str"><f>""</f><v></v>'),
    )
    parsed = parse(data)
    assert rows_of(data) == ["Sum: | 61", "Name: | kept", "None:"]
    assert parsed.remarks == ()


def test_a_formula_without_a_value_is_never_calculated() -> None:
    parsed = parse(made([["Sum:", "=1+1"], ["Page:", '=WEBSERVICE("http://127.0.0.1/")']]))
    assert seen(parsed)[1:] == [("row 1", "Sum: | […]"), ("row 2", "Page: | […]")]
    assert parsed.remarks == (
        "has 2 formulas without a value, shown as […]: save it anew in a program for sheets",
    )


def test_hidden_sheets_rows_and_columns_are_left_out_with_a_remark() -> None:
    def change(sheet: Worksheet) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        assert sheet.parent is not None
        other = sheet.parent.create_sheet("Prices")
        other.append(["Secret"])
        other.sheet_state = "hidden"

    parsed = parse(made([*RENTS, ["East", 70, date(2018, 1, 1)]], change))
    assert seen(parsed)[1:] == [
        ("heading6", "Plot | Since"),
        ("row 2", "North | 2016-12-31"),
        ("row 4", "East | 2018-01-01"),
    ]
    assert parsed.remarks == (
        'is read without its hidden sheets ("Prices"), hidden columns and hidden rows',
    )


def test_comments_are_left_out_with_a_remark() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["A2"].comment = Comment("Wet.", "Ida")

    parsed = parse(made(change=change))
    assert "Wet." not in parsed.text
    assert parsed.remarks == ("is read without its comments",)


def test_a_cell_that_spans_rows_stands_in_each_and_an_empty_one_keeps_its_place() -> None:
    def change(sheet: Worksheet) -> None:
        sheet.merge_cells("A2:A3")

    rows: list[list[object]] = [
        ["Field", "Plot", "Rent"],
        ["North", "a", None],
        [None, "b", 61],
        ["South", None, 70],
    ]
    assert rows_of(made(rows, change)) == ["North | a", "North | b | 61", "South | | 70"]


def test_struck_words_are_left_out_and_raised_figures_stay_raised() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["B1"].font = Font(strike=True)
        sheet["C1"] = CellRichText(
            "61 m", TextBlock(InlineFont(vertAlign="superscript"), "2"),
            TextBlock(InlineFont(strike=True), " sold"),
        )  # fmt: skip

    parsed = parse(made([["Size:", "old", None]], change))
    assert seen(parsed)[1:] == [("row 1", "Size: | 61 m²")]
    assert parsed.remarks == ("is read without its struck-through cells",)


def test_columns_far_apart_are_read_side_by_side() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["XFD1"] = "far"

    assert rows_of(made([["near"]], change)) == ["near | far"]


def test_empty_sheets_have_no_heading_and_an_empty_file_no_words() -> None:
    book = Workbook()
    book.create_sheet("Rents").append(["North", 61])
    assert seen(parse(saved(book))) == [("heading1", "Rents"), ("row 1", "North | 61")]
    assert refusal(made([])) == "It holds no words: fill it or remove it."


def test_strict_open_xml_is_read() -> None:
    data = made()
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"):
        data = changed(
            data,
            part,
            (
                "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                "http://purl.oclc.org/ooxml/spreadsheetml/main",
            ),
        )
    old = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    new = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    for part in ("_rels/.rels", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"):
        data = changed(data, part, (old, new))
    assert parse(data).text.endswith("South | 1250 | 2017-01-01")


def test_what_is_no_open_sheet_is_told_by_what_it_is() -> None:
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)) == (
        "It is protected by a password or in the old Excel format: save it as an open .xlsx."
    )
    assert refusal(docx_file()) == "It is a Word document, not .xlsx: give it the ending .docx."
    with_macros = changed(
        made(),
        "[Content_Types].xml",
        (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        ),
    )
    assert refusal(with_macros) == (
        "It is a template or a file with macros: save it as a plain .xlsx."
    )


def test_what_unpacks_to_too_much_and_entities_are_refused() -> None:
    assert refusal(made([["x" * 30_000]] * 40), 1_000_000).startswith("It unpacks to more than")
    bomb = changed(
        made(), "xl/workbook.xml", ("<workbook", '<!DOCTYPE x [<!ENTITY a "rain">]><workbook')
    )
    assert refusal(bomb) == "It holds XML that an office file must not have: save it anew."


def test_a_large_sheet_is_read_within_little_memory() -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Gauges")
    for number in range(3_000):
        sheet.append([f"gauge {number % 50}", *(number * 1.5 for _ in range(20))])
    limits = Limits(worker_memory_bytes=253_000_000)
    reader = sandbox.Sandbox()
    parsed = reader.read(ReadRequest(kind="xlsx", limits=limits), saved(book))
    reader.close()
    assert len(parsed.blocks) == 3_001


WHOLE = made()


def test_what_is_cut_off_is_refused() -> None:
    whole = WHOLE
    for cut in (len(whole) // 3, len(whole) - 30):
        assert refusal(whole[:cut]) == DAMAGED


@settings(max_examples=60)
@given(st.integers(0, 40_000), st.binary(min_size=1, max_size=30))
def test_damage_anywhere_ends_in_words_or_in_a_sentence(place: int, damage: bytes) -> None:
    whole = bytearray(WHOLE)
    whole[place % len(whole) : place % len(whole) + len(damage)] = damage
    try:
        parsed = parse(bytes(whole))
    except DocumentError as fault:
        assert str(fault)[0].isupper()
        assert str(fault).endswith(".")
    else:
        assert parsed.text.endswith("South | 1250 | 2017-01-01")
