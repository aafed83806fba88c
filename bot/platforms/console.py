"""The console chat: a prompt at a terminal, plain lines at a pipe.

Whoever sits here has started the program and may do what a curator may.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import COLOR_SYSTEMS, Console

from bot.chat.commands import MOST_CHARACTERS, Quit, parse
from bot.chat.conversation import AnsweringPort, Conversation, Manners, Scope
from bot.chat.rendering.blocks import Block
from bot.chat.rendering.dialects import Dialect, Rendered
from bot.chat.rendering.pages import Page
from bot.chat.rendering.plain import PLAIN
from bot.chat.rendering.terminal import Screen, Terminal
from bot.chat.texts.catalogue import Text, notice
from bot.platforms.streams import InputLine, Output, read_lines

ROOM = "console"
PROMPT = "› "
MANNERS = Manners(can_quit=True)


@dataclass(frozen=True, slots=True)
class Streams:
    """Where a person or a program types, and where it reads."""

    given: TextIO | None
    output: Output

    @property
    def is_terminal(self) -> bool:
        """Whether a person sits at both ends."""
        given = self.given
        typed = given is not None and not given.closed and given.isatty()
        return typed and self.output.is_terminal


class Resizing:
    """The terminal's dialect at the size that the window has now."""

    def __init__(self, screen: Callable[[], Screen]) -> None:
        self._screen = screen

    def render(self, block: Block) -> Rendered:
        """The finished text of one block."""
        return Terminal(self._screen()).render(block)

    def between(self, before: Block, after: Block) -> Rendered:
        """What stands between two blocks on a page."""
        return Terminal(self._screen()).between(before, after)

    def measure(self, rendered: Rendered) -> int:
        """Code points."""
        return Terminal(self._screen()).measure(rendered)


def screen_of(stream: TextIO | None) -> Screen:
    """What the terminal behind `stream` can do, as far as it tells."""
    console = Console(file=stream)
    system = None if console.no_color else COLOR_SYSTEMS.get(console.color_system or "")
    links = not console.legacy_windows and os.environ.get("TERM") != "linux"
    return Screen(console.width, system, links and console.is_terminal)


def dialect_for(output: Output) -> Dialect:
    """Styled for a person at a terminal, plain for everything else."""
    return Resizing(lambda: screen_of(output.stream)) if output.is_terminal else PLAIN


class ConsoleChat:
    """One conversation, at whatever standard input and output are."""

    def __init__(self, conversation: Conversation, streams: Streams) -> None:
        self._conversation = conversation
        self._streams = streams

    async def at_terminal(self, history: History) -> None:
        """Prompt until /quit or the end of input; Ctrl-C takes back what was typed."""
        session: PromptSession[str] = PromptSession(PROMPT, history=history)
        self._write(await self._conversation.welcome(ROOM))
        while True:
            try:
                # A line of the log goes above the prompt, and does not tear it.
                with patch_stdout():
                    text = await session.prompt_async()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if isinstance(parse(text), Quit):
                return
            if text.strip():
                self._write(await self._reply(InputLine(text, len(text))))

    async def at_pipe(self) -> None:
        """Reply to every line, in order, until /quit or the end of input."""
        async for line in read_lines(self._streams.given):
            if isinstance(parse(line.text), Quit):
                return
            if line.text.strip():
                self._write(await self._reply(line))

    async def _reply(self, line: InputLine) -> tuple[Page, ...]:
        if line.is_whole:
            return await self._conversation.handle(line.text, ROOM, curator=True)
        too_long = notice(Text.TOO_LONG, most=MOST_CHARACTERS, length=line.length)
        return self._conversation.say(too_long)

    def _write(self, pages: tuple[Page, ...]) -> None:
        for page in pages:
            self._streams.output.write(page.text + "\n\n")


async def chat(
    answering: AnsweringPort,
    streams: Streams,
    *,
    collections: Scope = None,
    history: Callable[[], Path | None] = lambda: None,
) -> None:
    """The console chat, from its welcome to its end.

    `history` names the file that keeps what was typed; asked at a terminal only.
    """
    terminal = streams.is_terminal
    dialect = dialect_for(streams.output) if terminal else PLAIN
    console = ConsoleChat(
        Conversation(answering, dialect, collections=collections, manners=MANNERS), streams
    )
    if not terminal:
        await console.at_pipe()
        return
    file = history()
    await console.at_terminal(InMemoryHistory() if file is None else FileHistory(str(file)))
