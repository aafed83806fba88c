"""Whether the event loop goes on: a beat every few milliseconds, and the longest silence."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

BEAT_SECONDS = 0.002


@dataclass(slots=True)
class Heartbeat:
    """How late the latest of all beats came, in seconds, and how many came."""

    largest_stall: float = 0.0
    beats: int = 0


@asynccontextmanager
async def heartbeat() -> AsyncIterator[Heartbeat]:
    """Beat while the body runs."""
    felt = Heartbeat()
    task = asyncio.create_task(_beat(felt))
    try:
        yield felt
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _beat(felt: Heartbeat) -> None:
    before = time.perf_counter()
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        now = time.perf_counter()
        felt.largest_stall = max(felt.largest_stall, now - before - BEAT_SECONDS)
        felt.beats += 1
        before = now
