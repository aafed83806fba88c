"""What curators and managers do in chat, and what they look at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.answering.service import AnsweringService
from bot.chat.error_messages import time_limit
from bot.chat.file_undo import Undo, names_in
from bot.chat.identity import Person, Place, Rights
from bot.chat.operations import (
    Blocks,
    OperationOutcome,
    Operations,
    OperationStart,
    OperationTimeouts,
    Progress,
    sentence,
)
from bot.chat.rendering.blocks import NoticeBlock, said
from bot.chat.rendering.replies import REVISION_SHOWN, document_blocks
from bot.chat.rooms import RoomChange, RoomPolicies, listed
from bot.chat.texts.catalogue import Notice, Text, notice, shorten
from bot.core.corpus import Corpus
from bot.core.errors import SourcesSayError, UnknownDocumentError
from bot.ingest.display_names import display_name
from bot.ingest.readers import Limits
from bot.ingest.report import LoadReport, lines
from bot.ingest.uploads import UploadedFile, add, remove
from bot.state.records import AuditEntry, Mode
from bot.state.store import Store

LISTED = 20
"""Questions without an answer, and deeds, that are shown at once."""

COUNTED = 1_000
"""Questions without an answer are counted up to so many."""

_QUESTION_CHARACTERS = 200
_CURATORS_ONLY: Blocks = (said(notice(Text.CURATORS_ONLY)),)
_MANAGERS_ONLY: Blocks = (said(notice(Text.MANAGERS_ONLY)),)


@dataclass(frozen=True, slots=True)
class RemovalToConfirm:
    """A document that will be removed if the person says so: `blocks` ask, `path` is it."""

    path: str
    title: str
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class CorpusFiles:
    """The corpus `folder`, the `limits` its files are read with, and where removed ones lie."""

    folder: Path
    limits: Limits
    trash: Path


class Curation:
    """The deeds of curators and managers; rights are looked at here, whoever asked before.

    `clock` tells the time of day, with its zone. Deeds that change the corpus go one after
    the other, each to its end. What is refused is said in blocks; raised are
    TookTooLongError and true faults.
    """

    def __init__(
        self,
        answering: AnsweringService,
        store: Store,
        rights: Rights,
        rooms: RoomPolicies,
        files: CorpusFiles,
        clock: Callable[[], datetime],
        patience: OperationTimeouts | None = None,
    ) -> None:
        self._answering = answering
        self._store = store
        self._rights = rights
        self._rooms = rooms
        self._files = files
        self._clock = clock
        self._patience = patience or OperationTimeouts()
        self._deeds = Operations(store, clock, self._patience)
        self._turn = asyncio.Lock()
        self._reloading: asyncio.Task[Blocks] | None = None
        self._loaded: tuple[LoadReport, datetime] | None = None

    def loaded(self, report: LoadReport) -> None:
        """Note a load that was not asked for here: at the start, or since a file changed."""
        self._loaded = report, self._clock()

    async def close(self) -> None:
        """Wait until the deeds that were begun are done, for as long as one may take."""
        await self._deeds.close()

    # The corpus

    async def reload(
        self, person: Person, place: Place, progress: Progress | None = None
    ) -> Blocks:
        """Read the documents again: what changed, what failed, how long it took.

        Who asks while a reload is under way gets the result of that one.
        """
        if not self._rights.curates(person):
            return _CURATORS_ONLY
        under_way = self._reloading
        if under_way is None or under_way.done():
            doing = OperationStart(person, place, "reload", "")
            self._reloading = self._deeds.begin(doing, self._reload)
            return await self._deeds.outcome(self._reloading, progress, Text.RELOADING)
        if progress is not None:
            await self._deeds.tell(progress, Text.RELOAD_JOINED)
            return await self._deeds.outcome(under_way)
        return (said(notice(Text.RELOAD_JOINED)), *await self._deeds.outcome(under_way))

    async def _reload(self) -> OperationOutcome:
        async with self._turn:
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
        """Put a document into the corpus folder and serve it, or leave all as it was."""
        if not self._rights.curates(person):
            return _CURATORS_ONLY

        async def work() -> OperationOutcome:
            async with self._turn:
                return await self._add(collection, name, data, replace)

        doing = OperationStart(person, place, "add", f"{collection}/{name}" if collection else name)
        return await self._deeds.outcome(self._deeds.begin(doing, work), progress)

    async def _add(
        self, collection: str | None, name: str, data: bytes, replace: bool
    ) -> OperationOutcome:
        folder, limits, trash = self._files.folder, self._files.limits, self._files.trash
        there = await asyncio.to_thread(names_in, folder)
        added = await asyncio.to_thread(add, folder, collection, name, data, limits, replace, trash)
        undo = await asyncio.to_thread(Undo, folder, added.path, added.kept_as, there)
        try:
            report = await self._served_or(undo)
            reason = _failure(added.path, report)
            if reason is None:
                return OperationOutcome((said(_added(added)), _report(report)), added.path)
            await self._undone(undo)
        except SourcesSayError as error:
            reason = str(error)
        told = notice(Text.NOT_ADDED, path=display_name(added.path))
        return _failed(told, reason, added.path)

    async def removal(
        self, person: Person, place: Place, document: str
    ) -> RemovalToConfirm | Blocks:
        """The document that a name means, to be asked about before it is removed.

        A file that cannot be read is named by its path, as the result of a reload shows it.
        """
        if not self._rights.curates(person):
            return _CURATORS_ONLY
        try:
            async with time_limit(self._patience.look):
                info = await self._answering.find(document)
        except UnknownDocumentError as error:
            failed = () if self._loaded is None else self._loaded[0].failed
            path = document.strip()
            if not any(one.path == path for one in failed):
                return sentence(error)
            return RemovalToConfirm(path, path, (_which(path, path),))
        except SourcesSayError as error:
            return sentence(error)
        path, title = info.document.path, info.document.source.title
        return RemovalToConfirm(path, title, (*document_blocks(info), _which(title, path)))

    async def remove(
        self, person: Person, place: Place, path: str, progress: Progress | None = None
    ) -> Blocks:
        """Take a document out of the corpus folder and serve the rest, or leave all as it was.

        The file is kept where removed files lie.
        """
        if not self._rights.curates(person):
            return _CURATORS_ONLY

        async def work() -> OperationOutcome:
            async with self._turn:
                return await self._remove(path)

        doing = OperationStart(person, place, "remove", path)
        return await self._deeds.outcome(self._deeds.begin(doing, work), progress)

    async def _remove(self, path: str) -> OperationOutcome:
        folder = self._files.folder
        removed = await asyncio.to_thread(remove, folder, path, self._files.trash)
        undo = await asyncio.to_thread(Undo, folder, removed.path, removed.kept_as)
        try:
            report = await self._served_or(undo)
        except SourcesSayError as error:
            told = notice(Text.NOT_REMOVED, path=display_name(removed.path))
            return _failed(told, str(error), removed.path)
        told = notice(Text.DOCUMENT_REMOVED, path=display_name(removed.path))
        return OperationOutcome((said(told), _report(report)), removed.path)

    async def _served_or(self, undo: Undo) -> LoadReport:
        """The corpus served as the folder is now; where that fails, the folder as it was."""
        try:
            report = await self._answering.reload()
        except Exception:
            await asyncio.to_thread(undo)
            raise
        self.loaded(report)
        return report

    async def _undone(self, undo: Undo) -> None:
        await asyncio.to_thread(undo)
        self.loaded(await self._answering.reload())

    # Rooms

    async def set_collections(
        self, person: Person, place: Place, names: frozenset[str] | None, by_space: bool = False
    ) -> Blocks:
        """Bind a room, or all of its space, to collections; None takes that back."""

        async def change() -> RoomChange:
            return await self._rooms.set_collections(place, names, by_space)

        what = "not bound" if names is None else f"sees {listed(names) or 'nothing'}"
        return await self._change(person, place, by_space, what, change)

    async def set_mode(
        self,
        person: Person,
        place: Place,
        mode: Mode | None,
        by_space: bool = False,
        *,
        hears_everything: bool,
    ) -> Blocks:
        """Set which messages of a room, or of all its space, are questions; None: no longer.

        `hears_everything` is whether the platform gets messages that do not mention it.
        """

        async def change() -> RoomChange:
            return await self._rooms.set_mode(
                place, mode, by_space, hears_everything=hears_everything
            )

        what = "no mode" if mode is None else f"mode {mode.value}"
        return await self._change(person, place, by_space, what, change)

    async def clear(self, person: Person, place: Place, by_space: bool = False) -> Blocks:
        """Take back all that is set for a room itself, or as the default of its space."""

        async def change() -> RoomChange:
            return await self._rooms.clear(place, by_space)

        return await self._change(person, place, by_space, "cleared", change)

    async def describe(self, person: Person, place: Place) -> Blocks:
        """What counts for a room, and where it was set."""
        if not self._rights.manages(person):
            return _MANAGERS_ONLY
        try:
            return await self._rooms.describe(place)
        except SourcesSayError as error:
            return sentence(error)

    async def _change(
        self,
        person: Person,
        place: Place,
        by_space: bool,
        what: str,
        change: Callable[[], Awaitable[RoomChange]],
    ) -> Blocks:
        if not self._rights.manages(person):
            return _MANAGERS_ONLY
        detail = f"{'all rooms' if by_space else place.room}: {what}"

        async def work() -> OperationOutcome:
            made = await change()
            return OperationOutcome(made.blocks, detail, "done" if made.done else "refused")

        doing = OperationStart(person, place, "room", detail)
        return await self._deeds.outcome(self._deeds.begin(doing, work))

    # What they look at

    async def status(self, person: Person, place: Place) -> Blocks:
        """What is served, what people think of it, and how many questions found no answer."""
        if not self._rights.manages(person):
            return _MANAGERS_ONLY
        try:
            # Who curates sees the whole corpus, who manages a room what is seen there.
            scope = None
            if not self._rights.curates(person):
                scope = (await self._rooms.effective(place)).collections
            async with time_limit(self._patience.look):
                corpus = await asyncio.to_thread(self._seen, scope)
                revision = await asyncio.to_thread(lambda: corpus.revision)
            kept = await self._store.answers.count()
            verdicts = await self._store.feedback.totals()
            unanswered = len(await self._asked_in_vain(person, place, COUNTED + 1))
        except SourcesSayError as error:
            return sentence(error)
        documents, passages = len(corpus.documents), len(corpus.passages)
        told = [
            notice(Text.STATUS_SERVED, documents=documents, passages=passages),
            notice(Text.STATUS_COLLECTIONS, names=listed(corpus.collections)),
            notice(Text.STATUS_REVISION, revision=revision[:REVISION_SHOWN]),
        ]
        if self._loaded is not None:
            report, at = self._loaded
            told.append(notice(Text.STATUS_LOADED, when=_when(at)))
            if report.failed:
                told.append(notice(Text.STATUS_FAILED, count=len(report.failed)))
        told.append(notice(Text.STATUS_REPLIES, count=kept))
        told.append(notice(Text.STATUS_VERDICTS, up=verdicts.up, down=verdicts.down))
        many = unanswered > COUNTED
        text = Text.STATUS_UNANSWERED_MANY if many else Text.STATUS_UNANSWERED
        told.append(notice(text, count=min(unanswered, COUNTED)))
        return (said(*told),)

    def _seen(self, scope: frozenset[str] | None) -> Corpus:
        corpus = self._answering.corpus
        return corpus if scope is None else corpus.within(scope)

    async def unanswered(self, person: Person, place: Place) -> Blocks:
        """Questions that met silence, most asked first: all for curators, else the space's."""
        if not self._rights.manages(person):
            return _MANAGERS_ONLY
        try:
            found = await self._asked_in_vain(person, place, LISTED)
        except SourcesSayError as error:
            return sentence(error)
        if not found:
            return (said(notice(Text.UNANSWERED_NONE)),)
        each = (
            notice(Text.UNANSWERED_LINE, count=count, question=shorten(asked, _QUESTION_CHARACTERS))
            for asked, count in found
        )
        return (said(notice(Text.UNANSWERED), *each),)

    async def _asked_in_vain(
        self, person: Person, place: Place, most: int
    ) -> tuple[tuple[str, int], ...]:
        """Questions that met silence, where this person may see them, and how often."""
        where = (None, None) if self._rights.curates(person) else (place.platform, place.space)
        found = await self._store.unanswered.most_asked(most, *where)
        return tuple((one.question, one.count) for one in found)

    async def deeds(self, person: Person, place: Place) -> Blocks:
        """What curators and managers did, newest first."""
        if not self._rights.curates(person):
            return _CURATORS_ONLY
        try:
            found = await self._store.audit.newest(LISTED)
        except SourcesSayError as error:
            return sentence(error)
        if not found:
            return (said(notice(Text.DEEDS_NONE)),)
        return (said(notice(Text.DEEDS), *map(_deed_line, found)),)

    async def forget(self, person: Person) -> Blocks:
        """Remove what names this person; anybody may ask for that, for themselves."""
        try:
            places = await self._store.retention.forget(person.platform, person.id)
        except SourcesSayError as error:
            return sentence(error)
        if not places:
            return (said(notice(Text.FORGOTTEN_NOTHING)),)
        return (said(notice(Text.FORGOTTEN, count=places)),)


