"""Repository of the audit log: what curators and operators did to the bot, and when."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.state.database import Repository, read_transaction, write_transaction
from bot.state.models import AuditRow
from bot.state.records import AuditEntry


class Audit(Repository):
    """Audit entries; they are only added, until they are too old."""

    @write_transaction
    def add(self, session: Session, entry: AuditEntry) -> None:
        """Append `entry`."""
        session.add(AuditRow(**entry.columns()))

    @read_transaction
    def newest(self, session: Session, limit: int) -> tuple[AuditEntry, ...]:
        """At most `limit` entries, newest first."""
        newest = (AuditRow.at.desc(), AuditRow.id.desc())
        query = select(AuditRow).order_by(*newest).limit(max(0, limit))
        return tuple(map(AuditEntry.of, session.scalars(query)))
