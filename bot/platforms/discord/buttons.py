"""Buttons on Discord: a press brings a message, turns a page or takes something away."""

from __future__ import annotations

import asyncio
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
from bot.platforms.parts import PlatformServices

Press = discord.Interaction[Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ButtonHandler:
    """Carries out the actions of buttons; `removed` holds the ids of deleted messages."""

    services: PlatformServices
    outbox: DiscordOutbox
    inbox: Inbox
    removed: MutableMapping[str, None]

    async def press(self, interaction: Press, action: Action, *, turns_page: bool) -> None:
        """Carry out the action of a button; `turns_page` replaces the message it is on."""
        place, person = place_of_interaction(interaction), person_of_interaction(interaction)
        async with self.inbox.working():
            match action.verb:
                case Verb.REMOVE:
                    await self._remove_reply(interaction, place, person)
                case _ if turns_page:
                    await self._turn_page(interaction, action, place, person)
                case Verb.DROP | Verb.CANCEL:
                    await self._confirm_removal(interaction, action, place, person)
                case _:
                    await self._send_message(interaction, action, place, person)

    async def _send_message(
        self, interaction: Press, action: Action, place: Place, person: Person
    ) -> None:
        pressed = interaction.message
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
        message, sent = await self.outbox.respond(interaction, safe, private)
        if pressed is not None and sent is not None and not message.private:
            async with self._lock_of_question(pressed):
                await desk.posted_also(message, place, str(pressed.id), sent)
            if str(pressed.id) in self.removed:
                # The reply was deleted while its further page was on its way.
                await self.outbox.delete(interaction.channel, [sent])

    async def _turn_page(
        self, interaction: Press, action: Action, place: Place, person: Person
    ) -> None:
        desk = self.services.desk
        message = await desk.safely(desk.press(action, place, person), "a button")
        view = self.outbox.view(message)
        call = interaction.response.edit_message(view=view, allowed_mentions=NOBODY)
        await _attempt(call, "turning a page")

    async def _remove_reply(self, interaction: Press, place: Place, person: Person) -> None:
        pressed, desk = interaction.message, self.services.desk
        if pressed is None:
            return
        if pressed.flags.ephemeral:
            await _attempt(interaction.response.defer(), "the acknowledgement of a press")
            await _attempt(interaction.delete_original_response(), "deleting a message")
            return
        removals: list[Removal] = []

        async def work() -> Message:
            # A sender held up by rate limits notes the reply long after it is seen; without
            # that note nobody is known as the asker.
            async with self._lock_of_question(pressed):
                removal = await desk.removal(place, person, str(pressed.id))
            if isinstance(removal, Message):
                return removal
            self.removed.update(dict.fromkeys((str(pressed.id), *removal.messages)))
            removals.append(removal)
            return desk.say(notice(Text.TAKEN_DOWN))

        safe, guest = desk.safely(work(), "a button"), is_guest(interaction)
        if guest:
            await _attempt(interaction.response.defer(), "the acknowledgement of a press")
        await self.outbox.respond(interaction, safe, private=True)
        for removal in removals:
            if guest:
                # The bot has no access to the channel: only the interaction may delete.
                await _attempt(interaction.delete_original_response(), "deleting a message")
            else:
                ids = dict.fromkeys((str(pressed.id), *removal.messages))
                await self.outbox.delete(interaction.channel, list(ids))

    async def _confirm_removal(
        self, interaction: Press, action: Action, place: Place, person: Person
    ) -> None:
        """Remove a document, or not, as a curator confirms."""
        desk = self.services.desk

        async def work() -> Message:
            if action.verb is Verb.CANCEL:
                return desk.say(notice(Text.UNCHANGED_FILES))
            path = await desk.path_of(action.of)
            if path is None:
                return desk.say(notice(Text.DOCUMENT_GONE))
            return desk.tell(await self.services.curating.remove(person, place, path))

        await self.outbox.respond(interaction, desk.safely(work(), "a button"), private=True)

    def _lock_of_question(self, reply: discord.Message) -> asyncio.Lock:
        return self.inbox.lock(str(answered_in(reply)))


async def _attempt(call: Awaitable[object], doing: str) -> None:
    """Await a call to Discord whose failure is only logged."""
    try:
        await call
    except UNREACHED as fault:
        _log.warning("%s failed: %s", doing, type(fault).__name__)
