"""`make load`: questions offered to the chat whether it keeps up or not.

First the capacity is found with a few askers who wait for their answers. Then come calm, the
load that is asked for, several times the capacity, and calm again at once: the last shows
whether the bot recovers. `--highest` looks instead for the highest rate that is borne: 99 of
100 answered within the bar, nobody refused. Questions go through admission, answering,
saving in the state file and layout, as on a platform. All of it runs in one process, the bot's
own event loop and threads beside those who ask; what asking costs by itself is told.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.bars import Bar
from benchmarks.corpora import PASSAGES_A_DOCUMENT, texts, write
from benchmarks.crowd import AllDifferent, Crowd, Deaf, Mouth, Phase, Popular
from benchmarks.serving import settings_in
from bot.platforms.matrix.run import matrix_services
from bot.platforms.services import build_answering, build_services

_POPULAR_DRAWN = 20_000
"""Different questions where popular ones come again."""

_DRAWN = 80_000
"""And else: what is asked again may not be among the replies that are kept."""

DIFFERENT, POPULAR = "different", "popular"

WANTED_P99_MS = 250.0

_PRECISE = 1.15
"""The highest rate that is borne and the lowest that is not are no further apart."""


def _mouth(questions: Sequence[str], options: argparse.Namespace) -> Mouth:
    if options.kind == POPULAR:
        return Popular(questions, options.seed)
    return AllDifferent(questions)


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """The capacity, and every phase one after the other over one corpus."""
    drawn = _POPULAR_DRAWN if options.kind == POPULAR else _DRAWN
    questions = texts(options.passages, drawn).questions
    told: dict[str, object] = {
        "passages": options.passages,
        "rooms": options.rooms,
        "different_questions": len(questions),
        "kind": options.kind,
    }
    with TemporaryDirectory(prefix="load-") as name:
        settings = settings_in(Path(name), waiting=options.waiting)
        write(settings.corpus.folder, options.passages // PASSAGES_A_DOCUMENT)
        _tell("the index is built")
        answering = build_answering(settings, in_child=True)
        async with build_services(settings, answering) as services:
            services.loaded(await services.answering.reload())
            chat = matrix_services(services).chat
            crowd = Crowd(chat, _mouth(questions, options), options.rooms)
            if options.highest:
                return told | {"highest": await highest(crowd, options)}
            return told | await phases(crowd, options)


async def phases(crowd: Crowd, options: argparse.Namespace) -> dict[str, object]:
    """Calm, the load, too much of it, and calm again."""
    short = options.seconds / 4
    await crowd.capacity(short / 4)  # warm
    can = await crowd.capacity(short)
    found = []
    for name, rate, seconds in (
        ("calm", can / 2, short),
        ("asked for", options.rate, options.seconds),
        (f"{options.beyond:g} times the capacity", options.beyond * can, short),
        ("calm again", can / 2, short),
    ):
        _tell(f"{name}: {rate:,.0f} questions a second")
        found.append(asdict(await crowd.offer(name, rate, seconds, options.seed)))
    return {"capacity_a_second": can, "asking_alone": await alone(options), "phases": found}


async def highest(crowd: Crowd, options: argparse.Namespace) -> dict[str, object]:
    """The highest rate that is borne, by halving what is left between two rates.

    Each is tried twice if need be: what else the machine does in a moment is not the bot's.
    """
    await crowd.capacity(options.search_seconds / 2)  # warm
    can = await crowd.capacity(options.search_seconds / 2)
    borne, beyond = can / 16, 2 * can
    best: Phase | None = None
    while beyond / borne > _PRECISE:
        rate = (borne * beyond) ** 0.5
        for attempt in range(2):
            _tell(f"borne: {rate:,.0f} questions a second")
            seed = options.seed + attempt
            phase = await crowd.offer("borne", rate, options.search_seconds, seed)
            if phase.answered == phase.offered and phase.p99_ms <= WANTED_P99_MS:
                borne, best = rate, phase
                break
        else:
            beyond = rate
    found = {} if best is None else asdict(best)
    return {"borne": borne if best else 0.0, "not_borne": beyond, "capacity_a_second": can} | found


async def alone(options: argparse.Namespace) -> float:
    """What asking at the wanted rate costs where nobody answers: its share of a processor."""
    crowd = Deaf(AllDifferent(["?"]))
    seconds = min(options.seconds, 5.0)
    return (await crowd.offer("alone", options.rate, seconds, options.seed)).processor


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; `--json` prints the figures instead."""
    parser = argparse.ArgumentParser(prog="benchmarks.load", description=__doc__)
    say = parser.add_argument
    say("--passages", type=int, default=100_000)
    say("--rate", type=float, default=200.0, help="questions offered a second")
    say("--seconds", type=float, default=60.0, help="for how long; the other phases a quarter")
    say("--beyond", type=float, default=3.0, help="past saturation: times the capacity")
    say("--rooms", type=int, default=500, help="rooms that questions come from, in turn")
    say("--waiting", type=int, default=1_000, help="questions that may wait")
    say(
        "--kind",
        choices=(DIFFERENT, POPULAR),
        default=DIFFERENT,
        help="all questions different, or popular ones again and again",
    )
    say("--highest", action="store_true", help="look for the highest rate that is borne")
    say("--search-seconds", type=float, default=6.0, help="how long each rate is tried")
    say("--seed", type=int, default=7)
    say("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    result = asyncio.run(measure(options))
    if options.json or options.highest:
        print(json.dumps(result, indent=2))
    else:
        _show(result)
    return 0


def _show(result: dict[str, Any]) -> None:
    phases = result["phases"]
    table = Table("figure", *(phase["name"] for phase in phases), title_justify="left")
    table.title = (
        f"{result['passages']:,} passages, {result['different_questions']:,} different questions,"
        f" {result['kind']},"
        f" capacity {result['capacity_a_second']:,.0f} answers a second,"
        f" asking alone takes {result['asking_alone']:.0%} of a processor"
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
        Bar("memory at the end", 1.02, grown, "times that at the beginning"),
    )
    return [f"{phase['offered_a_second']:,g} a second: {bar}" for bar in made]


if __name__ == "__main__":
    sys.exit(main())
