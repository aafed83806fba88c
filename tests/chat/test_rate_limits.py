"""Who is let in, who has to wait, and what they are told: with a clock that a test turns."""

import asyncio
from collections import deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.rate_limits import (
    Admitted,
    QueueFull,
    RateLimiter,
    TooMany,
    Turn,
    refusal_blocks,
)
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN


class SetClock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def limiter(clock: SetClock, **given: int) -> RateLimiter:
    most = {"per_person": 3, "per_room": 5, "seconds": 60, "waiting": 2, "at_once": 1, **given}
    return RateLimiter(**most, clock=clock)


def turn(gate: RateLimiter, person: str, room: str) -> Turn:
    """The turn of a question that is admitted."""
    admission = gate.admit(person, room)
    assert isinstance(admission, Admitted)
    assert admission.turn is not None
    return admission.turn


def words(refused: TooMany | QueueFull) -> str:
    return "".join(page.text for page in paginate(refusal_blocks(refused), PLAIN))


def test_a_person_over_the_limit_is_told_once_and_let_in_when_the_window_has_moved() -> None:
    clock = SetClock()
    gate = limiter(clock)
    for _ in range(3):
        assert gate.admit("ada", "hall", waits=False) == Admitted()
        clock.seconds += 10
    told = gate.admit("ada", "hall", waits=False)
    assert isinstance(told, TooMany)
    assert not told.already_told
    assert words(told) == (
        f"That is a lot of questions at once. Ask again in {told.retry_seconds} seconds."
    )
    again = gate.admit("ada", "yard", waits=False)
    assert isinstance(again, TooMany)
    assert again.already_told
    assert words(again) == ""
    assert gate.admit("bob", "hall", waits=False) == Admitted()
    clock.seconds += told.retry_seconds
    assert gate.admit("ada", "hall", waits=False) == Admitted()
    assert isinstance(gate.admit("ada", "hall", waits=False), TooMany)


def test_after_a_window_it_is_said_again() -> None:
    clock = SetClock()
    gate = limiter(clock, per_person=1)
    gate.admit("ada", "hall", waits=False)
    assert gate.admit("ada", "hall", waits=False) == TooMany(already_told=False, retry_seconds=61)
    clock.seconds += 61
    assert gate.admit("ada", "hall", waits=False) == Admitted()
    assert gate.admit("ada", "hall", waits=False) == TooMany(already_told=False, retry_seconds=61)


def test_a_busy_room_costs_nobody_their_own_share() -> None:
    clock = SetClock()
    gate = limiter(clock, per_room=2)
    assert gate.admit("ada", "hall", waits=False) == Admitted()
    assert gate.admit("bob", "hall", waits=False) == Admitted()
    for _ in range(10):
        assert isinstance(gate.admit("cem", "hall", waits=False), TooMany)
    for _ in range(3):
        assert gate.admit("cem", str(_), waits=False) == Admitted()


async def test_as_many_are_answered_at_once_as_may_be_and_all_in_their_order() -> None:
    gate = limiter(SetClock(), at_once=2, waiting=3)
    go_on, done, started = asyncio.Event(), [], []

    async def question(number: int, turn: Turn) -> None:
        async with turn:
            started.append(number)
            await go_on.wait()
            done.append(number)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(question(number, turn(gate, str(number), str(number))))
            await settled()
        assert started == [0, 1]
        assert gate.waiting == 3
        full = gate.admit("late", "hall")
        assert full == QueueFull(already_told=False)
        assert words(QueueFull(already_told=False)).startswith("Many questions are waiting")
        assert gate.admit("later", "hall") == QueueFull(already_told=True)
        assert words(QueueFull(already_told=True)) == ""
        assert gate.admit("lucky", "hall", waits=False) == Admitted()
        go_on.set()
    assert started == done == [0, 1, 2, 3, 4]
    assert gate.waiting == 0
    for _ in range(3):
        admitted = gate.admit("late", "hall")
        assert admitted == Admitted(), "to be refused for others costs nothing"


async def test_who_gives_up_waiting_and_who_fails_leave_no_place_taken() -> None:
    gate = limiter(SetClock(), waiting=1)

    async def forever(turn: Turn) -> None:
        async with turn:
            await asyncio.Event().wait()

    async def failing() -> None:
        async with turn(gate, "cem", "hall"):
            raise ValueError("this question cannot be answered")

    async with asyncio.timeout(10):
        answered = asyncio.create_task(forever(turn(gate, "ada", "hall")))
        await settled()
        waiting = asyncio.create_task(forever(turn(gate, "bob", "hall")))
        await settled()
        assert isinstance(gate.admit("ada", "hall"), QueueFull)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert gate.waiting == 0
        answered.cancel()
        await asyncio.wait({answered})
        with pytest.raises(ValueError, match="cannot be answered"):
            await failing()
        async with turn(gate, "ada", "hall"):
            assert gate.waiting == 0


