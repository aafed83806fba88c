"""Buttons on Discord: a press brings a message, turns a page or takes something away."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.chat.buttons import Action, Verb
from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.rate_limits import Admission, Admitted, refusal_blocks
from bot.chat.service import Removal
from bot.chat.texts.catalogue import Text, notice
from bot.platforms.discord.mapping import (
    answered_in,
    is_guest,
    person_of_interaction,
    place_of_interaction,
)
from bot.platforms.discord.outbox import NOBODY, UNREACHED, DiscordOutbox
from bot.platforms.inbox import Inbox
from bot.platforms.services import PlatformServices

Press = discord.Interaction[Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ButtonHandler:
    """Carries out the actions of buttons; `removed` holds the ids of deleted messages."""

    services: PlatformServices
    outbox: DiscordOutbox
    inbox: Inbox
    removed: MutableMapping[str, None]

    async def press(self, press: Press, action: Action, *, turns_page: bool) -> None:
        """Carry out the action of a button; `turns_page` replaces the message it is on."""
        place, person = place_of_interaction(press), person_of_interaction(press)
        async with self.inbox.working():
            match action.verb:
                case Verb.REMOVE:
                    await self._remove(press, place, person)
                case _ if turns_page:
                    await self._turn_page(press, action, place, person)
                case Verb.DROP | Verb.CANCEL:
                    await self._confirm(press, action, place, person)
                case _:
                    await self._send(press, action, place, person)

    async def _send(self, press: Press, action: Action, place: Place, person: Person) -> None:
        pressed = press.message
        private = action.verb is not Verb.MORE or (pressed is not None and pressed.flags.ephemeral)

        admission: Admission = Admitted()
        if not private or action.verb is Verb.CHECK:
            # A further page is a message for the whole room, a check reads the whole corpus:
            # both count as questions.
            admission = self.services.turnstile.admit(person.id, place.room)

        desk = self.services.desk

        async def work() -> Message:
            if not isinstance(admission, Admitted):
                return desk.tell(refusal_blocks(replace(admission, told_before=False)))
            return (await desk.press(action, place, person)).privately(private)

        safe = desk.safely(work(), "a button")
        message, sent = await self.outbox.respond(press, safe, private)
        if pressed is not None and sent is not None and not message.private:
            async with self.inbox.lock(str(answered_in(pressed))):
                await desk.posted_also(message, place, str(pressed.id), sent)
            if str(pressed.id) in self.removed:
                # The reply was deleted while its further page was on its way.
                await self.outbox.delete(press.channel, [sent])

    async def _turn_page(self, press: Press, action: Action, place: Place, person: Person) -> None:
        desk = self.services.desk
        message = await desk.safely(desk.press(action, place, person), "a button")
        view = self.outbox.view(message)
        call = press.response.edit_message(view=view, allowed_mentions=NOBODY)
        await _attempt(call, "turning a page")

    async def _remove(self, press: Press, place: Place, person: Person) -> None:
        pressed, desk = press.message, self.services.desk
        if pressed is None:
            return
        if pressed.flags.ephemeral or is_guest(press):
            await _attempt(press.response.defer(), "the acknowledgement of a press")
        if pressed.flags.ephemeral:
            await _attempt(press.delete_original_response(), "deleting a message")
            return
        removals: list[Removal] = []

        async def work() -> Message:
            # A sender held up by rate limits notes the reply long after it is seen; without
            # that note nobody is known as the asker.
            async with self.inbox.lock(str(answered_in(pressed))):
                removal = await desk.removal(place, person, str(pressed.id))
            if isinstance(removal, Message):
                return removal
            self.removed.update(dict.fromkeys((str(pressed.id), *removal.messages)))
            removals.append(removal)
            return desk.say(notice(Text.TAKEN_DOWN))

        await self.outbox.respond(press, desk.safely(work(), "a button"), private=True)
        for removal in removals:
            if is_guest(press):
                # The bot has no access to the channel: only the interaction may delete.
                await _attempt(press.delete_original_response(), "deleting a message")
            else:
                ids = dict.fromkeys((str(pressed.id), *removal.messages))
                await self.outbox.delete(press.channel, list(ids))

    async def _confirm(self, press: Press, action: Action, place: Place, person: Person) -> None:
        """Remove a document, or not, as a curator confirms."""
        desk = self.services.desk

        async def work() -> Message:
            if action.verb is Verb.CANCEL:
                return desk.say(notice(Text.UNCHANGED_FILES))
            path = await desk.path_of(action.of)
            if path is None:
                return desk.say(notice(Text.DOCUMENT_GONE))
            return desk.tell(await self.services.curating.remove(person, place, path))

        await self.outbox.respond(press, desk.safely(work(), "a button"), private=True)


async def _attempt(call: Awaitable[object], doing: str) -> None:
    """Await a call to Discord whose failure is only logged."""
    try:
        await call
    except UNREACHED as fault:
        _log.warning("%s failed: %s", doing, type(fault).__name__)
