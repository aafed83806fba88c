"""Repository of durable jobs: chat events that were accepted, until they are answered.

So each question is answered once, also across a restart.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from bot.state.batch_writer import BatchWriter
from bot.state.database import Database, Repository, read_transaction, write_transaction
from bot.state.models import JobRow
from bot.state.records import Job


class Jobs(Repository):
    """Chat events by id, pending or finished."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._take_writer = BatchWriter(self._take)
        self._finish_writer = BatchWriter(self._finish)

    async def take(
        self, platform: str, room: str, event: str, payload: str, at: datetime, person: str = ""
    ) -> bool:
        """Record an event as a pending job; False if it was recorded before, pending or finished.

        `payload` holds what is needed to resume it after a restart; `person` is the asker, so
        that the job can be deleted with that person's data.
        """
        job = Job(platform, room, event, payload, at)
        row = {**job.columns(), "person": person, "finished": False}
        return await self.database.with_time_limit(self._take_writer.put(row))

    @write_transaction
    def _take(self, session: Session, rows: Sequence[dict[str, Any]]) -> list[bool]:
        statement = insert(JobRow).on_conflict_do_nothing().returning(JobRow.platform, JobRow.event)
        new = {tuple(row) for row in session.execute(statement, list(rows))}
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
        await self.database.with_time_limit(self._finish_writer.put((platform, event)))

    @write_transaction
    def _finish(self, session: Session, events: Sequence[tuple[str, str]]) -> list[None]:
        statement = (
            update(JobRow)
            .where(tuple_(JobRow.platform, JobRow.event).in_(events), JobRow.finished.is_(False))
            .values(finished=True, payload="", person="")
            .execution_options(synchronize_session=False)
        )
        session.execute(statement)
        return [None] * len(events)

    @read_transaction
    def pending(self, session: Session, platform: str) -> tuple[Job, ...]:
        """The jobs that are not finished, in the order in which they came."""
        query = (
            select(JobRow)
            .where(JobRow.platform == platform, JobRow.finished.is_(False))
            .order_by(JobRow.id)
        )
        return tuple(map(Job.of, session.scalars(query)))

    @write_transaction
    def prune(self, session: Session, before: datetime) -> None:
        """Delete the ids of finished events older than `before`."""
        session.execute(delete(JobRow).where(JobRow.finished.is_(True), JobRow.at < before))
