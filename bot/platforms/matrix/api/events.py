"""What happens in Matrix rooms, as small frozen values; nothing in here knows a library.

Ids are Matrix's own text: rooms `!…`, events `$…`, users `@…:server`. Everything a person
wrote is hostile and stands here as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

DEFAULT_LEVEL = 50
"""The power level that managing a room takes, as Matrix clients use it for moderators."""


@dataclass(frozen=True, slots=True)
class EncryptionDetails:
    """What opens an encrypted attachment: the key, the counter and the hash, in base64."""

    key: str = field(repr=False)
    iv: str = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was posted; `size` in bytes as its sender claims it, None where unsaid."""

    url: str
    name: str
    media_type: str | None = None
    size: int | None = None
    seal: EncryptionDetails | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What all have in common; `at` is the server's time, in UTC."""

    room: str
    event_id: str
    sender: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageEvent(Event):
    """A message; for an edit the words are the new ones, and `edits` names the first one.

    `mentions` is None where the client does not tell whom it mentions. `reply_to` is a reply
    that was meant as one: what a thread adds for old clients is left out. `notice` is a
    message of a program, never to be answered; `emote` a person's `/me`. An attachment's
    `body` is its caption or its name.
    """

    body: str = ""
    formatted: str | None = None
    mentions: frozenset[str] | None = None
    mentions_room: bool = False
    reply_to: str | None = None
    thread_root: str | None = None
    edits: str | None = None
    attachment: Attachment | None = None
    encrypted: bool = False
    notice: bool = False
    emote: bool = False


@dataclass(frozen=True, slots=True)
class RedactionEvent(Event):
    """Somebody took the event `redacts` down."""

    redacts: str = ""


@dataclass(frozen=True, slots=True)
class ReactionEvent(Event):
    """Somebody put the sign `key` under the event `to`."""

    to: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class UndecryptableEvent(Event):
    """A message whose key is missing; told once for each session it was encrypted with.

    Should the key arrive later, the message follows as `MessageEvent`.
    """

    thread_root: str | None = None


@dataclass(frozen=True, slots=True)
class InviteEvent(Event):
    """The bot is invited by `sender`; `event_id` may be empty, the server need not tell it."""

    direct: bool = False


@dataclass(frozen=True, slots=True)
class JoinEvent(Event):
    """`user` is in the room from now on; the bot itself where `me`."""

    user: str = ""
    me: bool = False


@dataclass(frozen=True, slots=True)
class LeaveEvent(Event):
    """`user` left, or was sent away by `sender`; the bot itself where `me`."""

    user: str = ""
    me: bool = False


@dataclass(frozen=True, slots=True)
class TombstoneEvent(Event):
    """The room was replaced; `replacement` is the new one, to be joined by way of `server`."""

    replacement: str = ""

    @property
    def server(self) -> str:
        """The server of who replaced it, which is in the new room for sure."""
        return self.sender.partition(":")[2]


RoomEvent = (
    MessageEvent
    | RedactionEvent
    | ReactionEvent
    | UndecryptableEvent
    | InviteEvent
    | JoinEvent
    | LeaveEvent
    | TombstoneEvent
)


@dataclass(frozen=True, slots=True)
class RoomState:
    """A room the bot is in, as of the last sync.

    `members` counts who joined, the bot included, `invited` who may yet. `is_direct` is what
    the invitation said. `predecessor` is the room this one replaced, `replacement` the one
    that replaced it. Levels are those of `m.room.power_levels`; `creators` of rooms of
    version 12 and up stand above every level.
    """

    room: str
    name: str = ""
    version: str = "1"
    encrypted: bool = False
    is_direct: bool = False
    joined: frozenset[str] = frozenset()
    invited: int = 0
    creators: frozenset[str] = frozenset()
    levels: Mapping[str, int] = field(default_factory=dict)
    event_levels: Mapping[str, int] = field(default_factory=dict)
    default_level: int = 0
    default_event_level: int = 0
    redact_level: int = DEFAULT_LEVEL
    predecessor: str | None = None
    replacement: str | None = None

    @property
    def members(self) -> int:
        """How many are in the room, the bot included."""
        return len(self.joined)

    def level(self, user: str) -> int:
        """The power level of `user`; above all others for a creator in version 12 and up."""
        if user in self.creators:
            return CREATOR_LEVEL
        return self.levels.get(user, self.default_level)

    def may_send(self, user: str, event_type: str) -> bool:
        """Whether `user` may send events of this type (messages and reactions)."""
        needed = self.event_levels.get(event_type, self.default_event_level)
        return self.level(user) >= needed

    def may_redact_others(self, user: str) -> bool:
        """Whether `user` may take down what others sent."""
        return self.level(user) >= self.redact_level


CREATOR_LEVEL = 2**53
"""What a creator of a version 12 room counts as: above any level that can be given."""
