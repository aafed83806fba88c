"""Logs: an entry with the lines that continue it is one passage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.errors import DocumentError
from bot.core.replies import Answer
from bot.ingest.readers import read, sandbox
from tests.harness.documents import read_folder, searcher


@pytest.fixture(autouse=True, scope="module")
def _no_process_is_left() -> Iterator[None]:
    yield
    sandbox.shared.close()


SERVER = """\
2026-03-01 10:00:01,120 INFO started on port 8080
2026-03-01 10:00:05,004 ERROR request failed: the store is locked
Traceback (most recent call last):
  File "store.py", line 3, in open

    connect()
StoreError: the store is locked
2026-03-01 10:00:09,300 WARNING disk is almost full
"""


def entries(text: str) -> list[str]:
    parsed = read("a.log", text.encode())
    assert parsed.text == text
    return [str(block.landmark) for block in parsed.blocks]


def test_a_stack_trace_belongs_to_its_entry() -> None:
    assert entries(SERVER) == ["line 1", "line 2-7", "line 8"]


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-03-01T10:00:0{}Z", "[01/Mar/2026:10:00:0{} +0000]", "Mar  1 10:00:0{} host app[7]:",
        "10:00:0{}.120", "INFO 2026/03/01", '{{"level": "info", "time": "2026-03-01T10:00:0{}Z"',
        "177235920{}.5", "127.0.0.1 - - [01/Mar/2026:10:00:0{}]", "03-01-26 10:00",
    ],
)  # fmt: skip
def test_an_entry_begins_with_its_time_in_many_forms(stamp: str) -> None:
    text = "".join(f"{stamp.format(n)} event {n}\nits detail\n" for n in range(3))
    assert entries(text) == ["line 1-2", "line 3-4", "line 5-6"]


def test_without_times_each_line_that_is_not_indented_is_an_entry() -> None:
    trace = "  at b.java:3\nCaused by: c\n  at d\njava.io.IOException: e\n"
    text = f"ERROR in a\n{trace}\nWARN f\nINFO g\n"
    assert entries(text) == ["line 1-5", "line 7", "line 8"]


def test_an_entry_without_end_is_cut() -> None:
    text = "2026-03-01 10:00 dump\n" + "  more of it\n" * 500
    assert entries(text) == ["line 1-200", "line 201-400", "line 401-501"]


def test_the_answer_is_the_entry_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text(SERVER)
    reply = searcher(read_folder(tmp_path)).reply("why did the request fail")
    assert isinstance(reply, Answer)
    assert reply.excerpts[0].quote == "\n".join(SERVER.split("\n")[1:7])
    assert str(reply.excerpts[0].passage.locator) == "line 2-7"


@pytest.mark.parametrize("text", ["\u0081\u0082", "----\n====\n"])
def test_a_log_without_words_is_told_so(text: str) -> None:
    with pytest.raises(DocumentError, match="It holds no words"):
        read("a.log", text.encode())
