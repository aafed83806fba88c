"""Membership in rooms: invitations, replaced rooms, rooms where nobody else is left."""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.chat.message import Message
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import in_language
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.parameters import CommandName
from bot.platforms.matrix.api.events import InviteEvent, JoinEvent, TombstoneEvent
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.mapping import may_invite, room_place
from bot.platforms.matrix.outbox import MatrixOutbox, unless_refused, until_reached
from bot.platforms.services import PlatformServices

_CARRIED = "settings of "
"""Prefix of a stored predecessor whose settings were copied: they may have to be removed again."""

LONGEST_REPLY = 60.0
"""Seconds that a replaced room is kept for replies that are being made in it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Membership:
    """Accepts permitted invitations, follows a room to its replacement, leaves empty rooms."""

    services: PlatformServices
    port: HomeserverPort
    outbox: MatrixOutbox
    inviters: tuple[str, ...]
    replying_in: Callable[[str], Collection[asyncio.Task[object]]]

    def warn_if_nobody_invites(self) -> None:
        """Log that nobody may invite the bot, if that is so."""
        if not self.inviters and not self.services.rights.curators:
            _log.warning(
                "nobody may invite the bot into a room: name who may in the setting"
                " matrix.inviters, by id (@ann:example.org) or server (example.org)"
            )

    async def handle_invitation(self, invitation: InviteEvent) -> None:
        """Join the room, or reject an invitation by a user who may not invite."""
        room, inviter = invitation.room, invitation.sender
        expected = await self.services.store.values.get(_predecessor_key(room)) is not None
        curators = self.services.rights.curators
        if not (expected or may_invite(inviter, self.inviters) or inviter in curators):
            _log.warning(
                "%s may not invite the bot; to allow it, add this id or its server to the"
                " setting matrix.inviters",
                inviter,
            )
            await until_reached(self.port.leave, room)
            return
        await self._join(room, inviter.partition(":")[2])

    async def handle_tombstone(self, tombstone: TombstoneEvent) -> None:
        """Copy the settings to the room that replaces this one, then join it."""
        old, new = tombstone.room, tombstone.replacement
        if not new.startswith("!") or new == old:
            return
        state = self.port.room(new)
        if state is not None:
            # The new room must name its predecessor, else a tombstone could set any room's rules.
            if state.predecessor == old:
                await self.services.rooms.carry(room_place(old), room_place(new))
                await self._leave_replaced(old)
            return
        values = self.services.store.values
        if await self.services.rooms.carry(room_place(old), room_place(new)):
            await values.set(_predecessor_key(new), _CARRIED + old)
        elif await values.get(_predecessor_key(new)) is None:
            await values.set(_predecessor_key(new), old)
        await self._join(new, tombstone.server)

    async def _join(self, room: str, server: str) -> None:
        # A refusal is no failure: the room may require an invitation, which is accepted later.
        await unless_refused("a room could not be joined", self.port.join, room, server)

    async def _leave(self, room: str) -> None:
        await unless_refused("a room could not be left", self.port.leave, room)

    async def _leave_replaced(self, room: str) -> None:
        """Leave a room that another replaces, after the replies that are being made in it."""
        if replies := self.replying_in(room):
            await asyncio.wait(replies, timeout=LONGEST_REPLY)
        await self._leave(room)

    async def handle_join(self, event: JoinEvent) -> None:
        """Introduce the bot in a room it has joined, unless the room replaces a known one."""
        room = event.room
        state = self.port.room(room)
        stored = await self.services.store.values.get(_predecessor_key(room))
        if stored is not None and state is None:
            # The bot has left again, so the room cannot prove what it replaces.
            return
        if stored is not None and state is not None:
            old = stored.removeprefix(_CARRIED)
            if state.predecessor != old:
                _log.warning("a room was said to replace another, and does not say so itself")
                if stored.startswith(_CARRIED):
                    await self.services.rooms.clear(room_place(room))
                await self._leave(room)
            elif old in self.port.rooms:
                await self._leave_replaced(old)
            await self.services.store.values.delete(_predecessor_key(room))
            return
        if state is not None and state.predecessor is not None:
            # Settings can only narrow what a room sees, so those of any predecessor are harmless.
            await self.services.rooms.carry(room_place(state.predecessor), room_place(room))
        with in_language(await self.outbox.language(room)):
            message = await self._introduction(room)
        await self.outbox.introduce(room, message, f"intro-{event.event_id or room}")

    async def _introduction(self, room: str) -> Message:
        place, chat = await self.outbox.place(room), self.services.chat
        notices: list[Notice] = [notice(Text.NO_DOCUMENTS)]
        if count := await chat.document_count(place):
            hint = CommandName("help")
            notices = [notice(Text.HELP), notice(Text.WELCOME, documents=count, help=hint)]
        if not place.direct:
            notices.append(notice(Text.HELP_MENTION))
            notices.append(notice(Text.ROOM_RIGHTS, setup=CommandName("setup")))
        return chat.say(*notices)

    async def leave_if_alone(self, room: str) -> None:
        """Leave a room in which nobody else is a member or invited."""
        state = self.port.room(room)
        if state is not None and len(state.joined) <= 1 and not state.invited:
            await self._leave(room)


def _predecessor_key(room: str) -> str:
    """The key under which the room that this one is said to replace is stored."""
    return f"matrix replaces {room}"
