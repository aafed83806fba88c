"""A message to the pages that answer it: one dispatch, and the one place that catches."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, assert_never

from bot.answering.service import DocumentInfo
from bot.chat.commands import (
    COMMANDS,
    Ask,
    Command,
    Context,
    Empty,
    Help,
    ListSources,
    Malformed,
    More,
    Quit,
    Reload,
    ShowSource,
    parse,
    unknown,
)
from bot.chat.error_messages import TookTooLongError, error_notice, time_limit
from bot.chat.follow_ups import FollowUps, borrowed_notice
from bot.chat.rendering.blocks import Block, NoticeBlock, said
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.pages import Page, paginate
from bot.chat.rendering.replies import (
    document_blocks,
    further_notice,
    list_blocks,
    quote_blocks,
    reply_blocks,
)
from bot.chat.texts.catalogue import CommandName, Language, Notice, Text, notice
from bot.chat.texts.english import ENGLISH
from bot.core.errors import SourcesSayError
from bot.core.replies import Answer, Excerpt, Reply
from bot.ingest.report import LoadReport, lines

ROOMS_REMEMBERED = 1_000
"""Rooms whose last reply is kept; the one that was silent longest goes first."""

MORE_AT_ONCE = 3
"""Further excerpts shown by one command."""

_MORE = CommandName("more")
_HELP = CommandName("help")

Scope = frozenset[str] | None
"""The collections that may be seen; None: all."""


class AnsweringPort(Protocol):
    """What a conversation needs of `bot.answering.service.Answering`."""

    def admit(self, question: str | None = None, collections: Scope = None) -> None:
        """`BusyError` where no further question is taken now, or not that one."""

    async def ask(self, question: str, collections: Scope = None) -> Reply:
        """The reply to a question; `BusyError` as `admit`."""

    async def documents(self, collections: Scope = None) -> tuple[DocumentInfo, ...]:
        """The documents served."""

    async def find(self, name: str, collections: Scope = None) -> DocumentInfo:
        """The document a name means; `UnknownDocumentError` where none or several."""

    async def context(self, excerpt: Excerpt, around: int = 1) -> tuple[Excerpt, ...]:
        """The passages around an excerpt."""

    async def reload(self) -> LoadReport:
        """The documents read again."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a conversation behaves: longest waits in seconds, and what may be done in it.

    `follow_up_seconds` is how long a question may lean on the one before; 0: never.
    """

    answer_seconds: float = 30.0
    reload_seconds: float = 600.0
    follow_up_seconds: float = 300.0
    can_quit: bool = False
    language: Language = ENGLISH


@dataclass(slots=True)
class _Memory:
    """The last reply of a room, and how many of its excerpts were shown."""

    turn: int
    excerpts: tuple[Excerpt, ...]
    shown: int


class Conversation:
    """What any platform does with a message; knows no platform.

    `limit` is the size of a page in the dialect's unit, None for no limit. `collections`
    is what may be seen, for all rooms or by room. `clock` tells seconds that only go on.
    """

    def __init__(
        self,
        answering: AnsweringPort,
        dialect: Dialect,
        limit: int | None = None,
        *,
        collections: Scope | Callable[[str], Scope] = None,
        manners: Manners | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answering = answering
        self._dialect = dialect
        self._limit = limit
        self._collections = collections
        self._manners = manners or Manners()
        self._rooms: OrderedDict[str, _Memory] = OrderedDict()
        self._following = FollowUps(self._manners.follow_up_seconds, clock)
        self._turns = 0

    async def handle(self, text: str, room: str, *, curator: bool = False) -> tuple[Page, ...]:
        """The pages that answer a message; none for a command to leave.

        Only a curator may reload. Raises nothing but cancellation.
        """
        return await self.act(parse(text), room, curator=curator)

    async def act(self, command: Command, room: str, *, curator: bool = False) -> tuple[Page, ...]:
        """As `handle`, for a platform that has commands of its own."""
        try:
            blocks = await self._blocks(command, room, curator)
            return paginate(blocks, self._dialect, self._limit)
        except Exception as fault:  # noqa: BLE001 - the one place: a person gets a sentence
            return self.say(error_notice(fault, type(command).__name__))

    async def welcome(self, room: str) -> tuple[Page, ...]:
        """How many documents there are to ask in this room, and how to go on."""
        try:
            async with time_limit(self._manners.answer_seconds):
                infos = await self._answering.documents(self._scope(room))
        except (SourcesSayError, TookTooLongError):
            return self.say(notice(Text.NO_DOCUMENTS))
        if not infos:
            return self.say(notice(Text.NO_DOCUMENTS))
        return self.say(notice(Text.WELCOME, documents=len(infos), help=_HELP))

    def say(self, *notices: Notice) -> tuple[Page, ...]:
        """Fixed texts as pages of this conversation's dialect."""
        return paginate([said(*notices)], self._dialect, self._limit)

    def forget(self, room: str) -> None:
        """Drop what is remembered of a room."""
        self._rooms.pop(room, None)
        self._following.forget(room)

    async def _blocks(self, command: Command, room: str, curator: bool) -> tuple[Block, ...]:
        match command:
            case Ask(question):
                return await self._ask(question, room)
            case ListSources(collection):
                return await self._list(collection, room)
            case ShowSource(name):
                async with time_limit(self._manners.answer_seconds):
                    return document_blocks(await self._answering.find(name, self._scope(room)))
            case More():
                return self._more(room)
            case Context(number):
                return await self._context(number, room)
            case Reload():
                return await self._reload(curator)
            case Help():
                return self._help(curator)
            case Quit():
                return () if self._manners.can_quit else (said(unknown("/quit").notice),)
            case Empty():
                return (said(notice(Text.EMPTY)),)
            case Malformed(wrong):
                return (said(wrong),)
            case _:
                assert_never(command)

    async def _ask(self, question: str, room: str) -> tuple[Block, ...]:
        # A question that is not taken leaves no trace: nothing leans on it, "more" stays.
        scope = self._scope(room)
        self._answering.admit(question, scope)
        borrowed = self._following.meaning(question, room)
        if borrowed is not None:
            question = borrowed.question
            self._answering.admit(question, scope)
        self._following.remember(question, room)
        self._turns += 1
        turn = self._turns
        async with time_limit(self._manners.answer_seconds):
            reply = await self._answering.ask(question, scope)
        if isinstance(reply, Answer):
            excerpts, shown = (*reply.excerpts, *reply.further), len(reply.excerpts)
        else:
            excerpts = () if reply.nearest is None else (reply.nearest,)
            shown = len(excerpts)
        self._remember(room, _Memory(turn, excerpts, shown))
        blocks = reply_blocks(reply, numbered=True, more=_MORE)
        return blocks if borrowed is None else (said(borrowed_notice(borrowed)), *blocks)

    def _remember(self, room: str, memory: _Memory) -> None:
        """Keep the reply to the question that was asked last, not that was done last."""
        before = self._rooms.get(room)
        if before is None or before.turn < memory.turn:
            self._rooms[room] = memory
        self._rooms.move_to_end(room)
        while len(self._rooms) > ROOMS_REMEMBERED:
            self._rooms.popitem(last=False)

    def _recall(self, room: str) -> _Memory | None:
        memory = self._rooms.get(room)
        if memory is not None:
            self._rooms.move_to_end(room)
        return memory

    def _more(self, room: str) -> tuple[Block, ...]:
        memory = self._recall(room)
        if memory is None:
            return (said(notice(Text.ASK_FIRST)),)
        further = memory.excerpts[memory.shown : memory.shown + MORE_AT_ONCE]
        if not further:
            return (said(notice(Text.NOTHING_FURTHER)),)
        quotes = quote_blocks(further, memory.shown + 1)
        memory.shown += len(further)
        left = len(memory.excerpts) - memory.shown
        return (*quotes, said(further_notice(left, _MORE))) if left else quotes

    async def _context(self, number: int, room: str) -> tuple[Block, ...]:
        memory = self._recall(room)
        if memory is None or not memory.shown:
            return (said(notice(Text.ASK_FIRST)),)
        if not 1 <= number <= memory.shown:
            return (said(notice(Text.NO_SUCH_EXCERPT, number=number, count=memory.shown)),)
        async with time_limit(self._manners.answer_seconds):
            return quote_blocks(await self._answering.context(memory.excerpts[number - 1]))

    async def _list(self, collection: str | None, room: str) -> tuple[Block, ...]:
        async with time_limit(self._manners.answer_seconds):
            infos = await self._answering.documents(self._scope(room))
        if collection is None:
            return list_blocks(infos)
        wanted = collection.casefold()
        chosen = [info for info in infos if info.document.collection.casefold() == wanted]
        if not chosen:
            return (said(notice(Text.NO_SUCH_COLLECTION, name=collection)),)
        return list_blocks(chosen)

    async def _reload(self, curator: bool) -> tuple[Block, ...]:
        if not curator:
            return (said(notice(Text.CURATORS_ONLY)),)
        async with time_limit(self._manners.reload_seconds):
            report = await self._answering.reload()
        return (said(*(notice(Text.RELOAD_LINE, line=line) for line in lines(report))),)

    def _help(self, curator: bool) -> tuple[Block, ...]:
        hidden = set() if curator else {"reload"}
        if not self._manners.can_quit:
            hidden.add("quit")
        known = self._manners.language.help
        commands = (
            notice(Text.HELP_LINE, command=command, what=known[command.name])
            for command in COMMANDS
            if command.name not in hidden
        )
        intro = NoticeBlock(((notice(Text.HELP), notice(Text.HELP_ASK)),))
        return (intro, said(*commands))

    def _scope(self, room: str) -> Scope:
        scope = self._collections
        return scope(room) if callable(scope) else scope
