"""A server for chat completions that answers as a test wants it, and an endpoint that asks it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.meaning.chat_completions import Prompt
from bot.meaning.endpoint import Endpoint, EndpointOptions
from tests.harness.stub_server import Answer, server

SECRET, PRIVATE = "sk-very-secret", "where does the shadow minister live"
PROMPT = Prompt("choose", "Choose.", PRIVATE, {"type": "object"}, 50, {"question": PRIVATE})


def completion(content: object, finish_reason: str = "stop") -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {"choices": [{"message": message, "finish_reason": finish_reason}]}


def says(status: int, body: object, **headers: str) -> Answer:
    """A server that has one answer for everything."""

    async def answer(request: web.Request) -> web.StreamResponse:
        text = body if isinstance(body, str) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    return answer


TOO_LONG = {
    "error": {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 9310}
    | {"n_ctx": 2048, "message": f"too long: {PRIVATE}"}
}

GOOD = says(200, completion('{"picks": [1]}'))


@asynccontextmanager
async def endpoint(answer: Answer, **options: Any) -> AsyncIterator[Endpoint]:
    async with server(answer) as base:
        made = Endpoint(
            EndpointOptions(f"{base}/v1", **{"key": SECRET, "seconds": 30.0, **options})
        )
        try:
            yield made
        finally:
            await made.close()


class ScriptedServer:
    """A server that answers as `now` says, and a clock that is set by hand.

    `headers` are those of the last call.
    """

    def __init__(self) -> None:
        self.now: Answer = GOOD
        self.calls = 0
        self.headers: Mapping[str, str] = {}
        self.time = 1000.0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        self.headers = request.headers
        return await self.now(request)

    def clock(self) -> float:
        return self.time
