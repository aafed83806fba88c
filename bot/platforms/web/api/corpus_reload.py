"""Reload of the documents for holders of a token, one at a time, with a line in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from bot.answering.service import AnsweringService
from bot.chat.identity import Person, Place
from bot.chat.operations import (
    Blocks,
    OperationOutcome,
    Operations,
    OperationStart,
    OperationTimeouts,
)
from bot.core.errors import SourcesSayError
from bot.ingest.report import LoadReport
from bot.platforms.web.api.callers import PLATFORM
from bot.state.store import Store

_CLOSING_SECONDS = 1.5


class CorpusReload:
    """Reloads the documents; `loaded` is told of each report."""

    def __init__(
        self, answering: AnsweringService, store: Store, loaded: Callable[[LoadReport], None]
    ) -> None:
        self._answering = answering
        self._loaded = loaded
        self._operations = Operations(store, lambda: datetime.now(UTC), OperationTimeouts())
        self._task: asyncio.Task[Blocks] | None = None
        self.has_failed = False
        """Whether the last one left the documents as they were."""

    @property
    def is_running(self) -> bool:
        """Whether a reload is running."""
        return self._task is not None and not self._task.done()

    async def run(self, actor: str, seconds: float) -> bool:
        """Begin a reload, or join the one that runs; whether it ended within `seconds`."""
        if self._task is None or self._task.done():
            place = Place(PLATFORM, "", "")
            start = OperationStart(Person(PLATFORM, actor), place, "reload", "")
            self._task = self._operations.begin(start, self._reload)
        finished, _ = await asyncio.wait({self._task}, timeout=seconds)
        return bool(finished)

    async def _reload(self) -> OperationOutcome:
        self.has_failed = False
        try:
            report = await self._answering.reload()
        except SourcesSayError:
            self.has_failed = True
            raise
        self._loaded(report)
        return OperationOutcome((), f"{report.documents} documents")

    async def close(self) -> None:
        """Wait a moment for the reload that runs."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_CLOSING_SECONDS)
