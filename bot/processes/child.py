"""A supervised child process, both ends: the parent sends frames, the child answers them.

`ChildProcess` is the parent's end, for use from threads. It kills a child that is silent for
too long or sends what is no frame. `ParentChannel` is the child's end. It ends the child when
the parent is gone, however the parent ended and whatever the child is doing.
"""

from __future__ import annotations

import atexit
import os
import resource
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from bot.processes.frames import read_frame, write_frame

_PIPE_SECONDS = 5.0
"""Longest wait for the pipes of a child that was killed to end."""

_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
"""The variables that a child inherits: a short list, so that no secret is among them."""

_children: set[ChildProcess] = set()


@dataclass(frozen=True, slots=True)
class ChildExit:
    """How a child ended: the outcome of a request that has no reply."""

    timed_out: bool
    code: int
    """The exit code; that of a child ended by a signal is its negative number."""
    peak_bytes: int
    """The most memory it held; 0 if not known, as on Linux where its parent held more."""


class ChildProcess:
    """The parent's end of a child. One thread at a time may call `request`; any may `close`."""

    def __init__(self, module: str) -> None:
        """Start a child that runs `module`; raises `OSError`.

        `-P` keeps the working directory off its module path; a session of its own keeps Ctrl-C
        away from it.
        """
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
        self._process = subprocess.Popen(  # noqa: S603 - a module of this program
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        self._stdin = cast("BinaryIO", self._process.stdin)
        self._stdout = cast("BinaryIO", self._process.stdout)
        self._reaping = threading.Lock()
        self._timed_out = False
        self._exchange: threading.Thread | None = None
        self._peak_bytes = 0
        _children.add(self)

    def request(self, *bodies: bytes, seconds: float, max_bytes: int) -> bytes | ChildExit:
        """Send a frame for each body and return the body of the next frame of the child.

        Without bodies it reads on, for replies of several frames. A child that takes more than
        `seconds` or sends more than `max_bytes` is killed, and how it ended is returned.
        """
        replies: list[bytes] = []
        arguments = (bodies, max_bytes, replies)
        self._exchange = threading.Thread(target=self._transfer, args=arguments, daemon=True)
        self._exchange.start()
        self._exchange.join(seconds)
        if self._exchange.is_alive():
            self._timed_out = True
            self.kill()
            # A process that the child moved to another group may hold the pipe open for ever.
            # Then the thread is left to wait for it alone.
            self._exchange.join(_PIPE_SECONDS)
        return replies[0] if replies and not self._timed_out else self.close()

    def _transfer(self, bodies: Sequence[bytes], max_bytes: int, replies: list[bytes]) -> None:
        # The way the child ended, which close() returns, says more than the broken pipe.
        with suppress(OSError, EOFError, ValueError):
            for body in bodies:
                write_frame(self._stdin, body)
            replies.append(read_frame(self._stdout, max_bytes))
        if self._process.returncode is not None:
            self._close_pipes()

    def close(self) -> ChildExit:
        """Kill the child, wait for its end, close the pipes; may be called again."""
        self.kill()
        if self._exchange is None or not self._exchange.is_alive():
            self._close_pipes()
        return ChildExit(self._timed_out, self._process.wait(), self._peak_bytes)

    def _close_pipes(self) -> None:
        for stream in (self._stdin, self._stdout):
            with suppress(OSError):
                stream.close()

    def kill(self) -> None:
        """Kill the child with its process group and wait for its end, but leave the pipes.

        A thread that reads them meanwhile finds their end.
        """
        with self._reaping:
            if self._process.returncode is None:
                self._kill_and_reap()
        _children.discard(self)

    def _kill_and_reap(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS forbids it for dead groups
            os.killpg(self._process.pid, signal.SIGKILL)
        # Popen.wait() would lose the resource usage that wait4() returns.
        with suppress(ChildProcessError):
            _, status, usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            # Linux begins to count with what this process held when it started the child.
            inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            if usage.ru_maxrss > inherited:
                self._peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1_024)


@atexit.register
def kill_children() -> None:
    """Kill all children of this process; it runs by itself at an orderly exit."""
    for child in list(_children):
        child.close()


def exit_now(code: int) -> NoReturn:
    """End this process and its children at once, whatever its threads are doing."""
    kill_children()
    os._exit(code)


class ParentChannel:
    """The child's end, over standard input and output; any thread may send."""

    def __init__(self, nice: int = 0) -> None:
        """Take over the two pipes, and stand back by `nice` behind other processes."""
        self._requests = sys.stdin.buffer
        self._replies = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # libraries may print, but not into the frames
        self._sending = threading.Lock()
        os.nice(nice)
        threading.Thread(target=_exit_with_parent, daemon=True).start()

    def receive(self, max_bytes: int) -> bytes:
        """The body of the next frame; ends this process if the parent is gone."""
        try:
            return read_frame(self._requests, max_bytes)
        except EOFError:
            exit_now(0)

    def send(self, body: bytes) -> None:
        """Send one frame."""
        with self._sending:
            write_frame(self._replies, body)


def _exit_with_parent() -> None:
    """Wait until the other end of standard input is closed, without reading from it."""
    hang_up = select.poll()
    hang_up.register(0, 0)
    hang_up.poll()
    exit_now(1)
