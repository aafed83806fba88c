"""The chat service: carries out every command, on every platform and at the console.

One entrance (`handle`), one dispatch, one place that catches faults, one admission.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat import commands
from bot.chat.buttons import Action, Verb, key_of
from bot.chat.curation import Curation
from bot.chat.curator_commands import CuratorCommands
from bot.chat.error_messages import TookTooLongError, error_notice, time_limit
from bot.chat.help import about_blocks, help_blocks
from bot.chat.identity import Place, Scope
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.options import ChatServiceOptions
from bot.chat.questions import QuestionHandler
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
from bot.chat.sources import SourceCatalogue
from bot.chat.texts.catalogue import CommandName, Notice, Text, notice
from bot.core.errors import SourcesSayError, UnknownDocumentError
from bot.state.records import Post

if TYPE_CHECKING:
    # Its libraries take long to import, and the command line does without.
    from bot.state.store import Store

_log = logging.getLogger(__name__)


class ChatService:
    """Carries out commands on one platform.

    Without a `limiter` everything is admitted, as at the console.
    """

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
        self._curators = CuratorCommands(curation, layout, reactions=options.syntax.reactions)
        self._actions = ReplyActions(
            answering, store, self._rights, layout, self._sources, options.now
        )

    # The way of a command

    async def admit(self, command: commands.Command, request: ChatRequest) -> Admission:
        """Whether a command is taken now, by the limits on its person, its room and the queue.

        A question whose reply is at hand is taken however many wait.
        """
        if self._limiter is None:
            return Admitted()
        at_hand = self._limiter.is_full and await self._is_at_hand(command, request)
        return self._limiter.admit(request.person.id, request.place.room, waits=not at_hand)

    def admit_again(self) -> Admitted:
        """The admission of a command that was taken before; it only waits for its turn."""
        return Admitted() if self._limiter is None else self._limiter.admit_again()

    async def handle(
        self, command: commands.Command, request: ChatRequest, admitted: Admitted | None = None
    ) -> Message:
        """The message that a command brings; raises nothing but cancellation.

        A command that is not `admitted` yet is admitted here, if it has to be at all, and is
        told each time that it is refused.
        """
        try:
            if admitted is None and self._is_limited(command, request):
                admission = await self.admit(command, request)
                if not isinstance(admission, Admitted):
                    return self.refusal(replace(admission, told_before=False))
                admitted = admission
            async with (admitted and admitted.turn) or nullcontext():
                return (await self._do(command, request)).privately(request.private)
        except Exception as fault:  # noqa: BLE001 - the one place: a person gets a sentence
            return self.say(error_notice(fault, type(command).__name__))

    def refusal(self, refused: QueueFull | TooMany) -> Message:
        """The reason why a command is not taken."""
        return self._layout.tell(refusal_blocks(refused))

    def say(self, *notices: Notice) -> Message:
        """Fixed texts, for the asker's eyes only."""
        return self._layout.say(*notices)

    async def _is_at_hand(self, command: commands.Command, request: ChatRequest) -> bool:
        if not isinstance(command, commands.Ask):
            return False
        try:
            return await self._questions.is_at_hand(command, request)
        except SourcesSayError:
            return False  # the fault is told when the command is carried out

    @staticmethod
    def _is_limited(command: commands.Command, request: ChatRequest) -> bool:
        """Questions count, checks that read the whole corpus, and what is shown to a room."""
        match command:
            case commands.Ask() | Action(verb=Verb.CHECK):
                return True
        return not request.private

    async def _do(self, command: commands.Command, request: ChatRequest) -> Message:
        match command:
            case commands.Ask():
                return await self._questions.answer(command, request)
            case commands.ShowSource():
                return await self._show_source(command, request)
            case Action(verb=Verb.DROP | Verb.CANCEL):
                return await self._curators.decide(command, request)
            case (
                commands.ListSources()
                | commands.More()
                | commands.Context()
                | commands.About()
                | Action()
                | commands.PressOnMessage()
            ):
                async with time_limit(self._options.answer_seconds):
                    return await self._look(command, request)
            case commands.Help() | commands.Quit():
                return self._help(request)
            case commands.Empty():
                return self.say(notice(Text.EMPTY))
            case commands.Malformed(reason):
                return self.say(reason)
            case commands.RemoveDocument(name):
                return await self._curators.ask_whether_to_remove(name, request)
            case _:
                return self._layout.tell(await self._curators.carry_out(command, request))

    def _help(self, request: ChatRequest) -> Message:
        syntax, language = self._options.syntax, self._layout.language
        return self._layout.tell(
            help_blocks(syntax, language, self._rights, request.person, request.place)
        )

    async def scope(self, place: Place) -> Scope:
        """The collections that a room sees."""
        return (await self._rooms.effective(place)).collections

    # Documents, and what can be done about a reply

    async def _show_source(self, command: commands.ShowSource, request: ChatRequest) -> Message:
        try:
            async with time_limit(self._options.answer_seconds):
                scope = await self.scope(request.place)
                info = await self._sources.by_name(command.name, scope)
                return await self._actions.describe(info)
        except UnknownDocumentError:
            if command.or_ask is None:
                raise
        return await self._questions.answer(commands.Ask(command.or_ask), request)

    async def _look(
        self,
        command: commands.ListSources
        | commands.More
        | commands.Context
        | commands.About
        | Action
        | commands.PressOnMessage,
        request: ChatRequest,
    ) -> Message:
        scope = await self.scope(request.place)
        match command:
            case commands.ListSources(collection):
                return await self._list(collection, scope)
            case commands.More():
                message = await self._actions.more(request, scope)
                if isinstance(message, Action):
                    return await self._look(message, request)
                return message
            case commands.Context():
                return await self._actions.context(command, request, scope)
            case commands.About():
                return await self._about(scope)
            case Action(verb=Verb.LIST):
                return await self._list_page(command, scope)
            case Action():
                return await self._actions.press(command, request, scope)
            case commands.PressOnMessage():
                return await self._actions.react(command, request, scope)
            case _:
                assert_never(command)

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

    async def _about(self, scope: Scope) -> Message:
        infos = await self._answering.documents(scope)
        corpus = self._answering.corpus
        revision = await self._answering.run_in_thread(
            lambda: (corpus if scope is None else corpus.within(scope)).revision
        )
        keeps = self._options.keep_questions
        return self._layout.tell(about_blocks(infos, revision, keeps_questions=keeps))

    # Lookups of platforms, and notes of what they sent

    async def welcome(self, place: Place) -> Message:
        """How many documents there are to ask in a room, and how to go on."""
        infos: tuple[DocumentInfo, ...] = ()
        try:
            async with time_limit(self._options.answer_seconds):
                infos = await self._answering.documents(await self.scope(place))
        except (SourcesSayError, TookTooLongError) as fault:
            _log.info("how many documents there are is not known: %s", fault)
        if not infos:
            return self.say(notice(Text.NO_DOCUMENTS))
        hint = CommandName("help")
        return self.say(notice(Text.WELCOME, documents=len(infos), help=hint))

    async def suggestions(self, place: Place, typed: str, most: int) -> tuple[DocumentInfo, ...]:
        """Documents whose title or path holds what was typed so far, by title."""
        return await self._sources.suggestions(typed, most, await self.scope(place))

    async def collections(self, place: Place) -> tuple[str, ...]:
        """The collections that the room sees."""
        return self._sources.collections(await self.scope(place))

    async def posted(self, message: Message, request: ChatRequest, sent: str) -> None:
        """Note in which message a reply was given, or a further page of it."""
        await self._actions.posted(message, request, sent)

    async def reply_to(self, place: Place, question: str) -> Post | None:
        """Where the question in that message was answered."""
        return await self._store.answers.post_of_question(place.platform, place.room, question)

    async def forget_message(self, place: Place, message: str) -> tuple[str, ...]:
        """A message is gone, question or reply: the messages of the bot that go with it."""
        post = await self._store.answers.delete_post(place.platform, place.room, message)
        return () if post is None else post.reply_messages