def _report(report: LoadReport) -> NoticeBlock:
    return said(*(notice(Text.RELOAD_LINE, line=line) for line in lines(report)))


def _failure(path: str, report: LoadReport) -> str | None:
    """Why the file at `path` was not served after all, as a sentence; None where it is."""
    reason = next((one.reason for one in report.failed if one.path == display_name(path)), None)
    return None if reason is None else reason[:1].upper() + reason[1:]


def _failed(told: Notice, reason: str, path: str) -> OperationOutcome:
    because = notice(Text.SENTENCE, sentence=reason)
    return OperationOutcome((said(told, because),), path, f"failed: {reason}")


def _added(added: UploadedFile) -> Notice:
    text = Text.REPLACED if added.replaced else Text.ADDED
    return notice(
        text,
        path=display_name(added.path),
        collection=display_name(added.collection),
        count=added.passages,
    )


def _which(title: str, path: str) -> NoticeBlock:
    return said(notice(Text.REMOVE_WHICH, title=title, path=display_name(path)))


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _deed_line(deed: AuditEntry) -> Notice:
    when, text = _when(deed.at), Text.DEED_LINE if deed.actor else Text.DEED_FORGOTTEN
    what = {
        "action": deed.action,
        "detail": display_name(deed.detail),
        "outcome": display_name(deed.outcome),
    }
    return notice(text, when=when, **what, **({"actor": deed.actor} if deed.actor else {}))
