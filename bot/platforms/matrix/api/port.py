"""The port to Matrix: every call the bot makes to a homeserver, and the errors of these calls.

`HomeserverPort` (in `homeserver_port.py`) implements it for the program.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.platforms.matrix.api.events import MatrixAttachment, MessageEvent, RoomEvent, RoomState
from bot.platforms.matrix.api.json_values import Json


class CallError(Exception):
    """One call failed; the bot goes on."""


class RefusedError(CallError):
    """The homeserver refused one call: `code` is Matrix's, such as `M_FORBIDDEN`.

    `answer` is the JSON it sent: some refusals name a step that has to come first.
    """

    def __init__(self, status: int, code: str, answer: Json | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.answer = answer or {}


class UnreachedError(CallError):
    """No answer came after all tries; the text gives the reason, without address or secret."""


class DamagedFileError(CallError):
    """A downloaded file was changed on its way, or is larger than allowed."""


@dataclass(frozen=True, slots=True)
class Account:
    """The bot's account on Matrix.

    `homeserver` is an address (`https://…`) or a server's name, found by `.well-known`;
    `user` is `@name:server` or its first part alone. `token` is tried before `password`.
    `pickle_key` decrypts the files in `folder` (mode 0700, made where absent).
    `recovery_key` is that of an account whose signing keys another client made.
    """

    homeserver: str
    user: str
    folder: Path
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    pickle_key: str = field(default="", repr=False)
    recovery_key: str | None = field(default=None, repr=False)
    device_name: str = "Sources Say"
    encryption: bool = True


@dataclass(frozen=True, slots=True)
class MessageContent:
    """A message to be sent: a plain text and, where there is one, its HTML.

    `thread_root` puts it into a thread, `reply_to` names the message it answers. It is sent as
    `m.notice` and mentions nobody.
    """

    text: str
    html: str | None = None
    reply_to: str | None = None
    thread_root: str | None = None


Handler = Callable[[RoomEvent], Awaitable[None]]
"""Handles one event after the other, in order; once it returns, its event counts as handled."""


class Port(Protocol):
    """One login at a homeserver.

    Every call may raise `CallError` (`RefusedError` or `UnreachedError`), and `MatrixError`
    where only a person can help. Calls that write wait for the server's rate limits and keep
    their order within a room. The same transaction id `txn` again gives the same event.
    """

    @property
    def user_id(self) -> str:
        """The bot itself, as `@name:server`."""

    @property
    def display_name(self) -> str:
        """The bot's name as people see it; empty where it has none or it is not known yet."""

    async def ready(self) -> None:
        """Wait until `listen` knows the state of all rooms; messages can be sent from then on."""

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms the bot is in."""

    def room(self, room: str) -> RoomState | None:
        """The room as of the last sync; None where the bot is not in it."""

    async def listen(self, handle: Handler) -> None:
        """Receive events and pass them to `handle` until cancelled; raises `MatrixError`.

        The position in the stream of events is stored only after `handle` returned for all
        events before it: after a crash some of them come again, with the same event ids. Where
        `handle` raises `SourcesSayError` or `CallError`, it gets the same event again after a
        pause; any other exception is logged, and the event is skipped. It gets no events of the
        bot itself, except its joining and leaving, none from before the first start ever, and
        none from before the bot joined a room.
        """

    async def send(self, room: str, content: MessageContent, txn: str) -> str:
        """Send a message; its event id."""

    async def edit(self, room: str, event_id: str, content: MessageContent, txn: str) -> str:
        """Replace the bot's message `event_id` (the first version); the edit's event id."""

    async def react(self, room: str, event_id: str, key: str, txn: str) -> str:
        """React to an event with the emoji `key`; the reaction's event id."""

    async def redact(self, room: str, event_id: str, txn: str, reason: str = "") -> None:
        """Redact an event; one that is gone already is no error."""

    async def typing(self, room: str, on: bool) -> None:
        """Show or hide that the bot is typing; ends by itself after 30 seconds."""

    async def receipt(self, room: str, event_id: str) -> None:
        """Send a read receipt: the bot read up to this event."""

    async def join(self, room: str, server: str = "") -> None:
        """Join a room, by way of `server` where the bot's homeserver is not in the room."""

    async def leave(self, room: str) -> None:
        """Leave a room or refuse an invitation, and forget it."""

    async def message(self, room: str, event_id: str) -> MessageEvent | None:
        """One message by its id, decrypted, before any edit; None where it cannot be read."""

    async def download(self, attachment: MatrixAttachment, longest: int) -> bytes:
        """The bytes of a file, decrypted and checked; at most `longest`.

        Raises `DamagedFileError` for one that is larger, or that was changed on its way.
        """

    async def close(self) -> None:
        """Close the connection and the files; twice does no harm."""
