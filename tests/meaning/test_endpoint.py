"""The endpoint, before a server that misbehaves in every way: one sentence for each, in time."""

import asyncio
import gzip
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.core.errors import EndpointError, PromptError
from bot.meaning.endpoint import MOST_BYTES, Endpoint, EndpointOptions
from tests.harness.completions_server import (
    GOOD,
    PRIVATE,
    PROMPT,
    SECRET,
    TOO_LONG,
    ScriptedServer,
    completion,
    endpoint,
    says,
)
from tests.harness.stub_server import Answer, server


async def fault(
    answer: Answer, caplog: pytest.LogCaptureFixture, seconds: float = 30.0
) -> EndpointError:
    """The error that a call meets, which with its line in the log tells no secret."""
    async with endpoint(answer, seconds=seconds) as tried:
        with pytest.raises(EndpointError) as caught:
            await tried.complete(PROMPT)
    told = str(caught.value) + caplog.text
    assert SECRET not in told
    assert "shadow" not in told
    assert "\n" not in str(caught.value)
    [line] = caplog.messages
    assert str(caught.value) in line
    return caught.value


async def test_the_object_that_the_model_wrote_comes_back() -> None:
    seen: list[tuple[str, dict[str, Any], str]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append((request.path, await request.json(), request.headers["Authorization"]))
        return await GOOD(request)

    async with endpoint(answer, model="small") as asked:
        assert await asked.complete(PROMPT) == {"picks": [1]}
    [(path, body, key)] = seen
    assert path == "/v1/chat/completions"
    assert key == f"Bearer {SECRET}"
    assert body == {
        "model": "small",
        "messages": [
            {"role": "system", "content": "Choose."},
            {"role": "user", "content": PRIVATE},
        ],
        "temperature": 0,
        "seed": 0,
        "max_tokens": 50,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "choose", "schema": {"type": "object"}},
        },
    }


@pytest.mark.parametrize("refusal", [400, 500])
async def test_the_other_dialect_is_tried_once_and_remembered(refusal: int) -> None:
    kinds: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        wanted = (await request.json())["response_format"]
        kinds.append(wanted["type"])
        if wanted == {"type": "json_object", "schema": {"type": "object"}}:
            return await GOOD(request)
        return web.Response(status=refusal)

    async with endpoint(answer) as asked:
        for _ in range(2):
            assert await asked.complete(PROMPT) == {"picks": [1]}
    assert kinds == ["json_schema", "json_object", "json_object"]


async def test_once_a_dialect_works_nothing_is_sent_twice() -> None:
    answers = iter((GOOD, says(500, "")))
    calls = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        return await next(answers)(request)

    async with endpoint(answer) as asked:
        await asked.complete(PROMPT)
        with pytest.raises(EndpointError, match=r"failed \(500\)"):
            await asked.complete(PROMPT)
    assert calls == 2


