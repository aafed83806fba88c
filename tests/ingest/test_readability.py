"""How much of a file could be read is told, and which pages hold no text."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from bot.core.documents import Block, Parsed, Span
from bot.ingest.readability import page_list, percent_read
from bot.ingest.readers import read
from tests.harness.corpus_harness import CorpusHarness
from tests.ingest.readers.pdf_files import drawn


def pages_of(*texts: str) -> bytes:
    """A PDF with a page a text; an empty one shows a drawing only."""

    def draw(canvas: Canvas) -> None:
        for text in texts:
            if text:
                canvas.drawString(72, 700, text)
            else:
                canvas.rect(72, 300, 400, 400)
            canvas.showPage()

    return drawn(draw)


def formula() -> bytes:
    document = docx.Document()
    for text in (
        "The fee is due in May.",
        "The area is",
        "It was written so: “The gate […] opens.”",
    ):
        document.add_paragraph(text)
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    element = document.element.body[1]
    part = element.makeelement(f"{{{math}}}oMath", {})
    part.append(element.makeelement(f"{{{math}}}m", {}))
    element.append(part)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def test_a_load_tells_how_much_of_each_file_could_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("An author leaves out words […] in a quotation.")
    (tmp_path / "b.docx").write_bytes(formula())
    (tmp_path / "c.pdf").write_bytes(pages_of("One.", "", "Two.", "", "", "Three."))
    _, report = CorpusHarness(tmp_path).load()
    assert report.notes == (
        "b.docx could be read to 66 %; […] shows where something is missing",
        "c.pdf could be read to 50 %",
        "c.pdf holds no text that can be read on pages 2, 4 and 5:"
        " set corpus.recognition_languages for text recognition, then load again",
    )


def test_a_blank_page_lacks_nothing() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "One.")
        canvas.showPage()
        canvas.showPage()

    parsed = read("a.pdf", drawn(draw))
    assert (parsed.unrecognised, percent_read(parsed)) == ((), 100)


def test_what_an_author_leaves_out_is_no_gap_of_ours() -> None:
    page = (
        "<p>“The gate […] opens.”</p><p>“It [&hellip;] closes.”</p><p>So <img src='x'> it is.</p>"
    )
    parsed = read("a.html", page.encode())
    assert (parsed.text.count("[…]"), parsed.gaps, percent_read(parsed)) == (3, 1, 66)
    assert read("a.md", "“The gate […] opens.”".encode()).gaps == 0


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.rtf", rb"{\rtf1\ansi The gate [\'85] opens [\u8230?] now.\par}"),
        (
            "a.eml",
            b"From: a@example.org\nContent-Type: text/plain; charset=utf-8\n"
            b"Content-Transfer-Encoding: base64\n\n"
            + b64encode("The gate […] opens.".encode())
            + b"\n",
        ),
        (
            "a.eml",
            b"From: a@example.org\nContent-Type: text/plain; charset=windows-1252\n"
            b"Content-Transfer-Encoding: quoted-printable\n\nThe gate [=85] opens.\n",
        ),
        (
            "a.eml",
            b"From: a@example.org\nContent-Type: text/plain; charset=replacement\n\n"
            + b"The gate [\x85] opens.\n",
        ),
        (
            "a.mbox",
            b"From a@example.org Mon Mar 4 10:00:00 2024\nSubject: Rain\n\nIt rains.\n\n"
            b"From a@example.org Mon Mar 4 11:00:00 2024\nSubject: Gate\n"
            b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
            + b64encode("The gate […] opens.".encode())
            + b"\n",
        ),
    ],
)
def test_a_sign_that_the_author_wrote_is_no_gap(name: str, source: bytes) -> None:
    parsed = read(name, source)
    assert "The gate […] opens" in parsed.text
    assert parsed.gaps == 0


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ([7], "page 7"),
        ([1, 2], "pages 1 and 2"),
        ([3, 5, 6, 7], "pages 3 and 5 to 7"),
        ([9, 1, 4], "pages 1, 4 and 9"),
        (range(1, 60, 2), f"pages {', '.join(map(str, range(1, 24, 2)))} and 18 more"),
    ],
)
def test_pages_are_named_in_runs(pages: list[int], said: str) -> None:
    assert page_list(pages) == said


@given(st.lists(st.booleans(), min_size=1), st.integers(0, 40))
def test_the_figure_is_whole_only_if_nothing_is_missing(gaps: list[bool], pages: int) -> None:
    bodies = ["a […]" if gap else "a" for gap in gaps]
    starts = [sum(len(body) + 1 for body in bodies[:number]) for number in range(len(bodies))]
    blocks = tuple(
        Block(Span(start, start + len(body)), page=1)
        for start, body in zip(starts, bodies, strict=True)
    )
    parsed = Parsed(
        " ".join(bodies), blocks, unrecognised=tuple(range(2, pages + 2)), gaps=sum(gaps)
    )
    assert (percent_read(parsed) == 100) == (not any(gaps) and not pages)
    assert 0 <= percent_read(parsed) <= 100
