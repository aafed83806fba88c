"""How many questions are taken: of one person, in one room, and at the same time."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from bot.answering.queue import WaitEstimate
from bot.chat.rendering.blocks import Block, said
from bot.chat.texts.catalogue import Text, notice

REMEMBERED = 10_000
"""People, and rooms, whose questions are counted; who was quiet longest goes first."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The question is taken: it gets its turn."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """A person or a room asked too often; in `retry_seconds`, whole ones, there is room.

    `told_before` where that was said already, less than a window ago.
    """

    told_before: bool
    retry_seconds: int


@dataclass(frozen=True, slots=True)
class QueueFull:
    """As many questions wait as may, or this one would wait too long.

    `told_before` where the room knows already.
    """

    told_before: bool


Admission = Admitted | TooMany | QueueFull
"""Whether a question is taken; a closed type."""


class RateLimiter:
    """Counts questions in a window that moves along, and lets some be answered at once.

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
        self._line = _WaitingLine(at_once, clock)
        self._clock = clock
        self._latest = 0

    @property
    def waiting(self) -> int:
        """Questions that wait for their turn now."""
        return self._line.waiting

    def admit(self, person: str, room: str) -> Admission:
        """Whether a question is taken; only one that is counts for later ones.

        Who is let in takes the turn, or queues for it, before awaiting anything else, else
        more than `waiting` may come to wait.
        """
        now = self._now()
        of_person, of_room = self._people.of(person), self._rooms.of(room)
        # Both are looked at before either counts: a busy room costs nobody their share.
        for window in (of_person, of_room):
            if retry := window.retry_milliseconds(now):
                return TooMany(window.tell(now), math.ceil(retry / 1_000))
        inside = self._line.busy + self._line.waiting
        if inside >= self._most_inside or self._line.pace.is_too_long(inside, self._at_once):
            return QueueFull(of_room.tell(now))
        of_person.count(now)
        of_room.count(now)
        return Admitted()

    def turn(self) -> Turn:
        """A turn to be taken with `async with`, in the order of coming.

        Questions that were taken before a restart take their turn without being admitted.
        """
        return Turn(self._line)

    def _now(self) -> int:
        """Milliseconds of the clock; never less than before, for windows are in order."""
        self._latest = max(self._latest, int(self._clock() * 1_000))
        return self._latest


class _WaitingLine:
    """Who waits and who is at it, of one turnstile."""

    def __init__(self, at_once: int, clock: Callable[[], float]) -> None:
        self.waiting = 0
        self.busy = 0
        self.turns = asyncio.Semaphore(at_once)
        self.pace = WaitEstimate()
        self.clock = clock


class Turn:
    """A place in the queue, then a question being answered, then neither.

    It stands in the queue from `queue` on, or from the beginning of its `async with` block,
    and never again after `leave`, which does no harm where the block was entered.
    """

    def __init__(self, line: _WaitingLine) -> None:
        self._line = line
        self._waits = False
        self._began = 0.0

    def queue(self) -> None:
        """Stand in the queue from now on: who is admitted next sees that."""
        if not self._waits:
            self._waits = True
            self._line.waiting += 1

    def leave(self) -> None:
        """Do not wait any longer."""
        if self._waits:
            self._waits = False
            self._line.waiting -= 1

    async def __aenter__(self) -> None:
        self.queue()
        try:
            await self._line.turns.acquire()
        finally:
            self.leave()
        self._line.busy += 1
        self._began = self._line.clock()

    async def __aexit__(self, *_fault: object) -> None:
        line = self._line
        line.pace.note(max(line.clock() - self._began, 0.0))
        line.busy -= 1
        line.turns.release()


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
        self._kept: OrderedDict[str, _Window] = OrderedDict()

    def of(self, key: str) -> _Window:
        """The window of a person or room."""
        window = self._kept.get(key)
        if window is None:
            window = self._kept[key] = _Window(self._most, self._milliseconds)
        self._kept.move_to_end(key)
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return window


def refusal_blocks(refused: TooMany | QueueFull) -> tuple[Block, ...]:
    """What is said of a question that is not taken; nothing where it was said before."""
    if refused.told_before:
        return ()
    if isinstance(refused, QueueFull):
        return (said(notice(Text.TOO_BUSY)),)
    return (said(notice(Text.TOO_FAST, seconds=refused.retry_seconds)),)
