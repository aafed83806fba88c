"""Repository of durable jobs: chat events that were accepted, until they are answered.

So each question is answered once, also across a restart.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from bot.state.batch_writer import BatchWriter
from bot.state.database import Database, Repository, time_limited
from bot.state.models import JobRow
from bot.state.records import Job


class Jobs(Repository):
    """Chat events by id, pending or finished.

    Events that arrive at the same time are written in one transaction.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._take_writer = BatchWriter(self._take)
        self._finish_writer = BatchWriter(self._finish)

    @time_limited
    async def take(
        self, platform: str, room: str, event: str, payload: str, at: datetime, person: str = ""
    ) -> bool:
        """Record an event as a pending job; False if it was recorded before, pending or finished.

        `payload` holds what is needed to resume it after a restart; `person` is the asker, so
        that the job can be deleted with that person's data.
        """
        row = {
            "platform": platform,
            "room": room,
            "event": event,
            "person": person,
            "payload": payload,
            "at": at,
            "finished": False,
        }
        return await self._take_writer.put(row)

    async def _take(self, rows: Sequence[dict[str, object]]) -> list[bool]:
        statement = insert(JobRow).on_conflict_do_nothing().returning(JobRow.platform, JobRow.event)
        async with self.database.writing() as session:
            new = {tuple(row) for row in await session.execute(statement, list(rows))}
        results = []
        for row in rows:
            key = (row["platform"], row["event"])
            results.append(key in new)
            new.discard(key)  # An event that is twice in one batch is new once.
        return results

    @time_limited
    async def finish(self, platform: str, event: str) -> bool:
        """Mark an event as finished; False if it was not pending.

        Only its id is kept, to recognize it: its payload and person are deleted.
        """
        return await self._finish_writer.put((platform, event))

    async def _finish(self, events: Sequence[tuple[str, str]]) -> list[bool]:
        statement = (
            update(JobRow)
            .where(tuple_(JobRow.platform, JobRow.event).in_(events), JobRow.finished.is_(False))
            .values(finished=True, payload="", person="")
            .returning(JobRow.platform, JobRow.event)
            .execution_options(synchronize_session=False)
        )
        async with self.database.writing() as session:
            done = {tuple(row) for row in await session.execute(statement)}
        results = []
        for event in events:
            results.append(event in done)
            done.discard(event)
        return results

    @time_limited
    async def pending(self, platform: str) -> tuple[Job, ...]:
        """The jobs that are not finished, in the order in which they came."""
        query = (
            select(JobRow)
            .where(JobRow.platform == platform, JobRow.finished.is_(False))
            .order_by(JobRow.id)
        )
        async with self.database.reading() as session:
            return tuple(
                Job(row.platform, row.room, row.event, row.payload, row.at)
                for row in await session.scalars(query)
            )

    @time_limited
    async def prune(self, before: datetime) -> int:
        """Delete the ids of finished events older than `before`; returns how many."""
        statement = (
            delete(JobRow).where(JobRow.finished.is_(True), JobRow.at < before).returning(JobRow.id)
        )
        async with self.database.writing() as session:
            return len((await session.scalars(statement)).all())
