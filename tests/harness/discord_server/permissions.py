"""Who may do what where: Discord's permission bits and the order in which they are resolved."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.discord_server.places import Channel
    from tests.harness.discord_server.world import User


class Can(IntFlag):
    """The permissions that matter to a bot that reads and answers."""

    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    CHANGE_NICKNAME = 1 << 26
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    USE_EXTERNAL_APPS = 1 << 50


NOTHING = Can(0)
EVERYTHING = Can((1 << 53) - 1)
USUAL = (
    Can.ADD_REACTIONS
    | Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.EMBED_LINKS
    | Can.ATTACH_FILES
    | Can.READ_MESSAGE_HISTORY
    | Can.USE_EXTERNAL_EMOJIS
    | Can.CONNECT
    | Can.SPEAK
    | Can.CHANGE_NICKNAME
    | Can.USE_APPLICATION_COMMANDS
    | Can.CREATE_PUBLIC_THREADS
    | Can.SEND_MESSAGES_IN_THREADS
    | Can.USE_EXTERNAL_APPS
)
"""What everybody may do in a new guild (no mention of everyone)."""
IN_DM = USUAL | Can.MENTION_EVERYONE


def permissions(user: User, channel: Channel) -> Can:
    """What this user may do in this channel; nothing where they cannot look in."""
    guild = channel.guild
    if guild is None:
        return IN_DM if user in channel.recipients else NOTHING
    member = guild.members.get(user.id)
    if member is None:
        return NOTHING
    base = guild.everyone.permissions
    for role in member.roles:
        base |= role.permissions
    if guild.owner is user or Can.ADMINISTRATOR in base:
        return EVERYTHING
    place = channel.parent if channel.is_thread and channel.parent else channel
    rules = place.overwrites
    if (rule := rules.get(guild.id)) is not None:
        base = (base & ~rule.deny) | rule.allow
    deny = allow = NOTHING
    for role in member.roles:
        if (rule := rules.get(role.id)) is not None:
            deny |= rule.deny
            allow |= rule.allow
    base = (base & ~deny) | allow
    if (rule := rules.get(user.id)) is not None:
        base = (base & ~rule.deny) | rule.allow
    if Can.VIEW_CHANNEL not in base:
        return NOTHING
    if channel.private and user.id not in channel.thread_members:
        return base if Can.MANAGE_THREADS in base else NOTHING
    return base


def sending(channel: Channel) -> Can:
    """The permission that lets one write here."""
    return Can.SEND_MESSAGES_IN_THREADS if channel.is_thread else Can.SEND_MESSAGES
