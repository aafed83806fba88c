"""The program for text recognition: what to install where it, or a language, is missing."""

from pathlib import Path

import pytest

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.recognised_page import RecognisedLine, RecognisedPage, RecognisedWord
from bot.ingest.recognition import Recogniser, find_recogniser

PAGE = RecognisedPage(
    3, 842.0, (RecognisedLine((RecognisedWord("pump", 72.0, 98.5, 91),), 700.0, 11.0),)
)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that says that it is tesseract, and which languages it knows."""
    place = tmp_path / "bin/tesseract"
    place.parent.mkdir()
    place.write_text('#!/bin/sh\necho "tesseract 9.1.0\n eng\n chi_sim\n osd"\n')
    place.chmod(0o755)
    monkeypatch.setenv("PATH", str(place.parent))
    return place


def test_a_program_that_is_missing_is_named_with_its_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    recogniser = find_recogniser("eng+chi_sim")
    assert recogniser.name == ""
    with pytest.raises(DocumentError) as caught:
        recogniser.without_unread_pages(Parsed("", (), unrecognised=(1, 2)))
    assert str(caught.value) == (
        "It holds no text that can be read, only pictures or nonsense (2 pages): for text"
        " recognition install tesseract-ocr, tesseract-ocr-eng and tesseract-ocr-chi-sim, then load"
        " again."
    )


def test_a_language_that_is_missing_is_named_with_its_package(program: Path) -> None:
    assert find_recogniser("eng+chi_sim").name == "tesseract 9.1.0 eng+chi_sim"
    missing = find_recogniser("eng+deu")
    assert missing.name == ""
    assert missing.remedy == "for text recognition install tesseract-ocr-deu, then load again"


def test_a_program_that_does_not_run_is_none(program: Path) -> None:
    program.write_text("#!/bin/sh\nexit 1\n")
    assert find_recogniser("eng").name == ""


def test_no_languages_turn_it_off(program: Path) -> None:
    recogniser = find_recogniser("")
    assert (recogniser.name, recogniser.state) == ("", "none")
    assert "corpus.recognition_languages" in recogniser.remedy


def test_pages_are_kept_for_a_file_a_version_and_languages(program: Path, tmp_path: Path) -> None:
    recogniser = find_recogniser("eng", tmp_path / "kept")
    recogniser.keep("a" * 64, PAGE)
    assert recogniser.pages("a" * 64) == (PAGE,)
    assert recogniser.pages("b" * 64) == ()
    assert find_recogniser("chi_sim", tmp_path / "kept").pages("a" * 64) == ()
    assert Recogniser.from_json(recogniser.to_json()).pages("a" * 64) == (PAGE,)


def test_a_page_that_is_damaged_on_the_disk_counts_as_missing(
    program: Path, tmp_path: Path
) -> None:
    recogniser = find_recogniser("eng", tmp_path)
    recogniser.keep("a" * 64, PAGE)
    (file,) = tmp_path.rglob("*.json")
    file.write_bytes(file.read_bytes()[:-9])
    assert recogniser.pages("a" * 64) == ()
