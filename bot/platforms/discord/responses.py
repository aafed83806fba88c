"""Responses on Discord: interactions are answered in time, deferred, or answered late.

Discord waits three seconds for the first response to an interaction, and takes changes of it for
15 minutes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord
from discord import ui

from bot.chat.message import Message
from bot.platforms.discord.components import view_of
from bot.platforms.discord.mapping import Interaction, is_guest
from bot.platforms.discord.outbox import (
    DISCONNECTED,
    NOBODY,
    SEND_SECONDS,
    UNREACHED,
    Echoes,
    NotSentError,
    age,
    attempt,
    is_temporary,
    send_with_retries,
)
from bot.platforms.retry import quick_tries_for, tries_for

T = TypeVar("T")

TOKEN_SECONDS = 840.0
"""Age of an interaction after which it can hardly be answered; Discord's limit is 15 minutes."""

ANSWER_SECONDS = 1.5
"""A command that takes longer is deferred; Discord waits for three seconds."""

FIRST_SECONDS = 2.8
"""Time from the arrival of an interaction in which its first response is tried: Discord waits for
three seconds."""

FIRST_TRY_SECONDS = 0.6
"""Longest wait for one of these tries; discord.py pauses longer after a 5xx."""

ACKNOWLEDGED = 40060
"""Discord's error code where an interaction has its first response already."""

UNKNOWN = 10062
"""Discord's error code for an interaction without a first response in time."""

NO_RESPONSE = 10015
"""Discord's error code for a change of the first response to an interaction that has none."""

_log = logging.getLogger(__name__)


async def respond(
    interaction: Interaction,
    work: Awaitable[Message],
    private: bool,
    late: Callable[[Message], Awaitable[str]] | None = None,
) -> tuple[Message, str | None]:
    """Respond to an interaction with the message `work` returns, deferred where it takes long.

    It replaces the message that `tell` showed, if any. Where Discord took no response in time,
    `late` sends the message. Returns the message, and its id at Discord, None where Discord did
    not accept it.
    """
    end = asyncio.get_running_loop().time() + FIRST_SECONDS
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if not done and not interaction.response.is_done():
            await _defer(interaction, private, end)
        message = await task
    except BaseException:
        task.cancel()
        raise
    try:
        return message, await _send_response(interaction, message, end)
    except UNREACHED as fault:
        if late is not None and _code(fault) == NO_RESPONSE:
            return message, await _send_late(late, message)
        _log.warning("an interaction could not be answered: %s", type(fault).__name__)
        return message, None


async def _send_late(late: Callable[[Message], Awaitable[str]], message: Message) -> str | None:
    try:
        return await late(message)
    except NotSentError as fault:
        _log.warning("a question could not be answered: %s", fault)
        return None


async def send_late(interaction: Interaction, echoes: Echoes, message: Message) -> str:
    """Send the reply to a question whose interaction has ended; its id. Raises NotSentError.

    A public reply goes into the channel. Who asked gets a private one as a direct message, and
    one from a server that the bot is not in.
    """
    client, nonce = interaction.client, str(interaction.id)

    async def send() -> str:
        if (echoed := echoes.get(nonce)) is not None:
            return echoed
        if message.private or is_guest(interaction):
            channel = await client.create_dm(interaction.user)
        else:
            channel = client.get_partial_messageable(interaction.channel_id)
        sent = await channel.send(view=view_of(message), allowed_mentions=NOBODY, nonce=nonce)
        return str(sent.id)

    return await send_with_retries(send)


async def _in_time(call: Callable[[], Awaitable[T]], end: float) -> T:
    """Make the call again while it fails for a while and the time for first responses lasts."""

    async def briefly() -> T:
        async with asyncio.timeout(FIRST_TRY_SECONDS):
            return await call()

    seconds = end - asyncio.get_running_loop().time()
    return await quick_tries_for(seconds)(is_temporary, briefly)


async def _defer(interaction: Interaction, private: bool, end: float) -> None:
    """Ask Discord for more time; a failure is logged only.

    Where Discord has forgotten the interaction, the work goes on: it may change the corpus.
    """
    try:
        await _in_time(lambda: interaction.response.defer(ephemeral=private, thinking=True), end)
    except DISCONNECTED as fault:
        _log.info("whether more time was given is not known: %s", type(fault).__name__)
    except discord.HTTPException as fault:
        if fault.code != ACKNOWLEDGED:
            _log.warning("no more time was given: %s, code %s", fault.status, fault.code)


async def tell(interaction: Interaction, message: Message) -> None:
    """Show a message in place of the first response; a failure is logged."""
    view = view_of(message)
    try:
        if interaction.response.is_done():
            await _replace_response(interaction, view)
        else:
            await interaction.response.send_message(
                view=view, ephemeral=message.private, allowed_mentions=NOBODY
            )
    except (discord.DiscordException, *DISCONNECTED) as fault:
        _log.info("a notice could not be shown: %s", type(fault).__name__)


async def show_instead(interaction: Interaction, message: Message) -> None:
    """Show a message in place of the one whose button was pressed; a failure is logged."""
    view = view_of(message)
    call = interaction.response.edit_message(view=view, allowed_mentions=NOBODY)
    await attempt(call, "replacing a message")


async def _send_response(interaction: Interaction, message: Message, end: float) -> str:
    """Send the response; its id. Raises `UNREACHED`, code `NO_RESPONSE` if none was in time."""
    view = view_of(message)
    async with asyncio.timeout(SEND_SECONDS):
        if interaction.response.type is discord.InteractionResponseType.deferred_message_update:
            # The first response is the message whose button was pressed.
            sent = await interaction.followup.send(
                view=view, ephemeral=message.private, allowed_mentions=NOBODY, wait=True
            )
            return str(sent.id)
        if not interaction.response.is_done():
            sent_id = await _first(interaction, view, message.private, end)
            if sent_id is not None:
                return sent_id
        tries = tries_for(TOKEN_SECONDS - age(interaction.created_at))
        return await tries(is_temporary, _replace_response, interaction, view)


async def _first(
    interaction: Interaction, view: ui.LayoutView, private: bool, end: float
) -> str | None:
    """Send the first response; its id. None where a first response may be there already."""

    async def send() -> int | None:
        callback = await interaction.response.send_message(
            view=view, ephemeral=private, allowed_mentions=NOBODY
        )
        return callback.message_id

    try:
        return str(await _in_time(send, end))
    except UNREACHED as fault:
        # Discord may have taken a try or a progress message although the connection broke.
        if not is_temporary(fault) and _code(fault) not in {ACKNOWLEDGED, UNKNOWN}:
            raise
        return None


def _code(fault: Exception) -> int | None:
    """Discord's error code; None where no answer came."""
    return fault.code if isinstance(fault, discord.HTTPException) else None


async def _replace_response(interaction: Interaction, view: ui.LayoutView) -> str:
    """Replace the first response to an interaction; its id."""
    edited = await interaction.edit_original_response(view=view, allowed_mentions=NOBODY)
    return str(edited.id)
