"""Repository of the choices of a judge, kept so that a question has one answer.

Each stands under a hash, without its question.
"""

from datetime import UTC, datetime

from bot.state.database import Repository
from bot.state.models import ChoiceRow


class Choices(Repository):
    """The choices, each as a text of the answering service; kept as long as answers."""

    async def choice(self, key: str) -> str | None:
        """The choice under `key`, which counts as used now; None if there is none."""
        async with self.database.writing() as session:
            row = await session.get(ChoiceRow, key)
            if row is None:
                return None
            row.used_at = datetime.now(UTC)
            return row.choice

    async def keep_choice(self, key: str, choice: str) -> None:
        """Keep a choice, in place of one that could not be used."""
        async with self.database.writing() as session:
            await session.merge(ChoiceRow(key=key, choice=choice, used_at=datetime.now(UTC)))
