"""The program at a pseudo-terminal, with keys typed and the screen read."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 60.0
"""The longest wait for something on the screen."""

_SEQUENCES = re.compile(r"\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)|\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


@dataclass
class TerminalProgram:
    """A program at a terminal; `shown` is all that it wrote, with its escape sequences."""

    process: subprocess.Popen[bytes]
    keyboard: int
    shown: str = field(default="")

    def type(self, keys: str) -> None:
        """Type these keys."""
        os.write(self.keyboard, keys.encode())

    def wait_for(self, text: str, start: int = 0) -> str:
        """All that was written, without sequences, as soon as `text` is there from `start` on."""
        deadline = time.monotonic() + SECONDS
        while text not in (plain := _SEQUENCES.sub("", self.shown))[start:]:
            if time.monotonic() > deadline:
                raise AssertionError(f"{text!r} never came; there is {plain!r}")
            self._read()
        return plain

    def settle(self) -> int:
        """Wait until nothing more is written; how much there is then, without sequences."""
        length = -1
        while length != len(self.shown):
            length = len(self.shown)
            self._read()
        return len(_SEQUENCES.sub("", self.shown))

    def wait_for_end(self) -> int:
        """The exit code, once the program has ended."""
        while self._read():
            pass
        return self.process.wait(SECONDS)

    def _read(self) -> bool:
        if select.select([self.keyboard], [], [], 0.2)[0]:
            try:
                data = os.read(self.keyboard, 65_536)
            except OSError:  # the other end is closed
                return False
            self.shown += data.decode("utf-8", "replace")
            # The prompt asks for the place of its cursor.
            for _ in range(data.count(b"\x1b[6n")):
                os.write(self.keyboard, b"\x1b[1;1R")
        return True


@contextmanager
def at_terminal(
    folder: Path, root: Path, *arguments: str, lines: int = 40, columns: int = 80, **env: str
) -> Iterator[TerminalProgram]:
    """The program in `folder`, at a terminal of that size; ended in the end."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    environment = {**os.environ, "PYTHONPATH": str(root), "TERM": "xterm-256color", **env}
    for name in ("COLUMNS", "LINES", "NO_COLOR", "LESS"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment,
        stdin=there,
        stdout=there,
        stderr=there,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - the test has no other threads
    )
    os.close(there)
    try:
        yield TerminalProgram(process, here)
    finally:
        process.kill()
        process.wait()
        os.close(here)


def _take_terminal() -> None:
    """Make standard input the terminal that controls this process."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
