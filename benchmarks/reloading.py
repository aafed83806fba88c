"""A folder of many documents, one of them changed: what the reload costs, and whom.

In a process of its own (`python -m benchmarks.reloading DOCUMENTS`); prints JSON. While it
reloads, questions are asked one after the other and the event loop's beat is watched.
"""

from __future__ import annotations

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
from bot.answering import Answering
from bot.ingest.loading import Loader
from bot.ingest.readers import Limits
from bot.preparing import Preparing
from bot.recent import MOST_REPLIES
from bot.retrieval.replying import Options
from bot.snapshot import Snapshots, name_for

PASSAGES_A_DOCUMENT = 10
_PAUSE_SECONDS = 0.02
"""Between two questions during the reload: a member now and then, not a flood."""


async def measure(documents: int) -> dict[str, Any]:
    """Seconds of the first load, of a reload of nothing, and of one with one file changed."""
    # None comes again while its reply is kept: that would be nothing to wait for.
    questions = texts(1_000, 4 * MOST_REPLIES).questions
    with TemporaryDirectory(prefix="bench-") as name:
        folder, state = Path(name) / "corpus", Path(name) / "state"
        state.mkdir()
        write(folder, documents, PASSAGES_A_DOCUMENT)
        preparing = Preparing(
            folder, Limits(), True, Options(), Snapshots(state / name_for(folder), "benchmark")
        )
        answering = Answering(Loader(folder), preparing=preparing)
        started = time.perf_counter()
        report = await answering.reload()
        figures: dict[str, Any] = {
            "documents": report.documents,
            "passages": report.passages,
            "first_load_seconds": time.perf_counter() - started,
        }
        again = Answering(Loader(folder), preparing=preparing)
        started = time.perf_counter()
        await again.reload()
        figures["next_start_seconds"] = time.perf_counter() - started
        del again
        started = time.perf_counter()
        await answering.reload()
        figures["unchanged_seconds"] = time.perf_counter() - started
        changed = folder / f"{documents // 2:06}.txt"
        changed.write_text(changed.read_text() + "\n\nOne more paragraph stands here.\n")
        waits: list[float] = []
        memory.forget_most()
        before = memory.resident()
        async with _asking(answering, questions, waits), heartbeat() as felt:
            started = time.perf_counter()
            await answering.reload()
            figures["one_changed_seconds"] = time.perf_counter() - started
        figures |= {
            "one_changed_peak_bytes": memory.most() - before,
            "largest_stall_ms": 1_000 * felt.largest_stall,
            "questions_meanwhile": len(waits),
            "longest_question_ms": 1_000 * max(waits, default=0.0),
        }
    return figures


@asynccontextmanager
async def _asking(
    answering: Answering, questions: tuple[str, ...], waits: list[float]
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
