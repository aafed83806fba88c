"""The rooms the bot is in, as the events of the sync make them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.platforms.matrix.api.events import DEFAULT_LEVEL, RoomState
from bot.platforms.matrix.api.json_values import Json, number, table, text, texts

CREATORS_ABOVE_ALL = 12
"""The room version from which on creators stand above all levels (MSC4289)."""


@dataclass(slots=True)
class _Room:
    """One room while it changes."""

    create: Json = field(default_factory=dict)
    creator: str = ""
    levels: Json | None = None
    name: str = ""
    encrypted: bool = False
    joined: set[str] = field(default_factory=set)
    invited: set[str] = field(default_factory=set)
    replacement: str | None = None
    told: RoomState | None = None


class RoomStates:
    """All rooms by id. `direct` are those that the bot was invited to as one-to-one.

    `complete` is set once the server told of all of them.
    """

    def __init__(self) -> None:
        self.complete = asyncio.Event()
        self.direct: set[str] = set()
        self._rooms: dict[str, _Room] = {}

    def __contains__(self, room: str) -> bool:
        return room in self._rooms

    def names(self) -> tuple[str, ...]:
        """The rooms, by id."""
        return tuple(self._rooms)

    def enter(self, room: str) -> None:
        """The bot is in this room."""
        self._rooms.setdefault(room, _Room())

    def leave(self, room: str) -> None:
        """The bot is not in this room any more."""
        self._rooms.pop(room, None)
        self.direct.discard(room)

    def apply(self, room: str, raw: Json) -> bool:
        """Take in an event of the room's state; whether it changed who is in the room."""
        kept = self._rooms.get(room)
        if kept is None or not isinstance(raw.get("state_key"), str):
            return False
        content, kind = table(raw, "content"), text(raw, "type")
        kept.told = None
        if kind == "m.room.member":
            return self._member(kept, text(raw, "state_key") or "", text(content, "membership"))
        if raw["state_key"] != "":
            return False
        if kind == "m.room.create":
            kept.create, kept.creator = content, text(raw, "sender") or ""
        elif kind == "m.room.power_levels":
            kept.levels = content
        elif kind == "m.room.name":
            kept.name = text(content, "name") or ""
        elif kind == "m.room.encryption":
            # Never taken back: who could switch it off could read along.
            kept.encrypted = True
        elif kind == "m.room.tombstone":
            kept.replacement = text(content, "replacement_room")
        return False

    def people(self, room: str) -> list[str]:
        """Who is in the room or invited to it, in one order."""
        kept = self._rooms.get(room)
        return sorted(kept.joined | kept.invited) if kept else []

    def encrypted(self) -> list[str]:
        """The encrypted rooms."""
        return [name for name, kept in self._rooms.items() if kept.encrypted]

    def state(self, room: str) -> RoomState | None:
        """The room as it is now; None where the bot is not in it."""
        kept = self._rooms.get(room)
        if kept is None:
            return None
        if kept.told is None or kept.told.is_direct != (room in self.direct):
            kept.told = _state(room, kept, room in self.direct)
        return kept.told

    @staticmethod
    def _member(kept: _Room, user: str, now: str | None) -> bool:
        before = (user in kept.joined, user in kept.invited)
        kept.joined.discard(user)
        kept.invited.discard(user)
        if now == "join":
            kept.joined.add(user)
        elif now == "invite":
            kept.invited.add(user)
        return before != (user in kept.joined, user in kept.invited)


def _state(room: str, kept: _Room, direct: bool) -> RoomState:
    version = text(kept.create, "room_version") or "1"
    above = version.isdecimal() and int(version) >= CREATORS_ABOVE_ALL
    creators = {kept.creator, *texts(kept.create, "additional_creators")} - {""}
    # Before any levels are set, who made the room has all of them.
    levels: Json = {"users": {kept.creator: 100}} if kept.levels is None else kept.levels
    return RoomState(
        room=room,
        name=kept.name,
        version=version,
        encrypted=kept.encrypted,
        is_direct=direct,
        joined=frozenset(kept.joined),
        invited=len(kept.invited),
        creators=frozenset(creators) if above else frozenset(),
        levels=_numbers(table(levels, "users")),
        event_levels=_numbers(table(levels, "events")),
        default_level=_level(levels, "users_default", 0),
        default_event_level=_level(levels, "events_default", 0),
        redact_level=_level(levels, "redact", DEFAULT_LEVEL),
        predecessor=text(table(kept.create, "predecessor"), "room_id"),
        replacement=kept.replacement,
    )


def _level(source: Json, name: str, default: int) -> int:
    level = number(source, name)
    return default if level is None else level


def _numbers(source: Json) -> dict[str, int]:
    found = ((name, number(source, name)) for name in source)
    return {name: level for name, level in found if level is not None}
