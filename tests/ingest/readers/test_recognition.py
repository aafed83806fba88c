"""Text recognition of pages: the words of a picture, where they stand, and how sure they are."""

import pytest
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.formats import Limits
from bot.ingest.readers import read, recognise_page
from bot.ingest.recognition import find_recogniser
from tests.ingest.readers.pdf_files import bound, placed, scanned, seen

pytestmark = pytest.mark.skipif(
    not find_recogniser("eng").name, reason="tesseract with the data for English is not installed"
)

LIMITS = Limits(recognition_languages="eng")
RULES = placed(
    (72, 700, "The garden is open from nine to six. Dogs have to be kept on a leash at"),
    (72, 686, "all times, and every visitor pays 12.50 euros at the north-"),
    (72, 672, "ern gate."),
    (72, 644, "In winter the garden closes at four."),
)
PARAGRAPHS = [
    (
        "paragraph",
        "The garden is open from nine to six. Dogs have to be kept on a leash at all times, and"
        " every visitor pays 12.50 euros at the northern gate.",
    ),
    ("paragraph", "In winter the garden closes at four."),
]


def recognised(data: bytes) -> Parsed:
    """The file, with all pages that need it recognised."""
    pages = read("a.pdf", data).unrecognised
    known = tuple(recognise_page(data, page, LIMITS) for page in pages)
    return read("a.pdf", data, recognised=known)


def test_a_scan_reads_as_its_page_with_confidence() -> None:
    parsed = recognised(scanned(RULES))
    assert seen(parsed) == PARAGRAPHS
    assert all(block.page == 1 for block in parsed.blocks)
    assert all(80 < (block.confidence or 0) <= 100 for block in parsed.blocks)
    assert parsed.unrecognised == ()


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_was_scanned_sideways_is_turned(turn: int) -> None:
    # Which way up a page is cannot be told from a few words.
    lines = (
        "The drainage pumps are cleaned in the second week of May, before the water rises.",
        "Each member brings a spade, and the club lends out buckets and a pair of gloves.",
        "The upper terrace comes first, since its ditch carries the water of the whole hill.",
        "When the work is done, soup is served in the greenhouse for everybody who helped.",
        "The treasurer writes down the hours, and nobody pays the fee who worked for ten.",
    )
    page = placed(*((72, 700 - 14 * n, line) for n, line in enumerate(lines)))
    parsed = recognised(scanned(page, dots=300, turn=turn))
    assert seen(parsed) == [("paragraph", " ".join(lines))]


def test_pages_of_text_and_scans_come_in_their_order() -> None:
    first, last = placed((72, 700, "The first page.")), placed((72, 700, "The last page."))
    data = bound(first, scanned(RULES), last)
    assert read("a.pdf", data).unrecognised == (2,)
    blocks = recognised(data).blocks
    assert [block.page for block in blocks] == [1, 2, 2, 3]
    assert [block.confidence is None for block in blocks] == [True, False, False, True]


def test_a_page_that_is_not_recognised_leaves_a_gap() -> None:
    first, last = placed((72, 700, "The pump stands in")), placed((72, 700, "and it leaks."))
    parsed = read("a.pdf", bound(first, scanned(RULES), last))
    assert parsed.text == "The pump stands in\n\n[…] and it leaks."


def test_the_few_words_of_a_stamp_stay_as_they_are() -> None:
    parsed = recognised(scanned(RULES, stamp="Scan 0017"))
    assert seen(parsed) == [*PARAGRAPHS, ("paragraph", "Scan 0017")]
    assert [block.confidence is None for block in parsed.blocks] == [False, False, True]


def test_a_text_layer_of_nonsense_gives_way_to_what_is_seen() -> None:
    registerFont(TTFont("Codes", "Vera.ttf", asciiReadable=False))
    words = "Before winter the pump has to be drained."
    known = placed((72, 700, words), font="Codes")
    unknown = known.replace(b"/ToUnicode", b"/NoUnicode")
    assert read("a.pdf", known).text == words
    assert read("a.pdf", unknown).unrecognised == (1,)
    assert recognised(unknown).text == words


def test_rows_of_a_table_keep_their_cells() -> None:
    table = placed(
        *((72, 700, "Adults"), (300, 700, "12 euros")),
        *((72, 684, "Children"), (300, 684, "3 euros")),
    )
    assert seen(recognised(scanned(table))) == [
        ("row", "Adults | 12 euros"),
        ("row", "Children | 3 euros"),
    ]


def test_a_page_has_the_limits_of_a_file() -> None:
    with pytest.raises(DocumentError, match=r"took more than 0\.05 seconds"):
        recognise_page(scanned(RULES), 1, Limits(worker_seconds=0.05, recognition_languages="eng"))


def test_a_page_that_is_none_is_refused() -> None:
    with pytest.raises(DocumentError, match="Text recognition fails on its page 7"):
        recognise_page(scanned(RULES), 7, LIMITS)
