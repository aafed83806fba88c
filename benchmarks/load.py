"""`make load`: questions offered to the chat whether it keeps up or not.

Arrivals are open: a Poisson process, seeded, that never waits for an answer. A question's
time runs from when it was meant to come, not from when a busy program let it in, so that
no wait is left out. First the capacity is found with a few askers who do wait. Then come
calm, the load that is asked for, several times the capacity, and calm again at once: the
last shows whether the bot recovers. All runs in one process, the bot's own event loop and
threads beside those who ask, as in the program.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import memory
from benchmarks.bars import Bar
from benchmarks.corpora import generate
from benchmarks.heartbeat import heartbeat
from benchmarks.serving import serving
from bot.answering import ANSWERING_THREADS, WAITING
from bot.chat.conversation import Conversation
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts import Text, notice

_ASKERS = 8
_DRAWN = 20_000
"""Different questions at most; then they come again."""

WANTED_P99_MS = 25.0
WANTED_STALL_MS = 20.0


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    REFUSED = "refused"
    TOO_LONG = "took too long"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Phase:
    """What was offered and what came of it; milliseconds from the intended arrival.

    Of questions that were refused only the number counts, and how long they had to wait
    for it. `drained_seconds` passed between the last arrival and the last answer.
    """

    name: str
    offered: int
    offered_a_second: float
    answered: int
    answered_a_second: float
    refused: int
    too_long: int
    lost: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    refused_p99_ms: float
    drained_seconds: float
    largest_stall_ms: float
    resident_before: int
    resident_after: int


@dataclass(slots=True)
class _Seen:
    """Outcomes and times of one phase while it runs."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)


class Crowd:
    """People in many rooms who ask one conversation."""

    def __init__(self, conversation: Conversation, questions: Sequence[str], rooms: int) -> None:
        self._conversation = conversation
        self._questions = questions
        self._rooms = rooms
        self._number = count()
        self._busy = conversation.say(notice(Text.TOO_BUSY))[0].text
        too_long = conversation.say(notice(Text.TOOK_TOO_LONG, seconds=0))[0].text
        self._too_long = too_long.partition("0")[0]

    async def ask(self) -> Outcome:
        """Put the next question, and tell what became of it."""
        number = next(self._number)
        question = self._questions[number % len(self._questions)]
        pages = await self._conversation.handle(question, f"room {number % self._rooms}")
        if not pages:
            return Outcome.LOST
        text = pages[0].text
        if text == self._busy:
            return Outcome.REFUSED
        return Outcome.TOO_LONG if text.startswith(self._too_long) else Outcome.ANSWERED

    async def capacity(self, seconds: float) -> float:
        """Answers a second while some always wait for one."""
        end = time.perf_counter() + seconds
        done = 0

        async def one() -> None:
            nonlocal done
            while time.perf_counter() < end:
                await self.ask()
                done += 1

        started = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(_ASKERS)))
        return done / (time.perf_counter() - started)

    async def offer(self, name: str, rate: float, seconds: float, seed: int) -> Phase:
        """Questions at `rate` a second for `seconds`, and what comes of all of them."""
        random = np.random.default_rng((seed, len(name)))
        gaps = random.exponential(1 / rate, size=max(int(2 * rate * seconds), 16))
        due = np.cumsum(gaps)
        arrivals = due[due < seconds].tolist()
        seen = _Seen()
        gc.collect()
        before = memory.resident()
        tasks: set[asyncio.Task[None]] = set()
        async with heartbeat() as felt:
            started = time.perf_counter()
            for arrival in arrivals:
                wait = started + arrival - time.perf_counter()
                # What is late comes at once, in one go with all that is late.
                if wait > 0:
                    await asyncio.sleep(wait)
                task = asyncio.create_task(self._one(started + arrival, seen))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            last = time.perf_counter()
            while tasks:
                await asyncio.wait(tasks)
            end = time.perf_counter()
        gc.collect()
        answered, refused = _milliseconds(seen.answered), _milliseconds(seen.refused)
        return Phase(
            name=name,
            offered=len(arrivals),
            offered_a_second=rate,
            answered=seen.outcomes[Outcome.ANSWERED],
            answered_a_second=seen.outcomes[Outcome.ANSWERED] / (end - started),
            refused=seen.outcomes[Outcome.REFUSED],
            too_long=seen.outcomes[Outcome.TOO_LONG],
            lost=len(arrivals) - seen.outcomes.total() + seen.outcomes[Outcome.LOST],
            p50_ms=_quantile(answered, 0.5),
            p99_ms=_quantile(answered, 0.99),
            max_ms=_quantile(answered, 1),
            refused_p99_ms=_quantile(refused, 0.99),
            drained_seconds=end - last,
            largest_stall_ms=1_000 * felt.largest_stall,
            resident_before=before,
            resident_after=memory.resident(),
        )

    async def _one(self, due: float, seen: _Seen) -> None:
        outcome = await self.ask()
        seen.outcomes[outcome] += 1
        times = {Outcome.ANSWERED: seen.answered, Outcome.REFUSED: seen.refused}.get(outcome)
        if times is not None:
            times.append(time.perf_counter() - due)


