"""Completion at the console: Tab completes commands, collections and titles of documents."""

from collections.abc import AsyncGenerator, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bot.chat.command_grammar import CONSOLE
from bot.chat.identity import Place
from bot.chat.service import ChatService

MOST_TITLES = 20
"""Titles that are offered at once."""


class ConsoleCompleter(Completer):
    """Offers what a command may go on with, over the documents that `place` sees."""

    def __init__(self, chat: ChatService, place: Place) -> None:
        self._chat = chat
        self._place = place

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Nothing: titles are looked up in the event loop alone."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The completions of the text before the cursor."""
        name, blank, typed = document.text_before_cursor.lstrip().partition(" ")
        if not blank:
            typed = name
            offered = [f"{CONSOLE.sign}{each}" for each in CONSOLE.names()]
        elif name == f"{CONSOLE.sign}sources":
            offered = list(await self._chat.collections(self._place))
        elif name == f"{CONSOLE.sign}source":
            infos = await self._chat.suggestions(self._place, typed, MOST_TITLES)
            for info in infos:
                yield Completion(" ".join(info.document.source.title.split()), -len(typed))
            return
        else:
            return
        for each in offered:
            if each.casefold().startswith(typed.casefold()):
                yield Completion(each, -len(typed))
