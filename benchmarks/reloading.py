"""A folder of many documents, one of them changed, added, removed: what that costs, and whom.

In a process of its own (`python -m benchmarks.reloading DOCUMENTS`); prints JSON. While it
reloads, questions are asked one after the other and the event loop's beat is watched.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import memory
from benchmarks.corpora import PASSAGES_A_DOCUMENT, texts, write
from benchmarks.heartbeat import heartbeat
from benchmarks.serving import settings_in
from bot.answering.service import AnsweringService
from bot.platforms.services import build_answering

_REST_SECONDS = 1.0
"""Before a reload that is measured, and after it, when the old corpus is let go."""

_PAUSE_SECONDS = 0.02
"""Between two questions during the reload: a member now and then, not a flood."""


_ASKED = 2_000


async def measure(documents: int) -> dict[str, Any]:
    """Seconds of the first load, of the next start, and of reloads with one file changed."""
    # None comes again while the same corpus serves: that would be nothing to wait for.
    questions = texts(documents * PASSAGES_A_DOCUMENT, _ASKED).questions
    with TemporaryDirectory(prefix="bench-") as name:
        settings = settings_in(Path(name))
        folder = settings.corpus.folder
        write(folder, documents)
        answering = build_answering(settings, in_child=True)
        started = time.perf_counter()
        report = await answering.reload()
        figures: dict[str, Any] = {
            "documents": report.documents,
            "passages": report.passages,
            "first_load_seconds": time.perf_counter() - started,
        }
        started = time.perf_counter()
        again = build_answering(settings, in_child=True)
        await again.reload()
        await again.ask(questions[0])
        figures["next_start_seconds"] = time.perf_counter() - started
        del again
        figures |= await _reload(answering, questions, "unchanged")
        figures |= await _changes(answering, questions, folder, folder / f"{documents // 2:06}.txt")
        for what in ("largest_stall_ms", "longest_question_ms"):
            figures[what] = max(each for name, each in figures.items() if name.endswith(what))
    return figures


async def _changes(
    answering: AnsweringService, questions: tuple[str, ...], folder: Path, file: Path
) -> dict[str, float]:
    """The costs of a changed, an added and a removed document."""
    figures: dict[str, float] = {}
    text = await asyncio.to_thread(file.read_text)
    await asyncio.to_thread(file.write_text, f"{text}\n\nAnother sentence ends the document.\n")
    memory.forget_most()
    before = memory.resident()
    figures |= await _reload(answering, questions, "one_changed")
    figures["one_changed_peak_bytes"] = memory.most() - before
    added = folder / "added.txt"
    await asyncio.to_thread(added.write_text, f"Quite another document.\n\n{text}")
    figures |= await _reload(answering, questions, "one_added")
    await asyncio.to_thread(added.unlink)
    figures |= await _reload(answering, questions, "one_removed")
    return figures


async def _reload(
    answering: AnsweringService, questions: tuple[str, ...], name: str
) -> dict[str, float]:
    """The cost of one reload, with questions asked meanwhile; the names begin with `name`.

    `cpu_seconds` is what all threads of this process took, its children left out;
    `largest_stall_ms` is the event loop's longest silence, until a second after the reload.
    """
    waits: list[float] = []
    async with _asking(answering, questions, waits), heartbeat() as felt:
        # They come to rest: what a question takes is not what the reload takes.
        await asyncio.sleep(_REST_SECONDS)
        waits.clear()
        felt.largest_stall = 0.0
        started, worked = time.perf_counter(), time.process_time()
        await answering.reload()
        seconds, cpu = time.perf_counter() - started, time.process_time() - worked
        await asyncio.sleep(_REST_SECONDS)
    return {
        f"{name}_seconds": seconds,
        f"{name}_cpu_seconds": cpu,
        f"{name}_largest_stall_ms": 1_000 * felt.largest_stall,
        f"{name}_questions_meanwhile": len(waits),
        f"{name}_longest_question_ms": 1_000 * max(waits, default=0.0),
    }


@asynccontextmanager
async def _asking(
    answering: AnsweringService, questions: tuple[str, ...], waits: list[float]
) -> AsyncIterator[None]:
    async def ask() -> None:
        number = 0
        while True:
            started = time.perf_counter()
            await answering.ask(questions[number % len(questions)])
            waits.append(time.perf_counter() - started)
            number += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    task = asyncio.create_task(ask())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(int(sys.argv[1])))))
