"""Where a message stands, also when the bot has not heard of the room before."""

from __future__ import annotations

import logging
from typing import Any

import discord

from bot.platforms.discord.outbox import NotSentError, send_with_retries

_log = logging.getLogger(__name__)


def is_placed(message: discord.Message) -> bool:
    """Whether the room of a message is known well enough to know what it may see."""
    return message.guild is None or not isinstance(message.channel, discord.PartialMessageable)


async def place_it(client: discord.Client, message: discord.Message) -> bool:
    """Look up the room of a message; False where that is of no use.

    It may be a thread, and what its channel may not see it may not see either.
    """
    number = message.channel.id

    async def look() -> Any:
        return await client.fetch_channel(number)

    try:
        message.channel = await send_with_retries(look)
    except (NotSentError, discord.DiscordException) as fault:
        _log.warning("a room could not be looked up, so nothing is shown: %s", type(fault).__name__)
        return False
    return True
