"""`make soak`: an hour of questions and 200 reloads in minutes; does anything grow?

A small folder of documents changes before every reload: one document is written anew, one
comes, one that came earlier goes, and one is broken for a while. Meanwhile questions are
asked as on a platform, with replies kept in a state file and buttons pressed, and as at
the console. After some reloads what the process holds is counted: memory once all that
can be let go is let go, open files, threads, tasks of the event loop.
"""

import argparse
import asyncio
import gc
import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import memory
from benchmarks.bars import Bar
from benchmarks.corpora import PASSAGES_A_DOCUMENT, texts, write
from benchmarks.serving import settings_in
from bot.chat.buttons import Action, Verb
from bot.chat.commands import Ask
from bot.chat.identity import Person, Place
from bot.chat.request import ChatRequest
from bot.platforms.console import console_chat
from bot.platforms.matrix.run import matrix_services
from bot.platforms.services import SharedServices, build_answering, build_services, corpus_files

PLATFORM = "soak"
_PEOPLE = 40
_LIVES = 5
"""Reloads after which a document that came goes again."""

_SAMPLES = 40
_WARM = 0.25
"""The part of all samples in which caches may still fill."""

WANTED_GROWTH = 1.03


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds after so many reloads and questions."""

    reloads: int
    questions: int
    resident: int
    objects: int
    files: int
    threads: int
    tasks: int


class Folder:
    """The documents on disk, and what happens to them before a reload."""

    def __init__(self, path: Path, documents: int) -> None:
        self._path = path
        self._documents = documents
        write(path, documents)
        self._paragraphs = texts(400, seed=11).passages

    def change(self, turn: int) -> None:
        """One document anew, one more, one less, one broken or mended."""
        self._write(f"{turn % self._documents:06}.txt", 3 * turn)
        self._write(f"new-{turn:06}.md", 3 * turn + 1)
        (self._path / f"new-{turn - _LIVES:06}.md").unlink(missing_ok=True)
        broken = self._path / "broken.docx"
        if turn % 4 == 0:
            broken.write_bytes(b"PK\x03\x04 no document")
        elif turn % 4 == 2:
            broken.unlink(missing_ok=True)

    def _write(self, name: str, seed: int) -> None:
        count = len(self._paragraphs)
        chosen = [self._paragraphs[(7 * seed + n) % count] for n in range(PASSAGES_A_DOCUMENT)]
        (self._path / name).write_text("\n\n".join(chosen) + "\n", encoding="utf-8")


class Life:
    """People who ask, on a platform with buttons and at the console."""

    def __init__(self, services: SharedServices, questions: Sequence[str]) -> None:
        answering, store = services.answering, services.store
        self._chat = matrix_services(services).chat
        self._console = console_chat(answering, store, corpus_files(services.settings))
        self._questions = questions
        self.asked = 0

    async def ask(self, count: int) -> None:
        """So many questions, each as one comes to it: two of three on the platform."""
        for _ in range(count):
            number = self.asked
            self.asked += 1
            question = self._questions[number % len(self._questions)]
            if number % 3:
                await self._on_platform(question, number)
            else:
                room = f"room {number % _PEOPLE}"
                place, person = Place(PLATFORM, room, room, direct=True), Person(PLATFORM, room)
                await self._console.handle(Ask(question), ChatRequest(place, person, thread=room))

    async def _on_platform(self, question: str, number: int) -> None:
        place = Place(PLATFORM, "space", f"room {number % 7}")
        person = Person(PLATFORM, f"person {number % _PEOPLE}")
        request = ChatRequest(place, person, thread=person.id, message=f"q{number}")
        message = await self._chat.handle(Ask(question), request)
        await self._chat.posted(message, request, f"r{number}")
        if message.reply is not None and number % 5 == 0:
            for verb in (Verb.CHECK, Verb.MORE):
                await self._chat.handle(Action(verb, message.reply), request)


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Live through it, counting from time to time what is held."""
    started = time.perf_counter()
    samples: list[Sample] = []
    every = max(options.reloads // _SAMPLES, 1)
    each = max(options.questions // options.reloads, 1)
    with TemporaryDirectory(prefix="soak-") as name:
        folder = Folder(Path(name) / "corpus", options.documents)
        settings = settings_in(Path(name))
        answering = build_answering(settings, in_child=True)
        async with build_services(settings, answering) as services:
            services.loaded(await services.answering.reload())
            life = Life(services, texts(2_000, 500).questions)
            for turn in range(1, options.reloads + 1):
                folder.change(turn)
                report, _ = await asyncio.gather(services.answering.reload(), life.ask(each))
                services.loaded(report)
                if turn % every == 0:
                    samples.append(_sample(turn, life.asked))
                    _tell(samples[-1])
    return {
        "documents": options.documents,
        "seconds": time.perf_counter() - started,
        "samples": [asdict(sample) for sample in samples],
    } | _trend(samples)


def _sample(reloads: int, questions: int) -> Sample:
    gc.collect()
    return Sample(
        reloads=reloads,
        questions=questions,
        resident=memory.resident(),
        # With those that a load set aside: what they hold would be held for ever.
        objects=len(gc.get_objects()) + gc.get_freeze_count(),
        files=memory.open_files(),
        threads=threading.active_count(),
        tasks=len(asyncio.all_tasks()),
    )


def _trend(samples: Sequence[Sample]) -> dict[str, Any]:
    """How memory goes on once it is warm: bytes a reload by a straight line, and end by start."""
    warm = samples[int(len(samples) * _WARM) :]
    third = max(len(warm) // 3, 1)
    slope = 0.0
    if len(warm) > 1:
        places = [sample.reloads for sample in warm]
        slope = float(np.polyfit(places, [sample.resident for sample in warm], 1)[0])
    return {
        "bytes_a_reload": slope,
        "memory_growth": median(s.resident for s in warm[-third:])
        / median(s.resident for s in warm[:third]),
        "objects_growth": median(s.objects for s in warm[-third:])
        / median(s.objects for s in warm[:third]),
        "files_grown": max(s.files for s in warm[-third:]) - max(s.files for s in warm[:third]),
        "threads_grown": warm[-1].threads - max(s.threads for s in warm[:third]),
        "tasks_grown": warm[-1].tasks - max(s.tasks for s in warm[:third]),
    }


def verdicts(result: dict[str, Any]) -> list[Bar]:
    """Whether anything grows."""
    return [
        Bar("memory, end by beginning", WANTED_GROWTH, result["memory_growth"], "times"),
        Bar("objects, end by beginning", WANTED_GROWTH, result["objects_growth"], "times"),
        Bar("open files more", 0, result["files_grown"], "files"),
        Bar("threads more", 0, result["threads_grown"], "threads"),
        Bar("tasks more", 0, result["tasks_grown"], "tasks"),
    ]


def _tell(sample: Sample) -> None:
    print(
        f"{sample.reloads} reloads, {sample.questions} questions:"
        f" {sample.resident / 1e6:,.0f} MB, {sample.files} files",
        file=sys.stderr,
        flush=True,
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table and what grew; `--json` prints the figures instead."""
    parser = argparse.ArgumentParser(prog="benchmarks.soak", description=__doc__)
    say = parser.add_argument
    say("--reloads", type=int, default=200)
    say("--questions", type=int, default=3_600, help="as many as come in an hour, one a second")
    say("--documents", type=int, default=40)
    say("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    result = asyncio.run(measure(options))
    if options.json:
        print(json.dumps(result, indent=2))
        return 0
    samples = result["samples"]
    table = Table(*(name.replace("_", " ") for name in samples[0]), title="Held by the process")
    for sample in samples[:: max(len(samples) // 10, 1)]:
        table.add_row(*(f"{value:,}" for value in sample.values()))
    console = Console(width=120)
    console.print(table)
    console.print(
        f"{result['bytes_a_reload'] / 1_000:,.1f} kB a reload, once warm;"
        f" {result['seconds']:,.0f} s in all",
        highlight=False,
    )
    for bar in verdicts(result):
        console.print(str(bar), highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
