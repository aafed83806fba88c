"""Discord from settings to a running bot."""

from __future__ import annotations

from dataclasses import dataclass, field

import discord

from bot.platforms.discord import endpoints
from bot.platforms.discord.client import Client, Shards
from bot.platforms.discord.faults import stay
from bot.platforms.discord.register import commands_of, register
from bot.platforms.parts import PlatformServices


@dataclass(frozen=True, slots=True)
class DiscordConnection:
    """How Discord is joined; addresses are empty for Discord's own."""

    token: str
    message_content: bool = False
    api_url: str = ""
    gateway_url: str = ""
    shards: Shards = field(default_factory=Shards)
    command_servers: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Joining(token=…)"


class DiscordBot(Client):
    """The client with its commands."""

    def __init__(self, parts: PlatformServices, joining: DiscordConnection) -> None:
        shards = joining.shards
        if joining.gateway_url and shards.count is None:
            # A proxy stands for the whole gateway: Discord's advice is not for who uses it.
            shards = Shards(1, shards.ids)
        super().__init__(parts, message_content=joining.message_content, shards=shards)
        self._joining = joining
        self.tree = commands_of(self)

    async def setup_hook(self) -> None:
        """Register what changed of the commands, before the gateway is joined."""
        await super().setup_hook()
        if self.application_id is not None:
            servers = self._joining.command_servers
            await register(self.tree, self.parts.store, self.application_id, servers)


async def run_discord(parts: PlatformServices, joining: DiscordConnection) -> None:
    """Be on Discord until cancelled; raises DiscordError where only a person can help."""
    endpoints.use(joining.api_url, joining.gateway_url)
    # Nothing is spoken here, only written: no library for voice is missed.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

    async def run(client: Client) -> None:
        await client.start(joining.token, reconnect=True)

    await stay(lambda: DiscordBot(parts, joining), run)
