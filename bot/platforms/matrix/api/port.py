"""The port to Matrix: all the bot asks of a homeserver, and how it can fail; no library shows.

`NioPort.open` in `nio_port.py` makes the real one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.platforms.matrix.api.events import Attachment, MessageEvent, RoomEvent, RoomState
from bot.platforms.matrix.api.json_values import Json


class CallError(Exception):
    """One call did not do what it should; the bot goes on."""


class RefusedError(CallError):
    """The homeserver said no to one call: `code` is Matrix's, such as `M_FORBIDDEN`.

    `answer` is all of what it sent: some refusals say what has to come first.
    """

    def __init__(self, status: int, code: str, answer: Json | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.answer = answer or {}


class UnreachedError(CallError):
    """No answer came, whatever was tried; the text says why, without address or secret."""


class KeyStoreDamagedError(CallError):
    """A file that was fetched is not what was sent, or larger than allowed."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who the bot is on Matrix, and where.

    `homeserver` is an address (`https://…`) or a server's name, found by `.well-known`;
    `user` is `@name:server` or its first part alone. `token` goes before `password`.
    `pickle_key` opens what is kept encrypted in `folder` (mode 0700, made where absent).
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
    """What is said: a plain text and, where there is one, its HTML; sent as `m.notice`.

    `thread_root` puts it into a thread, `reply_to` names what it answers. It never mentions
    anyone.
    """

    text: str
    html: str | None = None
    reply_to: str | None = None
    thread_root: str | None = None


Handler = Callable[[RoomEvent], Awaitable[None]]
"""Takes what happened, in order, one at a time; once it returns, it counts as taken."""


class Port(Protocol):
    """The homeserver, as the bot sees it.

    Every call may raise `CallError` (`RefusedError` for a no, `UnreachedError` for silence)
    and `MatrixError` where only a person can help. Calls that write obey the server's limits,
    one room in order after another's pace; the same `txn` again gives the same event.
    """

    @property
    def user_id(self) -> str:
        """The bot itself, as `@name:server`."""
        ...

    @property
    def device_id(self) -> str:
        """The bot's device."""
        ...

    @property
    def display_name(self) -> str:
        """The bot's name as people see it; empty where it has none or it is not known yet."""
        ...

    async def ready(self) -> None:
        """Wait until `listen` knows the state of all rooms; nothing can be said before.

        What was taken before a restart is answered from then on. Returns at once later.
        """
        ...

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms the bot is in."""
        ...

    def room(self, room: str) -> RoomState | None:
        """The room as of the last sync; None where the bot is not in it."""
        ...

    async def listen(self, handle: Handler) -> None:
        """Hand over what happens until cancelled; raises `MatrixError`.

        Where to go on from is kept only after `handle` returned for everything before it: a
        crash brings some of it again, with the same event ids. A `SourcesSayError` or
        `CallError` of `handle` holds the loop up and the same event comes again; any other
        fault is logged, and the event is left behind. The bot's own events are not handed
        over (but its own joining and leaving are). On the first start ever, nothing that was
        said before is; in a room joined later, nothing from before the bot was in it.
        """
        ...

    async def send(self, room: str, words: MessageContent, txn: str) -> str:
        """Say something; gives the event id."""
        ...

    async def edit(self, room: str, event_id: str, words: MessageContent, txn: str) -> str:
        """Put `words` in the place of what the bot said as `event_id` (the first one)."""
        ...

    async def react(self, room: str, event_id: str, key: str, txn: str) -> str:
        """Put the sign `key` under an event."""
        ...

    async def redact(self, room: str, event_id: str, txn: str, reason: str = "") -> None:
        """Take an event down; one that is gone already is no fault."""
        ...

    async def typing(self, room: str, on: bool) -> None:
        """Show or hide that the bot is writing; ends by itself after 30 seconds."""
        ...

    async def receipt(self, room: str, event_id: str) -> None:
        """Tell that the bot read up to this event."""
        ...

    async def join(self, room: str, server: str = "") -> None:
        """Join a room; `server` helps to find one that no server here is in."""
        ...

    async def leave(self, room: str) -> None:
        """Leave a room or refuse an invitation, and forget it."""
        ...

    async def said(self, room: str, event_id: str) -> MessageEvent | None:
        """One message by its id, decrypted; None where there is none that can be read.

        Not the edited words: what was said first.
        """
        ...

    async def download(self, attachment: Attachment, longest: int) -> bytes:
        """What a file holds, decrypted and checked; at most `longest` bytes.

        Raises `KeyStoreDamagedError` for one that is larger, or that was changed on its way.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection and the files; twice does no harm."""
        ...
