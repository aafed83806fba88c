"""One engine over one corpus in a process of its own, told what to do line by line.

A line of JSON comes in, a line of JSON goes out. Between two of them the process waits, so
that engines which are up together take turns and never run beside each other.
"""

import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import memory
from benchmarks.corpora import title_of
from benchmarks.engines import Engine, engine
from benchmarks.engines.ours import Ours, lengths
from benchmarks.engines.peers import RankBm25

BEST = 10
_WARMING = 3
"""Questions asked at the beginning of each turn that are not measured."""

Figures = dict[str, Any]


class Worker:
    """The deeds of one process; each gives the figures it is asked for."""

    def __init__(self, name: str, size: int, questions: int) -> None:
        self._engine: Engine = engine(name)
        self._size, self._questions = size, questions

    def build(self, folder: str) -> Figures:
        """Seconds and memory of tokenising and indexing; the size of what came of it."""
        self._engine.load(self._size, self._questions, Path(folder))
        gc.collect()
        before = memory.resident()
        memory.forget_most()
        started = time.perf_counter()
        self._engine.build(Path(folder))
        seconds = time.perf_counter() - started
        figures = {
            "build_seconds": seconds,
            "build_peak_bytes": memory.most() - before,
            "held_bytes": memory.resident() - before,
            "index_bytes": self._engine.size(),
        }
        if isinstance(self._engine, Ours):
            figures |= self._opened(self._engine, Path(folder))
        return figures

    def _opened(self, ours: Ours, folder: Path) -> Figures:
        """Ours is built by other processes; this one opens it and finds the level of silence."""
        started = time.perf_counter()
        ours.open(folder)
        return {
            "calibrate_seconds": time.perf_counter() - started,
            "build_peak_bytes": max(ours.build_peak_bytes, memory.most()),
            "shards": ours.shards,
            "text_bytes": ours.text_bytes,
            "posting_bytes": ours.posting_bytes(),
        }

    def ask(self, first: int, count: int, within: float) -> Figures:
        """Seconds of each of `count` rankings from `first` on; fewer after `within` seconds."""
        ranked = self._engine.rank
        return {
            "seconds": self._timed(
                lambda question: ranked(question.split(), BEST), first, count, within
            )
        }

    def reply(self, first: int, count: int, within: float) -> Figures:
        """As `ask`, for whole replies."""
        if not isinstance(self._engine, Ours):
            raise TypeError("only ours makes replies")
        return {"seconds": self._timed(self._engine.reply, first, count, within)}

    def _timed(
        self, work: Callable[[str], object], first: int, count: int, within: float
    ) -> list[float]:
        questions = self._engine.questions
        end = time.perf_counter() + within
        for question in questions[:_WARMING]:
            work(question)
            if time.perf_counter() > end:
                break  # one that is so slow is warm by now
        taken: list[float] = []
        end = time.perf_counter() + within
        for number in range(first, first + count):
            started = time.perf_counter()
            work(questions[number % len(questions)])
            done = time.perf_counter()
            taken.append(done - started)
            if done > end:
                break
        return taken

    def best(self, count: int) -> Figures:
        """The ten best passages of the first questions."""
        questions = self._engine.questions[:count]
        engine = self._engine
        best = engine.best if isinstance(engine, Ours) else engine.rank
        return {"best": [best(question.split(), BEST) for question in questions]}

    def as_ours(self) -> Figures:
        """rank_bm25 takes over our idf and our lengths of passages."""
        titles = [title_of(number) for number in range(self._size)]
        peer = self._reference()
        peer.as_ours(lengths(peer.passages, titles))
        return {}

    def scored(self, best: Sequence[Sequence[int]]) -> Figures:
        """What rank_bm25 gives to the passages that were found for the first questions."""
        peer = self._reference()
        return {
            "scores": [
                peer.scored(question.split(), places)
                for question, places in zip(peer.questions, best, strict=False)
            ]
        }

    def _reference(self) -> RankBm25:
        if not isinstance(self._engine, RankBm25):
            raise TypeError("only rank_bm25 is what ours is compared with")
        return self._engine

    def save(self, folder: str) -> Figures:
        """Keep what was built; the bytes it takes on disk."""
        return {"store_bytes": self._engine.save(Path(folder))} if self._engine.stores else {}

    def open(self, folder: str, questions: Sequence[str]) -> Figures:
        """Seconds from what is on disk to the first answer, packages being loaded already.

        For ours that is a whole reply; and then the memory that serving takes is measured:
        what the process holds more than before, once all `questions` were asked.
        """
        engine = self._engine
        gc.collect()
        before = memory.resident()
        started = time.perf_counter()
        engine.open(Path(folder))
        if not isinstance(engine, Ours):
            engine.rank(questions[0].split(), BEST)
            return {"start_seconds": time.perf_counter() - started}
        engine.reply(questions[0])
        seconds = time.perf_counter() - started
        for question in questions:
            engine.reply(question)
        gc.collect()
        return {"start_seconds": seconds, "serving_bytes": memory.resident() - before}

    def some_questions(self, count: int) -> Figures:
        """The first questions, for a process that has no corpus of its own."""
        return {"questions": list(self._engine.questions[:count])}


def main() -> int:
    """Do what standard input says until it ends."""
    name, size, questions = sys.argv[1:4]
    worker = Worker(name, int(size), int(questions))
    # What packages print must not come between the lines of figures.
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        told = json.loads(line)
        figures: Figures = getattr(worker, told.pop("do"))(**told)
        print(json.dumps(figures), file=out, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
