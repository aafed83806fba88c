"""One interaction: what the bot is told of it, what it answered, and waiting for that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.harness.discord_server import payloads
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.permissions import IN_DM, permissions
from tests.harness.discord_server.places import Channel, Kind
from tests.harness.discord_server.world import JSON, Event, User, World

COMMAND, COMPONENT, AUTOCOMPLETE, FORM = 2, 3, 4, 5
SECONDS_TO_ANSWER = 3.0
SECONDS_OF_TOKEN = 900.0
FILE_LIMIT = 10 * 1024 * 1024
GUILD, BOT_DM, PRIVATE = 0, 1, 2


@dataclass(eq=False)
class Interaction:
    """A command, a pressed button, a suggestion asked for, or a form that is sent.

    `kind` of the answer is Discord's callback type, None until the bot answered.
    """

    world: World
    id: int
    token: str
    type: int
    user: User
    channel: Channel
    created: datetime
    data: JSON
    owners: dict[str, str]
    context: int
    command: JSON | None = None
    message: ServerMessage | None = None
    kind: int | None = None
    original: ServerMessage | None = None
    followups: list[ServerMessage] = field(default_factory=list)
    choices: list[JSON] = field(default_factory=list)
    form: JSON | None = None

    @property
    def age(self) -> float:
        """Seconds since the person acted."""
        return (self.world.clock.now() - self.created).total_seconds()

    @property
    def messages(self) -> list[ServerMessage]:
        """What the bot answered and has not deleted, in order."""
        every = [self.original, *self.followups] if self.original else self.followups
        return [m for m in every if not m.deleted]

    async def acknowledged(self, seconds: float = 5) -> Interaction:
        """Wait until the bot answered in any way."""
        await self.world.waiting.until(lambda: self.kind is not None, seconds, self._silence)
        return self

    async def response(self, seconds: float = 5) -> ServerMessage:
        """Wait for the message that answers it, past "is thinking"."""

        def look() -> ServerMessage | None:
            done = self.original is not None and not self.original.loading
            return self.original if done else None

        found = await self.world.waiting.until(look, seconds, self._silence)
        assert found is not None
        return found

    async def opened_form(self, seconds: float = 5) -> JSON:
        """Wait for the form (modal) that it opens."""
        await self.world.waiting.until(lambda: self.form is not None, seconds, self._silence)
        assert self.form is not None
        return self.form

    async def followup(self, index: int = 0, seconds: float = 5) -> ServerMessage:
        """Wait for a further message, counted from 0."""
        await self.world.waiting.until(lambda: len(self.followups) > index, seconds, self._silence)
        return self.followups[index]

    def _silence(self) -> str:
        name = self.command["name"] if self.command else self.data.get("custom_id")
        said = "no answer" if self.kind is None else f"an answer of type {self.kind}"
        return f"The interaction {name!r} of {self.user} got {said}; messages: {self.messages}"

    def metadata(self) -> JSON:
        """What a message tells of the interaction it answers."""
        body: JSON = {
            "id": str(self.id),
            "type": self.type,
            "user": payloads.user(self.user),
            "authorizing_integration_owners": self.owners,
        }
        if self.type == COMPONENT and self.message is not None:
            body["interacted_message_id"] = str(self.message.id)
        if self.type == COMMAND and self.command is not None:
            body["name"] = self.command["name"]
            body["command_type"] = self.command["type"]
        return body

    def payload(self) -> JSON:
        """The interaction as the gateway brings it."""
        place, guild = self.channel, self.channel.guild
        body: JSON = {
            "id": str(self.id),
            "application_id": str(self.world.app.id),
            "type": self.type,
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": str(place.id),
            "channel": _partial_channel(place, self.user),
            "app_permissions": str(int(_app_permissions(self))),
            "locale": self.user.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self.owners,
            "context": self.context,
            "attachment_size_limit": FILE_LIMIT,
        }
        if guild is not None:
            body["guild_id"] = str(guild.id)
            body["guild"] = {"id": str(guild.id), "locale": guild.locale, "features": []}
            body["guild_locale"] = guild.locale
            held = {"permissions": str(int(permissions(self.user, place)))}
            body["member"] = payloads.member(guild.members[self.user.id]) | held
        else:
            body["user"] = payloads.user(self.user)
        if self.message is not None:
            body["message"] = payloads.message(self.message, allowed=True)
        return body

    def send(self) -> Interaction:
        """Bring it to the bot."""
        self.world.interactions[self.id] = self
        guild = self.channel.guild
        known = guild if guild is not None and guild.has_bot else None
        self.world.publish(Event("INTERACTION_CREATE", self.payload(), known))
        return self


def start(
    world: World,
    kind: int,
    user: User,
    channel: Channel,
    data: JSON,
    owners: dict[str, str],
    **links: Any,
) -> Interaction:
    """Make an interaction and bring it to the bot."""
    new = world.snowflakes.next()
    made = Interaction(
        world=world,
        id=new,
        token=f"aW50ZXJhY3Rpb246{new}",
        type=kind,
        user=user,
        channel=channel,
        created=world.clock.now(),
        data=data,
        owners=owners,
        context=context_of(channel),
        **links,
    )
    return made.send()


def context_of(channel: Channel) -> int:
    """Guild, the bot's own DM, or another private conversation."""
    if channel.guild is not None:
        return GUILD
    with_bot = channel.type == Kind.DM and channel.world.bot in channel.recipients
    return BOT_DM if with_bot else PRIVATE


def _app_permissions(asked: Interaction) -> int:
    place = asked.channel
    if place.guild is None:
        return int(IN_DM)
    person = permissions(asked.user, place)
    bot = permissions(asked.world.bot, place)
    return int(bot if place.guild.has_bot else person & IN_DM)


def _partial_channel(place: Channel, user: User) -> JSON:
    held = {"permissions": str(int(permissions(user, place)))}
    return payloads.channel(place) | (held if place.guild else {})
