"""Repository of the changes of pins, each of which can be undone, the newest first."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.state.database import Repository, read_transaction, write_transaction
from bot.state.models import PinChangeRow
from bot.state.records import PinChange


class PinChanges(Repository):
    """The changes of pins that were not undone."""

    @write_transaction
    def add(self, session: Session, change: PinChange) -> None:
        """Append a change."""
        session.add(PinChangeRow(**change.columns()))

    @read_transaction
    def newest(self, session: Session, most: int) -> tuple[PinChange, ...]:
        """At most `most` changes, the newest first."""
        newest = (PinChangeRow.at.desc(), PinChangeRow.id.desc())
        rows = session.scalars(select(PinChangeRow).order_by(*newest).limit(most))
        return tuple(map(PinChange.of, rows))

    @write_transaction
    def delete(self, session: Session, change: PinChange) -> None:
        """Delete a change that was undone."""
        session.execute(delete(PinChangeRow).filter_by(key=change.key, at=change.at))
