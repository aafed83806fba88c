"""Changes of a room's settings, by those who manage it; each is written down."""

from typing import assert_never

from bot.chat.commands import ClearRoom, RoomCommand, SetCollections, SetMode, ShowRoom
from bot.chat.identity import Rights
from bot.chat.operations import (
    MANAGERS_ONLY,
    Blocks,
    OperationOutcome,
    Operations,
    OperationStart,
)
from bot.chat.request import ChatRequest
from bot.chat.rooms import RoomChange, RoomPolicies, listed


class RoomChanges:
    """Looks at rights, changes settings, and has the change written down."""

    def __init__(self, rooms: RoomPolicies, rights: Rights, operations: Operations) -> None:
        self._rooms = rooms
        self._rights = rights
        self._operations = operations

    async def carry_out(self, command: RoomCommand, request: ChatRequest) -> Blocks:
        """The answer to a command about a room. Raises StateError where nothing is changed."""
        if not self._rights.manages(request.person):
            return MANAGERS_ONLY
        if isinstance(command, ShowRoom):
            return await self._rooms.describe(request.place)
        where = "all rooms" if command.by_space else request.place.room
        detail = f"{where}: {_what(command)}"

        async def work() -> OperationOutcome:
            change = await self._change(command, request)
            return OperationOutcome(change.blocks, detail, "done" if change.done else "refused")

        start = OperationStart(request.person, request.place, "room", detail)
        return await self._operations.outcome(self._operations.begin(start, work))

    async def _change(
        self, command: SetCollections | SetMode | ClearRoom, request: ChatRequest
    ) -> RoomChange:
        place, hears = request.place, request.hears_everything
        match command:
            case SetCollections(names, by_space):
                return await self._rooms.set_collections(place, names, by_space)
            case SetMode(mode, by_space):
                return await self._rooms.set_mode(place, mode, by_space, hears_everything=hears)
            case ClearRoom(by_space):
                return await self._rooms.clear(place, by_space)
            case _:
                assert_never(command)


def _what(command: SetCollections | SetMode | ClearRoom) -> str:
    """The change in words, for the log."""
    match command:
        case SetCollections(None):
            return "not bound"
        case SetCollections(names):
            return f"sees {listed(names or ()) or 'nothing'}"
        case SetMode(mode):
            return f"mode {mode.value}"
        case ClearRoom():
            return "cleared"
