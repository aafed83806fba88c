"""Deletion across all tables: everything that names a person, and everything that is too old."""

import re
from datetime import datetime, timedelta

from sqlalchemy import Delete, Update, delete, exists, func, select, true, update
from sqlalchemy.orm import Session

from bot.state.database import Repository, write_transaction
from bot.state.models import (
    AuditRow,
    ChoiceRow,
    FeedbackRow,
    JobRow,
    NearestChoiceRow,
    PinChangeRow,
    PinOfferRow,
    PostRow,
    ReplyRow,
    UnansweredRow,
)

SHORTEST_SEARCHED_ID = 4
"""Shorter ids are not searched for within texts: many texts hold them by chance."""


class Retention(Repository):
    """Deletes across all tables, each in one transaction."""

    async def forget(self, platform: str, person: str) -> int:
        """Delete a person's data and return in how many places it was.

        Votes are deleted; posts and audit entries stay without the name. A text that mentions the
        person's id loses it; an unanswered question, a remark, the change of a pin and the
        offer of one that do are deleted.
        A pending job of the person is finished without an answer.
        """
        if not person:
            return 0
        places = await self._forget(platform, person)
        await self.database.truncate_journal()
        return places

    @write_transaction
    def _forget(self, session: Session, platform: str, person: str) -> int:
        places = 0
        for statement in (
            update(PostRow).filter_by(platform=platform, asker=person).values(asker=""),
            delete(FeedbackRow).filter_by(platform=platform, person=person),
            update(AuditRow).filter_by(platform=platform, actor=person).values(actor=""),
            update(PinChangeRow).filter_by(platform=platform, actor=person).values(actor=""),
            update(JobRow)
            .filter_by(platform=platform, person=person)
            .values(person="", payload="", finished=True),
        ):
            places += _rows(session, statement)
        if len(person) >= SHORTEST_SEARCHED_ID:
            places += _erase_mentions(session, person)
        return places

    async def prune(
        self, now: datetime, *, answers_days: int, unanswered_days: int, audit_days: int
    ) -> dict[str, int]:
        """Delete rows older than the given number of days; returns how many of each table.

        Votes, choices and offers are kept as long as answers. A saved reply is kept while a post
        shows it, `answers_days` after its last use, and while a choice of it is listed with its
        question.
        """
        rows = await self._prune(now, answers_days, unanswered_days, audit_days)
        await self.database.truncate_journal()
        return rows

    @write_transaction
    def _prune(
        self,
        session: Session,
        now: datetime,
        answers_days: int,
        unanswered_days: int,
        audit_days: int,
    ) -> dict[str, int]:
        posted = exists().where(PostRow.reply_id == ReplyRow.reply_id)
        chosen = exists().where(NearestChoiceRow.reply_id == ReplyRow.reply_id)
        rows: dict[str, int] = {}
        for column, days, condition in (
            (PostRow.at, answers_days, true()),
            (ReplyRow.used_at, answers_days, ~posted & ~chosen),
            (FeedbackRow.at, answers_days, true()),
            (ChoiceRow.used_at, answers_days, true()),
            (PinOfferRow.at, answers_days, true()),
            (UnansweredRow.last_at, unanswered_days, true()),
            (AuditRow.at, audit_days, true()),
            (PinChangeRow.at, audit_days, true()),
        ):
            table, before = column.class_, now - timedelta(days=days)
            statement = delete(table).where(column < before, condition)
            rows[table.__tablename__] = _rows(session, statement)
        return rows


def _rows(session: Session, statement: Delete | Update) -> int:
    """Execute `statement`; returns how many rows it changed or deleted."""
    # On the connection: the session is not reused, so its loaded rows need no update.
    return session.connection().execute(statement).rowcount


def _erase_mentions(session: Session, person: str) -> int:
    """Remove the id from texts that people wrote: questions, remarks, details of audit entries."""
    # SQLite finds "12345" in "123456" too; the pattern demands the whole id.
    whole_id = re.compile(rf"(?<!\w){re.escape(person)}(?!\w)")
    erased = 0
    for column in (
        UnansweredRow.question,
        ReplyRow.question,
        FeedbackRow.remark,
        AuditRow.detail,
        PinChangeRow.before,
        PinChangeRow.after,
        PinOfferRow.question,
    ):
        query = select(column.class_).where(func.instr(column, person) > 0)
        for row in session.scalars(query):
            text = getattr(row, column.key)
            if not whole_id.search(text):
                continue
            erased += 1
            match row:
                case UnansweredRow() | PinChangeRow() | PinOfferRow():
                    session.delete(row)
                case ReplyRow():
                    row.question = None
                    if row.details is not None:
                        row.details = row.details.without_words()
                case FeedbackRow():
                    row.remark = None
                case AuditRow():
                    row.detail = whole_id.sub("…", text)
    return erased
