"""The inbox on a real store: each job once, one lock a message, nothing lost at an end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot.core.errors import StateError
from bot.platforms.inbox import Disposition, Inbox
from bot.state.records import Job
from bot.state.store import Store

ROOM, ANA = "a room", "ana"


class TransientError(Exception):
    """A fault that a later try may overcome."""


class RejectedError(Exception):
    """A fault that is final."""


def disposition(fault: Exception) -> Disposition:
    if isinstance(fault, TransientError):
        return Disposition.RETRY
    return Disposition.REJECT if isinstance(fault, RejectedError) else Disposition.FAULT


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def inbox(store: Store) -> Inbox:
    return Inbox("discord", store.jobs, disposition)


async def pending(store: Store, platform: str = "discord") -> list[str]:
    return [job.event for job in await store.jobs.pending(platform)]


async def nothing() -> None:
    """Work that is done at once."""


async def failing(fault: Exception) -> None:
    raise fault


async def test_an_event_is_taken_once_and_finished_for_good(store: Store, inbox: Inbox) -> None:
    assert await inbox.take(ROOM, "1", "{}", ANA)
    assert not await inbox.take(ROOM, "1", "{}", ANA)
    assert await pending(store) == ["1"]
    await inbox.settle("1", nothing)
    assert await pending(store) == []
    assert not await inbox.take(ROOM, "1", "{}", ANA)


async def test_the_same_event_at_the_same_moment_is_taken_by_one_only(inbox: Inbox) -> None:
    taken = await asyncio.gather(*(inbox.take(ROOM, "1", "{}", ANA) for _ in range(5)))
    assert sum(taken) == 1


async def test_platforms_do_not_know_the_events_of_each_other(store: Store, inbox: Inbox) -> None:
    other = Inbox("matrix", store.jobs, disposition)
    assert await inbox.take(ROOM, "1", "{}", ANA)
    assert await other.take(ROOM, "1", "{}", ANA)
    await inbox.settle("1", nothing)
    assert await pending(store, "matrix") == ["1"]


@pytest.mark.parametrize(
    ("fault", "left"),
    [(TransientError(), ["1"]), (RejectedError(), []), (KeyError("a bug"), [])],
    ids=["transient", "rejected", "a bug"],
)
async def test_only_a_job_that_may_do_better_later_stays(
    store: Store, inbox: Inbox, fault: Exception, left: list[str]
) -> None:
    await inbox.take(ROOM, "1", "{}", ANA)
    with pytest.raises(type(fault)):
        await inbox.settle("1", partial(failing, fault))
    assert await pending(store) == left


async def test_jobs_of_a_run_that_broke_off_are_replayed_once_and_in_their_order(
    tmp_path: Path,
) -> None:
    async with await Store.open(tmp_path) as store:
        before = Inbox("discord", store.jobs, disposition)
        for event in ("1", "2", "3"):
            await before.take(ROOM, event, f"payload {event}", ANA)
        await before.settle("2", nothing)
    resumed: list[tuple[str, str, str]] = []
    async with await Store.open(tmp_path) as store:
        after = Inbox("discord", store.jobs, disposition)

        def resume(job: Job) -> asyncio.Task[None]:
            resumed.append((job.room, job.event, job.payload))
            work = partial(after.settle, job.event, nothing)
            return after.start(work, "a job", key=job.event)

        await after.load()
        # A job that is taken after the start is no job of an earlier run.
        await after.take(ROOM, "4", "payload 4", ANA)
        await after.replay(resume, one_by_one=False)
        await after.replay(resume, one_by_one=False)
        await after.idle()
        assert resumed == [(ROOM, "1", "payload 1"), (ROOM, "3", "payload 3")]
        assert await pending(store) == ["4"]


@pytest.mark.parametrize("one_by_one", [True, False])
async def test_a_replay_waits_for_each_job_only_where_it_is_told_to(
    inbox: Inbox, one_by_one: bool
) -> None:
    for event in ("1", "2"):
        await inbox.take(ROOM, event, "{}", ANA)
    await inbox.load()
    begun: list[str] = []
    first, gate = asyncio.Event(), asyncio.Event()

    async def work(job: Job) -> None:
        begun.append(job.event)
        first.set()
        await gate.wait()

    def resume(job: Job) -> asyncio.Task[None]:
        return inbox.start(partial(work, job), "a job", key=job.event)

    replay = asyncio.create_task(inbox.replay(resume, one_by_one=one_by_one))
    await first.wait()
    await asyncio.sleep(0)
    assert begun == (["1"] if one_by_one else ["1", "2"])
    gate.set()
    await replay
    await inbox.idle()
    assert begun == ["1", "2"]


async def test_a_job_that_takes_too_long_holds_up_no_other(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.inbox.PATIENCE", 0.01)
    for event in ("1", "2"):
        await inbox.take(ROOM, event, "{}", ANA)
    await inbox.load()
    gate, done = asyncio.Event(), asyncio.Event()

    async def work(job: Job) -> None:
        await gate.wait() if job.event == "1" else done.set()

    def resume(job: Job) -> asyncio.Task[None]:
        return inbox.start(partial(work, job), "a job", key=job.event)

    await inbox.replay(resume, one_by_one=True)
    await done.wait()
    gate.set()
    await inbox.idle()


async def test_a_replay_that_is_cancelled_leaves_the_job_at_work_and_goes_on_later(
    store: Store, inbox: Inbox
) -> None:
    for event in ("1", "2"):
        await inbox.take(ROOM, event, "{}", ANA)
    await inbox.load()
    gate = asyncio.Event()

    async def work() -> None:
        await gate.wait()

    def resume(job: Job) -> asyncio.Task[None]:
        settle = partial(inbox.settle, job.event, work)
        return inbox.start(settle, "a job", key=job.event)

    replay = asyncio.create_task(inbox.replay(resume, one_by_one=True))
    await asyncio.sleep(0)
    replay.cancel()
    await asyncio.wait({replay})
    gate.set()
    await inbox.replay(resume, one_by_one=True)
    await inbox.idle()
    assert await pending(store) == []


async def test_work_about_one_message_runs_in_its_order_and_other_work_beside_it(
    inbox: Inbox,
) -> None:
    gate = asyncio.Event()
    steps: list[str] = []

    async def question() -> None:
        steps.append("question begins")
        await gate.wait()
        steps.append("question ends")

    async def step(name: str) -> None:
        steps.append(name)

    assert not inbox.is_locked("1")
    inbox.start(question, "a question", key="1")
    inbox.start(partial(step, "edit"), "an edit", key="1")
    inbox.start(partial(step, "deletion"), "a deletion", key="1")
    assert inbox.is_locked("1")
    await inbox.start(partial(step, "other"), "another question", key="2")
    gate.set()
    await inbox.idle()
    assert steps == ["question begins", "other", "question ends", "edit", "deletion"]
    assert not inbox.is_locked("1")


async def test_a_fault_is_logged_and_disturbs_no_other_work(
    store: Store, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    faults = {"1": TransientError("try later"), "2": RejectedError("no"), "3": KeyError("secret")}
    for event, fault in faults.items():
        await inbox.take(ROOM, event, "{}", ANA)
        work = partial(inbox.settle, event, partial(failing, fault))
        inbox.start(work, f"job {event}", key="all about one message")
    await inbox.take(ROOM, "4", "{}", ANA)
    inbox.start(partial(inbox.settle, "4", nothing), "job 4", key="all about one message")
    await inbox.idle()
    assert await pending(store) == ["1"]
    later, refused, bug = (record.getMessage() for record in caplog.records)
    assert later == "job 1 failed for now: try later"
    assert refused == "job 2 was refused: no"
    assert "in job 3: KeyError" in bug
    assert "secret" not in bug
    assert [r.levelno for r in caplog.records] == [logging.WARNING, logging.WARNING, logging.ERROR]


async def test_what_makes_a_reply_in_a_room_can_be_waited_for(inbox: Inbox) -> None:
    gate = asyncio.Event()

    async def work() -> None:
        await gate.wait()

    reply = inbox.start(work, "a question", key="1", room=ROOM)
    inbox.start(work, "a question elsewhere", key="2", room="another room")
    inbox.start(work, "an invitation", key=ROOM)
    assert inbox.replying_in(ROOM) == {reply}
    gate.set()
    await inbox.idle()
    assert inbox.replying_in(ROOM) == set()


async def test_the_end_waits_for_work_and_then_breaks_it_off(store: Store, inbox: Inbox) -> None:
    gates = {event: asyncio.Event() for event in ("soon", "never")}
    for event, gate in gates.items():

        async def work(gate: asyncio.Event = gate) -> None:
            await gate.wait()

        await inbox.take(ROOM, event, "{}", ANA)
        inbox.start(partial(inbox.settle, event, work), "a question", key=event)
    waiting = inbox.start(nothing, "an edit that waits for the lock", key="never")
    drain = asyncio.create_task(inbox.drain(0.2))
    await asyncio.sleep(0)
    gates["soon"].set()
    await drain
    assert waiting.cancelled()
    # What was broken off is done by the next run.
    assert await pending(store) == ["never"]


async def test_an_end_with_nothing_at_work_does_not_wait(inbox: Inbox) -> None:
    async with asyncio.timeout(1):
        await inbox.drain(60)


async def test_the_end_waits_for_tasks_that_are_not_its_own_but_not_for_itself(
    inbox: Inbox,
) -> None:
    done = False
    begun = asyncio.Event()

    async def command() -> None:
        nonlocal done
        async with inbox.working():
            begun.set()
            await asyncio.sleep(0.05)
            done = True

    task = asyncio.create_task(command())
    await begun.wait()
    async with inbox.working():
        await inbox.drain(5)
    assert done
    await task


async def test_a_store_that_fails_takes_no_job_and_stops_no_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = await Store.open(tmp_path)
    inbox = Inbox("discord", store.jobs, disposition)
    await inbox.take(ROOM, "1", "{}", ANA)
    await store.close()
    with pytest.raises(StateError):
        await inbox.take(ROOM, "2", "{}", ANA)
    # The work was done: that its end could not be noted is one line of log.
    await inbox.settle("1", nothing)
    (record,) = caplog.records
    assert record.getMessage().startswith("a job could not be marked as finished: ")
