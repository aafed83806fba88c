"""PDF: where paragraphs begin and end, told by the lines around, by type and by marks of items."""

import pytest
from reportlab.pdfgen.canvas import Canvas

from bot.ingest.readers.pdf.reader import parse
from tests.ingest.readers.pdf_files import drawn, placed, seen, typed

FIRST = (
    "In the spring of that year the rain fell for eleven days and the lower",
    "gardens stood under water until the middle of May, so that nobody",
    "planted anything before June.",
)
SECOND = (
    "The gardeners carried what they could to the upper terrace, and the clerk",
    "of the old Garden Society counted none of the hours that it took, nor did",
    "the baker, who lent them his cart.",
)


def words(data: bytes) -> list[str]:
    return [text for _, text in seen(parse(data))]


def lines(texts: tuple[str, ...], y: float, step: float = 13) -> list[tuple[float, float, str]]:
    return [(72, y - step * number, text) for number, text in enumerate(texts)]


@pytest.mark.parametrize("mark", ["•", "1.", "(a)"])
def test_a_mark_far_before_its_words_makes_an_item(mark: str) -> None:
    texts = lines((*FIRST, "No."), 760)
    page = placed(
        (72, 760, mark),
        *((108, y, text) for _, y, text in texts[:3]),
        (72, 721, mark),
        (108, 721, "No."),
    )
    assert seen(parse(page)) == [("item", " ".join(FIRST)), ("item", "No.")]


def test_a_heading_in_other_type_begins_its_paragraph() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 8)
        canvas.drawString(72, 760, "What happened in the lower garden at night.")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(260, 760, "The water rose, and the")
        canvas.drawString(72, 747, "gate stood open until the clerk shut it.")
        canvas.showPage()

    assert words(drawn(draw)) == [
        "What happened in the lower garden at night. The water rose, and the gate stood open until"
        " the clerk shut it."
    ]


def test_an_item_with_wide_lines_goes_on_in_lower_case() -> None:
    page = placed(
        *lines(FIRST, 760),
        *lines(SECOND, 700),
        (72, 500, "• Whoever keeps a boat or a cart at the mill in the winter must tell the"),
        (84, 480, "harbour master before the frost comes to the river here"),
        (72, 460, "• Whoever keeps none tells nobody."),
    )
    assert words(page)[2:] == [
        "Whoever keeps a boat or a cart at the mill in the winter must tell the harbour master"
        " before the frost comes to the river here",
        "Whoever keeps none tells nobody.",
    ]


def test_an_indented_first_line_stays_with_wide_lines_below() -> None:
    wide = [(108 if n == 0 else 72, 500 - 22 * n, text) for n, text in enumerate(FIRST)]
    assert words(placed(*lines(SECOND, 760), *lines(SECOND, 700), *wide))[2] == " ".join(FIRST)


def test_a_slightly_wider_gap_behind_a_sentence_parts_paragraphs() -> None:
    full = (*FIRST[:2], "planted anything before June, not even the baker in his own garden.")
    page = placed(*lines(full, 760), *lines(SECOND, 760 - 3 * 13 - 2.5))
    assert words(page) == [" ".join(full), " ".join(SECOND)]


def test_indents_part_paragraphs_in_type_that_is_larger_than_most() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        for number, text in enumerate((*FIRST, *SECOND)):
            canvas.drawString(90 if number in (0, 3) else 72, 760 - 15 * number, text)
        canvas.setFont("Helvetica", 8)
        for _, y, text in lines((*SECOND, *FIRST) * 4, 600, 9):
            canvas.drawString(72, y, text)
        canvas.showPage()

    assert words(drawn(draw))[:2] == [" ".join(FIRST), " ".join(SECOND)]


def test_an_indented_line_behind_an_indented_one_begins_a_paragraph() -> None:
    first = "the gate, which was never found, and the pump, and the cart of the old baker."
    texts = ((90, first), *((90 if n == 0 else 72, text) for n, text in enumerate(SECOND)))
    page = placed(*((x, 700.0 - 13 * n, text) for n, (x, text) in enumerate(texts)))
    assert words(page) == [first, " ".join(SECOND)]


def test_words_beside_a_paragraph_are_no_part_of_it() -> None:
    page = placed(
        (72, 700, "Public information and"),
        (72, 688, "deliberation"),
        (240, 676, "between the offices"),
        (72, 640, "Other"),
    )
    assert words(page) == ["Public information and deliberation", "between the offices", "Other"]


