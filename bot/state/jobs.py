"""Repository of durable jobs: chat events that were accepted, until they are answered.

So each question is answered once, also across a restart.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from bot.state.database import Database, Repository
from bot.state.models import JobRow
from bot.state.records import Job

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class _BatchWriter(Generic[_Item, _Result]):
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


class Jobs(Repository):
    """Chat events by id, pending or finished."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._take_writer = _BatchWriter(self._take)
        self._finish_writer = _BatchWriter(self._finish)

    async def take(
        self, platform: str, room: str, event: str, payload: str, at: datetime, person: str = ""
    ) -> bool:
        """Record an event as a pending job; False if it was recorded before, pending or finished.

        `payload` holds what is needed to resume it after a restart; `person` is the asker, so
        that the job can be deleted with that person's data.
        """
        job = Job(platform, room, event, payload, at)
        return await self._take_writer.put({**job.columns(), "person": person, "finished": False})

    async def _take(self, rows: Sequence[dict[str, Any]]) -> list[bool]:
        statement = insert(JobRow).on_conflict_do_nothing().returning(JobRow.platform, JobRow.event)
        async with self.database.writing() as session:
            new = {tuple(row) for row in await session.execute(statement, list(rows))}
        results = []
        for row in rows:
            key = row["platform"], row["event"]
            results.append(key in new)
            new.discard(key)  # an event that is twice in a batch is new once
        return results

    async def finish(self, platform: str, event: str) -> None:
        """Mark an event as finished.

        Only its id is kept, to recognize it: its payload and person are deleted.
        """
        await self._finish_writer.put((platform, event))

    async def _finish(self, events: Sequence[tuple[str, str]]) -> list[None]:
        statement = (
            update(JobRow)
            .where(tuple_(JobRow.platform, JobRow.event).in_(events), JobRow.finished.is_(False))
            .values(finished=True, payload="", person="")
            .execution_options(synchronize_session=False)
        )
        async with self.database.writing() as session:
            await session.execute(statement)
        return [None] * len(events)

    async def pending(self, platform: str) -> tuple[Job, ...]:
        """The jobs that are not finished, in the order in which they came."""
        query = (
            select(JobRow)
            .where(JobRow.platform == platform, JobRow.finished.is_(False))
            .order_by(JobRow.id)
        )
        async with self.database.reading() as session:
            return tuple(map(Job.of, await session.scalars(query)))

    async def prune(self, before: datetime) -> None:
        """Delete the ids of finished events older than `before`."""
        async with self.database.writing() as session:
            await session.execute(
                delete(JobRow).where(JobRow.finished.is_(True), JobRow.at < before)
            )
