"""Choices below a silence: one of the nearest excerpts, shown as no answer, and counted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from cachetools import LRUCache

from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.request import ChatRequest
from bot.chat.saved_replies import ServedDocuments, chosen_reply
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.core.errors import StateError
from bot.state.records import ReplyKind, SavedReply

if TYPE_CHECKING:
    from bot.state.store import Store

COUNTED = 2_000
"""Choices that are remembered, in memory only: reading an excerpt again is no second choice."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NearestActions:
    """Shows the excerpt that a person chose, and counts it for curators without the person."""

    _answering: AnsweringService
    _store: Store
    _layout: Layout
    _now: Callable[[], datetime]
    _counted: LRUCache[tuple[str, str], None] = field(default_factory=lambda: LRUCache(COUNTED))

    async def choose(
        self, silence: SavedReply, number: int, request: ChatRequest, scope: Scope
    ) -> Message:
        """The excerpt with that number, from 1 on; a reply of its own that can be voted on."""
        number = max(number, 1)  # a button of an earlier version has 0, for its only excerpt
        count = len(silence.excerpts)
        if silence.kind is not ReplyKind.SILENCE or not count:
            return self._layout.say(notice(Text.NO_NEAREST))
        if number > count:
            unknown = notice(Text.NO_SUCH_EXCERPT, number=number, count=count)
            return self._layout.say(unknown)
        chosen, run_in_thread = chosen_reply(silence, number), self._answering.run_in_thread
        served = ServedDocuments(self._answering.corpus, scope)
        excerpt = await run_in_thread(served.excerpt, chosen.excerpts[0])
        if excerpt is None:
            return self._layout.say(notice(Text.EXCERPT_CHANGED, number=number))
        await self._save(silence, chosen, request)
        return await run_in_thread(self._layout.nearest, chosen, excerpt)

    async def _save(self, silence: SavedReply, chosen: SavedReply, request: ChatRequest) -> None:
        """Save the excerpt for its buttons, and count the choice; a failure is logged."""
        place, choice = request.place, (request.person.id, chosen.reply_id)
        try:
            await self._store.answers.save_reply(chosen, self._now())
            if choice not in self._counted:
                await self._store.nearest.count(
                    place.platform, place.space, silence.reply_id, chosen.reply_id
                )
                self._counted[choice] = None
        except StateError as fault:
            _log.error("a choice could not be kept: %s", fault)
