"""Commands of curators and managers: from a command to a call of `Curation`."""

from bot.chat import commands
from bot.chat.buttons import Action, Verb, key_of
from bot.chat.curation import Curation, RemovalToConfirm
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.operations import CURATORS_ONLY, Blocks, Progress
from bot.chat.rendering.blocks import notice_block
from bot.chat.request import ChatRequest, fetch_attachment
from bot.chat.texts.catalogue import Notice, Text, notice


class CuratorCommands:
    """Passes commands to `Curation`, with the person, the place and the attached file.

    With `reactions` a removal is confirmed by a reaction, so the question explains the signs.
    """

    def __init__(self, curation: Curation, layout: Layout, *, reactions: bool) -> None:
        self._curation = curation
        self._layout = layout
        self._reactions = reactions

    async def carry_out(
        self,
        command: commands.CorpusCommand | commands.Forget | commands.RoomCommand,
        request: ChatRequest,
    ) -> Blocks:
        """Carry out a command of curators or managers; returns the answer."""
        curation, person, place = self._curation, request.person, request.place
        reports = curation.reports
        match command:
            case commands.Reload():
                return await curation.reload(person, place, self._progress(request))
            case commands.ShowStatus():
                return await reports.status(person, place)
            case commands.ListUnanswered():
                return await reports.unanswered(person, place)
            case commands.ShowLog():
                return await reports.log(person)
            case commands.AddDocument():
                return await self._add(command, request)
            case commands.Forget():
                return await reports.forget(person)
            case _:
                return await curation.room_changes.carry_out(command, request)

    async def _add(self, command: commands.AddDocument, request: ChatRequest) -> Blocks:
        if not self._curation.rights.curates(request.person):
            return CURATORS_ONLY
        file = await fetch_attachment(request)
        if isinstance(file, Notice):
            return (notice_block(file),)
        return await self._curation.add(
            request.person,
            request.place,
            command.collection,
            *file,
            command.replace,
            self._progress(request),
        )

    async def confirm_removal(self, name: str, request: ChatRequest) -> Message:
        """The document with that name, with buttons to remove or to keep it."""
        if name.startswith("#"):
            name = await self._curation.path_of(name[1:]) or name
        removal = await self._curation.removal(request.person, name)
        if not isinstance(removal, RemovalToConfirm):
            return self._layout.tell(removal)
        blocks = removal.blocks
        if self._reactions:
            blocks = (*blocks, notice_block(notice(Text.CONFIRM_SIGNS)))
        return self._layout.confirm(blocks, key_of(removal.path))

    async def decide(self, action: Action, request: ChatRequest) -> Message:
        """Carry out the decision of a curator to remove or keep a document."""
        if action.verb is Verb.CANCEL:
            return self._layout.say(notice(Text.UNCHANGED_FILES))
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
