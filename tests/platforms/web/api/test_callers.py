"""Turns of callers among the questions of programs."""

import asyncio
from pathlib import Path

from bot.chat.rate_limits import RateLimiter
from bot.platforms.web.api.callers import MOST_AT_ONCE, Caller, CallerGate
from bot.state.store import Store


def limiter() -> RateLimiter:
    return RateLimiter(
        per_person=1, per_room=1, seconds=1, waiting=1_000, at_once=1, clock=lambda: 0.0
    )


async def test_many_questions_of_one_caller_do_not_hold_up_those_of_another(tmp_path: Path) -> None:
    answered: list[str | None] = []
    async with await Store.open(tmp_path) as store:
        gate = CallerGate(store.tokens, None, limiter(), limiter())

        async def ask(name: str | None, address: str = "") -> None:
            async with gate.turn(Caller(name, None, address=address)):
                answered.append(name or address)
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            for who in (("wiki",), (None, "192.0.2.1")):
                for _ in range(3 * MOST_AT_ONCE):
                    group.create_task(ask(*who))
            group.create_task(ask("calm"))
    assert answered.index("calm") == 2 * MOST_AT_ONCE
    assert len(answered) == 6 * MOST_AT_ONCE + 1
