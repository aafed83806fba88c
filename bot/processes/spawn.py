"""Start a module of this program in a child process.

The child reads frames from standard input and writes frames to standard output. `-P` keeps the
working directory off its module path; a session of its own keeps Ctrl-C away from it.
"""

import os
import subprocess
import sys
from pathlib import Path

_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")


def child_environment() -> dict[str, str]:
    """The environment of a child: a short list of variables, so that no secret is among them."""
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    return environment


def spawn(module: str) -> subprocess.Popen[bytes]:
    """A child that runs `module`; raises `OSError`."""
    return subprocess.Popen(  # noqa: S603 - a module of this program, by its interpreter
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        start_new_session=True,
    )
