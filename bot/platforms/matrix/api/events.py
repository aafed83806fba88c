"""Events in Matrix rooms as frozen values, and the JSON of those that become jobs.

Ids are Matrix's own texts: rooms `!…`, events `$…`, users `@…:server`. Texts that people
wrote are untrusted and unchanged. Jobs store events by the names of their fields, so these
names do not change.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter


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

    If the key arrives later, a `MessageEvent` follows. `withheld` is the code by which the
    sender's client refused the key, such as `m.unverified`; empty where it said nothing.
    """

    thread_root: str | None = None
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class InviteEvent(MatrixEvent):
    """The bot is invited by `sender`; servers may leave out the id, then `event_id` is empty."""


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


JobEvent = MessageEvent | RedactionEvent | ReactionEvent | InviteEvent | JoinEvent | TombstoneEvent
"""Events that become jobs."""

RoomEvent = JobEvent | UndecryptableEvent | LeaveEvent

Handler = Callable[[RoomEvent], Awaitable[None]]
"""Handles one event after the other, in order; once it returns, its event counts as handled."""

_KINDS: dict[type[JobEvent], str] = {
    MessageEvent: "Said",
    RedactionEvent: "Redacted",
    ReactionEvent: "Reacted",
    InviteEvent: "Invited",
    JoinEvent: "Joined",
    TombstoneEvent: "Tombstone",
}
"""Event types with their names in stored jobs; a name never changes once it is in use."""

_ADAPTERS = {kind: TypeAdapter(event) for event, kind in _KINDS.items()}


def job_payload(event: JobEvent) -> str:
    """An event as one line of JSON."""
    kind = _KINDS[type(event)]
    return json.dumps({"kind": kind, **_ADAPTERS[kind].dump_python(event, mode="json")})


def parse_job(payload: str) -> JobEvent | None:
    """The event of a payload; None where this version does not understand it."""
    try:
        fields = json.loads(payload)
        return _ADAPTERS[fields.pop("kind")].validate_python(fields)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
