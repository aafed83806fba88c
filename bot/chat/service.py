"""Questions and buttons to messages, for platforms that have buttons and forget nothing.

What a button needs is kept in the state, so that it works after a restart; what a room may
not see is left out when the button is pressed, not only when the question was asked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.buttons import Action, Verb, key_of
from bot.chat.error_messages import error_notice, time_limit
from bot.chat.follow_ups import FollowUps, borrowed_notice
from bot.chat.identity import Person, Place, Rights
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.rendering.blocks import Block, said
from bot.chat.rendering.replies import document_blocks, list_blocks
from bot.chat.rooms import RoomPolicies
from bot.chat.saved_replies import Scope, ServedDocuments, saved_reply
from bot.chat.texts.catalogue import CommandName, Language, Notice, Text, notice
from bot.core.errors import StateError
from bot.core.replies import Answer, Reply
from bot.state.records import Post, SavedExcerpt, SavedReply, Verdict
from bot.state.store import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question with where and by whom it is asked.

    `thread` names the talk whose last question this one may lean on; `collection` narrows
    what is asked, None for all that the room sees; `private` is for the asker's eyes only.
    `begins` names a talk that goes on from this question, such as a thread below it.
    """

    question: str
    place: Place
    person: Person
    thread: str
    collection: str | None = None
    private: bool = False
    begins: str | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """Messages that are to be taken down, all of one reply."""

    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChatServiceOptions:
    """How a desk behaves: longest waits in seconds, and what it keeps."""

    answer_seconds: float = 30.0
    follow_up_seconds: float = 300.0
    keep_questions: bool = False


