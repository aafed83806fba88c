"""Rate limits of people and rooms, and the queue of questions that wait for an answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from cachetools import LRUCache

from bot.chat.rendering.blocks import Block, notice_block
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice

REMEMBERED = 10_000
"""People, and rooms, whose questions are counted; the least recently used are dropped."""

LONGEST_WAIT = 10.0
"""Seconds. A question that would wait longer is refused: to refuse a few at once is better than
to answer everybody after half a minute."""

_SMOOTHING = 0.1
"""The weight of the newest answer in the moving average of the seconds that answers take."""


class Turn(AbstractAsyncContextManager[None]):
    """A place in the queue, taken already; the `async with` body is the answering."""

    def __init__(self, queue: _Queue) -> None:
        self._queue = queue
        self._began: float | None = None
        self._seconds = 0.0
        queue.waiting += 1

    async def __aenter__(self) -> None:
        """Wait for the turn."""
        try:
            await self._queue.turns.acquire()
        finally:
            self._queue.waiting -= 1
        self._begin()

    async def __aexit__(self, *_: object) -> None:
        """Give the turn to the next one."""
        # A question that is cancelled in a pause has no turn.
        if self._began is not None:
            self._end(self._began)
        self._queue.note(self._seconds)

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        """Give the turn to others while the body waits for something outside of this program.

        Then wait for a turn again, unless the question is cancelled. The time of the pause is none
        of the answering.
        """
        if self._began is None:
            raise ValueError("there is no turn to pause")
        self._end(self._began)
        self._queue.paused += 1
        is_cancelled = False
        try:
            yield
        except asyncio.CancelledError:
            is_cancelled = True
            raise
        finally:
            self._queue.paused -= 1
            if not is_cancelled:
                await self._queue.turns.acquire()
                self._begin()

    def _begin(self) -> None:
        self._queue.busy += 1
        self._began = self._queue.clock()

    def _end(self, began: float) -> None:
        self._seconds += max(self._queue.clock() - began, 0.0)
        self._began = None
        self._queue.busy -= 1
        self._queue.turns.release()


class _Queue:
    """The questions that wait, are answered, or have given their turn back for a while."""

    def __init__(self, at_once: int, waiting: int, clock: Callable[[], float]) -> None:
        self.turns = asyncio.Semaphore(at_once)
        self.clock = clock
        self.busy = self.waiting = self.paused = 0
        self._capacity = at_once + waiting
        self._at_once = at_once
        self._answer_seconds = 0.0

    @property
    def is_full(self) -> bool:
        """Whether it is full, or the next question would wait too long."""
        count = self.busy + self.waiting
        wait = count * self._answer_seconds / self._at_once
        return count + self.paused >= self._capacity or wait > LONGEST_WAIT

    def note(self, seconds: float) -> None:
        """Note the time that an answer took."""
        self._answer_seconds += _SMOOTHING * (seconds - self._answer_seconds)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The question is admitted; it waits for its `turn`, or is answered at once without one."""

    turn: Turn | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TooMany:
    """A person or a room exceeded its rate limit; after `retry_seconds` one more fits.

    `already_told` is whether they had this refusal already within the window.
    """

    already_told: bool
    retry_seconds: int


@dataclass(frozen=True, slots=True)
class QueueFull:
    """The queue is full, or this question would wait too long.

    `already_told` is whether the room had this refusal already within the window.
    """

    already_told: bool


Admission = Admitted | TooMany | QueueFull
"""The closed type of decisions on a question."""


class RateLimiter:
    """Counts questions in sliding windows, and queues those that it admits.

    Within any `seconds` it admits `per_person` questions of one person and `per_room` in one
    room. `waiting` questions may wait while `at_once` are answered; fewer if answers have
    become so slow that the last one would wait more than `LONGEST_WAIT`. An exponential moving
    average predicts the wait: from zero, answers of 1, 1 and 3 seconds make it 0.1, 0.19 and
    0.471. `clock` is monotonic. Ids are those of one platform.
    """

    def __init__(
        self,
        per_person: int,
        per_room: int,
        seconds: float,
        waiting: int,
        at_once: int,
        clock: Callable[[], float],
    ) -> None:
        self._per_person, self._per_room, self._seconds = per_person, per_room, seconds
        self._people: LRUCache[str, _Window] = LRUCache(REMEMBERED)
        self._rooms: LRUCache[str, _Window] = LRUCache(REMEMBERED)
        self._queue = _Queue(at_once, waiting, clock)
        self._clock = clock

    @property
    def waiting(self) -> int:
        """The number of questions that wait for their turn."""
        return self._queue.waiting

    @property
    def is_full(self) -> bool:
        """Whether the queue is full, or the next question would wait too long."""
        return self._queue.is_full

    def admit(self, person: str, room: str, *, waits: bool = True) -> Admission:
        """Admit or refuse a question; only admitted ones count for the rate limits.

        An admitted question has a place in the queue from now on, unless it `waits` for no
        turn because its reply is cached; then the length of the queue does not matter.
        """
        now = self._clock()
        of_person = self._people.setdefault(person, _Window(self._per_person, self._seconds))
        of_room = self._rooms.setdefault(room, _Window(self._per_room, self._seconds))
        # Check both windows before counting: a refusal by the room must not cost a person's share.
        for window in (of_person, of_room):
            if retry := window.retry_seconds(now):
                return TooMany(window.refuse(now), retry)
        if waits and self.is_full:
            return QueueFull(of_room.refuse(now))
        of_person.admitted.append(now)
        of_room.admitted.append(now)
        return self.admit_again() if waits else Admitted()

    def admit_again(self) -> Admitted:
        """The admission of a question that was admitted before, such as before a restart."""
        return Admitted(self.turn())

    def turn(self) -> Turn:
        """A place in the queue for what is counted elsewhere."""
        return Turn(self._queue)


class _Window:
    """The times of the last `most` questions of one person or room, and of a refusal."""

    def __init__(self, most: int, seconds: float) -> None:
        self._seconds = seconds
        self._refused_at: float | None = None
        self.admitted: deque[float] = deque(maxlen=most)

    def retry_seconds(self, now: float) -> int:
        """Whole seconds until one more question fits; 0 if it fits now."""
        if len(self.admitted) < (self.admitted.maxlen or 0):
            return 0
        wait = self._seconds - (now - self.admitted[0])
        # No longer than the window, even if the clock goes back.
        return int(min(wait, self._seconds)) + 1 if wait > 0 else 0

    def refuse(self, now: float) -> bool:
        """Record a refusal; returns whether there was one within the window already."""
        if self._refused_at is not None and now - self._refused_at < self._seconds:
            return True
        self._refused_at = now
        return False


def refusal_blocks(refused: TooMany | QueueFull) -> tuple[Block, ...]:
    """The reason for a refusal; no blocks if it was sent before."""
    if refused.already_told:
        return ()
    if isinstance(refused, QueueFull):
        return (notice_block(notice(Text.TOO_BUSY)),)
    return (notice_block(notice(Text.TOO_FAST, seconds=refused.retry_seconds)),)
