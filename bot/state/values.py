"""Repository of small values by key, such as where a platform's sync left off."""

from sqlalchemy import delete

from bot.state.database import Repository
from bot.state.models import ValueRow


class Values(Repository):
    """Text by key, such as the hash of the registered slash commands."""

    async def get(self, key: str) -> str | None:
        """The value of `key`, or None."""
        async with self.database.reading() as session:
            row = await session.get(ValueRow, key)
            return None if row is None else row.value

    async def set(self, key: str, value: str) -> None:
        """Set the value of `key`, replacing any earlier one."""
        async with self.database.writing() as session:
            await session.merge(ValueRow(key=key, value=value))

    async def delete(self, key: str) -> None:
        """Delete the value of `key`, if there is one."""
        async with self.database.writing() as session:
            await session.execute(delete(ValueRow).where(ValueRow.key == key))
