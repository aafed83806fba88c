"""State of the rooms the bot is in, kept up to date by the state events of the syncs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.platforms.matrix.api.json_values import Json, number, table, text, texts

DEFAULT_LEVEL = 50
"""The power level of moderators, as Matrix clients use it."""

CREATOR_LEVEL = 2**53
"""The level of the creators of a version 12 room: above any that can be set."""


@dataclass(slots=True)
class RoomState:
    """A room the bot is in, as of the last sync.

    `joined` are the members, the bot included; `invited` have an open invitation. `is_direct`
    comes from the bot's invitation. `predecessor` is the room this one replaced. Levels are
    those of `m.room.power_levels`, None until they are set; the `creators` of rooms of version
    12 and up are above all.
    """

    encrypted: bool = False
    is_direct: bool = False
    joined: set[str] = field(default_factory=set)
    invited: set[str] = field(default_factory=set)
    creator: str = ""
    creators: frozenset[str] = frozenset()
    levels: Mapping[str, int] | None = None
    event_levels: Mapping[str, int] = field(default_factory=dict)
    default_level: int = 0
    default_event_level: int = 0
    predecessor: str | None = None

    @property
    def members(self) -> list[str]:
        """The users who are in the room or invited to it, sorted."""
        return sorted(self.joined | self.invited)

    def level(self, user: str) -> int:
        """The power level of `user`; above all others for a creator in version 12 and up."""
        if user in self.creators:
            return CREATOR_LEVEL
        # Until power levels are set, the creator has level 100 (the specification's default).
        levels = {self.creator: 100} if self.levels is None else self.levels
        return levels.get(user, self.default_level)

    def may_send(self, user: str, event_type: str) -> bool:
        """Whether `user` may send events of this type (messages and reactions)."""
        needed = self.event_levels.get(event_type, self.default_event_level)
        return self.level(user) >= needed

    def apply(self, raw: Json) -> bool:
        """Apply a state event; whether it changed who is in the room."""
        content, event_type = table(raw, "content"), text(raw, "type")
        if event_type == "m.room.member":
            return self._apply_membership(text(raw, "state_key"), text(content, "membership"))
        if raw.get("state_key") != "":
            return False
        if event_type == "m.room.create":
            self._apply_creation(text(raw, "sender") or "", content)
        elif event_type == "m.room.power_levels":
            self.levels = _numbers(table(content, "users"))
            self.event_levels = _numbers(table(content, "events"))
            self.default_level = number(content, "users_default") or 0
            self.default_event_level = number(content, "events_default") or 0
        elif event_type == "m.room.encryption":
            # Encryption is never switched off: a server that did so could read all messages.
            self.encrypted = True
        return False

    def _apply_membership(self, user: str | None, membership: str | None) -> bool:
        if user is None:
            return False
        before = (user in self.joined, user in self.invited)
        after = (membership == "join", membership == "invite")
        for users, is_in in zip((self.joined, self.invited), after, strict=True):
            (users.add if is_in else users.discard)(user)
        return before != after

    def _apply_creation(self, sender: str, content: Json) -> None:
        version = text(content, "room_version") or "1"
        # From version 12 on, creators are above all power levels (MSC4289).
        above_all = version.isdecimal() and int(version) >= 12
        creators = {sender, *texts(content, "additional_creators")} - {""}
        self.creator, self.creators = sender, frozenset(creators if above_all else ())
        self.predecessor = text(table(content, "predecessor"), "room_id")


class RoomStates(dict[str, RoomState]):
    """All rooms by id; `direct` are those that the bot was invited to as one-to-one chats.

    `complete` is set once the first sync has brought all rooms.
    """

    def __init__(self) -> None:
        super().__init__()
        self.complete = asyncio.Event()
        self.direct: set[str] = set()

    def enter(self, room: str) -> RoomState:
        """Add a room; one that is there keeps its state."""
        return self.setdefault(room, RoomState(is_direct=room in self.direct))

    def leave(self, room: str) -> None:
        """Remove a room."""
        self.pop(room, None)
        self.direct.discard(room)


def _numbers(source: Json) -> dict[str, int]:
    levels = ((name, number(source, name)) for name in source)
    return {name: level for name, level in levels if level is not None}
