"""A bot's port on a real server, and everything it was told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from bot.platforms.matrix.api.events import (
    InviteEvent,
    JoinEvent,
    MatrixEvent,
    MessageEvent,
    RoomEvent,
)
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.session.login import Account
from bot.platforms.matrix.session.vault import Vault
from bot.state.store import Store
from tests.harness.matrix_clients import PASSWORD, WITHIN, MatrixPerson
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import fresh

PICKLE_KEY = "a key for tests"

E = TypeVar("E", bound=MatrixEvent)


async def everywhere(_room: str) -> bool:
    """Strangers' requests to verify the bot are cancelled in every room."""
    return True


class Listener:
    """One run of a bot: its port, and what happened, in order."""

    def __init__(self, port: HomeserverPort) -> None:
        self.port = port
        self.happened: list[RoomEvent] = []
        self.before: Callable[[RoomEvent], None] = lambda _: None
        self.ended: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    async def take(self, happened: RoomEvent) -> None:
        self.before(happened)
        async with self._news:
            self.happened.append(happened)
            self._news.notify_all()

    def start(self) -> Self:
        self.ended = asyncio.create_task(self.port.listen(self.take, everywhere))
        return self

    async def stop(self) -> None:
        if self.ended is not None:
            self.ended.cancel()
            await asyncio.wait({self.ended})

    def every(self, kind: type[E], **traits: object) -> list[E]:
        return [
            one
            for one in self.happened
            if isinstance(one, kind)
            and all(getattr(one, name) == value for name, value in traits.items())
        ]

    async def until(self, kind: type[E], **traits: object) -> E:
        """Wait for something, and give it."""
        async with asyncio.timeout(WITHIN), self._news:
            await self._news.wait_for(lambda: self.every(kind, **traits))
            return self.every(kind, **traits)[0]

    def bodies(self, room: str) -> list[str]:
        return [one.body for one in self.every(MessageEvent, room=room)]


class Household:
    """A bot's account, its state and its folder, over several runs."""

    def __init__(self, synapse: Synapse, folder: Path, user: str) -> None:
        self.synapse, self.folder, self.user = synapse, folder, user

    def account(self, **more: Any) -> Account:
        given: dict[str, Any] = {
            "homeserver": self.synapse.url,
            "user": self.user,
            "folder": self.folder / "matrix",
            "password": PASSWORD,
            "pickle_key": PICKLE_KEY,
        }
        return Account(**(given | more))

    def secret(self, name: str) -> str:
        """A secret that the bot has stored: its `token` or its `device`."""
        return Vault(self.folder / "matrix", PICKLE_KEY).get(name) or ""

    @asynccontextmanager
    async def at_home(self, **more: Any) -> AsyncIterator[Listener]:
        """The bot, logged in, not listening yet."""
        self.folder.mkdir(exist_ok=True)
        async with await Store.open(self.folder) as store:
            port = await HomeserverPort.open(self.account(**more), store.values)
            listener = Listener(port)
            try:
                yield listener
            finally:
                await listener.stop()
                await port.close()

    @asynccontextmanager
    async def listening(self, **more: Any) -> AsyncIterator[Listener]:
        """The bot, past its first sync."""
        async with self.at_home(**more) as listener:
            yield listener.start()


def household(synapse: Synapse, folder: Path) -> Household:
    """A bot that never ran."""
    return Household(synapse, folder, synapse.register(fresh("bot"), PASSWORD))


async def together(
    person: MatrixPerson,
    bot: Listener,
    *,
    encrypted: bool = False,
    direct: bool = False,
    version: str | None = None,
) -> str:
    """A room with both of them in it."""
    user = bot.port.user_id
    made = await person.create_room(user, encrypted=encrypted, direct=direct, version=version)
    await bot.until(InviteEvent, room=made)
    await bot.port.join(made)
    await bot.until(JoinEvent, room=made, me=True)
    return made
