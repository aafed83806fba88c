"""Outbox on Matrix: sends messages, remembers them, and offers reactions below them."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bot.chat.message import Message
from bot.chat.request import ChatRequest
from bot.core.errors import MatrixError
from bot.platforms.matrix.api.port import CallError, Port
from bot.platforms.matrix.mapping import PLATFORM
from bot.platforms.matrix.memory import Memory
from bot.platforms.matrix.reaction_keys import removal_key, signs_for
from bot.platforms.matrix.reaction_offers import ReactionOffers
from bot.platforms.matrix.sender import MatrixSender
from bot.platforms.services import PlatformServices
from bot.state.records import Post

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

        With `request`, the one that it answers, the message is stored as posted.
        """
        memory = self.memory
        sent = await self.sender.send(target.room, message, txn, target.reply_to, target.root)
        memory.roots[sent] = target.root
        if message.reply is None:
            # A notice is redacted together with its subject: a reply, or the message that asked.
            subject = message.about or target.reply_to
            memory.remarks[subject] = (*memory.remarks.get(subject, ()), sent)
        if message.next_page is not None:
            memory.next_pages[sent] = message.next_page
        if (key := removal_key(message)) is not None:
            memory.removals[sent] = key
        if request is not None:
            await self.services.chat.posted(message, request, sent)
        self.offer(target.room, sent, message)
        return sent

    def offer(self, room: str, event: str, message: Message) -> None:
        """Offer the reactions that work below a message."""
        if self.offers is not None:
            self.offers.offer(room, event, signs_for(message))

    async def react(self, room: str, event: str, key: str, txn: str) -> None:
        """Put a reaction below a message where power levels allow it; a failure is logged."""
        state = self.port.room(room)
        if state is None or not state.may_send(self.port.user_id, "m.reaction"):
            return
        try:
            await self.port.react(room, event, key, txn)
        except (CallError, MatrixError) as fault:
            _log.info("a reaction could not be put below a question: %s", fault)

    @contextmanager
    def reply_due(self, room: str) -> Iterator[None]:
        """Hold back the reactions in a room while the body makes a reply there."""
        if self.offers is None:
            yield
            return
        self.offers.busy(room, 1)
        try:
            yield
        finally:
            self.offers.busy(room, -1)

    async def redact(self, room: str, events: Sequence[str], subject: str | None = None) -> None:
        """Redact messages of the bot, and the remarks about them and about `subject`."""
        remarks = self.memory.remarks
        messages = list(events)
        if subject is not None:
            messages += remarks.pop(subject, ())
        for event in tuple(messages):
            messages += remarks.pop(event, ())
        for event in messages:
            if self.offers is not None:
                self.offers.withdraw(room, event)
        await self.sender.redact(room, messages)

    async def is_own_message(self, room: str, event: str) -> bool:
        """Whether the bot sent a message, as far as it remembers."""
        is_remembered = self.memory.roots.get(event) is not None
        return is_remembered or await self.post_of(room, event) is not None

    async def post_of(self, room: str, event: str) -> Post | None:
        """The stored post of the reply that a message is a part of; None for other messages."""
        return await self.services.store.answers.post_of_reply(PLATFORM, room, event)

    async def root_of(self, room: str, event: str) -> str:
        """The first event of the thread in which a message of the bot stands."""
        root = self.memory.roots.get(event)
        if root is None:
            message = await self.port.message(room, event)
            root = None if message is None else message.thread_root
        if root is None:
            # The message can no longer be decrypted; most likely its question is the root.
            post = await self.post_of(room, event)
            root = None if post is None else post.question_message
        self.memory.roots[event] = root or event
        return root or event
