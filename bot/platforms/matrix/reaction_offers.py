"""The bot's own reactions below its replies, so that a button is there to be pressed.

Reactions count against a homeserver's limits as messages do. So they go out at a pace that
leaves room for replies, never while a reply is due in the same room, and only below the
last few replies.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Protocol

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.events import RoomState
from bot.platforms.matrix.api.port import CallError

LAST_REPLIES = 3
"""Replies in a room that still get what is due to them, when more were given since."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReactionPace:
    """So many reactions at once, and one more every `seconds` after that."""

    at_once: int = 7
    seconds: float = 7.0


class ReactionPort(Protocol):
    """What is needed of `Port` here."""

    @property
    def user_id(self) -> str:
        """The bot itself."""

    def room(self, room: str) -> RoomState | None:
        """The room as of the last sync."""

    async def react(self, room: str, event_id: str, key: str, txn: str) -> str:
        """Put the sign `key` under an event."""


class ReactionOffers:
    """Puts signs below replies while nothing better is to be done."""

    def __init__(self, port: ReactionPort, pace: ReactionPace) -> None:
        self._port = port
        self._pace = pace
        self._due: OrderedDict[str, OrderedDict[str, deque[str]]] = OrderedDict()
        self._busy: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._left = float(pace.at_once)
        self._counted = 0.0

    def offer(self, room: str, event: str, signs: tuple[str, ...]) -> None:
        """Put `signs` below an event, in their order, by and by."""
        state = self._port.room(room)
        if state is None or not state.may_send(self._port.user_id, "m.reaction"):
            return
        replies = self._due.setdefault(room, OrderedDict())
        replies[event] = deque(signs)
        while len(replies) > LAST_REPLIES:
            replies.popitem(last=False)
        self._changed.set()

    def withdraw(self, room: str, event: str) -> None:
        """Nothing more is put below an event: it is gone."""
        self._due.get(room, OrderedDict()).pop(event, None)

    def busy(self, room: str, by: int) -> None:
        """A reply is due in a room (1), or was given (-1)."""
        now = self._busy.get(room, 0) + by
        if now > 0:
            self._busy[room] = now
        else:
            self._busy.pop(room, None)
            self._changed.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            found = self._next()
            if found is None:
                self._changed.clear()
                await self._changed.wait()
                continue
            await self._paced()
            if (found := self._next()) is None:
                continue
            room, event, sign = found
            self._due[room][event].popleft()
            try:
                await self._port.react(room, event, sign, f"offer-{event}-{ord(sign[0]):x}")
            except (CallError, MatrixError) as fault:
                _log.info("a reaction could not be offered: %s", fault)
                self.withdraw(room, event)

    def _next(self) -> tuple[str, str, str] | None:
        """The next sign of the newest reply in a room where no reply is due."""
        for room in tuple(self._due):
            replies = self._due[room]
            for event in tuple(replies):
                if not replies[event]:
                    del replies[event]
            if not replies:
                del self._due[room]
            elif room not in self._busy:
                event = next(reversed(replies))
                return room, event, replies[event][0]
        return None

    async def _paced(self) -> None:
        """Wait until one more may go out."""
        loop = asyncio.get_running_loop()
        if self._pace.seconds > 0:
            grown = (loop.time() - self._counted) / self._pace.seconds
            self._left = min(self._left + grown, float(self._pace.at_once))
            self._counted = loop.time()
            if self._left < 1:
                wait = (1 - self._left) * self._pace.seconds
                await asyncio.sleep(wait)
                self._left += wait / self._pace.seconds
                self._counted = loop.time()
            self._left -= 1
