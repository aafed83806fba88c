"""All engines over one size: built one after the other, then asked in turns.

A shared machine is faster at one moment than at the next. So all engines that were built
stay, each takes its turn in every round, and what counts is the ratio of their medians.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.engines import OURS, PACKAGES, RANK_BM25, missing
from benchmarks.processes import EngineFailedError, EngineProcess, TooLongError

Figures = dict[str, Any]
Tell = Callable[[str], None]

ALONE_FROM = 500_000
"""Passages from which on engines come one after the other: together they need too much memory."""

_ASKED_AFRESH = 200
"""Questions to a process that opens what is kept."""

CLOSE = 1e-5
"""Two scores are the same if they differ by no more than this share."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is asked: rounds, questions in each turn, and the longest times in seconds."""

    rounds: int = 20
    questions: int = 50
    turn_seconds: float = 1.5
    build_seconds: float = 600.0
    same: int = 20


class _Comparison:
    """The engines of one size, and what is known of them so far."""

    def __init__(self, size: int, engines: Sequence[str], effort: Effort, tell: Tell) -> None:
        self.found: dict[str, Figures] = {name: {} for name in engines}
        self.same: Figures = {}
        self.times: dict[str, list[list[float]]] = {}
        self._best: list[list[int]] | None = None
        self._size, self._effort = size, effort
        self._progress = tell

    def _tell(self, what: str) -> None:
        self._progress(f"{self._size:,} passages: {what}")

    def run(self, group: Sequence[str]) -> None:
        """Build these engines, ask them in turns, and let them go."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
            ready: dict[str, EngineProcess] = {}
            for name in group:
                self._tell(f"{name} builds")
                process = _built(name, self._size, self._effort, folder, self.found[name], stack)
                if process is not None:
                    ready[name] = process
            self._take_turns(ready)
            if OURS in ready:
                self._best = _best(ready[OURS], self._effort)
            if RANK_BM25 in ready and self._best is not None:
                self._tell("same result?")
                self.same = _same(self._best, ready[RANK_BM25], self._effort)

    def _take_turns(self, ready: dict[str, EngineProcess]) -> None:
        times: dict[str, list[list[float]]] = {name: [] for name in ready}
        replies: list[list[float]] = []
        for turn in range(self._effort.rounds):
            self._tell(f"round {turn + 1} of {self._effort.rounds}")
            for name, process in tuple(ready.items()):
                taken = _asked("ask", process, turn, self._effort, self.found[name])
                if taken is None:
                    del ready[name], times[name]
                    continue
                times[name].append(taken)
                if name == OURS:
                    replied = _asked("reply", process, turn, self._effort, self.found[name])
                    replies.append(replied or [])
        for name, rounds in times.items():
            self.found[name] |= _spread("rank", rounds)
        if any(replies):
            self.found[OURS] |= _spread("reply", replies)
        self.times |= times


def compare(size: int, engines: Sequence[str], effort: Effort, tell: Tell) -> Figures:
    """The figures of every engine at `size` passages; why it has none, under "skipped"."""
    engines = [name for name in PACKAGES if name in engines]
    made = _Comparison(size, engines, effort, tell)
    for group in [engines] if size < ALONE_FROM else [[name] for name in engines]:
        made.run(group)
    for name, rounds in made.times.items():
        if name != OURS and OURS in made.times:
            made.found[name] |= _beside(rounds, made.times[OURS])
    return {"engines": made.found, "same": made.same}


def _built(
    name: str, size: int, effort: Effort, folder: Path, figures: Figures, stack: ExitStack
) -> EngineProcess | None:
    """The engine once it is built and can be asked; None, with the reason, where it cannot."""
    if (lacks := missing(name)) is not None:
        figures["skipped"] = f"{lacks} is not installed"
        return None
    own, kept = folder / name.replace(" ", "-"), folder / f"{name.replace(' ', '-')}-kept"
    own.mkdir()
    process = stack.enter_context(EngineProcess(name, size, effort.rounds * effort.questions))
    try:
        figures |= process.tell("build", effort.build_seconds, folder=str(own))
        # The store was filled while the engine was built.
        kept = own if any(own.iterdir()) else kept
        figures |= process.tell("save", effort.build_seconds, folder=str(kept))
        if "store_bytes" in figures:
            asked = process.tell("some_questions", 60, count=_ASKED_AFRESH)["questions"]
            with EngineProcess(name, size, 0) as fresh:
                figures |= fresh.tell(
                    "open", effort.build_seconds, folder=str(kept), questions=asked
                )
    except TooLongError:
        figures["skipped"] = f"not built within {effort.build_seconds / 60:g} minutes"
        process.close()
        return None
    except EngineFailedError:
        figures["skipped"] = "ended by a fault of its own, or for lack of memory"
        process.close()
        return None
    return process


def _asked(
    what: str, process: EngineProcess, turn: int, effort: Effort, figures: Figures
) -> list[float] | None:
    given = {
        "first": turn * effort.questions,
        "count": effort.questions,
        "within": effort.turn_seconds,
    }
    try:
        taken: list[float] = process.tell(what, effort.build_seconds, **given)["seconds"]
    except (TooLongError, EngineFailedError):
        figures["skipped"] = "did not answer in time"
        process.close()
        return None
    return taken


def _spread(what: str, rounds: Sequence[Sequence[float]]) -> Figures:
    seconds = list(chain.from_iterable(rounds))
    return {
        f"{what}_p50_ms": 1_000 * float(np.quantile(seconds, 0.5)),
        f"{what}_p99_ms": 1_000 * float(np.quantile(seconds, 0.99)),
        f"{what}_questions": len(seconds),
    }


def _beside(theirs: Sequence[Sequence[float]], ours: Sequence[Sequence[float]]) -> Figures:
    """How often ours ranks while they rank once: the medians, and the middle half of the rounds."""
    ratios = [median(one) / median(other) for one, other in zip(theirs, ours, strict=True)]
    every = median(chain.from_iterable(theirs)) / median(chain.from_iterable(ours))
    return {"beside_ours": every, "beside_ours_rounds": np.quantile(ratios, (0.25, 0.75)).tolist()}


def _best(ours: EngineProcess, effort: Effort) -> list[list[int]] | None:
    try:
        found: list[list[int]] = ours.tell("best", effort.build_seconds, count=effort.same)["best"]
    except (TooLongError, EngineFailedError):
        return None
    return found


def _same(found: list[list[int]], theirs: EngineProcess, effort: Effort) -> Figures:
    """Whether ours found the ten best that rank_bm25 finds with our idf and lengths.

    Passages of one score may stand in any order, so what rank_bm25 gives them is compared.
    """
    long = effort.build_seconds
    try:
        theirs.tell("as_ours", long)
        wanted = theirs.tell("best", long, count=effort.same)["best"]
        of_ours = theirs.tell("scored", long, best=found)["scores"]
        of_theirs = theirs.tell("scored", long, best=wanted)["scores"]
    except (TooLongError, EngineFailedError):
        return {"skipped": "rank_bm25 did not answer in time"}
    alike = [
        len(one) == len(other) and bool(np.allclose(one, other, rtol=CLOSE, atol=0))
        for one, other in zip(of_ours, of_theirs, strict=True)
    ]
    return {"questions": len(alike), "alike": sum(alike)}
