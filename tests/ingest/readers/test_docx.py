"""DOCX: what a reader of the document sees, and what is refused before it is parsed."""

import zipfile
from collections.abc import Callable
from io import BytesIO

import docx
import pytest
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import DocumentError
from bot.ingest.readers.docx.reader import parse
from tests.harness.office_files import seen

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DAMAGED = "It is damaged or cut off: get a whole copy of it, or save it anew."
OLD = "It is protected by a password or in the old Word format: save it as an open .docx."


def made(fill: Callable[[Document], object]) -> bytes:
    document = docx.Document()
    document.core_properties.title = ""
    fill(document)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def with_xml(*blocks: str) -> bytes:
    """A document whose body begins with these elements."""

    def fill(document: Document) -> None:
        for block in reversed(blocks):
            document.element.body.insert(0, parse_xml(block.replace(">", f" {W}>", 1)))

    return made(fill)


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The file with one part written anew."""
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return written.getvalue()


def zipped(*names: str) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return written.getvalue()


def refusal(data: bytes, most: int = 200_000_000) -> str:
    with pytest.raises(DocumentError) as caught:
        parse(data, most)
    return str(caught.value)


def plain(document: Document) -> None:
    document.add_paragraph("The rain fell.")


def test_blocks_come_in_the_order_of_the_document() -> None:
    def fill(document: Document) -> None:
        document.add_heading("The year of the flood", 0)
        document.add_heading("Spring", 1)
        document.add_paragraph("The rain fell.")
        table = document.add_table(2, 3)
        for row, words in zip(
            table.rows, (["Month", "Rain", "Days"], ["May", "80", "7"]), strict=True
        ):
            for cell, word in zip(row.cells, words, strict=True):
                cell.text = word
        document.add_heading("Losses", 2)
        document.add_paragraph("two sheds", style="List Bullet")
        document.add_paragraph("a pear tree", style="List Number")
        document.add_paragraph("A shed", style="Caption")

    parsed = parse(made(fill))
    assert seen(parsed) == [
        ("heading1", "The year of the flood"),
        ("heading1", "Spring"),
        ("paragraph", "The rain fell."),
        ("row", "Month | Rain | Days"),
        ("row", "May | 80 | 7"),
        ("heading2", "Losses"),
        ("item", "two sheds"),
        ("item", "1. a pear tree"),
        ("heading6", "A shed"),
    ]
    assert parsed.text.startswith("The year of the flood\n\nSpring\n\nThe rain fell.\n\nMonth |")
    assert parsed.title == "The year of the flood"


def test_headings_are_known_by_their_base_style_and_by_their_outline_level() -> None:
    def fill(document: Document) -> None:
        own = document.styles.add_style("House section", WD_STYLE_TYPE.PARAGRAPH)
        own.base_style = document.styles["Heading 2"]
        document.add_paragraph("By base", style="House section")
        document.add_paragraph("By level").paragraph_format.element.get_or_add_pPr().append(
            parse_xml(f'<w:outlineLvl {W} w:val="2"/>')
        )
        document.add_paragraph("Body")

    assert seen(parse(made(fill)))[:2] == [("heading2", "By base"), ("heading3", "By level")]


def test_styles_based_on_one_another_in_a_circle_do_no_harm() -> None:
    def fill(document: Document) -> None:
        one, two = (document.styles.add_style(n, WD_STYLE_TYPE.PARAGRAPH) for n in ("A1", "B1"))
        one.base_style, two.base_style = two, one
        document.add_paragraph("The rain fell.", style="A1")

    assert seen(parse(made(fill))) == [("paragraph", "The rain fell.")]


def test_cells_that_are_merged_are_told_once() -> None:
    def fill(document: Document) -> None:
        table = document.add_table(3, 3)
        for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
            cell.text = str(number)
        table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
        table.cell(1, 2).merge(table.cell(2, 2)).text = "tall"

    assert [words for _, words in seen(parse(made(fill)))] == [
        "wide | 2",
        "3 | 4 | tall",
        "6 | 7 |",
    ]


def test_tables_inside_a_cell_stay_in_their_row() -> None:
    def fill(document: Document) -> None:
        cell = document.add_table(1, 2).rows[0].cells[1]
        cell.text = "outer"
        cell.add_table(1, 1).rows[0].cells[0].text = "inner"

    assert seen(parse(made(fill))) == [("row", "| outer\ninner")]


def test_deleted_words_are_out_and_inserted_ones_in() -> None:
    data = with_xml(
        "<w:p><w:r><w:t xml:space='preserve'>The rain </w:t></w:r>"
        "<w:del><w:r><w:delText>never </w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t xml:space='preserve'>often </w:t></w:r></w:ins>"
        "<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom>"
        "<w:hyperlink><w:r><w:t>fell.</w:t></w:r></w:hyperlink></w:p>",
        "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>row</w:t></w:r></w:p></w:tc>"
        "</w:tr></w:tbl>",
    )
    assert parse(data).text == "The rain often fell."


def test_hidden_words_and_field_codes_are_out_and_controls_in() -> None:
    data = with_xml(
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:r><w:t>one</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t><w:noBreakHyphen/>"
        "<w:t>four</w:t><w:softHyphen/></w:r></w:p>",
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>",
    )
    assert parse(data).text == "one two\nthree\u2011four\n\nin a control"


def test_a_text_box_is_told_once() -> None:
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
    data = with_xml(
        f"<w:p {mc}><w:r><w:t>around</w:t><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert seen(parse(data)) == [("paragraph", "around"), ("paragraph", "boxed")]


def test_the_title_is_that_of_the_properties_before_any_heading() -> None:
    def fill(document: Document) -> None:
        document.add_heading("Spring", 1)
        document.core_properties.title = "The flood"

    assert parse(made(fill)).title == "The flood"
    assert parse(made(lambda d: d.add_heading("Spring", 1))).title == "Spring"
    assert parse(made(plain)).title == "The rain fell."


def test_a_document_without_words_is_refused() -> None:
    assert (
        refusal(made(lambda d: d.add_paragraph(" "))) == "It holds no words: fill it or remove it."
    )


def test_what_unpacks_to_too_much_is_refused_before_it_is_parsed() -> None:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("word/document.xml", b" " * 30_000_000)
    assert len(written.getvalue()) < 40_000
    assert refusal(written.getvalue(), 20_000_000) == "It unpacks to more than 20 MB: split it."


def test_a_size_that_is_declared_too_small_does_not_help_a_bomb() -> None:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 30_000_000)
    lying = written.getvalue().replace((30_000_000).to_bytes(4, "little"), b"\x10\0\0\0")
    assert refusal(lying, 20_000_000) == DAMAGED


def test_too_many_parts_are_refused() -> None:
    data = zipped("word/document.xml", *(f"word/media/{n}.png" for n in range(10_001)))
    assert refusal(data) == "It is made of more than 10,000 parts: save it anew."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(encoding: str) -> None:
    bomb = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        '<!DOCTYPE x [<!ENTITY a "rain"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    ).encode(encoding)
    data = changed(made(plain), "word/styles.xml", lambda _: bomb)
    assert refusal(data) == "It holds XML that an office file must not have: save it anew."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), OLD),
        (zipped("notes.txt"), "It is a ZIP archive, not .docx: unpack it first."),
        (
            zipped("[Content_Types].xml", "xl/workbook.xml"),
            "It is an Excel sheet, not .docx: give it the ending .xlsx.",
        ),
        (
            zipped("[Content_Types].xml", "ppt/presentation.xml"),
            "It is a PowerPoint presentation, not .docx: give it the ending .pptx.",
        ),
        (
            zipped("mimetype", "content.xml"),
            "It is not .docx, but of another kind: save it anew.",
        ),
        (zipped("word/document.xml"), DAMAGED),
        (b"PK\x03\x04" + bytes(50), DAMAGED),
    ],
)
def test_what_is_no_docx_is_told_by_what_it_is(data: bytes, reason: str) -> None:
    assert refusal(data) == reason


def test_macros_are_refused() -> None:
    data = changed(
        made(plain),
        "[Content_Types].xml",
        lambda xml: xml.replace(
            b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            b"application/vnd.ms-word.document.macroEnabled.main+xml",
        ),
    )
    assert refusal(data) == "It is a template or a file with macros: save it as a plain .docx."


def test_what_is_cut_off_is_refused() -> None:
    whole = made(plain)
    for cut in (len(whole) // 3, len(whole) - 30):
        assert refusal(whole[:cut]) == DAMAGED


@settings(max_examples=60)
@given(st.integers(0, 40_000), st.binary(min_size=1, max_size=30))
def test_damage_anywhere_ends_in_words_or_in_a_sentence(place: int, damage: bytes) -> None:
    whole = bytearray(made(plain))
    whole[place % len(whole) : place % len(whole) + len(damage)] = damage
    try:
        parsed = parse(bytes(whole))
    except DocumentError as fault:
        assert str(fault)[0].isupper()
        assert str(fault).endswith(".")
    else:
        assert parsed.text == "The rain fell."
