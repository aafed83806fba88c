"""Repository of room settings: visible collections, and which messages are questions."""

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from bot.state.database import Repository, read_transaction, write_transaction
from bot.state.models import RoomRow
from bot.state.records import Mode, RoomSettings


class Rooms(Repository):
    """Settings of rooms; those with room None are the default of all rooms in their space."""

    @read_transaction
    def of_space(self, session: Session, platform: str, space: str) -> tuple[RoomSettings, ...]:
        """All settings in a space: its default first, then the rooms by id."""
        query = (
            select(RoomRow)
            .where(RoomRow.platform == platform, RoomRow.space == space)
            .order_by(RoomRow.room)
        )
        rows = session.scalars(query)
        return tuple(RoomSettings.of(row, room=row.room or None) for row in rows)

    async def set_collections(
        self,
        platform: str,
        space: str,
        room: str | None,
        collections: frozenset[str] | None,
        by_curator: bool = False,
    ) -> None:
        """Bind a room to `collections`, or unbind it (None).

        The mode is left alone, also if somebody sets it at the same moment.
        """
        change = RoomSettings(platform, space, room, collections=collections)
        held = by_curator and collections is not None
        await self._set(change, {"collections": collections, "by_curator": held})

    async def set_mode(
        self, platform: str, space: str, room: str | None, mode: Mode | None
    ) -> None:
        """Set which messages are questions, or unset it (None)."""
        change = RoomSettings(platform, space, room, mode=mode)
        await self._set(change, {"mode": mode})

    async def set_language(
        self, platform: str, space: str, room: str | None, language: str | None
    ) -> None:
        """Set the language in which the bot writes, or unset it (None)."""
        change = RoomSettings(platform, space, room, language=language)
        await self._set(change, {"language": language})

    async def set_threads(
        self, platform: str, space: str, room: str | None, threads: bool | None
    ) -> None:
        """Set whether the reply to a question opens a thread, or unset it (None)."""
        change = RoomSettings(platform, space, room, threads=threads)
        await self._set(change, {"threads": threads})

    @write_transaction
    def clear(self, session: Session, platform: str, space: str, room: str | None) -> bool:
        """Delete the settings of a room or a space's default; returns whether there were any."""
        statement = delete(RoomRow).where(*_at(platform, space, room)).returning(RoomRow.room)
        return session.scalars(statement).first() is not None

    @write_transaction
    def _set(
        self,
        session: Session,
        change: RoomSettings,
        column: dict[str, frozenset[str] | Mode | bool | str | None],
    ) -> None:
        """Write these columns only, so that two people who set different columns lose neither."""
        key = (change.platform, change.space, change.room)
        upsert = (
            insert(RoomRow)
            .values(platform=change.platform, space=change.space, room=change.room or "", **column)
            .on_conflict_do_update(index_elements=["platform", "space", "room"], set_=column)
        )
        settings = (RoomRow.collections, RoomRow.mode, RoomRow.language, RoomRow.threads)
        unset = [each.is_(None) for each in settings]
        session.execute(upsert)
        session.execute(delete(RoomRow).where(*_at(*key), *unset))


def _at(platform: str, space: str, room: str | None) -> tuple[ColumnElement[bool], ...]:
    return RoomRow.platform == platform, RoomRow.space == space, RoomRow.room == (room or "")
