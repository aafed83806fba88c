"""Questions that were taken and are not answered yet, so that each is answered once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.state.database import Concern, limited
from bot.state.models import JobRow
from bot.state.records import Job


class Jobs(Concern):
    """Events by their id: taken, then finished; also across a restart."""

    @limited
    async def take(
        self, platform: str, room: str, event: str, payload: str, at: datetime, person: str = ""
    ) -> bool:
        """Take an event; False where it was taken before, whether or not it is finished.

        `payload` is what is needed to go on after a restart; `person` is who asked, so
        that it can be forgotten.
        """
        statement = (
            insert(JobRow)
            .values(
                platform=platform,
                room=room,
                event=event,
                person=person,
                payload=payload,
                at=at,
                finished=False,
            )
            .on_conflict_do_nothing()
            .returning(JobRow.id)
        )
        async with self.database.writing() as session:
            return (await session.scalars(statement)).first() is not None

    @limited
    async def finish(self, platform: str, event: str) -> bool:
        """Note that an event is done with; False where it was not pending.

        Only its id stays, to know it again: what was asked and by whom is deleted.
        """
        statement = (
            update(JobRow)
            .where(JobRow.platform == platform, JobRow.event == event, JobRow.finished.is_(False))
            .values(finished=True, payload="", person="")
            .returning(JobRow.id)
        )
        async with self.database.writing() as session:
            return (await session.scalars(statement)).first() is not None

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
