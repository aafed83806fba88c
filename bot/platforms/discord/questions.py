"""Questions in messages on Discord: each is stored as a job, answered once, its reply stored."""

import asyncio
import logging
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import discord
from cachetools import LRUCache

from bot.chat.command_grammar import DISCORD, parse
from bot.chat.commands import Command, Empty, Help, NoQuestion
from bot.chat.first_posts import FirstPost
from bot.chat.identity import Place
from bot.chat.message import Message
from bot.chat.rate_limits import Admitted
from bot.chat.request import ChatRequest
from bot.chat.rooms import EffectiveSettings
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import in_language
from bot.chat.texts.notices import notice
from bot.core.errors import StateError
from bot.platforms.discord import mapping, outbox
from bot.platforms.discord.permissions import PermissionReports, lacking
from bot.platforms.discord.threads import (
    JOB,
    FirstPostHandler,
    can_open_threads,
    open_thread,
    title_of,
)
from bot.platforms.inbox import PATIENCE, Disposition, Inbox
from bot.platforms.services import PlatformServices
from bot.state.records import Job, Mode, Post

REMEMBERED = 1_000
"""Notices, edits, messages of the bot and deleted messages that are remembered."""

_log = logging.getLogger(__name__)


def disposition(fault: Exception) -> Disposition:
    """The decision about a job on Discord whose work raised `fault`."""
    if isinstance(fault, outbox.NotSentError):
        return Disposition.REJECT
    return Disposition.RETRY if isinstance(fault, StateError) else Disposition.FAULT


