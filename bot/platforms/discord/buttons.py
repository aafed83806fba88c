"""Buttons on Discord: a press sends a message, turns a page or deletes a reply."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field

from bot.chat.buttons import Action, Verb
from bot.chat.message import Message
from bot.chat.request import ChatRequest
from bot.chat.service import ChatService
from bot.platforms.discord import outbox, responses
from bot.platforms.discord.mapping import Interaction, answered_in, is_guest
from bot.platforms.discord.remarks import open_form
from bot.platforms.inbox import Inbox


@dataclass(frozen=True, slots=True)
class ButtonHandler:
    """Carries out the actions of buttons; the keys of `deleted_ids` are deleted messages."""

    chat: ChatService
    inbox: Inbox
    deleted_ids: MutableMapping[str, None]
    _sending: set[tuple[int, str]] = field(default_factory=set)
    """Messages and the names of their buttons whose public message is on its way."""

    async def press(self, interaction: Interaction, action: Action, *, turns_page: bool) -> None:
        """Carry out the action of a button; with `turns_page` its message is replaced."""
        request = interaction.client.request(interaction)
        async with self.inbox.working():
            if action.verb is Verb.REMARK:
                await open_form(interaction, action)
            elif action.verb is Verb.REMOVE:
                await self._remove(interaction, action, request)
            elif turns_page:
                await self._turn_page(interaction, action, request)
            else:
                await self._send(interaction, action, request)

    async def _send(self, interaction: Interaction, action: Action, request: ChatRequest) -> None:
        pressed = interaction.message
        is_hidden = pressed is not None and pressed.flags.ephemeral
        private = action.verb is not Verb.SHARE and (action.verb is not Verb.MORE or is_hidden)
        request = request.privately(private)
        key = 0 if pressed is None else pressed.id, action.name
        if not private and key in self._sending:
            # A second press before the first one was answered.
            await outbox.attempt(interaction.response.defer(), "the acknowledgement of a press")
            return
        self._sending.add(key)
        try:
            await self._send_message(interaction, action, request)
        finally:
            self._sending.discard(key)

    async def _send_message(
        self, interaction: Interaction, action: Action, request: ChatRequest
    ) -> None:
        pressed = interaction.message
        work = self.chat.handle(action, request)
        message, sent = await responses.respond(interaction, work, request.private)
        if pressed is not None and sent is not None and not message.private:
            async with self.inbox.lock(str(answered_in(pressed))):
                await self.chat.posted(message, request, sent)
            if str(pressed.id) in self.deleted_ids:
                # The reply was deleted while its further page was on its way.
                await outbox.delete(interaction.channel, [sent])

    async def _turn_page(
        self, interaction: Interaction, action: Action, request: ChatRequest
    ) -> None:
        await responses.show_instead(interaction, await self.chat.handle(action, request))

    async def _remove(self, interaction: Interaction, action: Action, request: ChatRequest) -> None:
        pressed = interaction.message
        if pressed is None:
            return
        if pressed.flags.ephemeral or is_guest(interaction):
            await outbox.attempt(interaction.response.defer(), "the acknowledgement of a press")
        if pressed.flags.ephemeral:
            await outbox.attempt(interaction.delete_original_response(), "deleting a message")
            return

        async def work() -> Message:
            # The task that sent the reply holds this lock until the reply is stored, and the
            # store alone knows the asker. A rate limit may delay that long after it is visible.
            async with self.inbox.lock(str(answered_in(pressed))):
                message = await self.chat.handle(action, request)
            if message.to_delete:
                deleted.update(dict.fromkeys((str(pressed.id), *message.to_delete)))
                self.deleted_ids.update(deleted)
            return message

        deleted: dict[str, None] = {}
        await responses.respond(interaction, work(), private=True)
        if not deleted:
            return
        if is_guest(interaction):
            # The bot has no access to the channel: only the interaction may delete.
            await outbox.attempt(interaction.delete_original_response(), "deleting a message")
        else:
            await outbox.delete(interaction.channel, list(deleted))
