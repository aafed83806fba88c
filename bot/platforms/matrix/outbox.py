"""Outbox on Matrix: sends responses, remembers them, and offers reactions below them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from bot.chat.identity import Place
from bot.core.errors import MatrixError
from bot.platforms.matrix.api.port import CallError, Port
from bot.platforms.matrix.mapping import PLATFORM
from bot.platforms.matrix.memory import Memory
from bot.platforms.matrix.reaction_keys import next_page, offered
from bot.platforms.matrix.reaction_offers import ReactionOffers
from bot.platforms.matrix.response import Response
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
    """Sends responses and remembers them; raises `RefusedError` as `MatrixSender` does."""

    services: PlatformServices
    port: Port
    sender: MatrixSender
    memory: Memory
    offers: ReactionOffers | None

    async def send(self, response: Response, place: Place, target: ReplyTarget, txn: str) -> str:
        """Send a response under a transaction id; the id of the event."""
        memory, message = self.memory, response.message
        sent = await self.sender.send(target.room, message, txn, target.reply_to, target.root)
        memory.roots.set(sent, target.root)
        if response.follows is not None:
            if await self._is_page_of(target.room, response.follows, sent):
                # Sent again after a crash, it is the same event, and noted already.
                return sent
            await self.services.desk.posted_also(message, place, response.follows, sent)
        elif message.reply is None:
            # It is redacted together with its subject: a reply, or the message that asked.
            subject = response.beside or target.reply_to
            memory.beside.set(subject, (*(memory.beside.get(subject) or ()), sent))
        if (page := next_page(message)) is not None:
            memory.turns.set(sent, page)
        if response.removes is not None:
            memory.removals.set(sent, response.removes)
        self.offer(target.room, sent, response)
        return sent

    async def _is_page_of(self, room: str, first: str, event: str) -> bool:
        """Whether an event is noted already as a further page of a reply."""
        post = await self.services.store.answers.post_of_reply(PLATFORM, room, first)
        return post is not None and event in post.reply_messages

    def offer(self, room: str, event: str, response: Response) -> None:
        """Offer the reactions that work below a response."""
        if self.offers is not None:
            self.offers.offer(room, event, offered(response.message))

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
            messages += self.memory.beside.pop(event) or ()
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
        self.memory.roots.set(event, root or event)
        return root or event
