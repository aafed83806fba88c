"""Events in Matrix rooms and the state of rooms, as frozen values.

Ids are Matrix's own texts: rooms `!…`, events `$…`, users `@…:server`. Texts that people
wrote are untrusted and unchanged. Jobs store events by the names of their fields
(`job_payloads.py`), so these names do not change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

DEFAULT_LEVEL = 50
"""The power level of moderators, as Matrix clients use it."""


@dataclass(frozen=True, slots=True)
class EncryptionDetails:
    """Key, initial counter and hash of an encrypted attachment, in base64."""

    key: str = field(repr=False)
    iv: str = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class MatrixAttachment:
    """A file in a message; `size` is in bytes, as its sender claims it; `seal` decrypts it."""

    url: str
    name: str
    size: int | None = None
    seal: EncryptionDetails | None = None


@dataclass(frozen=True, slots=True)
class MatrixEvent:
    """The fields of every event; `at` is the server's time, in UTC."""

    room: str
    event_id: str
    sender: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageEvent(MatrixEvent):
    """A message, or the new version of the message `edits`.

    `mentions` is None where the sender's client does not list mentions. `reply_to` leaves out
    the replies that threads contain for old clients. `notice` marks a program's message, which
    must never be answered, `emote` a person's `/me`. The `body` of an attachment is its caption
    or its name.
    """

    body: str = ""
    formatted: str | None = None
    mentions: frozenset[str] | None = None
    reply_to: str | None = None
    thread_root: str | None = None
    edits: str | None = None
    attachment: MatrixAttachment | None = None
    notice: bool = False
    emote: bool = False


@dataclass(frozen=True, slots=True)
class RedactionEvent(MatrixEvent):
    """Somebody redacted the event `redacts`."""

    redacts: str = ""


@dataclass(frozen=True, slots=True)
class ReactionEvent(MatrixEvent):
    """Somebody reacted to the event `to` with the emoji `key`."""

    to: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class UndecryptableEvent(MatrixEvent):
    """A message whose key is missing; handed over once for each Megolm session.

    If the key arrives later, a `MessageEvent` follows.
    """

    thread_root: str | None = None


@dataclass(frozen=True, slots=True)
class InviteEvent(MatrixEvent):
    """The bot is invited by `sender`; servers may leave out the id, then `event_id` is empty."""

    direct: bool = False


@dataclass(frozen=True, slots=True)
class JoinEvent(MatrixEvent):
    """`user` joined the room; `me` where that is the bot."""

    user: str = ""
    me: bool = False


@dataclass(frozen=True, slots=True)
class LeaveEvent(MatrixEvent):
    """`user` left or was removed by `sender`; `me` where `user` is the bot."""

    user: str = ""
    me: bool = False


@dataclass(frozen=True, slots=True)
class TombstoneEvent(MatrixEvent):
    """The room was replaced by `replacement`, which is joined by way of `server`."""

    replacement: str = ""

    @property
    def server(self) -> str:
        """The server of the user who replaced the room: it is in the new room for certain."""
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

    `joined` are the members, the bot included; `invited` counts open invitations. `is_direct`
    comes from the bot's invitation. `predecessor` is the room this one replaced. Levels are
    those of `m.room.power_levels`; the `creators` of rooms of version 12 and up are above all.
    """

    room: str
    encrypted: bool = False
    is_direct: bool = False
    joined: frozenset[str] = frozenset()
    invited: int = 0
    creators: frozenset[str] = frozenset()
    levels: Mapping[str, int] = field(default_factory=dict)
    event_levels: Mapping[str, int] = field(default_factory=dict)
    default_level: int = 0
    default_event_level: int = 0
    predecessor: str | None = None

    @property
    def members(self) -> int:
        """The number of members, the bot included."""
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


CREATOR_LEVEL = 2**53
"""The level of the creators of a version 12 room: above any that can be set."""
