"""Supervision of the bot on Discord: which faults end it, and how the others are logged."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import aiohttp
import discord

from bot.core.errors import DiscordError
from bot.platforms.discord.client import Client
from bot.platforms.supervisor import Sleep, supervise

BAD_TOKEN, BAD_INTENTS, BAD_SHARD = 4004, {4013, 4014}, {4010, 4011}

_log = logging.getLogger(__name__)


def fatal_error(fault: BaseException) -> DiscordError | None:
    """The error that says what a person has to do; None where trying again may help."""
    code = fault.code if isinstance(fault, discord.ConnectionClosed) else None
    if isinstance(fault, discord.LoginFailure) or code == BAD_TOKEN:
        return DiscordError(
            "DISCORD_TOKEN: Discord does not accept this token; take a new one from the"
            " developer portal, page Bot, and start again."
        )
    if isinstance(fault, discord.PrivilegedIntentsRequired) or code in BAD_INTENTS:
        return DiscordError(
            "discord.message_content: Discord does not let the bot read all messages; turn on"
            " the message content intent in the developer portal, page Bot, or set this to"
            " false."
        )
    if code in BAD_SHARD:
        return DiscordError(
            "discord.shard_count: Discord does not accept these shards; set it to 0, or to"
            " what Discord advises."
        )
    return None


async def stay_on_discord(
    make_client: Callable[[], Client],
    run: Callable[[Client], Awaitable[None]],
    *,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Keep a client running until cancelled; each connection has a new client.

    Raises DiscordError where only a person can help.
    """

    async def connect() -> None:
        client = make_client()
        try:
            await run(client)
        finally:
            await _close(client)

    await supervise("Discord", connect, fatal_error, _describe, sleep=sleep)


def _describe(fault: BaseException) -> str:
    """The fault for the log, without any address or secret."""
    if isinstance(fault, discord.HTTPException):
        return f"it answered {fault.status}"
    if isinstance(fault, discord.ConnectionClosed):
        return f"it closed the connection, code {fault.code}"
    if isinstance(fault, aiohttp.ClientError | OSError):
        return f"no connection ({type(fault).__name__})"
    return type(fault).__name__


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(5.0):
            await client.close()
    except Exception as fault:  # noqa: BLE001 - a client that broke need not close well
        _log.debug("a client did not close well: %s", type(fault).__name__)
