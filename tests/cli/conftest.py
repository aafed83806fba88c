"""The command line, run in this process as its user runs it."""

import asyncio
import io
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.__main__ import main
from tests.harness.stub_server import Answer, server

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
Serve = Callable[[Answer], None]


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


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Sets the reader's address to a server in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    ends = []

    def begin(answer: Answer) -> None:
        context = server(answer)
        base = asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(30)
        ends.append(context)
        monkeypatch.setenv("SOURCES_SAY_READER__URL", f"{base}/v1")

    yield begin
    for context in ends:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
