"""Threads on Discord: those opened for questions, and the first posts of those of members.

A thread that begins at a message has the id of that message, which stands in the channel around
it; in a forum the message stands in the thread. Other threads begin with a message of their owner.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord

from bot.chat.first_posts import FirstPost
from bot.chat.rate_limits import Admitted
from bot.chat.rendering.escape import visible_line
from bot.chat.texts.notices import shorten
from bot.platforms.discord import mapping, outbox
from bot.platforms.discord.permissions import lacking
from bot.platforms.inbox import PATIENCE, Inbox
from bot.platforms.services import PlatformServices
from bot.state.records import Job, Mode

MOST_NAME = 100
"""Longest name of a thread, in characters."""

OPEN_SECONDS = 60.0
"""Time in which a thread can be opened; then the reply goes into the channel."""

ALREADY_OPEN = 160004
"""Discord's error code where a message has a thread."""

JOB = "first:"
"""Begins the id of the job of a first post, whose payload is the id of the post."""

_log = logging.getLogger(__name__)


def can_open_threads(channel: Any) -> bool:
    """Whether the bot may open threads in a channel, and write in them."""
    if not isinstance(channel, discord.TextChannel):
        return False
    needed = {"create_public_threads", "send_messages_in_threads"}
    return not lacking(channel, opens_threads=True) & needed


async def open_thread(question: discord.Message, words: str) -> discord.Thread | None:
    """The thread of a question, opened if there is none; None if that fails or it is closed."""
    name = shorten(visible_line(" ".join(words.split())), MOST_NAME)

    async def opened() -> discord.Thread:
        try:
            return await question.create_thread(name=name)
        except discord.HTTPException as fault:
            if fault.code != ALREADY_OPEN:
                raise
            return await question.fetch_thread()

    thread = question.thread
    if thread is None:
        try:
            # A rate limit holds up one try for as long as it likes.
            async with asyncio.timeout(OPEN_SECONDS):
                thread = await outbox.send_with_retries(opened)
        except (outbox.NotSentError, TimeoutError) as fault:
            _log.warning("no thread could be opened: %s", str(fault) or type(fault).__name__)
            return None
    return None if thread.locked else thread


def title_of(message: discord.Message) -> str:
    """The title that the author of a thread's first post gave it; empty in other channels."""
    return message.channel.name if isinstance(message.channel, discord.Thread) else ""


def _job_of(message: discord.Message, thread: str) -> str:
    """The id of the job of a first post, or of that for its last edit."""
    edited = "" if message.edited_at is None else f":{message.edited_at.isoformat()}"
    return f"{JOB}{thread}{edited}"


