"""The bot on Discord, from its options to a supervised connection."""

from dataclasses import dataclass, field

import discord
from pydantic import SecretStr

from bot.chat.command_grammar import DISCORD as SYNTAX
from bot.chat.identity import Rights
from bot.chat.layout import Layout
from bot.chat.rendering.discord import DISCORD
from bot.chat.texts.english import ENGLISH
from bot.config.settings import Settings
from bot.core.errors import SettingsError
from bot.platforms.discord import endpoints
from bot.platforms.discord.client import Client, Shards
from bot.platforms.discord.components import LIMIT
from bot.platforms.discord.faults import stay_on_discord
from bot.platforms.discord.register import commands_of, register
from bot.platforms.services import OnJoin, PlatformServices, SharedServices, ignore_join


@dataclass(frozen=True, slots=True)
class DiscordConnection:
    """Token and options of the connection; empty addresses are Discord's own."""

    token: str
    message_content: bool = False
    api_url: str = ""
    gateway_url: str = ""
    shards: Shards = field(default_factory=Shards)
    command_servers: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "DiscordConnection(token=…)"


def discord_connection(settings: Settings, token: SecretStr) -> DiscordConnection:
    """The connection by these settings; raises `SettingsError` where they contradict each other."""
    discord = settings.discord
    if discord.shard_ids and not discord.shard_count:
        raise SettingsError(
            "discord.shard_ids: these are numbers out of discord.shard_count, which is 0; set"
            " that to the number of shards in all"
        )
    return DiscordConnection(
        token=token.get_secret_value(),
        message_content=discord.message_content,
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
        shards=Shards(discord.shard_count or None, tuple(map(int, discord.shard_ids))),
        command_servers=discord.command_servers,
    )


def discord_services(services: SharedServices, on_join: OnJoin = ignore_join) -> PlatformServices:
    """The services of Discord, by its settings."""
    settings = services.settings.discord
    rights = Rights(
        frozenset(settings.curator_users),
        frozenset(settings.curator_roles),
        frozenset(settings.manager_roles),
    )
    layout = Layout(DISCORD, LIMIT, ENGLISH)
    return services.for_platform(rights, settings.direct_collections, layout, SYNTAX, on_join)


class DiscordBot(Client):
    """The client together with its slash commands."""

    def __init__(self, services: PlatformServices, connection: DiscordConnection) -> None:
        shards = connection.shards
        if connection.gateway_url and shards.count is None:
            # Discord advises on shards for its own gateway; a proxy is one connection.
            shards = Shards(1, shards.ids)
        super().__init__(services, message_content=connection.message_content, shards=shards)
        self._command_servers = connection.command_servers
        self.tree = commands_of(self)

    async def setup_hook(self) -> None:
        """Register changed commands before connecting to the gateway."""
        await super().setup_hook()
        if self.application_id is not None:
            servers = self._command_servers
            await register(self.tree, self.services.store, self.application_id, servers)


async def run_discord(services: PlatformServices, connection: DiscordConnection) -> None:
    """Run the bot on Discord until cancelled; raises DiscordError where only a person can help."""
    endpoints.use(connection.api_url, connection.gateway_url)
    # The bot uses no voice channels, so it needs no warning that voice libraries are missing.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

    async def run(client: Client) -> None:
        await client.start(connection.token, reconnect=True)

    await stay_on_discord(lambda: DiscordBot(services, connection), run)
