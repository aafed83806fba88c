"""Messages that cannot be decrypted yet: kept until their key arrives, reported once a session."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

from bot.platforms.matrix.api.event_parser import parse_undecryptable
from bot.platforms.matrix.api.events import UndecryptableEvent
from bot.platforms.matrix.api.json_values import Json

GRACE_SECONDS = 8.0
"""Time for a key to arrive before its absence is reported."""

MOST_WAITING, LARGEST_WAITING = 200, 100_000
"""Messages kept at most, and characters of one as JSON."""

MOST_REPORTED = 2_000
"""Sessions remembered as reported: anybody can make up sessions, so their number is bounded."""

_STORED_NAMES = ("room", "session", "raw", "told")


@dataclass(slots=True)
class _UndecryptedMessage:
    """An encrypted event `raw` of a Megolm session; `due` is when it is to be reported."""

    room: str
    session: str
    raw: Json
    is_reported: bool = False
    due: float = 0.0


class UndecryptedMessages:
    """The messages without a key, in the order they came. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: list[_UndecryptedMessage] = []
        self._reported: LRUCache[tuple[str, str], None] = LRUCache(MOST_REPORTED)

    def restore(self, saved: str | None) -> None:
        """Read what `dump` wrote in an earlier run; malformed text counts as nothing."""
        try:
            self._waiting = [
                _UndecryptedMessage(
                    str(row["room"]), str(row["session"]), dict(row["raw"]), bool(row["told"])
                )
                for row in json.loads(saved or "[]")
            ]
        except (ValueError, TypeError, KeyError):
            self._waiting = []
        reported = (message for message in self._waiting if message.is_reported)
        self._reported.update({(message.room, message.session): None for message in reported})

    def dump(self) -> str:
        """All messages as JSON, for `restore`."""
        rows = [(one.room, one.session, one.raw, one.is_reported) for one in self._waiting]
        return json.dumps([dict(zip(_STORED_NAMES, row, strict=True)) for row in rows])

    def add(self, room: str, session: str, raw: Json) -> None:
        """Keep a message without a key, unless it is too large or kept already."""
        known = any(one.raw.get("event_id") == raw.get("event_id") for one in self._waiting)
        if known or len(json.dumps(raw)) > LARGEST_WAITING:
            return
        is_reported = (room, session) in self._reported
        due = self._clock() + GRACE_SECONDS
        self._waiting.append(_UndecryptedMessage(room, session, raw, is_reported, due))
        del self._waiting[:-MOST_WAITING]

    def forget_room(self, room: str) -> None:
        """Drop the messages of a room the bot has left."""
        self._waiting = [one for one in self._waiting if one.room != room]

    def pop_decrypted(self, decrypt: Callable[[str, Json], Json | None]) -> list[tuple[str, Json]]:
        """Remove the messages that `decrypt` can read by now; their rooms and contents."""
        contents = [(one, decrypt(one.room, one.raw)) for one in self._waiting]
        self._waiting = [one for one, clear in contents if clear is None]
        return [(one.room, clear) for one, clear in contents if clear is not None]

    def pop_overdue(self, withheld: Callable[[str, str], str]) -> list[UndecryptableEvent]:
        """The events to be reported now: of each session, the first that is overdue.

        `withheld` returns the code by which the key of a session was refused: then none is
        waited for.
        """
        events: list[UndecryptableEvent] = []
        now = self._clock()
        for message in self._waiting:
            code = withheld(message.room, message.session)
            if message.is_reported or (message.due > now and not code):
                continue
            message.is_reported = True
            event = parse_undecryptable(message.room, message.raw, code)
            session = (message.room, message.session)
            if session not in self._reported and event is not None:
                self._reported[session] = None
                events.append(event)
        return events

    def next_due(self) -> float | None:
        """Seconds until the next report is due; None where none is."""
        dues = [message.due for message in self._waiting if not message.is_reported]
        return max(min(dues) - self._clock(), 0.0) if dues else None
