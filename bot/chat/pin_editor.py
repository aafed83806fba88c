"""Pin editor: changes of pins on behalf of curators and managers, served at once, to be undone.

Each change is written into `pins.toml` and served; where that fails the file is as it was before.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.answering.service import AnsweringService
from bot.chat.buttons import key_of
from bot.chat.curation import Curation
from bot.chat.request import ChatRequest
from bot.core.pins import Pin, PinnedQuote
from bot.state.records import PinChange

if TYPE_CHECKING:
    from bot.ingest.pin_file import PinFile
    from bot.state.store import Store

MOST_CHANGES = 1_000
"""Changes that are looked through for the one to undo."""


@dataclass(frozen=True, slots=True)
class UndoneChange:
    """A change that was undone, unless its pin was changed since; whether there is a pin now."""

    key: str
    question: str
    is_pinned: bool
    done: bool


@dataclass(frozen=True, slots=True)
class PinEditor:
    """Pins and unpins; methods may raise `SourcesSayError`, and then nothing has changed.

    Callers check that the person manages the space, and make one change at a time.
    """

    _answering: AnsweringService
    _store: Store
    _curation: Curation
    _now: Callable[[], datetime]

    async def pin(self, question: str, quote: PinnedQuote, request: ChatRequest) -> Pin | None:
        """Pin a quote to a question; where that has a pin that answers, as another side of it.

        A manager who is no curator pins for the space alone. None if the quote is not there any
        more: the documents changed since it was offered, and nothing is pinned.
        """
        space = None if self._curates(request) else request.place.pin_space
        new = Pin(question, (quote,), space, at=self._now())
        old = await self._find(new.key)
        if old is not None and await self._answers(old):
            first, *others = (*(each for each in old.quotes if each != quote), quote)
            new = replace(old, quotes=(first, *others), at=self._now())
        change = await self._change(request, new.key, old, new)
        if await self._answers(new):
            return new
        await self._write(new.key, old, new)
        await self._store.pin_changes.delete(change)
        return None

    async def unpin(self, key: str, request: ChatRequest) -> Pin | None:
        """Take out a pin, and return it; None if there is none that this person may change."""
        pin = await self._find(key)
        if pin is None or not (self._curates(request) or pin.space == request.place.pin_space):
            return None
        await self._change(request, key, pin, None)
        return pin

    async def undo(self, request: ChatRequest, mark: str = "") -> UndoneChange | None:
        """Undo the newest change, of all for curators, else of the space; None if there is none.

        With a `mark` it is the change that brought the pin with that `pin_mark`, and no other.
        """
        space = None if self._curates(request) else request.place.pin_space
        change = await self._newest(space, mark)
        if change is None:
            return None
        before, after = _read(change.before), _read(change.after)
        changed = before or after
        done = await self._find(change.key) == after
        if done:
            await self._write(change.key, before, after)
        await self._store.pin_changes.delete(change)
        question = "" if changed is None else changed.question
        return UndoneChange(change.key, question, before is not None, done)

    async def _newest(self, space: str | None, mark: str) -> PinChange | None:
        """The newest change of a pin of that space, or of any; with a `mark` that one alone."""
        for change in await self._store.pin_changes.newest(MOST_CHANGES):
            pin = _read(change.after) or _read(change.before)
            # Managers may not undo a pin for all servers, though a curator made it in theirs.
            is_own = space is None or (pin is not None and pin.space == space)
            if is_own and mark in ("", key_of(change.after or "")):
                return change
        return None

    async def _change(
        self, request: ChatRequest, key: str, old: Pin | None, new: Pin | None
    ) -> PinChange:
        change = PinChange(
            at=self._now(),
            platform=request.place.platform,
            space=request.place.space,
            actor=request.person.id,
            key=key,
            before=_written(old),
            after=_written(new),
        )
        # Before it is made: a change that cannot be noted could not be undone.
        await self._store.pin_changes.add(change)
        try:
            await self._write(key, new, old)
        except Exception:
            await self._store.pin_changes.delete(change)
            raise
        return change

    async def _write(self, key: str, pin: Pin | None, before: Pin | None) -> None:
        """Write a pin, or take it out, and serve the change."""
        await asyncio.to_thread(_put, self._file, key, pin)
        try:
            self._curation.loaded(await self._answering.reload())
        except Exception:
            await asyncio.to_thread(_put, self._file, key, before)
            raise

    async def _find(self, key: str) -> Pin | None:
        pins = await asyncio.to_thread(self._file.pins)
        return next((each for each in pins if each.key == key), None)

    async def _answers(self, pin: Pin) -> bool:
        statuses = await self._answering.pins(space=pin.space)
        return any(each.pin.key == pin.key and each.answers for each in statuses)

    def _curates(self, request: ChatRequest) -> bool:
        return self._curation.rights.curates(request.person)

    @property
    def _file(self) -> PinFile:
        # The file's parser is imported when a curator first changes a pin: most never do.
        from bot.ingest.pin_file import PinFile  # noqa: PLC0415

        return PinFile(self._curation.folder)


def pin_mark(pin: Pin) -> str:
    """A hash that tells the change that brought this pin from all others."""
    return key_of(_written(pin) or "")


def _put(file: PinFile, key: str, pin: Pin | None) -> None:
    if pin is None:
        file.remove(key)
    else:
        file.add(pin)


def _written(pin: Pin | None) -> str | None:
    return None if pin is None else json.dumps(pin.to_row())


def _read(row: str | None) -> Pin | None:
    return None if row is None else Pin.from_row(json.loads(row))
