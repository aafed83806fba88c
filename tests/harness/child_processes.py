"""Child processes as the system shows them, and programs that pose as one."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest

from bot.processes.frames import encode, write_frame

_PYTHON = sys.executable

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")


def child_pids(module: str, parent: int | None = None) -> list[int]:
    """The children of this process, or of `parent`, that run `module`."""
    pids = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                # The name of a program may hold a bracket; the fields follow the last one.
                stat = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                arguments = (folder / "cmdline").read_bytes().split(b"\0")
                if int(stat[1]) == (parent or os.getpid()) and module.encode() in arguments:
                    pids.append(int(folder.name))
    return pids


def is_running(pid: int) -> bool:
    """Whether the process is there and is no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Return once the condition holds; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def framed_message(message: object) -> bytes:
    """A message of a child, as it crosses."""
    stream = BytesIO()
    write_frame(stream, encode(message))
    return stream.getvalue()


def replace_interpreter(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Let children run a Python script in place of their module."""
    program = folder / "interpreter"
    program.write_text(f"#!{_PYTHON}\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
