"""Repository of unanswered questions: those that met silence, and how often.

Curators read it to learn which documents are missing.
"""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.pins import folded_question
from bot.state.database import Repository, read_transaction, write_transaction
from bot.state.models import UnansweredRow
from bot.state.records import Unanswered


def digest_of(question: str) -> str:
    """The key of equal questions: the SHA-256 of the folded form, in hex digits."""
    return sha256(folded_question(question).encode("utf-8", "surrogatepass")).hexdigest()


class UnansweredStore(Repository):
    """Questions that met silence, by space; who asked is not recorded."""

    @write_transaction
    def count(
        self, session: Session, platform: str, space: str, question: str, at: datetime
    ) -> None:
        """Count one more time that `question` met silence."""
        key = {"platform": platform, "space": space, "folded": digest_of(question)}
        row = session.get(UnansweredRow, key)
        if row is None:
            row = UnansweredRow(**key, question=question, count=0, first_at=at, last_at=at)
            session.add(row)
        row.count += 1
        row.first_at = min(row.first_at, at)
        row.last_at = max(row.last_at, at)

    @read_transaction
    def asked_since(
        self, session: Session, since: datetime, limit: int
    ) -> tuple[int, tuple[Unanswered, ...]]:
        """How many questions of all spaces were asked since then, and at most `limit` of them.

        Those asked last come first: how often each was asked since then is not recorded.
        """
        table = UnansweredRow
        recent = table.last_at >= since
        query = select(table).where(recent).order_by(table.last_at.desc(), table.folded)
        total = session.scalar(select(func.count()).select_from(table).where(recent))
        rows = session.scalars(query.limit(limit))
        return total or 0, tuple(map(Unanswered.of, rows))

    @read_transaction
    def most_asked(
        self, session: Session, limit: int, platform: str | None = None, space: str | None = None
    ) -> tuple[Unanswered, ...]:
        """At most `limit` questions, of all or of one space of a platform.

        The most asked come first, of those asked as often the most recent.
        """
        table = UnansweredRow
        most = (table.count.desc(), table.last_at.desc())
        unique = (table.folded, table.platform, table.space)
        query = select(table).order_by(*most, *unique).limit(max(0, limit))
        if platform is not None and space is not None:
            query = query.filter_by(platform=platform, space=space)
        return tuple(map(Unanswered.of, session.scalars(query)))
