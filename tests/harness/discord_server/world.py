"""What exists on the server: users, the application, guilds, channels, commands, interactions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.harness.discord_server.clock import ServerClock, Snowflakes
from tests.harness.discord_server.permissions import NOTHING, Can
from tests.harness.discord_server.waiting import Waiting

if TYPE_CHECKING:
    from tests.harness.discord_server.interactions import Interaction
    from tests.harness.discord_server.messages import ServerMessage
    from tests.harness.discord_server.places import Channel, Guild

JSON = dict[str, Any]
Payload = JSON | Callable[[int], JSON]
"""A ready event body, or one made for the intents of each session."""


@dataclass(eq=False)
class User:
    """An account: a person, a stranger's bot, or the bot under test."""

    id: int
    name: str
    display_name: str = ""
    bot: bool = False
    locale: str = "en-US"
    app_installed: bool = False
    """Whether this user installed the application to their own account."""
    blocks_dms: bool = False
    avatar: str | None = None
    """The key of the picture."""

    @property
    def mention(self) -> str:
        """What one writes to mention this user."""
        return f"<@{self.id}>"

    def __repr__(self) -> str:
        return f"<{self.name}>"


@dataclass(eq=False)
class Role:
    """A role of a guild."""

    id: int
    name: str
    permissions: Can = NOTHING
    position: int = 0
    mentionable: bool = False
    bot: User | None = None
    """For the role that a bot brings with it: the bot."""

    @property
    def mention(self) -> str:
        """What one writes to mention the role."""
        return f"<@&{self.id}>"


@dataclass(eq=False)
class Member:
    """A user's place in one guild."""

    user: User
    joined: datetime
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows or denies to one role or member."""

    target: int
    is_role: bool
    allow: Can = NOTHING
    deny: Can = NOTHING


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on the server, to be downloaded at `url`."""

    id: int
    filename: str
    data: bytes
    url: str
    content_type: str | None = None
    description: str | None = None
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person or the bot hands over."""

    filename: str
    data: bytes
    content_type: str | None = None


@dataclass
class App:
    """The application under test and what its owner switched on for it."""

    id: int
    token: str
    bot: User
    owner: User
    message_content: bool = False
    members_intent: bool = False
    presences_intent: bool = False
    shards: int = 1
    user_install: bool = True

    @property
    def flags(self) -> int:
        """The application's flags: limited versions of the privileged intents."""
        bits = ((self.presences_intent, 13), (self.members_intent, 15), (self.message_content, 19))
        return sum(1 << bit for on, bit in bits if on)


@dataclass(frozen=True, slots=True)
class Typing:
    """The bot showed that it is typing."""

    channel: Channel
    user: User
    at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, on its way to the gateway's sessions.

    `guild_intent` is asked for in guilds, `dm_intent` elsewhere; 0 asks for none.
    """

    name: str
    body: Payload
    guild: Guild | None = None
    channel: Channel | None = None
    guild_intent: int = 0
    dm_intent: int = 0


class World:
    """Everything that exists, and the wires by which news of it leaves."""

    def __init__(self, clock: ServerClock) -> None:
        self.clock = clock
        self.snowflakes = Snowflakes(clock)
        self.waiting = Waiting()
        self.base_url = ""
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files: dict[int, Attachment] = {}
        self.commands: dict[int | None, dict[int, JSON]] = {None: {}}
        """Registered commands by guild id; None are the global ones."""
        self.interactions: dict[int, Interaction] = {}
        self.typings: list[Typing] = []
        self.drift: list[str] = []
        """Where what this server says departs from Discord's description."""
        self.publish: Callable[[Event], None] = lambda event: None
        bot = User(self.snowflakes.next(), "Sources Say", bot=True)
        owner = User(self.snowflakes.next(), "operator")
        self.app = App(bot.id, "", bot, owner)
        self.users |= {bot.id: bot, owner.id: owner}

    @property
    def bot(self) -> User:
        """The bot under test."""
        return self.app.bot

    def store(
        self,
        channel: Channel,
        upload: Upload,
        *,
        description: str | None = None,
        hide: bool = False,
    ) -> Attachment:
        """Keep a file where it can be downloaded."""
        fid = self.snowflakes.next()
        name = re.sub(r"[^\w.\-]", "_", upload.filename) or "unknown"
        kind = "ephemeral-attachments" if hide else "attachments"
        url = f"{self.base_url}/{kind}/{channel.id}/{fid}/{name}?ex=0&is=0&hm=0"
        kept = Attachment(fid, name, upload.data, url, upload.content_type, description, hide)
        self.files[fid] = kept
        return kept

    def message(self, message_id: int) -> ServerMessage | None:
        """The message with this id, wherever it is, unless it was deleted."""
        for channel in self.channels.values():
            if (found := channel.messages.get(message_id)) is not None and not found.deleted:
                return found
        return None

    def changed(self) -> None:
        """Wake whoever waits for something to happen."""
        self.waiting.changed()
