"""The whole bot on a Matrix server for tests: wired as the program wires it.

The bot can be stopped, killed and started anew on the same state and documents.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import regex
from pydantic import SecretStr

from bot.answering.reload import CorpusReloader
from bot.answering.service import AnsweringService
from bot.chat.operations import OperationTimeouts
from bot.config.access import MatrixAccess
from bot.config.settings import (
    ChatSettings,
    CorpusSettings,
    LimitSettings,
    MatrixSettings,
    RetrievalSettings,
    Settings,
    StateSettings,
    WebSettings,
)
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.reaction_offers import Signs
from bot.platforms.matrix.run import (
    matrix_connection,
    matrix_services,
    run_matrix,
)
from bot.platforms.matrix.session.login import Account
from bot.platforms.services import PlatformServices, SharedServices, Timing, build_services
from bot.state.records import Job
from bot.state.store import Store
from bot.state.values import Values
from tests.harness.bot_harness import BotHarness
from tests.harness.index_jobs import reloader
from tests.harness.matrix_clients import PASSWORD, MatrixPerson
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
WHALES = "which whales live in the north sea?"
"""The documents do not answer it, but one speaks of whale oil."""

_ANSWER_ID = regex.compile(r"(?:Answer|Silence) ([0-9a-f]{16}), corpus ([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class MatrixTestOptions:
    """What may differ from one start to the next."""

    per_person: int = 1_000
    per_room: int = 1_000
    seconds: int = 60
    waiting: int = 1_000
    at_once: int = 4
    prefix: str = "!ask"
    signs: Signs = "all"
    encryption: bool = True
    welcome: tuple[str, ...] = ("localhost",)
    curators: tuple[str, ...] = ()
    progress: float = 60.0
    alert_room: str = ""
    web: WebSettings = field(default_factory=WebSettings)
    name: str = ""
    avatar: str = ""


class Homeserver(Protocol):
    """Where the bot logs in."""

    @property
    def url(self) -> str: ...


@dataclass(eq=False)
class MatrixHarness(BotHarness):
    """The bot with its account, and the folders it works on.

    `answers` makes what answers, `opened` the connection.
    """

    synapse: Homeserver
    user: str
    corpus: Path
    state: Path
    options: MatrixTestOptions = field(default_factory=MatrixTestOptions)

    services: SharedServices = field(init=False)
    platform: PlatformServices = field(init=False)
    answering: AnsweringService = field(init=False)
    joined: asyncio.Event = field(init=False)
    answers: Callable[[CorpusReloader], AnsweringService] = AnsweringService
    opened: Callable[[Account, Values], Awaitable[HomeserverPort]] = HomeserverPort.open
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    task: asyncio.Task[None] | None = None

    @property
    def user_id(self) -> str:
        return f"@{self.user}:localhost"

    # The bot's life

    async def start(self, **changed: object) -> None:
        """Wire the bot as the program does, and wait until it has joined."""
        self.options = replace(self.options, **changed)  # type: ignore[arg-type]
        settings = self.settings()
        self.answering = self.answers(reloader(self.corpus))
        timing = Timing(operations=OperationTimeouts(progress=self.options.progress))
        self.services = await self.stack.enter_async_context(
            build_services(settings, self.answering, timing)
        )
        self.services.loaded(await self.services.answering.reload())
        self.joined = asyncio.Event()
        self.platform = matrix_services(self.services, lambda *_: self.joined.set())
        access = MatrixAccess(
            homeserver=self.synapse.url,
            user=self.user,
            password=SecretStr(PASSWORD),
            token=None,
            pickle_key=SecretStr("a key for tests"),
            recovery_key=None,
        )
        connection = matrix_connection(settings, access)
        self.task = asyncio.create_task(run_matrix(self.platform, connection, self.opened))
        ready = asyncio.create_task(self.joined.wait())
        async with asyncio.timeout(20):
            await asyncio.wait({self.task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            self.task.result()
        await ready

    def settings(self) -> Settings:
        """The settings of the program that the options stand for."""
        options = self.options
        return Settings(
            corpus=CorpusSettings(folder=self.corpus),
            retrieval=RetrievalSettings(encoder="none"),
            state=StateSettings(folder=self.state),
            chat=ChatSettings(name=options.name, avatar=options.avatar),
            limits=LimitSettings(
                per_person=options.per_person,
                per_room=options.per_room,
                seconds=options.seconds,
                waiting=options.waiting,
                at_once=options.at_once,
            ),
            matrix=MatrixSettings(
                inviters=options.welcome,
                curators=options.curators,
                prefix=options.prefix,
                signs=options.signs,
                encryption=options.encryption,
                alert_room=options.alert_room,
            ),
            web=options.web,
        )

    async def pending(self) -> tuple[Job, ...]:
        """What was taken and not done, once the bot has ended."""
        await self.stop()
        async with await Store.open(self.state) as store:
            return await store.jobs.pending("matrix")

    async def restart(self, **changed: object) -> None:
        """End the bot, and start it anew on the same folders, with other options if given."""
        await self.stop()
        await self.start(**changed)

    # Rooms

    async def welcomed(self, *people: MatrixPerson, wait: bool = True, **how: object) -> str:
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

    def said(self, who: MatrixPerson, room: str) -> list[Seen]:
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
