"""The client: Discord's events to the chat, and the chat's messages to Discord."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

import discord

from bot.chat.buttons import Action, Verb
from bot.chat.commands import Command, Empty, Help
from bot.chat.error_messages import error_notice
from bot.chat.grammar import DISCORD, parse
from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.rate_limits import Admitted
from bot.chat.request import ChatRequest
from bot.core.errors import StateError
from bot.platforms.discord.catch_up import CatchUp
from bot.platforms.discord.channel_lookup import is_placed, place_it
from bot.platforms.discord.components import ActionButton
from bot.platforms.discord.mapping import (
    DIRECT,
    PLATFORM,
    answered_in,
    is_addressed,
    is_guest,
    is_of_person,
    person_of_interaction,
    person_of_message,
    place_of_interaction,
    place_of_message,
    question_of,
    talk_of,
)
from bot.platforms.discord.outbox import (
    NOBODY,
    UNREACHED,
    DiscordOutbox,
    NotSentError,
    is_hopeless,
    is_refused,
    typing_for,
)
from bot.platforms.parts import PlatformServices
from bot.state.records import Job, Mode

GUILDS_SECONDS = 0.5
"""Longest pause between two servers that Discord tells of when the bot joins."""

CLOSING_SECONDS = 3.0
"""Longest wait at the end for what is being answered."""

GONE_REMEMBERED = 1_000
"""Messages that were taken down and are still known by their id; the oldest go first."""

TOLD_REMEMBERED = 1_000
"""Messages that were told something other than a reply, such as help; the oldest go first."""

_HOUR_GLASS = "\N{HOURGLASS WITH FLOWING SAND}"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shards:
    """How many shards there are in all (None: as Discord advises), and which are ours."""

    count: int | None = None
    ids: tuple[int, ...] = ()


class Client(discord.AutoShardedClient):
    """Takes part in Discord; all it decides is where things come from and go to."""

    def __init__(
        self, parts: PlatformServices, *, message_content: bool = False, shards: Shards
    ) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = message_content
        # An empty list would be taken for shards that were chosen.
        options: dict[str, Any] = {"shard_ids": list(shards.ids)} if shards.ids else {}
        super().__init__(
            intents=intents,
            shard_count=shards.count,
            **options,
            allowed_mentions=NOBODY,
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILDS_SECONDS,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.parts = parts
        self.hears_everything = message_content
        self.sender = DiscordOutbox(parts.language)
        self._messages: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._told: OrderedDict[int, str] = OrderedDict()
        self._gone: deque[str] = deque(maxlen=GONE_REMEMBERED)
        self._at_work: set[asyncio.Task[Any]] = set()
        self._catching_up = CatchUp(self, parts.store, self._answer_late, self.on_message)

    # The life of the client

    async def setup_hook(self) -> None:
        """Before the gateway is joined."""
        self.add_dynamic_items(ActionButton)
        await self._catching_up.look()

    async def on_ready(self) -> None:
        """Say who we are; then answer what was asked meanwhile."""
        self.parts.joined(str(self.user), len(self.guilds))
        self._catching_up.begin()

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """A fault in an event: one line, and nobody else is disturbed."""
        _log.error("a fault in %s", event_method, exc_info=_log.isEnabledFor(logging.DEBUG))

    async def close(self) -> None:
        """Leave, once what is being answered is done or has had its time."""
        await self._catching_up.end()
        working = {task for task in self._at_work if task is not asyncio.current_task()}
        if working:
            await asyncio.wait(working, timeout=CLOSING_SECONDS)
        for task in working:
            task.cancel()
        await super().close()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """What runs inside is waited for when the client closes."""
        task = asyncio.current_task()
        if task is not None:
            self._at_work.add(task)
        try:
            yield
        finally:
            if task is not None:
                self._at_work.discard(task)

    # Messages

    async def on_message(self, message: discord.Message) -> None:
        """A message: a question if it is meant for us, by a person."""
        if not is_of_person(message):
            return
        async with self.working(), self._alone(message.id):
            await self._take(message)

    async def _take(self, message: discord.Message) -> None:
        if not await self._is_placed(message):
            return
        place = place_of_message(message)
        mode = await self._mode(place)
        if not self._is_for_us(message, mode):
            return
        person = person_of_message(message)
        if not await self._is_new(message, place, person):
            return
        try:
            await self._admitted(message, place, person)
        except NotSentError as fault:
            _log.warning("a reply could not be sent: %s", fault)
            if not is_refused(fault):
                return  # the job stays, and is done at the next start
        await self._done(str(message.id))

    async def _is_placed(self, message: discord.Message) -> bool:
        """Whether it is known where a message stands that may be for us."""
        if is_placed(message):
            return True
        mine = self.user is not None and is_addressed(message, self.user, self.hears_everything)
        return mine and await place_it(self, message)

    async def _mode(self, place: Place) -> Mode:
        try:
            return (await self.parts.rooms.effective(place)).mode
        except StateError as fault:
            # What the room may see is not known; asked directly, it is told so.
            _log.error("the settings of a room could not be read: %s", fault)
            return Mode.MENTIONS

    def _is_for_us(self, message: discord.Message, mode: Mode) -> bool:
        if self.user is None or mode is Mode.OFF:
            return False
        everything = mode is Mode.EVERYTHING and bool(message.content.strip())
        return is_addressed(message, self.user, everything)

    async def _is_new(self, message: discord.Message, place: Place, person: Person) -> bool:
        """Whether this message is taken for the first time; sent again, it is known."""
        try:
            return await self.parts.store.jobs.take(
                PLATFORM, place.room, str(message.id), "{}", datetime.now(UTC), person.id
            )
        except StateError as fault:
            _log.error("a question could not be noted: %s", fault)
            return True

    async def _done(self, event: str) -> None:
        try:
            await self.parts.store.jobs.finish(PLATFORM, event)
        except StateError as fault:
            _log.error("a question could not be marked as done: %s", fault)

    async def _admitted(self, message: discord.Message, place: Place, person: Person) -> None:
        command, request = self._command(message), self._request(message, place, person)
        admission = await self.parts.chat.admit(command, request)
        if isinstance(admission, Admitted):
            await self._answer(message, command, request, admission)
        elif not admission.told_before:
            refusal = self.parts.chat.refusal(admission)
            self._tell(message.id, refusal, await self.sender.reply(message, refusal))
        else:
            try:
                await message.add_reaction(_HOUR_GLASS)
            except UNREACHED:
                _log.info("a room is over its limit, and may not be told by a reaction")

    async def _answer(
        self, message: discord.Message, command: Command, request: ChatRequest, admitted: Admitted
    ) -> None:
        work = self.parts.chat.handle(command, request, admitted)
        reply = await typing_for(message.channel, work)
        sent = await self.sender.reply(message, reply)
        self._tell(message.id, reply, sent)
        await self.parts.chat.posted(reply, request, sent)

    def _command(self, message: discord.Message) -> Command:
        """The command that a message is; a bare mention asks for help."""
        command = parse(question_of(message, _known(self.user)), DISCORD)
        return Help() if isinstance(command, Empty) else command

    def _request(self, message: discord.Message, place: Place, person: Person) -> ChatRequest:
        thread = talk_of(place, person)
        return ChatRequest(
            place,
            person,
            thread,
            message=str(message.id),
            hears_everything=self.hears_everything,
        )

    async def _answer_late(self, job: Job) -> None:
        """Answer what was taken and not answered before the program ended."""
        try:
            await self._late(job)
        except (discord.HTTPException, NotSentError, StateError, ValueError) as fault:
            _log.info("a question from before could not be answered: %s", fault)
            if not is_hopeless(fault):
                return  # the next start tries again
        except UNREACHED as fault:
            _log.info("a question from before waits for the next start: %s", type(fault).__name__)
            return
        except Exception as fault:  # noqa: BLE001 - the others from before wait behind this one
            error_notice(fault, "a question from before")
        await self._done(job.event)

    async def _late(self, job: Job) -> None:
        place = Place(PLATFORM, DIRECT, job.room)
        if await self.parts.chat.reply_to(place, job.event) is not None:
            return  # it was answered, and only that was not noted
        channel: Any = await self.fetch_channel(int(job.room))
        message = await channel.fetch_message(int(job.event))
        async with self.working(), self._alone(message.id):
            # It was let in before: what counts for those who ask now is no reason to refuse it.
            place, person = place_of_message(message), person_of_message(message)
            request = self._request(message, place, person)
            admitted = self.parts.chat.admit_again()
            await self._answer(message, self._command(message), request, admitted)

    # Edits and deletions

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A question that is edited has its reply edited."""
        message = payload.message
        if not is_of_person(message) or message.edited_at is None:
            return
        async with self.working(), self._alone(message.id):
            if not await self._is_placed(message):
                return
            place = place_of_message(message)
            try:
                post = await self.parts.chat.reply_to(place, str(message.id))
                told = self._told.get(message.id)
                if post is not None:
                    await self._edited(message, place, post.reply_id, post.reply_messages)
                elif told is not None:
                    await self._edited(message, place, None, (told,))
                else:
                    await self._take(message)
            except (StateError, NotSentError) as fault:
                _log.warning("an edited question has its old reply: %s", fault)

    async def _edited(
        self, message: discord.Message, place: Place, shown: str | None, ours: tuple[str, ...]
    ) -> None:
        """Answer anew in the messages of ours, which show the reply `shown` now, or none."""
        if not question_of(message, _known(self.user)):
            return
        if await self._mode(place) is Mode.OFF:
            return
        # Its own words of before are no question to lean on.
        request = replace(
            self._request(message, place, person_of_message(message)), thread=f"edit:{message.id}"
        )
        chat = self.parts.chat
        reply = await chat.handle(self._command(message), request, chat.admit_again())
        if shown is not None and reply.reply == shown:
            return
        first, *others = ours
        await self.sender.edit(message.channel, first, reply)
        self._tell(message.id, reply, first)
        if shown is not None and reply.reply is None:
            await chat.forget_message(place, str(message.id))
        await chat.posted(reply, request, first)
        await self.sender.delete(message.channel, others)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """A question that is deleted takes its reply with it."""
        await self._deleted(payload.guild_id, payload.channel_id, [payload.message_id])

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """As for one message."""
        await self._deleted(payload.guild_id, payload.channel_id, sorted(payload.message_ids))

    async def _deleted(self, guild: int | None, channel: int, messages: Iterable[int]) -> None:
        place = Place(PLATFORM, DIRECT if guild is None else str(guild), str(channel))
        for number in messages:
            async with self.working(), self._alone(number):
                try:
                    replies = await self.parts.chat.forget_message(place, str(number))
                except StateError as fault:
                    _log.warning("a reply stays though its question is gone: %s", fault)
                    continue
                told = self._told.pop(number, None)
                gone = replies or (() if told is None else (told,))
                self._gone.extend(gone)
                ours = [each for each in gone if each != str(number)]
                where = self.get_partial_messageable(channel, guild_id=guild)
                await self.sender.delete(where, ours)

    def _tell(self, question: int, said: Message, sent: str) -> None:
        """Remember where a question was told something that is no reply, and so not kept."""
        self._told.pop(question, None)
        if said.reply is None:
            self._told[question] = sent
        while len(self._told) > TOLD_REMEMBERED:
            self._told.popitem(last=False)

    def _alone(self, message: int) -> asyncio.Lock:
        """One thing at a time for each message: an edit waits for the answer it changes."""
        lock = self._messages.get(message)
        if lock is None:
            lock = self._messages[message] = asyncio.Lock()
        return lock

    # Buttons

    async def press(
        self, interaction: discord.Interaction[Any], action: Action, turns: bool
    ) -> None:
        """A button was pressed; one that `turns` the page brings no message of its own."""
        async with self.working():
            request = self.request(interaction)
            if action.verb is Verb.REMOVE:
                await self._remove(interaction, action, request)
            elif turns:
                await self._turn_page(interaction, action, request)
            else:
                await self._bring(interaction, action, request)

    def request(self, interaction: discord.Interaction[Any], thread: str = "") -> ChatRequest:
        """Where and by whom a command is used or a button pressed; for their eyes only."""
        shown = interaction.message
        return ChatRequest(
            place_of_interaction(interaction),
            person_of_interaction(interaction),
            thread,
            reply_to=None if shown is None else str(shown.id),
            private=True,
            hears_everything=self.hears_everything,
        )

    async def _bring(
        self, interaction: discord.Interaction[Any], action: Action, request: ChatRequest
    ) -> None:
        shown = interaction.message
        private = action.verb is not Verb.MORE or (shown is not None and shown.flags.ephemeral)
        request = request.privately(private)
        work = self.parts.chat.handle(action, request)
        message, sent = await self.sender.respond(interaction, work, private)
        if shown is not None and sent is not None and not message.private:
            async with self._alone(answered_in(shown)):
                await self.parts.chat.posted(message, request, sent)
            if str(shown.id) in self._gone:
                # What it belongs to was taken down while it was on its way.
                await self.sender.delete(interaction.channel, [sent])

    async def _turn_page(
        self, interaction: discord.Interaction[Any], action: Action, request: ChatRequest
    ) -> None:
        message = await self.parts.chat.handle(action, request)
        try:
            await interaction.response.edit_message(
                view=self.sender.view(message), allowed_mentions=NOBODY
            )
        except UNREACHED as fault:
            _log.warning("a page could not be turned: %s", type(fault).__name__)

    async def _remove(
        self, interaction: discord.Interaction[Any], action: Action, request: ChatRequest
    ) -> None:
        shown = interaction.message
        if shown is None:
            return
        if shown.flags.ephemeral:
            try:
                await interaction.response.defer()
                await interaction.delete_original_response()
            except UNREACHED as fault:
                _log.warning("a message could not be taken down: %s", type(fault).__name__)
            return

        async def work() -> Message:
            # A busy room's limits hold a sender up long after its message is seen: before
            # the reply is noted, nobody is known to have asked.
            async with self._alone(answered_in(shown)):
                message = await self.parts.chat.handle(action, request)
            if message.takes_down:
                self._gone.extend((str(shown.id), *message.takes_down))
            return message

        if is_guest(interaction):
            # No channel of ours: only the interaction itself may delete what it belongs to.
            try:
                await interaction.response.defer()
            except UNREACHED as fault:
                _log.info("a press could not be acknowledged: %s", type(fault).__name__)
            message, _ = await self.sender.respond(interaction, work(), private=True)
            if message.takes_down:
                try:
                    await interaction.delete_original_response()
                except UNREACHED as fault:
                    _log.warning("a message could not be taken down: %s", type(fault).__name__)
            return
        message, _ = await self.sender.respond(interaction, work(), private=True)
        if message.takes_down:
            others = [each for each in message.takes_down if each != str(shown.id)]
            await self.sender.delete(interaction.channel, [str(shown.id), *others])


def _known(user: discord.ClientUser | None) -> discord.ClientUser:
    if user is None:
        raise RuntimeError("no message comes before the client knows itself")
    return user
