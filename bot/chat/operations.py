"""Operations of curators: each runs to its end, whoever waits for it, and is written down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.chat.error_messages import error_notice
from bot.chat.identity import Person, Place
from bot.chat.rendering.blocks import Block, notice_block
from bot.chat.texts.catalogue import Text, notice, shorten
from bot.core.errors import SourcesSayError
from bot.state.records import AuditEntry

if TYPE_CHECKING:
    # Its libraries take long to import, and the command line does without.
    from bot.state.store import Store

Blocks = tuple[Block, ...]
"""The answer to a command, before it is laid out."""

Progress = Callable[[Blocks], Awaitable[None]]
"""Tells a person something while they wait."""

CURATORS_ONLY: Blocks = (notice_block(notice(Text.CURATORS_ONLY)),)
MANAGERS_ONLY: Blocks = (notice_block(notice(Text.MANAGERS_ONLY)),)

_MOST_CHARACTERS = 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OperationTimeouts:
    """Seconds until `progress` is told, and the longest waits for an operation and a lookup."""

    progress: float = 2.0
    operation: float = 600.0
    lookup: float = 30.0


@dataclass(frozen=True, slots=True)
class OperationOutcome:
    """The end of an operation: the blocks for the person, and the words for the log."""

    blocks: Blocks
    detail: str
    outcome: str = "done"


@dataclass(frozen=True, slots=True)
class OperationStart:
    """An operation as it will be written down; `detail` until the outcome has a better one."""

    person: Person
    place: Place
    action: str
    detail: str


class Operations:
    """Runs what changes something for others, and logs who did what and how it ended.

    An operation that was begun goes to its end, also when nobody waits for it any more.
    """

    def __init__(
        self, store: Store, clock: Callable[[], datetime], timeouts: OperationTimeouts
    ) -> None:
        self._store = store
        self._clock = clock
        self._timeouts = timeouts
        self._running: set[asyncio.Task[Blocks]] = set()

    async def close(self) -> None:
        """Wait, for as long as one may take, until those that were begun are done."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=self._timeouts.operation)

    def begin(
        self, start: OperationStart, work: Callable[[], Awaitable[OperationOutcome]]
    ) -> asyncio.Task[Blocks]:
        """The operation, begun: `outcome` waits for it."""
        task = asyncio.create_task(self._run(start, work), name=f"operation: {start.action}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def outcome(
        self,
        task: asyncio.Task[Blocks],
        progress: Progress | None = None,
        telling: Text = Text.WORKING,
    ) -> Blocks:
        """The outcome; after too long a wait the caller is told, and the operation goes on.

        After a while `progress` says `telling`, once. Raises the fault that ended the
        operation.
        """
        try:
            if progress is not None:
                finished, _ = await asyncio.wait({task}, timeout=self._timeouts.progress)
                if not finished:
                    await self.tell(progress, telling)
            finished, _ = await asyncio.wait({task}, timeout=self._timeouts.operation)
        except BaseException:
            task.add_done_callback(_log_fault)
            raise
        if finished:
            return task.result()
        task.add_done_callback(_log_fault)
        return (notice_block(notice(Text.STILL_WORKING, seconds=self._timeouts.operation)),)

    async def tell(self, progress: Progress, telling: Text) -> None:
        """Say `telling`, unless that takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeouts.lookup):
                await progress((notice_block(notice(telling)),))

    async def _run(
        self, start: OperationStart, work: Callable[[], Awaitable[OperationOutcome]]
    ) -> Blocks:
        try:
            end = await work()
        except SourcesSayError as error:
            end = OperationOutcome(sentence(error), start.detail, f"failed: {error}")
        except BaseException:
            await self._log(start, start.detail, "fault")
            raise
        return (*end.blocks, *await self._log(start, end.detail, end.outcome))

    async def _log(self, start: OperationStart, detail: str, outcome: str) -> Blocks:
        """Append to the audit log; a sentence for the person where that fails."""
        entry = AuditEntry(
            at=self._clock(),
            platform=start.place.platform,
            space=start.place.space,
            actor=start.person.id,
            action=start.action,
            detail=shorten(detail, _MOST_CHARACTERS),
            outcome=shorten(outcome, _MOST_CHARACTERS),
        )
        try:
            await self._store.audit.add(entry)
        except SourcesSayError as error:
            _log.error("the operation %s could not be written down: %s", start.action, error)
            return sentence(error)
        return ()


def sentence(error: SourcesSayError) -> Blocks:
    """The sentence of an error, for a person."""
    return (notice_block(notice(Text.SENTENCE, sentence=str(error))),)


def _log_fault(task: asyncio.Task[Blocks]) -> None:
    """Log the fault that ended an operation for which nobody waits any more."""
    fault = None if task.cancelled() else task.exception()
    if isinstance(fault, Exception):
        error_notice(fault, task.get_name())
