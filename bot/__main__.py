"""Entry point. It imports the program inside `main`, where an import error or Ctrl-C is caught."""

from __future__ import annotations

import sys
from collections.abc import Sequence

UNUSABLE, INTERRUPTED = 2, 130
"""Exit codes: this Python cannot run the program; ended by Ctrl-C."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out the command line `argv` (by default that of the process); returns the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it may be started with an older Python
        return _unusable(f"This is Python {sys.version.split()[0]}, and 3.11 or newer is needed")
    try:
        # Importing takes a second, during which Ctrl-C may be pressed.
        from bot.cli.program import main as program  # noqa: PLC0415
    except ModuleNotFoundError as fault:
        if (fault.name or "bot").split(".")[0] == "bot":
            raise
        return _unusable(f"The package {fault.name} is not installed for this Python")
    except KeyboardInterrupt:
        return INTERRUPTED
    try:
        return program(argv)
    except KeyboardInterrupt:
        return INTERRUPTED


def _unusable(reason: str) -> int:
    sys.stderr.write(
        f"{reason}: run ./sources-say instead, which sets up what is needed and does the same.\n"
    )
    return UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
