"""The corpus folder into which tests put uploads."""

from pathlib import Path

import pytest


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
