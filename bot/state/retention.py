"""Deletion across all tables: everything that names a person, and everything that is too old."""

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.dml import ReturningDelete, ReturningUpdate

from bot.state.database import Repository, time_limited
from bot.state.models import (
    AuditRow,
    FeedbackRow,
    JobRow,
    PostRow,
    ReplyRow,
    UnansweredRow,
)
from bot.state.records import PrunedRows

SHORTEST_SEARCHED_ID = 4
"""Shorter ids are not searched for within texts: many texts hold them by chance."""


class Retention(Repository):
    """Deletes across all tables, each call in one transaction."""

    @time_limited
    async def forget(self, platform: str, person: str) -> int:
        """Delete a person's data and return in how many places it was.

        Verdicts are deleted; posts and audit entries stay without the name. A text that
        mentions the person's id loses it, and an unanswered question that does is deleted.
        A pending job of the person is finished without an answer.
        """
        if not person:
            return 0
        async with self.database.writing() as session:
            places = 0
            for statement in _on_person(platform, person):
                places += await _rows(session, statement)
            if len(person) >= SHORTEST_SEARCHED_ID:
                places += await _erase_mentions(session, person)
        await self.database.truncate_journal()
        return places

    @time_limited
    async def prune(
        self,
        now: datetime,
        *,
        answers_days: int | None,
        unanswered_days: int | None,
        audit_days: int | None,
    ) -> PrunedRows:
        """Delete rows older than the given number of days; None keeps them.

        Verdicts are kept as long as answers. A saved reply is kept while a post shows it, and
        `answers_days` after its last use.
        """
        answers = _days_before(now, answers_days)
        posted = exists().where(PostRow.reply_id == ReplyRow.reply_id)
        async with self.database.writing() as session:
            rows = PrunedRows(
                posts=await _delete_before(session, answers, PostRow.at),
                replies=await _delete_before(session, answers, ReplyRow.used_at, ~posted),
                feedback=await _delete_before(session, answers, FeedbackRow.at),
                unanswered=await _delete_before(
                    session, _days_before(now, unanswered_days), UnansweredRow.last_at
                ),
                audit_entries=await _delete_before(
                    session, _days_before(now, audit_days), AuditRow.at
                ),
            )
        await self.database.truncate_journal()
        return rows


async def _delete_before(
    session: AsyncSession,
    before: datetime | None,
    column: InstrumentedAttribute[datetime],
    *conditions: ColumnElement[bool],
) -> int:
    """Delete the rows whose time in `column` is older than `before`; returns how many."""
    if before is None:
        return 0
    statement = delete(column.class_).where(column < before, *conditions)
    return await _rows(session, statement.returning(column))


def _days_before(now: datetime, days: int | None) -> datetime | None:
    if days is None:
        return None
    try:
        return now - timedelta(days=days)
    except OverflowError:
        return None  # The limit lies before year 1, so nothing is older.


async def _rows(
    session: AsyncSession,
    statement: ReturningDelete[Any] | ReturningUpdate[int],
) -> int:
    # The session is not reused, so its loaded rows need no update.
    result = await session.execute(statement, execution_options={"synchronize_session": False})
    return len(result.all())


def _on_person(
    platform: str, person: str
) -> tuple[ReturningUpdate[int] | ReturningDelete[str], ...]:
    return (
        update(PostRow)
        .where(PostRow.platform == platform, PostRow.asker == person)
        .values(asker="")
        .returning(PostRow.id),
        delete(FeedbackRow)
        .where(FeedbackRow.platform == platform, FeedbackRow.person == person)
        .returning(FeedbackRow.reply_id),
        update(AuditRow)
        .where(AuditRow.platform == platform, AuditRow.actor == person)
        .values(actor="")
        .returning(AuditRow.id),
        update(JobRow)
        .where(JobRow.platform == platform, JobRow.person == person)
        .values(person="", payload="", finished=True)
        .returning(JobRow.id),
    )


async def _erase_mentions(session: AsyncSession, person: str) -> int:
    """Remove the id from texts that people wrote: questions, and details of audit entries."""
    # SQLite finds "12345" in "123456" too; the pattern demands the whole id.
    whole_id = re.compile(rf"(?<!\w){re.escape(person)}(?!\w)")
    erased = 0
    for question in await session.scalars(
        select(UnansweredRow).where(func.instr(UnansweredRow.question, person) > 0)
    ):
        if whole_id.search(question.question):
            await session.delete(question)
            erased += 1
    for reply in await session.scalars(
        select(ReplyRow).where(func.instr(ReplyRow.question, person) > 0)
    ):
        if whole_id.search(reply.question or ""):
            reply.question = None
            erased += 1
    for entry in await session.scalars(
        select(AuditRow).where(func.instr(AuditRow.detail, person) > 0)
    ):
        if whole_id.search(entry.detail):
            entry.detail = whole_id.sub("…", entry.detail)
            erased += 1
    return erased
