"""Who did what to the bot: every deed of a curator or operator, newest first."""

from __future__ import annotations

from sqlalchemy import select

from bot.state.database import Concern, limited
from bot.state.models import DeedRow
from bot.state.records import AuditEntry


class Audit(Concern):
    """The list of deeds; it only grows, until rows are too old."""

    @limited
    async def add(self, deed: AuditEntry) -> None:
        """Append `deed`."""
        row = DeedRow(
            at=deed.at,
            platform=deed.platform,
            space=deed.space,
            actor=deed.actor,
            action=deed.action,
            detail=deed.detail,
            outcome=deed.outcome,
        )
        async with self.database.writing() as session:
            session.add(row)

    @limited
    async def newest(
        self, limit: int, platform: str | None = None, space: str | None = None
    ) -> tuple[AuditEntry, ...]:
        """At most `limit` deeds, of all or of one platform or space, newest first."""
        query = select(DeedRow).order_by(DeedRow.at.desc(), DeedRow.id.desc()).limit(max(0, limit))
        if platform is not None:
            query = query.where(DeedRow.platform == platform)
        if space is not None:
            query = query.where(DeedRow.space == space)
        async with self.database.reading() as session:
            return tuple(_record(row) for row in await session.scalars(query))


def _record(row: DeedRow) -> AuditEntry:
    return AuditEntry(
        at=row.at,
        platform=row.platform,
        space=row.space,
        actor=row.actor,
        action=row.action,
        detail=row.detail,
        outcome=row.outcome,
    )
