"""Scanned documents in a corpus: recognised once, cited as recognised, told where they are not."""

import json
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.answering.reload import CorpusReloader
from bot.answering.served_corpus import ServedCorpus
from bot.chat.rendering.blocks import QuoteBlock
from bot.chat.rendering.citations import citation_fields
from bot.chat.rendering.json import json_line, reply_contents
from bot.core.replies import Answer
from bot.ingest.formats import Limits
from bot.ingest.recognition import find_recogniser
from bot.ingest.report import LoadReport, lines
from tests.harness.index_jobs import build_job, reloader
from tests.ingest.readers.pdf_files import bound, placed, scanned

LIMITS = Limits(recognition_languages="eng")
PUMP = placed((72, 700, "The pump has to be drained before winter."))
FENCE = placed((72, 700, "The fence is painted green in April."))
SCAN = scanned(PUMP)

needs_tesseract = pytest.mark.skipif(
    not find_recogniser("eng").name, reason="tesseract with the data for English is not installed"
)


@pytest.fixture
def folder(tmp_path: Path, settled: None) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "fence.pdf").write_bytes(bound(FENCE, SCAN))
    return folder


def loaded(folder: Path) -> tuple[ServedCorpus, LoadReport]:
    """The corpus as a program serves it that starts now, and the report of its load."""
    program = reloader(folder, LIMITS)
    report = program.reload(None)
    assert program.served is not None
    return program.served, report


def answer(served: ServedCorpus) -> Answer:
    reply = served.searcher(served.scope_of(None)).reply("When is the pump drained?")
    assert isinstance(reply, Answer)
    return reply


@pytest.fixture
def without_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    return lambda: monkeypatch.setenv("PATH", str(tmp_path))


@needs_tesseract
def test_a_quote_of_a_scan_says_that_it_was_recognised(folder: Path) -> None:
    served, report = loaded(folder)
    assert report.notes == ()
    reply = answer(served)
    excerpt = reply.excerpts[0]
    assert excerpt.quote == "The pump has to be drained before winter."
    sure = excerpt.citation.confidence
    assert sure is not None
    assert citation_fields(QuoteBlock(excerpt, number=1)).details[-1] == (
        f"recognised text, may hold errors (confidence {sure} %)"
    )
    shown = json.loads(json_line(reply_contents(reply, "", 0.0)))
    assert shown["excerpts"][0]["recognition_confidence"] == sure


@needs_tesseract
def test_a_scan_in_an_archive_is_recognised_under_its_name(tmp_path: Path, settled: None) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    with ZipFile(folder / "papers.zip", "w") as archive:
        archive.writestr("fence.pdf", FENCE)
        archive.writestr("pump/scan.pdf", SCAN)
    told: list[str] = []
    program = reloader(folder, LIMITS)
    report = program.reload(lambda _done, _total, path: told.append(path))
    assert (report.failed, report.notes) == ((), ())
    assert "papers.zip/pump/scan.pdf, page 1" in told
    assert program.served is not None
    citation = answer(program.served).excerpts[0].citation
    assert citation.document == "papers.zip/pump/scan.pdf"
    assert citation.confidence is not None


@needs_tesseract
def test_pages_are_not_recognised_twice(folder: Path) -> None:
    loaded(folder)
    kept = folder.with_name("corpus-index") / "recognised"
    (page,) = kept.rglob("*.json")
    before = page.stat().st_mtime_ns
    # Another name for the same bytes, so that the document is read anew.
    (folder / "fence.pdf").rename(folder / "green.pdf")
    served, report = loaded(folder)
    assert report.added == ("green.pdf",)
    assert answer(served).excerpts[0].citation.document == "green.pdf"
    assert page.stat().st_mtime_ns == before


@needs_tesseract
def test_pages_go_with_their_file(folder: Path) -> None:
    loaded(folder)
    (folder / "fence.pdf").write_bytes(FENCE)
    loaded(folder)
    assert list((folder.with_name("corpus-index") / "recognised").iterdir()) == []


def test_without_the_program_the_packages_are_named(
    folder: Path, without_programs: Callable[[], None]
) -> None:
    (folder / "scan.pdf").write_bytes(SCAN)
    without_programs()
    _, report = loaded(folder)
    install = "for text recognition install tesseract-ocr and tesseract-ocr-eng, then load again."
    assert lines(report)[1:] == [
        "failed: scan.pdf: it holds no text that can be read, only pictures or nonsense (1 page):"
        f" {install}",
        "added: fence.pdf",
        "note: fence.pdf could be read to 50 %.",
        f"note: fence.pdf holds no text that can be read on page 2: {install}",
    ]


@needs_tesseract
def test_once_the_program_is_there_a_load_recognises_what_was_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        before, _ = loaded(folder)
    after, report = loaded(folder)
    assert report.notes == ()
    assert answer(after).excerpts[0].citation.locator.page == 2
    assert before.corpus.revision != after.corpus.revision


@needs_tesseract
def test_many_pages_are_left_until_others_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answering.reload.RECOGNISED_AT_ONCE", 0)
    (folder / "gate.txt").write_text("The gate is locked at night.")
    (folder / "scan.pdf").write_bytes(SCAN)
    program = CorpusReloader(build_job(folder, limits=LIMITS), in_child=True)
    first = program.reload(None)
    left = program.lacks_pages
    assert first.failed == ()
    assert (
        "fence.pdf holds no text that can be read on page 2: text recognition is under way, and"
        " its result is served once it is done" in first.notes
    )
    program.recognise()
    second = program.reload(None)
    assert (left, program.lacks_pages) == (True, False)
    assert (second.changed, second.notes) == (("fence.pdf", "scan.pdf"), ())


@needs_tesseract
def test_pages_are_not_left_where_nothing_else_answers(
    tmp_path: Path, settled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answering.reload.RECOGNISED_AT_ONCE", 0)
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "scan.pdf").write_bytes(SCAN)
    program = CorpusReloader(build_job(folder, limits=LIMITS), in_child=True)
    assert program.reload(None).passages == 1
