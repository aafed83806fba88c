"""Repository of small values by key, such as where a platform's sync left off."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from bot.state.database import Repository, time_limited
from bot.state.models import ValueRow


class Values(Repository):
    """Text by key, such as the hash of the registered slash commands."""

    @time_limited
    async def get(self, key: str) -> str | None:
        """The value of `key`, or None."""
        async with self.database.reading() as session:
            query = select(ValueRow.value).where(ValueRow.key == key)
            return (await session.scalars(query)).first()

    @time_limited
    async def set(self, key: str, value: str) -> None:
        """Set the value of `key`, replacing any earlier one."""
        statement = insert(ValueRow).values(key=key, value=value)
        async with self.database.writing() as session:
            await session.execute(
                statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
            )

    @time_limited
    async def delete(self, key: str) -> bool:
        """Delete the value of `key`; returns whether there was one."""
        statement = delete(ValueRow).where(ValueRow.key == key).returning(ValueRow.key)
        async with self.database.writing() as session:
            return (await session.scalars(statement)).first() is not None
