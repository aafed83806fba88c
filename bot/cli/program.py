"""The whole program: a command line in, an exit code out, never a trace."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import structlog

from bot.cli.arguments import PROGRAM, parse
from bot.cli.dispatch import INTERRUPTED, OK, perform, run_to_end
from bot.core.errors import SourcesSayError, StreamError
from bot.platforms.streams import Output, OutputClosed

UNUSABLE, FAULT = 2, 70
"""Exit codes: bad usage, settings or corpus; a fault of this program."""

_log = structlog.stdlib.get_logger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Do what `argv` asks for (the process's own by default) and give its exit code.

    0 all is well, 1 `check` found problems, 2 command line, settings or corpus cannot be
    used, 70 a fault of this program, 130 and 143 ended by Ctrl-C and SIGTERM.
    """
    try:
        return _main(sys.argv[1:] if argv is None else argv)
    except OutputClosed:
        _let_go_of_output()
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED


def _main(argv: Sequence[str]) -> int:
    try:
        return run_to_end(perform(parse(argv)))
    except SystemExit as end:  # argparse has printed its help, or the version
        return end.code if isinstance(end.code, int) else OK
    except SourcesSayError as fault:
        if isinstance(fault, StreamError):
            _let_go_of_output()
        _complain(str(fault))
        return UNUSABLE
    except OutputClosed:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it was, a person gets a sentence
        _log.debug("fault", exc_info=fault)
        _complain(
            f"A fault of this program ended it ({type(fault).__name__}): please report it, with"
            f" what {PROGRAM} --log-level debug says of it."
        )
        return FAULT


def _complain(sentence: str) -> None:
    with suppress(OutputClosed, StreamError):
        Output(sys.stderr).write(sentence + "\n")


def _let_go_of_output() -> None:
    """Nothing more can be written there, and the interpreter's own end must not try."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
