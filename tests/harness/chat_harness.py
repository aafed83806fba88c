"""The chat service over a folder of documents, with commands typed as at the console."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bot.answering.reload import CorpusReloader
from bot.chat.command_grammar import CONSOLE, parse
from bot.chat.commands import Command
from bot.chat.curation import CorpusFiles
from bot.chat.identity import Person, Place, Scope
from bot.chat.message import Message
from bot.chat.rendering.plain import BAR
from bot.chat.request import ChatRequest
from bot.chat.service import ChatService
from bot.ingest.formats import Limits
from bot.platforms.console import PERSON, PLATFORM
from tests.harness.gated_answering import GatedAnswering

FILES = CorpusFiles(Path("unused"), Limits(), Path("unused"))
"""Documents are neither added nor removed at the console."""

SOMEBODY = Person(PLATFORM, "somebody")


@dataclass
class ChatHarness:
    """People who type in rooms; each message is posted, so that "more" knows it."""

    chat: ChatService
    _numbers: count[int] = field(default_factory=lambda: count(1))

    async def type(self, text: str, room: str = "room", *, curator: bool = False) -> Message:
        """The message that answers what somebody typed."""
        return await self.do(parse(text, CONSOLE), room, curator=curator)

    async def do(self, command: Command, room: str = "room", *, curator: bool = False) -> Message:
        """The message that answers a command."""
        person = PERSON if curator else SOMEBODY
        request = ChatRequest(place(room), person, thread=room)
        message = await self.chat.handle(command, request)
        await self.chat.posted(message, request, str(next(self._numbers)))
        return message


def place(room: str) -> Place:
    """A room in which only one person speaks."""
    return Place(PLATFORM, room, room, direct=True)


def quotes(message: Message) -> list[str]:
    """The quoted lines of a message in plain text."""
    return [line[len(BAR) :] for line in message.text.split("\n") if line.startswith(BAR)]


class ScriptedAnswering(GatedAnswering):
    """Answers as ever, but with `fault`, and with what is not kept only while `gate` is open."""

    def __init__(self, reloader: CorpusReloader) -> None:
        super().__init__(reloader)
        self.fault: Exception | None = None
        self.asked = asyncio.Event()

    async def hold(self, question: str, collections: Scope) -> None:
        if self.fault is not None:
            raise self.fault
        if not self.is_cached(question, collections):
            self.asked.set()
            await super().hold(question, collections)
