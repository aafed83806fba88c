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
from benchmarks.corpora import texts, write
from benchmarks.heartbeat import heartbeat
from bot.answering.rebuild import IndexRebuild
from bot.answering.service import AnsweringService
from bot.answering.snapshot import Snapshots, name_for
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.retrieval.answer.searcher import AnswerOptions

PASSAGES_A_DOCUMENT = 10
_REST_SECONDS = 1.0
"""Before a reload that is measured, and after it, when the old corpus is let go."""

_PAUSE_SECONDS = 0.02
"""Between two questions during the reload: a member now and then, not a flood."""


_ASKED = 2_000


async def measure(documents: int) -> dict[str, Any]:
    """Seconds of the first load, of reloads of nothing, and with one file that is another."""
    # None comes again while the same corpus serves: that would be nothing to wait for.
    questions = texts(1_000, _ASKED).questions
    with TemporaryDirectory(prefix="bench-") as name:
        folder, state = Path(name) / "corpus", Path(name) / "state"
        state.mkdir()
        write(folder, documents, PASSAGES_A_DOCUMENT)
        preparing = IndexRebuild(
            folder,
            Limits(),
            True,
            AnswerOptions(),
            Snapshots(state / name_for(folder), "benchmark"),
        )
        answering = AnsweringService(Loader(folder), rebuild=preparing)
        started = time.perf_counter()
        report = await answering.reload()
        figures: dict[str, Any] = {
            "documents": report.documents,
            "passages": report.passages,
            "first_load_seconds": time.perf_counter() - started,
        }
        again = AnsweringService(Loader(folder), rebuild=preparing)
        started = time.perf_counter()
        await again.reload()
        figures["next_start_seconds"] = time.perf_counter() - started
        del again
        started = time.perf_counter()
        await answering.reload()
        figures["unchanged_unasked_seconds"] = time.perf_counter() - started
        figures |= await _reload(answering, questions, "unchanged")
        figures |= await _changes(answering, questions, folder, folder / f"{documents // 2:06}.txt")
        started = time.perf_counter()
        async with heartbeat() as felt:
            await answering.close()
        figures["kept_seconds"] = time.perf_counter() - started
        figures["kept_largest_stall_ms"] = 1_000 * felt.largest_stall
        stalls = [each for name, each in figures.items() if name.endswith("largest_stall_ms")]
        figures["largest_stall_ms"] = max(stalls)
    return figures


async def _changes(
    answering: AnsweringService, questions: tuple[str, ...], folder: Path, file: Path
) -> dict[str, float]:
    """The costs of a changed, an added and a removed document."""
    figures: dict[str, float] = {}
    text = await asyncio.to_thread(file.read_text)
    # What is read for the first time in a process wakes what tells languages apart.
    await asyncio.to_thread(file.write_text, f"{text}\n\nOne more paragraph stands here.\n")
    figures |= await _reload(answering, questions, "first_changed")
    await asyncio.to_thread(file.write_text, f"{text}\n\nAnother sentence ends the document.\n")
    memory.forget_most()
    before = memory.resident()
    figures |= await _reload(answering, questions, "one_changed")
    figures["one_changed_peak_bytes"] = memory.most() - before
    (folder / "added.txt").write_text(f"Quite another document.\n\n{text}")
    figures |= await _reload(answering, questions, "one_added")
    await asyncio.to_thread((folder / "added.txt").unlink)
    figures |= await _reload(answering, questions, "one_removed")
    return figures


async def _reload(
    answering: AnsweringService, questions: tuple[str, ...], name: str
) -> dict[str, float]:
    """What one reload costs, with questions asked meanwhile; the names begin with `name`.

    `cpu_seconds` is what all threads of the process took, `largest_stall_ms` the event
    loop's longest silence, until a second after the reload.
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
