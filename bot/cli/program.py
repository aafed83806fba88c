"""The program: a command line in, an exit code out; a person never sees a traceback."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import structlog

from bot.cli.arguments import PROGRAM, parse
from bot.cli.execution import execute
from bot.cli.exit_codes import FAULT, INTERRUPTED, OK, TERMINATED, UNUSABLE
from bot.core.errors import SourcesSayError, StreamError
from bot.platforms.streams import Output, OutputClosed
from bot.processes.child import exit_now
from bot.processes.resource_limits import raise_file_limit

_log = structlog.stdlib.get_logger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out the command line `argv` (by default that of the process); returns the exit code."""
    raise_file_limit()
    try:
        return run_until_signal(execute(parse(sys.argv[1:] if argv is None else argv)))
    except SystemExit as end:  # argparse has printed the help or the version
        return end.code if isinstance(end.code, int) else OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except OutputClosed:
        _abandon_output()
        return OK
    except SourcesSayError as fault:
        if isinstance(fault, StreamError):
            _abandon_output()
        _complain(str(fault))
        return UNUSABLE
    except Exception as fault:  # noqa: BLE001 - every fault becomes a sentence
        _log.debug("fault", exc_info=fault)
        _complain(
            f"A fault of this program ended it ({type(fault).__name__}): please report it, with"
            f" what {PROGRAM} --log-level debug says of it."
        )
        return FAULT


def run_until_signal(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` in an event loop of its own; returns its result, the exit code.

    Ctrl-C and SIGTERM cancel it, so that it can clean up. Then the process ends at once, even
    if a thread is still reading a file.
    """
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        try:
            return runner.run(_until_terminated(work, loop))
        except KeyboardInterrupt:
            _exit_at_once(INTERRUPTED)
        except asyncio.CancelledError:
            _exit_at_once(TERMINATED)


async def _until_terminated(work: Coroutine[Any, Any, int], loop: asyncio.AbstractEventLoop) -> int:
    task = asyncio.current_task()
    if task is not None:
        # Windows has no such handlers, and they work in the main thread only.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def _exit_at_once(code: int) -> NoReturn:
    """Flush the streams and end the process, without waiting for its threads."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    exit_now(code)


def _complain(sentence: str) -> None:
    with suppress(OutputClosed, StreamError):
        Output(sys.stderr).write(sentence + "\n")


def _abandon_output() -> None:
    """Point standard output at the null device, so that the interpreter's last flush succeeds."""
    with suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
