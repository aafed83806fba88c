"""A club on the Discord for tests, with the whole bot in it: wired as `sources-say` wires it.

The bot can be stopped, killed and started anew on the same state and documents.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import discord
import regex
from pydantic import SecretStr

from bot.answering.reload import CorpusReloader
from bot.chat.identity import Person, Place, Scope
from bot.chat.operations import OperationTimeouts
from bot.chat.texts.notices import Notice
from bot.config.settings import (
    AnswerSettings,
    ChatSettings,
    CorpusSettings,
    DiscordSettings,
    LimitSettings,
    ReaderSettings,
    RetrievalSettings,
    Settings,
    StateSettings,
    WebSettings,
)
from bot.core.replies import ELLIPSIS
from bot.platforms.discord.client import Client
from bot.platforms.discord.run import (
    DiscordBot,
    DiscordConnection,
    discord_connection,
    discord_services,
    stay_on_discord,
)
from bot.platforms.services import PlatformServices, SharedServices, Timing, build_services
from bot.state.records import Mode
from tests.harness.bot_harness import BotHarness
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.places import Channel, Guild
from tests.harness.discord_server.server import DiscordServer
from tests.harness.gated_answering import GatedAnswering
from tests.harness.index_jobs import reloader

READY_SECONDS = 0.02
"""How long the client waits for further servers; discord.py would wait two seconds."""

DOCUMENTS = {
    "town/harbour.md": """# The harbour

The harbour of Corvel was dredged in 1903 by the engineer Ada Sand. It took nine months.

The dredging cost 78,000 crowns, which the town paid for with a tax on salt.

Ships of up to four metres of draught have been able to enter since then.
""",
    "town/market.md": """# The market

The market of Corvel is held on Fridays. The dredging of the harbour cost 81,000 crowns.

Fish, salt and rope are sold there until noon.
""",
    "town/chronicle.md": """# A chronicle of the town

In 1903 the harbour of Corvel was dredged again. The mayor spoke of a cost of 80,000 crowns.

The dredging of the harbour began in April, with two barges that were lent by the navy.

When the dredging ended, the crowns that were left over went into a new bell.

Nobody was hurt while the harbour was dredged, apart from a mule.
""",
    "town/letters.md": """# Letters of Ada Sand

Sand wrote home that the harbour was full of stones the size of loaves.

She asked for 5,000 crowns more, for the dredging of the northern basin.
""",
    "guild/vault.md": """# The vault

The vault of the guild lies under the hall. Its door was made by the smith Tom Harrow.

Only the treasurer may open the vault, on the first Monday of the month.
""",
}
MANIFEST = """["town/harbour.md"]
title = "The harbour"
author = "M. Ferrow"
date = "1911"
url = "https://example.org/harbour"

