"""What people think of replies: one verdict for each person and reply."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from bot.state.database import Concern, limited
from bot.state.models import FeedbackRow
from bot.state.records import ReplyCounts, Verdict


class Feedback(Concern):
    """Verdicts, and how many there are of each."""

    @limited
    async def press(
        self, platform: str, person: str, reply_id: str, verdict: Verdict, at: datetime
    ) -> Verdict | None:
        """Give a verdict, change it, or withdraw it by giving the same again.

        Gives the verdict that is in force now.
        """
        async with self.database.writing() as session:
            row = await session.get(FeedbackRow, (platform, person, reply_id))
            if row is not None and row.verdict == verdict.value:
                await session.delete(row)
                return None
            if row is None:
                row = FeedbackRow(platform=platform, person=person, reply_id=reply_id)
                session.add(row)
            row.verdict, row.at = verdict.value, at
            return verdict

    @limited
    async def of_reply(self, reply_id: str) -> ReplyCounts:
        """The verdicts on one reply."""
        return await self._counts(reply_id)

    @limited
    async def totals(self) -> ReplyCounts:
        """The verdicts on all replies."""
        return await self._counts(None)

    async def _counts(self, reply_id: str | None) -> ReplyCounts:
        query = select(FeedbackRow.verdict, func.count()).group_by(FeedbackRow.verdict)
        if reply_id is not None:
            query = query.where(FeedbackRow.reply_id == reply_id)
        async with self.database.reading() as session:
            found = {Verdict(verdict): count for verdict, count in await session.execute(query)}
        return ReplyCounts(up=found.get(Verdict.UP, 0), down=found.get(Verdict.DOWN, 0))
