"""Questions: completed by the question before, answered, saved, laid out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cachetools import TTLCache

from bot.answering.service import AnsweringService
from bot.chat.command_grammar import MOST_CHARACTERS, Syntax
from bot.chat.commands import Ask
from bot.chat.error_messages import time_limit
from bot.chat.identity import Scope
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.rendering.blocks import Block, notice_block
from bot.chat.request import ChatRequest
from bot.chat.rooms import RoomPolicies
from bot.chat.saved_replies import saved_reply
from bot.chat.source_catalogue import SourceCatalogue
from bot.chat.texts.catalogue import Notice, Text, notice, shorten
from bot.core.errors import StateError
from bot.core.replies import Answer, Reply
from bot.retrieval.query.followups import StandaloneQuestion, lending_question, standalone_question
from bot.state.records import Mode

if TYPE_CHECKING:
    from bot.state.store import Store

THREADS_REMEMBERED = 1_000
"""Threads whose last question is remembered; the least recently used are dropped."""

_PHRASE_CHARACTERS = 80
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChatServiceOptions:
    """How the chat behaves on one platform.

    `answer_seconds` is the time limit of a reply. For `follow_up_seconds` a question may
    borrow words from the one before. With `keep_questions` the text of questions is saved
    with the replies. `clock` is monotonic, `now` returns the time of day with its zone.
    """

    syntax: Syntax
    answer_seconds: float = 30.0
    follow_up_seconds: float = 300.0
    keep_questions: bool = False
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question as it was answered, and its reply.

    `standalone` is set if words of the question before were added to it. `cached` is whether
    the reply was cached or being computed when the question came.
    """

    text: str
    standalone: StandaloneQuestion | None
    reply: Reply
    cached: bool


class QuestionAsker:
    """Answers questions of any platform, with follow-ups and a time limit.

    The parameters are those of `ChatServiceOptions`; `seconds` None is no limit.
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
        self._last: TTLCache[str, str] = TTLCache(THREADS_REMEMBERED, follow_up_seconds, clock)
        """The question of each thread that lends words to the next one."""

    def is_cached(self, question: str, thread: str, scope: Scope) -> bool:
        """Whether the reply to a question is cached, or being computed already."""
        text, _ = self._completed(question, thread)
        return self._answering.is_cached(text, scope)

    async def ask(
        self, question: str, scope: Scope, thread: str = "", begins: str | None = None
    ) -> AnsweredQuestion:
        """The reply, and the question as completed by the last one of its `thread`.

        The question is remembered for `thread` and for `begins`, a thread that starts below
        it. Raises `BusyError` if the queue is full, and then remembers nothing;
        `TookTooLongError`; and the errors of `AnsweringService.ask`.
        """
        text, standalone = self._completed(question, thread)
        self._answering.admit(text, scope)
        # Before the reply is computed, because the next question may come meanwhile.
        lender = lending_question(question, standalone, self._last.get(thread, ""))
        for name in (thread, begins):
            if name and lender:
                self._last[name] = lender
        cached = self._answering.is_cached(text, scope)
        async with time_limit(self._seconds):
            reply = await self._answering.ask(text, scope)
        return AnsweredQuestion(text, standalone, reply, cached)

    def _completed(self, question: str, thread: str) -> tuple[str, StandaloneQuestion | None]:
        before = self._last.get(thread)
        standalone = None if before is None else standalone_question(question, before)
        if standalone is None or len(standalone.question) > MOST_CHARACTERS:
            return question, None
        return standalone.question, standalone


class QuestionHandler:
    """Answers questions with messages, and saves the replies for their buttons."""

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

    async def is_cached(self, command: Ask, request: ChatRequest) -> bool:
        """Whether the reply to a question is cached. Raises StateError."""
        scope = await self._scope(command, request)
        if isinstance(scope, Notice):
            return False
        return self._asker.is_cached(command.question, request.thread, scope)

    async def answer(self, command: Ask, request: ChatRequest) -> Message:
        """The message that answers a question; raises as `QuestionAsker.ask` does."""
        scope = await self._scope(command, request)
        if isinstance(scope, Notice):
            return self._layout.say(scope)
        result = await self._asker.ask(command.question, scope, request.thread, request.begins)
        saved = await self._save(result, request, scope)
        lead: tuple[Block, ...] = ()
        if result.standalone is not None:
            words = (shorten(each, _PHRASE_CHARACTERS) for each in result.standalone.words)
            lead = (notice_block(notice(Text.BORROWED, words=", ".join(words))),)
        # A cached reply does not wait in the queue behind those that are computed.
        run = asyncio.to_thread if result.cached else self._answering.run_in_thread
        return await run(self._layout.first, result.reply, lead, saved)

    async def _scope(self, command: Ask, request: ChatRequest) -> Scope | Notice:
        """The collections in which a question is answered, or the reason for none."""
        effective = await self._rooms.effective(request.place)
        if effective.mode is Mode.OFF:
            return notice(Text.NOT_HERE)
        if command.collection is None:
            return effective.collections
        collection = self._sources.collection(command.collection, effective.collections)
        if collection is None:
            return notice(Text.NO_SUCH_COLLECTION, name=command.collection)
        return frozenset((collection,))

    async def _save(self, result: AnsweredQuestion, request: ChatRequest, scope: Scope) -> bool:
        """Save the reply for its buttons; returns False if that fails, so it is shown without.

        A question that was asked in private is not listed for curators.
        """
        question, reply = result.text, result.reply
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
