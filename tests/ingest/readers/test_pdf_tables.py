"""PDF: tables and forms whose cells are parted by ruling lines."""

from collections.abc import Sequence
from time import process_time

import pytest
from pypdfium2 import PdfDocument
from reportlab.pdfgen.canvas import Canvas

from bot.ingest.readers.pdf.reader import parse
from tests.ingest.readers.pdf_files import drawn, seen

ROWS = (
    (("No.",), ("Person and", "address"), ("Task",)),
    (("1",), ("Ida Kern, who", "lives at the mill"), ("Keeps the key of", "the old tower")),
    (("2",), ("Olaf Brandt",), ("Winds the clock",)),
)
READ = [
    ("row", "No. | Person and address | Task"),
    ("row", "1 | Ida Kern, who lives at the mill | Keeps the key of the old tower"),
    ("row", "2 | Olaf Brandt | Winds the clock"),
]
XS, TOP, HEIGHT = (72, 96, 190, 290), 700, 32


def table(canvas: Canvas, rows: Sequence[Sequence[Sequence[str]]], *, filled: bool = False) -> None:
    """Draw `rows`, cell after cell, and rules: lines, or thin rectangles that are `filled`."""
    canvas.setFont("Helvetica", 10)
    for number, row in enumerate(rows):
        for x, lines in zip(XS, row, strict=False):
            for line, text in enumerate(lines):
                canvas.drawString(x + 3, TOP - HEIGHT * number - 12 - 12 * line, text)
    bottom = TOP - HEIGHT * len(rows)
    for number in range(len(rows) + 1):
        y = TOP - HEIGHT * number
        if filled:
            canvas.rect(XS[0], y, XS[-1] - XS[0], 0.7, stroke=0, fill=1)
        else:
            canvas.line(XS[0], y, XS[-1], y)
    for x in XS:
        if filled:
            canvas.rect(x, bottom, 0.7, TOP - bottom, stroke=0, fill=1)
        else:
            canvas.line(x, bottom, x, TOP)
    canvas.showPage()


@pytest.mark.parametrize("filled", [False, True])
def test_the_lines_of_a_ruled_cell_are_one_cell(*, filled: bool) -> None:
    assert seen(parse(drawn(lambda canvas: table(canvas, ROWS, filled=filled)))) == READ


def test_the_rules_of_a_page_on_its_side_part_cells_too() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(0, 100)
        canvas.rotate(90)
        canvas.translate(0, -750)
        table(canvas, ROWS)

    assert seen(parse(drawn(draw))) == READ


def test_rules_in_a_form_of_the_page_part_cells() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.beginForm("rules")
        for x in XS:
            canvas.line(x, TOP - 3 * HEIGHT, x, TOP)
        for number in range(4):
            canvas.line(XS[0], TOP - HEIGHT * number, XS[-1], TOP - HEIGHT * number)
        canvas.endForm()
        canvas.doForm("rules")
        canvas.setFont("Helvetica", 10)
        for number, row in enumerate(ROWS):
            for x, lines in zip(XS, row, strict=False):
                for line, text in enumerate(lines):
                    canvas.drawString(x + 3, TOP - HEIGHT * number - 12 - 12 * line, text)
        canvas.showPage()

    assert seen(parse(drawn(draw))) == READ


def test_rows_that_no_rule_parts_stay_apart() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        names = ("Mill", "Tower", "Bridge", "Harbour")
        for number, name in enumerate(names):
            for x, text in zip(XS, (str(number + 1), name, f"{number + 7} crowns"), strict=False):
                canvas.drawString(x + 3, TOP - 14 - 14 * number, text)
        for x in XS:
            canvas.line(x, TOP - 70, x, TOP)
        for y in (TOP, TOP - 70):
            canvas.line(XS[0], y, XS[-1], y)
        canvas.showPage()

    assert seen(parse(drawn(draw))) == [
        ("row", "1 | Mill | 7 crowns"),
        ("row", "2 | Tower | 8 crowns"),
        ("row", "3 | Bridge | 9 crowns"),
        ("row", "4 | Harbour | 10 crowns"),
    ]


def test_boxes_below_each_other_are_not_one_paragraph() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.grid([72, 300], [660, 680, 700])
        canvas.drawString(75, 686, "The clerk of the society keeps the key of the")
        canvas.drawString(75, 672, "members of the board in a drawer of his desk")
        canvas.showPage()

    assert len(seen(parse(drawn(draw)))) == 2


def test_a_rule_through_a_word_does_not_part_it() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(75, 686, "Harbourmaster")
        canvas.grid([72, 100, 300], [660, 680, 700])
        canvas.showPage()

    assert seen(parse(drawn(draw))) == [("paragraph", "Harbourmaster")]


def test_a_drawing_of_many_paths_costs_little() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(75, 800, "The map of the harbour")
        for number in range(50_000):
            canvas.line(number % 500, number // 100, number % 500 + 9, number // 100)
        canvas.showPage()

    data = drawn(draw)
    with PdfDocument(data) as document:  # PDFium reads the paths with any page
        begin = process_time()
        document[0].get_textpage()
        alone = process_time() - begin
    begin = process_time()
    assert seen(parse(data)) == [("paragraph", "The map of the harbour")]
    assert process_time() - begin < alone + 0.5
