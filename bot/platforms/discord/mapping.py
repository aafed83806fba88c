"""Mapping of Discord's objects to those of the chat: places, people, the words of a message."""

from dataclasses import replace
from typing import Any

import discord
import regex

from bot.chat.identity import Person, Place
from bot.chat.request import ChatRequest
from bot.chat.texts.languages import Language, language_of_locale

PLATFORM = "discord"

_PERSON = regex.compile(r"<@!?\d+>")

DIRECT = "direct"
"""Space of conversations outside any server."""

Interaction = discord.Interaction[Any]
"""The use of a command, or the press of a button."""


def place_of_message(message: discord.Message) -> Place:
    """The place of a message."""
    guild, channel = message.guild, message.channel
    return _place(None if guild is None else guild.id, channel.id, channel)


def place_of_channel(channel: Any) -> Place:
    """The place of a channel or a thread."""
    return _place(None if channel.guild is None else channel.guild.id, channel.id, channel)


def place_of_settings(interaction: Interaction) -> Place:
    """The place that a command sets: in a post of a forum the forum, where none can be given."""
    place = place_of_interaction(interaction)
    if place.parent is None or not in_forum(interaction.channel):
        return place
    return replace(place, room=place.parent, parent=None)


def is_guest(interaction: Interaction) -> bool:
    """Whether the bot is no member of the server or group: the user installed it for themselves."""
    if interaction.guild_id is None:
        return interaction.context.private_channel
    return interaction.client.get_guild(interaction.guild_id) is None


def place_of_interaction(interaction: Interaction) -> Place:
    """The place of a command or a pressed button.

    A server that the bot is not in counts as a direct conversation: nobody there could have
    set what the bot shows.
    """
    guild = None if is_guest(interaction) else interaction.guild_id
    return _place(guild, interaction.channel_id or 0, interaction.channel)


def _place(guild: int | None, room: int, channel: object) -> Place:
    space = DIRECT if guild is None else str(guild)
    parent = str(channel.parent_id) if isinstance(channel, discord.Thread) else None
    return Place(PLATFORM, space, str(room), parent, direct=guild is None)


def place_of_thread(message: discord.Message) -> Place:
    """The place of the thread that begins, or would begin, at a message: both have one id."""
    place = place_of_message(message)
    return replace(place, room=str(message.id), parent=place.parent or place.room)


def in_forum(channel: Any) -> bool:
    """Whether a channel is a post of a forum: a thread whose first message has the thread's id."""
    return isinstance(channel, discord.Thread) and isinstance(channel.parent, discord.ForumChannel)


def person_of_message(message: discord.Message) -> Person:
    """The author of a message with their rights."""
    author = message.author
    if not isinstance(author, discord.Member):
        return Person(PLATFORM, str(author.id))
    try:
        permissions = message.channel.permissions_for(author)
    except discord.ClientException:  # The channel of the thread is not known.
        permissions = discord.Permissions.none()
    manages, moderates = permissions.manage_guild, permissions.manage_messages
    return Person(PLATFORM, str(author.id), _roles(author), manages, moderates)


def person_of_member(member: discord.Member) -> Person:
    """A member of a server with their rights in all of it."""
    permissions = member.guild_permissions
    manages, moderates = permissions.manage_guild, permissions.manage_messages
    return Person(PLATFORM, str(member.id), _roles(member), manages, moderates)


def person_of_interaction(interaction: Interaction) -> Person:
    """The user of a command or a button with their rights.

    The manager of a server that the bot is not in moderates there and manages nothing: the
    server counts as a direct conversation, and the bot has those with other people too.
    """
    user = interaction.user
    roles = _roles(user) if isinstance(user, discord.Member) else frozenset[str]()
    if interaction.guild_id is None:
        return Person(PLATFORM, str(user.id), roles)
    permissions = interaction.permissions
    manages, moderates = permissions.manage_guild, permissions.manage_messages
    if is_guest(interaction):
        manages, moderates = False, manages or moderates
    return Person(PLATFORM, str(user.id), roles, manages, moderates)


