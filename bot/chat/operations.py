"""Operations of curators: each runs to its end, even if nobody waits, and is logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.chat.error_messages import error_notice
from bot.chat.identity import Person, Place
from bot.chat.rendering.blocks import Block, notice_block
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import notice, shorten
from bot.chat.texts.templates import FixedText
from bot.core.errors import SourcesSayError
from bot.state.records import AuditEntry

if TYPE_CHECKING:
    from bot.state.store import Store

Blocks = tuple[Block, ...]
"""The answer to a command, before it is laid out."""

Progress = Callable[[Blocks], Awaitable[None]]
"""Sends blocks to a person who waits."""

CURATORS_ONLY: Blocks = (notice_block(notice(CuratorText.CURATORS_ONLY)),)
MANAGERS_ONLY: Blocks = (notice_block(notice(CuratorText.MANAGERS_ONLY)),)

_MOST_CHARACTERS = 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OperationTimeouts:
    """Seconds before a progress message, and the longest waits for an operation and a lookup."""

    progress: float = 2.0
    operation: float = 600.0
    lookup: float = 30.0


@dataclass(frozen=True, slots=True)
class OperationOutcome:
    """The end of an operation: blocks for the person, detail and outcome for the audit log."""

    blocks: Blocks
    detail: str
    outcome: str = "done"


@dataclass(frozen=True, slots=True)
class OperationStart:
    """The person, place and action of an operation; `detail` is logged if it has no outcome."""

    person: Person
    place: Place
    action: str
    detail: str


@dataclass(frozen=True, slots=True)
class Operations:
    """Runs operations and records in the audit log who did what, and the outcome."""

    _store: Store
    _clock: Callable[[], datetime]
    _timeouts: OperationTimeouts
    _running: set[asyncio.Task[Blocks]] = field(default_factory=set)

    async def close(self) -> None:
        """Wait for the running operations, at most as long as one may take."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=self._timeouts.operation)

    def begin(
        self, start: OperationStart, work: Callable[[], Awaitable[OperationOutcome]]
    ) -> asyncio.Task[Blocks]:
        """Start an operation as a task, for `outcome` to wait for."""
        task = asyncio.create_task(self._run(start, work), name=f"operation: {start.action}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def outcome(
        self,
        task: asyncio.Task[Blocks],
        progress: Progress | None = None,
        text: FixedText = Text.WORKING,
    ) -> Blocks:
        """The outcome of an operation, or a notice if it takes too long; it then goes on.

        After a while `progress` gets the notice `text`, once. Raises the fault that ended
        the operation.
        """
        try:
            if progress is not None:
                finished, _ = await asyncio.wait({task}, timeout=self._timeouts.progress)
                if not finished:
                    await self.send_progress(progress, text)
            finished, _ = await asyncio.wait({task}, timeout=self._timeouts.operation)
        except BaseException:
            task.add_done_callback(_log_fault)
            raise
        if finished:
            return task.result()
        task.add_done_callback(_log_fault)
        return (notice_block(notice(Text.STILL_WORKING, seconds=self._timeouts.operation)),)

    async def send_progress(self, progress: Progress, text: FixedText) -> None:
        """Send the notice `text`; give up if that takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeouts.lookup):
                await progress((notice_block(notice(text)),))

    async def _run(
        self, start: OperationStart, work: Callable[[], Awaitable[OperationOutcome]]
    ) -> Blocks:
        try:
            result = await work()
        except SourcesSayError as error:
            result = OperationOutcome(error_blocks(error), start.detail, f"failed: {error}")
        except BaseException:
            await self._log(start, start.detail, "fault")
            raise
        return (*result.blocks, *await self._log(start, result.detail, result.outcome))

    async def _log(self, start: OperationStart, detail: str, outcome: str) -> Blocks:
        """Append to the audit log; returns a sentence for the person if that fails."""
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
            return error_blocks(error)
        return ()


def error_blocks(error: SourcesSayError) -> Blocks:
    """An error as blocks for a person."""
    return (notice_block(notice(Text.WORDS, words=str(error))),)


def _log_fault(task: asyncio.Task[Blocks]) -> None:
    """Log the fault of an operation whose caller no longer waits."""
    fault = None if task.cancelled() else task.exception()
    if isinstance(fault, Exception):
        error_notice(fault, task.get_name())
