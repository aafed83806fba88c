"""Deferred writing of the snapshot: the newest corpus is saved once changes have come to rest.

Writing a large corpus takes seconds of processor time, and nobody waits for it.
"""

import logging
import threading
import time
from collections.abc import Callable

QUIET_SECONDS = 10.0
"""Delay of a write after the last change."""

LONGEST_SECONDS = 60.0
"""Longest delay of a write after the first change that is not written yet."""

_log = logging.getLogger(__name__)


class SnapshotWriter:
    """Runs the newest scheduled write after a delay, in a daemon thread, one at a time.

    If the process ends before, the previous snapshot stays, which is older but valid.
    """

    def __init__(self, quiet: float = QUIET_SECONDS, longest: float = LONGEST_SECONDS) -> None:
        self._quiet, self._longest = quiet, longest
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._pending: Callable[[], object] | None = None
        self._deadline = 0.0
        self._timer: threading.Timer | None = None

    def schedule(self, write: Callable[[], object]) -> None:
        """Call `write` after the delay, unless a newer write replaces it before."""
        with self._lock:
            now = time.monotonic()
            if self._pending is None:
                self._deadline = now + self._longest
            self._pending = write
            self._start_timer(min(self._quiet, max(0.0, self._deadline - now)))

    def cancel(self) -> None:
        """Drop the scheduled write; one that is running is waited for."""
        with self._lock:
            self._pending = None
        with self._writing:
            pass

    def flush(self, timeout: float) -> bool:
        """Run the scheduled write now; returns whether it ended within `timeout` seconds."""
        with self._lock:
            timer = self._start_timer(0.0)
        timer.join(timeout)
        return not timer.is_alive()

    def _start_timer(self, seconds: float) -> threading.Timer:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._write)
        self._timer.daemon = True
        self._timer.start()
        return self._timer

    def _write(self) -> None:
        with self._writing:
            with self._lock:
                write, self._pending = self._pending, None
            if write is None:
                return
            try:
                write()
            except Exception as error:  # noqa: BLE001 - the older snapshot stays
                _log.error("the corpus was not kept for the next start", exc_info=error)
