"""State of the rooms the bot is in, kept up to date by the state events of the syncs."""

import asyncio
from dataclasses import dataclass, field

from bot.platforms.matrix.api.events import RoomState
from bot.platforms.matrix.api.json_values import Json, number, table, text, texts

CREATORS_ABOVE_ALL = 12
"""The first room version whose creators are above all power levels (MSC4289)."""


@dataclass(slots=True)
class _MutableRoom:
    """One room; `snapshot` caches its state, None where the room has changed since."""

    create: Json = field(default_factory=dict)
    creator: str = ""
    levels: Json | None = None
    encrypted: bool = False
    joined: set[str] = field(default_factory=set)
    invited: set[str] = field(default_factory=set)
    snapshot: RoomState | None = None


class RoomStates:
    """All rooms by id; `direct` are those that the bot was invited to as one-to-one chats.

    `complete` is set once the first sync has brought all rooms.
    """

    def __init__(self) -> None:
        self.complete = asyncio.Event()
        self.direct: set[str] = set()
        self._rooms: dict[str, _MutableRoom] = {}

    def __contains__(self, room: str) -> bool:
        return room in self._rooms

    def ids(self) -> tuple[str, ...]:
        """The ids of all rooms."""
        return tuple(self._rooms)

    def enter(self, room: str) -> None:
        """Add a room; one that is there keeps its state."""
        self._rooms.setdefault(room, _MutableRoom())

    def leave(self, room: str) -> None:
        """Remove a room."""
        self._rooms.pop(room, None)
        self.direct.discard(room)

    def apply(self, room_id: str, raw: Json) -> bool:
        """Apply a state event; whether it changed who is in the room."""
        room = self._rooms.get(room_id)
        if room is None or not isinstance(raw.get("state_key"), str):
            return False
        content, event_type = table(raw, "content"), text(raw, "type")
        room.snapshot = None
        if event_type == "m.room.member":
            user, membership = text(raw, "state_key") or "", text(content, "membership")
            return _apply_membership(room, user, membership)
        if raw["state_key"] != "":
            return False
        if event_type == "m.room.create":
            room.create, room.creator = content, text(raw, "sender") or ""
        elif event_type == "m.room.power_levels":
            room.levels = content
        elif event_type == "m.room.encryption":
            # Encryption is never switched off: a server that did so could read all messages.
            room.encrypted = True
        return False

    def members(self, room_id: str) -> list[str]:
        """The users who are in the room or invited to it, sorted."""
        room = self._rooms.get(room_id)
        return sorted(room.joined | room.invited) if room else []

    def state(self, room_id: str) -> RoomState | None:
        """The room as it is now; None where the bot is not in it."""
        room = self._rooms.get(room_id)
        if room is None:
            return None
        direct = room_id in self.direct
        if room.snapshot is None or room.snapshot.is_direct != direct:
            room.snapshot = _snapshot(room_id, room, direct)
        return room.snapshot


def _apply_membership(room: _MutableRoom, user: str, membership: str | None) -> bool:
    before = (user in room.joined, user in room.invited)
    room.joined.discard(user)
    room.invited.discard(user)
    if membership == "join":
        room.joined.add(user)
    elif membership == "invite":
        room.invited.add(user)
    return before != (user in room.joined, user in room.invited)


def _snapshot(room_id: str, room: _MutableRoom, direct: bool) -> RoomState:
    version = text(room.create, "room_version") or "1"
    above_all = version.isdecimal() and int(version) >= CREATORS_ABOVE_ALL
    creators = {room.creator, *texts(room.create, "additional_creators")} - {""}
    # Until power levels are set, the creator has level 100 (the specification's default).
    levels: Json = {"users": {room.creator: 100}} if room.levels is None else room.levels
    return RoomState(
        room=room_id,
        encrypted=room.encrypted,
        is_direct=direct,
        joined=frozenset(room.joined),
        invited=len(room.invited),
        creators=frozenset(creators) if above_all else frozenset(),
        levels=_numbers(table(levels, "users")),
        event_levels=_numbers(table(levels, "events")),
        default_level=number(levels, "users_default") or 0,
        default_event_level=number(levels, "events_default") or 0,
        predecessor=text(table(room.create, "predecessor"), "room_id"),
    )


def _numbers(source: Json) -> dict[str, int]:
    levels = ((name, number(source, name)) for name in source)
    return {name: level for name, level in levels if level is not None}
