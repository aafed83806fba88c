"""DOCX: what Word shows is read as it is shown, and what cannot be read is visible."""

import pytest

from bot.ingest.readers.docx.reader import parse
from tests.harness.office_files import paragraph, seen, word_file

DELETED_MARK = '<w:rPr><w:del w:id="1" w:author="x"/></w:rPr>'


def run(words: str, properties: str = "") -> str:
    text = f'<w:t xml:space="preserve">{words}</w:t>'
    return f"<w:r><w:rPr>{properties}</w:rPr>{text}</w:r>"


def text_of(*runs: str) -> str:
    return parse(word_file(f"<w:p>{''.join(runs)}</w:p>")).text


def cell(*words: str) -> str:
    return f"<w:tc>{''.join(map(paragraph, words))}</w:tc>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def sign(font: str, code: str) -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'


def formula(content: str) -> str:
    return f"<m:oMath>{content}</m:oMath>"


def letters(words: str) -> str:
    return f"<m:r><m:t>{words}</m:t></m:r>"


def test_strict_open_xml_is_read_like_any_other() -> None:
    heading = paragraph("Planting", '<w:outlineLvl w:val="0"/>')
    data = word_file(heading + paragraph("In 1411."), {"styles": ""}, strict=True)
    assert seen(parse(data)) == [("heading1", "Planting"), ("paragraph", "In 1411.")]


def test_empty_cells_keep_their_column() -> None:
    rows = (
        cell("Plot") + cell("Summer") + cell("Winter"),
        cell("North") + cell("") + cell("Ida"),
        cell("") + cell("Olaf") + cell(""),
        cell("") + cell("") + cell(""),
    )
    assert [words for _, words in seen(parse(word_file(table(*rows))))] == [
        "Plot | Summer | Winter",
        "North | | Ida",
        "| Olaf |",
    ]


def test_the_paragraphs_of_a_cell_are_lines() -> None:
    data = word_file(table(cell("Warden") + cell("Opens at dawn.", "Feeds the geese.")))
    assert seen(parse(data)) == [("row", "Warden | Opens at dawn.\nFeeds the geese.")]


@pytest.mark.parametrize(
    ("signs", "text"),
    [
        (sign("Symbol", "F0B1"), "5 ± 1"),
        (sign("Symbol", "B1"), "5 ± 1"),
        (sign("Wingdings", "F0FC"), "5 ✓ 1"),
        (sign("Wingdings", "F021"), "5 […] 1"),
        (sign("Courier", "00B1"), "5 ± 1"),
        (sign("House Signs", "F041"), "5 […] 1"),
        (run("\uf0a3", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>'), "5 ≤ 1"),
        (run("\uf0a3"), "5 […] 1"),
        ("<w:r><w:object/></w:r>", "5 […] 1"),
        ("<w:r><w:drawing><wp:inline/></w:drawing></w:r>", "5 […] 1"),
        ("<w:r><w:drawing><wp:anchor/></w:drawing></w:r>", "5 1"),
    ],
)
def test_signs_of_symbol_fonts_are_read_or_visible(signs: str, text: str) -> None:
    assert text_of(run("5 "), signs, run(" 1")) == text


def test_a_picture_before_or_behind_the_words_leaves_no_mark() -> None:
    picture = "<w:r><w:drawing><wp:inline/></w:drawing></w:r>"
    parsed = parse(word_file(f"<w:p>{picture}{run('Keys')}{picture}</w:p><w:p>{picture}</w:p>"))
    assert parsed.text == "Keys"
    assert parsed.remarks == ("is read without its pictures",)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (letters("V = 3"), "V = 3"),
        (
            letters("V = πr")
            + f"<m:sSup><m:e>{letters('h')}</m:e><m:sup>{letters('2')}</m:sup></m:sSup>",
            "V = πrh²",
        ),
        (f"<m:sSup><m:e>{letters('2')}</m:e><m:sup>{letters('n')}</m:sup></m:sSup>", "[…]"),
        (f"<m:f><m:num>{letters('1')}</m:num><m:den>{letters('2')}</m:den></m:f>", "[…]"),
    ],
)
def test_a_formula_is_its_text_or_visible(content: str, text: str) -> None:
    assert text_of(run("Take "), formula(content), run(".")) == f"Take {text}."


