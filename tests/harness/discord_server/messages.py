"""A message and what people see of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag
from typing import TYPE_CHECKING, Any

from tests.harness.discord_server.world import JSON, Attachment, Role, User

if TYPE_CHECKING:
    from tests.harness.discord_server.interactions import Interaction
    from tests.harness.discord_server.places import Channel


class Flag(IntFlag):
    """Message flags a bot meets."""

    NONE = 0
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class Of:
    """Component types by name."""

    ROW, BUTTON, SELECT, INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = (
        range(1, 9)
    )
    SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR = range(9, 15)
    CONTAINER, LABEL, UPLOAD = 17, 18, 19
    SELECTS = frozenset({SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})


@dataclass(frozen=True, slots=True)
class ServerButton:
    """A button as it is seen; link buttons have a url and no custom id."""

    label: str
    emoji: str
    custom_id: str | None
    url: str | None
    disabled: bool


@dataclass(eq=False)
class ServerMessage:
    """A message of a channel; `visible_to` is set for an ephemeral one."""

    id: int
    channel: Channel
    author: User
    content: str
    timestamp: datetime
    type: int = 0
    edited: datetime | None = None
    embeds: list[JSON] = field(default_factory=list)
    components: list[JSON] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: Flag = Flag.NONE
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[Role] = field(default_factory=list)
    mention_everyone: bool = False
    reply_to: ServerMessage | None = None
    reply_id: int | None = None
    forwarded: ServerMessage | None = None
    nonce: str | int | None = None
    reactions: dict[str, list[User]] = field(default_factory=dict)
    interaction: Interaction | None = None
    visible_to: User | None = None
    deleted: bool = False
    pinned: bool = False
    thread: Channel | None = None
    allowed_mentions: JSON | None = None
    history: list[str] = field(default_factory=list)
    """Texts it had before it was edited, oldest first."""

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.visible_to is not None

    @property
    def loading(self) -> bool:
        """Whether it still shows that the bot is thinking."""
        return Flag.LOADING in self.flags

    @property
    def text(self) -> str:
        """Everything written in it, in reading order, one part a line."""
        parts = [self.content, *embed_texts(self.embeds)]
        parts += [part["content"] for part in walk(self.components) if part.get("type") == Of.TEXT]
        return "\n".join(part for part in parts if part)

    @property
    def buttons(self) -> list[ServerButton]:
        """Its buttons in reading order."""
        return [
            ServerButton(
                part.get("label") or "",
                (part.get("emoji") or {}).get("name") or "",
                part.get("custom_id"),
                part.get("url"),
                bool(part.get("disabled")),
            )
            for part in walk(self.components)
            if part.get("type") == Of.BUTTON
        ]

    @property
    def pings(self) -> list[str]:
        """Whom it notified: "everyone", mentions of roles and users."""
        everyone = ["everyone"] if self.mention_everyone else []
        roles = [role.mention for role in self.mention_roles]
        return everyone + roles + [user.mention for user in self.mentions]

    @property
    def link(self) -> str:
        """The address of the message as people copy it."""
        place = self.channel.guild.id if self.channel.guild else "@me"
        return f"https://discord.com/channels/{place}/{self.channel.id}/{self.id}"

    def __repr__(self) -> str:
        to = f" only for {self.visible_to}" if self.visible_to else ""
        return f"<message {self.id} of {self.author.name}{to}: {self.text[:80]!r}>"


def embed_texts(embeds: list[JSON]) -> Iterator[str]:
    """The texts of embeds as they are read: author, title, description, fields, footer."""
    for embed in embeds:
        yield (embed.get("author") or {}).get("name") or ""
        yield embed.get("title") or ""
        yield embed.get("description") or ""
        for entry in embed.get("fields") or ():
            yield entry.get("name") or ""
            yield entry.get("value") or ""
        yield (embed.get("footer") or {}).get("text") or ""


def walk(components: Any) -> Iterator[JSON]:
    """Every component, parents first, in reading order; what is not an object is passed over."""
    if not isinstance(components, list):
        return
    for part in components:
        if not isinstance(part, dict):
            continue
        yield part
        yield from walk(part.get("components"))
        for single in ("accessory", "component"):
            if isinstance(part.get(single), dict):
                yield from walk([part[single]])
