"""Limits on questions: of one person, of one room, and on how many are answered at once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from cachetools import LRUCache
from pyrate_limiter import InMemoryBucket, Rate, RateItem

from bot.answering.queue import WaitEstimate
from bot.chat.rendering.blocks import Block, notice_block
from bot.chat.texts.catalogue import Text, notice

REMEMBERED = 10_000
"""People, and rooms, whose questions are counted; the least recently seen go first."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The question is taken, and waits for its `turn`; without one it is answered at once."""

    turn: Turn | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TooMany:
    """A person or a room asked too often; in `retry_seconds`, whole ones, one more fits.

    `told_before` where they were told so already, less than a window ago.
    """

    told_before: bool
    retry_seconds: int


@dataclass(frozen=True, slots=True)
class QueueFull:
    """As many questions wait as may, or this one would wait too long.

    `told_before` where the room was told so already.
    """

    told_before: bool


Admission = Admitted | TooMany | QueueFull
"""Whether a question is taken; a closed type."""


class RateLimiter:
    """Counts questions in sliding windows, and gives those it admits their turns.

    Within any `seconds` at most `per_person` questions of one person are taken, and
    `per_room` in one room; `waiting` may wait while `at_once` are being answered, fewer
    where answers take so long of late that the last would wait more than `LONGEST_WAIT`.
    `clock` tells seconds that only go on. Ids are those of one platform.
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
        if at_once < 1 or waiting < 0:
            raise ValueError("at least one question is answered at once, and none fewer wait")
        self._people = _Windows(per_person, seconds)
        self._rooms = _Windows(per_room, seconds)
        self._most_inside = at_once + waiting
        self._at_once = at_once
        self._line = _TurnQueue(at_once, clock)
        self._clock = clock
        self._latest = 0

    @property
    def waiting(self) -> int:
        """Questions that wait for their turn now."""
        return self._line.waiting

    @property
    def is_full(self) -> bool:
        """Whether as many questions wait as may, or the next would wait too long."""
        inside = self._line.busy + self._line.waiting
        return inside >= self._most_inside or self._line.pace.is_too_long(inside, self._at_once)

    def admit(self, person: str, room: str, *, waits: bool = True) -> Admission:
        """Whether a question is taken; only one that is counts for later ones.

        It stands in the queue from now on. One that `waits` for no turn, because its reply
        is at hand, is taken however many wait.
        """
        now = self._now()
        of_person, of_room = self._people.of(person), self._rooms.of(room)
        # Both are looked at before either counts: a busy room costs nobody their share.
        for window in (of_person, of_room):
            if retry := window.retry_milliseconds(now):
                return TooMany(window.tell(now), math.ceil(retry / 1_000))
        if waits and self.is_full:
            return QueueFull(of_room.tell(now))
        of_person.count(now)
        of_room.count(now)
        return self.admit_again() if waits else Admitted()

    def admit_again(self) -> Admitted:
        """The admission of a question that was taken before, such as before a restart."""
        return Admitted(Turn(self._line))

    def _now(self) -> int:
        """Milliseconds of the clock; never less than before, for windows are in order."""
        self._latest = max(self._latest, int(self._clock() * 1_000))
        return self._latest


class _TurnQueue:
    """How many questions wait, and how many are being answered."""

    def __init__(self, at_once: int, clock: Callable[[], float]) -> None:
        self.waiting = 0
        self.busy = 0
        self.turns = asyncio.Semaphore(at_once)
        self.pace = WaitEstimate()
        self.clock = clock


class Turn:
    """A place in the queue, taken when this is made; in its `async with` block, being answered."""

    def __init__(self, queue: _TurnQueue) -> None:
        self._queue = queue
        self._began = 0.0
        queue.waiting += 1

    async def __aenter__(self) -> None:
        try:
            await self._queue.turns.acquire()
        finally:
            self._queue.waiting -= 1
        self._queue.busy += 1
        self._began = self._queue.clock()

    async def __aexit__(self, *_fault: object) -> None:
        queue = self._queue
        queue.pace.note(max(queue.clock() - self._began, 0.0))
        queue.busy -= 1
        queue.turns.release()


class _Window:
    """The questions of one person or room within the last `milliseconds`."""

    def __init__(self, most: int, milliseconds: int) -> None:
        self._most = most
        self._milliseconds = milliseconds
        self._bucket = InMemoryBucket([Rate(most, milliseconds)])
        self._told: int | None = None

    def retry_milliseconds(self, now: int) -> int:
        """How long until one more fits; 0 where one fits now."""
        self._bucket.leak(now)
        if self._bucket.count() < self._most:
            return 0
        one = RateItem("", now)
        self._bucket.put(one)  # it is full, so this only finds out for how long
        wait = self._bucket.waiting(one)
        return max(1, wait) if isinstance(wait, int) else self._milliseconds

    def count(self, now: int) -> None:
        """One more question is taken."""
        self._bucket.put(RateItem("", now))

    def tell(self, now: int) -> bool:
        """Whether it was told within the window; if not, it is told now."""
        if self._told is not None and now - self._told < self._milliseconds:
            return True
        self._told = now
        return False


class _Windows:
    """The windows of all people, or all rooms, that are remembered."""

    def __init__(self, most: int, seconds: float) -> None:
        self._milliseconds = int(seconds * 1_000)
        if most < 1 or self._milliseconds < 1:
            raise ValueError("at least one question is taken within some time")
        self._most = most
        self._windows: LRUCache[str, _Window] = LRUCache(REMEMBERED)

    def of(self, key: str) -> _Window:
        """The window of a person or room."""
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window(self._most, self._milliseconds)
        return window


def refusal_blocks(refused: TooMany | QueueFull) -> tuple[Block, ...]:
    """The reason why a question is not taken; nothing where it was told before."""
    if refused.told_before:
        return ()
    if isinstance(refused, QueueFull):
        return (notice_block(notice(Text.TOO_BUSY)),)
    return (notice_block(notice(Text.TOO_FAST, seconds=refused.retry_seconds)),)
