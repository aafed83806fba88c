"""What a process of our own is started with."""

from __future__ import annotations

import os
from pathlib import Path

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")


def child_environment() -> dict[str, str]:
    """The environment of a process that runs a part of this program.

    No secret of ours is in it, and no module is taken from where we are.
    """
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    return environment