def space_language(guild: discord.Guild | None) -> Language | None:
    """The language of a server; only communities choose one, all others count as English."""
    if guild is None or "COMMUNITY" not in guild.features:
        return None
    return language_of_locale(guild.preferred_locale.value)


def _roles(member: discord.Member) -> frozenset[str]:
    # The default role is that of every member, so it distinguishes nobody.
    return frozenset(str(role.id) for role in member.roles if not role.is_default())


def is_of_person(message: discord.Message) -> bool:
    """Whether a person wrote a message, not a bot, a webhook or Discord itself."""
    if message.author.bot or message.webhook_id is not None:
        return False
    return message.type in {discord.MessageType.default, discord.MessageType.reply}


def answered_in(reply: discord.Message) -> int:
    """The id of the message that `reply` answers; its own id where it is no reply."""
    reference = reply.reference
    return reply.id if reference is None or reference.message_id is None else reference.message_id


def thread_key(place: Place, person: Person, private: bool = False) -> str:
    """The key under which questions follow up each other: the thread, elsewhere room and person.

    In direct conversations each person has a key, since a group has several people. Private
    questions have a key of their own: no public reply may repeat their words.
    """
    if private:
        return f"{place.room}:{person.id}:private"
    shared = place.parent is not None and not place.direct
    return place.room if shared else f"{place.room}:{person.id}"


def request_of_message(
    message: discord.Message, place: Place, hears_everything: bool
) -> ChatRequest:
    """The request of a question in a message."""
    person = person_of_message(message)
    return ChatRequest(
        place,
        person,
        thread_key(place, person),
        message=str(message.id),
        hears_everything=hears_everything,
        space_language=space_language(message.guild),
    )


def is_addressed(message: discord.Message, me: discord.ClientUser, everything: bool) -> bool:
    """Whether a message is for the bot: a mention, a reply to it, or all where `everything`."""
    if everything or message.guild is None:
        return True
    if any(user.id == me.id for user in message.mentions):
        return True
    own = message.guild.self_role
    # A member who may not ping the role still means the bot; Discord then lists no mention.
    if own is not None and (own in message.role_mentions or own.mention in message.content):
        return True
    target = message.reference.resolved if message.reference else None
    return isinstance(target, discord.Message) and target.author.id == me.id


def words_of(message: discord.Message, me: discord.ClientUser) -> str:
    """The words of a message without the mention of the bot; other mentions become names."""
    names = [rf"<@!?{me.id}>"]
    if message.guild is not None and message.guild.self_role is not None:
        names.append(rf"<@&{message.guild.self_role.id}>")
    text = regex.sub("|".join(names), " ", message.content)
    for user in message.mentions:
        # str.replace, since a name may contain escapes that a pattern would expand.
        for mention in (f"<@{user.id}>", f"<@!{user.id}>"):
            text = text.replace(mention, user.display_name)
    for role in message.role_mentions:
        text = text.replace(f"<@&{role.id}>", role.name)
    for channel in message.channel_mentions:
        # The reply must not reveal the name of a channel that the asker cannot see.
        name = f"#{channel.name}" if _sees(message.author, channel) else " "
        text = text.replace(f"<#{channel.id}>", name)
    return text.strip()


def without_people(text: str) -> str:
    """The text of an option, with "…" for each mention of a person.

    Questions are kept, without ids, and Discord tells no names with an option.
    """
    return _PERSON.sub("…", text)


def sees_room(interaction: Interaction, room: str) -> bool:
    """Whether the user of a command or a button may see a channel or thread of the server."""
    guild = interaction.guild
    channel = None if guild is None else guild.get_channel_or_thread(int(room))
    return channel is not None and _sees(interaction.user, channel)


def _sees(author: discord.User | discord.Member, channel: Any) -> bool:
    """Whether a member may see a channel of their server."""
    if not isinstance(author, discord.Member):
        return False
    try:
        public = channel.type is not discord.ChannelType.private_thread
        return public and bool(channel.permissions_for(author).view_channel)
    except discord.ClientException:  # The channel of the thread is not known.
        return False
