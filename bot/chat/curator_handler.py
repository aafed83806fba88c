"""Handler of what curators and managers do in chat: documents, pins, rooms and feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answering.service import AnsweringService
from bot.chat import commands
from bot.chat.buttons import Action, Verb, key_of
from bot.chat.curation import Curation, RemovalToConfirm
from bot.chat.error_messages import time_limit
from bot.chat.feedback_reports import FeedbackReports
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.operations import Blocks, Progress
from bot.chat.pin_curation import PinCuration
from bot.chat.questions import ChatServiceOptions
from bot.chat.rendering.blocks import notice_block
from bot.chat.request import ChatRequest
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import notice

if TYPE_CHECKING:
    from bot.state.store import Store

CURATOR_VERBS = frozenset(
    {
        Verb.DROP,
        Verb.CANCEL,
        Verb.FEEDBACK,
        Verb.REPLY,
        Verb.CANDIDATES,
        Verb.PIN,
        Verb.UNPIN,
        Verb.UNDO,
    }
)
"""The verbs of buttons for curators and managers."""


class CuratorHandler:
    """Carries out the commands and buttons of curators and managers.

    Each operation checks the rights of its caller. Methods raise TookTooLongError and faults of
    the program.
    """

    def __init__(
        self,
        answering: AnsweringService,
        store: Store,
        curation: Curation,
        layout: Layout,
        options: ChatServiceOptions,
    ) -> None:
        self._curation = curation
        self._layout = layout
        self._options = options
        self._feedback = FeedbackReports(
            answering, store, curation.rights, curation.reports, layout, options.syntax
        )
        self._pins = PinCuration(answering, store, curation, layout, options)

    async def carry_out(
        self, command: commands.CuratorCommand | Action, request: ChatRequest
    ) -> Message:
        """Carry out a command, or a button with one of `CURATOR_VERBS`."""
        match command:
            case commands.RemoveDocument(name):
                return await self._confirm_removal(name, request)
            case Action(verb=Verb.DROP | Verb.CANCEL):
                return await self._decide(command, request)
            case commands.ListFeedback() | Action(verb=Verb.FEEDBACK | Verb.REPLY):
                async with time_limit(self._options.answer_seconds):
                    return await self._feedback.carry_out(command, request)
            case Action():
                return await self._pins.carry_out(command, request, self._progress(request))
            case _ if isinstance(command, commands.PinCommand):
                return await self._pins.carry_out(command, request, self._progress(request))
            case _:
                progress = self._progress(request)
                return self._layout.tell(await self._curation.carry_out(command, request, progress))

    async def _confirm_removal(self, name: str, request: ChatRequest) -> Message:
        """The document with that name, with buttons to remove or to keep it."""
        if name.startswith("#"):
            name = await self._curation.path_of(name[1:]) or name
        scope = await self._curation.reports.scope(request)
        removal = await self._curation.removal(request.person, name, scope)
        if not isinstance(removal, RemovalToConfirm):
            return self._layout.tell(removal)
        blocks = removal.blocks
        if self._options.syntax.reactions:
            blocks = (*blocks, notice_block(notice(Text.CONFIRM_SIGNS)))
        return self._layout.confirm(blocks, key_of(removal.path))

    async def _decide(self, action: Action, request: ChatRequest) -> Message:
        """Carry out the decision of a curator to remove or keep a document."""
        if action.verb is Verb.CANCEL:
            return self._layout.say(notice(CuratorText.UNCHANGED_FILES))
        path = await self._curation.path_of(action.of)
        if path is None:
            return self._layout.say(notice(Text.DOCUMENT_GONE))
        return self._layout.tell(await self._curation.remove(request.person, request.place, path))

    def _progress(self, request: ChatRequest) -> Progress | None:
        tell = request.progress
        if tell is None:
            return None

        async def progress(blocks: Blocks) -> None:
            await tell(self._layout.tell(blocks))

        return progress
