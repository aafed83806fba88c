"""Pictures of PDF pages: the marks lie on the ink of the quoted words, and on no other."""

import struct
from collections.abc import Iterable, Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bot.core.errors import DocumentError
from bot.ingest.page_picture import PagePicture, PictureRequest, QuotedWords
from bot.ingest.readers.pdf.page_renderer import draw
from tests.ingest.readers.pdf_files import drawn, placed, typed

Ink = npt.NDArray[np.bool_]
Word = tuple[float, float, str]

LEFT = (
    "The mill at Corvel was built in 1871 by",
    "the carpenter Jon Ferrow, who had seen a",
    "tide mill in Brittany. It ground barley un-",
    "til the sluice broke in the great winter.",
    "The stones were sold to the abbey.",
)
RIGHT = (
    "The ferry crossed the river twice a day",
    "until the bridge was opened. Its last cap-",
    "tain, Mara Holm, kept the bell, which now",
    "hangs in the school. The boat lies under",
    "the quay at low water.",
)


def columns() -> list[Word]:
    """Two columns, which the file has line by line."""
    return [
        (x, 440 - 16 * row, line)
        for row in range(len(LEFT))
        for x, line in ((60, LEFT[row]), (320, RIGHT[row]))
    ]


def picture(data: bytes, *quotes: QuotedWords, page: int = 1, last: int = 0) -> PagePicture:
    return draw(data, PictureRequest(page, last or page, quotes=quotes))


def ink(data: bytes) -> Ink:
    """Where a picture is dark."""
    return np.asarray(Image.open(BytesIO(picture(data).png)).convert("L")) < 128


def marked(picture: PagePicture) -> Ink:
    """Where a picture has a mark."""
    area = np.zeros((picture.height, picture.width), dtype=bool)
    for mark in picture.marks:
        area[mark.top : mark.bottom, mark.left : mark.right] = True
    return area


def turned(words: Sequence[Word], turn: int = 0, crop: Sequence[float] = ()) -> bytes:
    """One page with words, which is shown turned or cut."""

    def write(canvas: Canvas) -> None:
        canvas.setPageRotation(turn)
        if crop:
            canvas.setCropBox(crop)
        canvas.setFont("Helvetica", 11)
        for x, y, text in words:
            canvas.drawString(x, y, text)
        canvas.showPage()

    return drawn(write)


def assert_on(picture: PagePicture, inside: Ink, outside: Ink) -> None:
    """The marks hold the ink of some words whole, and none of that of others."""
    area = marked(picture)
    assert inside.any()
    assert (inside & area).sum() >= 0.98 * inside.sum()
    assert not (outside & area).any()


def parted(words: Iterable[Word], quoted: Iterable[Word]) -> tuple[list[Word], list[Word]]:
    known = list(quoted)
    return known, [word for word in words if word not in known]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [(), (40, 300, 560, 500)])
def test_marks_lie_on_the_words_of_two_columns_whichever_way_the_page_is_turned_or_cut(
    turn: int, crop: tuple[float, ...]
) -> None:
    quote = QuotedWords(
        "The stones were sold to the abbey. The ferry crossed the river twice a day until the"
        " bridge was opened. Its last captain, Mara Holm, kept the bell, which now"
    )
    words = columns()
    quoted = [word for word in words if word[2] in (LEFT[4], *RIGHT[:3])]
    quoted, others = parted(words, quoted)
    shown = picture(turned(words, turn, crop), quote)
    assert len(shown.marks) == 4
    assert_on(shown, ink(turned(quoted, turn, crop)), ink(turned(others, turn, crop)))


def test_marks_begin_and_end_within_lines() -> None:
    words = [
        (60, 700, "The mill was built"), (160, 700, "in 1871 by the"),
        (60, 684, "carpenter Jon Ferrow,"), (185, 684, "who came from Brittany."),
    ]  # fmt: skip
    quoted, others = parted(words, words[1:3])
    shown = picture(placed(*words), QuotedWords("in 1871 by the carpenter Jon Ferrow,"))
    assert_on(shown, ink(placed(*quoted)), ink(placed(*others)))


def test_words_that_a_line_end_splits_and_ligatures_are_found() -> None:
    meanings = {letter: letter for letter in "Theofcxaminrt-"} | {"F": "\ufb01"}
    data = typed(["The ofFce of the ex-", "aminer"], meanings)
    assert len(picture(data, QuotedWords("office of the examiner")).marks) == 2


@pytest.mark.parametrize(("before", "line"), [("barges", 0), ("ships", 1), ("rafts", 2)])
def test_equal_words_are_told_apart_by_the_words_around_them(before: str, line: int) -> None:
    words = [
        (60, 700 - 30 * row, f"Dues of {name} are two crowns a day.")
        for row, name in enumerate(("barges", "ships", "rafts"))
    ]
    quote = QuotedWords("are two crowns a day", before=f"Dues of {before} ")
    (mark,) = picture(placed(*words), quote).marks
    tops = [picture(placed(*words), QuotedWords(words[row][2])).marks[0].top for row in range(3)]
    assert mark.top == tops[line]


