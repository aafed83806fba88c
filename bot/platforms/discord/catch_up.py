"""Catch-up on Discord: questions of an earlier run, and what happened during an absence.

Discord repeats missed events to a client that reconnects within about a minute, and none
after that. So the bot stores the time every few seconds while all shards are connected, and
after a longer absence reads the history since then: of each channel whose last message is newer,
and of each conversation in which somebody asked before. Only the servers of the gateway's shards
that were away are looked at; direct messages belong to shard 0. A message that was taken before is
recognised by its job. Then it looks at the questions that it had answered of late: an edit or a
deletion leaves no other trace. discord.py keeps to the rate limits, so the number of channels has
no limit here.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import discord

from bot.core.errors import StateError
from bot.platforms.discord.mapping import DIRECT, PLATFORM, in_forum
from bot.platforms.discord.outbox import DISCONNECTED, UNREACHED, is_temporary
from bot.platforms.discord.questions import DiscordQuestions
from bot.platforms.inbox import PATIENCE, Inbox
from bot.state.store import Store

UNNOTICED = timedelta(minutes=3)
"""Longest time for which a dead connection may look alive: until a heartbeat is not answered."""

STORE_SECONDS = 20.0
"""Seconds from one time of presence that is stored to the next."""

MOST_MESSAGES = 5_000
"""Messages read of one channel; where there are more, its members are told to ask again."""

OLDEST = timedelta(hours=6)
"""Older messages are not answered any more."""

SOONEST_ARCHIVED = timedelta(hours=1)
"""Discord archives a thread after an hour without messages, and not before."""

MOST_ARCHIVED = 200
"""Threads of one channel that were archived during an absence, the latest first."""

CHANGES = timedelta(days=1)
"""Questions from this time before an absence are looked at for edits and deletions."""

PAUSES = tuple(2.0**n for n in range(12))
"""Seconds between the tries of what Discord does not give now; together about an hour."""

FETCH_SECONDS = 30.0
"""Longest wait for a thread that the client does not know."""

PAGE = 100
"""Most messages that Discord gives at once."""

DIRECT_SHARD = 0
"""The shard of the gateway that all direct messages belong to."""

Step = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Found:
    """Counts of channels and messages that were found after an absence, for the log."""

    channels: int = 0
    questions: int = 0
    edited: int = 0
    deleted: int = 0
    closed: int = 0

    def question(self) -> None:
        """Count a question."""
        self.questions += 1

    def report(self, since: datetime) -> None:
        """Write one line; at level warning only where something was missed."""
        missed = self.questions or self.edited or self.deleted or self.closed
        _log.log(
            logging.WARNING if missed else logging.INFO,
            "away since %s: channels read: %d, could not be read: %d;"
            " questions asked: %d, edited: %d, deleted: %d",
            f"{since:%Y-%m-%d %H:%M} UTC",
            self.channels,
            self.closed,
            self.questions,
            self.edited,
            self.deleted,
        )


@dataclass(slots=True)
class CatchUp:
    """Answers the questions of an earlier run, and those asked while the bot was away.

    `disconnected` are the shards that receive no events now.
    """

    client: discord.Client
    store: Store
    inbox: Inbox
    questions: DiscordQuestions
    disconnected: set[int] = field(default_factory=set, init=False)
    _behind: set[int] = field(default_factory=set, init=False)
    """The shards whose absence is not caught up with yet."""
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    async def load(self) -> None:
        """Load the jobs of earlier runs; before the gateway is joined and new ones come in."""
        try:
            await self.inbox.load()
        except StateError as fault:
            # New questions can be answered even so.
            _log.error("questions from before the start could not be looked up: %s", fault)

    def begin(self, shards: Iterable[int]) -> None:
        """Catch up with these shards, beside new events; called each time that they join."""
        self._behind.update(shards)
        if self._task is not None:
            self._task.cancel()
        self._task = self.inbox.start(self._run, "catching up", key="catch up")

    async def end(self) -> None:
        """Stop; messages that were not read yet are read at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        await self.inbox.replay(self.questions.resume, one_by_one=True)
        since = await self._last_present()
        if since is not None:
            found = _Found()
            answered = await self._answered(since - CHANGES)
            steps = await self._missed(max(since, datetime.now(UTC) - OLDEST), found)
            steps += [
                partial(self._find_changes, room, questions, since, found)
                for room, questions in answered.items()
            ]
            await self._finish(steps, found)
            found.report(since)
        self._behind.clear()
        # The stored time means that all earlier messages were read, so it is stored only now.
        self._task = asyncio.create_task(self._keep_time(), name="time of presence")

    async def _finish(self, steps: list[Step], found: _Found) -> None:
        """Take all steps; those that fail for a while again later, behind the others."""
        for pause in PAUSES:
            steps = [step for step in steps if not await self._is_finished(step, found)]
            if not steps:
                return
            await asyncio.sleep(pause)
        found.closed += len(steps)

    @staticmethod
    async def _is_finished(step: Step, found: _Found) -> bool:
        """Take a step; False if it failed and may succeed later. Repeating one does no harm."""
        try:
            await step()
        except UNREACHED as fault:
            _log.info("a channel could not be read: %s", type(fault).__name__)
            if is_temporary(fault):
                return False
            found.closed += 1
        return True

    async def _keep_time(self) -> None:
        while True:
            try:
                if not self.disconnected:
                    await self.store.values.set(self._key, datetime.now(UTC).isoformat())
            except StateError as fault:
                _log.info("the time of presence could not be stored: %s", fault)
            await asyncio.sleep(STORE_SECONDS)

    @property
    def _key(self) -> str:
        return f"discord:there:{self.client.application_id}"

    async def _last_present(self) -> datetime | None:
        """The time since which events may be missed, a little early; None: never present."""
        try:
            stored = await self.store.values.get(self._key)
            time = None if stored is None else datetime.fromisoformat(stored)
        except (StateError, ValueError) as fault:
            _log.warning("the time of presence could not be read: %s", fault)
            return None
        return None if time is None else time - UNNOTICED

    # New messages

    async def _missed(self, since: datetime, found: _Found) -> list[Step]:
        conversations = await self._conversations() if DIRECT_SHARD in self._behind else []
        channels = (*self._channels(since), *conversations)
        found.channels = len(channels)
        steps: list[Step] = [partial(self._read, channel, since, found) for channel in channels]
        if since < datetime.now(UTC) - SOONEST_ARCHIVED:
            # A request for each channel is too much after a short absence.
            steps += [partial(self._read_archived, each, since, found) for each in self._parents()]
        return steps

    def _parents(self) -> list[discord.TextChannel | discord.ForumChannel]:
        """The channels whose archived threads the bot may list."""
        parents: list[discord.TextChannel | discord.ForumChannel] = []
        for guild in (each for each in self.client.guilds if each.shard_id in self._behind):
            parents += guild.text_channels
            parents += guild.forums
        return [
            each for each in parents if each.permissions_for(each.guild.me).read_message_history
        ]

    async def _read_archived(
        self,
        channel: discord.TextChannel | discord.ForumChannel,
        since: datetime,
        found: _Found,
    ) -> None:
        """Read the threads of a channel that were archived since then."""
        async for thread in channel.archived_threads(limit=MOST_ARCHIVED):
            if thread.archive_timestamp < since:
                break
            if not thread.locked:
                found.channels += 1
                await self._read(thread, since, found)

    def _channels(self, since: datetime) -> list[Any]:
        """The channels with a message since then, the latest first."""
        oldest = discord.utils.time_snowflake(since)
        channels: list[Any] = []
        for guild in (each for each in self.client.guilds if each.shard_id in self._behind):
            channels += [*guild.text_channels, *guild.voice_channels, *guild.stage_channels]
            channels += guild.threads
        active = {each: _last_event(each) for each in channels if _last_event(each) > oldest}
        return sorted(active, key=lambda each: -active[each])

    async def _conversations(self) -> list[Any]:
        """The direct messages with people who asked before, the latest first.

        Discord does not name them when the bot joins.
        """
        try:
            rooms = await self.store.answers.askers_in(PLATFORM, DIRECT)
        except StateError as fault:
            _log.error("earlier conversations could not be looked up: %s", fault)
            return []
        kind = discord.ChannelType.private
        return [self.client.get_partial_messageable(int(room), type=kind) for room in rooms]

    async def _read(self, channel: Any, since: datetime, found: _Found) -> None:
        if isinstance(channel, discord.Thread) and _began(channel) >= since:
            await self.questions.first_posts.begin_thread(channel, found.question)
        count, history = 0, channel.history(limit=MOST_MESSAGES, after=since, oldest_first=True)
        async for message in history:
            count += 1
            await self.questions.receive(message, found.question)
        if count == MOST_MESSAGES:
            await self.questions.tell_unread(channel)

    # Questions that were edited or deleted

    async def _answered(self, since: datetime) -> dict[tuple[str, str], list[int]]:
        """The messages whose questions were answered since then, by space and room."""
        rooms: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        try:
            for asked in await self.store.answers.asked_since(PLATFORM, since):
                if self._is_behind(asked.space):
                    rooms[asked.space, asked.room].append(int(asked.message))
        except StateError as fault:
            _log.error("earlier questions could not be looked up: %s", fault)
        return rooms

    def _is_behind(self, space: str) -> bool:
        """Whether a server that the bot is in, or the direct messages, are of a shard to read."""
        if space == DIRECT:
            return DIRECT_SHARD in self._behind
        guild = self.client.get_guild(int(space))
        return guild is not None and guild.shard_id in self._behind

    async def _find_changes(
        self, room: tuple[str, str], questions: Sequence[int], since: datetime, found: _Found
    ) -> None:
        try:
            channel = await self._channel(*room)
            if isinstance(channel, discord.Thread) and not in_forum(channel):
                # A thread has the id of the message at which it begins, which is in its parent.
                if channel.id in questions and channel.parent is not None:
                    await self._compare(channel.parent, [channel.id], since, found)
                questions = [each for each in questions if each != channel.id]
            await self._compare(channel, sorted(questions), since, found)
        except (discord.DiscordException, *DISCONNECTED) as fault:
            if is_temporary(fault):
                raise
            _log.info("earlier questions could not be read: %s", type(fault).__name__)

    async def _channel(self, space: str, room: str) -> Any:
        """A channel in which a question was answered."""
        if space == DIRECT:
            return self.client.get_partial_messageable(int(room), type=discord.ChannelType.private)
        if (channel := self.client.get_channel(int(room))) is not None:
            return channel
        async with asyncio.timeout(FETCH_SECONDS):
            return await self.client.fetch_channel(int(room))

    async def _compare(
        self, channel: Any, questions: Sequence[int], since: datetime, found: _Found
    ) -> None:
        """Let the replies to these questions, sorted by id, follow edits and deletions."""
        while questions:
            after = discord.Object(questions[0] - 1)
            history = channel.history(limit=PAGE, after=after, oldest_first=True)
            page = {message.id: message async for message in history}
            end = max(page) if len(page) == PAGE else questions[-1]
            for question in (each for each in questions if each <= end):
                message = page.get(question)
                if message is None:
                    await self._delete_if_gone(channel, question, found)
                elif message.edited_at is not None and message.edited_at > since:
                    found.edited += 1
                    if (task := self.questions.handle_edit(message)) is not None:
                        await asyncio.wait({task}, timeout=PATIENCE)
            questions = [each for each in questions if each > end]

    async def _delete_if_gone(self, channel: Any, question: int, found: _Found) -> None:
        # Where the bot may not read the history, Discord shows an empty one.
        try:
            await channel.fetch_message(question)
        except discord.NotFound:
            found.deleted += 1
            guild = getattr(channel, "guild", None)
            self.questions.handle_deletion(guild and guild.id, channel.id, [question])


def _began(thread: discord.Thread) -> datetime:
    """The time at which a thread was begun; its id may be that of an older message."""
    return thread.created_at or discord.utils.snowflake_time(thread.id)


def _last_event(channel: Any) -> int:
    """The id of the last message of a channel, or one for the time at which a thread began."""
    last = channel.last_message_id or 0
    if isinstance(channel, discord.Thread):
        return max(last, discord.utils.time_snowflake(_began(channel)))
    return last
