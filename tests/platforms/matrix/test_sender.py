"""Patience, pace and supervision: what happens while Matrix is slow or away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import stamina
from aiohttp import web

from bot.core.errors import MatrixError
from bot.platforms.matrix import reaction_offers
from bot.platforms.matrix.api.event_budget import FORGET_SECONDS, UNLIMITED, EventBudget
from bot.platforms.matrix.api.events import RoomEvent
from bot.platforms.matrix.api.http import RateLimitedError, RefusedError, UnreachedError
from bot.platforms.matrix.api.room_state import RoomState
from bot.platforms.matrix.outbox import until_reached
from bot.platforms.matrix.reaction_offers import LAST_REPLIES, ReactionOffers, Signs
from bot.platforms.retry import supervise
from tests.harness.stub_server import listening


@dataclass
class Pauses:
    """A sleep that lasts no time, and remembers how long it should have."""

    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


async def test_what_does_not_get_through_is_tried_again_until_it_does() -> None:
    tries = 0

    async def call() -> str:
        nonlocal tries
        tries += 1
        if tries < 12:
            raise UnreachedError("no connection")
        return "sent"

    with stamina.set_testing(True, attempts=100, cap=True):
        assert await until_reached(call) == "sent"
    assert tries == 12


async def test_a_no_is_not_tried_again() -> None:
    async def call() -> str:
        raise RefusedError(403, "M_FORBIDDEN")

    with pytest.raises(RefusedError):
        await until_reached(call)


async def test_what_breaks_is_started_anew_until_a_person_has_to_help() -> None:
    pauses, faults = Pauses(), [OSError("x"), UnreachedError("away"), None, MatrixError("Help.")]

    async def run() -> None:
        fault = faults.pop(0)
        if fault is not None:
            raise fault

    def fatal_error(fault: Exception) -> MatrixError | None:
        return fault if isinstance(fault, MatrixError) else None

    with pytest.raises(MatrixError, match="Help"):
        await supervise("Matrix", run, fatal_error, str, sleep=pauses)
    assert len(pauses.taken) == 3
    assert faults == []


@dataclass
class Wall:
    """A homeserver of which only reactions are seen."""

    budget: EventBudget
    user_id: str = "@bot:localhost"
    refusals: list[float] = field(default_factory=list)
    put: list[tuple[str, str]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def room(self, room: str) -> RoomState | None:
        return RoomState()

    async def react(self, room: str, event_id: str, key: str, txn: str) -> None:
        if self.refusals:
            seconds = self.refusals.pop()
            self.budget.limited(seconds)
            raise RateLimitedError(seconds)
        self.budget.spend()
        self.put.append((event_id, key))
        self.changed.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.put) < count:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def offers_on(wall: Wall, signs: Signs = "all") -> AsyncIterator[ReactionOffers]:
    offers = ReactionOffers(wall, signs)  # type: ignore[arg-type]
    task = asyncio.create_task(offers.run())
    yield offers
    task.cancel()
    await asyncio.wait({task})


def clock() -> float:
    return asyncio.get_running_loop().time()


async def test_signs_wait_for_messages_and_only_the_last_messages_get_them() -> None:
    wall = Wall(EventBudget(clock, UNLIMITED))
    async with offers_on(wall) as offers:
        with offers.message_due():
            for number in range(LAST_REPLIES + 2):
                offers.offer(f"!room{number}", f"${number}", ("➕", "👍"))
            offers.withdraw(f"!room{LAST_REPLIES + 1}", f"${LAST_REPLIES + 1}")
            await asyncio.sleep(0)
            assert wall.put == []
        await wall.until(2 * LAST_REPLIES - 2)
    newest_first = [f"${number}" for number in range(LAST_REPLIES, 1, -1)]
    assert wall.put == [(event, sign) for event in newest_first for sign in ("➕", "👍")]


async def test_signs_keep_a_pace_that_leaves_room_for_replies() -> None:
    seconds = 0.0
    wall = Wall(EventBudget(lambda: seconds))
    for _ in range(5):
        wall.budget.spend()
    async with offers_on(wall, "one") as offers:
        offers.offer("!room", "$1", ("✅", "❌"))
        await wall.until(2)
        offers.offer("!room", "$2", ("➕",))
        for _ in range(10):
            await asyncio.sleep(0)
    # Ten at once are allowed by default, and three of them are for replies.
    assert [key for _, key in wall.put] == ["✅", "❌"]
    assert wall.budget.wait() == 5.0
    seconds = 5.0
    assert wall.budget.wait() == 0.0


def test_a_busy_hour_holds_signs_up_no_longer_than_a_full_bucket() -> None:
    seconds = 0.0
    budget = EventBudget(lambda: seconds)
    for _ in range(200):
        budget.spend()
    # A full bucket: four events have to drain, at one in five seconds.
    assert budget.wait() == 20.0


def test_a_pace_that_a_refusal_taught_is_forgotten_after_a_while() -> None:
    seconds = 0.0
    budget = EventBudget(lambda: seconds)
    budget.limited(100.0)
    assert budget.wait() == 400.0
    seconds = FORGET_SECONDS
    budget.spend()
    assert budget.wait() == 0.0
    budget.limited(100.0)
    assert budget.wait() == 400.0


async def test_signs_that_somebody_asked_for_do_not_wait_for_others() -> None:
    wall = Wall(EventBudget(clock))
    for _ in range(7):
        wall.budget.spend()
    async with offers_on(wall, "one") as offers:
        offers.offer("!room", "$1", ("➕",))
        offers.offer("!room", "$2", ("➕",))
        # The reserve is reached: these wait for five seconds.
        await asyncio.sleep(0.01)
        assert wall.put == []
        offers.show("!room", "$1", ("👍",))
        async with asyncio.timeout(1):
            await wall.until(1)
    assert wall.put == [("$1", "👍")]


async def test_a_message_that_never_gets_through_does_not_stop_all_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reaction_offers, "LONGEST_HOLD", 0.05)
    wall = Wall(EventBudget(clock, UNLIMITED))
    async with offers_on(wall) as offers:
        with offers.message_due():
            offers.offer("!room", "$1", ("➕",))
            await asyncio.sleep(0)
            assert wall.put == []
            await wall.until(1)


async def test_only_a_refused_event_teaches_the_pace(tmp_path: Path) -> None:
    refused = {"join", "m.reaction"}

    async def answer(request: web.Request) -> web.StreamResponse:
        for part in tuple(refused):
            if f"/{part}/" in request.path:
                refused.discard(part)
                hold = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 100}
                return web.json_response(hold, status=429)
        if request.path.endswith("/sync"):
            await asyncio.sleep(60)
        return web.json_response({})

    async def handle(_: RoomEvent) -> None:
        pass

    async with listening(answer, tmp_path, handle) as port:
        await port.join("!room")
        assert port.budget.wait() == 0.0
        with pytest.raises(RateLimitedError):
            await port.react("!room", "$event", "➕", "txn")
        assert port.budget.wait() > 0.0
    assert refused == set()


async def test_a_server_that_refuses_teaches_the_pace() -> None:
    wall = Wall(EventBudget(clock, UNLIMITED), refusals=[0.05])
    async with offers_on(wall) as offers:
        offers.offer("!room", "$1", ("➕", "🔎", "📄"))
        before = clock()
        await wall.until(3)
    assert [key for _, key in wall.put] == ["➕", "🔎", "📄"]
    # The bucket is full: it drains to the reserve, at an event in 0.05 seconds.
    assert clock() - before >= 4 * 0.05


async def test_one_sign_stands_for_more_than_two() -> None:
    wall = Wall(EventBudget(clock))
    async with offers_on(wall, "one") as offers:
        offers.offer("!room", "$1", ("➕", "🔎", "📄"))
        await wall.until(1)
        offers.offer("!room", "$2", ("✅", "❌"))
        await wall.until(3)
    assert wall.put == [("$1", "❓"), ("$2", "✅"), ("$2", "❌")]
