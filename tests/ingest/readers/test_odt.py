"""ODT: what a reader of the document sees, and what is refused before it is parsed."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import DocumentError
from bot.ingest.readers.odt.reader import parse
from tests.harness.office_files import docx_file, odt_file, seen

DAMAGED = "It is damaged or cut off: get a whole copy of it, or save it anew."


def style(name: str, text: str = "", family: str = "text", more: str = "") -> str:
    return (
        f'<style:style style:name="{name}" style:family="{family}" {more}>'
        f"<style:text-properties {text}/></style:style>"
    )


def level(depth: int, form: str, suffix: str = ".", more: str = "") -> str:
    return (
        f'<text:list-level-style-number text:level="{depth}" style:num-format="{form}"'
        f' style:num-suffix="{suffix}" {more}/>'
    )


def items(*texts: str, more: str = "") -> str:
    inner = "".join(f"<text:list-item><text:p>{each}</text:p></text:list-item>" for each in texts)
    return f'<text:list text:style-name="L" {more}>{inner}</text:list>'


def words_of(body: str, styles: str = "") -> list[str]:
    return [words for _, words in seen(parse(odt_file(body, styles)))]


def refusal(data: bytes, most: int = 200_000_000) -> str:
    with pytest.raises(DocumentError) as caught:
        parse(data, most)
    return str(caught.value)


def test_blocks_come_in_the_order_of_the_document() -> None:
    body = (
        '<text:p text:style-name="P1">The year of the flood</text:p>'
        '<text:h text:outline-level="1">Spring</text:h><text:p>The rain fell.</text:p>'
        "<text:section><text:p>It stayed.</text:p></text:section>"
        "<text:list><text:list-item><text:p>wet</text:p></text:list-item></text:list>"
    )
    styles = style("P1", family="paragraph", more='style:parent-style-name="Title"')
    styles += style("Title", family="paragraph")
    parsed = parse(odt_file(body, styles))
    assert parsed.title == "The year of the flood"
    assert seen(parsed) == [
        ("heading1", "The year of the flood"),
        ("heading1", "Spring"),
        ("paragraph", "The rain fell."),
        ("paragraph", "It stayed."),
        ("item", "wet"),
    ]
    assert parsed.remarks == ()
    assert parse(odt_file(body, styles, title="Floods")).title == "Floods"


def test_items_have_the_numbers_that_the_document_shows() -> None:
    styles = f'<text:list-style style:name="L">{level(1, "1")}{level(2, "a", ")")}'
    styles += level(3, "i", more='text:display-levels="2" style:num-prefix="("')
    styles += "</text:list-style>"
    deep = (
        '<text:list text:style-name="L"><text:list-item><text:p>Ask</text:p><text:p>first</text:p>'
        "<text:list><text:list-item><text:p>in person</text:p><text:list><text:list-item>"
        "<text:p>at noon</text:p></text:list-item></text:list></text:list-item></text:list>"
        "</text:list-item><text:list-header><text:p>Then:</text:p></text:list-header>"
        '<text:list-item text:start-value="7"><text:p>Wait</text:p></text:list-item></text:list>'
    )
    more = items("Go", more='text:continue-numbering="true"') + items("Anew")
    assert seen(parse(odt_file(f"{deep}{more}<text:p>Sun.</text:p>", styles))) == [
        ("item 1", "1. Ask"),
        ("item 1", "first"),
        ("item 1 (a)", "a) in person"),
        ("item 1 (a) (a.i)", "(a.i. at noon"),
        ("item", "Then:"),
        ("item 7", "7. Wait"),
        ("item 8", "8. Go"),
        ("item 1", "1. Anew"),
        ("paragraph", "Sun."),
    ]


def test_items_are_in_none_of_another_list() -> None:
    styles = f'<text:list-style style:name="L">{level(1, "1")}{level(2, "a", ")")}'
    styles += "</text:list-style>"
    styles += f'<text:list-style style:name="M">{level(1, "1")}</text:list-style>'
    deep = (
        '<text:list text:style-name="L" {}><text:list-item><text:list><text:list-item><text:p>{}'
        "</text:p></text:list-item></text:list></text:list-item></text:list>"
    )
    on = 'text:continue-numbering="true"'
    cell = items("Red", "Blue").replace('"L"', '"M"')
    table = (
        f"<table:table><table:table-row><table:table-cell>{cell}</table:table-cell>"
        "</table:table-row></table:table>"
    )
    body = (
        items("Ask", "Wait") + deep.format(on, "at noon") + table + deep.format(on, "at one")
        + deep.format("", "by boat")
        + items("Go") + "<text:h>Winter</text:h>" + deep.format(on, "on foot")
    )  # fmt: skip
    assert seen(parse(odt_file(body, styles))) == [
        ("item 1", "1. Ask"),
        ("item 2", "2. Wait"),
        ("item 2 (a)", "a) at noon"),
        ("row", "1. Red\n2. Blue"),
        ("item 2 (b)", "b) at one"),
        ("item a", "a) by boat"),
        ("item 1", "1. Go"),
        ("heading1", "Winter"),
        ("item a", "a) on foot"),
    ]


def test_headings_have_the_numbers_of_the_outline() -> None:
    outline = (
        "<office:document-styles NAMESPACES><office:styles><text:outline-style>"
        '<text:outline-level-style text:level="1" style:num-format="1"/>'
        '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/>'
        "</text:outline-style></office:styles></office:document-styles>"
    )
    heading = '<text:h text:outline-level="{}"{}>{}</text:h>'
    body = (
        heading.format(1, "", "Rain")
        + heading.format(2, "", "In May")
        + heading.format(2, "", "In June")
        + heading.format(1, ' text:is-list-header="true"', "Thanks")
        + heading.format(1, "", "Sun")
    )
    parsed = parse(odt_file(body, parts={"styles.xml": outline}))
    assert [words for _, words in seen(parsed)] == [
        "1 Rain", "1.1 In May", "1.2 In June", "Thanks", "2 Sun",
    ]  # fmt: skip


def test_notes_are_cited_by_their_mark_at_the_end_of_their_section() -> None:
    note = (
        '<text:note text:note-class="{}"><text:note-citation>{}</text:note-citation>'
        "<text:note-body><text:p>{}</text:p></text:note-body></text:note>"
    )
    body = (
        f"<text:p>Rain{note.format('footnote', '1', 'In May.')} fell.</text:p>"
        "<text:p>Long.</text:p>"
        f"<text:h>Sun</text:h><text:p>It shone{note.format('endnote', 'i', 'Once.')}.</text:p>"
    )
    parsed = parse(odt_file(body))
    assert seen(parsed) == [
        ("paragraph", "Rain fell."),
        ("paragraph", "Long."),
        ("note 1", "In May."),
        ("heading1", "Sun"),
        ("paragraph", "It shone."),
        ("note i", "Once."),
    ]
    assert "\n\n1 In May." in parsed.text


def test_tables_have_the_names_of_their_columns_and_empty_cells() -> None:
    def row(*cells: str) -> str:
        inner = "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
        return f"<table:table-row>{inner}</table:table-row>"

    nested = f"<table:table>{row('<text:p>wet</text:p>')}</table:table>"
    body = (
        "<table:table><table:table-header-rows>"
        + row("<text:p>Plot</text:p>", "<text:p>Rent</text:p>", "<text:p>Use</text:p>")
        + "</table:table-header-rows>"
        + row("<text:p>North</text:p>", "", f"<text:p>Sheep</text:p>{nested}")
        + "<table:table-row><table:table-cell><text:p>All</text:p></table:table-cell>"
        "<table:covered-table-cell/></table:table-row></table:table>"
        "<table:table>" + row(items("Ask", "Wait")) + "</table:table>"
    )
    numbers = f'<text:list-style style:name="L">{level(1, "1")}</text:list-style>'
    assert seen(parse(odt_file(body, numbers))) == [
        ("heading6", "Plot | Rent | Use"),
        ("row", "North | | Sheep\nwet"),
        ("row", "All"),
        ("row", "1. Ask\n2. Wait"),
    ]


def test_a_cell_over_several_rows_stands_in_each() -> None:
    body = (
        '<table:table><table:table-row><table:table-cell table:number-rows-spanned="2">'
        "<text:p>North</text:p></table:table-cell><table:table-cell><text:p>61</text:p>"
        "</table:table-cell></table:table-row><table:table-row><table:covered-table-cell/>"
        "<table:table-cell><text:p>62</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert words_of(body) == ["North | 61", "North | 62"]


def test_words_are_read_as_they_show() -> None:
    styles = style("up", 'style:text-position="super 58%"')
    styles += style("down", 'style:text-position="-33% 58%"')
    styles += style("code", family="paragraph", more='style:display-name="Preformatted Text"')
    body = (
        '<text:p>61\n m<text:span text:style-name="up">2</text:span>,<text:s text:c="2"/>'
        'CO<text:span text:style-name="down">2</text:span><text:line-break/>and<text:tab/>more '
        "<text:a>link</text:a> <text:ruby><text:ruby-base>漢</text:ruby-base>"
        "<text:ruby-text>kan</text:ruby-text></text:ruby></text:p>"
        '<text:p text:style-name="code">if<text:tab/>x:</text:p>'
        '<text:p text:style-name="code">go</text:p>'
    )
    assert seen(parse(odt_file(body, styles))) == [
        ("paragraph", "61 m², CO₂\nand more link 漢"),
        ("code", "if\tx:\ngo"),
    ]


def test_what_is_deleted_hidden_or_struck_is_left_out() -> None:
    styles = style("hidden", 'text:display="none"')
    styles += style("struck", 'style:text-line-through-style="solid"')
    styles += style("shown", 'style:font-name="x"')
    styles += style("P", 'text:display="none"', "paragraph")
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Gone.</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        '<text:p>The <text:change text:change-id="c"/>rain'
        '<text:span text:style-name="hidden"> never</text:span>'
        '<text:span text:style-name="struck"> seldom</text:span> fell.'
        "<office:annotation><text:p>Sure?</text:p></office:annotation></text:p>"
        '<text:p text:style-name="P">No<text:span text:style-name="shown">thing</text:span>'
        "</text:p>"
        '<text:section text:display="none"><text:p>Secret.</text:p></text:section>'
        "<text:table-of-content><text:index-body><text:p>Rain 1</text:p></text:index-body>"
        "</text:table-of-content>"
    )
    parsed = parse(odt_file(body, styles))
    assert parsed.text == "The rain fell."
    assert parsed.remarks == (
        "is read without its hidden words, struck-through words, comments, hidden sections and"
        " table of contents",
    )


def test_frames_are_read_behind_their_paragraph_and_formulas_leave_a_gap() -> None:
    body = (
        "<text:p>Rain<draw:frame><draw:text-box><text:p>Boxed.</text:p></draw:text-box></draw:frame>"
        " is <draw:frame><draw:object/><draw:image/></draw:frame> wet"
        "<draw:frame><draw:image/></draw:frame>.</text:p>"
    )
    parsed = parse(odt_file(body))
    assert seen(parsed) == [("paragraph", "Rain is […] wet."), ("paragraph", "Boxed.")]
    assert parsed.remarks == ("is read without its pictures",)


def test_what_is_no_open_text_is_told_by_what_it_is() -> None:
    assert refusal(docx_file()) == "It is a Word document, not .odt: give it the ending .docx."
    locked = odt_file("<text:p/>", parts={"META-INF/manifest.xml": "<m:encryption-data/>"})
    assert refusal(locked) == "It is protected by a password: save it without one."
    assert refusal(odt_file("<text:p/>")) == "It holds no words: fill it or remove it."


def test_entities_are_refused_where_the_part_is_parsed() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "rain">]><x>&a;</x>'
    assert refusal(odt_file("<text:p>Rain.</text:p>", parts={"styles.xml": bomb})) == (
        "It holds XML that an office file must not have: save it anew."
    )
    parsed = parse(odt_file("<text:p>Rain.</text:p>", parts={"Object 1/content.xml": bomb}))
    assert parsed.text == "Rain."


WHOLE = odt_file("<text:h>Rain</text:h><text:p>The rain fell.</text:p>")


def test_what_is_cut_off_is_refused() -> None:
    for cut in (len(WHOLE) // 3, len(WHOLE) - 30):
        assert refusal(WHOLE[:cut]) == DAMAGED
    with zipfile.ZipFile(BytesIO(WHOLE)) as archive:
        assert "content.xml" in archive.namelist()
    assert refusal(odt_file("<text:p>Rain.")) == DAMAGED


@settings(max_examples=60)
@given(st.integers(0, 4_000), st.binary(min_size=1, max_size=30))
def test_damage_anywhere_ends_in_words_or_in_a_sentence(place: int, damage: bytes) -> None:
    whole = bytearray(WHOLE)
    whole[place % len(whole) : place % len(whole) + len(damage)] = damage
    try:
        parsed = parse(bytes(whole))
    except DocumentError as fault:
        assert str(fault)[0].isupper()
        assert str(fault).endswith(".")
    else:
        assert parsed.text == "Rain\n\nThe rain fell."
