"""PDF: what single characters become, on pages made for the purpose."""

from pathlib import Path

import pytest
import regex
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas

from bot.ingest.readers.pdf.lines import Cell, PdfLine
from bot.ingest.readers.pdf.reader import parse
from bot.ingest.readers.pdf.unmapped import marked, settled
from tests.ingest.readers.pdf_files import drawn, placed, seen, typed

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


SWAPPED = (
    "HanpaBJieHHe cpe,ucTB Ha onJiaTy pa6oT BbmoJIHeHHbIx opraHH3ayHeu",
    "npe,ucTaBJieHHe oTlfeToB o ,uBmKeHHH cpe,ucTB npeunpmiTHu ropo,uCKoro",
    "oKpyra ,uomKHo 6bITb oKoHlfeHo ,uo TpHHa,ucaToro cehtH6psi",
    "KommccusI BbIpa6oTana npe,uJI0meHHsi no ynylfmeHmo ycJI0Bufi Tpy,ua",
    "cTpoHTeJibHbIe opraHu3ayuu ropo,ua BbinycKaIOT cBo,uKu emeHe,ueJibHo",
)
PROGRAM = (
    "lineWidth = baseWidth + gapWidth; lineHeight = baseHeight + gapHeight;",
    "pageCount = bookPages.length; firstPage = bookPages[0]; lastPage = 99;",
    "drawLine(leftEdge, rightEdge); fillShape(upperEdge, lowerEdge, darkBlue);",
    "gardenName = readText(openFile(filePath)); closeFile(openFile(filePath));",
    "userName = askUser(shortText); passWord = askUser(longText);",
)
"""Russian words as they are recognised by a program that expects English, and a program."""
MEMBERS = tuple(
    f"{family}, {given} {given}.{family}{number}@seura.fi"
    for number in range(2)
    for family, given in (
        ("Virtanen", "Aino"), ("Korhonen", "Eero"), ("Nieminen", "Helvi"), ("Koskinen", "Onni"),
        ("Laine", "Kaarlo"), ("Heikkinen", "Liisa"), ("Lehtonen", "Urho"), ("Saarinen", "Kerttu"),
    )
)  # fmt: skip
FINNISH_PROGRAM = (
    "tilausNumero asiakasNimi toimitusOsoite laskunSumma maksuPaiva",
    "varasto_saldo tuote_koodi avaaTiedosto suljeIkkuna haeTulos",
    "tallennaNimi poistaRivi lisaaSarake muutaVari palautaArvo",
)
LINKS = ("https://hyvarila.fi/jasenet?kausi=2&ryhma=kuoro_ja_soitto",) * 40
"""Words that no dictionary has, of the form of addresses and of names in programs."""


@pytest.mark.parametrize(
    ("rows", "unread"),
    [(SWAPPED, (1,)), *((rows, ()) for rows in (PROGRAM, MEMBERS, FINNISH_PROGRAM, LINKS))],
)
def test_letters_that_make_no_words_have_to_be_recognised(
    rows: tuple[str, ...], unread: tuple[int, ...]
) -> None:
    page = placed(*((72, 700 - 13 * number, row) for number, row in enumerate(rows * 2)), size=9)
    assert parse(page).unrecognised == unread


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


def test_a_japanese_line_that_ends_with_a_long_vowel_is_joined_without_a_blank() -> None:
    registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    above, below = "倉庫の鍵を持つのは協会のメンバー", "だけで、ほかの人は入れません。"
    page = placed((72, 700, above), (72, 684, below), font="HeiseiMin-W3")
    assert parse(page).text == above + below


def test_a_text_printed_twice_with_letters_missing_is_read_whole() -> None:
    whole = "Specifies that the plot is to be closed"
    parts = [
        (72 + stringWidth(whole[:place], "Helvetica", 11), 700.0, letter)
        for place, letter in enumerate(whole)
        if letter in "Sifth"
    ]
    assert whole in parse(placed(*parts, (72, 680, "Closed"), (72, 700, whole))).text


