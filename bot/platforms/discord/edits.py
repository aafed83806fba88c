"""Edited and deleted questions on Discord: the reply follows its question."""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, replace
from functools import partial

import discord

from bot.chat.identity import Place
from bot.platforms.discord.mapping import DIRECT, PLATFORM, is_of_person, place_of_message
from bot.platforms.discord.outbox import DiscordOutbox
from bot.platforms.discord.questions import DiscordQuestions
from bot.platforms.inbox import Inbox
from bot.platforms.services import PlatformServices
from bot.state.records import Mode


@dataclass(frozen=True, slots=True)
class EditHandler:
    """Edits and deletes the bot's messages; the keys of `deleted_ids` are deleted messages."""

    client: discord.Client
    services: PlatformServices
    outbox: DiscordOutbox
    inbox: Inbox
    questions: DiscordQuestions
    deleted_ids: MutableMapping[str, None]

    def handle_edit(self, message: discord.Message) -> None:
        """Answer an edited message anew; without `edited_at` only a link's preview was added."""
        if is_of_person(message) and message.edited_at is not None:
            work = partial(self._answer_edit, message)
            self.inbox.start(work, "an edited question", key=str(message.id))

    async def _answer_edit(self, message: discord.Message) -> None:
        if not await self.questions.find_room(message):
            return
        place = place_of_message(message)
        post = await self.services.chat.reply_to(place, str(message.id))
        notice_id = self.questions.notices.get(str(message.id))
        if post is not None:
            await self._answer_again(message, place, post.reply_id, post.reply_messages)
        elif notice_id is not None:
            await self._answer_again(message, place, None, (notice_id,))
        else:
            await self.questions.take(message)

    async def _answer_again(
        self, message: discord.Message, place: Place, old_reply: str | None, sent: tuple[str, ...]
    ) -> None:
        """Edit the first of the messages `sent` below a question, and delete the others.

        `old_reply` is the id of the reply that they show, None for a notice.
        """
        question = str(message.id)
        if not self.questions.words(message) or await self.questions.mode(place) is Mode.OFF:
            return
        chat = self.services.chat
        # A thread of its own: the new words must not count as a follow-up of the old ones.
        request = replace(self.questions.request(message, place), thread=f"edit:{message.id}")
        reply = await chat.handle(self.questions.command(message), request, chat.admit_again())
        if old_reply is not None and reply.reply == old_reply:
            return
        first, *further = sent
        await self.outbox.edit(message.channel, first, reply)
        self.questions.remember(question, reply, first)
        if old_reply is not None and reply.reply is None:
            await chat.forget_message(place, question)
        await chat.posted(reply, request, first)
        await self.outbox.delete(message.channel, further)

    def handle_deletion(self, guild: int | None, channel: int, messages: Iterable[int]) -> None:
        """Delete the replies to questions that were deleted."""
        place = Place(PLATFORM, DIRECT if guild is None else str(guild), str(channel))
        where = self.client.get_partial_messageable(channel, guild_id=guild)
        for message_id in map(str, messages):
            work = partial(self._delete_replies, place, where, message_id)
            self.inbox.start(work, "a deleted question", key=message_id)

    async def _delete_replies(
        self, place: Place, channel: discord.PartialMessageable, question: str
    ) -> None:
        replies = await self.services.chat.forget_message(place, question)
        notice_id = self.questions.notices.pop(question, None)
        messages = replies or (() if notice_id is None else (notice_id,))
        self.deleted_ids.update(dict.fromkeys(messages))
        # A deleted message may itself be a page of a reply; the other pages go with it.
        await self.outbox.delete(channel, [each for each in messages if each != question])
