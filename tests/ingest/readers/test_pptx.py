"""PPTX: what the audience sees on the slides, and what is refused before it is parsed."""

from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RELATIONS
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.presentation import Presentation as Slides
from pptx.slide import Slide
from pptx.util import Inches

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.loader import build_document
from bot.ingest.manifest import SourceEntry
from bot.ingest.readers.pptx.reader import parse
from bot.ingest.segment import passages
from tests.harness.office_files import docx_file

A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
TITLE_ONLY, TITLE_AND_LIST, BLANK = 5, 1, 6
DAMAGED = "It is damaged or cut off: get a whole copy of it, or save it anew."


def saved(slides: Slides) -> bytes:
    written = BytesIO()
    slides.save(written)
    return written.getvalue()


def made(*fills: Callable[[Slide], object], layout: int = TITLE_AND_LIST) -> bytes:
    """A presentation of one slide for each function that fills it."""
    slides = Presentation()
    slides.core_properties.title = ""
    for fill in fills:
        fill(slides.slides.add_slide(slides.slide_layouts[layout]))
    return saved(slides)


def box(slide: Slide, *paragraphs: str) -> None:
    """A text box with paragraphs of DrawingML."""
    shape = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1))
    body = shape.element.txBody
    assert body is not None
    body.remove(body[-1])
    for paragraph in paragraphs:
        body.append(parse_xml(f"<a:p {A}>{paragraph}</a:p>"))


def seen(parsed: Parsed) -> list[tuple[str, str]]:
    """Kind and words of each block."""
    return [
        (block.kind.value + str(block.level or ""), block.span.of(parsed.text))
        for block in parsed.blocks
    ]


def words_of(data: bytes) -> list[str]:
    return [words for _, words in seen(parse(data))]


def rents(slide: Slide) -> None:
    assert slide.shapes.title is not None
    slide.shapes.title.text = "Rents\vof 2016"
    slide.placeholders[1].text = "North: 61\nSouth: 70"


def refusal(data: bytes, most: int = 200_000_000) -> str:
    with pytest.raises(DocumentError) as caught:
        parse(data, most)
    return str(caught.value)


def test_titles_head_the_lists_of_their_slides() -> None:
    parsed = parse(made(rents))
    assert parsed.title == "Rents of 2016"
    assert seen(parsed) == [
        ("heading1", "Rents of 2016"),
        ("item", "North: 61"),
        ("item", "South: 70"),
    ]
    assert parsed.remarks == ()


def test_a_passage_is_cited_by_its_slide_and_the_title_of_that() -> None:
    def untitled(slide: Slide) -> None:
        box(slide, "<a:r><a:t>The brook floods.</a:t></a:r>")

    document = build_document("a.pptx", "main", "0", parse(made(rents, untitled)), SourceEntry())
    assert [(each.text, str(each.locator)) for each in passages(document)] == [
        ("North: 61\n\nSouth: 70", "slide 1, paragraph 1"),
        ("The brook floods.", "slide 2, paragraph 3"),
    ]


def test_the_title_comes_first_and_other_shapes_as_they_are_read_aloud() -> None:
    def fill(slide: Slide) -> None:
        box(slide, "<a:r><a:t>First.</a:t></a:r>")
        group = slide.shapes.add_group_shape()
        inner = group.shapes.add_textbox(Inches(0), Inches(0), Inches(1), Inches(1))
        inner.text_frame.text = "Grouped."
        box(slide, "<a:r><a:t>Last.</a:t></a:r>")
        assert slide.shapes.title is not None
        title = slide.shapes.title
        title.text = "Rents"
        tree = title.element.getparent()
        assert tree is not None
        tree.append(title.element)

    assert words_of(made(fill, layout=TITLE_ONLY)) == ["Rents", "First.", "Grouped.", "Last."]


def test_numbers_of_items_are_those_that_the_slide_shows() -> None:
    def numbered(text: str, kind: str = "arabicPeriod", level: int = 0) -> str:
        return (
            f'<a:pPr lvl="{level}"><a:buAutoNum type="{kind}"/></a:pPr><a:r><a:t>{text}</a:t></a:r>'
        )

    def fill(slide: Slide) -> None:
        box(
            slide,
            numbered("Ask"),
            numbered("in person", "alphaLcParenR", 1),
            numbered("by letter", "alphaLcParenR", 1),
            numbered("Wait"),
            "<a:r><a:t>Or:</a:t></a:r>",
            numbered("Leave", "romanUcParenBoth"),
            numbered("Go", "hindiNumPeriod"),
        )

    assert words_of(made(fill, layout=BLANK)) == [
        "1. Ask", "a) in person", "b) by letter", "2. Wait", "Or:", "(I) Leave", "[…] Go",
    ]  # fmt: skip


def test_runs_are_read_with_raised_figures_line_ends_and_without_struck_words() -> None:
    def fill(slide: Slide) -> None:
        box(
            slide,
            '<a:r><a:t>61 m</a:t></a:r><a:r><a:rPr baseline="30000"/><a:t>2</a:t></a:r>'
            '<a:br/><a:r><a:rPr strike="sngStrike"/><a:t>sold </a:t></a:r>'
            '<a:fld id="{0}" type="slidenum"><a:t>let</a:t></a:fld>',
            "<a:r><a:t>So </a:t></a:r><a:other/>",
        )

    parsed = parse(made(fill, layout=BLANK))
    assert seen(parsed) == [("paragraph", "61 m²\nlet"), ("paragraph", "So […]")]
    assert parsed.remarks == ("is read without its struck-through words",)


