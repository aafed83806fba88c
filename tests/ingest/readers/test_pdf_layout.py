"""PDF: paragraphs, columns and footnotes of pages that are laid out in the less usual ways."""

from pathlib import Path

import pytest
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

from bot.core.documents import Landmark, LandmarkKind
from bot.ingest.formats import ReadingOrder
from bot.ingest.readers.pdf.reader import parse
from tests.ingest.readers.pdf_files import drawn, placed, seen

LINES = (
    "In the spring of that year the rain fell for eleven days and the lower",
    "gardens stood under water until the middle of May. The gardeners then",
    "carried what they could to the upper terrace, and the clerk of the old",
    "Garden Society, who had seen the flood before, counted none of the",
    "24 hours that it took, nor those of the days on which they went back.",
)
TEXT = " ".join(LINES)


def column(
    lines: tuple[str, ...], x: float, y: float, step: float
) -> list[tuple[float, float, str]]:
    return [(x, y - step * number, line) for number, line in enumerate(lines)]


def words(data: bytes) -> list[str]:
    return [text for _, text in seen(parse(data))]


def test_a_wide_title_gives_the_lines_of_a_column_no_room() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 14)
        canvas.drawString(
            60, 760, "The yearbook of the society of the northern and southern gardens"
        )
        for x in (60, 310):
            canvas.setFont("Helvetica", 7)
            for left, y, line in column(LINES, x, 700, 8.5):
                canvas.drawString(left, y, line)
        canvas.showPage()

    assert words(drawn(draw))[1:] == [TEXT, TEXT]


def test_lines_with_double_spacing_are_a_paragraph() -> None:
    note = ("Single spacing of another paragraph, as in a note at", "the end of the page.")
    page = placed(*column(LINES, 72, 760, 26), *column(note, 72, 500, 13))
    assert words(page) == [TEXT, " ".join(note)]


def test_paragraphs_of_one_line_with_equal_gaps_stay_apart() -> None:
    names = (
        "The chair opens the meeting.",
        "The clerk reads the minutes.",
        "All members vote on it.",
    )
    assert words(placed(*column(names, 72, 700, 26), *column(LINES, 72, 600, 13))) == [*names, TEXT]


@pytest.mark.parametrize("step", [1, 5])
def test_numbers_that_count_lines_are_no_text(step: int) -> None:
    numbers = [(50.0, 700.0 - 13 * n, str(step * (n + 1))) for n in range(len(LINES))]
    assert words(placed(*numbers, *column(LINES, 90, 700, 13))) == [TEXT]


def test_numbers_of_a_table_or_list_are_text() -> None:
    rows = ("Ida Kern", "Olaf Brandt", "Mary Mill", "Jan Bakker")
    items = tuple(f"The {name} pays the fine of nine crowns to the treasurer." for name in rows)
    for lines in (rows, items):
        numbers = [(50.0, 700.0 - 13 * n, str(n + 1)) for n in range(len(lines))]
        text = parse(placed(*numbers, *column(lines, 90, 700, 13))).text
        assert all(str(n) in text for n in (1, 2, 3, 4))


def test_three_columns_drawn_line_by_line_are_columns() -> None:
    columns = (
        (
            "The gate was built in",
            "the old days by a man",
            "from the village and",
            "stood for long.",
        ),
        ("The pump was bought", "for eighty crowns by", "the baker, who left in", "the same year."),
        ("The shed is painted", "green each spring by", "the youngest member", "of the society."),
    )
    page = placed(
        *((60.0 + 160 * x, 700.0 - 13 * y, columns[x][y]) for y in range(4) for x in range(3))
    )
    assert words(page) == [" ".join(each) for each in columns]


