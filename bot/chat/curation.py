"""Curation: curators reload, add and remove documents in chat, managers set up rooms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.answering.service import AnsweringService
from bot.chat import commands
from bot.chat.buttons import key_of
from bot.chat.curator_reports import ROOM_ACTION, CuratorReports
from bot.chat.error_messages import time_limit
from bot.chat.file_undo import FileUndo
from bot.chat.identity import Person, Place, Rights, Scope
from bot.chat.operations import (
    CURATORS_ONLY,
    MANAGERS_ONLY,
    Blocks,
    OperationOutcome,
    Operations,
    OperationStart,
    OperationTimeouts,
    Progress,
    error_blocks,
)
from bot.chat.rendering.blocks import NoticeBlock, notice_block
from bot.chat.rendering.replies import document_blocks
from bot.chat.request import ChatRequest, fetch_attachment
from bot.chat.rooms import RoomChange, RoomPolicies, join_names
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.parameters import CommandName
from bot.core.corpus import collection_of
from bot.core.errors import SourcesSayError, UnknownDocumentError
from bot.ingest.display_names import display_name
from bot.ingest.formats import Limits
from bot.ingest.report import LoadReport, lines

if TYPE_CHECKING:
    from bot.state.store import Store


@dataclass(frozen=True, slots=True)
class RemovalToConfirm:
    """The path of a document, and the blocks that ask the curator to confirm its removal."""

    path: str
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class CorpusFiles:
    """The corpus `folder`, the `limits` of reading, and the folder of removed files (`trash`)."""

    folder: Path
    limits: Limits
    trash: Path


class Curation:
    """The operations of curators and managers; each checks the rights of its caller.

    `clock` returns the time of day, with its zone. Operations that change the corpus run one
    after the other, each to its end. They return a refusal as blocks, and raise
    TookTooLongError and faults of the program.
    """

    def __init__(
        self,
        answering: AnsweringService,
        store: Store,
        rights: Rights,
        rooms: RoomPolicies,
        files: CorpusFiles,
        clock: Callable[[], datetime],
        timeouts: OperationTimeouts | None = None,
    ) -> None:
        self._answering = answering
        self.rights = rights
        self._rooms = rooms
        self._files = files
        self._clock = clock
        self._timeouts = timeouts or OperationTimeouts()
        self._operations = Operations(store, clock, self._timeouts)
        self._one_at_a_time = asyncio.Lock()
        self._reloading: asyncio.Task[Blocks] | None = None
        self._last_load: tuple[LoadReport, datetime] | None = None
        self.reports = CuratorReports(
            answering, store, rights, rooms, lambda: self._last_load, self._timeouts
        )

    def loaded(self, report: LoadReport) -> None:
        """Record a load that began elsewhere: at the start, or after a file changed."""
        self._last_load = report, self._clock()

    async def close(self) -> None:
        """Wait for the running operations, at most as long as one may take."""
        await self._operations.close()

    async def carry_out(
        self,
        command: commands.CorpusCommand | commands.Forget | commands.RoomCommand,
        request: ChatRequest,
        progress: Progress | None = None,
    ) -> Blocks:
        """Carry out a command of curators or managers; returns the answer."""
        person, place = request.person, request.place
        match command:
            case commands.Reload():
                return await self.reload(person, place, progress)
            case commands.ShowStatus():
                return await self.reports.status(request)
            case commands.ShowLog():
                return await self.reports.log(person)
            case commands.Forget():
                return await self.reports.forget(person)
            case commands.AddDocument(collection, replace):
                if not self.rights.curates(person):
                    return CURATORS_ONLY
                file = await fetch_attachment(request)
                if isinstance(file, Notice):
                    return (notice_block(file),)
                return await self.add(person, place, collection, *file, replace, progress)
            case _:
                return await self._change_room(command, request)

    @property
    def folder(self) -> Path:
        """The corpus folder."""
        return self._files.folder

    async def change(
        self,
        request: ChatRequest,
        action: str,
        detail: str,
        work: Callable[[], Awaitable[OperationOutcome]],
        progress: Progress | None = None,
    ) -> Blocks:
        """Carry out a change of the corpus folder, after those that have begun."""
        start = OperationStart(request.person, request.place, action, detail)
        return await self._operations.outcome(self._begin(start, work), progress)

    async def reload(
        self, person: Person, place: Place, progress: Progress | None = None
    ) -> Blocks:
        """Reload the corpus and report the changes, the failed files and the seconds.

        If a reload is running already, its report is returned.
        """
        if not self.rights.curates(person):
            return CURATORS_ONLY
        running = self._reloading
        if running is None or running.done():
            start = OperationStart(person, place, "reload", "")
            self._reloading = self._begin(start, self._reload)
            return await self._operations.outcome(self._reloading, progress, CuratorText.RELOADING)
        if progress is not None:
            await self._operations.send_progress(progress, CuratorText.RELOAD_JOINED)
            return await self._operations.outcome(running)
        joined = notice_block(notice(CuratorText.RELOAD_JOINED))
        return (joined, *await self._operations.outcome(running))

    def _begin(
        self, start: OperationStart, work: Callable[[], Awaitable[OperationOutcome]]
    ) -> asyncio.Task[Blocks]:
        async def alone() -> OperationOutcome:
            async with self._one_at_a_time:
                return await work()

        return self._operations.begin(start, alone)

    async def _reload(self) -> OperationOutcome:
        report = await self._answering.reload()
        self.loaded(report)
        failed = f", {len(report.failed)} failed" if report.failed else ""
        return OperationOutcome((_report(report),), f"{report.documents} documents{failed}")

    async def add(
        self,
        person: Person,
        place: Place,
        collection: str | None,
        name: str,
        data: bytes,
        replace: bool = False,
        progress: Progress | None = None,
    ) -> Blocks:
        """Add a document to the corpus folder and serve it, or leave the folder as it was."""
        if not self.rights.curates(person):
            return CURATORS_ONLY
        start = OperationStart(person, place, "add", f"{collection}/{name}" if collection else name)
        work = partial(self._add, collection, name, data, replace)
        return await self._operations.outcome(self._begin(start, work), progress)

    async def _add(
        self, collection: str | None, name: str, data: bytes, replace: bool
    ) -> OperationOutcome:
        # The readers are imported when a curator first hands over a file: most never do.
        from bot.ingest.uploads import add  # noqa: PLC0415

        folder, limits, trash = self._files.folder, self._files.limits, self._files.trash
        file = await asyncio.to_thread(add, folder, collection, name, data, limits, replace, trash)
        undo = await asyncio.to_thread(FileUndo, folder, file.path, file.kept_as, file.made_folder)
        try:
            report = await self._reload_or(undo)
            reason = _failure_reason(file.path, report)
            if reason is None:
                text = CuratorText.REPLACED if file.replaced else CuratorText.ADDED
                path, collection = display_name(file.path), display_name(file.collection)
                done = notice(text, path=path, collection=collection, count=file.passages)
                return OperationOutcome((notice_block(done), _report(report)), file.path)
            await asyncio.to_thread(undo)
            self.loaded(await self._answering.reload())
        except SourcesSayError as error:
            reason = str(error)
        refusal = notice(CuratorText.NOT_ADDED, path=display_name(file.path))
        return _failure_outcome(refusal, reason, file.path)

    async def removal(
        self, person: Person, document: str, scope: Scope = None
    ) -> RemovalToConfirm | Blocks:
        """The document to be removed, with blocks that ask for confirmation; or a refusal.

        `document` is a name as for `find`, or the path of a file that failed to load. What is not
        in `scope` is not found: others may read the answer.
        """
        if not self.rights.curates(person):
            return CURATORS_ONLY
        try:
            async with time_limit(self._timeouts.lookup):
                info = await self._answering.find(document, scope)
        except SourcesSayError as error:
            path = document.strip()
            is_seen = scope is None or collection_of(path) in scope
            is_failed = is_seen and path in self._failed_paths()
            if isinstance(error, UnknownDocumentError) and is_failed:
                return RemovalToConfirm(path, (_confirmation(path, path),))
            return error_blocks(error)
        path, title = info.document.path, info.document.source.title
        return RemovalToConfirm(path, (*document_blocks(info), _confirmation(title, path)))

    async def path_of(self, key: str) -> str | None:
        """The path with that key, of a document or failed file; None if there is none any more."""
        served = (info.document.path for info in await self._answering.documents())
        paths = (*served, *self._failed_paths())
        return next((path for path in paths if key_of(path) == key), None)

    def _failed_paths(self) -> tuple[str, ...]:
        if self._last_load is None:
            return ()
        return tuple(failure.path for failure in self._last_load[0].failed)

    async def remove(self, person: Person, place: Place, path: str) -> Blocks:
        """Move a document to the trash and serve the rest, or leave the folder as it was."""
        if not self.rights.curates(person):
            return CURATORS_ONLY
        start = OperationStart(person, place, "remove", path)
        return await self._operations.outcome(self._begin(start, partial(self._remove, path)))

    async def _remove(self, path: str) -> OperationOutcome:
        from bot.ingest.uploads import remove  # noqa: PLC0415 - as above

        folder = self._files.folder
        removal = await asyncio.to_thread(remove, folder, path, self._files.trash)
        undo = await asyncio.to_thread(FileUndo, folder, removal.path, removal.kept_as)
        try:
            report = await self._reload_or(undo)
        except SourcesSayError as error:
            refusal = notice(CuratorText.NOT_REMOVED, path=display_name(removal.path))
            return _failure_outcome(refusal, str(error), removal.path)
        done = notice(CuratorText.DOCUMENT_REMOVED, path=display_name(removal.path))
        return OperationOutcome((notice_block(done), _report(report)), removal.path)

    async def _change_room(self, command: commands.RoomCommand, request: ChatRequest) -> Blocks:
        """Carry out a command about a room. Raises StateError, and then changes nothing."""
        if not self.rights.manages(request.person):
            return MANAGERS_ONLY
        if isinstance(command, commands.ShowRoom):
            blocks = await self._rooms.describe(request.place)
            if not command.with_choices or request.place.direct:
                return blocks
            return (*blocks, *await self._choices(request.place))
        description, making = self._room_change(command, request)
        detail = f"{'all rooms' if command.by_space else request.place.room}: {description}"

        async def work() -> OperationOutcome:
            change = await making
            return OperationOutcome(change.blocks, detail, "done" if change.done else "refused")

        start = OperationStart(request.person, request.place, ROOM_ACTION, detail)
        return await self._operations.outcome(self._operations.begin(start, work))

    async def _choices(self, place: Place) -> Blocks:
        """The welcome that members of a room see, and the settings to choose from.

        Everybody in the room may read it, so it names what the room sees, and no more.
        """
        scope = (await self._rooms.effective(place)).collections
        async with time_limit(self._timeouts.lookup):
            infos = await self._answering.documents(scope)
        welcome = notice(Text.NO_DOCUMENTS)
        if infos:
            welcome = notice(Text.WELCOME, documents=len(infos), help=CommandName("help"))
        names = {each.document.collection for each in infos}
        return notice_block(welcome), self._rooms.choices(names)

    def _room_change(
        self,
        command: commands.SetCollections
        | commands.SetMode
        | commands.SetLanguage
        | commands.SetThreads
        | commands.ClearRoom,
        request: ChatRequest,
    ) -> tuple[str, Awaitable[RoomChange]]:
        """The change in words, for the audit log, and an awaitable that makes it."""
        place, hears = request.place, request.hears_everything
        curates = self.rights.curates(request.person)
        match command:
            case commands.SetCollections(names, by_space):
                sees = "not bound" if names is None else f"sees {join_names(names) or 'nothing'}"
                return sees, self._rooms.set_collections(place, names, by_space, by_curator=curates)
            case commands.SetMode(mode, by_space):
                making = self._rooms.set_mode(place, mode, by_space, hears_everything=hears)
                return f"mode {mode.value}", making
            case commands.SetLanguage(language, by_space):
                description = f"language {language or 'default'}"
                return description, self._rooms.set_language(place, language, by_space)
            case commands.SetThreads(threads, by_space):
                description = f"threads {'on' if threads else 'off'}"
                return description, self._rooms.set_threads(place, threads, by_space)
            case commands.ClearRoom(by_space):
                return "cleared", self._rooms.clear(place, by_space, by_curator=curates)

    async def _reload_or(self, undo: FileUndo) -> LoadReport:
        """Reload the corpus; if that fails, undo the change of the folder and raise."""
        try:
            report = await self._answering.reload()
        except Exception:
            await asyncio.to_thread(undo)
            raise
        self.loaded(report)
        return report


def _report(report: LoadReport) -> NoticeBlock:
    return notice_block(*(notice(Text.WORDS, words=line) for line in lines(report)))


def _failure_reason(path: str, report: LoadReport) -> str | None:
    """The reason why the file at `path` failed to load; None if it is served."""
    reason = next((each.reason for each in report.failed if each.path == display_name(path)), None)
    return None if reason is None else reason[:1].upper() + reason[1:]


def _failure_outcome(refusal: Notice, reason: str, path: str) -> OperationOutcome:
    because = notice(Text.WORDS, words=reason)
    return OperationOutcome((notice_block(refusal, because),), path, f"failed: {reason}")


def _confirmation(title: str, path: str) -> NoticeBlock:
    return notice_block(notice(CuratorText.REMOVE_WHICH, title=title, path=display_name(path)))
