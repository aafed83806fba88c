"""What was asked while nobody listened: taken before a restart, or said meanwhile.

Discord tells a client that comes back within a minute or so what it missed; after that it
does not. So the bot notes from time to time that it is there, and reads after a longer
absence what was said since, where the last message of a channel is newer. Whether one is
taken already, the state knows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from bot.chat.error_messages import error_notice
from bot.core.errors import StateError
from bot.platforms.discord.mapping import PLATFORM
from bot.platforms.discord.outbox import NotSentError
from bot.state.records import Job
from bot.state.store import Store

LONGEST_ABSENCE = timedelta(hours=6)
"""What was asked longer ago is not answered any more."""

NOTED_EVERY = 20.0
"""Seconds between two notes that the bot is there."""

MOST_CHANNELS = 200
MOST_MESSAGES = 200
"""Of one channel; what is beyond that is left out, with a line in the log."""

_OVERLAP = timedelta(seconds=60)
_log = logging.getLogger(__name__)

Take = Callable[[discord.Message], Awaitable[None]]


class CatchUp:
    """Answers late; `late` answers a job that was taken, `take` a message like a new one.

    `caught_up` is set while there is nothing left of before.
    """

    def __init__(
        self,
        client: discord.Client,
        store: Store,
        late: Callable[[Job], Awaitable[None]],
        take: Take,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._store = store
        self._late = late
        self._take = take
        self._now = now
        self._left_over: tuple[Job, ...] = ()
        self._task: asyncio.Task[None] | None = None
        self.caught_up = asyncio.Event()

    async def look(self) -> None:
        """Before the gateway is joined: what is left over is not yet mixed with what is new."""
        try:
            self._left_over = await self._store.jobs.pending(PLATFORM)
        except StateError as fault:
            _log.error("questions from before could not be looked up: %s", fault)

    def begin(self) -> None:
        """The gateway was joined, anew or for the first time: catch up, beside what comes in."""
        if self._task is not None:
            self._task.cancel()
        self.caught_up.clear()
        self._task = asyncio.create_task(self._run(), name="catching up")

    async def end(self) -> None:
        """Stop; what is not answered yet is for the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        while self._left_over:
            # Struck off when it is done: who joins anew meanwhile begins with it again.
            await self._late(self._left_over[0])
            self._left_over = self._left_over[1:]
        since = await self._last_there()
        if since is not None:
            for channel in self._channels(since)[:MOST_CHANNELS]:
                await self._read(channel, since)
        self.caught_up.set()
        while True:
            await self._note()
            await asyncio.sleep(NOTED_EVERY)

    @property
    def _key(self) -> str:
        return f"discord:there:{self._client.application_id}"

    async def _last_there(self) -> datetime | None:
        """When the bot was surely there, a little earlier to be safe; None: never before."""
        try:
            noted = await self._store.values.get(self._key)
            at = None if noted is None else datetime.fromisoformat(noted)
        except (StateError, ValueError) as fault:
            _log.warning("when the bot was last here is not known: %s", fault)
            return None
        return None if at is None else max(at - _OVERLAP, self._now() - LONGEST_ABSENCE)

    async def _note(self) -> None:
        try:
            await self._store.values.set(self._key, self._now().isoformat())
        except StateError as fault:
            _log.info("that the bot is here could not be noted: %s", fault)

    def _channels(self, since: datetime) -> list[Any]:
        """Where something was said since then, the latest first."""
        least = discord.utils.time_snowflake(since)

        def found() -> Iterator[tuple[int, Any]]:
            for guild in self._client.guilds:
                rooms: list[Any] = [*guild.text_channels, *guild.voice_channels, *guild.threads]
                for channel in rooms:
                    if (last := channel.last_message_id) is not None and last > least:
                        yield last, channel

        return [channel for _, channel in sorted(found(), key=lambda each: -each[0])]

    async def _taken(self, message: discord.Message) -> None:
        """Take a message; whatever is wrong with it, the others have their turn."""
        try:
            await self._take(message)
        except Exception as fault:  # noqa: BLE001 - the others wait behind this one
            error_notice(fault, "a message from before")

    async def _read(self, channel: Any, since: datetime) -> None:
        count = 0
        try:
            async for message in channel.history(
                limit=MOST_MESSAGES, after=since, oldest_first=True
            ):
                count += 1
                await self._taken(message)
        except discord.HTTPException as fault:
            _log.info("what was said in a channel could not be read: %s", fault.code)
        except (NotSentError, OSError) as fault:
            _log.info("what was said in a channel could not be read: %s", type(fault).__name__)
        if count == MOST_MESSAGES:
            _log.warning("more was said in a channel than is read afterwards")
