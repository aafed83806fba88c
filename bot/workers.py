"""Threads for one kind of work: few of them, and a queue that has an end.

Python runs one thread at a time, so a second thread that computes answers nobody sooner:
it only takes turns from the event loop, which then hears nobody. What is measured is in
docs/benchmarks.md. And a queue without end answers everyone too late, where one that says
"not now" answers those it lets in soon.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from bot.core.errors import BusyError

Outcome = TypeVar("Outcome")


class Workers:
    """At most `threads` pieces of work at the same time, in the order they came.

    The threads are started when there is work, and end with this object.
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most_inside = threads + waiting
        self._inside = 0
        self._counting = threading.Lock()

    @property
    def inside(self) -> int:
        """Pieces of work that are done now, or wait."""
        return self._inside

    async def take(self, work: Callable[..., Outcome], *given: Any) -> Outcome:
        """What `work` gives; `BusyError` at once where as much waits as may."""
        self.admit()
        return await self.run(work, *given)

    def admit(self) -> None:
        """`BusyError` where as much waits as may; to know before anything is done."""
        if self._inside >= self._most_inside:
            raise BusyError("As many questions wait as may: ask again in a minute.")

    async def run(self, work: Callable[..., Outcome], *given: Any) -> Outcome:
        """As `take`, for what belongs to a question that was let in: it is never refused.

        Whoever stops waiting takes out of the queue what is not begun yet.
        """
        with self._counting:
            self._inside += 1
        future = self._pool.submit(work, *given)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, _future: Future[Any]) -> None:
        # In a thread of the pool, or in the loop's where it was cancelled.
        with self._counting:
            self._inside -= 1
