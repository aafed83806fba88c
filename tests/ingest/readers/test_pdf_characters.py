"""PDF: what single characters become, on pages made for the purpose."""

from pathlib import Path

import pytest
import regex
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas

from bot.ingest.readers.pdf.reader import parse
from tests.ingest.readers.pdf_files import drawn, placed, typed

SHIFTS = {"^": 4.0, "_": -2.0}


def printed(text: str) -> str:
    """The text read from one line, in which `^3` is a raised and `_2` a lowered figure."""

    def draw(canvas: Canvas) -> None:
        x = 72.0
        for part in regex.findall(r"[_^].|[^_^]+", text):
            shift, run = SHIFTS.get(part[0], 0.0), part.lstrip("_^")
            size = 7 if shift else 11
            canvas.setFont("Helvetica", size)
            canvas.drawString(x, 700 + shift, run)
            x += stringWidth(run, "Helvetica", size)
        canvas.showPage()

    return parse(drawn(draw)).text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("They counted 1,250^3 visitors in June.", "They counted 1,250³ visitors in June."),
        ("A drop holds 10^2^1 molecules.", "A drop holds 10²¹ molecules."),
        ("A field of 30 m^2 of H_2O.", "A field of 30 m² of H₂O."),
        ("The well is deep.^1^2 It is dry.", "The well is deep.¹² It is dry."),
        ("^1 See the minutes.", "¹ See the minutes."),
        ("On the 2^n^d of May, for 2^n years.", "On the 2nd of May, for 2ⁿ years."),
        ("It takes nuts of up to 1^1/4 inch.", "It takes nuts of up to 1 1/4 inch."),
        ("It takes nuts of up to 1^3/_8 inch.", "It takes nuts of up to 1 3/8 inch."),
        ("It takes 10^2/4 of them.", "It takes 10²/4 of them."),
    ],
)
def test_raised_and_lowered_figures_do_not_run_into_others(text: str, read: str) -> None:
    assert printed(text) == read


@pytest.mark.parametrize("offset", [(0.3, 0.0), (0.0, 0.4), (-0.3, -0.2)])
def test_words_printed_twice_to_look_bold_are_read_once(offset: tuple[float, float]) -> None:
    x, y = offset
    shares = (72, 700, "Share code "), (72 + x, 700 + y, "Share code")
    width = stringWidth("Share code ", "Helvetica", 11)
    numbers = (72 + width, 700, "is 1100 still"), (72 + width + x, 700 + y, "is 1100 still")
    page = placed(*shares, *numbers, (72, 680, "1100 is said once more, will"))
    assert parse(page).text == "Share code is 1100 still 1100 is said once more, will"


def test_lam_alef_keeps_its_order() -> None:
    meanings = {"a": "م", "b": "لا", "c": "ك", "d": "س"}
    assert parse(typed(["abc", "abd"], meanings)).text == "كلام سلام"


def test_equal_letters_of_a_ligature_are_both_read() -> None:
    assert parse(typed(["abcd"], {"a": "o", "b": "ff", "c": "e", "d": "r"})).text == "offer"
    assert parse(typed(["a"], {"a": "حَبيبي"})).text == "حَبيبي"


def test_a_text_of_nonsense_has_to_be_recognised() -> None:
    parsed = parse(typed(["7KHSXPSKDVWREH", "GULQHGLQZLQWHU"]))
    assert (parsed.text, parsed.blocks, parsed.unrecognised) == ("[…]", (), (1,))


def test_codes_that_are_the_letters_are_read() -> None:
    words = ["Before", "winter", "drain", "the", "pump."]
    assert parse(typed(words)).text == " ".join(words)


def test_a_sign_without_meaning_is_visible() -> None:
    letters = {letter: letter for letter in "abcdefghijklmnopqrstuvwxyz,."}
    parsed = parse(typed(["thewellholds", "5!!litres,thatis,less."], letters | {"5": "5"}))
    assert parsed.text == "thewellholds 5[…]litres,thatis,less."
    assert parsed.remarks == ("has signs whose meaning it does not tell, shown as […]",)


def test_lines_of_chinese_are_joined_without_a_blank() -> None:
    registerFont(UnicodeCIDFont("STSong-Light"))
    above, below = "花园协会成立于一九三一年，由九位邻居共同发起，保留了一个棚", "子、一个水泵。"
    page = placed((72, 700, above), (72, 684, below), font="STSong-Light")
    assert parse(page).text == above + below


CASES = Path(__file__).parents[4] / "shared" / "cases"


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("raised", "the wardens counted 1,250³ visitors"),
        ("raised", "nuts of up to 1 1/4 inch and no larger ones fit."),
        ("doublestrike2", "Share code: 300218\n"),
        ("lamalef", "كلام سلام"),
        ("chinese", "棚子、"),
        ("trailing", "The gate closes at dusk."),
    ],
)
def test_shared_cases_are_read_right(name: str, words: str) -> None:
    assert words in parse((CASES / f"{name}.pdf").read_bytes()).text
