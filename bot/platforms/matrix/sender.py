"""Sender on Matrix: sends, edits and redacts messages, and retries until the homeserver answers.

Each retry of a call has the same transaction id, so the homeserver takes the call once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ParamSpec, TypeVar

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

P = ParamSpec("P")
T = TypeVar("T")

TYPING_SECONDS = 0.5
"""A reply that takes longer shows the bot as typing."""

TYPING_AGAIN = 20.0
"""Seconds between typing notices, which homeservers end after 30 seconds."""

_log = logging.getLogger(__name__)


async def until_reached(call: Callable[P, Awaitable[T]], *args: P.args, **options: P.kwargs) -> T:
    """Return what `call` returns, calling it again for as long as its failures are temporary.

    Raises `RefusedError` for a refusal that will not change.
    """
    return await UNTIL_DONE(_is_temporary, call, *args, **options)


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
    """Sends messages, typing notices and read receipts to rooms."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._typing = Counter[str]()
        self._typing_tasks: dict[str, asyncio.Task[None]] = {}
        self._read: dict[str, str] = {}
        self._receipt_tasks: dict[str, asyncio.Task[None]] = {}

    async def send(
        self, room: str, message: Message, txn: str, reply_to: str | None, root: str | None
    ) -> str:
        """Send a message into the thread `root`; its event id. Raises `RefusedError`.

        Below events that cannot start a thread it becomes a plain reply.
        """
        threaded = MessageContent(
            message.page.text, message.page.html, reply_to=reply_to, thread_root=root
        )
        try:
            return await until_reached(self._port.send, room, threaded, txn)
        except RefusedError as fault:
            if fault.status != 400 or root is None:
                raise
        flat = replace(threaded, thread_root=None)
        return await until_reached(self._port.send, room, flat, f"{txn}-flat")

    async def edit(self, room: str, event: str, message: Message, txn: str) -> None:
        """Replace a message of the bot. Raises `RefusedError`."""
        content = MessageContent(message.page.text, message.page.html)
        await until_reached(self._port.edit, room, event, content, txn)

    async def redact(self, room: str, events: Iterable[str]) -> None:
        """Redact messages of the bot; a refusal is logged."""
        for event in events:
            try:
                await until_reached(self._port.redact, room, event, f"down-{event}")
            except RefusedError as fault:
                _log.warning("a message could not be taken down: %s", fault)

    @asynccontextmanager
    async def typing(self, room: str) -> AsyncIterator[None]:
        """Show the bot as typing while the body takes long; bodies of one room share this."""
        task = self._typing_tasks.get(room)
        if task is None:
            task = self._typing_tasks[room] = asyncio.create_task(self._keep_typing(room))
        self._typing[room] += 1
        cancelled = True
        try:
            yield
            cancelled = False
        except Exception:
            cancelled = False
            raise
        finally:
            self._typing[room] -= 1
            if not self._typing[room]:
                del self._typing[room], self._typing_tasks[room]
                task.cancel()
                await asyncio.wait({task})
                # The body is cancelled when the program ends, which must not wait for the server.
                if not cancelled and task.get_name() == _SHOWN and room not in self._typing_tasks:
                    await self._set_typing(room, on=False)

    async def _keep_typing(self, room: str) -> None:
        await asyncio.sleep(TYPING_SECONDS)
        task = asyncio.current_task()
        if task is not None:
            task.set_name(_SHOWN)
        while True:
            await self._set_typing(room, on=True)
            await asyncio.sleep(TYPING_AGAIN)

    async def _set_typing(self, room: str, *, on: bool) -> None:
        try:
            await self._port.typing(room, on)
        except (CallError, MatrixError) as fault:
            _log.info("writing could not be shown: %s", fault)

    def seen(self, room: str, event: str) -> None:
        """Send a read receipt soon; of several for one room only the last."""
        self._read[room] = event
        if room not in self._receipt_tasks:
            self._receipt_tasks[room] = asyncio.create_task(self._send_receipts(room))

    async def _send_receipts(self, room: str) -> None:
        try:
            while (event := self._read.pop(room, None)) is not None:
                await self._port.receipt(room, event)
        except (CallError, MatrixError) as fault:
            _log.info("a receipt could not be sent: %s", fault)
        finally:
            self._receipt_tasks.pop(room, None)

    async def close(self) -> None:
        """Cancel the receipts that are not sent yet."""
        tasks = tuple(self._receipt_tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


_SHOWN = "typing is shown"
"""Name of a task that has sent a typing notice."""