async def test_none_may_wait_but_one_is_answered() -> None:
    gate = limiter(SetClock(), waiting=0)
    async with turn(gate, "ada", "hall"):
        assert gate.admit("bob", "hall") == QueueFull(already_told=False)
    assert gate.admit("bob", "hall") == Admitted()


def test_of_those_who_were_quiet_longest_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.chat.rate_limits.REMEMBERED", 3)
    gate = limiter(SetClock(), per_person=1, per_room=100)
    for person in "abcd":
        assert gate.admit(person, "hall", waits=False) == Admitted()
    assert isinstance(gate.admit("d", "hall", waits=False), TooMany)
    assert gate.admit("a", "hall", waits=False) == Admitted()


def test_a_clock_that_goes_back_does_no_harm() -> None:
    clock = SetClock()
    gate = limiter(clock, per_person=2)
    gate.admit("ada", "hall", waits=False)
    clock.seconds -= 500
    gate.admit("ada", "hall", waits=False)
    refused = gate.admit("ada", "hall", waits=False)
    assert isinstance(refused, TooMany)
    assert 0 < refused.retry_seconds <= 61


@given(st.integers(1, 4), st.lists(st.floats(0, 40), max_size=40))
def test_no_window_ever_holds_more_and_who_waits_as_told_gets_in(
    most: int, pauses: list[float]
) -> None:
    clock = SetClock()
    gate = limiter(clock, per_person=most, per_room=1_000)
    admitted: deque[float] = deque()
    for pause in pauses:
        clock.seconds += pause
        outcome = gate.admit("ada", "hall", waits=False)
        if isinstance(outcome, TooMany):
            assert len([at for at in admitted if clock.seconds - at <= 60.01]) >= most
            assert 1 <= outcome.retry_seconds <= 61
            clock.seconds += outcome.retry_seconds
            outcome = gate.admit("ada", "hall", waits=False)
        assert outcome == Admitted()
        admitted.append(clock.seconds)
    for first, last in zip(admitted, list(admitted)[most:], strict=False):
        assert last - first >= 59.99
    assert all(one <= two for one, two in pairwise(admitted))


async def settled() -> None:
    """Let every task run until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_fewer_wait_where_answers_take_long_of_late() -> None:
    clock = SetClock()
    gate = limiter(clock, waiting=1_000, at_once=2, per_person=5_000, per_room=5_000)
    for _ in range(60):
        async with turn(gate, "ada", "hall"):
            clock.seconds += 4.0
    tasks: list[asyncio.Task[None]] = []
    done = asyncio.Event()

    async def answered(turn: Turn) -> None:
        async with turn:
            await done.wait()

    while isinstance(outcome := gate.admit("ada", "hall"), Admitted):
        assert outcome.turn is not None
        tasks.append(asyncio.create_task(answered(outcome.turn)))
        await asyncio.sleep(0)
    assert outcome == QueueFull(already_told=False)
    # At four seconds each and two at a time, the sixth would wait for twelve.
    assert len(tasks) == 6
    done.set()
    await asyncio.gather(*tasks)
    assert gate.admit("ada", "hall") == Admitted()


async def test_who_is_admitted_stands_in_the_queue_at_once() -> None:
    gate = limiter(SetClock(), waiting=1, at_once=1)
    first, _ = turn(gate, "ada", "hall"), turn(gate, "bob", "hall")
    assert gate.admit("cem", "hall") == QueueFull(already_told=False)
    async with first:
        assert gate.waiting == 1


async def test_who_was_admitted_before_waits_but_does_not_count() -> None:
    gate = limiter(SetClock(), per_person=1)
    for _ in range(3):
        again = gate.admit_again().turn
        assert again is not None
        async with again:
            assert gate.waiting == 0
    assert gate.admit("ada", "hall") == Admitted()


async def test_a_question_that_waits_for_something_outside_lets_others_have_their_turn() -> None:
    clock = SetClock()
    gate = limiter(clock, waiting=1)
    slow, quick = turn(gate, "ada", "hall"), turn(gate, "ben", "hall")
    async with slow:
        async with slow.pause():
            async with asyncio.timeout(5), quick:
                clock.seconds += 100
            assert isinstance(gate.admit("cy", "attic"), Admitted)
        assert isinstance(gate.admit("dan", "attic"), QueueFull)  # cy waits, and slow is busy
    # The hundred seconds were those of the quick one.
    assert gate.waiting == 1


async def test_a_question_that_is_cancelled_in_a_pause_gives_no_turn_twice() -> None:
    gate = limiter(SetClock())
    first, second, third = (turn(gate, name, "hall") for name in ("ada", "ben", "cy"))
    paused = asyncio.Event()

    async def waits_outside() -> None:
        async with first, first.pause():
            paused.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(waits_outside())
    await paused.wait()
    async with second:
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        assert task.cancelled()  # it waits for no turn
        is_in = asyncio.create_task(third.__aenter__())
        await asyncio.sleep(0)
        assert not is_in.done()  # one at once
    await asyncio.wait_for(is_in, 5)
    await third.__aexit__()