@dataclass(frozen=True, slots=True)
class Clocks:
    """Two clocks: `clock` tells seconds that only go on, `now` the time of day with its zone."""

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class ChatService:
    """What is done with questions and buttons on a platform with buttons."""

    def __init__(
        self,
        answering: AnsweringService,
        store: Store,
        rooms: RoomPolicies,
        rights: Rights,
        showing: Layout,
        manners: ChatServiceOptions,
        times: Clocks | None = None,
    ) -> None:
        self._answering = answering
        self._store = store
        self._rooms = rooms
        self._rights = rights
        self._manners = manners
        self._showing = showing
        times = times or Clocks()
        self._following = FollowUps(self._manners.follow_up_seconds, times.clock)
        self._now = times.now
        self._shelf: ServedDocuments | None = None

    # Questions

    async def ask(self, asked: AskRequest) -> Message:
        """The message that answers a question; raises as `AnsweringService.ask` does."""
        self._answering.admit()
        scope = await self.scope(asked.place)
        if asked.collection is not None:
            narrowed = await self._collection(asked.collection, scope)
            if narrowed is None:
                return self.say(notice(Text.NO_SUCH_COLLECTION, name=asked.collection))
            scope = frozenset((narrowed,))
        borrowed = self._following.read(asked.question, asked.thread)
        question = asked.question if borrowed is None else borrowed.question
        if asked.begins is not None:
            self._following.remember(question, asked.begins)
        async with time_limit(self._manners.answer_seconds):
            reply = await self._answering.ask(question, scope)
        buttons = await self._keep(reply, question, asked, scope)
        lead = () if borrowed is None else (said(borrowed_notice(borrowed)),)
        message = await self._answering.run_in_thread(self._showing.first, reply, lead, buttons)
        return message.privately(asked.private)

    async def _keep(self, reply: Reply, question: str, asked: AskRequest, scope: Scope) -> bool:
        """Keep the reply for its buttons; without them it is still given.

        What was asked for the asker's eyes only is nothing for the list of curators.
        """
        text = question if self._manners.keep_questions else None
        try:
            await self._store.answers.save_reply(saved_reply(reply, text, scope), self._now())
            if not isinstance(reply, Answer) and not asked.private:
                place, now = asked.place, self._now()
                await self._store.unanswered.count(place.platform, place.space, question, now)
        except StateError as fault:
            _log.error("a reply could not be kept: %s", fault)
            return False
        return True

    async def posted(
        self,
        message: Message,
        place: Place,
        person: Person,
        question: str | None,
        ids: Sequence[str],
    ) -> None:
        """Note in which messages a reply was given, to which message, and to whom."""
        if message.reply is None or not ids:
            return
        post = Post(
            platform=place.platform,
            space=place.space,
            room=place.room,
            question_message=question,
            reply_messages=tuple(ids),
            asker=person.id,
            reply_id=message.reply,
            at=self._now(),
        )
        try:
            await self._store.answers.save_post(post)
        except StateError as fault:
            _log.error("a post could not be kept: %s", fault)

    async def posted_also(self, message: Message, place: Place, first: str, more: str) -> None:
        """Note that `more` was posted to the same question as the message `first`."""
        if message.reply is None:
            return
        answers = self._store.answers
        try:
            post = await answers.post_of_reply(place.platform, place.room, first)
            if post is not None:
                ids = (*post.reply_messages, more)
                await answers.save_post(replace(post, reply_messages=ids))
        except StateError as fault:
            _log.error("a post could not be kept: %s", fault)

    async def scope(self, place: Place) -> Scope:
        """What the room may see."""
        return (await self._rooms.effective(place)).collections

    async def _collection(self, name: str, scope: Scope) -> str | None:
        seen = sorted(self._answering.corpus.collections)
        wanted = name.casefold()
        return next(
            (c for c in seen if c.casefold() == wanted and (scope is None or c in scope)), None
        )

    # Buttons

    async def press(self, action: Action, place: Place, person: Person) -> Message:
        """The message a button brings, but for those that take something away."""
        async with time_limit(self._manners.answer_seconds):
            scope = await self.scope(place)
            match action.verb:
                case Verb.LIST:
                    return await self.sources(place, key=action.of, page=action.page)
                case Verb.DOCUMENT:
                    return await self._document(action, scope)
                case Verb.UP | Verb.DOWN:
                    return await self._vote(action, person)
                case _:
                    saved = await self._store.answers.reply(action.of)
                    if saved is None:
                        return self.say(notice(Text.REPLY_NOT_KEPT))
                    return await self._of_reply(action, saved, scope)

    async def _of_reply(self, action: Action, saved: SavedReply, scope: Scope) -> Message:
        match action.verb:
            case Verb.MORE:
                shelf = await self._now_served()
                return await self._answering.run_in_thread(
                    self._showing.more, action, saved, shelf, scope
                )
            case Verb.NEAREST:
                shelf = await self._now_served()
                return await self._answering.run_in_thread(
                    self._showing.nearest, saved, shelf, scope
                )
            case Verb.CHECK:
                shelf = await self._now_served()
                return await self._answering.run_in_thread(self._showing.check, saved, shelf, scope)
            case Verb.CONTEXT | Verb.SOURCE:
                if not 1 <= action.number <= len(saved.excerpts):
                    return self.say(notice(Text.REPLY_NOT_KEPT))
                excerpt = saved.excerpts[action.number - 1]
                if action.verb is Verb.SOURCE:
                    key = key_of(excerpt.document)
                    return await self._document(Action(Verb.DOCUMENT, key), scope)
                return await self._context(action, excerpt, scope)
            case _:
                return self.say(notice(Text.REPLY_NOT_KEPT))

    async def removal(self, place: Place, person: Person, message: str) -> Removal | Message:
        """What to take down, where this person may; the post is forgotten with it."""
        answers = self._store.answers
        async with time_limit(self._manners.answer_seconds):
            post = await answers.post_of_reply(place.platform, place.room, message)
            asker = "" if post is None else post.asker
            if not (asker and asker == person.id) and not self._rights.moderates(person):
                return self.say(notice(Text.NOT_YOURS))
            await answers.delete_post(place.platform, place.room, message)
        return Removal((message,) if post is None else post.reply_messages)

    async def forget_message(self, place: Place, message: str) -> Removal:
        """A message is gone, question or reply: which messages of ours go with it."""
        post = await self._store.answers.delete_post(place.platform, place.room, message)
        return Removal(() if post is None else post.reply_messages)

    async def reply_to(self, place: Place, question: str) -> Post | None:
        """Where the question in that message was answered."""
        return await self._store.answers.post_of_question(place.platform, place.room, question)

    async def _now_served(self) -> ServedDocuments:
        """The corpus that serves now, by path; laid out once a revision."""
        corpus = self._answering.corpus
        if self._shelf is None or self._shelf.revision != corpus.revision:
            self._shelf = await self._answering.run_in_thread(ServedDocuments, corpus)
        return self._shelf

    async def _context(self, action: Action, saved: SavedExcerpt, scope: Scope) -> Message:
        shelf = await self._now_served()
        excerpt = await self._answering.run_in_thread(shelf.excerpt, saved, scope)
        if excerpt is None:
            return self.say(notice(Text.EXCERPT_CHANGED, number=action.number))
        around = await self._answering.context(excerpt)
        return await self._answering.run_in_thread(self._showing.context, action, around)

    async def _document(self, action: Action, scope: Scope) -> Message:
        infos = await self._answering.documents(scope)
        for info in infos:
            if key_of(info.document.path) == action.of:
                return await self._shown(info, action)
        return self.say(notice(Text.DOCUMENT_GONE))

    async def _shown(self, info: DocumentInfo, action: Action) -> Message:
        blocks = document_blocks(info)
        return (
            await self._answering.run_in_thread(self._showing.blocks, blocks, action)
        ).privately()

    async def _vote(self, action: Action, person: Person) -> Message:
        given = Verdict.UP if action.verb is Verb.UP else Verdict.DOWN
        now = await self._store.feedback.press(
            person.platform, person.id, action.of, given, self._now()
        )
        if now is None:
            return self.say(notice(Text.VOTE_WITHDRAWN))
        return self.say(notice(Text.VOTED_UP if now is Verdict.UP else Text.VOTED_DOWN))

    # What else a member may look at

    async def safely(self, work: Awaitable[Message], doing: str) -> Message:
        """What `work` gives; whatever goes wrong becomes a sentence, here and nowhere else."""
        try:
            return await work
        except Exception as fault:  # noqa: BLE001 - the one place: a person gets a sentence
            return self.say(error_notice(fault, doing))

    def outdated(self) -> Message:
        """What is said where a command that is no longer ours is used."""
        return self.say(notice(Text.OUTDATED))

    def tell(self, blocks: Sequence[Block]) -> Message:
        """Blocks without buttons, for the eyes of who asked."""
        return self._showing.blocks(blocks).privately()

    def confirm(self, blocks: Sequence[Block], of: str) -> Message:
        """Blocks with the question whether to take a document away; `of` is its key."""
        return self._showing.confirm(blocks, of).privately()

    def say(self, *notices: Notice) -> Message:
        """Fixed texts, for the eyes of who asked."""
        return self._showing.say(*notices)

    async def sources(
        self, place: Place, name: str | None = None, key: str = "", page: int = 0
    ) -> Message:
        """A page of the list of documents: all that the room sees, or one collection's."""
        scope = await self.scope(place)
        infos = await self._answering.documents(scope)
        if name is not None:
            found = await self._collection(name, scope)
            if found is None:
                return self.say(notice(Text.NO_SUCH_COLLECTION, name=name))
            key = key_of(found)
        if key:
            infos = tuple(info for info in infos if key_of(info.document.collection) == key)
        blocks = list_blocks(infos)
        turn = Action(Verb.LIST, key, page=page)
        return await self._answering.run_in_thread(self._showing.blocks, blocks, turn)

    async def source(self, place: Place, name: str) -> Message:
        """What is known about the document that a name, or `#` and its key, means."""
        if name.startswith("#") and (found := await self._keyed(place, name[1:])) is not None:
            return await self._shown(found, Action(Verb.DOCUMENT, name[1:]))
        async with time_limit(self._manners.answer_seconds):
            info = await self._answering.find(name, await self.scope(place))
        return await self._shown(info, Action(Verb.DOCUMENT, key_of(info.document.path)))

    async def _keyed(self, place: Place, key: str) -> DocumentInfo | None:
        infos = await self._answering.documents(await self.scope(place))
        return next((info for info in infos if key_of(info.document.path) == key), None)

    async def path_of(self, key: str) -> str | None:
        """The path of the document with that key; None where it is gone."""
        infos = await self._answering.documents(None)
        paths = (info.document.path for info in infos)
        return next((path for path in paths if key_of(path) == key), None)

    async def suggestions(self, place: Place, typed: str, most: int) -> tuple[DocumentInfo, ...]:
        """Documents whose title or path holds what was typed so far, by title."""
        infos = await self._answering.documents(await self.scope(place))
        wanted = " ".join(typed.split()).casefold()

        def names(info: DocumentInfo) -> str:
            return f"{info.document.source.title}\n{info.document.path}".casefold()

        found = [info for info in infos if wanted in names(info)]
        found.sort(key=lambda info: (not names(info).startswith(wanted), names(info)))
        return tuple(found[:most])

    async def collections(self, place: Place) -> tuple[str, ...]:
        """The collections that the room sees."""
        scope = await self.scope(place)
        return tuple(
            sorted(c for c in self._answering.corpus.collections if scope is None or c in scope)
        )

    async def help(
        self, place: Place, person: Person, language: Language, *more: Notice
    ) -> Message:
        """How to ask, and the commands that this person may use; `more` is said after that."""
        hidden = tuple(
            name
            for name, may in (
                ("corpus", self._rights.manages(person)),
                ("room", self._rights.manages(person) and not place.direct),
            )
            if not may
        )
        lines = [
            notice(Text.HELP_LINE, command=CommandName(name), what=what)
            for name, what in language.slash.items()
            if name.islower() and name not in {"corpus", "room", "privacy"}
            if name.split()[0] not in hidden and "." not in name
        ]
        return self.say(
            notice(Text.HELP), notice(Text.HELP_MENTION), notice(Text.HELP_ASK), *lines, *more
        )

    async def about(self, place: Place, forget: str) -> Message:
        """What this bot is, what it serves here, and what it keeps, in few lines."""
        scope = await self.scope(place)
        infos = await self._answering.documents(scope)
        corpus = self._answering.corpus
        seen = await self._answering.run_in_thread(
            lambda: corpus if scope is None else corpus.within(scope)
        )
        questions = (
            Text.PRIVACY_QUESTIONS_KEPT if self._manners.keep_questions else Text.PRIVACY_QUESTIONS
        )
        return self.say(
            notice(Text.ABOUT, documents=len(infos)),
            notice(
                Text.ABOUT_CORPUS,
                revision=(await self._answering.run_in_thread(lambda: seen.revision))[:8],
                passages=sum(info.passages for info in infos),
            ),
            notice(Text.PRIVACY_KEPT),
            notice(questions),
            notice(Text.PRIVACY_FORGET, command=CommandName(forget)),
        )
