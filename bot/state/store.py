"""The store: all repositories over one state file.

Use: `async with await Store.open(folder) as store`. SQLAlchemy takes long to import, so the chat
imports this module for type checking only.
"""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Self

from bot.state.answers import Answers
from bot.state.audit import Audit
from bot.state.choices import Choices
from bot.state.database import DEFAULT_SECONDS, Database
from bot.state.feedback import Feedback
from bot.state.jobs import Jobs
from bot.state.nearest import NearestChoices
from bot.state.pin_changes import PinChanges
from bot.state.pin_offers import PinOffers
from bot.state.retention import Retention
from bot.state.rooms import Rooms
from bot.state.tokens import AccessTokens
from bot.state.unanswered import UnansweredStore
from bot.state.values import Values

FILE_NAME = "state.sqlite3"
"""The file in the state folder; SQLite puts `-wal` and `-shm` beside it while it is open."""


class Store(AbstractAsyncContextManager["Store"]):
    """The repositories; each call of a method is one transaction.

    Every call may raise `StateError`: one sentence for a person, and nothing was changed. Only
    after a timeout may the change still happen, completely, once the disk responds. Cancelling
    a call does not undo it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.rooms = Rooms(database)
        self.answers = Answers(database)
        self.feedback = Feedback(database)
        self.unanswered = UnansweredStore(database)
        self.nearest = NearestChoices(database)
        self.audit = Audit(database)
        self.pin_changes = PinChanges(database)
        self.pin_offers = PinOffers(database)
        self.values = Values(database)
        self.jobs = Jobs(database)
        self.choices = Choices(database)
        self.tokens = AccessTokens(database)
        self.retention = Retention(database)

    @classmethod
    async def open(cls, folder: Path, seconds: float = DEFAULT_SECONDS) -> Self:
        """Open the store in `folder`, which must exist; no call takes longer than `seconds`.

        The file is created with mode 0600, or migrated to the tables of this version. Raises
        `StateError`, and then leaves an existing file unchanged.
        """
        return cls(await Database.open(folder / FILE_NAME, seconds))

    @classmethod
    async def in_memory(cls) -> Self:
        """A store of this process alone, which is gone when it is closed."""
        return cls(await Database.in_memory())

    async def close(self) -> None:
        """Close the file once running calls are done; a second call does nothing."""
        await self._database.close()

    async def __aexit__(self, *_: object) -> None:
        await self.close()
