"""Discord's objects as the chat knows them: places, people, and what is asked."""

from __future__ import annotations

from typing import Any

import discord
import regex

from bot.chat.identity import Person, Place

PLATFORM = "discord"

DIRECT = "direct"
"""The space of conversations outside any server."""

_THREADS = frozenset(
    (
        discord.ChannelType.public_thread,
        discord.ChannelType.private_thread,
        discord.ChannelType.news_thread,
    )
)


def place_of_message(message: discord.Message) -> Place:
    """Where a message stands."""
    channel = message.channel
    parent = channel.parent_id if isinstance(channel, discord.Thread) else None
    return _place(message.guild.id if message.guild else None, channel.id, parent)


def is_guest(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot is not where this comes from: a person's own install brought it there."""
    if interaction.guild_id is None:
        return interaction.context.private_channel
    return interaction.client.get_guild(interaction.guild_id) is None


def place_of_interaction(interaction: discord.Interaction[Any]) -> Place:
    """Where a command is used or a button pressed.

    A server that the bot is not in counts as a conversation outside any: nobody there could
    have set what is seen.
    """
    channel = interaction.channel
    parent = None
    if channel is not None and channel.type in _THREADS:
        parent = getattr(channel, "parent_id", None)
    guild = None if is_guest(interaction) else interaction.guild_id
    return _place(guild, interaction.channel_id or 0, parent)


def _place(guild: int | None, channel: int, parent: int | None) -> Place:
    return Place(
        platform=PLATFORM,
        space=DIRECT if guild is None else str(guild),
        room=str(channel),
        parent=None if parent is None else str(parent),
        direct=guild is None,
    )


def person_of_message(message: discord.Message) -> Person:
    """Who wrote a message."""
    author = message.author
    if not isinstance(author, discord.Member):
        return Person(PLATFORM, str(author.id))
    try:
        permissions = message.channel.permissions_for(author)
    except discord.ClientException:  # a thread whose channel is not known
        permissions = discord.Permissions.none()
    return Person(PLATFORM, str(author.id), _roles(author), *_may(permissions))


def person_of_interaction(interaction: discord.Interaction[Any]) -> Person:
    """Who uses a command or presses a button.

    Who manages a server that the bot is not in moderates there and manages nothing: it
    counts as a conversation outside any server, and those are of other people too.
    """
    user = interaction.user
    roles = _roles(user) if isinstance(user, discord.Member) else frozenset[str]()
    if interaction.guild_id is None:
        return Person(PLATFORM, str(user.id), roles)
    manages, moderates = _may(interaction.permissions)
    if is_guest(interaction):
        manages, moderates = False, manages or moderates
    return Person(PLATFORM, str(user.id), roles, manages, moderates)


def _roles(member: discord.Member) -> frozenset[str]:
    # Everybody has the role of the server itself: it says nothing about anyone.
    return frozenset(str(role.id) for role in member.roles if not role.is_default())


def _may(permissions: discord.Permissions) -> tuple[bool, bool]:
    return permissions.manage_guild, permissions.manage_messages


def is_of_person(message: discord.Message) -> bool:
    """Whether a person wrote a message, not a bot, a webhook or Discord itself."""
    if message.author.bot or message.webhook_id is not None:
        return False
    return message.type in {discord.MessageType.default, discord.MessageType.reply}


def answered_in(shown: discord.Message) -> int:
    """The message that `shown` is the answer to; its own id where it is none."""
    reference = shown.reference
    return shown.id if reference is None or reference.message_id is None else reference.message_id


def talk_of(place: Place, person: Person, private: bool = False) -> str:
    """The talk a question belongs to: a thread is one, elsewhere each person has their own.

    So it is in a conversation outside any server, for there may be others than the asker.
    What is asked in private is a talk of its own: its words are for nobody else.
    """
    if private:
        return f"{place.room}:{person.id}:private"
    shared = place.parent is not None and not place.direct
    return place.room if shared else f"{place.room}:{person.id}"


def is_addressed(message: discord.Message, me: discord.ClientUser, everything: bool) -> bool:
    """Whether a message is meant for the bot: a mention, an answer to it, or any at all."""
    if everything or message.guild is None:
        return True
    if any(user.id == me.id for user in message.mentions):
        return True
    own = message.guild.self_role
    # Who may not ping the role still means the bot: then its mention stands in the words only.
    if own is not None and (own in message.role_mentions or own.mention in message.content):
        return True
    before = message.reference.resolved if message.reference else None
    return isinstance(before, discord.Message) and before.author.id == me.id


def question_of(message: discord.Message, me: discord.ClientUser) -> str:
    """The words of a message without the mention of the bot, other mentions by name."""
    names = [rf"<@!?{me.id}>"]
    if message.guild is not None and message.guild.self_role is not None:
        names.append(rf"<@&{message.guild.self_role.id}>")
    text = regex.sub("|".join(names), " ", message.content)
    for user in message.mentions:
        # Not as a pattern's replacement: a name may hold what means something there.
        for mention in (f"<@{user.id}>", f"<@!{user.id}>"):
            text = text.replace(mention, user.display_name)
    for role in message.role_mentions:
        text = text.replace(f"<@&{role.id}>", role.name)
    for channel in message.channel_mentions:
        # Who asks may not see it: its name would be told by the reply.
        name = f"#{channel.name}" if _sees(message.author, channel) else " "
        text = text.replace(f"<#{channel.id}>", name)
    return text.strip()


def _sees(author: discord.User | discord.Member, channel: Any) -> bool:
    """Whether somebody may see a channel of their server."""
    if not isinstance(author, discord.Member):
        return False
    try:
        public = channel.type is not discord.ChannelType.private_thread
        return public and bool(channel.permissions_for(author).view_channel)
    except discord.ClientException:  # a thread whose channel is not known
        return False
