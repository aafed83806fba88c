"""Into rooms and out of them: invitations, replaced rooms, rooms where nobody is left."""

from __future__ import annotations

import logging

from bot.chat.message import Message
from bot.chat.texts.catalogue import CommandName, Notice, Text, notice
from bot.platforms.matrix.api.events import InviteEvent, JoinEvent, TombstoneEvent
from bot.platforms.matrix.api.port import Port, RefusedError
from bot.platforms.matrix.mapping import is_welcome, place_of, room_place
from bot.platforms.matrix.sender import MatrixSender
from bot.platforms.parts import PlatformServices

_MOST_DOCUMENTS = 1_000_000

_CARRIED = "settings of "
"""Stands before a room whose settings went along, should they have to be taken back."""

_log = logging.getLogger(__name__)


class Membership:
    """Joins where the bot is invited by who may, follows rooms, leaves when it is alone."""

    def __init__(
        self, parts: PlatformServices, port: Port, sender: MatrixSender, welcome: tuple[str, ...]
    ) -> None:
        self._parts = parts
        self._port = port
        self._sender = sender
        self._welcome = welcome

    async def invited(self, invitation: InviteEvent) -> None:
        """Join, or say no to who may not invite."""
        room, by = invitation.room, invitation.sender
        awaited = await self._parts.store.values.get(_replaces(room)) is not None
        if not (awaited or is_welcome(by, self._welcome) or by in self._parts.rights.curators):
            _log.warning(
                "%s may not invite the bot; to allow it, add this id or its server to the"
                " setting matrix.inviters",
                by,
            )
            await self._sender.patiently(lambda: self._port.leave(room))
            return
        await self._join(room, by.partition(":")[2])

    async def replaced(self, tombstone: TombstoneEvent) -> None:
        """Follow to the room that takes the place of this one; its settings go along first."""
        old, new = tombstone.room, tombstone.replacement
        if not new.startswith("!") or new == old:
            return
        there = self._port.room(new)
        if there is not None:
            # Which room it replaces it says itself: nobody sets rules for the rooms of others.
            if there.predecessor == old:
                await self._parts.rooms.carry(room_place(old), room_place(new))
            return
        values = self._parts.store.values
        if await self._parts.rooms.carry(room_place(old), room_place(new)):
            await values.set(_replaces(new), _CARRIED + old)
        elif await values.get(_replaces(new)) is None:
            await values.set(_replaces(new), old)
        await self._join(new, tombstone.server)

    async def _join(self, room: str, server: str) -> None:
        try:
            await self._sender.patiently(lambda: self._port.join(room, server))
        except RefusedError as fault:
            # A replacement may take an invitation, which is then enough.
            _log.warning("a room could not be joined: %s", fault)

    async def joined(self, joined: JoinEvent) -> None:
        """The bot is in a room from now on: say who it is, but not where people know it."""
        room = joined.room
        state = self._port.room(room)
        noted = await self._parts.store.values.get(_replaces(room))
        if noted is not None:
            if state is not None and state.predecessor != noted.removeprefix(_CARRIED):
                _log.warning("a room was said to replace another, and does not say so itself")
                if noted.startswith(_CARRIED):
                    await self._parts.rooms.clear(room_place(room))
                await self.leave(room)
            await self._parts.store.values.delete(_replaces(room))
            return
        if state is not None and state.predecessor is not None:
            # Settings narrow what is seen, so those of any room before do no harm.
            await self._parts.rooms.carry(room_place(state.predecessor), room_place(room))
        message = await self._introduction(room)
        await self._sender.send(room, message, f"intro-{joined.event_id or room}", None, None)

    async def _introduction(self, room: str) -> Message:
        state, chat = self._port.room(room), self._parts.chat
        place = place_of(room, state, await self._parts.rooms.effective(room_place(room)))
        count = len(await chat.suggestions(place, "", _MOST_DOCUMENTS))
        told: list[Notice] = [notice(Text.NO_DOCUMENTS)]
        if count:
            hint = CommandName("help")
            told = [notice(Text.HELP), notice(Text.WELCOME, documents=count, help=hint)]
        if not place.direct:
            told.append(notice(Text.HELP_MENTION))
        return chat.say(*told)

    async def if_alone(self, room: str) -> None:
        """Leave a room in which nobody else is, or is expected."""
        state = self._port.room(room)
        if state is not None and state.members <= 1 and not state.invited:
            await self.leave(room)

    async def leave(self, room: str) -> None:
        """Leave a room, whether or not that is taken note of."""
        try:
            await self._sender.patiently(lambda: self._port.leave(room))
        except RefusedError as fault:
            _log.info("a room could not be left: %s", fault)


def _replaces(room: str) -> str:
    """The key of a value: which room this one is said to replace."""
    return f"matrix replaces {room}"
