"""Changes of room settings by managers; each is recorded in the audit log."""

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
from bot.chat.rooms import RoomChange, RoomPolicies, join_names


class RoomChanges:
    """Checks rights, changes settings and logs the change."""

    def __init__(self, rooms: RoomPolicies, rights: Rights, operations: Operations) -> None:
        self._rooms = rooms
        self._rights = rights
        self._operations = operations

    async def carry_out(self, command: RoomCommand, request: ChatRequest) -> Blocks:
        """Carry out a command about a room. Raises StateError, and then changes nothing."""
        if not self._rights.manages(request.person):
            return MANAGERS_ONLY
        if isinstance(command, ShowRoom):
            return await self._rooms.describe(request.place)
        where = "all rooms" if command.by_space else request.place.room
        detail = f"{where}: {_description(command)}"

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
            case _:
                return await self._rooms.clear(place, command.by_space)


def _description(command: SetCollections | SetMode | ClearRoom) -> str:
    """The change in words, for the audit log."""
    match command:
        case SetCollections(None):
            return "not bound"
        case SetCollections(names):
            return f"sees {join_names(names or ()) or 'nothing'}"
        case SetMode(mode):
            return f"mode {mode.value}"
        case ClearRoom():
            return "cleared"
