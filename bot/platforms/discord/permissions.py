"""Permissions on Discord: which the bot needs, which it lacks, and who is told of that."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import discord

from bot.chat.rendering.escape import visible_line
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.languages import in_language
from bot.chat.texts.notices import notice
from bot.core.errors import StateError
from bot.platforms.discord import mapping, outbox
from bot.platforms.services import PlatformServices

NEEDED = {
    "view_channel": "View Channels",
    "send_messages": "Send Messages",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
    "read_message_history": "Read Message History",
    "add_reactions": "Add Reactions",
}
"""All permissions that the bot uses, with the names that Discord shows."""

MOST_ASKED = 50
"""People who wrote to the bot of late, of whom is found out whether they manage a server."""

MEMBER_SECONDS = 20.0

_log = logging.getLogger(__name__)


def needed() -> discord.Permissions:
    """The permissions of the invitation."""
    return discord.Permissions(**dict.fromkeys(NEEDED, True))


def lacking(channel: Any, *, opens_threads: bool = False) -> frozenset[str]:
    """The permissions that the bot lacks in a channel, as far as the client knows.

    Those that threads take count where it `opens_threads`, if the channel can hold any.
    """
    guild = getattr(channel, "guild", None)
    if guild is None or guild.me is None:
        return frozenset()
    try:
        allowed = channel.permissions_for(guild.me)
    except (AttributeError, discord.ClientException):  # The channel of the thread is not known.
        return frozenset()
    elsewhere = {"create_public_threads", "send_messages_in_threads"}
    if isinstance(channel, discord.Thread | discord.ForumChannel):
        elsewhere = {"create_public_threads", "send_messages"}
    elif opens_threads and isinstance(channel, discord.TextChannel):
        elsewhere = set()
    return frozenset(name for name in NEEDED.keys() - elsewhere if not getattr(allowed, name))


def names_of(permissions: Iterable[str]) -> str:
    """Permissions as Discord names them, in one order."""
    chosen = set(permissions)
    return ", ".join(shown for name, shown in NEEDED.items() if name in chosen)


@dataclass(frozen=True, slots=True)
class PermissionReports:
    """Tells once what the bot lacks in a server: in the log, and the managers who wrote to it."""

    client: discord.Client
    services: PlatformServices

    async def report(self, channel: Any, now: frozenset[str]) -> None:
        """Tell what is lacking in a channel, unless it was told of this server before.

        The caller holds a lock of the server.
        """
        values, guild = self.services.store.values, channel.guild
        key = f"discord:lacking:{guild.id}"
        try:
            told = frozenset((await values.get(key) or "").split(","))
            if now <= told:
                return
            await values.set(key, ",".join(sorted(now | told - {""})))
        except StateError as fault:
            _log.warning("what was told of permissions could not be read: %s", fault)
            return
        server, room, rights = visible_line(guild.name), visible_line(channel.name), names_of(now)
        _log.warning("in the server %s, channel #%s, the bot lacks: %s", server, room, rights)
        chat, place = self.services.chat, mapping.place_of_channel(channel)
        with in_language(await chat.room_language(place, mapping.space_language(guild))):
            message = chat.say(notice(CuratorText.LACKING, server=server, room=room, rights=rights))
        for conversation in await self._managers(guild):
            where = self.client.get_partial_messageable(conversation)
            await outbox.attempt(outbox.say(where, message), "telling of missing permissions")

    async def _managers(self, guild: discord.Guild) -> list[int]:
        """The conversations with managers of a server who wrote to the bot before."""
        try:
            askers = await self.services.store.answers.askers_in(mapping.PLATFORM, mapping.DIRECT)
        except StateError as fault:
            _log.warning("earlier conversations could not be looked up: %s", fault)
            return []
        rooms = islice(askers.items(), MOST_ASKED)
        return [int(room) for room, asker in rooms if await self._manages(guild, int(asker))]

    async def _manages(self, guild: discord.Guild, user: int) -> bool:
        try:
            async with asyncio.timeout(MEMBER_SECONDS):
                member = await guild.fetch_member(user)
        except outbox.UNREACHED:
            return False
        return self.services.rights.manages(mapping.person_of_member(member))
