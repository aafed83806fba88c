"""Bounded queue of work for a few threads, which refuses what would wait too long.

Python runs one thread at a time, so a second computing thread answers nobody sooner: it only
takes time from the event loop (measured in docs/benchmarks.md). An unbounded queue answers
everybody too late; one that refuses some answers the others soon.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from bot.core.errors import BusyError

Result = TypeVar("Result")

LONGEST_WAIT = 10.0
"""Seconds. A task that would wait longer is refused: to refuse a few at once is better than to
answer everybody after half a minute."""

_SMOOTHING = 0.1
"""The weight of the newest task in the moving average."""


class WaitEstimate:
    """Exponential moving average of the seconds that a task takes, to predict a wait.

    It starts at zero. With a weight of 0.1, tasks of 1, 1 and 3 seconds make it 0.1, 0.19 and
    0.471.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def note(self, seconds: float) -> None:
        """Record that a task took so long."""
        self.seconds += _SMOOTHING * (seconds - self.seconds)

    def is_too_long(self, before: int, at_once: int) -> bool:
        """Whether a task behind `before` others, `at_once` in parallel, would wait too long."""
        return before * self.seconds / at_once > LONGEST_WAIT


class ThreadQueue:
    """A pool of `threads` threads and a first-in-first-out queue of at most `waiting` tasks.

    `clock` returns monotonic seconds. Threads start with the first task and end when this
    object is deleted.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        waiting: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._threads = threads
        self._capacity = threads + waiting
        self._estimate = WaitEstimate()
        self._clock = clock
        self._pending = 0
        self._lock = threading.Lock()

    @property
    def pending(self) -> int:
        """The number of tasks that run or wait."""
        return self._pending

    def admit(self) -> None:
        """Raise `BusyError` if the queue is full, or a new task would wait too long.

        A task that finds the queue empty is always admitted.
        """
        pending = self._pending
        if pending >= self._capacity or self._estimate.is_too_long(pending, self._threads):
            raise BusyError("As many questions wait as may: ask again in a minute.")

    async def run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """The result of `work`, computed in a thread; never refused (see `admit`).

        Cancelling the caller removes a task that has not begun from the queue.
        """
        with self._lock:
            self._pending += 1
        future = self._pool.submit(self._timed, work, *arguments)
        future.add_done_callback(self._finished)
        return await asyncio.wrap_future(future)

    def _timed(self, work: Callable[..., Result], *arguments: Any) -> Result:
        started = self._clock()
        try:
            return work(*arguments)
        finally:
            self._estimate.note(self._clock() - started)

    def _finished(self, _future: Future[Any]) -> None:
        # Called in a thread of the pool, or on the event loop for a cancelled task.
        with self._lock:
            self._pending -= 1
