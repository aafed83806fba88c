"""The whole bot in tests, the same on either platform: its documents, its state and its end."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from bot.platforms.services import SharedServices
from bot.state.store import Store


class BotHarness:
    """The part of a harness that is the same on Discord and on Matrix."""

    corpus: Path
    services: SharedServices
    stack: AsyncExitStack
    task: asyncio.Task[None] | None

    @property
    def store(self) -> Store:
        """The store of the bot's state, which is open while it runs."""
        return self.services.store

    async def stop(self) -> None:
        """End the bot as the program does when it is told to."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
            self.task = None
            await self.stack.aclose()

    def write(self, path: str, text: str) -> None:
        """Put a document into the corpus folder."""
        file = self.corpus / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    async def reload(self) -> None:
        """Serve what lies in the folder now."""
        self.services.loaded(await self.services.answering.reload())
