"""Small values by key: what a platform needs to take up where it left off."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from bot.state.database import Concern, limited
from bot.state.models import ValueRow


class Values(Concern):
    """Text by key, such as the hash of the commands that are registered."""

    @limited
    async def get(self, key: str) -> str | None:
        """The value, or None where none is set."""
        async with self.database.reading() as session:
            query = select(ValueRow.value).where(ValueRow.key == key)
            return (await session.scalars(query)).first()

    @limited
    async def set(self, key: str, value: str) -> None:
        """Set the value, over whatever there was."""
        statement = insert(ValueRow).values(key=key, value=value)
        async with self.database.writing() as session:
            await session.execute(
                statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
            )

    @limited
    async def delete(self, key: str) -> bool:
        """Remove the value; whether there was one."""
        statement = delete(ValueRow).where(ValueRow.key == key).returning(ValueRow.key)
        async with self.database.writing() as session:
            return (await session.scalars(statement)).first() is not None
