"""The whole bot on a Matrix server for tests: wired as the program wires it.

The bot can be stopped, killed and started anew on the same state and documents.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import regex

from bot.answering.service import AnsweringService
from bot.chat.curation import CorpusFiles, Curation
from bot.chat.grammar import MATRIX as SYNTAX
from bot.chat.identity import Rights
from bot.chat.layout import Layout
from bot.chat.operations import OperationTimeouts
from bot.chat.options import ChatServiceOptions
from bot.chat.rate_limits import RateLimiter
from bot.chat.rendering.matrix import MATRIX, MOST
from bot.chat.rooms import RoomPolicies
from bot.chat.service import ChatService
from bot.chat.texts.english import ENGLISH
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.platforms.matrix.adapter import MatrixOptions
from bot.platforms.matrix.api.nio_port import NioPort
from bot.platforms.matrix.api.port import Account, Port
from bot.platforms.matrix.reaction_offers import ReactionPace
from bot.platforms.matrix.run import MatrixConnection, run_matrix
from bot.platforms.parts import PlatformServices
from bot.state.records import Job
from bot.state.store import Store
from bot.state.values import Values
from tests.harness.matrix_clients import PASSWORD, Person
from tests.harness.matrix_view import Seen
from tests.harness.synapse import Synapse

DOCUMENTS = {
    "isle/lamp.md": """# The lamp

The lamp of Skerry Vore was lit in 1844 by the keeper Ivar Holm. It burned whale oil.

The tower cost 90,000 thalers, which the pilots paid for with a levy on herring.

Its light was seen from twenty miles away on clear nights.
""",
    "isle/keeper.md": """# The keeper

The keeper of Skerry Vore lived in the tower. The tower of Skerry Vore cost 86,000 thalers.

Bread and coal were brought to him by boat each Tuesday.
""",
    "isle/annals.md": """# Annals of the isle

In 1844 the tower of Skerry Vore was finished. The council wrote of a cost of 88,000 thalers.

In wages alone the tower of Skerry Vore cost 41,000 thalers, the council wrote.

For oak and lime the tower of Skerry Vore cost 20,000 thalers more.

The boats for the tower of Skerry Vore cost 9,000 thalers, paid in herring.

What the tower of Skerry Vore cost in all, the thalers of the pilots had to pay.

Nobody was drowned while the tower was built, apart from a goat.
""",
    "pilots/chest.md": """# The chest

The chest of the pilots stands in the harbour office. Its lock was made by Nils Brask.

