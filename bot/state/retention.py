"""What is deleted: all that names a person, and all that is too old."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningDelete, ReturningUpdate

from bot.state.database import Concern, limited
from bot.state.models import (
    DeedRow,
    FeedbackRow,
    JobRow,
    PostRow,
    ReplyRow,
    UnansweredRow,
)
from bot.state.records import Pruned

SHORTEST_NAMED = 4
"""Ids shorter than this are not looked for within texts: they would be in many by chance."""


class Retention(Concern):
    """Deletes across all tables, each time in one transaction."""

    @limited
    async def forget(self, platform: str, person: str) -> int:
        """Remove a person: verdicts go, posts and deeds stay without the name.

        Gives how many places named them.

        A question that holds the id, such as by a mention, goes too; a
        pending event of theirs is not answered any more.
        """
        if not person:
            return 0
        async with self.database.writing() as session:
            touched = 0
            for statement in _on_person(platform, person):
                touched += await _rows(session, statement)
            if len(person) >= SHORTEST_NAMED:
                touched += await _erase_mentions(session, person)
        await self.database.tidy()
        return touched

    @limited
    async def prune(
        self,
        now: datetime,
        *,
        answers_days: int | None,
        unanswered_days: int | None,
        audit_days: int | None,
    ) -> Pruned:
        """Delete what is older than so many days; None keeps it.

        A verdict lives as long as an answer; a saved reply as long as a post of it, and
        as it is used.
        """
        async with self.database.writing() as session:
            posts = replies = feedback = unanswered = deeds = 0
            if before := _days_before(now, answers_days):
                posts = await _rows(
                    session, delete(PostRow).where(PostRow.at < before).returning(PostRow.id)
                )
                posted = exists().where(PostRow.reply_id == ReplyRow.reply_id)
                replies = await _rows(
                    session,
                    delete(ReplyRow)
                    .where(ReplyRow.used_at < before, ~posted)
                    .returning(ReplyRow.reply_id),
                )
                feedback = await _rows(
                    session,
                    delete(FeedbackRow)
                    .where(FeedbackRow.at < before)
                    .returning(FeedbackRow.reply_id),
                )
            if before := _days_before(now, unanswered_days):
                unanswered = await _rows(
                    session,
                    delete(UnansweredRow)
                    .where(UnansweredRow.last_at < before)
                    .returning(UnansweredRow.folded),
                )
            if before := _days_before(now, audit_days):
                deeds = await _rows(
                    session, delete(DeedRow).where(DeedRow.at < before).returning(DeedRow.id)
                )
        await self.database.tidy()
        return Pruned(posts, replies, feedback, unanswered, deeds)


def _days_before(now: datetime, days: int | None) -> datetime | None:
    if days is None:
        return None
    try:
        return now - timedelta(days=days)
    except OverflowError:
        return None  # so long ago that nothing is older


async def _rows(
    session: AsyncSession,
    statement: ReturningDelete[int] | ReturningDelete[str] | ReturningUpdate[int],
) -> int:
    # Whole rows are not loaded, and what the session holds does not matter any more.
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
        update(DeedRow)
        .where(DeedRow.platform == platform, DeedRow.actor == person)
        .values(actor="")
        .returning(DeedRow.id),
        update(JobRow)
        .where(JobRow.platform == platform, JobRow.person == person)
        .values(person="", payload="", finished=True)
        .returning(JobRow.id),
    )


async def _erase_mentions(session: AsyncSession, person: str) -> int:
    """Take the id out of texts people wrote: questions, and what a deed was about."""
    # "12345" is not named by "123456"; SQLite alone cannot tell them apart.
    named = re.compile(rf"(?<!\w){re.escape(person)}(?!\w)")
    erased = 0
    for question in await session.scalars(
        select(UnansweredRow).where(func.instr(UnansweredRow.question, person) > 0)
    ):
        if named.search(question.question):
            await session.delete(question)
            erased += 1
    for reply in await session.scalars(
        select(ReplyRow).where(func.instr(ReplyRow.question, person) > 0)
    ):
        if named.search(reply.question or ""):
            reply.question = None
            erased += 1
    for deed in await session.scalars(
        select(DeedRow).where(func.instr(DeedRow.detail, person) > 0)
    ):
        if named.search(deed.detail):
            deed.detail = named.sub("…", deed.detail)
            erased += 1
    return erased