["town/market.md"]
title = "The market"
publisher = "The Corvel Almanac"
"""

DREDGED = "Who dredged the harbour of Corvel in 1903?"
COST = "How many crowns did the dredging of the harbour cost?"
VAULT = "Who made the door of the vault?"
KIBBEH = "what is a good recipe for kibbeh?"
LAMPS = "do salt lamps help against headaches?"
"""The documents do not answer it, but two of them speak of salt."""

_ANSWER_ID = regex.compile(r"(?:Answer|Silence) ([0-9a-f]{16}), corpus ([0-9a-f]{8})\.")


class CountedAnswering(GatedAnswering):
    """Counts the questions that wait at the gate."""

    def __init__(self, loads: CorpusReloader) -> None:
        super().__init__(loads)
        self.waiting = 0
        self.changed: Callable[[], None] = lambda: None

    async def hold(self, question: str, collections: Scope) -> None:
        self.waiting += 1
        self.changed()
        try:
            await super().hold(question, collections)
        finally:
            self.waiting -= 1


class QuickMember(DiscordBot):
    """The client as it is, without discord.py's pauses at the start."""

    def __init__(self, chat: PlatformServices, connection: DiscordConnection) -> None:
        super().__init__(chat, connection)
        self._connection.guild_ready_timeout = READY_SECONDS

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No pause."""


@dataclass(frozen=True, slots=True)
class DiscordTestOptions:
    """What may differ from one start to the next; as in the settings."""

    message_content: bool = False
    per_person: int = 20
    per_room: int = 600
    seconds: int = 60
    waiting: int = 1_000
    at_once: int = 4
    keep_questions: bool = False
    reader_url: str = ""
    emphasis: bool = True
    answer_seconds: float = 30.0
    progress_seconds: float = 60.0
    """On a busy machine a file takes longer than people are left without a word."""
    curator_roles: tuple[str, ...] = ()
    manager_roles: tuple[str, ...] = ()
    command_servers: tuple[str, ...] = ()
    token: str = ""
    direct: tuple[str, ...] = ()
    alert_channel: str = ""
    shard_count: int = 0
    web: WebSettings = field(default_factory=WebSettings)
    name: str = ""
    avatar: str = ""


@dataclass(eq=False)
class DiscordHarness(BotHarness):
    """A server named Club with its members, the bot, and the folders it works on.

    `ana` and `ben` are plain members, `mod` may delete messages, `boss` manages the server,
    `curator` too and is named as a curator in the settings.
    """

    server: DiscordServer
    guild: Guild
    general: Channel
    ana: DiscordPerson
    ben: DiscordPerson
    mod: DiscordPerson
    boss: DiscordPerson
    curator: DiscordPerson
    corpus: Path
    state: Path
    options: DiscordTestOptions = field(default_factory=DiscordTestOptions)
    clock: Callable[[], float] = time.monotonic
    pauses: list[float] = field(default_factory=list)
    """The pauses the supervisor asked for; none is kept."""

    joined: list[list[str]] = field(default_factory=list)
    """What the operator reads each time that the bot is online."""

    loads: Callable[[Path], CorpusReloader] = reloader
    answering: CountedAnswering = field(init=False)
    services: SharedServices = field(init=False)
    platform: PlatformServices = field(init=False)
    connection: DiscordConnection = field(init=False)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    client: Client | None = None
    task: asyncio.Task[None] | None = None

    # The bot's life

    async def start(self, *, wait: bool = True) -> None:
        """Wire the bot as the program does, and let it join; without `wait` do not wait for it."""
        settings = self.settings()
        self.answering = CountedAnswering(self.loads(self.corpus))
        self.answering.changed = self.server.world.changed
        timing = Timing(
            clock=self.seconds,
            answer_seconds=self.options.answer_seconds,
            operations=OperationTimeouts(progress=self.options.progress_seconds),
        )
        self.services = await self.stack.enter_async_context(
            build_services(settings, self.answering, timing)
        )
        self.services.loaded(await self.services.answering.reload())
        token = SecretStr(self.options.token or self.server.token)
        self.connection = discord_connection(settings, token)
        ids = self.connection.command_ids
        self.platform = discord_services(self.services, self._note_join, ids)

        def make() -> Client:
            self.client = self.new_client()
            return self.client

        async def run(client: Client) -> None:
            await client.start(self.connection.token, reconnect=True)

        async def no_pause(seconds: float) -> None:
            self.pauses.append(seconds)
            await asyncio.sleep(0)

        self.task = asyncio.create_task(stay_on_discord(make, run, sleep=no_pause))
        if wait:
            await self.ready()

    def _note_join(self, name: str, places: int, *notes: Notice) -> None:
        self.joined.append([name, str(places), *(each.plain() for each in notes)])

    def seconds(self) -> float:
        """The clock asked anew each time: a test may put another in its place at any moment."""
        return self.clock()

    def new_client(self) -> Client:
        """A client of the bot that has not joined yet."""
        return QuickMember(self.platform, self.connection)

    def settings(self) -> Settings:
        """The settings of the program that the options stand for."""
        options = self.options
        return Settings(
            corpus=CorpusSettings(folder=self.corpus),
            answer=AnswerSettings(emphasis=options.emphasis),
            retrieval=RetrievalSettings(encoder="none"),
            reader=ReaderSettings(url=options.reader_url),
            state=StateSettings(folder=self.state, keep_questions=options.keep_questions),
            chat=ChatSettings(name=options.name, avatar=options.avatar),
            limits=LimitSettings(
                per_person=options.per_person,
                per_room=options.per_room,
                seconds=options.seconds,
                waiting=options.waiting,
                at_once=options.at_once,
            ),
            discord=DiscordSettings(
                message_content=options.message_content,
                curator_users=(str(self.curator.id),),
                curator_roles=options.curator_roles,
                manager_roles=options.manager_roles,
                direct_collections=options.direct,
                command_servers=options.command_servers,
                alert_channel=options.alert_channel,
                shard_count=options.shard_count,
                gateway_url=self.server.gateway_url,
            ),
            web=options.web,
        )

    async def ready(self, seconds: float = 5) -> None:
        """Wait until the bot is on Discord and said so."""
        assert self.task is not None
        joined = asyncio.create_task(self._joined(seconds))
        await asyncio.wait({self.task, joined}, return_when=asyncio.FIRST_COMPLETED)
        if not joined.done():
            joined.cancel()
            await self.task
        await joined

    async def _joined(self, seconds: float) -> None:
        await self.server.ready(seconds)
        assert self.client is not None
        async with asyncio.timeout(seconds):
            await self.client.wait_until_ready()

    async def kill(self) -> None:
        """End the bot in the middle of things: nothing that is begun is finished."""
        assert self.client is not None
        await self.client.inbox.drain(0.0)
        await self.stop()

    async def restart(self, **changed: object) -> None:
        """End the bot, and start it anew on the same folders, with other options if given."""
        await self.stop()
        self.options = replace(self.options, **changed)  # type: ignore[arg-type]
        self.server.app.message_content = self.options.message_content
        await self.start()

    @property
    def discord(self) -> discord.Client:
        """The client that is running."""
        assert self.client is not None
        return self.client

    # The documents

    def is_verbatim(self, message: ServerMessage) -> bool:
        """Whether a message quotes, and every quoted word stands so in a document served."""
        documents = [document.text for document in self.answering.corpus.documents]
        lines = [piece for line in quoted(message) for piece in line.split(ELLIPSIS)]
        return bool(lines) and all(any(line in text for text in documents) for line in lines)

    # Talk

    async def ask(self, who: DiscordPerson, where: Channel, question: str) -> ServerMessage:
        """The reply to a question that mentions the bot."""
        asked = await who.say(where, question, mention_bot=True)
        return await self.server.wait_for_message(where, reply_to=asked)

    async def settled(self, where: Channel) -> None:
        """Wait until all that was said before is done with: somebody asks and is answered."""
        await self.ask(self.boss, where, DREDGED)

    async def done(self) -> None:
        """Wait until the bot has nothing at work."""
        assert self.client is not None
        await self.client.inbox.idle()

    async def until(self, look: Callable[[], object], what: str = "") -> None:
        """Wait until something is true."""
        await self.server.wait_until(look, what=what)

    async def bind(self, where: Channel, *collections: str) -> None:
        """Let a room see these collections only."""
        await self.platform.rooms.set_collections(self.place(where), frozenset(collections))

    async def set_mode(self, where: Channel, mode: Mode) -> None:
        """Set which messages of a room are questions."""
        await self.platform.rooms.set_mode(
            self.place(where), mode, hears_everything=self.options.message_content
        )

    def place(self, where: Channel) -> Place:
        """A channel as the chat knows it."""
        guild = where.guild
        return Place(
            platform="discord",
            space="direct" if guild is None else str(guild.id),
            room=str(where.id),
            parent=str(where.parent.id) if where.parent else None,
            direct=guild is None,
        )

    def asker(self, who: DiscordPerson) -> Person:
        """A person as the chat knows them."""
        return Person("discord", str(who.id))


def quoted(message: ServerMessage) -> list[str]:
    """The quoted lines of a message as a reader sees them, without empty ones."""
    lines = [line for line in message.text.split("\n") if line.startswith("> ")]
    shown = [regex.sub(r"\\([^\w\s])|\*\*", r"\1", line[2:]) for line in lines]
    return [line for line in shown if line.strip()]


def answer_id(message: ServerMessage) -> str:
    """The id of the reply a message shows."""
    found = _ANSWER_ID.search(message.text)
    assert found is not None, message.text
    return str(found[1])


async def opened(server: DiscordServer, corpus: Path, state: Path) -> DiscordHarness:
    """The club, without its bot started."""
    ana, ben, mod, boss, curator = map(server.add_user, ("ana", "ben", "mod", "boss", "curator"))
    guild = server.add_guild("Club", members=[ana, ben, mod, boss, curator])
    managing = guild.add_role("Managing", Can.MANAGE_GUILD | Can.MANAGE_MESSAGES)
    guild.add_member(boss, managing)
    guild.add_member(curator, managing)
    guild.add_member(mod, guild.add_role("Moderating", Can.MANAGE_MESSAGES))
    general = guild.add_channel("general")
    club = DiscordHarness(server, guild, general, ana, ben, mod, boss, curator, corpus, state)
    for path, text in DOCUMENTS.items():
        club.write(path, text)
    (corpus / "sources.toml").write_text(MANIFEST, encoding="utf-8")
    return club
