"""Buttons on Discord: a press brings a message, turns a page or takes something away."""

import logging
from collections.abc import Awaitable, MutableMapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.chat.buttons import Action, Verb
from bot.chat.message import Message
from bot.chat.request import ChatRequest
from bot.chat.service import ChatService
from bot.platforms.discord.mapping import answered_in, is_guest
from bot.platforms.discord.outbox import NOBODY, UNREACHED, DiscordOutbox
from bot.platforms.inbox import Inbox

Press = discord.Interaction[Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ButtonHandler:
    """Carries out the actions of buttons; `removed` holds the ids of deleted messages."""

    chat: ChatService
    outbox: DiscordOutbox
    inbox: Inbox
    removed: MutableMapping[str, None]

    async def press(
        self, press: Press, action: Action, request: ChatRequest, *, turns_page: bool
    ) -> None:
        """Carry out the action of a button; `turns_page` replaces the message it is on."""
        async with self.inbox.working():
            if action.verb is Verb.REMOVE:
                await self._remove(press, action, request)
            elif turns_page:
                await self._turn_page(press, action, request)
            else:
                await self._send(press, action, request)

    async def _send(self, press: Press, action: Action, request: ChatRequest) -> None:
        pressed = press.message
        private = action.verb is not Verb.MORE or (pressed is not None and pressed.flags.ephemeral)
        request = request.privately(private)
        work = self.chat.handle(action, request)
        message, sent = await self.outbox.respond(press, work, private)
        if pressed is not None and sent is not None and not message.private:
            async with self.inbox.lock(str(answered_in(pressed))):
                await self.chat.posted(message, request, sent)
            if str(pressed.id) in self.removed:
                # The reply was deleted while its further page was on its way.
                await self.outbox.delete(press.channel, [sent])

    async def _turn_page(self, press: Press, action: Action, request: ChatRequest) -> None:
        view = self.outbox.view(await self.chat.handle(action, request))
        call = press.response.edit_message(view=view, allowed_mentions=NOBODY)
        await _attempt(call, "turning a page")

    async def _remove(self, press: Press, action: Action, request: ChatRequest) -> None:
        pressed = press.message
        if pressed is None:
            return
        if pressed.flags.ephemeral or is_guest(press):
            await _attempt(press.response.defer(), "the acknowledgement of a press")
        if pressed.flags.ephemeral:
            await _attempt(press.delete_original_response(), "deleting a message")
            return

        async def work() -> Message:
            # A sender held up by rate limits notes the reply long after it is seen; without
            # that note nobody is known as the asker.
            async with self.inbox.lock(str(answered_in(pressed))):
                message = await self.chat.handle(action, request)
            if message.takes_down:
                self.removed.update(dict.fromkeys((str(pressed.id), *message.takes_down)))
            return message

        message, _ = await self.outbox.respond(press, work(), private=True)
        if not message.takes_down:
            return
        if is_guest(press):
            # The bot has no access to the channel: only the interaction may delete.
            await _attempt(press.delete_original_response(), "deleting a message")
        else:
            ids = dict.fromkeys((str(pressed.id), *message.takes_down))
            await self.outbox.delete(press.channel, list(ids))


async def _attempt(call: Awaitable[object], doing: str) -> None:
    """Await a call to Discord whose failure is only logged."""
    try:
        await call
    except UNREACHED as fault:
        _log.warning("%s failed: %s", doing, type(fault).__name__)
