"""Curation over a real folder, a real state file and real reloads."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.answering.build_job import Progress
from bot.answering.reload import CorpusReloader
from bot.answering.service import AnsweringService
from bot.chat.curation import CorpusFiles, Curation, RemovalToConfirm
from bot.chat.curator_reports import CuratorReports
from bot.chat.identity import Person, Place, Rights
from bot.chat.operations import Blocks, OperationTimeouts
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.request import ChatRequest
from bot.chat.rooms import RoomPolicies
from bot.ingest.formats import Limits
from bot.ingest.report import LoadReport
from bot.state.store import Store
from tests.harness.index_jobs import build_job

HALL = Place("discord", "town", "hall")
ADA = Person("discord", "900001", frozenset({"scribe"}))
BOB = Person("discord", "900002", manages=True)
CEM = Person("discord", "900003", moderates=True)
RIGHTS = Rights(curator_roles=frozenset({"scribe"}))
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLL = "# The toll\n\nThe toll on the bridge is two crowns.\n"
VAULT = "# The vault\n\nThe vault lies under the town hall.\n"


class Loading(CorpusReloader):
    """A reloader in whose loads something can happen first, or that can be held up."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        super().__init__(build_job(folder, limits=limits))
        self.first: list[Callable[[], object]] = []
        self.hold = False
        self.held, self.go_on = threading.Event(), threading.Event()
        self.loads = 0

    def reload(self, progress: Progress | None) -> LoadReport:
        self.loads += 1
        if self.hold:
            self.held.set()
            self.go_on.wait(30)
        if self.first:
            self.first.pop(0)()
        return super().reload(progress)


@dataclass
class CurationHarness:
    """Everything a test needs: the operations, what they work on, and what was told meanwhile."""

    curation: Curation
    reports: CuratorReports
    answering: AnsweringService
    store: Store
    loader: Loading
    folder: Path
    trash: Path
    rooms: RoomPolicies
    told: list[str] = field(default_factory=list)

    async def progress(self, blocks: Blocks) -> None:
        self.told.append(text(blocks))

    async def log(self) -> list[tuple[str, str, str, str]]:
        found = await self.store.audit.newest(100)
        return [(one.actor, one.action, one.detail, one.outcome) for one in reversed(found)]

    def tree(self) -> dict[str, str]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_text() if path.is_file() else ""
            for path in sorted(self.folder.rglob("*"))
        }


def text(told: Blocks | RemovalToConfirm) -> str:
    blocks = told.blocks if isinstance(told, RemovalToConfirm) else told
    return "\n".join(page.text for page in paginate(blocks, PLAIN))


def asks(person: Person) -> ChatRequest:
    """A request in the hall, on a platform that hears only what mentions the bot."""
    return ChatRequest(HALL, person, hears_everything=False)


def raise_fault() -> None:
    raise ZeroDivisionError


@asynccontextmanager
async def opened(place: Path, timeouts: OperationTimeouts) -> AsyncIterator[CurationHarness]:
    """The town with two documents, loaded once."""
    folder, state = place / "corpus", place / "state"
    for path, words in (("open/toll.md", TOLL), ("closed/vault.md", VAULT)):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(words)
    state.mkdir()
    loader = Loading(folder, Limits(max_bytes=20_000))
    answering = AnsweringService(loader)
    async with await Store.open(state) as store:
        ticks = iter(range(1_000_000))
        rooms = RoomPolicies(store, lambda: answering.corpus.collections)
        curation = Curation(
            answering,
            store,
            RIGHTS,
            rooms,
            CorpusFiles(folder, Limits(max_bytes=100_000), state / "removed"),
            lambda: START + timedelta(seconds=next(ticks)),
            timeouts,
        )
        curation.loaded(await answering.reload())
        yield CurationHarness(
            curation,
            curation.reports,
            answering,
            store,
            loader,
            folder,
            state / "removed",
            rooms,
        )
        loader.go_on.set()
        await curation.close()