Only the eldest pilot may open the chest, on the first day of the herring.
""",
}

LIT = "Who lit the lamp of Skerry Vore in 1844?"
COST = "How many thalers did the tower of Skerry Vore cost?"
CHEST = "Who made the lock of the chest?"
KIBBEH = "what is a good recipe for kibbeh?"

_ANSWER_ID = regex.compile(r"(?:Answer|Silence) ([0-9a-f]{16}), corpus ([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Options:
    """What may differ from one start to the next."""

    per_person: int = 1_000
    per_room: int = 1_000
    seconds: float = 60.0
    waiting: int = 1_000
    at_once: int = 4
    prefix: str = "!ask"
    offer_reactions: bool = True
    encryption: bool = True
    welcome: tuple[str, ...] = ("localhost",)
    curators: tuple[str, ...] = ()
    progress: float = 60.0


class Homeserver(Protocol):
    """Where the bot logs in."""

    @property
    def url(self) -> str: ...


@dataclass(eq=False)
class MatrixHarness:
    """The bot with its account, and the folders it works on.

    `answers` makes what answers, `opened` the connection.
    """

    synapse: Homeserver
    user: str
    corpus: Path
    state: Path
    options: Options = field(default_factory=Options)

    store: Store = field(init=False)
    answering: AnsweringService = field(init=False)
    curation: Curation = field(init=False)
    rooms: RoomPolicies = field(init=False)
    joined: asyncio.Event = field(init=False)
    answers: Callable[[Loader], AnsweringService] = AnsweringService
    opened: Callable[[Account, Values], Awaitable[Port]] = NioPort.open
    task: asyncio.Task[None] | None = None

    @property
    def user_id(self) -> str:
        return f"@{self.user}:localhost"

    # The bot's life

    async def start(self, **changed: object) -> None:
        """Wire the bot as the program does, and wait until it has joined."""
        self.options = replace(self.options, **changed)  # type: ignore[arg-type]
        self.state.mkdir(mode=0o700, exist_ok=True)
        self.store = await Store.open(self.state)
        self.answering = self.answers(Loader(self.corpus))
        self.joined = asyncio.Event()
        parts = self._wired()
        self.curation.loaded(await self.answering.reload())
        account = Account(
            homeserver=self.synapse.url,
            user=self.user,
            folder=self.state / "matrix",
            password=PASSWORD,
            pickle_key="a key for tests",
            encryption=self.options.encryption,
        )
        ways = MatrixOptions(
            welcome=self.options.welcome,
            prefix=self.options.prefix,
            offer_reactions=self.options.offer_reactions,
            pace=ReactionPace(seconds=0),
        )
        joining, values = MatrixConnection(account, ways), self.store.values
        self.task = asyncio.create_task(
            run_matrix(parts, joining, lambda account: self.opened(account, values))
        )
        ready = asyncio.create_task(self.joined.wait())
        async with asyncio.timeout(20):
            await asyncio.wait({self.task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            self.task.result()
        await ready

    def _wired(self) -> PlatformServices:
        options, store, answering = self.options, self.store, self.answering
        rights = Rights(frozenset(options.curators))
        self.rooms = RoomPolicies(store, lambda: answering.corpus.collections)
        files = CorpusFiles(self.corpus, Limits(), self.state / "removed")
        self.curation = Curation(
            answering,
            store,
            rights,
            self.rooms,
            files,
            lambda: datetime.now(UTC),
            OperationTimeouts(progress=options.progress),
        )
        limiter = RateLimiter(
            options.per_person,
            options.per_room,
            options.seconds,
            options.waiting,
            options.at_once,
            time.monotonic,
        )
        chat = ChatService(
            answering,
            store,
            self.rooms,
            self.curation,
            Layout(MATRIX, MOST, ENGLISH),
            ChatServiceOptions(SYNTAX),
            limiter,
        )
        return PlatformServices(
            chat, self.curation, rights, self.rooms, limiter, store, lambda *_: self.joined.set()
        )

    async def stop(self) -> None:
        """End the bot as the program does when it is told to."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
            self.task = None
            await self.curation.close()
            await self.store.close()

    async def pending(self) -> tuple[Job, ...]:
        """What was taken and not done, once the bot has ended."""
        await self.stop()
        async with await Store.open(self.state) as store:
            return await store.jobs.pending("matrix")

    async def restart(self, **changed: object) -> None:
        """End the bot, and start it anew on the same folders, with other options if given."""
        await self.stop()
        await self.start(**changed)

    # The documents

    def write(self, path: str, text: str) -> None:
        """Put a document into the corpus folder."""
        file = self.corpus / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    async def reload(self) -> None:
        """Serve what lies in the folder now."""
        self.curation.loaded(await self.answering.reload())

    # Rooms

    async def welcomed(self, *people: Person, wait: bool = True, **how: object) -> str:
        """A room that the first of these made, with the others and the bot in it."""
        host, *others = people
        invited = [other.user_id for other in others]
        room = await host.create_room(self.user_id, *invited, **how)  # type: ignore[arg-type]
        for other in others:
            await other.until(lambda other=other: room in other.invited)  # type: ignore[misc]
            await other.join(room)
        if wait:
            for each in people:
                await each.until(lambda each=each: each.seen(room, self.user_id))  # type: ignore[misc]
        return room

    def said(self, who: Person, room: str) -> list[Seen]:
        """What the bot said in a room, still standing."""
        return [one for one in who.seen(room, self.user_id) if not one.gone]


def reply_id(message: Seen) -> str:
    """The id of the answer or silence that a message shows."""
    found = _ANSWER_ID.search(message.body)
    assert found is not None, message.body
    return found[1]


async def moved_in(synapse: Synapse, user: str, folder: Path) -> MatrixHarness:
    """A bot with an account and documents, not started yet."""
    await asyncio.to_thread(synapse.register, user, PASSWORD)
    parlour = MatrixHarness(synapse, user, folder / "corpus", folder / "state")
    for path, text in DOCUMENTS.items():
        parlour.write(path, text)
    return parlour


@asynccontextmanager
async def at_home(
    synapse: Synapse, user: str, folder: Path, **options: object
) -> AsyncIterator[MatrixHarness]:
    """The bot, with an account and documents of its own, for as long as the body runs."""
    parlour = await moved_in(synapse, user, folder)
    try:
        await parlour.start(**options)
        yield parlour
    finally:
        await parlour.stop()
