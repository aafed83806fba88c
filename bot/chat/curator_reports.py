"""Reports for curators and managers: status, unanswered questions, the log of operations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.answering.service import AnsweringService
from bot.chat.buttons import key_of
from bot.chat.error_messages import time_limit
from bot.chat.identity import Person, Place, Rights, Scope
from bot.chat.operations import CURATORS_ONLY, MANAGERS_ONLY, Blocks, OperationTimeouts
from bot.chat.rendering.blocks import notice_block
from bot.chat.rendering.citations import locator_text
from bot.chat.rendering.replies import REVISION_SHOWN
from bot.chat.request import ChatRequest
from bot.chat.rooms import RoomPolicies, join_names
from bot.chat.saved_replies import ServedDocuments
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import Notice, notice, shorten, time_text
from bot.chat.texts.parameters import CommandName, IdOnPlatform, Parameter
from bot.core.pins import folded_question
from bot.core.replies import MOST_NEAREST, Excerpt
from bot.ingest.display_names import display_name
from bot.ingest.report import LoadReport
from bot.state.records import AuditEntry, ChosenNearest, Unanswered

if TYPE_CHECKING:
    from bot.state.store import Store

LIST_LENGTH = 20
"""Operations that one report lists."""

COUNT_LIMIT = 1_000
"""Unanswered questions are counted up to this many."""

ROOM_ACTION = "room"
"""The action of a change of a room; its detail begins with the room's id, or "all rooms"."""

_TITLE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class CuratorReports:
    """Reports to curators about the whole corpus, to managers about what their space sees.

    `_last_load` returns the report of the last load and its time. Methods may raise
    `SourcesSayError`.
    """

    _answering: AnsweringService
    _store: Store
    _rights: Rights
    _rooms: RoomPolicies
    _last_load: Callable[[], tuple[LoadReport, datetime] | None]
    _timeouts: OperationTimeouts

    async def status(self, request: ChatRequest) -> Blocks:
        """The served corpus, the votes on replies, the count of unanswered questions."""
        person, place = request.person, request.place
        if not self._rights.manages(person):
            return MANAGERS_ONLY
        scope = await self.scope(request)
        async with time_limit(self._timeouts.lookup):
            corpus = await asyncio.to_thread(self._answering.corpus.within, scope)
            revision = await asyncio.to_thread(lambda: corpus.revision)
        replies = await self._store.answers.count()
        verdicts = await self._store.feedback.totals(*self.space_of(person, place))
        unanswered = len(await self.unanswered(request))
        documents, passages = len(corpus.documents), corpus.passage_count
        lines = [
            notice(CuratorText.STATUS_SERVED, documents=documents, passages=passages),
            notice(CuratorText.STATUS_COLLECTIONS, names=join_names(corpus.collections)),
            notice(CuratorText.STATUS_REVISION, revision=revision[:REVISION_SHOWN]),
        ]
        last_load = self._last_load()
        if last_load is not None:
            report, at = last_load
            lines.append(notice(CuratorText.STATUS_LOADED, when=time_text(at)))
            # Of the files that failed, some may be such as the room does not see.
            if report.failed and scope is None:
                lines.append(notice(CuratorText.STATUS_FAILED, count=len(report.failed)))
        lines.append(notice(CuratorText.STATUS_REPLIES, count=replies))
        lines.append(notice(CuratorText.STATUS_VERDICTS, up=verdicts.up, down=verdicts.down))
        if verdicts.down:
            lines.append(
                notice(CuratorText.STATUS_FEEDBACK, command=CommandName("corpus feedback"))
            )
        many = unanswered > COUNT_LIMIT
        text = CuratorText.STATUS_UNANSWERED_MANY if many else CuratorText.STATUS_UNANSWERED
        lines.append(notice(text, count=min(unanswered, COUNT_LIMIT)))
        return (notice_block(*lines),)

    async def chosen_lines(self, question: Unanswered, scope: Scope) -> list[tuple[Notice, ...]]:
        """Lines on the nearest excerpts that people chose for a question, most chosen first."""
        served = ServedDocuments(self._answering.corpus, scope)
        seen = [
            each for each in await self._chosen(question) if served.sees(each.excerpt.collection)
        ]
        run_in_thread = self._answering.run_in_thread
        return [await run_in_thread(_chosen_line, each, served) for each in seen[:MOST_NEAREST]]

    async def liked(self, key: str, request: ChatRequest) -> list[Excerpt]:
        """The nearest excerpts that people found to answer the question with that key."""
        served = ServedDocuments(self._answering.corpus, await self.scope(request))
        liked = [
            each.excerpt
            for question in await self.asked(key, request)
            for each in await self._chosen(question)
            if each.up > each.down
        ]
        excerpts = await self._answering.run_in_thread(lambda: [*map(served.excerpt, liked)])
        return [each for each in excerpts if each is not None]

    async def _chosen(self, question: Unanswered) -> tuple[ChosenNearest, ...]:
        asked = question.platform, question.space, question.question
        return await self._store.nearest.chosen(*asked)

    async def scope(self, request: ChatRequest) -> Scope:
        """The collections that reports show: all to a curator alone, else those the room sees."""
        place = request.place
        if self._rights.curates(request.person) and (request.private or place.direct):
            return None
        return (await self._rooms.effective(place)).collections

    async def unanswered(self, request: ChatRequest) -> list[Unanswered]:
        """The questions of `most_asked` that no pin answers by now where they were asked."""
        scope = await self.scope(request)
        asked = await self.most_asked(request)
        return await asyncio.to_thread(self._without_pins, asked, scope)

    async def most_asked(self, request: ChatRequest) -> tuple[Unanswered, ...]:
        """The questions that met silence, most asked first: of all for curators, else of a space.

        There is at most one more than `COUNT_LIMIT`, which tells that the count goes on. Callers
        check that the person manages the space.
        """
        space = self.space_of(request.person, request.place)
        return await self._store.unanswered.most_asked(COUNT_LIMIT + 1, *space)

    def _without_pins(self, asked: Iterable[Unanswered], scope: Scope) -> list[Unanswered]:
        is_pinned = self._answering.is_pinned
        return [
            each
            for each in asked
            if not is_pinned(each.question, scope, space=f"{each.platform}:{each.space}")
        ]

    async def asked(self, key: str, request: ChatRequest) -> list[Unanswered]:
        """The questions of `most_asked` with the key of a button, one for each space."""
        asked = await self.most_asked(request)

        def same() -> list[Unanswered]:
            return [each for each in asked if key_of(folded_question(each.question)) == key]

        return await asyncio.to_thread(same)

    def space_of(self, person: Person, place: Place) -> tuple[str, str] | tuple[None, None]:
        """The platform and space whose votes and questions this person may see; None for all."""
        return (None, None) if self._rights.curates(person) else (place.platform, place.space)

    async def log(self, person: Person) -> Blocks:
        """The operations of curators and managers, newest first."""
        if not self._rights.curates(person):
            return CURATORS_ONLY
        entries = await self._store.audit.newest(LIST_LENGTH)
        if not entries:
            return (notice_block(notice(CuratorText.LOG_NONE)),)
        return (notice_block(notice(CuratorText.LOG), *map(_log_line, entries)),)

    async def forget(self, person: Person) -> Blocks:
        """Delete the data that names this person; anybody may ask for that."""
        places = await self._store.retention.forget(person.platform, person.id)
        if not places:
            return (notice_block(notice(Text.FORGOTTEN_NOTHING)),)
        return (notice_block(notice(Text.FORGOTTEN, count=places)),)