def _milliseconds(seconds: Sequence[float]) -> list[float]:
    return [1_000 * each for each in seconds]


def _quantile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else 0.0


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """The capacity, and every phase one after the other over one corpus."""
    made = generate(options.passages, min(_DRAWN, int(options.rate * options.seconds) + 1))
    answering = await serving(made.corpus, threads=options.threads, waiting=options.waiting)
    questions = made.questions
    del made
    crowd = Crowd(Conversation(answering, PLAIN), questions, options.rooms)
    short = options.seconds / 4
    await crowd.capacity(short / 4)  # warm
    can = await crowd.capacity(short)
    phases = []
    for name, rate, seconds in (
        ("calm", can / 2, short),
        ("asked for", options.rate, options.seconds),
        (f"{options.beyond:g} times the capacity", options.beyond * can, short),
        ("calm again", can / 2, short),
    ):
        print(f"{name}: {rate:,.0f} questions a second", file=sys.stderr, flush=True)
        phases.append(asdict(await crowd.offer(name, rate, seconds, options.seed)))
    return {
        "passages": options.passages,
        "rooms": options.rooms,
        "different_questions": len(questions),
        "capacity_a_second": can,
        "phases": phases,
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; `--json` prints the figures instead."""
    parser = argparse.ArgumentParser(prog="benchmarks.load", description=__doc__)
    say = parser.add_argument
    say("--passages", type=int, default=100_000)
    say("--rate", type=float, default=1_000.0, help="questions offered a second")
    say("--seconds", type=float, default=60.0, help="for how long; the other phases a quarter")
    say("--beyond", type=float, default=3.0, help="past saturation: times the capacity")
    say("--rooms", type=int, default=500, help="rooms that questions come from, in turn")
    say("--threads", type=int, default=ANSWERING_THREADS, help="threads that answer")
    say("--waiting", type=int, default=WAITING, help="questions that may wait")
    say("--seed", type=int, default=7)
    say("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    result = asyncio.run(measure(options))
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        _show(result)
    return 0


def _show(result: dict[str, Any]) -> None:
    phases = result["phases"]
    table = Table("figure", *(phase["name"] for phase in phases), title_justify="left")
    table.title = (
        f"{result['passages']:,} passages, {result['different_questions']:,} different questions,"
        f" capacity {result['capacity_a_second']:,.0f} answers a second"
    )
    for key in (name for name in phases[0] if name != "name"):
        table.add_row(key.replace("_", " "), *(f"{phase[key]:,.4g}" for phase in phases))
    console = Console(width=150)
    console.print(table)
    for line in verdicts(phases[1]):
        console.print(line, highlight=False)


def verdicts(phase: dict[str, Any]) -> list[str]:
    """Whether the load that was asked for was borne, bar by bar."""
    missing = phase["offered"] - phase["answered"]
    grown = phase["resident_after"] / max(phase["resident_before"], 1)
    made = (
        Bar("questions without an answer", 0, missing, "questions"),
        Bar("99 of 100 answers", WANTED_P99_MS, phase["p99_ms"], "ms"),
        Bar("longest stall of the event loop", WANTED_STALL_MS, phase["largest_stall_ms"], "ms"),
        Bar("memory at the end", 1.02, grown, "times that at the beginning"),
    )
    return [f"{phase['offered_a_second']:,g} a second: {bar}" for bar in made]


if __name__ == "__main__":
    sys.exit(main())
