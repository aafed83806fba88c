"""The chat service: carries out every command, on every platform and at the console.

It has one entry point (`handle`), one dispatch, one admission and one handler of faults.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answering.cache import Pause
from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat import commands
from bot.chat.buttons import Action, Verb, key_of
from bot.chat.curation import Curation
from bot.chat.curator_handler import CURATOR_VERBS, CuratorHandler
from bot.chat.error_messages import TookTooLongError, error_notice, time_limit
from bot.chat.feedback import FeedbackHandler
from bot.chat.first_posts import FirstPost
from bot.chat.help import about_blocks, help_blocks, small_talk_notices
from bot.chat.identity import Person, Place, Scope
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.nearest_actions import NearestActions
from bot.chat.questions import ChatServiceOptions, QuestionHandler
from bot.chat.rate_limits import (
    Admission,
    Admitted,
    QueueFull,
    RateLimiter,
    TooMany,
    refusal_blocks,
)
from bot.chat.rendering.replies import list_blocks
from bot.chat.reply_actions import ReplyActions
from bot.chat.request import ChatRequest
from bot.chat.rooms import RoomPolicies
from bot.chat.small_talk import SmallTalk
from bot.chat.source_catalogue import SourceCatalogue
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import Language, current_language, in_language
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.parameters import CommandName
from bot.core.errors import SourcesSayError, StateError, UnknownDocumentError
from bot.state.records import Post

if TYPE_CHECKING:
    from bot.state.store import Store

_log = logging.getLogger(__name__)


class ChatService:
    """Carries out commands on one platform; without a `limiter` it admits everything."""

    def __init__(
        self,
        answering: AnsweringService,
        store: Store,
        rooms: RoomPolicies,
        curation: Curation,
        layout: Layout,
        options: ChatServiceOptions,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._answering = answering
        self._store = store
        self._rooms = rooms
        self._rights = curation.rights
        self._layout = layout
        self._options = options
        self._limiter = limiter
        self._sources = SourceCatalogue(answering)
        self._questions = QuestionHandler(answering, store, rooms, layout, self._sources, options)
        self._curators = CuratorHandler(answering, store, curation, layout, options)
        types_reason = options.syntax.types_choices
        self.feedback = FeedbackHandler(store, layout, options.now, types_reason)
        self._actions = ReplyActions(
            answering,
            store,
            self._rights,
            layout,
            self._sources,
            self.feedback,
            options.now,
            NearestActions(answering, store, layout, options.now),
        )

    # Admission and dispatch

    async def admit(self, command: commands.Command, request: ChatRequest) -> Admission:
        """Admit or refuse a command, by the limits of its person, its room and the queue.

        The length of the queue does not matter for a question whose reply is cached.
        """
        if self._limiter is None:
            return Admitted()
        cached = (
            isinstance(command, commands.Ask)
            and self._limiter.is_full
            and await self._questions.is_cached(command, request)
        )
        return self._limiter.admit(request.person.id, request.place.room, waits=not cached)

    def admit_again(self) -> Admitted:
        """The admission of a command that was admitted before a restart."""
        return Admitted() if self._limiter is None else self._limiter.admit_again()

    async def handle(
        self, command: commands.Command, request: ChatRequest, admitted: Admitted | None = None
    ) -> Message:
        """Carry out a command and return its message; raises nothing but cancellation.

        A command without `admitted` is admitted here, if it is limited at all. Its refusal is
        returned even if the person had it before.
        """
        with in_language(await self.language(request)):
            try:
                return await self._admit_and_carry_out(command, request, admitted)
            except Exception as fault:  # noqa: BLE001 - every fault becomes a sentence
                return self.say(error_notice(fault, type(command).__name__))

    async def _admit_and_carry_out(
        self, command: commands.Command, request: ChatRequest, admitted: Admitted | None
    ) -> Message:
        if admitted is None and self._is_limited(command, request):
            admission = await self.admit(command, request)
            if not isinstance(admission, Admitted):
                return await self.refusal(replace(admission, already_told=False), request)
            admitted = admission
        turn = None if admitted is None else admitted.turn
        pause = nullcontext if turn is None else turn.pause
        async with turn or nullcontext():
            message = await self._carry_out(command, request, pause)
            return message.privately(request.private)

    async def answer_if_sure(
        self, post: FirstPost, request: ChatRequest, admitted: Admitted | None = None
    ) -> Message | None:
        """The message that answers a first post; None unless an answer is sure.

        Nobody asked the bot, so a refusal or a fault is told to nobody but the log.
        """
        if admitted is None:
            questions = post.questions()
            if not questions:
                return None
            admission = await self.admit(commands.Ask(questions[0]), request)
            if not isinstance(admission, Admitted):
                return None
            admitted = admission
        turn = admitted.turn
        with in_language(await self.language(request)):
            try:
                async with turn or nullcontext():
                    pause = nullcontext if turn is None else turn.pause
                    # A post that asks nothing gives its turn back all the same.
                    return await self._questions.answer_if_sure(post, request, pause)
            except Exception as fault:  # noqa: BLE001 - as in `handle`
                error_notice(fault, "a first post")
                return None

    async def language(self, request: ChatRequest) -> Language:
        """The asker's language where they alone see the message, else that of the room."""
        if request.language is not None and request.private:
            return request.language
        return await self.room_language(request.place, request.space_language or request.language)

    async def room_language(self, place: Place, otherwise: Language | None = None) -> Language:
        """The language that is set for a room, else `otherwise`, else that of the program."""
        try:
            room = (await self._rooms.effective(place)).language
        except StateError:  # the same fault ends the command itself, with a sentence
            room = None
        return room or otherwise or current_language()

    async def refusal(self, refused: QueueFull | TooMany, request: ChatRequest) -> Message:
        """The message for a refused command, in the language of whoever sees it."""
        with in_language(await self.language(request)):
            return self._layout.tell(refusal_blocks(refused))

    def say(self, *notices: Notice) -> Message:
        """Fixed texts as a message that only the asker sees."""
        return self._layout.say(*notices)

    @staticmethod
    def _is_limited(command: commands.Command, request: ChatRequest) -> bool:
        """Whether limits apply: to questions, to checks, and to all that a room sees."""
        match command:
            case commands.Ask() | Action(verb=Verb.CHECK):
                return True
        return not request.private

    async def _carry_out(
        self, command: commands.Command, request: ChatRequest, pause: Pause
    ) -> Message:
        match command:
            case commands.Ask():
                return await self._questions.answer(command, request, pause)
            case commands.ShowSource():
                return await self._show_source(command, request, pause)
            case commands.Nearest():
                return await self._show_nearest(command, request, pause)
            case Action(verb=Verb.SHARE):
                return await self._questions.share(command.of, request, pause)
            case Action(verb=verb) if verb in CURATOR_VERBS:
                return await self._curators.carry_out(command, request)
            case _ if isinstance(command, commands.Lookup):
                async with time_limit(self._options.answer_seconds):
                    return await self._look_up(command, request)
            case commands.Help() | commands.Quit():
                return self._layout.tell(help_blocks(self._options.syntax, self._rights, request))
            case SmallTalk():
                return self.say(*small_talk_notices(command))
            case commands.Empty():
                return self.say(notice(Text.EMPTY))
            case commands.Malformed(reason):
                return self.say(replace(reason, language=current_language()))
            case _:
                return await self._curators.carry_out(command, request)

    async def scope(self, place: Place) -> Scope:
        """The collections that are visible in a room."""
        return (await self._rooms.effective(place)).collections

    async def _show_source(
        self, command: commands.ShowSource, request: ChatRequest, pause: Pause
    ) -> Message:
        try:
            async with time_limit(self._options.answer_seconds):
                scope = await self.scope(request.place)
                info = await self._sources.by_name(command.name, scope)
                return await self._actions.describe(info)
        except UnknownDocumentError:
            if command.or_ask is None:
                raise
        return await self._questions.answer(commands.Ask(command.or_ask), request, pause)

    async def _show_nearest(
        self, command: commands.Nearest, request: ChatRequest, pause: Pause
    ) -> Message:
        async with time_limit(self._options.answer_seconds):
            scope = await self.scope(request.place)
            message = await self._actions.nearest(command, request, scope)
        if message is not None:
            return message
        if command.or_ask is None:
            return self.say(notice(Text.NO_NEAREST))
        return await self._questions.answer(commands.Ask(command.or_ask), request, pause)

    async def _look_up(self, command: commands.Lookup, request: ChatRequest) -> Message:
        scope = await self.scope(request.place)
        match command:
            case commands.ListSources(collection):
                return await self._list(collection, scope)
            case commands.More():
                message = await self._actions.more(request, scope)
                if isinstance(message, Action):
                    return await self._look_up(message, request)
                return message
            case commands.Context():
                return await self._actions.context(command, request, scope)
            case commands.VoteOnLast():
                return await self._actions.vote(command, request)
            case commands.Remark():
                return await self.feedback.remark(command, request)
            case commands.About():
                return await self._about(scope, request.place.pin_space)
            case Action(verb=Verb.LIST):
                return await self._list_page(command, scope)
            case Action():
                return await self._actions.press(command, request, scope)
            case _:
                return await self._actions.react(command, request, scope)

    async def _list(self, collection: str | None, scope: Scope) -> Message:
        if collection is None:
            return await self._list_page(Action(Verb.LIST), scope)
        name = self._sources.collection(collection, scope)
        if name is None:
            return self.say(notice(Text.NO_SUCH_COLLECTION, name=collection))
        return await self._list_page(Action(Verb.LIST, key_of(name)), scope)

    async def _list_page(self, turn: Action, scope: Scope) -> Message:
        blocks = list_blocks(await self._sources.documents(scope, turn.of))
        return await self._answering.run_in_thread(self._layout.blocks, blocks, turn)

    async def _about(self, scope: Scope, space: str) -> Message:
        infos = await self._answering.documents(scope)
        revision = await self._answering.revision(scope, space)
        options = self._options
        keeps, place = options.keep_questions, options.reader_at
        blocks = about_blocks(infos, revision, keeps_questions=keeps, reader_at=place)
        return self._layout.tell(blocks)

    # For the adapters of platforms

    async def welcome(self, place: Place) -> Message:
        """The welcome in a room: its number of documents, and the command for help."""
        documents = await self.document_count(place)
        if not documents:
            return self.say(notice(Text.NO_DOCUMENTS))
        return self.say(notice(Text.WELCOME, documents=documents, help=CommandName("help")))

    async def server_welcome(self, place: Place, server: str) -> Message:
        """The welcome in a space that the bot was added to: what it is, and who may do what."""
        return self.say(
            notice(
                Text.SERVER_WELCOME,
                server=server,
                documents=await self.document_count(place),
                ask=CommandName("ask"),
            ),
            notice(Text.SERVER_RIGHTS, setup=CommandName("setup")),
        )

    async def document_count(self, place: Place) -> int:
        """The number of documents that a room sees; 0 where that cannot be found out."""
        try:
            async with time_limit(self._options.answer_seconds):
                return len(await self._answering.documents(await self.scope(place)))
        except (SourcesSayError, TookTooLongError) as fault:
            _log.info("how many documents there are is not known: %s", fault)
            return 0

    async def suggestions(self, place: Place, typed: str, most: int) -> tuple[DocumentInfo, ...]:
        """At most `most` documents whose title or path contains `typed`, sorted by title."""
        return await self._sources.suggestions(typed, most, await self.scope(place))

    async def collections(self, place: Place, person: Person | None = None) -> tuple[str, ...]:
        """The names of the collections that a room sees; all, if `person` is a curator."""
        if person is not None and self._rights.curates(person):
            return self._sources.collections(None)
        return self._sources.collections(await self.scope(place))

    async def posted(self, message: Message, request: ChatRequest, sent: str) -> None:
        """Record that `message`, a reply or a page of it, was sent as the message `sent`."""
        if request.reply_to is not None:
            self._questions.note_shared(request.reply_to)
        await self._actions.posted(message, request, sent)

    async def reply_to(self, place: Place, question: str) -> Post | None:
        """The post that answers the question in that message."""
        return await self._store.answers.post_of_question(place.platform, place.room, question)

    async def forget_message(self, place: Place, message: str) -> tuple[str, ...]:
        """Delete the post of a deleted message; returns the bot's messages to delete with it."""
        post = await self._store.answers.delete_post(place.platform, place.room, message)
        return () if post is None else post.reply_messages
