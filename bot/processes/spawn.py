"""Start a module of this program in a child process.

The child reads frames from standard input and writes frames to standard output. `-P` keeps the
working directory off its module path; a session of its own keeps Ctrl-C away from it.
"""

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import Process
from pathlib import Path

_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")


def child_environment() -> dict[str, str]:
    """The environment of a child: a short list of variables, so that no secret is among them."""
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    return environment


def spawn(module: str) -> subprocess.Popen[bytes]:
    """A child that runs `module`, for use from threads; raises `OSError`."""
    return subprocess.Popen(  # noqa: S603 - a module of this program, by its interpreter
        _command(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        start_new_session=True,
    )


async def spawn_async(module: str) -> Process:
    """A child that runs `module`, for use on the event loop; raises `OSError`."""
    return await asyncio.create_subprocess_exec(
        *_command(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        start_new_session=True,
    )


def _command(module: str) -> list[str]:
    return [sys.executable, "-P", "-m", module]