@pytest.mark.parametrize(
    "words",
    [
        "are two crowns a day",
        "The dues are three crowns",
        "two",
        "\u2026",
        "\u2103",
        "yad a snworc",
    ],
)
def test_without_a_sure_place_nothing_is_marked(words: str) -> None:
    page = placed(
        (60, 700, "Dues of barges are two crowns a day."),
        (60, 660, "Dues of barges are two crowns a day."),
    )
    assert picture(page, QuotedWords(words)).marks == ()


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_words_that_run_in_another_direction_are_marked(turn: int) -> None:
    def written(words: Sequence[Word]) -> bytes:
        def write(canvas: Canvas) -> None:
            canvas.translate(300, 400)
            canvas.rotate(turn)
            for x, y, text in words:
                canvas.drawString(x, y, text)
            canvas.showPage()

        return drawn(write)

    words = [(-150.0, 20.0 - 16 * row, line) for row, line in enumerate(LEFT)]
    shown = picture(written(words), QuotedWords(f"{LEFT[1]} {LEFT[2]}"))
    assert len(shown.marks) == 2
    assert_on(shown, ink(written(words[1:3])), ink(written([words[0], *words[3:]])))


def test_oblique_words_are_not_marked() -> None:
    def write(canvas: Canvas) -> None:
        canvas.rotate(30)
        canvas.drawString(200, 300, "The ferry crossed the river twice a day.")
        canvas.showPage()

    shown = picture(drawn(write), QuotedWords("The ferry crossed the river"))
    assert shown.marks == ()


def pages(*texts: str) -> bytes:
    def write(canvas: Canvas) -> None:
        for text in texts:
            canvas.drawString(60, 100, text)
            canvas.showPage()

    return drawn(write)


def test_a_quote_over_two_pages_is_marked_as_far_as_it_stands_on_each() -> None:
    data = pages("The ferry crossed the river twice a day and", "carried salt in the other years.")
    quote = QuotedWords("crossed the river twice a day and carried salt in the other years.")
    first, second = (picture(data, quote, page=page) for page in (1, 2))
    assert (first.page, second.page, first.count) == (1, 2, 2)
    assert len(first.marks) == len(second.marks) == 1


@pytest.mark.parametrize(("columns", "turn"), [(1, 0), (2, 0), (2, 180)])
def test_a_quote_that_goes_on_over_the_page_has_no_mark_on_equal_words_above(
    columns: int, turn: int
) -> None:
    ending = "to the fund for the lighthouse, in writing."
    words = [
        (60 + 250 * column, 500 - 60 * column - 40 * row - down, line)
        for column in range(columns)
        for row in range(4)
        for down, line in (
            (0, f"Whoever takes berth {column}{row} pays {row}5 crowns"),
            (16, ending),
        )
    ]
    *others, quoted = words[:-1]
    quote = QuotedWords(
        f"{quoted[2]} {ending}",
        before=" ".join(line for _, _, line in others),
        after="Whoever takes berth 99 pays 95 crowns",
    )
    shown = picture(turned(words[:-1], turn), quote)
    assert_on(shown, ink(turned([quoted], turn)), ink(turned(others, turn)))


def test_the_page_is_the_first_on_which_a_quote_stands() -> None:
    data = pages("The mill was built in 1871.", "The ferry crossed the river.", "The quay.")
    assert picture(data, QuotedWords("The ferry crossed the river."), last=3).page == 2
    assert picture(data, QuotedWords("The barge sank in the river."), last=3).page == 1


@pytest.mark.parametrize(
    ("width", "height"), [(14_400, 14_400), (200_000, 3), (3, 200_000), (0.01, 0.01)]
)
def test_pictures_of_huge_and_tiny_pages_are_bounded(width: float, height: float) -> None:
    made = BytesIO()
    canvas = Canvas(made, pagesize=(width, height), invariant=1)
    canvas.drawString(1, 1, "The ferry")
    canvas.showPage()
    canvas.save()
    for zoom in (1, 2):
        shown = draw(made.getvalue(), PictureRequest(1, 1, zoom))
        assert shown.width * shown.height <= 2_600_000 * zoom * zoom
        assert max(shown.width, shown.height) <= 8_001


def test_a_picture_is_a_png_of_the_size_that_it_says() -> None:
    shown = picture(pages("The ferry"))
    assert struct.unpack(">II", shown.png[16:24]) == (shown.width, shown.height)
    image = Image.open(BytesIO(shown.png))
    image.load()
    assert image.size == (shown.width, shown.height)
    assert abs(shown.width / shown.height - A4[0] / A4[1]) < 0.01


def test_pages_that_are_not_there_and_broken_files_are_refused() -> None:
    for data in (b"%PDF-1.7\n%%EOF", b"", pages("The ferry")[:300]):
        with pytest.raises(DocumentError):
            picture(data)
    with pytest.raises(DocumentError):
        picture(pages("The ferry"), page=2)


LINES = [
    (60 + 250 * (n % 2), 780 - 14 * (n // 2), f"plot {n} pays {n * 7 % 13} crowns")
    for n in range(60)
]


@settings(max_examples=40, deadline=None)
@given(
    st.permutations(LINES), st.lists(st.sampled_from(LINES), min_size=1, max_size=3, unique=True)
)
def test_lines_are_marked_wherever_they_stand_in_the_file(
    words: list[Word], quoted: list[Word]
) -> None:
    shown = picture(placed(*words), *(QuotedWords(line) for _, _, line in quoted))
    scale = shown.width / A4[0]
    assert sorted(mark.quote for mark in shown.marks) == list(range(len(quoted)))
    for mark in shown.marks:
        x, y, _ = quoted[mark.quote]
        assert abs(mark.left - x * scale) < 3
        assert mark.top < (A4[1] - y) * scale < mark.bottom
        assert mark.bottom - mark.top < 14 * scale
