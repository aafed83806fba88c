"""A child process and its parent: whatever the child does, the parent knows how it ended."""

import errno
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.processes.child import ChildExit, ChildProcess
from bot.processes.frames import decode, encode
from tests.harness.child_processes import (
    child_pids,
    is_running,
    needs_proc,
    replace_interpreter,
    wait_until,
)

MODULE = "tests.harness.obedient_child"
MEGABYTE = 1_000_000
pytestmark = [needs_proc, pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")]


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    child = ChildProcess(MODULE)
    yield child
    child.close()


def ask(child: ChildProcess, *message: Any, seconds: float = 60, max_bytes: int = MEGABYTE) -> Any:
    """The message of the child, or its `ChildExit`."""
    reply = child.request(encode(list(message)), seconds=seconds, max_bytes=max_bytes)
    return reply if isinstance(reply, ChildExit) else decode(reply)


def test_a_child_answers_request_after_request(child: ChildProcess) -> None:
    for value in ("rain", {"a": [1, None]}, "\ud83d", "x" * 900_000):
        assert ask(child, "echo", value) == value
    assert ask(child, "nice") == min(os.nice(0) + 2, 19)


def test_a_reply_may_have_several_frames(child: ChildProcess) -> None:
    assert ask(child, "count", 3) == 0
    assert [child.request(seconds=60, max_bytes=9) for _ in range(2)] == [b"1", b"2"]


def test_what_libraries_print_does_not_reach_the_frames(child: ChildProcess) -> None:
    assert ask(child, "print", "nonsense") == "printed"
    assert ask(child, "echo", 1) == 1


def test_a_silent_child_is_killed_at_the_time_limit(child: ChildProcess) -> None:
    started = time.monotonic()
    ended = ask(child, "sleep", 600, seconds=0.5)
    assert isinstance(ended, ChildExit)
    assert ended.timed_out
    assert ended.code == -signal.SIGKILL
    assert time.monotonic() - started < 30
    assert child_pids(MODULE) == []


def test_a_child_that_does_not_read_is_killed_at_the_time_limit(child: ChildProcess) -> None:
    ask(child, "echo", 1)
    bodies = [encode(["sleep", 600]), b"x" * (9 * MEGABYTE)]
    ended = child.request(*bodies, seconds=0.5, max_bytes=9)
    assert isinstance(ended, ChildExit)
    assert ended.timed_out


def test_a_child_that_crashes_tells_by_its_exit_code(child: ChildProcess) -> None:
    ended = ask(child, "signal")
    assert isinstance(ended, ChildExit)
    assert (ended.timed_out, ended.code) == (False, -signal.SIGSEGV)
    assert ask(child, "echo", 1) == ended
    assert child.close() == ended


def test_a_reply_that_is_too_long_ends_the_child(child: ChildProcess) -> None:
    assert isinstance(ask(child, "echo", "x" * 100, max_bytes=50), ChildExit)
    assert child_pids(MODULE) == []


def test_the_memory_that_a_child_held_is_known(child: ChildProcess) -> None:
    # Linux begins to count with what this process held when it started the child.
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024 // MEGABYTE + 100
    assert ask(child, "hold", held) == held * MEGABYTE
    assert held * MEGABYTE < child.close().peak_bytes < (held + 200) * MEGABYTE


def test_less_memory_than_its_parent_held_is_not_known(child: ChildProcess) -> None:
    assert ask(child, "hold", 1) == MEGABYTE
    assert child.close().peak_bytes == 0


def test_memory_time_and_files_are_limited(child: ChildProcess) -> None:
    assert ask(child, "limit", 100) == "no memory"
    assert ask(child, "write") == os.strerror(errno.EFBIG)
    ended = ask(child, "spin", 0)
    assert isinstance(ended, ChildExit)
    assert (ended.timed_out, ended.code) == (False, -signal.SIGXCPU)


def test_the_process_group_ends_with_the_child(child: ChildProcess) -> None:
    pid = ask(child, "start")
    assert is_running(pid)
    child.close()
    wait_until(lambda: not is_running(pid))


def test_a_process_that_left_the_group_and_holds_the_pipe_holds_up_nobody(
    child: ChildProcess,
) -> None:
    pid = ask(child, "escape")
    try:
        ended = ask(child, "sleep", 600, seconds=0.2)
        assert isinstance(ended, ChildExit)
        assert ended.timed_out
        child.close()
    finally:
        os.kill(pid, signal.SIGKILL)


def test_a_child_can_be_killed_while_a_thread_waits_for_it(child: ChildProcess) -> None:
    ended: list[Any] = []
    thread = threading.Thread(target=lambda: ended.append(ask(child, "sleep", 600)))
    thread.start()
    wait_until(lambda: child_pids(MODULE))
    child.kill()
    thread.join(30)
    assert [type(each) for each in ended] == [ChildExit]


def test_a_child_that_cannot_be_started_raises_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FileNotFoundError):
        ChildProcess(MODULE)


@pytest.mark.parametrize("sent", [b"", b"\x05\0\0\0ab", b"\xff" * 100, b"\x01\0\0"])
def test_bytes_that_are_no_frame_end_the_child(
    sent: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    replace_interpreter(
        monkeypatch, tmp_path, f"import sys; sys.stdout.buffer.write({sent!r}); sys.exit(3)"
    )
    child = ChildProcess(MODULE)
    ended = ask(child, "echo", 1)
    assert isinstance(ended, ChildExit)
    assert not ended.timed_out


@pytest.mark.parametrize("message", [["echo", 1], ["sleep", 600]])
@pytest.mark.parametrize("how", ["os.kill(os.getpid(), 9)", "exit_now(9)", "sys.exit(9)"])
def test_children_end_however_their_parent_ends(
    message: list[Any], how: str, project_root: Path
) -> None:
    program = f"""
import os, sys, threading
from bot.processes.child import ChildProcess, exit_now
from bot.processes.frames import encode
child = ChildProcess({MODULE!r})
child.request(encode(["echo", 1]), seconds=60, max_bytes=9)
wait = lambda: child.request(encode({message!r}), seconds=60, max_bytes=9)
threading.Thread(target=wait, daemon=True).start()
print("ready", flush=True)
sys.stdin.readline()
{how}
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=project_root,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdout.readline()
        (pid,) = child_pids(MODULE, parent.pid)
        parent.stdin.close()
        assert abs(parent.wait(60)) == 9
    wait_until(lambda: not is_running(pid))
