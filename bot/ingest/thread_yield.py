"""Turns for other threads while documents load: questions are answered meanwhile.

A thread that computes without end lets another run only after the interpreter's switch
interval, and then only if the system wakes that one in time. To rest for a moment is
surer; but a rest takes some 80 µs whatever its length, so that it is not for every line.
"""

from __future__ import annotations

import threading
import time

TURN_SECONDS = 0.002
"""How long a thread works at a stretch."""


class _Turns(threading.local):
    began = 0.0


_turns = _Turns()


def give_way() -> None:
    """Let other threads run, if this one has worked for a while since it last did."""
    now = time.monotonic()
    if now - _turns.began >= TURN_SECONDS:
        time.sleep(0)
        _turns.began = time.monotonic()
