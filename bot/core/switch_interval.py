"""Shorter turns of the interpreter while something is computed besides questions.

Python runs one thread at a time, and one that wants a turn waits for up to five milliseconds
until the one that computes gives it up. A question gives its turn up hundreds of times, at
nearly each call that NumPy computes without the interpreter: beside a thread that loads
documents it took a quarter of a second in place of five milliseconds. With short turns it
takes some forty milliseconds, and what is computed besides takes as long as before.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SHORT_SECONDS = 0.0001

_lock = threading.Lock()
_inside = 0
_usual = sys.getswitchinterval()


@contextmanager
def short_turns() -> Iterator[None]:
    """While the body runs, in whichever threads it does, all threads have short turns."""
    global _inside, _usual  # noqa: PLW0603 - the interpreter has one interval for all threads
    with _lock:
        if not _inside:
            _usual = sys.getswitchinterval()
            sys.setswitchinterval(min(_usual, SHORT_SECONDS))
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                sys.setswitchinterval(_usual)
