"""How a deed is done: to its end, whoever waits for it, and written down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.chat.error_messages import error_notice
from bot.chat.identity import Person, Place
from bot.chat.rendering.blocks import Block, said
from bot.chat.texts.catalogue import Text, notice, shorten
from bot.core.errors import SourcesSayError
from bot.state.records import AuditEntry
from bot.state.store import Store

Blocks = tuple[Block, ...]
"""What a person is told."""

Progress = Callable[[Blocks], Awaitable[None]]
"""Tells a person something while they wait."""

_MOST_CHARACTERS = 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OperationTimeouts:
    """Seconds: until somebody who waits hears of it, and the longest waits for outcomes."""

    progress: float = 2.0
    deed: float = 600.0
    look: float = 30.0


@dataclass(frozen=True, slots=True)
class OperationOutcome:
    """How a deed ended: what the person is told, and what is written down."""

    blocks: Blocks
    detail: str
    outcome: str = "done"


@dataclass(frozen=True, slots=True)
class OperationStart:
    """A deed as it will be written down; `detail` until the outcome has a better one."""

    person: Person
    place: Place
    action: str
    detail: str


class Operations:
    """Does what changes something for others, and notes who did what and how it ended.

    A deed that was begun goes to its end, also when nobody waits for it any more.
    """

    def __init__(
        self, store: Store, clock: Callable[[], datetime], patience: OperationTimeouts
    ) -> None:
        self._store = store
        self._clock = clock
        self._patience = patience
        self._at_work: set[asyncio.Task[Blocks]] = set()

    async def close(self) -> None:
        """Wait, for as long as a deed may take, until those that were begun are done."""
        if self._at_work:
            await asyncio.wait(set(self._at_work), timeout=self._patience.deed)

    def begin(
        self, doing: OperationStart, work: Callable[[], Awaitable[OperationOutcome]]
    ) -> asyncio.Task[Blocks]:
        """The deed, begun: `outcome` waits for it."""
        task = asyncio.create_task(self._done(doing, work), name=f"deed: {doing.action}")
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        return task

    async def outcome(
        self,
        task: asyncio.Task[Blocks],
        progress: Progress | None = None,
        telling: Text = Text.WORKING,
    ) -> Blocks:
        """What came of it; who waits too long is told, and the deed goes on without them.

        After a while `progress` says, once, that it is `telling` at work. Raises the fault
        that ended the deed.
        """
        try:
            if progress is not None:
                finished, _ = await asyncio.wait({task}, timeout=self._patience.progress)
                if not finished:
                    await self.tell(progress, telling)
            finished, _ = await asyncio.wait({task}, timeout=self._patience.deed)
        except BaseException:
            task.add_done_callback(_log_fault)
            raise
        if finished:
            return task.result()
        task.add_done_callback(_log_fault)
        return (said(notice(Text.STILL_WORKING, seconds=self._patience.deed)),)

    async def tell(self, progress: Progress, telling: Text) -> None:
        """Say `telling`; news that cannot be told in time are none."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.look):
                await progress((said(notice(telling)),))

    async def _done(
        self, doing: OperationStart, work: Callable[[], Awaitable[OperationOutcome]]
    ) -> Blocks:
        try:
            done = await work()
        except SourcesSayError as error:
            done = OperationOutcome(sentence(error), doing.detail, f"failed: {error}")
        except BaseException:
            await self._write_down(doing, doing.detail, "fault")
            raise
        return (*done.blocks, *await self._write_down(doing, done.detail, done.outcome))

    async def _write_down(self, doing: OperationStart, detail: str, outcome: str) -> Blocks:
        """Append to the log of deeds; what the person must know where that fails."""
        deed = AuditEntry(
            at=self._clock(),
            platform=doing.place.platform,
            space=doing.place.space,
            actor=doing.person.id,
            action=doing.action,
            detail=shorten(detail, _MOST_CHARACTERS),
            outcome=shorten(outcome, _MOST_CHARACTERS),
        )
        try:
            await self._store.audit.add(deed)
        except SourcesSayError as error:
            _log.error("the deed %s could not be written down: %s", doing.action, error)
            return sentence(error)
        return ()


def sentence(error: SourcesSayError) -> Blocks:
    """A fault of ours as what a person is told of it."""
    return (said(notice(Text.SENTENCE, sentence=str(error))),)


def _log_fault(task: asyncio.Task[Blocks]) -> None:
    """Nobody waits for the deed any more: what ended it is for the log."""
    fault = None if task.cancelled() else task.exception()
    if isinstance(fault, Exception):
        error_notice(fault, task.get_name())
