"""Messages of the chat to Matrix: sent, edited, taken down, however often it takes.

A message that got through all the same is not sent twice: its transaction id tells the
homeserver.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from bot.chat.message import Message
from bot.core.errors import MatrixError
from bot.platforms.matrix.api.http import NO_CODE, TOO_MANY
from bot.platforms.matrix.api.port import (
    CallError,
    MessageContent,
    Port,
    RefusedError,
    UnreachedError,
)
from bot.platforms.retry import UNTIL_DONE

T = TypeVar("T")

TYPING_SECONDS = 0.5
"""From when on the room sees that a reply is being made."""

TYPING_AGAIN = 20.0
"""A homeserver forgets after 30 seconds that somebody is writing."""

_log = logging.getLogger(__name__)


async def until_reached(call: Callable[[], Awaitable[T]]) -> T:
    """Return what `call` returns, calling it again for as long as its failures are temporary.

    Raises `RefusedError` for a refusal that will not change.
    """
    return await UNTIL_DONE(_is_temporary, call)


def _is_temporary(fault: Exception) -> bool:
    """Whether the homeserver is away, limits the rate, or only its proxy answered."""
    temporary = isinstance(fault, UnreachedError) or (
        isinstance(fault, RefusedError)
        and (fault.status == TOO_MANY or (fault.status == 404 and fault.code == NO_CODE))
    )
    if temporary:
        _log.info("the homeserver is not reached, trying again: %s", fault)
    return temporary


class MatrixSender:
    """Sends messages of the chat to rooms."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._writing: Counter[str] = Counter()
        self._typers: dict[str, asyncio.Task[None]] = {}
        self._read: dict[str, str] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}

    async def send(
        self, room: str, message: Message, txn: str, reply_to: str | None, root: str | None
    ) -> str:
        """Say something in a thread; the id of what was sent. Raises `RefusedError`.

        Below some events no thread can be: then it is a reply and no more.
        """
        words = MessageContent(
            message.page.text, message.page.html, reply_to=reply_to, thread_root=root
        )
        try:
            return await until_reached(lambda: self._port.send(room, words, txn))
        except RefusedError as fault:
            if fault.status != 400 or root is None:
                raise
        flat = replace(words, thread_root=None)
        return await until_reached(lambda: self._port.send(room, flat, f"{txn}-flat"))

    async def edit(self, room: str, event: str, message: Message, txn: str) -> None:
        """Put a message in the place of one that was sent. Raises `RefusedError`."""
        words = MessageContent(message.page.text, message.page.html)
        await until_reached(lambda: self._port.edit(room, event, words, txn))

    async def redact(self, room: str, events: Iterable[str]) -> None:
        """Take messages of ours down; one that cannot be is for the log."""
        for event in events:
            try:
                await self._down(room, event)
            except RefusedError as fault:
                _log.warning("a message could not be taken down: %s", fault)

    async def _down(self, room: str, event: str) -> None:
        await until_reached(lambda: self._port.redact(room, event, f"down-{event}"))

    # What people see while they wait

    @asynccontextmanager
    async def typing(self, room: str) -> AsyncIterator[None]:
        """The room sees us writing where the body takes a while; once, however many take it."""
        task = self._typers.get(room)
        if task is None:
            task = self._typers[room] = asyncio.create_task(self._type(room))
        self._writing[room] += 1
        told = False
        try:
            yield
            told = True
        except Exception:
            told = True
            raise
        finally:
            self._writing[room] -= 1
            if not self._writing[room]:
                del self._writing[room], self._typers[room]
                task.cancel()
                await asyncio.wait({task})
                # At the end of the program nobody waits for a server that may be gone.
                if told and task.get_name() == _SHOWN and room not in self._typers:
                    await self._typing(room, on=False)

    async def _type(self, room: str) -> None:
        await asyncio.sleep(TYPING_SECONDS)
        task = asyncio.current_task()
        if task is not None:
            task.set_name(_SHOWN)
        while True:
            await self._typing(room, on=True)
            await asyncio.sleep(TYPING_AGAIN)

    async def _typing(self, room: str, *, on: bool) -> None:
        try:
            await self._port.typing(room, on)
        except (CallError, MatrixError) as fault:
            _log.info("writing could not be shown: %s", fault)

    def seen(self, room: str, event: str) -> None:
        """Tell the room up to where we read, soon; the last word counts."""
        self._read[room] = event
        if room not in self._reading:
            task = asyncio.create_task(self._tell_read(room))
            self._reading[room] = task

    async def _tell_read(self, room: str) -> None:
        try:
            while (event := self._read.pop(room, None)) is not None:
                await self._port.receipt(room, event)
        except (CallError, MatrixError) as fault:
            _log.info("a receipt could not be sent: %s", fault)
        finally:
            self._reading.pop(room, None)

    async def close(self) -> None:
        """Stop telling what we read."""
        tasks = tuple(self._reading.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


_SHOWN = "writing is shown"
