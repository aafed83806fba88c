"""Questions that were taken and are not answered yet, so that each is answered once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from bot.state.database import Concern, Database, limited
from bot.state.models import JobRow
from bot.state.records import Job
from bot.state.write_batch import Together


class Jobs(Concern):
    """Events by their id: taken, then finished; also across a restart.

    Those that come at the same time are noted together.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._takes = Together(self._take)
        self._ends = Together(self._finish)

    @limited
    async def take(
        self, platform: str, room: str, event: str, payload: str, at: datetime, person: str = ""
    ) -> bool:
        """Take an event; False where it was taken before, whether or not it is finished.

        `payload` is what is needed to go on after a restart; `person` is who asked, so
        that it can be forgotten.
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
        return await self._takes.put(row)

    async def _take(self, rows: Sequence[dict[str, object]]) -> list[bool]:
        statement = insert(JobRow).on_conflict_do_nothing().returning(JobRow.platform, JobRow.event)
        async with self.database.writing() as session:
            new = {tuple(row) for row in await session.execute(statement, list(rows))}
        found = []
        for row in rows:
            key = (row["platform"], row["event"])
            found.append(key in new)
            new.discard(key)  # twice in one go, it is new once
        return found

    @limited
    async def finish(self, platform: str, event: str) -> bool:
        """Note that an event is done with; False where it was not pending.

        Only its id stays, to know it again: what was asked and by whom is deleted.
        """
        return await self._ends.put((platform, event))

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
        found = []
        for event in events:
            found.append(event in done)
            done.discard(event)
        return found

    @limited
    async def pending(self, platform: str) -> tuple[Job, ...]:
        """What was taken and not finished, in the order it was taken."""
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

    @limited
    async def prune(self, before: datetime) -> int:
        """Delete the ids of finished events that were taken before then; how many."""
        statement = (
            delete(JobRow).where(JobRow.finished.is_(True), JobRow.at < before).returning(JobRow.id)
        )
        async with self.database.writing() as session:
            return len((await session.scalars(statement)).all())
