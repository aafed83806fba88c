"""Questions: read with the one before where they lean on it, answered, saved, laid out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answering.service import AnsweringService
from bot.chat.commands import Ask
from bot.chat.error_messages import time_limit
from bot.chat.follow_ups import FollowUps, borrowed_notice
from bot.chat.identity import Scope
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.options import ChatServiceOptions
from bot.chat.rendering.blocks import Block, notice_block
from bot.chat.request import ChatRequest
from bot.chat.rooms import RoomPolicies
from bot.chat.saved_replies import saved_reply
from bot.chat.sources import SourceCatalogue
from bot.chat.texts.catalogue import Notice, Text, notice
from bot.core.errors import StateError
from bot.core.replies import Answer, Reply
from bot.retrieval.query.followups import StandaloneQuestion
from bot.state.records import Mode

if TYPE_CHECKING:
    # Its libraries take long to import, and the command line does without.
    from bot.state.store import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question as it was put to the documents, and its reply.

    `borrowed` are the words that came from the question before; `at_hand` is whether the
    reply was kept already.
    """

    text: str
    borrowed: StandaloneQuestion | None
    reply: Reply
    at_hand: bool


class QuestionAsker:
    """Puts questions to the documents, whoever asks them and however the reply is shown.

    A reply may take `seconds`, None for no limit; a question may lean on one that was asked
    less than `follow_up_seconds` before. `clock` tells seconds that only go on.
    """

    def __init__(
        self,
        answering: AnsweringService,
        seconds: float | None = None,
        follow_up_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answering = answering
        self._seconds = seconds
        self._follow_ups = FollowUps(follow_up_seconds, clock)

    def is_at_hand(self, question: str, thread: str, scope: Scope) -> bool:
        """Whether the reply to a question is kept, so that it costs nothing to give it."""
        text, _ = self._read(question, thread)
        return self._answering.is_at_hand(text, scope)

    async def ask(
        self, question: str, scope: Scope, thread: str = "", begins: str | None = None
    ) -> AnsweredQuestion:
        """The question as it was read after the last one of its thread, and the reply.

        Raises `BusyError` where as many wait as may, `TookTooLongError`, and what
        `AnsweringService.ask` does. A question that is not taken leaves no trace.
        """
        text, borrowed = self._read(question, thread)
        self._answering.admit(text, scope)
        # Before there is a reply: a question asked meanwhile leans on this one.
        for name in (thread, begins):
            if name:
                self._follow_ups.remember(text, name)
        at_hand = self._answering.is_at_hand(text, scope)
        async with time_limit(self._seconds):
            reply = await self._answering.ask(text, scope)
        return AnsweredQuestion(text, borrowed, reply, at_hand)

    def _read(self, question: str, thread: str) -> tuple[str, StandaloneQuestion | None]:
        borrowed = self._follow_ups.meaning(question, thread)
        return (question if borrowed is None else borrowed.question), borrowed


class QuestionHandler:
    """Answers questions in messages, and saves the replies for their buttons."""

    def __init__(
        self,
        answering: AnsweringService,
        store: Store,
        rooms: RoomPolicies,
        layout: Layout,
        sources: SourceCatalogue,
        options: ChatServiceOptions,
    ) -> None:
        self._answering = answering
        self._store = store
        self._rooms = rooms
        self._layout = layout
        self._sources = sources
        self._options = options
        self._asker = QuestionAsker(
            answering, options.answer_seconds, options.follow_up_seconds, options.clock
        )

    async def is_at_hand(self, command: Ask, request: ChatRequest) -> bool:
        """Whether the reply to a question is kept. Raises StateError."""
        scope = await self._scope(command, request)
        if isinstance(scope, Notice):
            return False
        return self._asker.is_at_hand(command.question, request.thread, scope)

    async def answer(self, command: Ask, request: ChatRequest) -> Message:
        """The message that answers a question; raises as `QuestionAsker.ask` does."""
        scope = await self._scope(command, request)
        if isinstance(scope, Notice):
            return self._layout.say(scope)
        answered = await self._asker.ask(command.question, scope, request.thread, request.begins)
        saved = await self._save(answered, request, scope)
        lead: tuple[Block, ...] = ()
        if answered.borrowed is not None:
            lead = (notice_block(borrowed_notice(answered.borrowed)),)
        # A kept reply does not wait in the queue of those that are being made.
        run = asyncio.to_thread if answered.at_hand else self._answering.run_in_thread
        return await run(self._layout.first, answered.reply, lead, saved)

    async def _scope(self, command: Ask, request: ChatRequest) -> Scope | Notice:
        """The collections that a question is put to; why it is put to none."""
        effective = await self._rooms.effective(request.place)
        if effective.mode is Mode.OFF:
            return notice(Text.NOT_HERE)
        if command.collection is None:
            return effective.collections
        collection = self._sources.collection(command.collection, effective.collections)
        if collection is None:
            return notice(Text.NO_SUCH_COLLECTION, name=command.collection)
        return frozenset((collection,))

    async def _save(self, answered: AnsweredQuestion, request: ChatRequest, scope: Scope) -> bool:
        """Save the reply for its buttons; where that fails it is given without them.

        A question that was asked in private is not listed for curators.
        """
        question, reply = answered.text, answered.reply
        text = question if self._options.keep_questions else None
        place, now = request.place, self._options.now()
        try:
            await self._store.answers.save_reply(saved_reply(reply, text, scope), now)
            if not isinstance(reply, Answer) and not request.private:
                await self._store.unanswered.count(place.platform, place.space, question, now)
        except StateError as fault:
            _log.error("a reply could not be kept: %s", fault)
            return False
        return True