def _chosen_line(chosen: ChosenNearest, served: ServedDocuments) -> tuple[Notice, ...]:
    title = shorten(chosen.excerpt.title, _TITLE_CHARACTERS)
    excerpt = served.excerpt(chosen.excerpt)
    if excerpt is None:
        line = notice(CuratorText.CHOSEN_BEFORE, title=title, count=chosen.choices)
    else:
        place = locator_text(excerpt.citation.locator, _TITLE_CHARACTERS)
        line = notice(CuratorText.CHOSEN, title=title, place=place, count=chosen.choices)
    if not chosen.up and not chosen.down:
        return (line,)
    return line, notice(CuratorText.CHOSEN_VOTES, up=chosen.up, down=chosen.down)


def _log_line(entry: AuditEntry) -> Notice:
    parameters: dict[str, Parameter] = {
        "when": time_text(entry.at),
        "action": entry.action,
        "detail": display_name(entry.detail),
        "outcome": display_name(entry.outcome),
    }
    texts = (CuratorText.LOG_LINE, CuratorText.LOG_LINE_FORGOTTEN)
    if entry.action == ROOM_ACTION:
        room, _, detail = display_name(entry.detail).partition(": ")
        parameters["room"] = IdOnPlatform(entry.platform, room, is_room=True)
        parameters["detail"] = detail
        texts = (CuratorText.LOG_ROOM_LINE, CuratorText.LOG_ROOM_LINE_FORGOTTEN)
    if not entry.actor:
        return notice(texts[1], **parameters)
    return notice(texts[0], actor=IdOnPlatform(entry.platform, entry.actor), **parameters)
