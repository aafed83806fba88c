"""Repository of the choices of a judge, kept so that a question has one answer.

Each stands under a hash, without its question.
"""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from bot.state.database import Repository, write_transaction
from bot.state.models import ChoiceRow


class Choices(Repository):
    """The choices, each as a text of the answering service; kept as long as answers."""

    @write_transaction
    def choice(self, session: Session, key: str) -> str | None:
        """The choice under `key`, which counts as used now; None if there is none."""
        row = session.get(ChoiceRow, key)
        if row is None:
            return None
        row.used_at = datetime.now(UTC)
        return row.choice

    @write_transaction
    def keep_choice(self, session: Session, key: str, choice: str) -> None:
        """Keep a choice, in place of one that could not be used."""
        session.merge(ChoiceRow(key=key, choice=choice, used_at=datetime.now(UTC)))