@dataclass(frozen=True, slots=True)
class DiscordQuestions:
    """Answers messages that are meant for the bot.

    `echoes` maps the nonces of the bot's messages to their ids. `notices` maps the id of a
    question to the id of the bot's message below it, if that is a notice (help, a refusal): the
    store knows replies only. The keys of `deleted_ids` are the bot's messages that were deleted.
    `edits` has the time and the words of the last edit of each question.
    """

    client: discord.Client
    services: PlatformServices
    inbox: Inbox
    permissions: PermissionReports
    first_posts: FirstPostHandler
    echoes: MutableMapping[str, str]
    notices: LRUCache[str, str] = field(default_factory=lambda: LRUCache(REMEMBERED))
    deleted_ids: LRUCache[str, None] = field(default_factory=lambda: LRUCache(REMEMBERED))
    edits: LRUCache[int, tuple[datetime, str]] = field(default_factory=lambda: LRUCache(REMEMBERED))

    async def receive(
        self, message: discord.Message, is_new: Callable[[], None] = lambda: None
    ) -> None:
        """Answer a message if a person wrote it to the bot; returns once it is answered.

        A message of the bot itself is noted: the call that sent it may have failed. It does not
        wait long for a reply that cannot be sent now. `is_new` is called for a question that was
        not taken before.
        """
        if message.author.id == self._user.id and message.nonce is not None:
            self.echoes[str(message.nonce)] = str(message.id)
        if mapping.is_of_person(message):
            task = self.inbox.start(
                partial(self.take, message, is_new), "a question", key=str(message.id)
            )
            # wait(): cancelling the caller must not cancel an answer that is being made.
            await asyncio.wait({task}, timeout=PATIENCE)

    async def take(
        self, message: discord.Message, is_new: Callable[[], None] = lambda: None
    ) -> None:
        """Answer a message that was not taken before; the caller holds its lock."""
        if not await self._find_room(message):
            return
        place = mapping.place_of_message(message)
        settings = await self._settings(place)
        if not self._is_for_bot(message, settings.mode):
            if settings.mode is Mode.FORUM:
                await self.first_posts.receive(message, is_new)
            return
        if await self._is_new(message, place):
            is_new()
            self._report_permissions(message, settings)
            work = partial(self._answer_if_admitted, message, place)
            await self.inbox.settle(str(message.id), work)

    def _report_permissions(self, message: discord.Message, settings: EffectiveSettings) -> None:
        """Tell once what the bot lacks here, whether it keeps this reply away or not."""
        missing = lacking(message.channel, opens_threads=settings.threads)
        if message.guild is not None and missing:
            work = partial(self.permissions.report, message.channel, missing)
            key = f"permissions:{message.guild.id}"
            self.inbox.start(work, "telling of missing permissions", key=key)

    def resume(self, job: Job) -> asyncio.Task[None]:
        """Answer a question that an earlier run took and did not finish."""
        if job.event.startswith(JOB):
            return self.first_posts.resume(job)
        work = partial(self.inbox.settle, job.event, partial(self._answer_job, job))
        return self.inbox.start(work, "a question from before the start", key=job.event)

    async def _answer_job(self, job: Job) -> None:
        place = Place(mapping.PLATFORM, mapping.DIRECT, job.room)
        if await self._post(place, job.event) is not None:
            return  # A stored post proves the reply was sent; only finishing the job failed.
        channel = await self._fetch_channel(int(job.room))
        message = await outbox.send_with_retries(lambda: channel.fetch_message(int(job.event)))
        # The question was admitted before the restart, so rate limits do not apply again.
        request = self._request(message, mapping.place_of_message(message))
        admitted = self.services.chat.admit_again()
        await self._answer(message, self._command(message), request, admitted, is_fresh=False)

    async def tell_unread(self, channel: Any) -> None:
        """Tell the members of a channel that not all missed messages of it were read."""
        place, chat = mapping.place_of_channel(channel), self.services.chat
        if (await self._settings(place)).mode is not Mode.OFF:
            space = mapping.space_language(channel.guild)
            with in_language(await chat.room_language(place, space)):
                message = chat.say(notice(Text.NOT_ALL_READ))
            await outbox.attempt(outbox.say(channel, message), "telling of unread messages")

    async def _settings(self, place: Place) -> EffectiveSettings:
        """The settings of a room: which of its messages are questions, and the like."""
        try:
            return await self.services.rooms.effective(place)
        except StateError as fault:
            # The chat cannot read the room's collections either, and replies with an error notice.
            _log.error("the settings of a room could not be read: %s", fault)
            return EffectiveSettings(frozenset(), Mode.MENTIONS)

    async def _post(self, place: Place, question: str) -> Post | None:
        """The post that answers a question: in its room, or in the thread that begins at it."""
        chat = self.services.chat
        post = await chat.reply_to(place, question)
        return post or await chat.reply_to(replace(place, room=question), question)

    async def _find_room(self, message: discord.Message) -> bool:
        """Whether the room of a message is known, or can be fetched.

        A thread that is new to the client is fetched only for a message that mentions the bot.
        """
        if message.guild is None or not isinstance(message.channel, discord.PartialMessageable):
            return True
        if not mapping.is_addressed(message, self._user, self.client.intents.message_content):
            return False
        try:
            message.channel = await self._fetch_channel(message.channel.id)
        except (outbox.NotSentError, discord.DiscordException) as fault:
            _log.warning("a room could not be fetched: %s", type(fault).__name__)
            return False
        return True

    async def _fetch_channel(self, channel_id: int) -> Any:
        return await outbox.send_with_retries(lambda: self.client.fetch_channel(channel_id))

    @property
    def _user(self) -> discord.ClientUser:
        if self.client.user is None:
            raise RuntimeError("no message arrives before the client has logged in")
        return self.client.user

    def _is_for_bot(self, message: discord.Message, mode: Mode) -> bool:
        # Where every message is read, small talk among members gets no reply.
        everything = mode is Mode.EVERYTHING and not isinstance(
            parse(mapping.words_of(message, self._user), DISCORD), NoQuestion
        )
        return mode is not Mode.OFF and mapping.is_addressed(message, self._user, everything)

    async def _is_new(self, message: discord.Message, place: Place) -> bool:
        """Whether a message was not taken before; Discord may send one again."""
        try:
            asker = str(message.author.id)
            return await self.inbox.take(place.room, str(message.id), "{}", asker)
        except StateError as fault:
            # Discord delivers a message once: answering it twice is better than never.
            _log.error("a question could not be stored as a job: %s", fault)
            return True

    async def _answer_if_admitted(self, message: discord.Message, place: Place) -> None:
        command, request = self._command(message), self._request(message, place)
        admission = await self.services.chat.admit(command, request)
        if isinstance(admission, Admitted):
            await self._answer(message, command, request, admission)
        elif not admission.already_told:
            refusal = await self.services.chat.refusal(admission, request)
            self._remember(str(message.id), refusal, await self._reply(message, refusal))
        else:
            await outbox.mark(message)

    async def _answer(
        self,
        message: discord.Message,
        command: Command,
        request: ChatRequest,
        admitted: Admitted,
        *,
        is_fresh: bool = True,
    ) -> None:
        """Answer a question; the reply to one that is not `is_fresh` may have been sent already."""
        settings = await self._settings(request.place)
        opens = settings.threads and can_open_threads(message.channel)
        if opens:  # A question in the thread may lean on this one.
            request = replace(request, begins=str(message.id))
        async with outbox.typing_in(message.channel):
            reply = await self.services.chat.handle(command, request, admitted)
        thread, sent = (None, None) if is_fresh else await self._sent_before(message)
        if sent is None:
            if opens and reply.reply is not None:
                thread = await open_thread(message, mapping.words_of(message, self._user))
            sent = await self._reply(message, reply, thread)
        self._remember(str(message.id), reply, sent)
        if thread is not None:
            request = replace(request, place=mapping.place_of_thread(message))
        await self.services.chat.posted(reply, request, sent)

    async def _sent_before(
        self, message: discord.Message
    ) -> tuple[discord.Thread | None, str | None]:
        """The thread and the id of a reply that an earlier run sent.

        Since then threads may have been turned on or off, so both places are looked at.
        """
        for thread in dict.fromkeys((message.thread, None)):
            if (sent := await outbox.reply_below(message, self._user, thread)) is not None:
                return thread, sent
        return None, None

    async def _reply(
        self, message: discord.Message, reply: Message, thread: discord.Thread | None = None
    ) -> str:
        return await outbox.reply(message, reply, self._user, self.echoes, thread)

    def _command(self, message: discord.Message) -> Command:
        """The command that the words of a message are; a bare mention asks for help."""
        command = parse(mapping.words_of(message, self._user), DISCORD)
        return Help() if isinstance(command, Empty) else command

    def _request(self, message: discord.Message, place: Place) -> ChatRequest:
        """The request of a question in a message."""
        return mapping.request_of_message(message, place, self.client.intents.message_content)

    def _remember(self, question: str, message: Message, sent: str) -> None:
        """Remember `sent`, the id of `message` at Discord, if it is a notice and not a reply."""
        if message.reply is None:
            self.notices[question] = sent
        else:
            self.notices.pop(question, None)

    # Edited and deleted questions: the reply follows its question

    def handle_edit(self, message: discord.Message) -> asyncio.Task[None] | None:
        """Answer an edited message anew.

        Previews of links and pins change a message, too: they leave the time of its last edit.
        """
        if not mapping.is_of_person(message) or message.edited_at is None:
            return None
        edit = message.edited_at, message.content
        if self.edits.get(message.id) == edit:
            return None
        self.edits[message.id] = edit
        work = partial(self._answer_edit, message)
        return self.inbox.start(work, "an edited question", key=str(message.id))

    async def _answer_edit(self, message: discord.Message) -> None:
        if not await self._find_room(message):
            return
        place = mapping.place_of_message(message)
        post = await self._post(place, str(message.id))
        notice_id = self.notices.get(str(message.id))
        if post is not None:
            if post.room != place.room:
                place = mapping.place_of_thread(message)
            await self._answer_again(message, place, post.reply_id, post.reply_messages)
        elif notice_id is not None:
            await self._answer_again(message, place, None, (notice_id,))
        else:
            await self.take(message)

    async def _answer_again(
        self, message: discord.Message, place: Place, old_reply: str | None, sent: tuple[str, ...]
    ) -> None:
        """Edit the first of the messages `sent` at a place, and delete the others.

        `old_reply` is the id of the reply that they show, None for a notice.
        """
        question, words = str(message.id), mapping.words_of(message, self._user)
        mode, chat = (await self._settings(place)).mode, self.services.chat
        if not words or mode is Mode.OFF:
            return
        # A thread of its own: the new words must not count as a follow-up of the old ones.
        request = replace(self._request(message, place), thread=f"edit:{message.id}")
        channel, command = self._room_of(place), self._command(message)
        is_first_post = mode is Mode.FORUM and not self._is_for_bot(message, mode)
        if is_first_post:
            await self.first_posts.note_edit(message, place.room)
        # Each edit counts as a question, or edits would evade the rate limits.
        admission = await chat.admit(command, request)
        if not isinstance(admission, Admitted):
            if not is_first_post:
                await outbox.mark(message)
            return
        if is_first_post:
            first = FirstPost(words, title_of(message))
            answer = await chat.answer_if_sure(first, request, admission)
            if answer is None:
                await self._delete_replies(place, question)
                return
            reply = answer
        else:
            reply = await chat.handle(command, request, admission)
        if old_reply is not None and reply.reply == old_reply:
            return
        first_sent, *further = sent
        await outbox.edit(channel, first_sent, reply)
        self._remember(question, reply, first_sent)
        if old_reply is not None and reply.reply is None:
            await chat.forget_message(place, question)
        await chat.posted(reply, request, first_sent)
        await outbox.delete(channel, further)

    def handle_deletion(self, guild: int | None, channel: int, messages: Iterable[int]) -> None:
        """Delete the replies to questions that were deleted."""
        space = mapping.DIRECT if guild is None else str(guild)
        place = Place(mapping.PLATFORM, space, str(channel), direct=guild is None)
        for message_id in map(str, messages):
            work = partial(self._delete_replies, place, message_id)
            self.inbox.start(work, "a deleted question", key=message_id)

    def _room_of(self, place: Place) -> discord.PartialMessageable:
        guild = None if place.direct else int(place.space)
        return self.client.get_partial_messageable(int(place.room), guild_id=guild)

    async def _delete_replies(self, place: Place, question: str) -> None:
        chat = self.services.chat
        replies = await chat.forget_message(place, question)
        if not replies and await chat.reply_to(thread := replace(place, room=question), question):
            place, replies = thread, await chat.forget_message(thread, question)
        notice_id = self.notices.pop(question, None)
        messages = replies or (() if notice_id is None else (notice_id,))
        self.deleted_ids.update(dict.fromkeys(messages))
        # A deleted message may itself be a page of a reply; the other pages go with it.
        others = [each for each in messages if each != question]
        await outbox.delete(self._room_of(place), others)
