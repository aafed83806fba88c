"""Repository of feedback: one verdict for each person and reply."""

from datetime import datetime

from sqlalchemy import func, select

from bot.state.database import Repository, time_limited
from bot.state.models import FeedbackRow
from bot.state.records import ReplyCounts, Verdict


class Feedback(Repository):
    """Verdicts on replies, and their counts."""

    @time_limited
    async def press(
        self, platform: str, person: str, reply_id: str, verdict: Verdict, at: datetime
    ) -> Verdict | None:
        """Set or change a person's verdict; pressing the same verdict again withdraws it.

        Returns the verdict that holds afterwards, None if it was withdrawn.
        """
        async with self.database.writing() as session:
            row = await session.get(FeedbackRow, (platform, person, reply_id))
            if row is not None and row.verdict is verdict:
                await session.delete(row)
                return None
            if row is None:
                row = FeedbackRow(platform=platform, person=person, reply_id=reply_id)
                session.add(row)
            row.verdict, row.at = verdict, at
            return verdict

    @time_limited
    async def totals(self) -> ReplyCounts:
        """The number of verdicts of each kind, over all replies."""
        query = select(FeedbackRow.verdict, func.count()).group_by(FeedbackRow.verdict)
        async with self.database.reading() as session:
            counts = dict(list(await session.execute(query)))
        return ReplyCounts(up=counts.get(Verdict.UP, 0), down=counts.get(Verdict.DOWN, 0))
