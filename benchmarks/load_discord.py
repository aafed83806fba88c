"""Questions offered to the whole bot on Discord: on the tests' own server, with the real client.

`.venv/bin/python -m benchmarks.load_discord`, once `make install` has been run. Server, people
and bot share one process and one interpreter lock, so that the figures say what the bot
bears beside all of them, and not how fast it would be alone. What they do say is whether
each question is answered or refused, once, and how it goes on after a flood.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from benchmarks.corpora import texts, write
from benchmarks.heartbeat import heartbeat
from bot.chat.texts.catalogue import Text
from tests.harness.discord_harness import DiscordHarness, opened
from tests.harness.discord_server.clients import point_here
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.places import Channel
from tests.harness.discord_server.server import DiscordServer

_MANY = 1_000_000
_LOOK_SECONDS = 0.005
_DRAIN_SECONDS = 120.0


class Town:
    """The club with further people and rooms, and what they were answered and when."""

    def __init__(self, club: DiscordHarness, people: int, rooms: int) -> None:
        self.club = club
        self._people = [self._person(f"person-{n}") for n in range(people)]
        self._rooms = [club.guild.add_channel(f"room-{n}") for n in range(rooms)]
        self._seen = dict.fromkeys(self._rooms, 0)
        self.answered: dict[int, list[tuple[float, bool]]] = {}
        self.marked = 0

    def _person(self, name: str) -> DiscordPerson:
        made = self.club.server.add_user(name)
        self.club.guild.add_member(made)
        return made

    async def look(self) -> None:
        """Note each answer as it comes: when, and whether it refuses."""
        while True:
            for room in self._rooms:
                self._look_into(room)
            await asyncio.sleep(_LOOK_SECONDS)

    def _look_into(self, room: Channel) -> None:
        messages = self.club.server.messages(room)
        now = time.perf_counter()
        for message in messages[self._seen[room] :]:
            if message.author is self.club.server.bot and message.reply_to is not None:
                refuses = message.text == Text.TOO_BUSY.value
                self.answered.setdefault(message.reply_to.id, []).append((now, refuses))
        self._seen[room] = len(messages)

    async def offer(
        self, rate: float, seconds: float, questions: Sequence[str], seed: int
    ) -> dict[str, Any]:
        """So many questions a second, whether they are answered or not; what came of them."""
        random = np.random.default_rng(seed)
        due = np.cumsum(random.exponential(1 / rate, size=max(int(2 * rate * seconds), 16)))
        arrivals = due[due < seconds].tolist()
        intended: dict[int, float] = {}
        said = []
        async with heartbeat() as felt:
            started = time.perf_counter()
            for number, arrival in enumerate(arrivals):
                await asyncio.sleep(max(started + arrival - time.perf_counter(), 0))
                person = self._people[number % len(self._people)]
                room = self._rooms[number % len(self._rooms)]
                question = questions[number % len(questions)]
                message = await person.say(room, question, mention_bot=True)
                intended[message.id] = started + arrival
                said.append(message)
            last = time.perf_counter()
            waiting = dict.fromkeys(said)
            while waiting and time.perf_counter() - last < _DRAIN_SECONDS:
                await asyncio.sleep(_LOOK_SECONDS)
                # An hourglass is all that is said of a refusal the room knows of.
                done = [m for m in waiting if m.id in self.answered or m.reactions]
                for message in done:
                    del waiting[message]
            drained = time.perf_counter() - last
        times = Counter(len(self.answered.get(message.id, ())) for message in said)
        answers = [
            1_000 * (self.answered[message.id][0][0] - intended[message.id])
            for message in said
            if message.id in self.answered and not self.answered[message.id][0][1]
        ]
        return {
            "offered": len(said),
            "offered_a_second": rate,
            "answered": len(answers),
            "answered_a_second": len(answers) / (last + drained - started),
            "refused": len(said) - len(answers) - len(waiting),
            "answered_twice": sum(count for often, count in times.items() if often > 1),
            "lost": len(waiting),
            "p50_ms": float(np.quantile(answers, 0.5)) if answers else 0.0,
            "p99_ms": float(np.quantile(answers, 0.99)) if answers else 0.0,
            "drained_seconds": drained,
            "largest_stall_ms": 1_000 * felt.largest_stall,
        }


@asynccontextmanager
async def _town(options: argparse.Namespace) -> AsyncIterator[Town]:
    with TemporaryDirectory(prefix="load-") as name, pytest.MonkeyPatch.context() as patch:
        async with DiscordServer() as server:
            point_here(patch, server)
            club = await opened(server, Path(name) / "corpus", Path(name) / "state")
            write(Path(name) / "corpus" / "generated", options.documents)
            await club.start(wait=False)
            await club.ready(120)
            await club.restart(per_person=_MANY, per_room=_MANY, waiting=options.waiting)
            town = Town(club, options.people, options.rooms)
            looking = asyncio.create_task(town.look())
            try:
                yield town
            finally:
                looking.cancel()
                await asyncio.wait({looking})
                await club.stop()


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Calm, a flood, and calm again."""
    questions = texts(1_000, 1_000).questions
    phases = {}
    async with _town(options) as town:
        for number, (name, rate) in enumerate(
            (
                ("calm", options.rate),
                ("flood", options.rate * options.beyond),
                ("calm again", options.rate),
            )
        ):
            print(f"{name}: {rate:,.0f} questions a second", file=sys.stderr, flush=True)
            phases[name] = await town.offer(rate, options.seconds, questions, number)
    return {"documents": options.documents, "phases": phases}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(prog="benchmarks.load_discord", description=__doc__)
    say = parser.add_argument
    say("--documents", type=int, default=100, help="of ten passages each")
    say("--rate", type=float, default=15.0, help="questions offered a second")
    say("--beyond", type=float, default=10.0, help="the flood: times that rate")
    say("--seconds", type=float, default=15.0, help="for how long, each of three times")
    say("--people", type=int, default=50)
    say("--rooms", type=int, default=20)
    say("--waiting", type=int, default=200, help="questions that may wait")
    print(json.dumps(asyncio.run(measure(parser.parse_args(arguments))), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
