"""The keyboard of a terminal while a command is busy."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

if sys.platform != "win32":
    import termios


@contextmanager
def without_echo() -> Iterator[None]:
    """Keep keys that are typed off the screen while the body runs; the next reader gets them.

    Without effect where standard input is no terminal of this process, and on Windows.
    """
    descriptor = _terminal()
    if descriptor is None:
        yield
        return
    before = termios.tcgetattr(descriptor)
    quiet = [*before]
    quiet[3] = before[3] & ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSANOW, before)


def _terminal() -> int | None:
    """The descriptor of standard input, if it is a terminal that this process may change."""
    if sys.platform == "win32":
        return None
    # AttributeError: the stream was never open. A process in the background would be stopped.
    with suppress(OSError, ValueError, AttributeError):
        descriptor = sys.stdin.fileno()
        if os.isatty(descriptor) and os.tcgetpgrp(descriptor) == os.getpgrp():
            return descriptor
    return None
