"""First steps on Discord: what the operator reads at the start, and the welcome in a server."""

import asyncio
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

import discord

from bot.chat.identity import Place
from bot.chat.message import Message
from bot.chat.rendering.escape import visible_line
from bot.chat.rooms import RoomPolicies
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.languages import in_language
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.parameters import IdOnPlatform
from bot.platforms.discord import outbox
from bot.platforms.discord.mapping import PLATFORM, place_of_channel, space_language
from bot.platforms.discord.permissions import lacking, names_of, needed
from bot.platforms.services import PlatformServices

SERVERS_NAMED = 20
"""Most servers of which the operator is told what is lacking."""

CHANNELS_NAMED = 15
"""Most channels of which a setup says what is lacking."""

WELCOME_SECONDS = 60.0

_log = logging.getLogger(__name__)


def start_notes(client: discord.Client) -> Iterator[Notice]:
    """The link of the invitation, and what the bot lacks in its servers."""
    if client.application_id is not None:
        scopes = ("bot", "applications.commands")
        yield notice(
            Text.INVITE,
            url=discord.utils.oauth_url(client.application_id, permissions=needed(), scopes=scopes),
        )
    for guild in client.guilds[:SERVERS_NAMED]:
        if (found := lacking_in(guild)) is not None:
            yield found


def lacking_in(guild: discord.Guild) -> Notice | None:
    """A notice of all permissions missing in visible channels of a server; None without any."""
    missing = _channels_lacking(guild)
    if not missing:
        return None
    return notice(
        CuratorText.LACKING,
        server=visible_line(guild.name),
        room=visible_line(next(iter(missing)).name),
        rights=names_of(frozenset[str]().union(*missing.values())),
    )


async def permission_check(guild: discord.Guild, rooms: RoomPolicies) -> tuple[Notice, ...]:
    """A notice for each visible channel with missing permissions, up to `CHANNELS_NAMED`.

    Raises StateError.
    """
    places = {channel: place_of_channel(channel) for channel in guild.text_channels}
    opening = {c.id for c, place in places.items() if (await rooms.effective(place)).threads}
    lines = [
        notice(
            CuratorText.LACKING_IN_ROOM,
            room=IdOnPlatform(PLATFORM, str(channel.id), is_room=True),
            rights=names_of(rights),
        )
        for channel, rights in islice(_channels_lacking(guild, opening).items(), CHANNELS_NAMED)
    ]
    return tuple(lines) or (notice(CuratorText.NOTHING_LACKING),)


def _channels_lacking(
    guild: discord.Guild, opening: Collection[int] = ()
) -> dict[discord.abc.GuildChannel, frozenset[str]]:
    """The permissions missing in each channel; in those of `opening` replies open threads."""
    channels: list[discord.abc.GuildChannel] = [*guild.text_channels, *guild.voice_channels]
    channels += [*guild.stage_channels, *guild.forums]
    return {
        channel: rights
        for channel in channels
        if (rights := lacking(channel, opens_threads=channel.id in opening))
        and "view_channel" not in rights
    }


@dataclass(frozen=True, slots=True)
class ServerWelcome:
    """Greets a server that the bot was added to, once: its owner, else its system channel."""

    client: discord.Client
    services: PlatformServices

    async def greet(self, guild: discord.Guild) -> None:
        """Send the welcome, and write a line of log."""
        _log.warning("the bot was added to the server %s", visible_line(guild.name))
        place = Place(PLATFORM, str(guild.id), str(guild.id))
        chat = self.services.chat
        with in_language(await chat.room_language(place, space_language(guild))):
            message = await chat.server_welcome(place, visible_line(guild.name))
        try:
            async with asyncio.timeout(WELCOME_SECONDS):
                if not await self._tell_owner(guild, message):
                    await self._tell_server(guild, message)
        except outbox.UNREACHED as fault:
            _log.warning("a server could not be greeted: %s", type(fault).__name__)

    async def _tell_owner(self, guild: discord.Guild, message: Message) -> bool:
        # The bot has no right to read the audit log, which alone names its inviter.
        if guild.owner_id is None:
            return False
        try:
            channel = await self.client.create_dm(discord.Object(guild.owner_id))
            await outbox.say(channel, message)
        except discord.HTTPException as fault:
            _log.info("the owner of a server could not be greeted: %s", fault.code)
            return False
        return True

    async def _tell_server(self, guild: discord.Guild, message: Message) -> None:
        channel = guild.system_channel
        if channel is not None and not lacking(channel) & {"view_channel", "send_messages"}:
            await outbox.say(channel, message)
