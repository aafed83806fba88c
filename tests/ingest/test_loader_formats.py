"""Every kind of file through the loader, good and bad side by side."""

from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from bot.ingest.formats import Limits
from bot.ingest.report import lines
from tests.harness.corpus_harness import CorpusHarness, texts_of
from tests.harness.office_files import docx_file, pdf

LIMITS = Limits(max_bytes=200_000, worker_seconds=30, max_expanded_bytes=5_000_000)


def bomb() -> bytes:
    """A DOCX file of a few kilobytes that unpacks to twenty million."""
    data = BytesIO(docx_file("Small."))
    with ZipFile(data, "a", ZIP_DEFLATED) as archive:
        archive.writestr("word/large.xml", b"<x/>" * 5_000_000)
    return data.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {
        "a.txt": b"The first of the documents is plain text.",
        "b.md": b"# Bee\n\nThe second of the documents is Markdown.",
        "c.html": b"<title>Sea</title><p>The third of the documents is a page.</p>",
        "d.PDF": pdf("The fourth of the documents is a PDF."),
        "e.docx": docx_file("The fifth of the documents is from Word."),
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_every_kind_is_loaded_and_none_is_parsed_again(folder: Path, parsed: list[str]) -> None:
    harness = CorpusHarness(folder, limits=LIMITS)
    corpus, report = harness.load()
    assert report.failed == ()
    assert texts_of(corpus) == [
        "The first of the documents is plain text.",
        "The second of the documents is Markdown.",
        "The third of the documents is a page.",
        "The fourth of the documents is a PDF.",
        "The fifth of the documents is from Word.",
    ]
    parsed.clear()
    (folder / "b.md").rename(folder / "moved.md")
    (folder / "sources.toml").write_text('["e.docx"]\ntitle = "From Word"\n')
    after, report = harness.load()
    assert parsed == ["e.docx", "moved.md"]
    new = {document.path: document for document in after.documents}
    assert new["e.docx"].source.title == "From Word"
    assert (report.added, report.changed, report.removed) == (
        ("moved.md",),
        ("e.docx",),
        ("b.md",),
    )


def test_bad_files_get_a_line_each_and_stop_no_other(folder: Path) -> None:
    whole = pdf("Whole.")
    for name, content in {
        "bomb.docx": bomb(),
        "cut.pdf": whole[: len(whole) // 3],
        "empty.txt": b"",
        "large.txt": b"Much of it. " * 20_000,
        "locked.pdf": pdf("Secret.", "word"),
        "picture.md": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
        "text.pdf": b"This is text.",
        "zip.docx": b"PK\x03\x04 broken",
    }.items():
        (folder / name).write_bytes(content)
    _, report = CorpusHarness(folder, limits=LIMITS).load()
    assert report.added == ("a.txt", "b.md", "c.html", "d.PDF", "e.docx")
    said = lines(report)
    assert said[0].startswith("5 documents, 5 passages, read in ")
    assert [line.split(": ")[1] for line in said[1:9]] == [
        "bomb.docx",
        "cut.pdf",
        "empty.txt",
        "large.txt",
        "locked.pdf",
        "picture.md",
        "text.pdf",
        "zip.docx",
    ]
    for failure in report.failed:
        assert failure.reason.endswith(".")
        assert failure.reason[0].islower()
        assert ": " in failure.reason  # what is wrong, and what to do
    reasons = {failure.path: failure.reason for failure in report.failed}
    assert "password" in reasons["locked.pdf"]
    assert "empty" in reasons["empty.txt"]
    assert "0.2 MB" in reasons["large.txt"]
    assert "not text" in reasons["picture.md"]
    assert "not a PDF" in reasons["text.pdf"]