def test_cells_beside_one_of_two_lines_make_one_row() -> None:
    page = placed(
        *((x, 720, text) for x, text in ((72, "Gardens"), (240, "Mill"), (400, "North"))),
        (72, 700, "Public information and"),
        *((x, 688, text) for x, text in ((72, "deliberation"), (240, "Lock"), (400, "South"))),
    )
    assert words(page) == [
        "Gardens | Mill | North",
        "Public information and deliberation | Lock | South",
    ]


def test_the_head_of_a_column_is_no_label_of_the_one_beside() -> None:
    page = placed(
        *((x, 700, text) for x, text in ((72, "Name of the organ"), (240, "Prevention of"))),
        (240, 688, "floods in the lower"),
        (240, 676, "gardens"),
    )
    assert words(page) == ["Name of the organ", "Prevention of floods in the lower gardens"]


def test_notes_below_a_table_stay_apart() -> None:
    notes = ("* Without the gardens by the mill", "** As counted by the clerk", "† In crowns")
    assert words(placed(*lines(FIRST, 760), *lines(notes, 700)))[-2:] == [
        "** As counted by the clerk",
        "† In crowns",
    ]


def test_numbered_remarks_among_notes_stay_apart() -> None:
    def draw(canvas: Canvas) -> None:
        for _, y, text in lines((*FIRST, *SECOND), 760):
            canvas.drawString(72, y, text)
        canvas.setFont("Helvetica", 7)
        for _, y, text in lines(("7 See the list.", "(1) For the mill.", "(2) For all."), 100, 9):
            canvas.drawString(72, y, text)
        canvas.showPage()

    assert words(drawn(draw))[-3:] == ["See the list.", "(1) For the mill.", "(2) For all."]


def test_a_line_of_many_cells_is_a_row_and_takes_no_line_below() -> None:
    cells = ((72, "821 DS"), (150, "Harbour"), (250, "1901"), (330, "Mr Brandt,"))
    page = placed(*((x, 700, text) for x, text in cells), (330, 688, "Manager"))
    assert words(page) == ["821 DS | Harbour | 1901 | Mr Brandt,", "Manager"]
    goes_on = placed(*((x, 700, text) for x, text in cells), (330, 688, "the warden"))
    assert words(goes_on) == ["821 DS Harbour 1901 Mr Brandt, the warden"]


NAMES = (
    "Ida Kern",
    "Olaf Brandt, New Mill",
    "Lena Vogt, Hall of the Garden Society",
    "Jan Holm, Mill Lane",
    "Mia Falk",
)


def test_lines_that_all_have_room_are_entries_of_a_list() -> None:
    page = placed(*lines(FIRST, 760), *lines(NAMES, 500))
    wide = NAMES.index("Lena Vogt, Hall of the Garden Society")
    assert words(page) == [
        " ".join(FIRST),
        *NAMES[:wide],
        " ".join(NAMES[wide : wide + 2]),  # the longest may go on below
        NAMES[-1],
    ]


def test_lines_with_room_that_go_on_a_sentence_are_no_list() -> None:
    verse = (
        "The miller of the town,",
        "Old Olaf Brandt, the",
        "Keeper of the keys,",
        "sang of it.",
    )
    assert words(placed(*lines(verse, 700))) == [" ".join(verse)]


def test_a_line_far_left_of_the_one_above_begins_a_paragraph() -> None:
    page = placed((400, 713, "The Garden Society"), *lines(FIRST, 700))
    assert words(page) == ["The Garden Society", " ".join(FIRST)]


def test_the_lines_of_a_paragraph_that_is_flush_right_stay_together() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11)
        for number, text in enumerate(FIRST):
            canvas.drawRightString(520, 700 - 13 * number, text)
        canvas.showPage()

    assert words(drawn(draw)) == [" ".join(FIRST)]


@pytest.mark.parametrize("mark", ["➡", "►", "❖"])
def test_signs_of_many_fonts_are_bullets(mark: str) -> None:
    page = typed(["qGate", "qMill"], {letter: letter for letter in "GateMil"} | {"q": mark})
    assert seen(parse(page)) == [("item", "Gate"), ("item", "Mill")]
