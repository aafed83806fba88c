"""A short visit to Discord: log in, count the servers, leave; nobody there sees it."""

import asyncio

import aiohttp
import discord

from bot.core.errors import DiscordError
from bot.platforms.discord.run import DiscordConnection, describe, fatal_error, prepare_library

SECONDS = 30.0
"""The longest visit."""


async def visit(connection: DiscordConnection) -> tuple[str, int]:
    """The name of the bot and the number of its servers; raises `DiscordError`."""
    prepare_library(connection.settings)
    client = discord.Client(intents=discord.Intents(guilds=True))
    try:
        async with asyncio.timeout(SECONDS), client:
            await client.login(connection.token)
            servers = [server async for server in client.fetch_guilds(limit=None)]
            return str(client.user), len(servers)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as fault:
        known = fatal_error(fault)
        reason = f"Discord: {describe(fault)}; look at the network, and try again."
        raise known or DiscordError(reason) from None
