"""Repository of the choices below silence: which of the nearest excerpts people read.

Curators see them beside the unanswered question. Only questions that are listed have any, so
none that was asked in private; who chose is not recorded.
"""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.state.database import Repository, read_transaction, write_transaction
from bot.state.models import (
    ExcerptRow,
    FeedbackRow,
    NearestChoiceRow,
    ReplyRow,
    UnansweredRow,
)
from bot.state.records import ChosenNearest, SavedExcerpt, Verdict
from bot.state.unanswered import digest_of


class NearestChoices(Repository):
    """Counts of how often each excerpt was chosen, by space and question."""

    @write_transaction
    def count(self, session: Session, platform: str, space: str, silence: str, chosen: str) -> None:
        """Count that the saved reply `chosen`, one excerpt, was chosen below the reply `silence`.

        Nothing is counted where the question of `silence` is not listed in this space.
        """
        row = session.get(ReplyRow, silence)
        if row is None or row.folded is None:
            return
        question = {"platform": platform, "space": space, "folded": row.folded}
        if session.get(UnansweredRow, question) is None:
            return
        choice = session.get(NearestChoiceRow, {**question, "reply_id": chosen})
        if choice is None:
            choice = NearestChoiceRow(**question, reply_id=chosen, count=0)
            session.add(choice)
        choice.count += 1

    @read_transaction
    def chosen(
        self, session: Session, platform: str, space: str, question: str
    ) -> tuple[ChosenNearest, ...]:
        """The excerpts that were chosen for a question, with the verdicts on them.

        The most chosen come first, of those chosen as often the most liked. An excerpt that was
        offered before and after a change elsewhere in the corpus is one.
        """
        choice = NearestChoiceRow
        query = (
            select(choice, ExcerptRow, ReplyRow.used_at)
            .join(ReplyRow, ReplyRow.reply_id == choice.reply_id)
            .join(ExcerptRow, ExcerptRow.reply_id == choice.reply_id)
            .where(choice.platform == platform, choice.space == space)
            .where(choice.folded == digest_of(question), ExcerptRow.position == 0)
            .order_by(ReplyRow.used_at.desc(), choice.reply_id)
        )
        rows = list(session.execute(query))
        votes = session.execute(
            select(FeedbackRow.reply_id, FeedbackRow.verdict, func.count())
            .where(FeedbackRow.reply_id.in_([row.reply_id for row, _, _ in rows]))
            .group_by(FeedbackRow.reply_id, FeedbackRow.verdict)
        )
        verdicts = {(reply, verdict): count for reply, verdict, count in votes}
        return _merged(
            ChosenNearest(
                SavedExcerpt.of(excerpt),
                row.count,
                verdicts.get((row.reply_id, Verdict.UP), 0),
                verdicts.get((row.reply_id, Verdict.DOWN), 0),
            )
            for row, excerpt, _ in rows
        )


def _merged(each_reply: Iterable[ChosenNearest]) -> tuple[ChosenNearest, ...]:
    """One for each excerpt, as its first one has it, with the sums of all; most chosen first."""
    merged: dict[tuple[str, str], ChosenNearest] = {}
    for each in each_reply:
        key = each.excerpt.document, each.excerpt.quote
        first = merged.get(key, ChosenNearest(each.excerpt, 0, 0, 0))
        merged[key] = ChosenNearest(
            first.excerpt,
            first.choices + each.choices,
            first.up + each.up,
            first.down + each.down,
        )
    return tuple(sorted(merged.values(), key=lambda each: (-each.choices, -each.up)))
