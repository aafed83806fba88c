"""Batch writer: group commit for writes that come faster than the disk answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class BatchWriter(Generic[_Item, _Result]):
    """Group commit: writes that arrive while another is running share one transaction.

    Each transaction waits for the disk. A burst of messages, each recorded in a transaction of
    its own, took longer to record than to answer.

    `write` gets items in their order and returns one result for each. It stores all items of a
    call or, if it raises, none of them.
    """

    def __init__(self, write: Callable[[Sequence[_Item]], Awaitable[Sequence[_Result]]]) -> None:
        self._write = write
        self._queue: list[tuple[_Item, asyncio.Future[_Result]]] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, item: _Item) -> _Result:
        """The result for `item`, once it is stored; raises what `write` raises for it."""
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._queue.append((item, future))
        if self._task is None:
            self._task = asyncio.create_task(self._write_queue(), name="state")
        return await future

    async def _write_queue(self) -> None:
        try:
            while self._queue:
                batch, self._queue = self._queue, []
                await self._write_batch(batch)
        finally:
            self._task = None

    async def _write_batch(self, batch: Sequence[tuple[_Item, asyncio.Future[_Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - raised again in the caller of `put`
            if len(batch) > 1:
                # One bad item must not fail the others: write them one by one.
                for pair in batch:
                    await self._write_batch([pair])
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
