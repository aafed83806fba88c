"""Threads for one kind of work: few of them, and a queue that has an end.

Python runs one thread at a time, so a second thread that computes answers nobody sooner:
it only takes turns from the event loop, which then hears nobody. What is measured is in
docs/benchmarks.md. And a queue without end answers everyone too late, where one that says
"not now" answers those it lets in soon.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from bot.core.errors import BusyError

Outcome = TypeVar("Outcome")

LONGEST_WAIT = 10.0
"""Seconds. What would wait longer, as things go of late, is refused: a few who are told so
at once are better served than all of them after half a minute."""

_NEWEST = 0.1
"""What the newest piece of work counts in the mean of late."""


class WaitEstimate:
    """How many seconds a piece of work takes of late; nothing at first."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def note(self, seconds: float) -> None:
        """One more piece of work took so long."""
        self.seconds += _NEWEST * (seconds - self.seconds)

    def is_too_long(self, before: int, at_once: int) -> bool:
        """Whether what comes after `before` others would wait too long."""
        return before * self.seconds / at_once > LONGEST_WAIT


class ThreadQueue:
    """At most `threads` pieces of work at the same time, in the order they came.

    `waiting` pieces may wait for that. `clock` tells seconds that only go on. The threads
    are started when there is work, and end with this object.
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
        self._most_inside = threads + waiting
        self._pace = WaitEstimate()
        self._clock = clock
        self._inside = 0
        self._counting = threading.Lock()

    @property
    def inside(self) -> int:
        """Pieces of work that are done now, or wait."""
        return self._inside

    async def take(self, work: Callable[..., Outcome], *given: Any) -> Outcome:
        """What `work` gives; `BusyError` at once where `admit` raises it."""
        self.admit()
        return await self.run(work, *given)

    def admit(self) -> None:
        """`BusyError` where as much waits as may, or would wait too long as things go.

        Asked before anything is done. What finds nothing before it is always let in.
        """
        inside = self._inside
        if inside >= self._most_inside or self._pace.is_too_long(inside, self._threads):
            raise BusyError("As many questions wait as may: ask again in a minute.")

    async def run(self, work: Callable[..., Outcome], *given: Any) -> Outcome:
        """As `take`, for what belongs to a question that was let in: it is never refused.

        Whoever stops waiting takes out of the queue what is not begun yet.
        """
        with self._counting:
            self._inside += 1
        future = self._pool.submit(self._timed, work, *given)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _timed(self, work: Callable[..., Outcome], *given: Any) -> Outcome:
        started = self._clock()
        try:
            return work(*given)
        finally:
            self._pace.note(self._clock() - started)

    def _done(self, _future: Future[Any]) -> None:
        # In a thread of the pool, or in the loop's where it was cancelled.
        with self._counting:
            self._inside -= 1
