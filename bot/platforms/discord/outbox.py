"""Messages to Discord: as a reply, as the answer to an interaction, as an edit.

Nothing that is sent can mention anyone. What the network or Discord spoils is tried again,
and a message that got through all the same is not sent twice: its nonce tells Discord.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import aiohttp
import discord
from discord import ui

from bot.chat.message import Message
from bot.chat.request import FetchError
from bot.chat.texts.catalogue import Language
from bot.platforms.discord.components import view_of

T = TypeVar("T")

NOBODY = discord.AllowedMentions.none()

SEND_SECONDS = 900.0
"""Longest wait for one message to be sent: a busy room's limits hold it up that long."""

ANSWER_SECONDS = 1.5
"""From when on a command is told that its answer takes longer; Discord waits for three."""

ACKNOWLEDGED = 40060
"""Discord's code where an interaction has its first answer already."""

TYPING_SECONDS = 0.5
"""From when on the room sees that a reply is being made."""

UNREACHED = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What is raised where Discord refuses, or the line is torn."""

FETCH_SECONDS = 120.0
"""Longest wait for an attachment."""

_PAUSES = (1.0, 5.0, 20.0)
_log = logging.getLogger(__name__)


class NotSentError(Exception):
    """Discord did not take a message, whatever was tried; says why."""


def is_refused(fault: NotSentError) -> bool:
    """Whether Discord said no for good, so that trying later is no use."""
    return isinstance(fault.__cause__, discord.HTTPException) and not passes(fault.__cause__)


def is_hopeless(fault: Exception) -> bool:
    """Whether a question can never be answered: it is gone, or Discord said no for good."""
    if isinstance(fault, discord.HTTPException):
        return fault.status < 500
    return isinstance(fault, ValueError) or (isinstance(fault, NotSentError) and is_refused(fault))


async def typing_for(channel: Any, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives; the room sees us typing where that takes a while."""
    task = asyncio.ensure_future(work)
    shown: asyncio.Task[None] | None = None
    try:
        done, _ = await asyncio.wait({task}, timeout=TYPING_SECONDS)
        if not done:
            # Beside the work: where it is held up or fails, the reply does not wait for it.
            shown = asyncio.create_task(_show_typing(channel))
        return await task
    finally:
        task.cancel()
        if shown is not None:
            shown.cancel()


async def _show_typing(channel: Any) -> None:
    """Let the room see us typing until this is cancelled; best effort."""
    try:
        async with channel.typing():
            await asyncio.Event().wait()
    except UNREACHED as fault:
        _log.info("typing could not be shown: %s", type(fault).__name__)


def passes(fault: discord.HTTPException) -> bool:
    """Whether what Discord says may be otherwise later: it is in trouble, or we are too fast."""
    return fault.status >= 500 or fault.status == 429


async def patiently(send: Callable[[], Awaitable[T]], pauses: Sequence[float] = _PAUSES) -> T:
    """What `send` gives; again after a pause where the network or Discord failed.

    Raises NotSentError where it is no use, or was tried often enough.
    """
    for pause in (*pauses, None):
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await send()
        except discord.HTTPException as fault:
            if pause is None or not passes(fault):
                raise NotSentError(f"{fault.status}, code {fault.code}") from fault
        except (aiohttp.ClientError, OSError) as fault:
            if pause is None:
                raise NotSentError(type(fault).__name__) from fault
        await asyncio.sleep(pause)
    raise NotSentError("never tried")