def test_the_first_row_of_a_table_names_its_columns() -> None:
    def fill(slide: Slide) -> None:
        table = slide.shapes.add_table(3, 3, Inches(0), Inches(0), Inches(5), Inches(2)).table
        for row, texts in enumerate((["Plot", "Rent", "Use"], ["North", "", "Sheep"], ["All"])):
            for column, text in enumerate(texts):
                table.cell(row, column).text = text
        table.cell(2, 0).merge(table.cell(2, 2))

    assert seen(parse(made(fill, layout=BLANK))) == [
        ("heading6", "Plot | Rent | Use"),
        ("row", "North | | Sheep"),
        ("row", "All"),
    ]


def test_a_cell_over_several_rows_stands_in_each() -> None:
    def fill(slide: Slide) -> None:
        table = slide.shapes.add_table(3, 2, Inches(0), Inches(0), Inches(5), Inches(2)).table
        for row, texts in enumerate((["Plot", "Rent"], ["North", "61"], ["", "62"])):
            for column, text in enumerate(texts):
                table.cell(row, column).text = text
        table.cell(1, 0).merge(table.cell(2, 0))

    words = [words for _, words in seen(parse(made(fill, layout=BLANK)))]
    assert words == ["Plot | Rent", "North | 61", "North | 62"]


def test_the_words_of_a_diagram_are_read() -> None:
    names = (
        f'{A} xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
        ' xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    )

    def point(words: str, kind: str = "") -> str:
        return f"<d:pt {kind}><d:t><a:p><a:r><a:t>{words}</a:t></a:r></a:p></d:t></d:pt>"

    def fill(slide: Slide) -> None:
        data = f"<d:dataModel {names}><d:ptLst>{point('Ask')}{point('Wait')}"
        data += point("no words", 'type="pres"') + "</d:ptLst></d:dataModel>"
        package = slide.part.package
        part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", package, data.encode())
        key = slide.part.relate_to(part, RELATIONS.DIAGRAM_DATA)
        slide.shapes.element.append(
            parse_xml(
                f"<p:graphicFrame {names}><p:nvGraphicFramePr><p:cNvPr id='9' name='d'/>"
                "<p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm/><a:graphic>"
                f"<a:graphicData uri='d'><d:relIds r:dm='{key}'/></a:graphicData></a:graphic>"
                "</p:graphicFrame>"
            )
        )

    assert seen(parse(made(fill, layout=BLANK))) == [("paragraph", "Ask"), ("paragraph", "Wait")]


def test_notes_hidden_slides_pictures_and_footers_are_left_out_with_a_remark() -> None:
    def noted(slide: Slide) -> None:
        rents(slide)
        assert slide.notes_slide.notes_text_frame is not None
        slide.notes_slide.notes_text_frame.text = "Do not tell the tenants."

    def hidden(slide: Slide) -> None:
        rents(slide)
        slide.element.set("show", "0")

    def last(slide: Slide) -> None:
        box(slide, "<a:r><a:t>Thanks.</a:t></a:r>")
        shape = slide.shapes.add_textbox(Inches(0), Inches(0), Inches(1), Inches(1))
        shape.text_frame.text = "Secret."
        shape.element.nvSpPr.cNvPr.set("hidden", "1")

    parsed = parse(made(noted, hidden, last))
    assert [words for _, words in seen(parsed)][1:] == ["North: 61", "South: 70", "Thanks."]
    assert parsed.remarks == ("is read without its speaker notes, hidden slides and hidden shapes",)
    assert [str(block.landmark) for block in parsed.blocks][-1] == "slide 3"


def test_slides_without_words_are_told_so() -> None:
    assert refusal(made(lambda _: None)) == "It holds no words: fill it or remove it."


def titled(title: str) -> bytes:
    slides = Presentation()
    slides.core_properties.title = title
    box(slides.slides.add_slide(slides.slide_layouts[BLANK]), "<a:r><a:t>Rain.</a:t></a:r>")
    return saved(slides)


@pytest.mark.parametrize(
    "title",
    [
        "PowerPoint Presentation",
        "PowerPoint-Präsentation",
        "Présentation PowerPoint",
        "Presentación de PowerPoint",
        "Prezentacja programu PowerPoint",
        "Презентация PowerPoint",
        "PowerPoint 演示文稿",
        "Slide 1",
    ],
)
def test_a_default_title_is_none(title: str) -> None:
    assert parse(titled(title)).title is None


@pytest.mark.parametrize("title", ["PowerPoint Basics", "Using PowerPoint", "PowerPoint 2019"])
def test_a_title_about_powerpoint_stays(title: str) -> None:
    assert parse(titled(title)).title == title


def test_what_is_no_presentation_is_told_by_what_it_is() -> None:
    assert refusal(docx_file()) == "It is a Word document, not .pptx: give it the ending .docx."
    assert refusal(made(rents), 10_000) == "It unpacks to more than 0 MB: split it."


WHOLE = made(rents)


def test_what_is_cut_off_is_refused() -> None:
    for cut in (len(WHOLE) // 3, len(WHOLE) - 30):
        assert refusal(WHOLE[:cut]) == DAMAGED


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
        assert parsed.text == "Rents of 2016\n\nNorth: 61\n\nSouth: 70"
