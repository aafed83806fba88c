"""Outbox on Discord: sends replies and responses to interactions, edits and deletes messages.

No message can mention anyone. Calls that fail for a while are repeated, those about a question
until it is an hour old. The nonce of a message keeps Discord from taking it twice, for some
minutes; Discord's gateway repeats it with the message that was taken (`Echoes`). Before a later try
the reply is also looked for below its question.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
import discord
from discord import ui

from bot.chat.message import Message
from bot.chat.request import FetchError
from bot.platforms.discord.components import view_of
from bot.platforms.discord.mapping import Interaction, is_guest
from bot.platforms.retry import quick_tries_for, tries_for

T = TypeVar("T")

Echoes = Mapping[str, str]
"""Ids of messages of the bot by their nonces, as the gateway told of them."""

NOBODY = discord.AllowedMentions.none()

SEND_SECONDS = 900.0
"""Longest wait for one message to be sent: a busy channel's rate limit holds it up that long."""

RETRY_SECONDS = 3_600.0
"""Age of a question after which its reply is not tried again, in seconds."""

LEAST_RETRY_SECONDS = 60.0
"""A reply is tried for so long at least: an absence may have lasted longer than an hour."""

TOKEN_SECONDS = 840.0
"""Age of an interaction after which it can hardly be answered; Discord's limit is 15 minutes."""

HOURGLASS = "⏳"
"""Reaction to a question whose reply is late, or refused."""

HOURGLASS_SECONDS = 10.0
"""Longest wait for the reaction between two tries of a reply."""

NONCE_SECONDS = 60.0
"""Time after the first try for which the nonce surely keeps Discord from taking a reply twice."""

BELOW = 50
"""Messages below a question among which its reply is looked for."""

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

NO_HISTORY = 160002
"""Discord's error code for a reply in a channel whose history the bot may not read."""

TYPING_SECONDS = 0.5
"""A reply that takes longer shows the bot as typing."""

DISCONNECTED = (aiohttp.ClientError, OSError)
"""Exceptions of a connection that broke, was never made, or took too long."""

UNREACHED = (discord.HTTPException, *DISCONNECTED)
"""Exceptions of a call to Discord that failed: it refused, or was not reached."""

_log = logging.getLogger(__name__)


