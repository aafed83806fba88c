"""People who ask one chat service: how many a second, what, and what became of it.

Arrivals are open: a Poisson process, seeded, that never waits for an answer. A question's
time runs from when it was meant to come, not from when a busy program let it in, so that
no wait is left out.
"""

import asyncio
import gc
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Protocol

import numpy as np

from benchmarks import memory
from benchmarks.heartbeat import heartbeat
from bot.chat.commands import Ask
from bot.chat.identity import Person, Place
from bot.chat.rate_limits import Admitted
from bot.chat.request import ChatRequest
from bot.chat.service import ChatService

_ASKERS = 8
IN_ONE_GO = 16
"""Late questions that come without a breath of the event loop between them, at most."""

_POOL_EXPONENT = 1.0
"""How steeply the popularity of questions falls: the second is asked half as often."""


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
    for it. `asked_before` is the share of questions that came in the same words before,
    `drained_seconds` passed between the last arrival and the last answer, `processor` is
    the time this process computed, in seconds for each second.
    """

    name: str
    offered: int
    offered_a_second: float
    asked_before: float
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
    processor: float
    resident_before: int
    resident_after: int


@dataclass(slots=True)
class _Seen:
    """Outcomes and times of one phase while it runs."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)


class Mouth(Protocol):
    """What says the next question."""

    def __call__(self) -> str:
        """The next question."""


class AllDifferent:
    """One question after the other; they come again only when all have been asked."""

    def __init__(self, questions: Sequence[str]) -> None:
        self._questions = questions
        self._number = count()

    def __call__(self) -> str:
        """The next question."""
        return self._questions[next(self._number) % len(self._questions)]


class Popular:
    """A few questions again and again, most of them seldom: Zipf, seeded."""

    def __init__(self, questions: Sequence[str], seed: int) -> None:
        self._questions = questions
        self._random = np.random.default_rng((seed, 1))
        weights = np.arange(1, len(questions) + 1) ** -_POOL_EXPONENT
        self._rising = np.cumsum(weights) / weights.sum()

    def __call__(self) -> str:
        """The next question."""
        place = int(np.searchsorted(self._rising, self._random.random(), side="right"))
        return self._questions[min(place, len(self._questions) - 1)]


class Asking(ABC):
    """Questions that come whether anybody answers or not."""

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth

    @abstractmethod
    async def ask(self, question: str) -> Outcome:
        """Put a question, and tell what became of it."""

    async def capacity(self, seconds: float) -> float:
        """Answers a second while some always wait for one."""
        end = time.perf_counter() + seconds
        done = 0

        async def one() -> None:
            nonlocal done
            while time.perf_counter() < end:
                await self.ask(self._mouth())
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
        # Drawn before: that is no work of the bot.
        questions = [self._mouth() for _ in arrivals]
        seen = _Seen()
        gc.collect()
        before = memory.resident()
        tasks: set[asyncio.Task[None]] = set()
        async with heartbeat() as felt:
            started, computed = time.perf_counter(), time.process_time()
            together = 0
            for arrival, question in zip(arrivals, questions, strict=True):
                wait = started + arrival - time.perf_counter()
                # What is late comes at once, in one go with much that is late.
                together = 0 if wait > 0 else together + 1
                if wait > 0 or together % IN_ONE_GO == 0:
                    await asyncio.sleep(max(wait, 0))
                task = asyncio.create_task(self._one(question, started + arrival, seen))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            last = time.perf_counter()
            while tasks:
                await asyncio.wait(tasks)
            end, computed = time.perf_counter(), time.process_time() - computed
        gc.collect()
        answered, refused = _milliseconds(seen.answered), _milliseconds(seen.refused)
        return Phase(
            name=name,
            offered=len(arrivals),
            offered_a_second=rate,
            asked_before=1 - len(set(questions)) / max(len(questions), 1),
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
            processor=computed / (end - started),
            resident_before=before,
            resident_after=memory.resident(),
        )

    async def _one(self, question: str, due: float, seen: _Seen) -> None:
        outcome = await self.ask(question)
        seen.outcomes[outcome] += 1
        times = {Outcome.ANSWERED: seen.answered, Outcome.REFUSED: seen.refused}.get(outcome)
        if times is not None:
            times.append(time.perf_counter() - due)


class Deaf(Asking):
    """Nobody who answers: what asking costs by itself."""

    async def ask(self, question: str) -> Outcome:
        """Nothing becomes of it, a moment later."""
        del question
        await asyncio.sleep(0)
        return Outcome.ANSWERED


class Crowd(Asking):
    """People in many rooms who ask, one in each room; replies are saved and laid out."""

    def __init__(self, chat: ChatService, mouth: Mouth, rooms: int) -> None:
        super().__init__(mouth)
        self._chat = chat
        self._rooms = rooms
        self._number = count()

    async def ask(self, question: str) -> Outcome:
        """Put a question, and tell what became of it."""
        number = next(self._number)
        place = Place("load", "space", f"room {number % self._rooms}")
        person = Person("load", f"person {number % self._rooms}")
        request = ChatRequest(place, person, thread=f"thread {number}")
        command = Ask(question)
        admission = await self._chat.admit(command, request)
        if not isinstance(admission, Admitted):
            return Outcome.REFUSED
        message = await self._chat.handle(command, request, admission)
        return Outcome.TOO_LONG if message.reply is None else Outcome.ANSWERED


def _milliseconds(seconds: Sequence[float]) -> list[float]:
    return [1_000 * each for each in seconds]


def _quantile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else 0.0
