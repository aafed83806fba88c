"""Guilds, channels, threads and private conversations, and the news when they change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag

from tests.harness.discord_server import payloads
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.permissions import NOTHING, USUAL, Can, permissions
from tests.harness.discord_server.world import (
    Event,
    Member,
    Overwrite,
    Payload,
    Role,
    User,
    World,
)


class Kind(IntEnum):
    """Types of channel."""

    TEXT = 0
    DM = 1
    VOICE = 2
    GROUP = 3
    CATEGORY = 4
    NEWS = 5
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15


class Intent(IntFlag):
    """Gateway intents that this server's events ask for."""

    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_REACTIONS = 1 << 10
    GUILD_TYPING = 1 << 11
    DMS = 1 << 12
    DM_REACTIONS = 1 << 13
    DM_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


@dataclass(eq=False)
class Channel:
    """A place where messages are written."""

    world: World
    id: int
    type: Kind
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    topic: str | None = None
    recipients: list[User] = field(default_factory=list)
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, ServerMessage] = field(default_factory=dict)
    owner: User | None = None
    created: datetime | None = None
    archived: bool = False
    archived_at: datetime | None = None
    locked: bool = False
    thread_members: set[int] = field(default_factory=set)

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread of another channel."""
        return self.type in (Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD)

    @property
    def has_voice(self) -> bool:
        """Whether people speak in it; they can write there, too."""
        return self.type in (Kind.VOICE, Kind.STAGE)

    @property
    def private(self) -> bool:
        """Whether it is a thread for invited members only."""
        return self.type == Kind.PRIVATE_THREAD

    @property
    def mention(self) -> str:
        """What one writes to link to it."""
        return f"<#{self.id}>"

    def allows(self, user: User, wanted: Can) -> bool:
        """Whether the user has all these permissions here."""
        return wanted in permissions(user, self)

    def overwrite(self, who: Role | User, *, allow: Can = NOTHING, deny: Can = NOTHING) -> Channel:
        """Allow or deny something to a role or a member, here only."""
        self.overwrites[who.id] = Overwrite(who.id, isinstance(who, Role), allow, deny)
        self._tell("CHANNEL_UPDATE")
        return self

    def hide_from(self, who: Role | User) -> Channel:
        """Let a role or a member no longer look in."""
        return self.overwrite(who, deny=Can.VIEW_CHANNEL)

    def add_thread(
        self, name: str, owner: User, *, message: ServerMessage | None = None, private: bool = False
    ) -> Channel:
        """Open a thread here, from a message if one is given."""
        kind = Kind.PRIVATE_THREAD if private else Kind.PUBLIC_THREAD
        tid = message.id if message else self.world.snowflakes.next()
        thread = Channel(self.world, tid, kind, name, self.guild, self, owner=owner)
        thread.created = self.world.clock.now()
        thread.thread_members.add(owner.id)
        if message:
            message.thread = thread
        self.world.channels[tid] = thread
        news = payloads.channel(thread) | {"newly_created": True}
        self.world.publish(self._event("THREAD_CREATE", news, thread))
        self.world.changed()
        return thread

    def archive(self, *, locked: bool = False) -> None:
        """Put a thread away; a locked one can no longer be written in."""
        self.archived, self.locked = True, locked
        self.archived_at = self.world.clock.now()
        self._tell("THREAD_UPDATE")

    def delete(self) -> None:
        """Remove the channel with all it holds."""
        self.world.channels.pop(self.id, None)
        if not self.is_thread:
            for thread in [c for c in self.world.channels.values() if c.parent is self]:
                thread.delete()
        self._tell("THREAD_DELETE" if self.is_thread else "CHANNEL_DELETE")

    def tell_change(self) -> None:
        """Say that the channel is no longer as it was."""
        self._tell("THREAD_UPDATE" if self.is_thread else "CHANNEL_UPDATE")

    def _tell(self, name: str) -> None:
        self.world.publish(self._event(name, payloads.channel(self), self))
        self.world.changed()

    def _event(self, name: str, body: Payload, channel: Channel) -> Event:
        return Event(name, body, self.guild, channel, Intent.GUILDS)

    def __repr__(self) -> str:
        return f"<channel {self.name or 'DM'}>"


@dataclass(eq=False)
class Guild:
    """A Discord server; the bot is a member unless it was added without."""

    world: World
    id: int
    name: str
    owner: User
    everyone: Role
    members: dict[int, Member] = field(default_factory=dict)
    roles: list[Role] = field(default_factory=list)
    locale: str = "en-US"
    system_channel: Channel | None = None

    @property
    def has_bot(self) -> bool:
        """Whether the bot under test is a member."""
        return self.world.bot.id in self.members

    @property
    def channels(self) -> list[Channel]:
        """Its channels without threads, oldest first."""
        return [c for c in self.world.channels.values() if c.guild is self and not c.is_thread]

    @property
    def threads(self) -> list[Channel]:
        """Its threads, oldest first."""
        return [c for c in self.world.channels.values() if c.guild is self and c.is_thread]

    def add_channel(
        self,
        name: str,
        *,
        kind: Kind = Kind.TEXT,
        topic: str | None = None,
    ) -> Channel:
        """A new channel."""
        world = self.world
        made = Channel(world, world.snowflakes.next(), kind, name, self, topic=topic)
        world.channels[made.id] = made
        world.publish(Event("CHANNEL_CREATE", payloads.channel(made), self, made, Intent.GUILDS))
        return made

    def add_role(self, name: str, permissions: Can = NOTHING) -> Role:
        """A new role; members have it only once it is given to them."""
        role = Role(self.world.snowflakes.next(), name, permissions, len(self.roles) + 1)
        self.roles.append(role)
        body = {"guild_id": str(self.id), "role": payloads.role(role)}
        self.world.publish(Event("GUILD_ROLE_CREATE", body, self, None, Intent.GUILDS))
        return role

    def change_role(self, role: Role, permissions: Can) -> None:
        """Give a role other permissions; `everyone` is one too."""
        role.permissions = permissions
        body = {"guild_id": str(self.id), "role": payloads.role(role)}
        self.world.publish(Event("GUILD_ROLE_UPDATE", body, self, None, Intent.GUILDS))

    @property
    def bot_role(self) -> Role | None:
        """The role the bot under test brought with it; people mention it by mistake."""
        return next((r for r in self.roles if r.bot is self.world.bot), None)

    def add_member(self, user: User, *roles: Role, nick: str | None = None) -> Member:
        """Let somebody in, or give a member more roles."""
        member = self.members.get(user.id)
        if member is None:
            member = Member(user, self.world.clock.now(), list(roles), nick)
            self.members[user.id] = member
            body = {**payloads.member(member), "guild_id": str(self.id)}
            if user is self.world.bot:
                own = Role(self.world.snowflakes.next(), user.name, bot=user)
                self.roles.append(own)
                member.roles.append(own)
                # At a start Discord says that a server is available again; here it is new.
                news = {k: v for k, v in payloads.guild_create(self).items() if k != "unavailable"}
                self.world.publish(Event("GUILD_CREATE", news, self))
            else:
                self.world.publish(Event("GUILD_MEMBER_ADD", body, self, None, Intent.MEMBERS))
        else:
            member.roles += [r for r in roles if r not in member.roles]
            self._member_changed(member)
        return member

    def take_role(self, user: User, role: Role) -> None:
        """Take a role away from a member."""
        member = self.members[user.id]
        member.roles.remove(role)
        self._member_changed(member)

    def remove_member(self, user: User) -> None:
        """Let somebody leave; without the bot, the bot is told that the guild is gone."""
        body = {"guild_id": str(self.id), "user": payloads.user(user)}
        gone = {"id": str(self.id)}
        if user is self.world.bot:
            self.world.publish(Event("GUILD_DELETE", gone, self, None, Intent.GUILDS))
        else:
            self.world.publish(Event("GUILD_MEMBER_REMOVE", body, self, None, Intent.MEMBERS))
        del self.members[user.id]

    def _member_changed(self, member: Member) -> None:
        body = {**payloads.member(member), "guild_id": str(self.id)}
        wanted = 0 if member.user is self.world.bot else Intent.MEMBERS
        self.world.publish(Event("GUILD_MEMBER_UPDATE", body, self, None, wanted))


def make_guild(
    world: World,
    name: str,
    owner: User,
    *,
    with_bot: bool,
    shard: int | None = None,
    locale: str = "en-US",
) -> Guild:
    """A guild with its owner and, if asked for, the bot; with an id that falls to the shard."""
    gid = world.snowflakes.next()
    while shard is not None and (gid >> 22) % world.app.shards != shard:
        gid = world.snowflakes.next()
    guild = Guild(world, gid, name, owner, Role(gid, "@everyone", USUAL), locale=locale)
    world.guilds[gid] = guild
    guild.members[owner.id] = Member(owner, world.clock.now())
    if with_bot:
        guild.add_member(world.bot)
    return guild


def open_dm(world: World, user: User) -> Channel:
    """The private conversation of the bot and this user, opened if need be."""
    for channel in world.channels.values():
        if channel.type == Kind.DM and user in channel.recipients:
            return channel
    channel = Channel(world, world.snowflakes.next(), Kind.DM, "", recipients=[world.bot, user])
    world.channels[channel.id] = channel
    return channel
