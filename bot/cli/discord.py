"""Discord, from settings and what all platforms share."""

from __future__ import annotations

from pydantic import SecretStr

from bot.chat.grammar import DISCORD as SYNTAX
from bot.chat.identity import Rights
from bot.chat.layout import Layout
from bot.chat.rendering.discord import DISCORD
from bot.chat.texts.catalogue import Text, notice
from bot.chat.texts.english import ENGLISH
from bot.cli.curator_tools import sentence
from bot.cli.shared import SharedServices
from bot.config.settings import Settings
from bot.core.errors import SettingsError
from bot.platforms.discord.client import Shards
from bot.platforms.discord.components import LIMIT
from bot.platforms.discord.run import DiscordConnection, run_discord


async def on_discord(shared: SharedServices, token: SecretStr) -> None:
    """Be on Discord until cancelled. Raises `SourcesSayError` where it cannot be."""
    discord = shared.settings.discord
    joining = joining_of(shared.settings, token)
    rights = Rights(
        frozenset(discord.curator_users),
        frozenset(discord.curator_roles),
        frozenset(discord.manager_roles),
    )
    rooms = shared.rooms(discord.direct_collections)

    def joined(name: str, servers: int) -> None:
        shared.output.write(sentence(notice(Text.JOINED, name=name, servers=servers)) + "\n")

    layout = Layout(DISCORD, LIMIT, ENGLISH)
    await run_discord(shared.platform(rights, rooms, layout, SYNTAX, joined), joining)


def joining_of(settings: Settings, token: SecretStr) -> DiscordConnection:
    """How Discord is joined; raises `SettingsError` for settings that do not go together."""
    discord = settings.discord
    if discord.shard_ids and not discord.shard_count:
        raise SettingsError(
            "discord.shard_ids: these are numbers out of discord.shard_count, which is 0; set"
            " that to the number of shards in all"
        )
    shards = Shards(discord.shard_count or None, tuple(map(int, discord.shard_ids)))
    return DiscordConnection(
        token=token.get_secret_value(),
        message_content=discord.message_content,
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
        shards=shards,
        command_servers=discord.command_servers,
    )