def test_raised_and_lowered_figures_do_not_run_into_others() -> None:
    up, down = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
    assert text_of(run("1,250"), run("3", up), run(" visitors")) == "1,250³ visitors"
    assert text_of(run("10"), run("-21", up), run(" of CO"), run("2", down)) == "10⁻²¹ of CO₂"
    assert text_of(run("the 5"), run("th", up)) == "the 5th"


def test_a_large_first_letter_belongs_to_its_word() -> None:
    frame = '<w:framePr w:dropCap="drop" w:lines="3"/>'
    data = word_file(paragraph("W", frame) + paragraph("ardens are chosen."))
    assert seen(parse(data)) == [("paragraph", "Wardens are chosen.")]


def test_a_deleted_paragraph_mark_joins_two_paragraphs() -> None:
    data = word_file(paragraph("The gate closes at", DELETED_MARK) + paragraph("dusk."))
    assert seen(parse(data)) == [("paragraph", "The gate closes at dusk.")]
    assert parse(word_file(paragraph("The gate.", DELETED_MARK))).text == "The gate."


def test_code_keeps_its_lines_and_indents() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="C"><w:name w:val="Source Code"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="D"><w:basedOn w:val="C"/></w:style>'
    )
    lines = ("if open:", "    ring()", "", "close()")
    body = "".join(paragraph(line, '<w:pStyle w:val="D"/>') for line in lines)
    data = word_file(body + paragraph("Done."), {"styles": styles})
    assert seen(parse(data)) == [
        ("code", "if open:\n    ring()\n\nclose()"),
        ("paragraph", "Done."),
    ]


def test_words_may_be_hidden_by_a_style() -> None:
    styles = (
        '<w:style w:type="character" w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="P"><w:rPr><w:vanish/></w:rPr></w:style>'
    )
    hidden, shown = '<w:rStyle w:val="H"/>', '<w:rStyle w:val="H"/><w:vanish w:val="0"/>'
    body = f"<w:p>{run('seen ')}{run('secret', hidden)}{run('shown', shown)}</w:p>"
    data = word_file(body + paragraph("secret", '<w:pStyle w:val="P"/>'), {"styles": styles})
    assert parse(data).text == "seen shown"


def test_struck_words_are_left_out_and_told() -> None:
    parsed = parse(
        word_file(f"<w:p>{run('It is ')}{run('20', '<w:strike/>')}{run(' 25 crowns.')}</w:p>")
    )
    assert parsed.text == "It is 25 crowns."
    assert parsed.remarks == ("is read without its struck-through words",)


def test_the_reading_above_a_word_is_left_out() -> None:
    ruby = f"<w:ruby><w:rt>{run('かぎ')}</w:rt><w:rubyBase>{run('鍵')}</w:rubyBase></w:ruby>"
    assert text_of(f"<w:r>{ruby}</w:r>") == "鍵"


def test_parts_that_are_left_out_are_told() -> None:
    comment = f'<w:comment w:id="1">{paragraph("Is that so?")}</w:comment>'
    parts = {"comments": comment, "header": paragraph("Valid from March."), "styles": ""}
    parsed = parse(word_file(paragraph("It rains.") + '<w:altChunk r:id="rId9"/>', parts))
    assert parsed.text == "It rains.\n\n[…]"
    assert parsed.remarks == (
        "is read without its comments, embedded files and headers and footers"
        ' ("Valid from March.")',
    )
    assert parse(word_file(paragraph("It rains."), {"header": paragraph("7")})).remarks == ()