def test_a_curator_says_what_is_columns_and_what_lines() -> None:
    columns = (("Monday", "Tuesday", "Friday"), ("Digging", "Planting", "Raking"))
    page = placed(
        *((60.0 + 250 * x, 700.0 - 13 * y, columns[x][y]) for y in range(3) for x in range(2))
    )
    rows = [" ".join(pair) for pair in zip(*columns, strict=True)]

    def order(given: ReadingOrder | None) -> list[str]:
        return parse(page, given).text.replace(" | ", " ").split()

    assert order(None) == order("lines") == " ".join(rows).split()
    assert order("columns") == [word for column in columns for word in column]
    texts = placed(
        *(
            (x, y, line)
            for pair in zip(column(LINES, 30, 700, 13), column(LINES, 320, 700, 13), strict=True)
            for x, y, line in pair
        ),
        size=6,
    )
    assert parse(texts).text.startswith(" ".join(LINES[:2]))
    assert not parse(texts, "lines").text.startswith(" ".join(LINES[:2]))


def test_a_table_of_three_columns_is_none_of_text() -> None:
    rows = (
        ("Plot", "Warden", "Rent"),
        ("North side", "Ida Kern of the mill", "61 crowns"),
        ("South side", "Olaf Brandt", "74 crowns"),
        ("Mill side", "Mary Mill", "12 crowns"),
    )
    page = placed(
        *((60.0 + 160 * x, 700.0 - 13 * y, rows[y][x]) for y in range(4) for x in range(3))
    )
    assert words(page) == [" | ".join(row) for row in rows]


@pytest.mark.parametrize("note_size", [11, 8])
def test_a_sentence_runs_on_over_notes_and_page_numbers(note_size: int) -> None:
    def draw(canvas: Canvas) -> None:
        for page, lines in enumerate((LINES[:2], LINES[2:]), 1):
            canvas.setFont("Helvetica", 11)
            for x, y, line in column(lines, 72, 760, 13):
                canvas.drawString(x, y, line)
            canvas.drawString(290, 30, str(page))
            if page == 1:
                canvas.setFont("Helvetica", note_size)
                canvas.drawString(72, 120, "1 See the minutes of the society and the letters")
                canvas.drawString(72, 107, "of the baker.")
                canvas.drawString(72, 94, "2 The clerk left in May.")
            canvas.showPage()

    read = parse(drawn(draw))
    parsed = [text for _, text in seen(read)]
    assert [block.landmark for block in read.blocks] == [
        None,
        Landmark(LandmarkKind.NOTE, "1"),
        Landmark(LandmarkKind.NOTE, "2"),
    ]
    assert "\n\n1 See the minutes" in read.text
    assert parsed[-2:] == [
        "See the minutes of the society and the letters of the baker.",
        "The clerk left in May.",
    ]
    assert parsed[:-2] == [TEXT]


def test_cells_of_several_lines_stay_whole() -> None:
    rows = (
        (700, ("Plot", "Rent in", "Warden")),
        (688, ("", "crowns", "")),
        (668, ("North", "61", "Ida Kern, who")),
        (656, ("", "", "lives at the mill")),
        (644, ("", "", "by the river")),
        (624, ("South", "74", "Olaf Brandt")),
    )
    page = placed(
        *((60.0 + 140 * n, float(y), text) for y, row in rows for n, text in enumerate(row) if text)
    )
    assert words(page) == [
        "Plot | Rent in crowns | Warden",
        "North | 61 | Ida Kern, who lives at the mill by the river",
        "South | 74 | Olaf Brandt",
    ]


def test_filled_form_fields_are_read_with_the_words_beside_them() -> None:
    def draw(canvas: Canvas) -> None:
        form = canvas.acroForm
        canvas.drawString(72, 700, "Name of the lessee:")
        form.textfield(name="lessee", value="Ida Kern", x=200, y=695, width=200, height=18)
        canvas.drawString(72, 660, "Key:")
        form.textfield(name="key", value="", x=200, y=655, width=200, height=18)
        for x, y, word in ((72, 620, "paid"), (172, 620, "owed")):
            form.checkbox(name=word, checked=word == "paid", x=x, y=y - 3, size=12)
            canvas.drawString(x + 20, y, word)
        form.textfield(name="remark", value="Pays in May.", x=72, y=560, width=300, height=18)
        canvas.drawString(72, 520, "The lessee pays 85 crowns a year for the plot.")
        canvas.showPage()

    assert (
        parse(drawn(draw)).text.split()
        == (
            "Name of the lessee: Ida Kern Key: ☒ paid | ☐ owed Pays in May."
            " The lessee pays 85 crowns a year for the plot."
        )
        .replace(" | ", " ")
        .split()
    )


