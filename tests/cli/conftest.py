"""The command line, run in this process as its user runs it."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.__main__ import main

RULES = """# House rules

The front gate closes at ten o'clock in the evening. The porter keeps the spare keys.

Bicycles stand in the cellar beside the boiler room, and nowhere else in the house.

Every tenant sweeps the staircase once a month, in the order of the list at the door.
"""


class Ended(NamedTuple):
    """How a run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line on standard error, where nothing was printed elsewhere."""
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the program in an empty working directory."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    monkeypatch.chdir(place)

    def work(*argv: str | Path, given: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        code = main([str(word) for word in argv])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ended(code, said.out, said.err)

    return work
