"""Inbox of a platform: a durable job queue with one lock a message and supervised tasks.

An event is stored as a pending job before its work begins (`take`). The work runs in a task
that holds the lock of the message concerned (`start`). Then the job is finished, or stays
pending for the next start (`settle`). So a crash loses no question, and no question is
answered twice.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, cast
from weakref import WeakValueDictionary

from bot.chat.error_messages import error_notice
from bot.core.errors import StateError
from bot.state.jobs import Jobs
from bot.state.records import Job

Work = Callable[[], Awaitable[None]]

PATIENCE = 15.0
"""Seconds that a backlog waits for each of its jobs: one whose reply cannot be sent for an hour
must not hold up the others."""

_log = logging.getLogger(__name__)


class Disposition(Enum):
    """Decision about a job whose work raised an exception.

    RETRY: a later try may help, so the job stays pending until the next start. REJECT: the
    platform refused for good, or for too long. FAULT: the program has a bug; each start would
    fail again.
    """

    RETRY = auto()
    REJECT = auto()
    FAULT = auto()


@dataclass(eq=False)
class Inbox:
    """Jobs, locks and tasks of one platform; `disposition` decides about failed work."""

    platform: str
    jobs: Jobs
    disposition: Callable[[Exception], Disposition]
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _tasks: dict[asyncio.Task[Any], str | None] = field(default_factory=dict)
    _left_over: deque[Job] = field(default_factory=deque)

    async def take(self, room: str, event: str, payload: str, person: str) -> bool:
        """Store an event as a pending job; False where it was stored before. Raises StateError.

        A replay gets `payload` back; `person` is the sender, whose data may be deleted later.
        """
        now = datetime.now(UTC)
        return await self.jobs.take(self.platform, room, event, payload, now, person)

    async def note(self, room: str, event: str, payload: str, person: str) -> None:
        """Store an event as a job that is finished, so that it is never taken. Raises as `take`."""
        if await self.take(room, event, payload, person):
            await self._finish(event)

    async def settle(self, event: str, work: Work) -> None:
        """Run the work of a job, and finish it unless a later try may help. Raises as `work`."""
        try:
            await work()
        except Exception as fault:
            if self.disposition(fault) is not Disposition.RETRY:
                await self._finish(event)
            raise
        await self._finish(event)

    async def _finish(self, event: str) -> None:
        try:
            await self.jobs.finish(self.platform, event)
        except StateError as fault:
            _log.error("a job could not be marked as finished: %s", fault)

    async def load(self) -> None:
        """Read the jobs of earlier runs, before this run takes any. Raises StateError."""
        self._left_over = deque(await self.jobs.pending(self.platform))

    async def replay(
        self, resume: Callable[[Job], asyncio.Task[None]], *, one_by_one: bool
    ) -> None:
        """Resume the loaded jobs, each once, in the order in which they were taken.

        `one_by_one` awaits each for a while before the next, so that a backlog does not fill the
        queue in which new questions wait. Without it no job holds up another.
        """
        while self._left_over:
            task = resume(self._left_over.popleft())
            if one_by_one:
                # wait(): cancelling the replay must not cancel the job.
                await asyncio.wait({task}, timeout=PATIENCE)

    def start(
        self, work: Work, description: str, *, key: str, room: str | None = None
    ) -> asyncio.Task[None]:
        """Run `work` in a supervised task under the lock of `key`.

        Tasks with one key run in the order of their start. A fault is logged with
        `description`, and disturbs no other task. `room` is the one in which the work makes a
        reply, if it does.
        """
        task = asyncio.create_task(self._supervise(work, description, self.lock(key)))
        self._tasks[task] = room
        task.add_done_callback(lambda done: self._tasks.pop(done, None))
        return task

    async def _supervise(self, work: Work, description: str, lock: asyncio.Lock) -> None:
        try:
            async with lock:
                await work()
        except Exception as fault:  # noqa: BLE001 - the one place that catches for all tasks
            match self.disposition(fault):
                case Disposition.RETRY:
                    _log.warning("%s failed for now: %s", description, fault)
                case Disposition.REJECT:
                    _log.warning("%s was refused: %s", description, fault)
                case Disposition.FAULT:
                    error_notice(fault, description)

    def lock(self, key: str) -> asyncio.Lock:
        """The lock of a message; it lives for as long as a task holds it or waits for it."""
        return self._locks.setdefault(key, asyncio.Lock())

    def is_locked(self, key: str) -> bool:
        """Whether a task holds the lock of a message, or waits for it."""
        return key in self._locks

    def replying_in(self, room: str) -> set[asyncio.Task[Any]]:
        """The tasks that make a reply in a room."""
        return {task for task, reply_room in self._tasks.items() if reply_room == room}

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Count the current task among those that `drain` waits for."""
        task = cast(asyncio.Task[Any], asyncio.current_task())
        self._tasks[task] = None
        try:
            yield
        finally:
            del self._tasks[task]

    async def idle(self) -> None:
        """Wait until no other task is at work."""
        while tasks := self._tasks.keys() - {asyncio.current_task()}:
            await asyncio.wait(tasks)

    async def drain(self, seconds: float = 3.0) -> None:
        """Wait for the running tasks, then cancel the rest; the jobs of these stay pending."""
        try:
            async with asyncio.timeout(seconds):
                await self.idle()
        except TimeoutError:
            for task in (tasks := self._tasks.keys() - {asyncio.current_task()}):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
