"""Messages that cannot be read yet: kept until their key comes, told of once a session."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from cachetools import LRUCache

from bot.platforms.matrix.api.event_parser import undecryptable
from bot.platforms.matrix.api.events import UndecryptableEvent
from bot.platforms.matrix.api.json_values import Json

GRACE_SECONDS = 8.0
"""For how long a key may be on its way before anybody is told that it is missing."""

MOST_WAITING, LARGEST_WAITING = 200, 100_000
"""Messages kept at most, and characters of one."""


MOST_TOLD = 2_000
"""Sessions remembered as told of: anybody can make up sessions, so their number is bounded."""


@dataclass(slots=True)
class _UndecryptedMessage:
    room: str
    session: str
    raw: Json
    told: bool = False
    due: float = 0.0


class UndecryptedMessages:
    """The messages without a key, in the order they came. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: list[_UndecryptedMessage] = []
        self._told: LRUCache[tuple[str, str], None] = LRUCache(MOST_TOLD)

    def restore(self, kept: str | None) -> None:
        """Take up what `kept` of an earlier run; what makes no sense is left out."""
        try:
            rows = json.loads(kept or "[]")
            self._waiting = [
                _UndecryptedMessage(
                    str(one["room"]), str(one["session"]), dict(one["raw"]), bool(one["told"])
                )
                for one in rows
            ]
        except (ValueError, TypeError, KeyError):
            self._waiting = []
        self._told.clear()
        self._told.update({(one.room, one.session): None for one in self._waiting if one.told})

    def kept(self) -> str:
        """All of it as text, for a later run."""
        rows = [asdict(one) for one in self._waiting]
        return json.dumps([{k: v for k, v in row.items() if k != "due"} for row in rows])

    def add(self, room: str, session: str, raw: Json) -> None:
        """A message came that cannot be read."""
        known = any(one.raw.get("event_id") == raw.get("event_id") for one in self._waiting)
        if known or len(json.dumps(raw)) > LARGEST_WAITING:
            return
        told = (room, session) in self._told
        due = self._clock() + GRACE_SECONDS
        self._waiting.append(_UndecryptedMessage(room, session, raw, told, due))
        del self._waiting[:-MOST_WAITING]

    def forget(self, room: str) -> None:
        """The bot left the room."""
        self._waiting = [one for one in self._waiting if one.room != room]

    def opened(self, read: Callable[[str, Json], Json | None]) -> list[tuple[str, Json]]:
        """The messages that `read` can open by now, with their rooms; they wait no more."""
        found: list[tuple[str, Json]] = []
        left: list[_UndecryptedMessage] = []
        for one in self._waiting:
            clear = read(one.room, one.raw)
            if clear is None:
                left.append(one)
            else:
                found.append((one.room, clear))
        self._waiting = left
        return found

    def overdue(self) -> list[UndecryptableEvent]:
        """What somebody must be told of now: the first message of each session."""
        found: list[UndecryptableEvent] = []
        now = self._clock()
        for one in self._waiting:
            if one.told or one.due > now:
                continue
            one.told = True
            told = undecryptable(one.room, one.raw)
            if (one.room, one.session) not in self._told and told is not None:
                self._told[one.room, one.session] = None
                found.append(told)
        return found

    def next_due(self) -> float | None:
        """Seconds until somebody must be told of one; None where nobody must."""
        dues = [one.due for one in self._waiting if not one.told]
        return max(min(dues) - self._clock(), 0.0) if dues else None
