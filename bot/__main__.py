"""The program's entrance; everything else is imported where Ctrl-C cannot show a trace."""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""The exit code after Ctrl-C."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what `argv` asks for (the process's own by default) and give its exit code."""
    try:
        # Importing takes a second, in which people press Ctrl-C too.
        from bot.cli.program import main as program  # noqa: PLC0415

        return program(argv)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
