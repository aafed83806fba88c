"""Outbox on Discord: sends, edits and deletes messages.

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

from bot.chat.message import Message
from bot.chat.request import FetchError
from bot.platforms.discord.components import view_of
from bot.platforms.retry import tries_for

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

HOURGLASS = "⏳"
"""Reaction to a question whose reply is late, or refused."""

HOURGLASS_SECONDS = 10.0
"""Longest wait for the reaction between two tries of a reply."""

NONCE_SECONDS = 60.0
"""Time after the first try for which the nonce surely keeps Discord from taking a reply twice."""

BELOW = 50
"""Messages below a question among which its reply is looked for."""

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
    # A first post whose reply was taken down may have another after an edit.
    edited = to.id if to.edited_at is None else discord.utils.time_snowflake(to.edited_at)
    nonce = str(to.id) if thread is None else f"in:{edited}"
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


async def fetch(file: discord.Attachment) -> bytes:
    """All bytes of an attachment, in at most two minutes. Raises FetchError."""
    try:
        async with asyncio.timeout(120.0):
            return await file.read()
    except UNREACHED as fault:
        _log.warning("an attachment could not be fetched: %s", type(fault).__name__)
        raise FetchError from fault
