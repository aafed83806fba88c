"""Budgets of an endpoint, and how a failing server is left alone; the clock is set by hand."""

import asyncio
import logging

import pytest
from aiohttp import web

from bot.core.errors import EndpointError
from bot.meaning.call_limits import FAULTS_IN_A_ROW, LONGEST_PAUSE, PAUSE
from bot.meaning.endpoint import Endpoint
from tests.harness.completions_server import (
    GOOD,
    PROMPT,
    TOO_LONG,
    ScriptedServer,
    endpoint,
    says,
)


async def fails(tried: Endpoint, words: str) -> None:
    with pytest.raises(EndpointError, match=words):
        await tried.complete(PROMPT)


async def test_a_server_that_fails_is_left_alone_then_probed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    script = ScriptedServer()
    async with endpoint(script.answer, clock=script.clock) as tried:
        await tried.complete(PROMPT)
        script.now = says(503, "")
        for _ in range(FAULTS_IN_A_ROW):
            await fails(tried, "failed \\(503\\)")
        for _ in range(5):
            await fails(tried, "left alone")
        assert script.calls == 1 + FAULTS_IN_A_ROW
        script.time += PAUSE
        await fails(tried, "failed \\(503\\)")
        await fails(tried, "left alone")
        assert script.calls == 2 + FAULTS_IN_A_ROW
        script.time += PAUSE
        script.now = GOOD
        await tried.complete(PROMPT)
        await tried.complete(PROMPT)
    warnings = [line.levelname for line in caplog.records if line.name.startswith("bot.")]
    assert warnings == ["WARNING", "INFO"], "one line as it begins, and one as it ends"


async def test_only_one_call_probes() -> None:
    script = ScriptedServer()
    asked = asyncio.Event()
    go = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        asked.set()
        await go.wait()
        return await GOOD(request)

    async with endpoint(script.answer, clock=script.clock, seconds=30.0) as tried:
        script.now = says(503, "")
        for _ in range(FAULTS_IN_A_ROW):
            await fails(tried, "failed")
        script.time += PAUSE
        script.now = slow
        probe = asyncio.create_task(tried.complete(PROMPT))
        await asked.wait()
        await fails(tried, "left alone")
        go.set()
        assert await probe == {"picks": [1]}
        await tried.complete(PROMPT)


async def test_what_a_question_causes_never_shuts_the_reader_for_others() -> None:
    script = ScriptedServer()
    script.now = says(400, TOO_LONG)
    async with endpoint(script.answer, clock=script.clock) as tried:
        for _ in range(2 * FAULTS_IN_A_ROW):
            await fails(tried, "tokens long")
        script.now = GOOD
        await tried.complete(PROMPT)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "120"}, 120.0),
        ({}, PAUSE),
        ({"Retry_After": "soon"}, PAUSE),
        ({"Retry_After": "999999"}, LONGEST_PAUSE),
    ],
)
async def test_a_server_that_asks_for_a_pause_has_it(
    headers: dict[str, str], seconds: float
) -> None:
    script = ScriptedServer()
    async with endpoint(script.answer, clock=script.clock) as tried:
        script.now = says(429, "", **headers)
        await fails(tried, "429")
        script.now = GOOD
        script.time += seconds - 1
        await fails(tried, "left alone")
        script.time += 1
        await tried.complete(PROMPT)
    assert script.calls == 2


async def test_a_budget_that_is_used_up_refuses_at_once_and_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    script = ScriptedServer()
    async with endpoint(script.answer, clock=script.clock, per_minute=2, per_day=5) as tried:
        for calls in (2, 4):
            await tried.complete(PROMPT)
            await tried.complete(PROMPT)
            for _ in range(3):
                await fails(tried, "reader.per_minute: the 2 calls of a minute")
            assert script.calls == calls
            script.time += 60
        await tried.complete(PROMPT)
        for _ in range(3):
            await fails(tried, "reader.per_day: the 5 calls of a day")
        script.time += 86_400
        await tried.complete(PROMPT)
    assert script.calls == 6
    assert [line.count("per_minute") for line in caplog.messages] == [1, 1, 0]


async def test_a_server_too_slow_for_its_callers_counts_as_failing() -> None:
    script = ScriptedServer()
    calls: asyncio.Queue[None] = asyncio.Queue()

    async def waits(request: web.Request) -> web.StreamResponse:
        calls.put_nowait(None)
        await asyncio.Event().wait()
        raise AssertionError

    script.now = waits
    async with endpoint(script.answer, clock=script.clock, seconds=30.0) as tried:
        for _ in range(FAULTS_IN_A_ROW):
            caller = asyncio.create_task(tried.complete(PROMPT))
            await calls.get()
            script.time += 5
            caller.cancel()
            await asyncio.wait({caller})
        await fails(tried, "left alone")
