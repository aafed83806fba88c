"""Repository of feedback: votes on replies, one for each person and reply, with their reasons."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, select, true, update
from sqlalchemy.orm import Session

from bot.state.database import Repository, read_transaction, write_transaction
from bot.state.models import FeedbackRow, ReplyRow
from bot.state.records import ReplyCounts, Verdict, Vote, VotedReply, VoteReason


class Feedback(Repository):
    """Votes; a change of the verdict deletes the reason and the remark of the vote before."""

    @write_transaction
    def press(self, session: Session, vote: Vote) -> Verdict | None:
        """Give a vote; the same verdict again withdraws it, unless it is by the same event.

        Returns the verdict that holds afterwards, None if it was withdrawn.
        """
        row = _row(session, vote)
        again = row is not None and vote.event is not None and row.event == vote.event
        if row is not None and row.verdict is vote.verdict and not again:
            session.delete(row)
            return None
        _give(session, row, vote)
        return vote.verdict

    @write_transaction
    def give(self, session: Session, vote: Vote) -> None:
        """Give a vote; the reason or remark of the same verdict stay where it has none."""
        _give(session, _row(session, vote), vote)

    @write_transaction
    def explain(
        self,
        session: Session,
        platform: str,
        person: str,
        reply_id: str,
        *,
        reason: VoteReason | None = None,
        remark: str | None = None,
        event: str | None = None,
    ) -> bool:
        """Add a reason or a remark to a person's vote against a reply; False if there is none.

        `event` is the message that gives it, if taking that away withdraws it.
        """
        row = session.get(FeedbackRow, (platform, person, reply_id))
        if row is None or row.verdict is not Verdict.DOWN:
            return False
        row.reason, row.remark = reason or row.reason, remark or row.remark
        row.remark_event = event or row.remark_event
        return True

    @write_transaction
    def withdraw(self, session: Session, platform: str, event: str) -> None:
        """Withdraw the vote, or the reason and remark, that an event gave which is taken away."""
        table = FeedbackRow
        session.execute(delete(table).filter_by(platform=platform, event=event))
        explained = update(table).filter_by(platform=platform, remark_event=event)
        session.execute(explained.values(reason=None, remark=None, remark_event=None))

    @read_transaction
    def last_against(self, session: Session, platform: str, space: str, person: str) -> str | None:
        """The id of the reply in a space that a person voted against last."""
        query = (
            select(FeedbackRow.reply_id)
            .filter_by(platform=platform, space=space, person=person, verdict=Verdict.DOWN)
            .order_by(FeedbackRow.at.desc())
        )
        return session.scalars(query).first()

    @read_transaction
    def is_criticised(self, session: Session, platform: str, space: str, reply_id: str) -> bool:
        """Whether somebody in a space votes against a reply."""
        query = select(FeedbackRow.person).filter_by(
            platform=platform, space=space, reply_id=reply_id, verdict=Verdict.DOWN
        )
        return session.scalars(query).first() is not None

    @read_transaction
    def totals(
        self, session: Session, platform: str | None = None, space: str | None = None
    ) -> ReplyCounts:
        """The number of votes of each kind, of all or of one space of a platform."""
        query = select(FeedbackRow.verdict, func.count()).where(_within(platform, space))
        counts = dict(list(session.execute(query.group_by(FeedbackRow.verdict))))
        return ReplyCounts(up=counts.get(Verdict.UP, 0), down=counts.get(Verdict.DOWN, 0))

    @read_transaction
    def against(
        self, session: Session, limit: int, platform: str | None = None, space: str | None = None
    ) -> tuple[VotedReply, ...]:
        """At most `limit` replies that did not help, of all or of one space, newest vote first."""
        table, within = FeedbackRow, _within(platform, space)
        newest = (
            select(table.reply_id)
            .where(within, table.verdict == Verdict.DOWN)
            .group_by(table.reply_id)
            .order_by(func.max(table.at).desc(), table.reply_id)
            .limit(max(0, limit))
        )
        ids = tuple(session.scalars(newest))
        query = select(table).where(within, table.reply_id.in_(ids)).order_by(table.at.desc())
        votes = tuple(map(Vote.of, session.scalars(query)))
        saved = session.scalars(select(ReplyRow).where(ReplyRow.reply_id.in_(ids)))
        replies = {row.reply_id: row for row in saved}
        own: dict[str, list[Vote]] = {each: [] for each in ids}
        for vote in votes:
            own[vote.reply_id].append(vote)
        return tuple(_voted(each, replies.get(each), own[each]) for each in ids)


def _within(platform: str | None, space: str | None) -> ColumnElement[bool]:
    if platform is None or space is None:
        return true()
    return (FeedbackRow.platform == platform) & (FeedbackRow.space == space)


def _row(session: Session, vote: Vote) -> FeedbackRow | None:
    return session.get(FeedbackRow, (vote.platform, vote.person, vote.reply_id))


def _give(session: Session, row: FeedbackRow | None, vote: Vote) -> None:
    """Store a vote in place of that in `row`; what it leaves open stays if the verdict does."""
    if row is None:
        session.add(FeedbackRow(**vote.columns()))
        return
    same = row.verdict is vote.verdict
    for name, value in vote.columns().items():
        if value is not None or not same:
            setattr(row, name, value)


def _voted(reply_id: str, row: ReplyRow | None, votes: Sequence[Vote]) -> VotedReply:
    against = tuple(vote for vote in votes if vote.verdict is Verdict.DOWN)
    return VotedReply(
        reply_id,
        is_kept=row is not None,
        question=None if row is None else row.question,
        scope=None if row is None else row.scope,
        against=against,
        up=len(votes) - len(against),
    )
