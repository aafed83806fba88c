"""The corpus folder into which tests put uploads, and the files that are parsed."""

from pathlib import Path

import pytest

from bot.core.documents import Parsed
from bot.ingest.formats import Limits, ReadingOrder
from bot.ingest.readers import read
from bot.ingest.recognised_page import RecognisedPage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus with one document beside the top folders and one in a collection."""
    corpus = tmp_path / "corpus"
    (corpus / "board").mkdir(parents=True)
    (corpus / "good.md").write_text("Good.")
    (corpus / "board/minutes.md").write_text("The board met.")
    return corpus


@pytest.fixture
def trash(tmp_path: Path) -> Path:
    return tmp_path / "state" / "removed"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed, in order, as long as the test runs."""
    names: list[str] = []

    def read_and_note(
        name: str,
        data: bytes,
        limits: Limits,
        encoding: str | None = None,
        order: ReadingOrder | None = None,
        recognised: tuple[RecognisedPage, ...] = (),
    ) -> Parsed:
        names.append(name)
        return read(name, data, limits, encoding, order, recognised)

    monkeypatch.setattr("bot.ingest.loader.read", read_and_note)
    return names