def test_columns_on_nearly_one_baseline_stay_apart() -> None:
    page = placed(
        (318, 155.8, "which is simple enough for the needs of"),
        (318, 145.5, "all those gardens."),
        (58, 150.4, "Copies may be made of all or part of this work"),
        (58, 141.2, "by any member of the society."),
        size=9,
    )
    assert "of all those gardens." in parse(page).text
    assert "gardens. Copies" not in parse(page).text


def test_note_figures_drawn_after_their_line_stand_in_it() -> None:
    def draw(canvas: Canvas) -> None:
        line = "Projects such as the mill , the pump   and others aim"
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 700, line)
        canvas.setFont("Helvetica", 6.6)
        for figure, word in (("4", "mill"), ("5", "pump")):
            before = line[: line.index(word) + len(word)]
            canvas.drawString(72 + stringWidth(before, "Helvetica", 11), 704.5, figure)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 686, "to help.")
        canvas.showPage()

    assert parse(drawn(draw)).text == (
        "Projects such as the mill⁴, the pump⁵ and others aim to help."
    )


HEBREW = {"a": "\u05d0", "b": "\u05d1", "c": "\u05d2", "p": "(", "q": ")", "2": "2", ".": "."}


def test_brackets_in_hebrew_open_first() -> None:
    text = parse(typed(["cbaq2p", "cbqcbpa"], HEBREW)).text
    assert text == "(2)\u05d0\u05d1\u05d2 \u05d0(\u05d1\u05d2)\u05d1\u05d2"


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("qcqbaq2p", "(2)\u05d0\u05d1)\u05d2)"),
        ("cbpcapba", "\u05d0\u05d1(\u05d0\u05d2(\u05d1\u05d2"),
        # Here the file does not tell what "x" means, so the brackets around it may be wrong, too.
        ("cbpxcpba", "\u05d0\u05d1(\u05d2[…])\u05d1\u05d2"),
    ],
)
def test_brackets_in_hebrew_that_do_not_add_up_stay(printed: str, read: str) -> None:
    assert (
        parse(typed(["cbaq2p", printed], HEBREW)).text.removeprefix("(2)\u05d0\u05d1\u05d2 ")
        == read
    )


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("cba.2", "2.\u05d0\u05d1\u05d2"),
        ("cba2-3", "2-3\u05d0\u05d1\u05d2"),
        ("cba2-bc", "\u05d2\u05d1-2\u05d0\u05d1\u05d2"),
        ("cba.2-bc", "\u05d2\u05d1-2.\u05d0\u05d1\u05d2"),
    ],
)
def test_a_sign_beside_a_number_stands_on_its_side_in_hebrew(printed: str, read: str) -> None:
    assert parse(typed([printed], HEBREW | {"-": "-", "3": "3"})).text == read


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("xy2cba", "\u05d0\u05d1\u05d2xy2"),
        ("x@ycba", "\u05d0\u05d1\u05d2x@y"),
        ("cpxq2ba", "\u05d0\u05d12(x)\u05d2"),
        ("cxpyqba", "\u05d0\u05d1x(y)\u05d2"),
        ("c@xba", "\u05d0\u05d1x@\u05d2"),
        ("cx#ba", "\u05d0\u05d1#x\u05d2"),
    ],
)
def test_a_latin_word_in_hebrew_runs_from_left_to_right(printed: str, read: str) -> None:
    meanings = {sign: sign for sign in "xy2@#"}
    assert parse(typed([printed], HEBREW | meanings)).text == read


def test_latin_words_in_a_line_that_begins_in_hebrew_keep_their_order() -> None:
    """Most letters of the line are Latin, those of the page are not."""
    line = "xxxx) Tj 1 0 0 1 105 700 Tm (yyyy) Tj 1 0 0 1 140 700 Tm (ba"
    page = typed([line, "cbacbacba", "cbacbacba"], HEBREW | {"x": "x", "y": "y"})
    assert parse(page).text.startswith("\u05d0\u05d1 xxxx yyyy")


def test_a_number_behind_a_wide_gap_is_not_of_the_latin_word_beside_it() -> None:
    line = "cba) Tj 1 0 0 1 105 700 Tm (xxx) Tj 1 0 0 1 140 700 Tm (2"
    page = typed([line, "cbacbacba"], HEBREW | {"x": "x"})
    assert parse(page).text.startswith("2 xxx \u05d0\u05d1\u05d2")


