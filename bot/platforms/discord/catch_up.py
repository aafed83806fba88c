"""Catch-up on Discord: questions of an earlier run, and messages missed during an absence.

Discord repeats missed events to a client that reconnects within about a minute, and none
after that. So the bot stores the time every few seconds, and after a longer absence reads
the history since then of each channel whose last message is newer. A message that was taken
before is recognised by its job.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from bot.core.errors import StateError
from bot.platforms.discord.outbox import UNREACHED
from bot.platforms.discord.questions import DiscordQuestions
from bot.platforms.inbox import Inbox
from bot.state.store import Store

MOST_MESSAGES = 200
"""Messages read of one channel; a line in the log says where there were more."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class CatchUp:
    """Answers the questions of an earlier run, and those asked while the bot was away."""

    client: discord.Client
    store: Store
    inbox: Inbox
    questions: DiscordQuestions
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    async def load(self) -> None:
        """Load the jobs of earlier runs; before the gateway is joined and new ones come in."""
        try:
            await self.inbox.load()
        except StateError as fault:
            # New questions can be answered even so.
            _log.error("questions from before the start could not be looked up: %s", fault)

    def begin(self) -> None:
        """Catch up, beside new events; called each time that the gateway is joined."""
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
            for channel in self._channels(since)[:200]:
                await self._read(channel, since)
        # The stored time means that all earlier messages were read, so it is stored only now.
        self._task = asyncio.create_task(self._keep_time(), name="time of presence")

    async def _keep_time(self) -> None:
        while True:
            try:
                await self.store.values.set(self._key, datetime.now(UTC).isoformat())
            except StateError as fault:
                _log.info("the time of presence could not be stored: %s", fault)
            await asyncio.sleep(20.0)

    @property
    def _key(self) -> str:
        return f"discord:there:{self.client.application_id}"

    async def _last_present(self) -> datetime | None:
        """The time since which messages may be missed, a little early; None: never present."""
        try:
            stored = await self.store.values.get(self._key)
            time = None if stored is None else datetime.fromisoformat(stored)
        except (StateError, ValueError) as fault:
            _log.warning("the time of presence could not be read: %s", fault)
            return None
        # Messages that are older than six hours are not answered any more.
        oldest = datetime.now(UTC) - timedelta(hours=6)
        return None if time is None else max(time - timedelta(minutes=1), oldest)

    def _channels(self, since: datetime) -> list[Any]:
        """The channels with a message since then, the latest first."""
        oldest = discord.utils.time_snowflake(since)
        channels: list[Any] = []
        for guild in self.client.guilds:
            channels += [*guild.text_channels, *guild.voice_channels, *guild.threads]
        active = [each for each in channels if (each.last_message_id or 0) > oldest]
        return sorted(active, key=lambda each: -each.last_message_id)

    async def _read(self, channel: Any, since: datetime) -> None:
        count, history = 0, channel.history(limit=MOST_MESSAGES, after=since, oldest_first=True)
        try:
            async for message in history:
                count += 1
                await self.questions.receive(message)
        except UNREACHED as fault:
            _log.info("the history of a channel could not be read: %s", type(fault).__name__)
        if count == MOST_MESSAGES:
            _log.warning("a channel has more missed messages than are read")
