"""The bounded queue: how many tasks it admits, by number and by how long tasks take."""

import asyncio
import threading

import pytest

from bot.answering.queue import LONGEST_WAIT, ThreadQueue
from bot.core.errors import BusyError

SECONDS = 3.0


class WorkClock:
    """A clock that only goes on where work says that it took time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self) -> None:
        self.now += SECONDS


async def blocked(workers: ThreadQueue, go_on: threading.Event) -> asyncio.Task[bool]:
    """Work that is at it until `go_on`, and has begun."""
    at_it = threading.Event()

    def work() -> bool:
        at_it.set()
        return go_on.wait(30)

    task = asyncio.create_task(workers.run(work))
    assert await asyncio.to_thread(at_it.wait, 30)
    return task


async def test_where_work_is_slow_of_late_fewer_may_wait() -> None:
    clock, go_on = WorkClock(), threading.Event()
    workers = ThreadQueue("slow", threads=1, waiting=1_000, clock=clock)
    for _ in range(60):
        await workers.run(clock.work)
    blocker = await blocked(workers, go_on)
    tasks: list[asyncio.Task[None]] = []
    while len(tasks) < 1_000:
        try:
            workers.admit()
        except BusyError:
            break
        tasks.append(asyncio.create_task(workers.run(clock.work)))
        await asyncio.sleep(0)
    assert len(tasks) * SECONDS <= LONGEST_WAIT < (len(tasks) + 2) * SECONDS
    go_on.set()
    await asyncio.gather(blocker, *tasks)
    workers.admit()
    assert workers.pending == 0


async def test_what_finds_nothing_before_it_is_let_in_however_slow_things_are() -> None:
    clock = WorkClock()
    workers = ThreadQueue("slow", threads=1, waiting=10, clock=clock)

    def a_minute() -> None:
        clock.now += 60

    for _ in range(80):
        workers.admit()
        await workers.run(a_minute)


async def test_work_that_fails_is_told_so_and_makes_room() -> None:
    workers = ThreadQueue("failing", threads=1, waiting=0)

    def fail() -> None:
        raise ValueError("no")

    for _ in range(3):
        workers.admit()
        with pytest.raises(ValueError, match="no"):
            await workers.run(fail)
    assert workers.pending == 0


async def test_work_is_done_in_the_order_it_came() -> None:
    workers, go_on = ThreadQueue("in-order", threads=1, waiting=50), threading.Event()
    done: list[int] = []
    blocker = await blocked(workers, go_on)
    tasks = [asyncio.create_task(workers.run(done.append, number)) for number in range(50)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(blocker, *tasks)
    assert done == list(range(50))
