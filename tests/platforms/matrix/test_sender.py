"""Patience, pace and supervision: what happens while Matrix is slow or away."""

import asyncio
from dataclasses import dataclass, field

import pytest
import stamina

from bot.core.errors import MatrixError
from bot.platforms.matrix import reaction_offers
from bot.platforms.matrix.api.http import RefusedError, UnreachedError
from bot.platforms.matrix.api.room_state import RoomState
from bot.platforms.matrix.outbox import until_reached
from bot.platforms.matrix.reaction_offers import LAST_REPLIES, ReactionOffers
from bot.platforms.retry import supervise


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

    user_id: str = "@bot:localhost"
    may: bool = True
    put: list[tuple[str, str]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def room(self, room: str) -> RoomState | None:
        return RoomState(event_levels={"m.reaction": 0 if self.may else 50})

    async def react(self, room: str, event_id: str, key: str, txn: str) -> str:
        self.put.append((event_id, key))
        self.changed.set()
        return "$reaction"

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.put) < count:
                self.changed.clear()
                await self.changed.wait()


def offers_on(wall: Wall) -> ReactionOffers:
    return ReactionOffers(wall)  # type: ignore[arg-type]


async def test_signs_wait_for_replies_and_only_the_last_replies_get_them() -> None:
    wall = Wall()
    offers = offers_on(wall)
    task = asyncio.create_task(offers.run())
    with offers.reply_due("!room"):
        for number in range(LAST_REPLIES + 2):
            offers.offer("!room", f"${number}", ("➕", "👍"))
        offers.withdraw("!room", "$4")
        await asyncio.sleep(0)
        assert wall.put == []
    await wall.until(4)
    assert wall.put == [("$3", "➕"), ("$3", "👍"), ("$2", "➕"), ("$2", "👍")]
    task.cancel()


async def test_signs_keep_a_pace_that_leaves_room_for_replies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reaction_offers, "AT_ONCE", 2)
    monkeypatch.setattr(reaction_offers, "SECONDS", 1_000.0)
    wall = Wall()
    offers = offers_on(wall)
    task = asyncio.create_task(offers.run())
    offers.offer("!room", "$1", ("➕", "🔎", "📄"))
    await wall.until(2)
    for _ in range(10):
        await asyncio.sleep(0)
    assert [key for _, key in wall.put] == ["➕", "🔎"]
    task.cancel()


async def test_where_reactions_are_forbidden_none_is_offered() -> None:
    wall = Wall(may=False)
    offers = offers_on(wall)
    task = asyncio.create_task(offers.run())
    offers.offer("!room", "$1", ("➕",))
    for _ in range(10):
        await asyncio.sleep(0)
    assert wall.put == []
    task.cancel()
