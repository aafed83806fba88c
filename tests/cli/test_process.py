"""The program as a process of its own: pipes, signals, streams that are closed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

TEXT = "The front gate closes at ten o'clock. The porter keeps the spare keys in his lodge.\n"
COMMAND = [sys.executable, "-m", "bot"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working directory with a corpus of its own."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "rules.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def environment(project_root: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(project_root), "PYTHONUTF8": "1"}


def test_a_pipe_is_answered_to_its_end(place: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        COMMAND,
        cwd=place,
        env=environment,
        input=b"Who keeps the spare keys?\nWh\xff?\n",
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "│ The front gate closes at ten o'clock. The porter" in done.stdout.decode()


@contextmanager
def started(
    place: Path, environment: dict[str, str], *arguments: str
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes], IO[bytes]]]:
    """The program at work: the process, and its input, output and errors; ended in the end."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=place,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        try:
            yield process, process.stdin, process.stdout, process.stderr
        finally:
            process.kill()


def test_each_reply_is_there_before_the_next_question_and_ctrl_c_ends_it(
    place: Path, environment: dict[str, str]
) -> None:
    with started(place, environment, "ask", "--jsonl") as (process, given, said, errors):
        for question in ("Who keeps the spare keys?", "When does the gate close?"):
            given.write(question.encode() + b"\n")
            assert json.loads(said.readline())["question"] == question
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert errors.read() == b""


def test_sigterm_ends_it_in_order(place: Path, environment: dict[str, str]) -> None:
    with started(place, environment) as (process, given, said, errors):
        given.write(b"Who keeps the spare keys?\n")
        assert said.readline()
        process.terminate()
        assert process.wait(60) == 143
        assert errors.read() == b""


@pytest.mark.parametrize("how", [">&-", "| true"])
def test_output_that_nobody_reads_is_a_quiet_end(
    place: Path, environment: dict[str, str], how: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m bot ask --jsonl {how}', sys.executable],
        cwd=place,
        env=environment,
        input=b"Who keeps the spare keys?\n" * 20,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
