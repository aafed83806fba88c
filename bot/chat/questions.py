"""Questions: completed by the question before, answered, saved, laid out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from cachetools import LRUCache, TTLCache

from bot.answering.cache import Pause
from bot.answering.service import AnsweringService
from bot.chat.command_grammar import MOST_CHARACTERS, Syntax
from bot.chat.commands import Ask
from bot.chat.error_messages import time_limit
from bot.chat.first_posts import FirstPost, is_sure
from bot.chat.identity import Scope
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.rendering.blocks import Block, NoticeBlock, notice_block
from bot.chat.request import ChatRequest, ShownQuestion
from bot.chat.rooms import RoomPolicies
from bot.chat.saved_replies import saved_reply
from bot.chat.source_catalogue import SourceCatalogue
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice, shorten
from bot.core.errors import StateError
from bot.core.replies import Answer, Reply
from bot.retrieval.query.followups import (
    LendingQuestion,
    StandaloneQuestion,
    lending_question,
    standalone_question,
)
from bot.state.records import Mode, SavedReply

if TYPE_CHECKING:
    from bot.state.store import Store

THREADS_REMEMBERED = 1_000
"""Threads whose last question is remembered; the least recently used are dropped."""

SHAREABLE = 1_000
"""Questions asked in private that are remembered, so that their replies can be shared."""

_PHRASE_CHARACTERS = 80
_HEADING_CHARACTERS = 300
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChatServiceOptions:
    """How the chat behaves on one platform.

    `answer_seconds` is the time limit of a reply, beside the time of a judge. For
    `follow_up_seconds` a question may borrow words from the one before. With `keep_questions` the
    text of questions is saved with the replies. `reader_at` says where the reader is that
    questions may be sent to, if there is one. `clock` is monotonic, `now` returns the time of day
    with its zone.
    """

    syntax: Syntax
    answer_seconds: float = 30.0
    follow_up_seconds: float = 300.0
    keep_questions: bool = False
    reader_at: str = ""
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


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
        self._last: TTLCache[str, LendingQuestion] = TTLCache(
            THREADS_REMEMBERED, options.follow_up_seconds, options.clock
        )
        """The question of each thread that lends words to the next one."""
        self._shareable: LRUCache[str, Ask] = LRUCache(SHAREABLE)
        """Questions asked in private, by the id of their reply. They are on no disk."""
        self._shared: LRUCache[str, None] = LRUCache(SHAREABLE)
        """The ids of messages whose replies were shared, so that a second press posts nothing."""

    async def is_cached(self, command: Ask, request: ChatRequest) -> bool:
        """Whether the reply to a question is cached, as far as that can be found out."""
        try:
            scope = await self._scope(command, request)
        except StateError:
            return False  # answering the question reports the fault
        if isinstance(scope, Notice):
            return False
        text, _ = self._completed(command.question, request, scope)
        return self._answering.is_cached(text, scope, space=request.place.pin_space)

    async def answer(self, command: Ask, request: ChatRequest, pause: Pause) -> Message:
        """The message that answers a question; `pause` as in `AnsweringService.ask`.

        The question is remembered for its thread, and for one that begins below it. Raises
        `TookTooLongError`, and the errors of `AnsweringService.ask`.
        """
        scope = await self._scope(command, request)
        if isinstance(scope, Notice):
            return self._layout.say(scope)
        text, standalone = self._completed(command.question, request, scope)
        # Before the reply is computed, because the next question may come meanwhile.
        before = self._last.get(request.thread)
        if lender := lending_question(command.question, standalone, before):
            for thread in filter(None, (request.thread, request.begins)):
                self._last[thread] = lender
        space = request.place.pin_space
        cached = self._answering.is_cached(text, scope, space=space)
        async with time_limit(self._options.answer_seconds + self._answering.judge_seconds):
            reply = await self._answering.ask(text, scope, pause, space=space)
        saved = await self._save(text, reply, request, scope)
        lead: list[Block] = [] if request.shown is None else [_heading(request.shown)]
        if standalone is not None:
            words = (shorten(each, _PHRASE_CHARACTERS) for each in standalone.words)
            lead.append(notice_block(notice(Text.BORROWED, words=", ".join(words))))
        shareable = saved is not None and request.private and not request.place.direct
        if shareable:
            self._shareable[reply.id] = Ask(text, command.collection)
        # A cached reply does not wait in the queue behind those that are computed.
        run = asyncio.to_thread if cached else self._answering.run_in_thread
        return await run(self._layout.first, reply, lead, saved, shareable)

    async def answer_if_sure(
        self, post: FirstPost, request: ChatRequest, pause: Pause
    ) -> Message | None:
        """The message that answers a first post; None where no answer is sure. Raises as `answer`.

        It says how to ask on. The post counts as a question of its thread either way. One that
        asks in vain is listed as unanswered, by its title if that is a question.
        """
        scope = await self._scope(Ask(post.text), request)
        if isinstance(scope, Notice):
            return None
        questions = post.questions()
        for question in questions:
            if lender := lending_question(question, None, None):
                self._last[request.begins or request.thread] = lender
            space = request.place.pin_space
            async with time_limit(self._options.answer_seconds + self._answering.judge_seconds):
                reply = await self._answering.ask(question, scope, pause, space=space)
            if is_sure(reply):
                saved = await self._save(question, reply, request, scope)
                first = partial(self._layout.first, closing=(notice_block(notice(Text.ASK_ON)),))
                return await self._answering.run_in_thread(first, reply, (), saved)
        if questions and post.asks and not request.private:
            await self._list(questions[-1], request)
        return None

    async def share(self, reply: str, request: ChatRequest, pause: Pause) -> Message:
        """Answer for all to see what this person asked in private. Raises as `answer`."""
        asked = self._shareable.get(reply)
        if asked is None:
            return self._layout.say(notice(Text.REPLY_NOT_KEPT))
        if request.reply_to in self._shared:
            return self._layout.say(notice(Text.ALREADY_SHOWN))
        request = replace(request, shown=ShownQuestion(asked.question))
        return await self.answer(asked, request, pause)

    def note_shared(self, message: str) -> None:
        """Remember that what a press on this message asks for is posted for all to see."""
        self._shared[message] = None

    def _completed(
        self, question: str, request: ChatRequest, scope: Scope
    ) -> tuple[str, StandaloneQuestion | None]:
        """The question, completed by the last one of its thread; how, or None if it is not.

        The very question of a pin borrows nothing: a curator has said what it means.
        """
        standalone = standalone_question(question, self._last.get(request.thread))
        if standalone is None or len(standalone.question) > MOST_CHARACTERS:
            return question, None
        if self._answering.is_pinned(question, scope, space=request.place.pin_space):
            return question, None
        return standalone.question, standalone

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

    async def _save(
        self, question: str, reply: Reply, request: ChatRequest, scope: Scope
    ) -> SavedReply | None:
        """Save the reply for its buttons; None if that fails, so it is shown without them.

        Of a question that was asked in private nothing is kept, not even a hash.
        """
        text = question if self._options.keep_questions and not request.private else None
        now = self._options.now()
        try:
            saved = saved_reply(reply, text, scope)
            is_listed = not isinstance(reply, Answer) and not request.private
            await self._store.answers.save_reply(saved, now, question if is_listed else None)
            if is_listed:
                await self._list(question, request)
        except StateError as fault:
            _log.error("a reply could not be kept: %s", fault)
            return None
        return saved

    async def _list(self, question: str, request: ChatRequest) -> None:
        """Count a question for the list of those without an answer, where it takes one line."""
        place, line = request.place, " ".join(question.split())
        now = self._options.now()
        await self._store.unanswered.count(place.platform, place.space, line, now)


def _heading(question: ShownQuestion) -> NoticeBlock:
    """A question above its reply, with the link of the message that was asked about, if any."""
    lines = [notice(Text.ASKED, question=shorten(question.text, _HEADING_CHARACTERS))]
    if question.about is not None:
        lines.append(notice(Text.ASKED_ABOUT, url=question.about))
    return notice_block(*lines)
