"""Actions on replies: further excerpts, context, source, votes, removal.

Replies and the messages they were posted in are saved, so that a button works after a
restart. A document that the room may no longer see is left out when a button is pressed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from cachetools import LRUCache

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.buttons import Action, Verb, key_of
from bot.chat.commands import Context, Nearest, PressOnMessage, VoteOnLast
from bot.chat.feedback import FeedbackHandler
from bot.chat.identity import Rights, Scope
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.nearest_actions import NearestActions
from bot.chat.rendering.replies import document_blocks
from bot.chat.request import ChatRequest
from bot.chat.saved_replies import ServedDocuments, offers_nearest, silence_of
from bot.chat.source_catalogue import SourceCatalogue
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.core.errors import StateError
from bot.state.records import Post, ReplyKind, SavedReply

if TYPE_CHECKING:
    from bot.state.store import Store

THREADS_REMEMBERED = 2_000
"""Threads whose last reply and list are remembered; the least recently used are dropped."""

_ANSWER_VERBS = frozenset((Verb.MORE, Verb.CONTEXT, Verb.SOURCE, Verb.CHECK))
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _LastShown:
    """The first message of the last reply in a thread, and the next page of a later list."""

    reply: str | None = None
    next_page: Action | None = None


@dataclass(frozen=True, slots=True)
class ReplyActions:
    """Carries out buttons, reactions, and the typed commands for the same."""

    _answering: AnsweringService
    _store: Store
    _rights: Rights
    _layout: Layout
    _sources: SourceCatalogue
    _feedback: FeedbackHandler
    _now: Callable[[], datetime]
    _nearest: NearestActions
    _last: LRUCache[str, _LastShown] = field(default_factory=lambda: LRUCache(THREADS_REMEMBERED))

    async def press(self, action: Action, request: ChatRequest, scope: Scope) -> Message:
        """Carry out an action on a reply or a document; returns the message to send."""
        match action.verb:
            case Verb.DOCUMENT:
                return await self._document(action, scope)
            case Verb.UP | Verb.DOWN | Verb.REASON:
                return await self._feedback.press(action, request)
            case Verb.REMOVE:
                return await self._remove(request)
            case Verb.MORE if not request.private and await self._is_shown(action, request):
                return self._layout.say(notice(Text.ALREADY_SHOWN))
        saved = await self._store.answers.reply(action.of)
        if saved is None:
            message = self._layout.say(notice(Text.REPLY_NOT_KEPT))
        elif action.verb is Verb.NEAREST:
            return await self._nearest.choose(saved, action.number, request, scope)
        else:
            message = await self._act_on_reply(action, saved, scope)
        return replace(message, about=request.reply_to)

    async def _is_shown(self, action: Action, request: ChatRequest) -> bool:
        """Whether the page that an action names was posted before."""
        place, message = request.place, request.reply_to or ""
        post = await self._store.answers.post_of_reply(place.platform, place.room, message)
        return post is not None and 0 < action.page < len(post.reply_messages)

    async def _act_on_reply(self, action: Action, saved: SavedReply, scope: Scope) -> Message:
        layout, run_in_thread = self._layout, self._answering.run_in_thread
        served = ServedDocuments(self._answering.corpus, scope)
        match action.verb:
            case Verb.MORE:
                return await run_in_thread(layout.more, action, saved, served)
            case Verb.CHECK:
                return await run_in_thread(layout.check, saved, served)
        if not 1 <= action.number <= len(saved.excerpts):
            return layout.say(notice(Text.REPLY_NOT_KEPT))
        excerpt = saved.excerpts[action.number - 1]
        if action.verb is Verb.SOURCE:
            return await self._document(Action(Verb.DOCUMENT, key_of(excerpt.document)), scope)
        unchanged = await run_in_thread(served.excerpt, excerpt)
        if unchanged is None:
            return layout.say(notice(Text.EXCERPT_CHANGED, number=action.number))
        around = await self._answering.context(unchanged)
        return await run_in_thread(layout.context, action, saved, around)

    async def _document(self, action: Action, scope: Scope) -> Message:
        info = await self._sources.by_key(action.of, scope)
        if info is None:
            return self._layout.say(notice(Text.DOCUMENT_GONE))
        return await self.describe(info, action.page)

    async def describe(self, info: DocumentInfo, page: int = 0) -> Message:
        """A page of the facts about a document."""
        turn = Action(Verb.DOCUMENT, key_of(info.document.path), page=page)
        blocks = document_blocks(info)
        return (await self._answering.run_in_thread(self._layout.blocks, blocks, turn)).privately()

    async def _remove(self, request: ChatRequest) -> Message:
        """Name the messages to be deleted, if this person may, and delete their saved post."""
        answers, place, message = self._store.answers, request.place, request.reply_to or ""
        post = await answers.post_of_reply(place.platform, place.room, message)
        person, asker = request.person, "" if post is None else post.asker
        if not (asker and asker == person.id) and not self._rights.moderates(person):
            return self._layout.say(notice(Text.NOT_YOURS))
        await answers.delete_post(place.platform, place.room, message)
        messages = (message,) if post is None else post.reply_messages
        return replace(self._layout.say(notice(Text.TAKEN_DOWN)), to_delete=messages)

    # Typed commands and reactions, which do not name their reply

    async def more(self, request: ChatRequest, scope: Scope) -> Message | Action:
        """Further excerpts of the last reply, or the action that turns the list after it."""
        last = self._last.get(request.thread)
        if last is not None and last.next_page is not None:
            return last.next_page
        post = await self._last_post(request)
        if post is None:
            return self._layout.say(notice(Text.ASK_FIRST))
        return await self._on_post(Verb.MORE, post, request, scope)

    async def context(self, command: Context, request: ChatRequest, scope: Scope) -> Message:
        """The paragraphs around an excerpt of the last reply."""
        post = await self._last_post(request)
        if post is None:
            return self._layout.say(notice(Text.ASK_FIRST))
        saved = await self._store.answers.reply(post.reply_id)
        if saved is None:
            return self._layout.say(notice(Text.REPLY_NOT_KEPT))
        count = self._layout.readable(saved, len(post.reply_messages))
        if not count:
            return self._layout.say(notice(Text.NO_NEAREST))
        if command.number > count:
            unknown = notice(Text.NO_SUCH_EXCERPT, number=command.number, count=count)
            return self._layout.say(unknown)
        return await self._on_post(Verb.CONTEXT, post, request, scope, command.number)

    async def vote(self, command: VoteOnLast, request: ChatRequest) -> Message:
        """Vote on the last reply, or say why it did not help."""
        post = await self._last_post(request)
        return await self._feedback.vote_on_last(command, post, request)

    async def nearest(self, command: Nearest, request: ChatRequest, scope: Scope) -> Message | None:
        """An excerpt that the last reply offers as nearest; None if that reply offers none."""
        post = await self._last_post(request)
        saved = None if post is None else await self._store.answers.reply(post.reply_id)
        if post is None or saved is None or not offers_nearest(saved):
            return None
        return await self._on_post(Verb.NEAREST, post, request, scope, command.number)

    async def react(self, command: PressOnMessage, request: ChatRequest, scope: Scope) -> Message:
        """Carry out a reaction on a message, about the first excerpt of that message."""
        place, message = request.place, command.message
        post = await self._store.answers.post_of_reply(place.platform, place.room, message)
        if post is None:
            return self._layout.say(notice(Text.REPLY_NOT_KEPT))
        number = command.number
        if command.verb is not Verb.MORE and message in post.reply_messages[1:]:
            page = Action(Verb.MORE, post.reply_id, page=post.reply_messages.index(message))
            shown = await self.press(page, request, scope)
            contexts = (a.number for a in shown.actions if a.verb is Verb.CONTEXT)
            number = next(contexts, 1)
        return await self._on_post(command.verb, post, request, scope, number)

    async def _on_post(
        self, verb: Verb, post: Post, request: ChatRequest, scope: Scope, number: int = 1
    ) -> Message:
        saved = await self._store.answers.reply(post.reply_id)
        if saved is not None and saved.kind is ReplyKind.SILENCE and verb in _ANSWER_VERBS:
            is_empty = verb is Verb.MORE and not saved.excerpts
            verb = Verb.MORE if is_empty else Verb.NEAREST
        if verb is Verb.MORE:
            action = Action(verb, post.reply_id, page=len(post.reply_messages))
        elif saved is not None and verb is Verb.NEAREST:
            action = Action(verb, silence_of(saved), number)
        else:
            action = Action(verb, post.reply_id, number)
        about = replace(request, reply_to=post.reply_messages[0])
        return await self.press(action, about, scope)

    async def _last_post(self, request: ChatRequest) -> Post | None:
        """The post that "more" or "context" refer to: replied to, last shown, or of the thread."""
        answers, place = self._store.answers, request.place
        last = self._last.get(request.thread)
        for message in (request.reply_to, None if last is None else last.reply):
            if message is not None:
                post = await answers.post_of_reply(place.platform, place.room, message)
                if post is not None:
                    return post
        if request.root is None:
            return None
        return await answers.post_of_question(place.platform, place.room, request.root)

    async def posted(self, message: Message, request: ChatRequest, sent: str) -> None:
        """Record the message in which a reply, or a further page of it, was sent."""
        for thread in filter(None, (request.thread, request.begins)):
            last = self._last.setdefault(thread, _LastShown())
            if message.reply is not None:
                last.reply = message.about or sent
            if message.next_page is not None or message.about is None:
                last.next_page = message.next_page
        if message.reply is None:
            return
        answers, place = self._store.answers, request.place
        try:
            if message.about is None:
                post = Post(
                    platform=place.platform,
                    space=place.space,
                    room=place.room,
                    question_message=request.message,
                    reply_messages=(sent,),
                    asker=request.person.id,
                    reply_id=message.reply,
                    at=self._now(),
                )
            else:
                first = await answers.post_of_reply(place.platform, place.room, message.about)
                if first is None or sent in first.reply_messages:
                    return  # after a crash a page may be sent again, and is there already
                post = replace(first, reply_messages=(*first.reply_messages, sent))
            await answers.save_post(post)
        except StateError as fault:
            _log.error("a post could not be kept: %s", fault)