OPENAI_TOO_LONG = {"error": {"code": "context_length_exceeded", "message": PRIVATE}}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says(401, {"error": f"bad key {SECRET}"}), "reader.key_file: "),
        (says(403, ""), "or wants one (403)"),
        (says(404, {"error": "no model"}), "no such model (404)"),
        (says(429, ""), "(429)"),
        (says(429, "", Retry_After="7"), "(429)"),
        (says(400, PRIVATE), "does not take the request (400)"),
        (says(500, PRIVATE), "failed (500); see its log"),
        (says(503, {"error": "Loading model"}), "failed (503)"),
        (says(302, "", Location="http://127.0.0.1:1/"), "sends to another address (302)"),
        (says(307, "", Location="https://example.org/v1"), "sends to another address (307)"),
        (says(200, "<html>Welcome to the hotel</html>"), "does not answer as one"),
        (says(200, "[" * 100_000), "does not answer as one"),
        (says(200, [1, 2]), "does not answer as one"),
        (says(200, {"choices": []}), "does not answer as one"),
        (says(200, {"choices": "none"}), "does not answer as one"),
        (says(200, {"choices": [{"message": "hello"}]}), "does not answer as one"),
        (says(200, "x" * (MOST_BYTES + 1)), "more than was asked for"),
    ],
)
async def test_a_failing_server_gets_its_sentence(
    answer: Answer, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    failed = await fault(answer, caplog)
    assert not isinstance(failed, PromptError)
    assert words in str(failed)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says(400, TOO_LONG), "9,310 tokens long, and the model's context has 2,048"),
        (
            says(400, {"error": TOO_LONG["error"] | {"n_ctx": -1}}),
            "longer than the model's context",
        ),
        (says(400, OPENAI_TOO_LONG), "longer than the model's context"),
        (says(400, f"maximum context length is 4096: {PRIVATE}"), "longer than the model's"),
        (says(200, completion('{"picks": [1', "length")), "cut off"),
        (says(200, completion('{"picks": []}', "length")), "cut off"),
        (says(200, completion(None)), "refused to answer"),
        (says(200, completion("Passage 7 is the best one.")), "no JSON object"),
        (says(200, completion("[7]")), "no JSON object"),
        (says(200, completion('{"picks": 1' + "0" * 5000 + "}")), "no JSON object"),
        (says(200, completion('{"a":' * 20_000)), "no JSON object"),
        (says(200, completion("word " * 5_000)), "no JSON object"),
    ],
)
async def test_an_answer_that_is_none_is_no_fault_of_the_server(
    answer: Answer, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    failed = await fault(answer, caplog)
    assert isinstance(failed, PromptError)
    assert words in str(failed)


async def silent(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def stops_midway(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b'{"choices": [')
    await asyncio.Event().wait()
    raise AssertionError


async def drips(request: web.Request) -> web.StreamResponse:
    """An answer that goes on, byte by byte."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.01)


async def floods(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 50_000)


BOMB = gzip.compress(b" " * 20_000_000)
"""Twenty thousand bytes that would unpack to twenty million."""


async def explodes(request: web.Request) -> web.StreamResponse:
    return web.Response(body=BOMB, headers={"Content-Encoding": "gzip"})


async def cuts(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "5000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport is not None
    request.transport.close()
    return response


async def closes(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def speaks_otherwise(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    transport: asyncio.Transport = request.transport
    transport.write(b"220 mail.example.org ESMTP\r\n")
    transport.close()
    return web.Response()


async def long_headers(request: web.Request) -> web.StreamResponse:
    return web.Response(headers={"X-Long": "x" * 100_000})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (floods, "more than was asked for"),
        (explodes, "more than was asked for"),
        (cuts, "breaks off"),
        (closes, "breaks off"),
        (speaks_otherwise, "no HTTP"),
        (long_headers, "no HTTP"),
    ],
)
async def test_a_server_that_floods_or_breaks_off_is_given_up(
    answer: Answer, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert words in str(await fault(answer, caplog))


@pytest.mark.parametrize("answer", [silent, stops_midway, drips])
async def test_a_server_that_never_ends_is_given_up_in_time(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    assert "no answer in time" in str(await fault(answer, caplog, seconds=0.3))


async def test_where_no_server_is_the_sentence_says_so() -> None:
    async with server(GOOD) as base:
        pass
    gone = Endpoint(EndpointOptions(f"{base}/v1"))
    with pytest.raises(EndpointError, match=f"no server is reached at {base} \\(.*refused"):
        await gone.complete(PROMPT)
    await gone.close()


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with endpoint(GOOD) as asked:
        assert await asked.complete(PROMPT) == {"picks": [1]}


async def test_no_more_calls_run_at_once_than_are_allowed() -> None:
    running, most = 0, 0
    several = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            several.set()
        await several.wait()
        await asyncio.sleep(0)
        running -= 1
        return await GOOD(request)

    async with endpoint(answer, at_once=2, seconds=30.0) as asked:
        replies = await asyncio.gather(*(asked.complete(PROMPT) for _ in range(8)))
    assert replies == [{"picks": [1]}] * 8
    assert most == 2


async def test_a_caller_who_gives_up_leaves_nothing_behind() -> None:
    script = ScriptedServer()
    asked, ended = asyncio.Event(), asyncio.Event()

    async def waits(request: web.Request) -> web.StreamResponse:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            # The server is told, since the connection is closed.
            ended.set()
        raise AssertionError

    script.now = waits
    async with endpoint(script.answer, at_once=1, seconds=30.0) as tried:
        caller = asyncio.create_task(tried.complete(PROMPT))
        await asked.wait()
        behind = asyncio.create_task(tried.complete(PROMPT))
        await asyncio.sleep(0)
        script.now = GOOD
        caller.cancel()
        assert await behind == {"picks": [1]}
        async with asyncio.timeout(10):
            await ended.wait()
        with pytest.raises(asyncio.CancelledError):
            await caller


async def test_the_key_is_in_no_text_of_the_options() -> None:
    options = EndpointOptions("http://127.0.0.1:8080/v1", key=SECRET)
    assert SECRET not in repr(options)
    assert SECRET not in repr(Endpoint(options))
    assert replace(options, key="").origin == "http://127.0.0.1:8080"


async def test_a_server_of_plain_http_is_not_blamed_for_its_certificate() -> None:
    async with server(GOOD) as base:
        tried = Endpoint(EndpointOptions(f"{base.replace('http:', 'https:')}/v1"))
        with pytest.raises(EndpointError, match="if it speaks plain http, correct the address"):
            await tried.complete(PROMPT)
        await tried.close()
