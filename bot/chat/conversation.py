"""A message to the pages that answer it: one dispatch, and the one place that catches."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
import traceback
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol, assert_never

from bot.answering import DocumentInfo
from bot.chat.commands import (
    COMMANDS,
    MOST_CHARACTERS,
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
from bot.chat.texts import ENGLISH, CommandName, Language, Notice, Text, notice, shorten
from bot.core.errors import SourcesSayError
from bot.core.replies import Answer, Excerpt, Reply
from bot.ingest.reporting import LoadReport, lines
from bot.retrieval.followups import Borrowed, borrow

ROOMS_REMEMBERED = 1_000
"""Rooms whose last reply is kept; the one that was silent longest goes first."""

MORE_AT_ONCE = 3
"""Further excerpts shown by one command."""

_log = logging.getLogger(__name__)
_MORE = CommandName("more")
_HELP = CommandName("help")
_PHRASE_CHARACTERS = 80

Scope = frozenset[str] | None
"""The collections that may be seen; None: all."""


class AnsweringPort(Protocol):
    """What a conversation needs of `bot.answering.Answering`."""

    async def ask(self, question: str, collections: Scope = None) -> Reply:
        """The reply to a question."""

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


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question a room asked last, as it was read, and when."""

    question: str
    at: float


class _TookTooLongError(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"longer than {seconds} seconds")
        self.seconds = seconds


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
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._clock = clock
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
        except _TookTooLongError as late:
            _log.warning("%s took longer than %s s", type(command).__name__, late.seconds)
            return self.say(notice(Text.TOOK_TOO_LONG, seconds=late.seconds))
        except SourcesSayError as error:
            return self.say(notice(Text.SENTENCE, sentence=str(error)))
        except Exception as fault:  # noqa: BLE001 - the one place: a person gets a sentence
            number = secrets.token_hex(3)
            kinds = type(command).__name__, type(fault).__name__
            _log.error("fault %s in %s: %s at %s", number, *kinds, _place(fault))
            # The trace goes to those who ask for it: at the console the log is on the screen.
            _log.debug("fault %s", number, exc_info=fault)
            return self.say(notice(Text.FAULT, number=number))

    async def welcome(self, room: str) -> tuple[Page, ...]:
        """How many documents there are to ask in this room, and how to go on."""
        try:
            async with self._at_most(self._manners.answer_seconds):
                infos = await self._answering.documents(self._scope(room))
        except (SourcesSayError, _TookTooLongError):
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
        self._asked.pop(room, None)

    async def _blocks(self, command: Command, room: str, curator: bool) -> tuple[Block, ...]:
        match command:
            case Ask(question):
                return await self._ask(question, room)
            case ListSources(collection):
                return await self._list(collection, room)
            case ShowSource(name):
                async with self._at_most(self._manners.answer_seconds):
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
        self._turns += 1
        turn = self._turns
        borrowed = self._follow_up(question, room)
        if borrowed is not None:
            question = borrowed.question
        async with self._at_most(self._manners.answer_seconds):
            reply = await self._answering.ask(question, self._scope(room))
        if isinstance(reply, Answer):
            excerpts, shown = (*reply.excerpts, *reply.further), len(reply.excerpts)
        else:
            excerpts = () if reply.nearest is None else (reply.nearest,)
            shown = len(excerpts)
        self._remember(room, _Memory(turn, excerpts, shown))
        blocks = reply_blocks(reply, numbered=True, more=_MORE)
        return blocks if borrowed is None else (said(_borrowed(borrowed)), *blocks)

    def _follow_up(self, question: str, room: str) -> Borrowed | None:
        """What `question` means after the one before; remembers what is asked at last.

        It is remembered before there is a reply: who asks on at once leans on this
        question, not on an older one.
        """
        now, borrowed = self._clock(), None
        before = self._asked.get(room)
        if before is not None and now - before.at < self._manners.follow_up_seconds:
            borrowed = borrow(question, before.question)
            if borrowed is not None and len(borrowed.question) > MOST_CHARACTERS:
                borrowed = None
        asked = question if borrowed is None else borrowed.question
        self._asked[room] = _Asked(asked, now)
        self._asked.move_to_end(room)
        while len(self._asked) > ROOMS_REMEMBERED:
            self._asked.popitem(last=False)
        return borrowed

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
        async with self._at_most(self._manners.answer_seconds):
            return quote_blocks(await self._answering.context(memory.excerpts[number - 1]))

    async def _list(self, collection: str | None, room: str) -> tuple[Block, ...]:
        async with self._at_most(self._manners.answer_seconds):
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
        async with self._at_most(self._manners.reload_seconds):
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

    @asynccontextmanager
    async def _at_most(self, seconds: float) -> AsyncIterator[None]:
        """A wait that ends; a timeout from elsewhere stays the fault that it is."""
        wait = asyncio.timeout(seconds)
        try:
            async with wait:
                yield
        except TimeoutError:
            if wait.expired():
                raise _TookTooLongError(seconds) from None
            raise


def _borrowed(borrowed: Borrowed) -> Notice:
    """The words that came from the question before."""
    told = ", ".join(shorten(each, _PHRASE_CHARACTERS) for each in borrowed.words)
    return notice(Text.BORROWED, words=told)


def _place(fault: Exception) -> str:
    """The file and line in which a fault came up, without any path of the machine."""
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