def test_form_fields_of_a_turned_page_stand_beside_their_words() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.saveState()
        canvas.rotate(90)
        canvas.drawString(72, -100, "Name of the lessee:")
        canvas.drawString(72, -130, "The lessee pays 85 crowns a year for the plot.")
        canvas.restoreState()
        canvas.acroForm.textfield(name="lessee", value="Ida Kern", x=85, y=200, width=18)
        canvas.showPage()

    assert parse(drawn(draw)).text.split() == (
        "Name of the lessee: Ida Kern The lessee pays 85 crowns a year for the plot.".split()
    )


def test_vertical_japanese_is_read_from_right_to_left() -> None:
    registerFont(UnicodeCIDFont("HeiseiMin-W3", isVertical=True))
    right, left = "倉庫の鍵は五百円です。門は日没に閉ま", "ります。"
    page = placed((500, 760, right), (478, 760, left), font="HeiseiMin-W3")
    assert words(page) == [right + left]


def test_hanging_paragraphs_stay_whole_and_apart() -> None:
    entries = [
        (x, 700.0 - 13 * (3 * entry + line), text)
        for entry in range(3)
        for line, (x, text) in enumerate(
            (
                (72, f"Kern, I., Brandt, O., 196{entry}. The gardens of the mill and the water"),
                (90, "that stood in them for eleven days, as told by those who carried"),
                (90, "the tools. Yearbook of the society, pages 31 to 48."),
            )
        )
    ]
    whole = " ".join(text for _, _, text in entries[:3])
    read = words(placed(*entries))
    assert len(read) == 3
    assert read[0] == whole


def test_items_with_an_indented_first_line_stay_whole_and_apart() -> None:
    lines = [
        (90, "a) Whoever keeps a boat at the mill in winter tells the harbour master"),
        (72, "before the first frost, and takes the oars out of it, or the boat is"),
        (72, "moved at the cost of its owner."),
        (90, "b) Whoever keeps a boat elsewhere tells nobody, and answers for all that"),
        (72, "the ice does to the boats of others."),
    ]
    read = words(placed(*((x, 700.0 - 13 * n, text) for n, (x, text) in enumerate(lines))))
    texts = [text for _, text in lines]
    assert [text.removeprefix("a) ").removeprefix("b) ") for text in read] == [
        " ".join(texts[:3]).removeprefix("a) "),
        " ".join(texts[3:]).removeprefix("b) "),
    ]


def test_a_paragraph_runs_on_into_the_next_column() -> None:
    page = placed(*column(LINES[:2], 60, 126, 9), *column(LINES[2:], 310, 700, 9), size=7)
    assert words(page) == [TEXT]


def test_a_paragraph_runs_on_into_the_next_column_over_a_remark_in_smaller_type() -> None:
    remark = ("The clerk lives beside the upper terrace.",)
    above, below = (
        LINES[:3],
        ("society, who had seen the flood before,", "counted none of the hours."),
    )

    def draw(canvas: Canvas) -> None:
        for lines, x, y, size in ((above, 60, 126, 7), (remark, 60, 60, 5.5), (below, 310, 700, 7)):
            canvas.setFont("Helvetica", size)
            for left, height, line in column(lines, x, y, 9):
                canvas.drawString(left, height, line)
        canvas.showPage()

    assert words(drawn(draw)) == [" ".join(above + below), " ".join(remark)]


