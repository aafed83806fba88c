"""Questions to the whole bot on a Matrix server that limits an account as Synapse does by default.

`.venv/bin/python -m benchmarks.load_matrix`, once `make test` has set up `.venv-synapse`. People
in several rooms ask in turn; the figures say whether each is answered, and how soon, while the
bot also puts signs below its replies.
"""

import argparse
import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import CHEST, COST, KIBBEH, LIT, MatrixHarness, at_home
from tests.harness.synapse import Synapse

QUESTIONS = (LIT, COST, CHEST, KIBBEH)


async def _wait(who: MatrixPerson, room: str, asked: str, options: argparse.Namespace) -> float:
    """Seconds until the question is answered; infinite if it is not."""
    began = time.perf_counter()
    try:
        await who.answer(room, asked, options.within)
    except AssertionError:
        return float("inf")
    return time.perf_counter() - began


async def _ask(
    bot: MatrixHarness, homes: list[tuple[MatrixPerson, str]], options: argparse.Namespace
) -> dict[str, Any]:
    waits = []
    for number in range(options.questions):
        who, room = homes[number % len(homes)]
        asked = await who.say(room, QUESTIONS[number % len(QUESTIONS)])
        waits.append(asyncio.create_task(_wait(who, room, asked, options)))
        await asyncio.sleep(options.every)
    seconds = await asyncio.gather(*waits)
    signs = 0
    for who, room in homes:
        await who.catch_up()
        signs += sum(len(message.signs(bot.user_id)) for message in bot.said(who, room))
    answered = [each for each in seconds if each < float("inf")]
    return {
        "asked": options.questions,
        "answered": len(answered),
        "p50_seconds": float(np.quantile(answered, 0.5)) if answered else None,
        "p95_seconds": float(np.quantile(answered, 0.95)) if answered else None,
        "longest_seconds": max(answered, default=None),
        "signs": signs,
    }


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Set up server, bot and rooms, and ask."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="load-matrix-")))
        limits = {"rc_message": {"per_second": options.per_second, "burst_count": 10}}
        server = stack.enter_context(Synapse(options.python, folder / "s", limits))
        bot = await stack.enter_async_context(
            at_home(server, "bot", folder / "b", signs=options.signs)
        )
        homes = []
        for number in range(options.rooms):
            who = await MatrixPerson.register(server, f"person-{number}")
            stack.push_async_callback(who.close)
            homes.append((who, await bot.welcomed(who, direct=True)))
        return await _ask(bot, homes, options)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(prog="benchmarks.load_matrix", description=__doc__)
    say = parser.add_argument
    say("--rooms", type=int, default=4)
    say("--questions", type=int, default=16, help="in all rooms together, in turn")
    say("--every", type=float, default=10.0, help="seconds from one question to the next")
    say("--within", type=float, default=120.0, help="seconds after which none is waited for")
    say("--per-second", type=float, default=0.2, help="events that the server lets an account send")
    say("--signs", choices=("one", "all", "none"), default="one")
    python = Path(".venv-synapse/bin/python").absolute()
    say("--python", type=Path, default=python, help="the interpreter that has Synapse")
    print(json.dumps(asyncio.run(measure(parser.parse_args(arguments))), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
