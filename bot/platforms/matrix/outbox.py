"""What is said, with what is remembered of it and what is offered below it."""

from __future__ import annotations

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
from bot.platforms.parts import PlatformServices

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Where in a room something is said: as an answer to an event, in a thread."""

    room: str
    reply_to: str
    root: str


class MatrixOutbox:
    """Sends replies and remembers them; raises `RefusedError` as `MatrixSender` does."""

    def __init__(
        self,
        parts: PlatformServices,
        port: Port,
        sender: MatrixSender,
        memory: Memory,
        offers: ReactionOffers | None,
    ) -> None:
        self._parts = parts
        self._port = port
        self._sender = sender
        self._memory = memory
        self._offers = offers

    async def say(
        self, message: Message, spot: ReplyTarget, txn: str, request: ChatRequest | None = None
    ) -> str:
        """Say it, in answer to a request if there is one; the id of what was sent."""
        memory = self._memory
        sent = await self._sender.send(spot.room, message, txn, spot.reply_to, spot.root)
        memory.roots[sent] = spot.root
        if message.reply is None:
            # It goes with what it is about: the reply, or the message that asked for it.
            about = message.about or spot.reply_to
            memory.beside[about] = (*memory.beside.get(about, ()), sent)
        if message.next_page is not None:
            memory.turns[sent] = message.next_page
        if (key := key_to_remove(message)) is not None:
            memory.removals[sent] = key
        if request is not None:
            await self._parts.chat.posted(message, request, sent)
        self.offer(spot.room, sent, message)
        return sent

    def offer(self, room: str, event: str, message: Message) -> None:
        """Offer what may be done about a message of ours."""
        if self._offers is not None:
            self._offers.offer(room, event, offered(message))

    async def sign(self, room: str, event: str, sign: str, txn: str) -> None:
        """Put a sign below what somebody said, where that is allowed and goes at once."""
        state = self._port.room(room)
        if state is None or not state.may_send(self._port.user_id, "m.reaction"):
            return
        try:
            await self._port.react(room, event, sign, txn)
        except (CallError, MatrixError) as fault:
            _log.info("a sign could not be put below a question: %s", fault)

    def busy(self, room: str, by: int) -> None:
        """A reply is due in a room (1), or was given (-1)."""
        if self._offers is not None:
            self._offers.busy(room, by)

    async def take_down(self, room: str, events: Iterable[str]) -> None:
        """Take messages down, with all that was said beside them."""
        gone = list(events)
        for event in tuple(gone):
            gone += self._memory.beside.pop(event, ())
        for event in gone:
            if self._offers is not None:
                self._offers.withdraw(room, event)
        await self._sender.redact(room, gone)

    async def is_ours(self, room: str, event: str) -> bool:
        """Whether we said this, as far as is known here."""
        return self._memory.roots.get(event) is not None or await self.is_noted(room, event)

    async def is_noted(self, room: str, event: str) -> bool:
        """Whether it is known to be of a reply."""
        answers = self._parts.store.answers
        return await answers.post_of_reply(PLATFORM, room, event) is not None

    async def root_of(self, room: str, event: str) -> str:
        """The thread that a message of ours stands in."""
        root = self._memory.roots.get(event)
        if root is None:
            said = await self._port.said(room, event)
            root = None if said is None else said.thread_root
        if root is None:
            # One that can no longer be decrypted stands below its question, most likely.
            post = await self._parts.store.answers.post_of_reply(PLATFORM, room, event)
            root = None if post is None else post.question_message
        self._memory.roots[event] = root or event
        return root or event
