"""Repository of small values by key, such as where a platform's sync left off."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.state.database import Repository, read_transaction, write_transaction
from bot.state.models import ValueRow


class Values(Repository):
    """Text by key, such as the hash of the registered slash commands."""

    @read_transaction
    def get(self, session: Session, key: str) -> str | None:
        """The value of `key`, or None."""
        row = session.get(ValueRow, key)
        return None if row is None else row.value

    @write_transaction
    def set(self, session: Session, key: str, value: str) -> None:
        """Set the value of `key`, replacing any earlier one."""
        session.merge(ValueRow(key=key, value=value))

    @write_transaction
    def delete(self, session: Session, key: str) -> None:
        """Delete the value of `key`, if there is one."""
        session.execute(delete(ValueRow).where(ValueRow.key == key))
