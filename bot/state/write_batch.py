"""Small writes that come at the same time, kept in one transaction.

A transaction waits for the disk, and whatever comes meanwhile would wait in line for one of
its own. In a flood of messages each is noted before anything is done about it: line by
line that alone took longer than the answers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

AT_ONCE = 200
"""Writes in one transaction, at most."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Together(Generic[_Item, _Result]):
    """Hands what comes to `write`, in order; all that came while it was at work, at once.

    `write` gives one result for each item, and keeps all of them or, where it raises, none.
    """

    def __init__(self, write: Callable[[Sequence[_Item]], Awaitable[Sequence[_Result]]]) -> None:
        self._write = write
        self._waiting: deque[tuple[_Item, asyncio.Future[_Result]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def put(self, item: _Item) -> _Result:
        """The result for one item, once it is kept; raises what `write` raises for it."""
        result: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._working is None:
            self._working = asyncio.create_task(self._work(), name="state")
        return await result

    async def _work(self) -> None:
        try:
            while self._waiting:
                count = min(len(self._waiting), AT_ONCE)
                await self._keep([self._waiting.popleft() for _ in range(count)])
        finally:
            self._working = None

    async def _keep(self, batch: Sequence[tuple[_Item, asyncio.Future[_Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except Exception as fault:  # noqa: BLE001 - it is raised where it belongs
            if len(batch) == 1:
                _settle(batch[0][1], fault)
                return
            # One of them may be at fault alone: the others must not suffer for it.
            for each in batch:
                await self._keep([each])
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)


def _settle(future: asyncio.Future[_Result], fault: Exception) -> None:
    if not future.done():
        future.set_exception(fault)