class DiscordOutbox:
    """Sends messages of the chat, in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    async def reply(self, to: discord.Message, message: Message) -> str:
        """Send `message` as a reply; the id of what was sent. Raises NotSentError."""
        view = self.view(message)

        async def send() -> discord.Message:
            return await to.channel.send(
                view=view,
                reference=to.to_reference(fail_if_not_exists=False),
                allowed_mentions=NOBODY,
                mention_author=False,
                nonce=to.id,
            )

        return str((await patiently(send)).id)

    async def edit(self, channel: Any, message_id: str, message: Message) -> None:
        """Put `message` in the place of one that was sent. Raises NotSentError."""
        view = self.view(message)
        sent = channel.get_partial_message(int(message_id))
        await patiently(lambda: sent.edit(view=view, allowed_mentions=NOBODY))

    async def delete(self, channel: Any, message_ids: Sequence[str]) -> None:
        """Take messages down; one that is gone already is no fault."""
        for message_id in message_ids:
            sent = channel.get_partial_message(int(message_id))
            try:
                await patiently(sent.delete)
            except NotSentError as fault:
                if not isinstance(fault.__cause__, discord.NotFound):
                    _log.warning("a message could not be taken down: %s", fault)

    async def respond(
        self,
        interaction: discord.Interaction[Any],
        work: Awaitable[Message],
        private: bool,
        *,
        edits: bool = False,
    ) -> tuple[Message, str | None]:
        """Answer an interaction with what `work` gives, at once or after a while.

        With `edits` what was told meanwhile is replaced. Gives the message, and the id of
        what was sent, None where Discord took nothing.
        """
        task = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
            if not done and not interaction.response.is_done():
                await self._defer(interaction, private)
            message = await task
        except BaseException:
            task.cancel()
            raise
        try:
            return message, await self._answer(interaction, message, edits)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as fault:
            _log.warning("an interaction could not be answered: %s", type(fault).__name__)
            return message, None

    async def _defer(self, interaction: discord.Interaction[Any], private: bool) -> None:
        """Say that the answer takes a while; where that got lost the answer comes all the same.

        Where Discord has forgotten the interaction the work goes on: it may be a deed.
        """
        try:
            await interaction.response.defer(ephemeral=private, thinking=True)
        except (aiohttp.ClientError, OSError) as fault:
            _log.info("whether more time was given is not known: %s", type(fault).__name__)
        except discord.HTTPException as fault:
            if fault.code != ACKNOWLEDGED:
                _log.warning("no more time was given: %s, code %s", fault.status, fault.code)

    async def meanwhile(self, interaction: discord.Interaction[Any], message: Message) -> None:
        """Tell something before `respond` with `edits` has its answer; best effort."""
        view = self.view(message)
        try:
            if interaction.response.is_done():
                await interaction.edit_original_response(view=view, allowed_mentions=NOBODY)
            else:
                await interaction.response.send_message(
                    view=view, ephemeral=message.private, allowed_mentions=NOBODY
                )
        except (discord.DiscordException, aiohttp.ClientError, OSError) as fault:
            _log.info("what happens meanwhile could not be told: %s", type(fault).__name__)

    async def _answer(
        self, interaction: discord.Interaction[Any], message: Message, edits: bool
    ) -> str:
        view = self.view(message)
        async with asyncio.timeout(SEND_SECONDS):
            if interaction.response.is_done() and edits:
                edited = await interaction.edit_original_response(
                    view=view, allowed_mentions=NOBODY
                )
                return str(edited.id)
            if interaction.response.is_done():
                sent = await interaction.followup.send(
                    view=view, ephemeral=message.private, allowed_mentions=NOBODY, wait=True
                )
                return str(sent.id)
            return await self._first(interaction, view, message.private)

    async def _first(
        self, interaction: discord.Interaction[Any], view: ui.LayoutView, private: bool
    ) -> str:
        """Send the first answer; once more where the line was torn. Gives its id."""
        torn = False
        while True:
            try:
                called = await interaction.response.send_message(
                    view=view, ephemeral=private, allowed_mentions=NOBODY
                )
                return str(called.message_id)
            except (aiohttp.ClientError, OSError):
                if torn:
                    raise
                torn = True
            except discord.HTTPException as fault:
                if fault.code != ACKNOWLEDGED:
                    raise
                # Something of ours got through, and word of that did not: this takes its place.
                shown = await interaction.edit_original_response(view=view, allowed_mentions=NOBODY)
                return str(shown.id)

    async def fetch(self, file: discord.Attachment) -> bytes:
        """All bytes of an attachment. Raises FetchError."""
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                return await file.read()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as fault:
            _log.warning("an attachment could not be fetched: %s", type(fault).__name__)
            raise FetchError from fault

    def view(self, message: Message) -> ui.LayoutView:
        """The message as Discord's components."""
        return view_of(message, self._language)
