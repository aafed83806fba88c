"""Changes of a room's settings, by those who manage it; each is written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.chat.identity import Person, Place, Rights
from bot.chat.operations import (
    MANAGERS_ONLY,
    Blocks,
    OperationOutcome,
    Operations,
    OperationStart,
    sentence,
)
from bot.chat.rooms import RoomChange, RoomPolicies, listed
from bot.core.errors import SourcesSayError
from bot.state.records import Mode


class RoomChanges:
    """Looks at rights, changes settings, and has the change written down."""

    def __init__(self, rooms: RoomPolicies, rights: Rights, operations: Operations) -> None:
        self._rooms = rooms
        self._rights = rights
        self._operations = operations

    async def set_collections(
        self, person: Person, place: Place, names: frozenset[str] | None, by_space: bool = False
    ) -> Blocks:
        """Bind a room, or all of its space, to collections; None takes that back."""

        async def change() -> RoomChange:
            return await self._rooms.set_collections(place, names, by_space)

        what = "not bound" if names is None else f"sees {listed(names) or 'nothing'}"
        return await self._change(person, place, by_space, what, change)

    async def set_mode(
        self,
        person: Person,
        place: Place,
        mode: Mode,
        by_space: bool = False,
        *,
        hears_everything: bool,
    ) -> Blocks:
        """Set which messages of a room, or of all its space, are questions.

        `hears_everything` is whether the platform gets messages that do not mention it.
        """

        async def change() -> RoomChange:
            return await self._rooms.set_mode(
                place, mode, by_space, hears_everything=hears_everything
            )

        return await self._change(person, place, by_space, f"mode {mode.value}", change)

    async def clear(self, person: Person, place: Place, by_space: bool = False) -> Blocks:
        """Take back all that is set for a room itself, or as the default of its space."""

        async def change() -> RoomChange:
            return await self._rooms.clear(place, by_space)

        return await self._change(person, place, by_space, "cleared", change)

    async def describe(self, person: Person, place: Place) -> Blocks:
        """What counts for a room, and where it was set."""
        if not self._rights.manages(person):
            return MANAGERS_ONLY
        try:
            return await self._rooms.describe(place)
        except SourcesSayError as error:
            return sentence(error)

    async def _change(
        self,
        person: Person,
        place: Place,
        by_space: bool,
        what: str,
        change: Callable[[], Awaitable[RoomChange]],
    ) -> Blocks:
        if not self._rights.manages(person):
            return MANAGERS_ONLY
        detail = f"{'all rooms' if by_space else place.room}: {what}"

        async def work() -> OperationOutcome:
            made = await change()
            return OperationOutcome(made.blocks, detail, "done" if made.done else "refused")

        start = OperationStart(person, place, "room", detail)
        return await self._operations.outcome(self._operations.begin(start, work))
