"""PDF: words, paragraphs, headings, items and pages of files made for the purpose."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    ListFlowable,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from bot.core.documents import BlockKind
from bot.core.errors import DocumentError
from bot.ingest.readers import read
from bot.ingest.readers.pdf.reader import MAX_PAGES, parse
from tests.ingest.readers.pdf_files import drawn, seen

DAMAGED = "It is damaged or cut off: get a whole copy of it, or save it anew."
NO_WORDS = "It holds no words: fill it or remove it."
STYLES = getSampleStyleSheet()
RAIN = (
    "In the spring of that year the rain fell for eleven days and the lower gardens stood"
    " under water until the middle of May. The gardeners carried what they could to the"
    " upper terrace, and nobody counted the hours."
)
SUN = (
    "The summer made good for it. From June on the wells were low, and the council asked"
    " every household to draw no more than four buckets a day."
)


def lines(*words: str, size: float = 11, top: float = 700, left: float = 72) -> bytes:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        for number, line in enumerate(words):
            canvas.drawString(left, top - number * size * 1.25, line)
        canvas.showPage()

    return drawn(draw)


def flowed(*parts: Flowable, title: str | None = None, footer: str = "") -> bytes:
    def on_page(canvas: Canvas, _: BaseDocTemplate) -> None:
        canvas.setFont("Helvetica", 9)
        if footer:
            canvas.drawString(72, 30, footer)
            canvas.drawCentredString(A4[0] / 2, 18, str(canvas.getPageNumber()))

    made = BytesIO()
    template = SimpleDocTemplate(made, pagesize=A4, title=title, invariant=1)
    template.build(list(parts), onFirstPage=on_page, onLaterPages=on_page)
    return made.getvalue()


def paragraph(words: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(words, STYLES[style])


def refusal(data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        parse(data)
    return str(caught.value)


def test_headings_paragraphs_and_items_are_told_apart() -> None:
    parsed = parse(
        flowed(
            paragraph("The year of the flood", "Title"),
            paragraph("The spring", "Heading1"),
            paragraph(RAIN),
            paragraph(SUN),
            paragraph("What was lost", "Heading2"),
            ListFlowable(
                [paragraph("two sheds;"), paragraph("the old pear tree.")],
                bulletType="bullet",
                start="•",
            ),
        ),
    )
    assert seen(parsed) == [
        ("heading1", "The year of the flood"),
        ("heading1", "The spring"),
        ("paragraph", RAIN),
        ("paragraph", SUN),
        ("heading2", "What was lost"),
        ("item", "two sheds;"),
        ("item", "the old pear tree."),
    ]
    assert parsed.title == "The year of the flood"
    assert "\n\n• two sheds;\n\n• the old pear tree." in parsed.text


def test_paragraphs_know_their_page_and_run_on_over_its_end() -> None:
    parsed = parse(flowed(*(paragraph(f"{RAIN} It was day {n}.") for n in range(60))))
    assert len(parsed.blocks) == 60
    assert [block.page for block in parsed.blocks] == sorted(b.page or 0 for b in parsed.blocks)
    assert parsed.blocks[0].page == 1
    assert parsed.blocks[-1].page == 4
    assert {block.span.of(parsed.text)[: len(RAIN)] for block in parsed.blocks} == {RAIN}


def test_running_footers_and_page_numbers_are_left_out() -> None:
    parsed = parse(
        flowed(*(paragraph(f"{RAIN} It was day {n}.") for n in range(60)), footer="Garden Society"),
    )
    assert "Garden Society" not in parsed.text
    assert len(parsed.blocks) == 60
    assert all(block.span.of(parsed.text).startswith("In the spring") for block in parsed.blocks)


def test_foot_lines_on_one_baseline_count_as_one() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 4):
            canvas.drawString(72, 700, f"The words of page {'abcd'[page]} are its own.")
            canvas.drawString(300, 46.6, "Mill Lane 9, by the river")
            canvas.drawString(300, 33, "Telephone of the society")
            canvas.drawString(480, 47, "Yearbook of the gardens")
            canvas.drawString(72, 20, "Plots marked with a star are free")
            canvas.showPage()

    assert [words for _, words in seen(parse(drawn(draw)))] == [
        f"The words of page {page} are its own." for page in "bcd"
    ]


def test_a_header_whose_number_goes_up_is_left_out_wherever_its_number_stands() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 6):
            canvas.drawString(72, 810, f"{page}    The part that is called {'abcdef'[page]}")
            canvas.drawString(72, 700, f"The words of page {page} are its own.")
            canvas.showPage()

    assert [words for _, words in seen(parse(drawn(draw)))] == [
        f"The words of page {page} are its own." for page in range(1, 6)
    ]


def test_pages_are_cited_by_their_labels_which_are_no_text() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.addPageLabel(0, style="ROMAN_LOWER", start=3)
        canvas.addPageLabel(2, style="ARABIC", start=1)
        for label in ("iii", "iv", "1"):
            canvas.drawString(72, 700, f"The words of page {label}.")
            canvas.drawString(290, 30, f"– {label} –")
            canvas.showPage()

    parsed = parse(drawn(draw))
    assert parsed.page_labels == ("iii", "iv", "1")
    assert [words for _, words in seen(parsed)] == [
        "The words of page iii.", "The words of page iv.", "The words of page 1."
    ]  # fmt: skip


def test_page_labels_that_say_nothing_or_lead_nowhere_are_left_out() -> None:
    def labelled(*starts: int) -> bytes:
        def draw(canvas: Canvas) -> None:
            for page, start in enumerate(starts):
                canvas.addPageLabel(page, style="ARABIC", start=start)
                canvas.drawString(72, 700, f"The words of page {page}.")
                canvas.showPage()

        return drawn(draw)

    assert parse(labelled(1, 2)).page_labels == ()
    assert parse(labelled(1, 1)).page_labels == ()
    assert parse(labelled(7, 8)).page_labels == ("7", "8")


def test_what_stands_on_one_page_only_is_no_footer() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The words of the page.")
        canvas.drawString(72, 30, "Signed by the board")
        canvas.showPage()

    assert "Signed by the board" in parse(drawn(draw)).text


def test_words_split_at_a_line_end_are_whole_again() -> None:
    parsed = parse(
        lines(
            "The committee of the gardeners dis-",
            "cussed it, and the lower gar-",
            "dens were left to North-",
            "South trade between 1990-",
            "2000, as is known to all.",
        ),
    )
    assert parsed.text == (
        "The committee of the gardeners discussed it, and the lower gardens were left to"
        " North-South trade between 1990-2000, as is known to all."
    )


def test_a_compound_that_stands_unbroken_elsewhere_keeps_its_hyphen() -> None:
    parsed = parse(
        lines(
            "A well-known gardener of the town met the other well-",
            "known gardener of the town.",
        ),
    )
    assert parsed.text.endswith("the other well-known gardener of the town.")


def test_a_compound_of_two_words_keeps_its_hyphen_in_a_language_that_writes_it() -> None:
    # The word lists are read within the limits of the sandbox, too.
    parsed = read(
        "rules.pdf",
        lines(
            "The society of the gardeners runs a mixed-",
            "use hall and a self-service shed, which the inter-",
            "national fund pays for, as it pays for the self-",
            "service of the whole town, and of the village.",
        ),
    )
    assert "a mixed-use hall" in parsed.text
    assert "the international fund" in parsed.text
    assert parsed.text.endswith("the self-service of the whole town, and of the village.")
    german = lines("Der Verein der Gärtner hat ein Vereins-", "haus und einen Garten an dem Fluss.")
    assert "ein Vereinshaus und" in parse(german).text


def test_numbered_and_dashed_items_keep_their_mark_outside() -> None:
    parsed = parse(lines("It is forbidden:", "1. to smoke in bed", "2. to sing", "- at all"))
    assert seen(parsed) == [
        ("paragraph", "It is forbidden:"),
        ("item", "to smoke in bed"),
        ("item", "to sing"),
        ("item", "at all"),
    ]
    assert parsed.text == "It is forbidden:\n\n1. to smoke in bed\n\n2. to sing\n\n- at all"


def test_a_number_at_the_start_of_a_line_is_no_item_within_a_sentence() -> None:
    parsed = parse(
        lines("The society met on the evening of the", "12. It was the tenth meeting of it.")
    )
    assert [kind for kind, _ in seen(parsed)] == ["paragraph"]


def test_bold_lines_of_their_own_are_headings_and_bold_words_are_not() -> None:
    parsed = parse(
        flowed(
            paragraph("<b>The wells</b>"),
            paragraph(f"<b>Note:</b> {SUN}"),
            paragraph("<b>The terraces</b>"),
            paragraph(RAIN),
        ),
    )
    assert seen(parsed) == [
        ("heading1", "The wells"),
        ("paragraph", f"Note: {SUN}"),
        ("heading1", "The terraces"),
        ("paragraph", RAIN),
    ]


def test_indented_paragraphs_without_a_gap_are_apart() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11)
        for number, (indent, words) in enumerate(
            [
                (18, "The spring was wet as no spring was before it in the town, and"),
                (0, "the lower gardens stood under water for most of April and May."),
                (18, "The summer was dry as no summer was before it in the town, and"),
                (0, "the wells stood empty for most of the time from July to August."),
            ]
        ):
            canvas.drawString(72 + indent, 700 - 14 * number, words)
        canvas.showPage()

    first, second = (words for _, words in seen(parse(drawn(draw))))
    assert first.endswith("of April and May.")
    assert second.startswith("The summer was dry")


def test_tables_become_rows() -> None:
    parsed = parse(
        flowed(
            paragraph(RAIN),
            Table([["Month", "Rain", "Days"], ["April", "120 mm", "11"], ["May", "80 mm", "7"]],
                  colWidths=[120, 120, 120]),
        ),
    )  # fmt: skip
    assert seen(parsed)[1:] == [
        ("row", "Month | Rain | Days"),
        ("row", "April | 120 mm | 11"),
        ("row", "May | 80 mm | 7"),
    ]


def test_two_columns_are_read_one_after_the_other() -> None:
    made = BytesIO()
    frames = [Frame(50, 50, 240, 740), Frame(305, 50, 240, 740)]
    template = BaseDocTemplate(made, pagesize=A4, invariant=1)
    template.addPageTemplates([PageTemplate(frames=frames)])
    template.build([paragraph(f"{RAIN} It was day {n}.") for n in range(16)])
    parsed = parse(made.getvalue())
    assert [words for _, words in seen(parsed)] == [f"{RAIN} It was day {n}." for n in range(16)]


def test_columns_that_are_drawn_line_by_line_are_read_one_after_the_other() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for n in range(8):
            canvas.drawString(60, 700 - 12 * n, f"left words that go on to line {n} and")
            canvas.drawString(310, 700 - 12 * n, f"right words that go on to line {n} and")
        canvas.showPage()

    text = " ".join(parse(drawn(draw)).text.split())
    assert text.index("left words that go on to line 7") < text.index("right words that go on")
    assert "line 0 and left words that go on to line 1" in text


def test_a_page_on_its_side_is_read_like_any_other() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(A4[0], 0)
        canvas.rotate(90)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 400, "The committee of the gardeners met in the hall")
        canvas.drawString(72, 386, "of the school, and nobody counted the hours.")
        canvas.showPage()

    assert parse(drawn(draw)).text == (
        "The committee of the gardeners met in the hall"
        " of the school, and nobody counted the hours."
    )


def test_lines_of_a_table_of_contents_are_neither_quoted_nor_headings() -> None:
    parsed = parse(
        lines("1 The spring . . . . . . . . . . . . 3", "2 The summer ............... 7", SUN[:60]),
    )
    assert [kind for kind, _ in seen(parsed)] == ["heading6", "heading6", "paragraph"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The flood", "The flood"),
        ("untitled", "The words of the page."),
        ("Microsoft Word - flood.doc", "The words of the page."),
        ("flood_final2.docx", "The words of the page."),
        ("two\nlines\x07", "two lines"),
    ],
)
def test_a_title_that_names_the_document_is_taken_from_the_metadata(said: str, shown: str) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle(said)
        canvas.drawString(72, 700, "The words of the page.")
        canvas.showPage()

    assert parse(drawn(draw)).title == shown


def test_blank_pages_are_refused_and_drawn_ones_told() -> None:
    assert refusal(drawn(lambda canvas: canvas.showPage())) == NO_WORDS

    def draw(canvas: Canvas) -> None:
        canvas.showPage()
        canvas.rect(100, 100, 50, 50, fill=1)
        canvas.showPage()

    parsed = parse(drawn(draw))
    assert (parsed.blocks, parsed.unrecognised) == ((), (2,))


def test_a_password_is_told() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The words of the page.")
        canvas.showPage()

    locked = drawn(draw, encrypt=StandardEncryption("secret", ownerPassword="other"))
    assert refusal(locked) == "It is protected by a password: save it without one."
    open_ = drawn(draw, encrypt=StandardEncryption("", ownerPassword="other"))
    assert parse(open_).text == "The words of the page."


def test_what_is_cut_off_or_damaged_is_refused_whole() -> None:
    whole = flowed(paragraph(RAIN), Spacer(1, 5), paragraph(SUN))
    for cut in (len(whole) // 3, len(whole) // 2, len(whole) - 20):
        assert refusal(whole[:cut]) == DAMAGED
    assert refusal(b"%PDF-1.7\n" + b"\x00\xff" * 500) == DAMAGED
    assert parse(whole + bytes(6_000)) == parse(whole)


def test_a_pdf_with_too_many_pages_is_refused() -> None:
    kids = b"3 0 R " * (MAX_PAGES + 1)
    data = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count "
        + str(MAX_PAGES + 1).encode()
        + b"/Kids["
        + kids
        + b"]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )
    assert refusal(data) == "It has 5,001 pages, 5,000 are the most: split it."


@settings(max_examples=60)
@given(st.integers(0, 3_000), st.binary(min_size=1, max_size=30))
def test_damage_anywhere_ends_in_words_or_in_a_sentence(place: int, damage: bytes) -> None:
    whole = bytearray(flowed(paragraph(RAIN), paragraph(SUN)))
    whole[place % len(whole) : place % len(whole) + len(damage)] = damage
    try:
        parsed = parse(bytes(whole))
    except DocumentError as fault:
        assert str(fault)[0].isupper()
        assert str(fault).endswith(".")
    else:
        assert parsed.text.isprintable() or set(parsed.text) >= {"\n"}
        assert all(c == "\n" or ord(c) >= 32 for c in parsed.text)
        assert all(block.kind in BlockKind for block in parsed.blocks)


def test_reading_again_gives_the_same() -> None:
    data = flowed(paragraph("Heads", "Heading1"), paragraph(RAIN))
    assert parse(data) == parse(data)
