"""PDF: tables without rules whose columns stand close."""

from collections.abc import Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from bot.ingest.readers.pdf.reader import parse
from tests.ingest.readers.pdf_files import drawn, placed, seen

WIDTH = 5.0
"""The width of a letter of the font, in points."""


def page(rows: Sequence[str]) -> list[str]:
    """The texts of a page on which these rows are typed; two blanks are a gap of one letter."""
    words = []
    for number, row in enumerate(rows):
        start = 0
        for word in row.split("  "):
            if word:
                words.append((72 + WIDTH * start, 700.0 - 11 * number, word))
            start += len(word) + 2
    return [text for _, text in seen(parse(placed(*words, size=WIDTH / 0.6, font="Courier")))]


def test_numbers_of_close_columns_are_cells() -> None:
    rows = (
        "Meadow          9.4  5.5      61",
        "Orchard        13.4  6.1      25",
        "Old mill       11.2  7.4     100",
    )
    assert page(rows) == [
        "Meadow | 9.4 | 5.5 | 61",
        "Orchard | 13.4 | 6.1 | 25",
        "Old mill | 11.2 | 7.4 | 100",
    ]


@pytest.mark.parametrize(
    "cell",
    ["1 617", "1269 (19.9%)", "$ 6305", "12 - 19"],
    ids=["groups", "brackets", "currency", "range"],
)
def test_the_blank_within_a_number_parts_no_cells(cell: str) -> None:
    towns = ("North", "South", "Lower")
    assert page([f"{town}      {cell}      2016" for town in towns]) == [
        f"{town} | {cell} | 2016" for town in towns
    ]


@pytest.mark.parametrize(
    "rows",
    [
        (
            "Call 040 1234567 for the garden in March,",
            "Call 050 7654321 for the garden in April,",
            "Call 060 7654321 for the old mill in May.",
        ),
        (
            "In 1990 1200 men came to us, in 1991 1300",
            "in 1992 1400 men came to us, in 1993 1500",
            "in 1994 1600 men came to us, in 1995 1700.",
        ),
    ],
)
@pytest.mark.parametrize(("font", "space"), [("Courier", 0.0), ("Times-Roman", 6.0)])
def test_numbers_below_each_other_in_sentences_are_no_cells(
    rows: tuple[str, ...], font: str, space: float
) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        text.setFont(font, 10)
        text.setWordSpace(space)
        text.textLines("\n".join(rows))
        canvas.drawText(text)
        canvas.showPage()

    assert parse(drawn(draw)).text == " ".join(rows)


def test_words_of_close_columns_are_cells_in_rows_with_wide_gaps() -> None:
    rows = (
        "Meadow         Ida Kern       open  red          61",
        "Orchard        Olaf Brandt    shut  green        25",
        "Old mill       Lena Vogt      open  blue         33",
        "New mill       Jan Holm       open  grey        100",
    )
    assert page(rows) == [
        "Meadow | Ida Kern | open | red | 61",
        "Orchard | Olaf Brandt | shut | green | 25",
        "Old mill | Lena Vogt | open | blue | 33",
        "New mill | Jan Holm | open | grey | 100",
    ]


def test_a_percent_sign_behind_a_gap_belongs_to_its_number() -> None:
    def draw(canvas: Canvas) -> None:
        for number, town in enumerate(("North", "South", "Lower", "Upper")):
            line = canvas.beginText(72, 700 - 12 * number)
            for x, words in ((72, town), (150, "21.5 %"), (240, "60"), (300, "2016")):
                line.setFont("Helvetica", 10)
                line.setTextOrigin(x, 700 - 12 * number)
                line.setWordSpace(5)
                line.textOut(words)
            canvas.drawText(line)
        canvas.showPage()

    assert ("row", "North | 21.5 % | 60 | 2016") in seen(parse(drawn(draw)))


def test_a_gap_that_ends_in_the_next_line_parts_no_numbers() -> None:
    rows = (
        "The members who met in those years",
        "the year 1995  1996 and 1997 saw",
        "the old garden society were some",
        "as they had done 1980  1985 before.",
    )
    assert page(rows) == [" ".join(" ".join(rows).split())]
