"""Which collections a room may see and which of its messages are questions."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.state.database import Concern, limited
from bot.state.models import RoomRow
from bot.state.records import Mode, RoomSettings


class Rooms(Concern):
    """Settings of rooms, and of spaces as the default of their rooms (room None)."""

    @limited
    async def get(
        self, platform: str, space: str, room: str | None
    ) -> tuple[RoomSettings, RoomSettings]:
        """What is set for the space, and what is set for the room itself."""
        async with self.database.reading() as session:
            return (
                await _settings(session, platform, space, None),
                await _settings(session, platform, space, room),
            )

    @limited
    async def of_space(self, platform: str, space: str) -> tuple[RoomSettings, ...]:
        """All that is set in a space: its default first, then the rooms by their id."""
        query = (
            select(RoomRow)
            .where(RoomRow.platform == platform, RoomRow.space == space)
            .order_by(RoomRow.room)
        )
        async with self.database.reading() as session:
            return tuple(_record(row) for row in await session.scalars(query))

    @limited
    async def set_collections(
        self, platform: str, space: str, room: str | None, collections: frozenset[str] | None
    ) -> RoomSettings:
        """Bind a room to `collections`, or no longer (None); gives what is set now.

        The mode stays as it is, whoever sets it in the same moment.
        """
        wanted = RoomSettings(platform, space, room, collections=collections)
        return await self._set(wanted, {"collections": collections})

    @limited
    async def set_mode(
        self, platform: str, space: str, room: str | None, mode: Mode | None
    ) -> RoomSettings:
        """Set which messages are questions, or no longer (None); gives what is set now."""
        wanted = RoomSettings(platform, space, room, mode=mode)
        return await self._set(wanted, {"mode": None if mode is None else mode.value})

    @limited
    async def clear(self, platform: str, space: str, room: str | None) -> bool:
        """Forget what is set for the room, or as the space's default; whether there was any."""
        statement = delete(RoomRow).where(*_at(platform, space, room)).returning(RoomRow.room)
        async with self.database.writing() as session:
            return (await session.scalars(statement)).first() is not None

    async def _set(
        self, wanted: RoomSettings, column: dict[str, frozenset[str] | str | None]
    ) -> RoomSettings:
        """Write one column and no other: two who set different things lose neither."""
        key = (wanted.platform, wanted.space, wanted.room)
        written = (
            insert(RoomRow)
            .values(platform=wanted.platform, space=wanted.space, room=wanted.room or "", **column)
            .on_conflict_do_update(index_elements=["platform", "space", "room"], set_=column)
        )
        unset = RoomRow.collections.is_(None), RoomRow.mode.is_(None)
        async with self.database.writing() as session:
            await session.execute(written)
            await session.execute(delete(RoomRow).where(*_at(*key), *unset))
            return await _settings(session, *key)


def _at(platform: str, space: str, room: str | None) -> tuple[ColumnElement[bool], ...]:
    return RoomRow.platform == platform, RoomRow.space == space, RoomRow.room == (room or "")


async def _settings(
    session: AsyncSession, platform: str, space: str, room: str | None
) -> RoomSettings:
    row = (await session.scalars(select(RoomRow).where(*_at(platform, space, room)))).first()
    return RoomSettings(platform, space, room) if row is None else _record(row)


def _record(row: RoomRow) -> RoomSettings:
    mode = None if row.mode is None else Mode(row.mode)
    return RoomSettings(row.platform, row.space, row.room or None, row.collections, mode)