def test_the_number_of_a_latin_heading_on_a_hebrew_page_stands_before_it() -> None:
    line = "xxx) Tj 1 0 0 1 105 700 Tm (.2"
    page = typed([line, "cbacbacba"], HEBREW | {"x": "x"})
    assert parse(page).text.startswith("2. xxx")


PERSIAN = {"m": "\u0645", "y": "\u06cc", "s": "\u0633", "_": " "}


def test_a_blank_drawn_over_a_persian_letter_only_parts_its_word() -> None:
    line = "ss_) Tj 1 0 0 1 86.4 700 Tm (ym"
    assert parse(typed([line], PERSIAN)).text == "\u0645\u06cc\u200c\u0633\u0633"


def test_lam_stands_first_whichever_way_a_file_tells_its_ligature() -> None:
    for meaning in ("\u0644\u0627", "\u0627\u0644"):
        assert parse(typed(["mls"], PERSIAN | {"l": meaning})).text == "سلام"


def test_a_gap_that_is_wider_than_most_parts_words() -> None:
    words = ("it", "will", "fit", "all", "without", "a", "lid")
    places = []
    left = 72.0
    for word in words:
        places.append((left, 700.0, word))
        left += stringWidth(word, "Helvetica", 10) + 1.8
    assert parse(placed(*places, size=10)).text == " ".join(words)


def test_letters_that_all_stand_apart_are_one_word() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "SPACED LETTERS", charSpace=2.0)
        canvas.showPage()

    assert parse(drawn(draw)).text == "SPACED LETTERS"


def test_a_sign_of_wingdings_at_the_beginning_of_a_line_is_a_bullet() -> None:
    def draw(canvas: Canvas) -> None:
        for y, words in ((700, "Bring a lamp."), (680, "Close the gate.")):
            canvas.setFont("Helvetica-Oblique", 11)
            canvas.drawString(72, y, "\u00a7")
            canvas.setFont("Helvetica", 11)
            canvas.drawString(84, y, words)
        canvas.showPage()

    page = drawn(draw)
    blocks = seen(parse(page.replace(b"/Helvetica-Oblique", b"/Wingdings-Regular")))
    assert [kind for kind, _ in blocks] == ["item", "item"]


def test_a_lone_sign_without_a_meaning_before_a_line_is_a_bullet() -> None:
    """The font of the signs tells no letter, as that of many lists does."""
    meanings = {letter: letter for letter in "lampgte"}
    rows = [f"b) Tj 1 0 0 1 90 {700 - 15 * row} Tm (lamp" for row in range(2)]
    assert [kind for kind, _ in seen(parse(typed(rows, meanings)))] == ["item", "item"]


def test_a_sign_that_is_drawn_but_has_no_code_shows_as_a_gap() -> None:
    meanings = {sign: sign for sign in "alutimo"} | {"q": "\0"}
    assert parse(typed(["allqultimo"], meanings)).text == "all[…]ultimo"


@pytest.mark.parametrize(("end", "read"), [("", "보험금의"), (" ", "보 험금의")])
def test_a_korean_word_goes_on_over_a_line_end_without_a_blank(end: str, read: str) -> None:
    registerFont(UnicodeCIDFont("HYSMyeongJo-Medium"))
    rows = ("재해로 인한 보" + end, "험금의 경우 다툼이 있다 ", "보니 그렇다.")
    page = placed(
        *((72, 700 - 15 * n, row) for n, row in enumerate(rows)), font="HYSMyeongJo-Medium"
    )
    assert read in parse(page).text
    assert "있다 보니" in parse(page).text


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


def test_a_control_code_is_not_taken_for_a_letter() -> None:
    shifted = "".join(
        s if s == " " else chr(0xF0000 + ord(s)) for s in "Whoever keeps\x10 two boats"
    )
    line = PdfLine(1, (Cell(shifted, 72, 200),), y=700, size=11, bold=False, level=0.8)
    (guessed,) = settled([line])
    assert marked(guessed.text) == "Whoever keeps[…] two boats"
