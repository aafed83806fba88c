"""Which reader reads a file, and what is refused before any does."""

from collections.abc import Iterator

import pytest

from bot.core.errors import DocumentError
from bot.ingest.formats import SUFFIXES, Limits
from bot.ingest.readers import read, sandbox
from bot.ingest.report import sentence
from tests.harness.office_files import book, docx_file, pdf


@pytest.fixture(autouse=True, scope="module")
def _no_process_is_left() -> Iterator[None]:
    yield
    sandbox.shared.close()


HTML = b"<!doctype html><html><title>T</title><body><p>The rain fell.</p></body></html>"
MAIL = b"MIME-Version: 1.0\n\nThe rain fell."


def refusal(name: str, data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(DocumentError) as caught:
        read(name, data, limits or Limits())
    reason = str(caught.value)
    assert reason == sentence(reason)  # the way a report shows it
    assert reason[0].isupper()
    return reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b"The rain fell."),
        ("a.TEXT", b"The rain fell."),
        ("a.md", b"The rain fell."),
        ("a.markdown", b"The rain fell."),
        ("a.mdx", b"import A from 'a'\n\n<A>The rain fell.</A>"),
        ("a.html", HTML),
        ("a.htm", HTML),
        ("a.xhtml", HTML),
        ("a.pdf", pdf()),
        ("a.PDF", pdf()),
        ("a.docx", docx_file()),
        ("a.csv", b"The rain fell."),
        ("a.tsv", b"The rain fell."),
        ("a.rtf", b"{\\rtf1 The rain fell.}"),
        ("a.eml", MAIL),
        ("a.mbox", b"From ida Mon Mar 4 10:00:00 2024\n" + MAIL),
        ("a.epub", book("<p>The rain fell.</p>")),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nThe rain fell."),
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe rain fell."),
        ("a.rst", b"The *rain* fell."),
        ("a.adoc", b"The *rain* fell."),
        ("a.asciidoc", b"The rain fell."),
        ("caf\udce9 \u202e.pdf", pdf()),
    ],
)
def test_each_ending_has_its_reader(name: str, data: bytes) -> None:
    parsed = read(name, data)
    assert [block.span.of(parsed.text) for block in parsed.blocks] == ["The rain fell."]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_ending_that_is_named_is_read(suffix: str) -> None:
    with pytest.raises(DocumentError, match="It is empty: fill it"):
        read(f"a{suffix}", b"")


@pytest.mark.parametrize("name", ["a.png", "a", "a.exe", ".pdf", "a.pdf.zip"])
def test_other_endings_are_refused_with_those_that_are_read(name: str) -> None:
    assert refusal(name, b"x") == (
        "Files of this kind are not read: save it as .txt, .md, .html, .pdf or .docx."
    )


def test_well_known_endings_are_refused_with_what_to_save_the_file_as() -> None:
    assert refusal("a.XLS", b"x") == "Files of this kind are not read: save it as .xlsx or .csv."


def test_a_file_that_is_too_large_is_refused() -> None:
    assert refusal("a.txt", b"x" * 20_000_001) == (
        "It is larger than 20 MB: split it, or raise corpus.max_file_mb."
    )
    assert refusal("a.pdf", b"x" * 1_000_001, Limits(max_bytes=1_000_000)).startswith(
        "It is larger than 1 MB:"
    )
    assert read("a.txt", b"x" * 20, Limits(max_bytes=20)).text == "x" * 20


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.pdf", "a.docx", "a.csv"])
@pytest.mark.parametrize("data", [b"", b" \n", bytes(50)])
def test_what_is_empty_is_told_so(name: str, data: bytes) -> None:
    assert refusal(name, data) == "It is empty: fill it or remove it."


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("a.pdf", b"The rain fell.", "It is text, not a PDF"),
        ("a.pdf", HTML, "It is an HTML page, not a PDF"),
        ("a.pdf", docx_file(), "It is a ZIP archive or an office document, not a PDF"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n" + bytes(40), "It is a PNG picture, not a PDF"),
        ("a.pdf", b"\x01\x00\x02\x00" * 40, "It is something else, not a PDF"),
        ("a.docx", pdf(), "It is a PDF, not DOCX"),
        ("a.docx", b"The rain fell.", "It is text, not DOCX"),
        ("a.xlsx", b"a,b", "It is text, not XLSX"),
        ("a.rtf", docx_file(), "It is a ZIP archive or an office document, not RTF"),
        ("a.epub", b"The rain fell.", "It is text, not EPUB"),
        ("a.docx", b"{\\rtf1 rain}", "It is an RTF document, not DOCX"),
    ],
)
def test_what_is_not_what_its_name_says_is_told_by_what_it_is(
    name: str, data: bytes, what: str
) -> None:
    assert refusal(name, data) == (f"{what}: give it the ending of what it is, or save it anew.")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.csv"])
@pytest.mark.parametrize("data", [pdf(), docx_file()])
def test_a_pdf_or_docx_with_the_ending_of_text_is_told_so(name: str, data: bytes) -> None:
    reason = refusal(name, data)
    assert reason.startswith(("It is a PDF,", "It is a ZIP archive or an office document,"))


def test_an_old_word_file_is_told_so() -> None:
    assert refusal("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50)) == (
        "It is protected by a password or in the old Word format: save it as an open .docx."
    )