@dataclass(frozen=True, slots=True)
class FirstPostHandler:
    """Answers first posts of threads, which nobody put to the bot, where it is sure.

    A job for the post, and one for each edit of it, keeps it from having two.
    """

    client: discord.Client
    services: PlatformServices
    inbox: Inbox
    echoes: outbox.Echoes

    async def begin_thread(
        self, thread: discord.Thread, is_new: Callable[[], None] = lambda: None
    ) -> None:
        """Answer the message at which a member began a thread; returns once it is answered.

        Posts of forums are received as messages. `is_new` is called for a thread that was not
        taken before.
        """
        parent, me = thread.parent, self.client.user
        if not isinstance(parent, discord.TextChannel) or me is None or thread.owner_id == me.id:
            return
        if not thread.is_private():
            work = partial(self._take_first, thread, parent, me, is_new)
            task = self.inbox.start(work, "a first post", key=str(thread.id))
            await asyncio.wait({task}, timeout=PATIENCE)

    async def _take_first(
        self,
        thread: discord.Thread,
        parent: discord.TextChannel,
        me: discord.ClientUser,
        is_new: Callable[[], None],
    ) -> None:
        if not await self._answers_first(thread):
            return
        try:
            message = await outbox.send_with_retries(lambda: parent.fetch_message(thread.id))
        except outbox.NotSentError as fault:
            if fault.status == 404:
                return  # It begins without one.
            raise
        if mapping.is_of_person(message) and not mapping.is_addressed(message, me, False):
            await self._take(message, thread, is_new)

    async def receive(
        self, message: discord.Message, is_new: Callable[[], None] = lambda: None
    ) -> None:
        """Answer a message that is the first of its thread; the caller holds its lock."""
        # An edited message of a channel may have begun a thread since it was written.
        thread = message.thread if message.thread is not None else message.channel
        if not isinstance(thread, discord.Thread) or not await self._is_first(message, thread):
            return
        if thread is message.channel or await self._answers_first(thread):
            await self._take(message, thread, is_new)

    async def _answers_first(self, thread: discord.Thread) -> bool:
        """Whether first posts are answered in a thread."""
        effective = await self.services.rooms.effective(mapping.place_of_channel(thread))
        return effective.mode is Mode.FORUM

    async def _is_first(self, message: discord.Message, thread: discord.Thread) -> bool:
        if self.client.user is None or thread.owner_id == self.client.user.id:
            return False
        if thread.is_private():
            return False  # Its words would be listed for people who cannot see the thread.
        if message.id == thread.id:
            return True
        if mapping.in_forum(thread) or message.author.id != thread.owner_id:
            return False
        if "read_message_history" in lacking(thread):
            return False  # Discord shows an empty history.
        return not [each async for each in thread.history(limit=1, before=message)]

    async def _take(
        self, message: discord.Message, thread: discord.Thread, is_new: Callable[[], None]
    ) -> None:
        if thread.archived or thread.locked:
            return
        if await self._is_answered(message.id, thread):
            return  # Edits of such a post are those of a question.
        room, job = str(thread.id), _job_of(message, str(thread.id))
        if await self.inbox.take(room, job, str(message.id), str(message.author.id)):
            is_new()
            await self.inbox.settle(job, partial(self._answer, message, thread))

    async def note_edit(self, message: discord.Message, thread: str) -> None:
        """Note that the reply to an edited first post is edited.

        Else the edit would count as a new one at the next start, and bring a reply back that
        was taken down.
        """
        job = _job_of(message, thread)
        await self.inbox.note(thread, job, str(message.id), str(message.author.id))

    async def _is_answered(self, post: int, thread: discord.Thread) -> bool:
        place = mapping.place_of_channel(thread)
        return await self.services.chat.reply_to(place, str(post)) is not None

    async def _answer(
        self,
        message: discord.Message,
        thread: discord.Thread,
        admitted: Admitted | None = None,
        sent: str | None = None,
    ) -> None:
        """Answer a first post if that is sure; `sent` is the id of a reply that was sent before."""
        me, chat = self.client.user, self.services.chat
        if me is None:
            raise RuntimeError("no message arrives before the client has logged in")
        place = mapping.place_of_channel(thread)
        request = mapping.request_of_message(message, place, self.client.intents.message_content)
        post = FirstPost(mapping.words_of(message, me), title_of(message))
        reply = await chat.answer_if_sure(post, request, admitted)
        if reply is not None:
            sent = sent or await outbox.reply(message, reply, me, self.echoes, thread)
            await chat.posted(reply, request, sent)

    def resume(self, job: Job) -> asyncio.Task[None]:
        """Answer a first post that an earlier run took and did not finish."""
        work = partial(self.inbox.settle, job.event, partial(self._answer_job, job))
        return self.inbox.start(work, "a first post from before the start", key=job.payload)

    async def _answer_job(self, job: Job) -> None:
        me, chat = self.client.user, self.services.chat
        thread = await outbox.send_with_retries(lambda: self.client.fetch_channel(int(job.room)))
        if not isinstance(thread, discord.Thread) or thread.archived or thread.locked:
            return
        in_channel = job.payload == job.room and not mapping.in_forum(thread)
        channel: Any = thread.parent if in_channel else thread
        if channel is None or me is None:
            return
        if await self._is_answered(int(job.payload), thread):
            return  # A stored post proves the reply was sent; only finishing the job failed.
        message = await outbox.send_with_retries(lambda: channel.fetch_message(int(job.payload)))
        sent = await outbox.reply_below(message, me, thread)
        await self._answer(message, thread, chat.admit_again(), sent)