def test_lines_far_apart_that_go_on_a_sentence_are_a_paragraph() -> None:
    oath = (
        "I declare before the society of the gardens and its clerk that what the",
        "baker said is true.",
    )
    page = placed(*column(LINES, 72, 760, 13), *column(oath, 72, 600, 26))
    assert words(page) == [TEXT, " ".join(oath)]


def test_wide_lines_of_one_paragraph_on_a_page_of_narrow_ones_stay_together() -> None:
    narrow = column(LINES, 72, 760, 12) + column(LINES, 72, 690, 12)
    assert words(placed(*narrow, *column(LINES, 72, 600, 17)))[-1] == TEXT


@pytest.mark.parametrize("initial", ["J.", "Z.", "d."])
def test_an_initial_at_the_start_of_a_line_is_no_list_mark(initial: str) -> None:
    letters = ("The letters were kept until May.", f"{initial} Brandt of the mill read them all.")
    assert seen(parse(placed(*column(letters, 72, 700, 13))))[-1][0] == "paragraph"


def test_letters_in_their_order_are_list_marks() -> None:
    items = ("a. the gate", "b. the pump", "c. the shed")
    read = seen(parse(placed(*column(items, 72, 700, 13), *column(LINES, 72, 600, 13))))
    assert read[:3] == [("item", "the gate"), ("item", "the pump"), ("item", "the shed")]


@pytest.mark.parametrize(
    ("last", "first", "whole"),
    [
        ("which they took for a nui-", "sance, and the", "nuisance"),
        ("they did", "what", "did what"),
    ],
)
def test_a_figure_on_the_next_page_stands_behind_the_sentence(
    last: str, first: str, whole: str
) -> None:
    def draw(canvas: Canvas) -> None:
        for x, y, line in column((*LINES[:4], last), 72, 130, 13):
            canvas.drawString(x, y, line)
        canvas.showPage()
        canvas.drawCentredString(300, 600, "Figure 3: The garden in May")
        for x, y, line in column((first, *LINES[1:]), 72, 560, 13):
            canvas.drawString(x, y, line)
        canvas.showPage()

    read = words(drawn(draw))
    assert whole in read[0]
    assert read[1:] == ["Figure 3: The garden in May"]


CASES = Path(__file__).parents[4] / "shared" / "cases"


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("doublespaced", "crowns for every week that passes until the council has"),
        ("footnotejoin", "the pump was carried to the church by nine men."),
        ("form", "Name of the lessee: Ida Kern, Mill Lane 9"),
        ("hyphen", "runs a mixed-use hall and a self-service shed, which is paid for by the inter"),
        ("labels", "Rules. The gate closes at dusk on all days."),
        ("linenumbers", "and each plot has a number that is"),
        (
            "vertical",
            "倉庫の鍵は五百円です。門は日没に閉まります。毎月第一日曜日に集会があります。",
        ),
        ("table", "North | 61 | Ida Kern, who lives at the mill"),
        ("threecolumns", "The gate was built in 1702 by a carpenter from the village"),
        (
            "twocolumns",
            "writes the name of each Borrower into the green book, and the sum of 21 crowns",
        ),
    ],
)
def test_shared_cases_are_read_right(name: str, said: str) -> None:
    assert said in parse((CASES / f"{name}.pdf").read_bytes()).text


def test_items_are_cited_by_their_printed_numbers() -> None:
    lines = ("1. The gate is shut.", "2. Keys are lent:", "(a) for a season", "(b) for a day")
    parsed = parse(placed(*column((*LINES, *lines), 60, 760, 14)))
    marks = [(str(b.landmark), b.span.of(parsed.text)) for b in parsed.blocks if b.landmark]
    assert marks == [
        ("item 1", "The gate is shut."),
        ("item 2", "Keys are lent:"),
        ("item 2 (a)", "for a season"),
        ("item 2 (b)", "for a day"),
    ]
