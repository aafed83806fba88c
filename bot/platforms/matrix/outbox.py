"""Outbox on Matrix: sends messages, remembers them, and offers reactions below them."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from bot.chat.message import Message
from bot.chat.request import ChatRequest
from bot.core.errors import MatrixError
from bot.platforms.matrix.api.port import CallError, Port
from bot.platforms.matrix.mapping import PLATFORM
from bot.platforms.matrix.memory import Memory
from bot.platforms.matrix.reaction_keys import key_to_remove, offered
from bot.platforms.matrix.reaction_offers import ReactionOffers
from bot.platforms.matrix.sender import MatrixSender
from bot.platforms.services import PlatformServices

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Event that a message replies to, in the thread that begins at the event `root`."""

    room: str
    reply_to: str
    root: str


@dataclass(frozen=True, slots=True)
class MatrixOutbox:
    """Sends messages and remembers them; raises `RefusedError` as `MatrixSender` does."""

    services: PlatformServices
    port: Port
    sender: MatrixSender
    memory: Memory
    offers: ReactionOffers | None

    async def send(
        self, message: Message, target: ReplyTarget, txn: str, request: ChatRequest | None = None
    ) -> str:
        """Send a message under a transaction id; the id of the event.

        With the `request` that it answers it is stored as posted.
        """
        memory = self.memory
        sent = await self.sender.send(target.room, message, txn, target.reply_to, target.root)
        memory.roots[sent] = target.root
        if message.reply is None:
            # It is redacted together with its subject: a reply, or the message that asked.
            subject = message.about or target.reply_to
            memory.beside[subject] = (*memory.beside.get(subject, ()), sent)
        if message.next_page is not None:
            memory.turns[sent] = message.next_page
        if (key := key_to_remove(message)) is not None:
            memory.removals[sent] = key
        if request is not None:
            await self.services.chat.posted(message, request, sent)
        self.offer(target.room, sent, message)
        return sent

    def offer(self, room: str, event: str, message: Message) -> None:
        """Offer the reactions that work below a message."""
        if self.offers is not None:
            self.offers.offer(room, event, offered(message))

    async def react(self, room: str, event: str, key: str, txn: str) -> None:
        """Put a reaction below a message where power levels allow it; tried once."""
        state = self.port.room(room)
        if state is None or not state.may_send(self.port.user_id, "m.reaction"):
            return
        try:
            await self.port.react(room, event, key, txn)
        except (CallError, MatrixError) as fault:
            _log.info("a reaction could not be put below a question: %s", fault)

    def busy(self, room: str, by: int) -> None:
        """Count one more reply due in a room (1), or one less (-1)."""
        if self.offers is not None:
            self.offers.busy(room, by)

    async def redact(self, room: str, events: Iterable[str]) -> None:
        """Redact messages of the bot, with all that was sent beside them."""
        messages = list(events)
        for event in tuple(messages):
            messages += self.memory.beside.pop(event, ())
        for event in messages:
            if self.offers is not None:
                self.offers.withdraw(room, event)
        await self.sender.redact(room, messages)

    async def is_own_message(self, room: str, event: str) -> bool:
        """Whether the bot sent a message, as far as it remembers."""
        return self.memory.roots.get(event) is not None or await self.is_stored_reply(room, event)

    async def is_stored_reply(self, room: str, event: str) -> bool:
        """Whether a message is stored as part of a reply."""
        answers = self.services.store.answers
        return await answers.post_of_reply(PLATFORM, room, event) is not None

    async def root_of(self, room: str, event: str) -> str:
        """The first event of the thread in which a message of the bot stands."""
        root = self.memory.roots.get(event)
        if root is None:
            message = await self.port.message(room, event)
            root = None if message is None else message.thread_root
        if root is None:
            # A message that can no longer be decrypted most likely stands below its question.
            post = await self.services.store.answers.post_of_reply(PLATFORM, room, event)
            root = None if post is None else post.question_message
        self.memory.roots[event] = root or event
        return root or event
