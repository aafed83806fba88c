"""The console chat: a prompt at a terminal, plain lines at a pipe.

The person at the console has started the program, and has the rights of a curator. Replies are
saved in memory only, until the program ends.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import COLOR_SYSTEMS, Console

from bot.answering.service import AnsweringService
from bot.chat.command_grammar import CONSOLE, MOST_CHARACTERS, parse
from bot.chat.commands import Command, Malformed, Quit
from bot.chat.curation import CorpusFiles, Curation
from bot.chat.identity import Person, Place, Rights, Scope
from bot.chat.layout import TextLayout
from bot.chat.questions import ChatServiceOptions
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.plain import PLAIN
from bot.chat.rendering.terminal import Screen, Terminal
from bot.chat.request import ChatRequest
from bot.chat.rooms import RoomPolicies
from bot.chat.service import ChatService
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.platforms.pager import write_paged
from bot.platforms.streams import InputLine, Output, read_lines

if TYPE_CHECKING:
    # The libraries of the store take long to import, and other commands do not need it.
    from bot.state.store import Store

PLATFORM = "console"
PLACE = Place(PLATFORM, PLATFORM, PLATFORM, direct=True)
PERSON = Person(PLATFORM, PLATFORM)
OPTIONS = ChatServiceOptions(CONSOLE)


@dataclass(frozen=True, slots=True)
class Streams:
    """The input that a person or a program writes to, and the output that they read."""

    input: TextIO | None
    output: Output

    @property
    def is_terminal(self) -> bool:
        """Whether a person sits at both ends."""
        is_typed = self.input is not None and not self.input.closed and self.input.isatty()
        return is_typed and self.output.is_terminal


def screen_of(stream: TextIO | None) -> Screen:
    """The width, colours and links of the terminal behind `stream`, as far as it reveals them."""
    console = Console(file=stream)
    system = None if console.no_color else COLOR_SYSTEMS.get(console.color_system or "")
    links = not console.legacy_windows and os.environ.get("TERM") != "linux"
    return Screen(console.width, system, links and console.is_terminal)


def dialect_for(output: Output, *, emphasis: bool) -> Dialect:
    """The styled dialect for a person at a terminal, the plain one for everything else."""
    if not output.is_terminal:
        return PLAIN
    return Terminal(lambda: screen_of(output.stream), emphasis=emphasis)


async def typed_lines(chat: ChatService, history: Path | None) -> AsyncIterator[InputLine]:
    """The lines typed at a prompt, kept in the file `history`.

    Ctrl-C empties the prompt, Tab completes commands and the names that they take.
    """
    # Only a terminal needs this library, which takes long to import.
    from prompt_toolkit import PromptSession  # noqa: PLC0415
    from prompt_toolkit.history import FileHistory, InMemoryHistory  # noqa: PLC0415
    from prompt_toolkit.patch_stdout import patch_stdout  # noqa: PLC0415

    from bot.platforms.console_completion import ConsoleCompleter  # noqa: PLC0415

    kept = InMemoryHistory() if history is None else FileHistory(str(history))
    completer = ConsoleCompleter(chat, PLACE)
    session: PromptSession[str] = PromptSession(
        "› ", history=kept, completer=completer, complete_while_typing=False
    )
    while True:
        try:
            # patch_stdout() prints lines of the log above the prompt.
            with patch_stdout():
                text = await session.prompt_async()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        yield InputLine(text, len(text))


async def converse(
    chat: ChatService, lines: AsyncIterator[InputLine], output: Output, *, paged: bool = False
) -> None:
    """Reply to every line, in order, until /quit or the end of `lines`.

    If `paged`, a reply that is longer than the terminal is shown page by page.
    """
    count = 0
    async for line in lines:
        command: Command = parse(line.text, CONSOLE)
        if isinstance(command, Quit):
            return
        if not line.is_whole:
            command = Malformed(notice(Text.TOO_LONG, most=MOST_CHARACTERS, length=line.length))
        if line.text.strip():
            request = ChatRequest(PLACE, PERSON, thread=PLATFORM)
            message = await chat.handle(command, request)
            text = f"{message.text}\n\n"
            if paged:
                await write_paged(text, output)
            else:
                output.write(text)
            count += 1
            await chat.posted(message, request, str(count))


def console_chat(
    answering: AnsweringService,
    store: Store,
    files: CorpusFiles,
    dialect: Dialect = PLAIN,
    *,
    scope: Scope = None,
    options: ChatServiceOptions = OPTIONS,
) -> ChatService:
    """The chat service of a console, over the collections in `scope`."""
    rooms = RoomPolicies(store, lambda: answering.corpus.collections, direct=scope)
    rights = Rights(curators=frozenset((PERSON.id,)))
    curation = Curation(answering, store, rights, rooms, files, options.now)
    layout = TextLayout(dialect)
    return ChatService(answering, store, rooms, curation, layout, options)


async def run_console(
    answering: AnsweringService,
    files: CorpusFiles,
    streams: Streams,
    *,
    scope: Scope = None,
    emphasis: bool = True,
    history: Callable[[], Path | None] = lambda: None,
) -> None:
    """The console chat, from its welcome to its end.

    At a terminal `emphasis` tells the sentence found from its neighbours, and `history` returns
    the file in which typed lines are kept.
    """
    from bot.state.store import Store  # noqa: PLC0415 - see above

    output = streams.output
    dialect = dialect_for(output, emphasis=emphasis) if streams.is_terminal else PLAIN
    async with await Store.in_memory() as store:
        chat = console_chat(answering, store, files, dialect, scope=scope)
        lines = read_lines(streams.input)
        if streams.is_terminal:
            lines = typed_lines(chat, history())
            output.write(f"{(await chat.welcome(PLACE)).text}\n\n")
        await converse(chat, lines, output, paged=streams.is_terminal)