class NotSentError(Exception):
    """Discord did not accept a message after all tries; the text gives the reason.

    `status` is that of its refusal, None where it may accept the message later.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


@asynccontextmanager
async def typing_in(channel: Any) -> AsyncIterator[None]:
    """Show the bot as typing where the body takes a while."""
    # A task of its own: the reply must not wait for a typing notice that hangs.
    task = asyncio.create_task(_show_typing(channel))
    try:
        yield
    finally:
        task.cancel()


async def _show_typing(channel: Any) -> None:
    """Show the bot as typing soon, until cancelled; a failure is logged."""
    await asyncio.sleep(TYPING_SECONDS)
    try:
        async with channel.typing():
            await asyncio.Event().wait()
    except UNREACHED as fault:
        _log.info("typing could not be shown: %s", type(fault).__name__)


def is_temporary(fault: Exception) -> bool:
    """Whether the same call may succeed later: no connection, Discord in trouble, a rate limit."""
    if isinstance(fault, discord.HTTPException):
        return fault.status >= 500 or fault.status == 429
    return isinstance(fault, DISCONNECTED)


async def attempt(call: Awaitable[object], description: str) -> None:
    """Await a call to Discord once; a failure is only logged, with the description."""
    try:
        await call
    except UNREACHED as fault:
        _log.warning("%s failed: %s", description, type(fault).__name__)


async def send_with_retries(send: Callable[[], Awaitable[T]], seconds: float | None = None) -> T:
    """Call `send` again while its failures are temporary, by default for an hour.

    Raises NotSentError.
    """

    async def send_in_time() -> T:
        async with asyncio.timeout(SEND_SECONDS):
            return await send()

    try:
        return await tries_for(RETRY_SECONDS if seconds is None else seconds)(
            is_temporary, send_in_time
        )
    except discord.HTTPException as fault:
        status = None if is_temporary(fault) else fault.status
        raise NotSentError(f"{fault.status}, code {fault.code}", status) from fault
    except DISCONNECTED as fault:
        raise NotSentError(type(fault).__name__) from fault


async def _replace_response(interaction: Interaction, view: ui.LayoutView) -> str:
    """Replace the first response to an interaction; its id."""
    edited = await interaction.edit_original_response(view=view, allowed_mentions=NOBODY)
    return str(edited.id)


async def reply(
    to: discord.Message,
    message: Message,
    me: discord.ClientUser,
    echoes: Echoes,
    thread: discord.Thread | None = None,
) -> str:
    """Send `message` as a reply of the bot, `me`; its id. Raises NotSentError.

    It is tried until the question `to` is an hour old. Meanwhile the question has an hourglass.
    The `thread` of the question takes the reply, if there is one.
    """
    view, failures, is_marked = view_of(message), 0, False
    channel: Any = to.channel if thread is None else thread
    reference = _reference(to, channel)
    # A first post whose reply was taken down may mention the bot later and have another.
    nonce = str(to.id) if thread is None else f"in:{to.id}"
    loop = asyncio.get_running_loop()
    first_try = loop.time()

    async def send() -> str:
        if failures and (echoed := echoes.get(nonce)) is not None:
            return echoed
        late = loop.time() - first_try > NONCE_SECONDS
        if late and (taken := await reply_below(to, me, thread)) is not None:
            return taken
        options: dict[str, Any] = {"view": view, "allowed_mentions": NOBODY, "nonce": nonce}
        return await _send_referring(channel, reference, options)

    async def send_or_mark() -> str:
        nonlocal failures, is_marked
        try:
            return await send()
        except UNREACHED as fault:
            failures += 1
            # The first failure may be over in a second.
            if failures > 1 and not is_marked and is_temporary(fault):
                is_marked = await mark(to, HOURGLASS_SECONDS)
            raise

    seconds = max(RETRY_SECONDS - age(to.created_at), LEAST_RETRY_SECONDS)
    sent = await send_with_retries(send_or_mark, seconds)
    if is_marked:
        await attempt(to.remove_reaction(HOURGLASS, me), "taking an hourglass away")
    return sent


async def _send_referring(
    channel: Any, reference: discord.MessageReference | None, options: Mapping[str, Any]
) -> str:
    """Send a message with a reference, or without where the bot may not read the history."""
    try:
        sent = await channel.send(reference=reference, mention_author=False, **options)
    except discord.HTTPException as fault:
        if reference is None or fault.code != NO_HISTORY:
            raise
        sent = await channel.send(**options)
    return str(sent.id)


def _reference(to: discord.Message, channel: Any) -> discord.MessageReference | None:
    """A reference to a message; None in another channel, where Discord refuses it."""
    if channel.id != to.channel.id:
        return None
    return to.to_reference(fail_if_not_exists=False)


async def say(channel: Any, message: Message) -> None:
    """Send `message` as no reply, once."""
    await channel.send(view=view_of(message), allowed_mentions=NOBODY)


async def reply_below(
    question: discord.Message, me: discord.ClientUser, thread: discord.Thread | None = None
) -> str | None:
    """The id of a reply that was sent before, if it is among the messages right below.

    In the thread of a question in another channel it has no reference to it.
    """
    channel = question.channel if thread is None else thread
    target = question.id if channel.id == question.channel.id else None
    try:
        async for message in channel.history(limit=BELOW, after=question):
            reference = None if message.reference is None else message.reference.message_id
            if message.author.id == me.id and reference == target:
                return str(message.id)
    except UNREACHED as fault:
        _log.info("the replies to a question could not be read: %s", type(fault).__name__)
    return None


def age(at: datetime) -> float:
    """Seconds since that time."""
    return (discord.utils.utcnow() - at).total_seconds()


async def mark(question: discord.Message, seconds: float = SEND_SECONDS) -> bool:
    """Add an hourglass to a question; whether Discord took it in time."""
    try:
        async with asyncio.timeout(seconds):
            await question.add_reaction(HOURGLASS)
    except UNREACHED as fault:
        _log.info("a question could not be marked: %s", type(fault).__name__)
        return False
    return True


async def edit(channel: Any, message_id: str, message: Message) -> None:
    """Replace a message that was sent. Raises NotSentError."""
    view = view_of(message)
    sent = channel.get_partial_message(int(message_id))
    await send_with_retries(lambda: sent.edit(view=view, allowed_mentions=NOBODY))


async def delete(channel: Any, message_ids: Sequence[str]) -> None:
    """Delete messages; one that is gone already is no error."""
    for message_id in message_ids:
        sent = channel.get_partial_message(int(message_id))
        try:
            await send_with_retries(sent.delete)
        except NotSentError as fault:
            if fault.status != 404:
                _log.warning("a message could not be taken down: %s", fault)


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
    except (discord.DiscordException, aiohttp.ClientError, OSError) as fault:
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


async def fetch(file: discord.Attachment) -> bytes:
    """All bytes of an attachment, in at most two minutes. Raises FetchError."""
    try:
        async with asyncio.timeout(120.0):
            return await file.read()
    except UNREACHED as fault:
        _log.warning("an attachment could not be fetched: %s", type(fault).__name__)
        raise FetchError from fault
