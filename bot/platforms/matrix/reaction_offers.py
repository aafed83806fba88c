"""The bot's own reactions below its replies, which people press as buttons.

Reactions count against a homeserver's rate limits as messages do. So the bot sends them slowly
enough that replies get through, holds them back while a reply is due in their room, and puts
them below the last few replies only.
"""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from cachetools import FIFOCache

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.events import RoomState
from bot.platforms.matrix.api.port import CallError

LAST_REPLIES = 3
"""Replies of a room that still get their reactions; older ones go without."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReactionPace:
    """A token bucket: `at_once` reactions together, and one more every `seconds`."""

    at_once: int = 7
    seconds: float = 7.0


class ReactionPort(Protocol):
    """The part of `Port` that reactions need."""

    @property
    def user_id(self) -> str:
        """The bot itself."""

    def room(self, room: str) -> RoomState | None:
        """The room as of the last sync."""

    async def react(self, room: str, event_id: str, key: str, txn: str) -> str:
        """React to an event with the emoji `key`."""


class ReactionOffers:
    """A queue of reactions to the bot's own replies, worked off by `run`."""

    def __init__(self, port: ReactionPort, pace: ReactionPace) -> None:
        self._port = port
        self._pace = pace
        self._queues: dict[str, FIFOCache[str, deque[str]]] = {}
        """Reactions to be sent, by room and event."""
        self._busy: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._tokens = float(pace.at_once)
        self._counted_at = 0.0

    def offer(self, room: str, event: str, signs: tuple[str, ...]) -> None:
        """Queue the reactions `signs` to an event, in their order."""
        state = self._port.room(room)
        if state is None or not state.may_send(self._port.user_id, "m.reaction"):
            return
        queues = self._queues.setdefault(room, FIFOCache(LAST_REPLIES))
        queues[event] = deque(signs)
        self._changed.set()

    def withdraw(self, room: str, event: str) -> None:
        """Drop the reactions to an event that was redacted."""
        if room in self._queues:
            self._queues[room].pop(event, None)

    def busy(self, room: str, by: int) -> None:
        """Count the replies due in a room: 1 for one more, -1 for one that was sent."""
        count = self._busy.get(room, 0) + by
        if count > 0:
            self._busy[room] = count
        else:
            self._busy.pop(room, None)
            self._changed.set()

    async def run(self) -> None:
        """Send reactions until cancelled."""
        while True:
            if self._next() is None:
                self._changed.clear()
                await self._changed.wait()
                continue
            await self._take_token()
            # Meanwhile a reply may have become due.
            if (reaction := self._next()) is None:
                continue
            room, event, sign = reaction
            self._queues[room][event].popleft()
            try:
                await self._port.react(room, event, sign, f"offer-{event}-{ord(sign[0]):x}")
            except (CallError, MatrixError) as fault:
                _log.info("a reaction could not be offered: %s", fault)
                self.withdraw(room, event)

    def _next(self) -> tuple[str, str, str] | None:
        """Room, event and sign of the next reaction: to the newest reply of a room not busy."""
        for room, queues in tuple(self._queues.items()):
            for event, signs in tuple(queues.items()):
                if not signs:
                    del queues[event]
            if not queues:
                del self._queues[room]
            elif room not in self._busy:
                event = tuple(queues)[-1]
                return room, event, queues[event][0]
        return None

    async def _take_token(self) -> None:
        """Wait until the pace allows one more reaction."""
        seconds, now = self._pace.seconds, asyncio.get_running_loop().time
        if seconds <= 0:
            return
        gained = (now() - self._counted_at) / seconds
        self._tokens = min(self._tokens + gained, float(self._pace.at_once))
        if self._tokens < 1:
            await asyncio.sleep((1 - self._tokens) * seconds)
            self._tokens = 1.0
        self._counted_at = now()
        self._tokens -= 1
