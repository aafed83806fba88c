"""Repository of the audit log: what curators and operators did to the bot, and when."""

from sqlalchemy import select

from bot.state.database import Repository
from bot.state.models import AuditRow
from bot.state.records import AuditEntry


class Audit(Repository):
    """Audit entries; they are only added, until they are too old."""

    async def add(self, entry: AuditEntry) -> None:
        """Append `entry`."""
        async with self.database.writing() as session:
            session.add(AuditRow(**entry.columns()))

    async def newest(self, limit: int) -> tuple[AuditEntry, ...]:
        """At most `limit` entries, newest first."""
        newest = (AuditRow.at.desc(), AuditRow.id.desc())
        query = select(AuditRow).order_by(*newest).limit(max(0, limit))
        async with self.database.reading() as session:
            return tuple(map(AuditEntry.of, await session.scalars(query)))
