"""MCP over streamable HTTP on the web server: a small bridge from aiohttp to the SDK's ASGI part.

Each request stands by itself (no sessions, JSON responses), so a response is never a stream, and
the bridge only has to hand over a body and take one back. The library aiohttp-asgi does so for
streams and web sockets, too, but reads a body of any length, past `client_max_size`, and brings a
manager of processes along.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from mcp.server.transport_security import TransportSecuritySettings

from bot.platforms.web.api.callers import CallerGate
from bot.platforms.web.api.corpus_reader import CorpusReader
from bot.platforms.web.api.problems import with_problems
from bot.platforms.web.mcp.tools import ToolCaller, mcp_server

Event = MutableMapping[str, Any]
"""An event of ASGI."""

AsgiApplication = Callable[
    [Event, Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]], Awaitable[None]
]


def mcp_application(
    reader: CorpusReader, gate: CallerGate, public_url: str, seconds: float
) -> web.Application:
    """The application of its path; a request may take `seconds`."""
    current: ContextVar[ToolCaller] = ContextVar("caller")
    server = mcp_server(reader, current.get)
    # The SDK makes its session manager together with an application, which is not needed here.
    # Origins are checked below; the hosts that a proxy may name are not known.
    server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    manager = server.session_manager
    origin = urlsplit(public_url)

    async def handle(request: web.Request) -> web.Response:
        """One message of a client. A page of another site cannot send it with its visitor's key."""
        given = request.headers.get("Origin")
        if given is not None and given != f"{origin.scheme}://{origin.netloc}":
            raise web.HTTPForbidden
        caller = await gate.caller(request)
        body = await request.read()
        # The SDK's tasks for this request begin below and see this caller.
        current.set(ToolCaller(caller.scope, partial(gate.turn, caller)))
        return await asgi_response(manager.handle_request, request, body)

    async def run(_application: web.Application) -> AsyncIterator[None]:
        async with manager.run():
            yield

    application = web.Application(middlewares=[with_problems(seconds)])
    application.router.add_post("", handle)
    application.cleanup_ctx.append(run)
    return application


async def asgi_response(
    application: AsgiApplication, request: web.Request, body: bytes
) -> web.Response:
    """The whole response of an ASGI application to a request with this body."""
    scope: Event = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.rel_url.raw_path.encode(),
        "query_string": request.query_string.encode(),
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.raw_headers],
        "client": None,
        "server": None,
    }
    events = [{"type": "http.request", "body": body, "more_body": False}]
    status, headers, parts = 500, [], []

    async def receive() -> Event:
        if events:
            return events.pop()
        # The client stays until it has its response; the time limit is that of the request.
        never: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        return await never

    async def send(event: Event) -> None:
        nonlocal status, headers
        if event["type"] == "http.response.start":
            status, headers = event["status"], event.get("headers", [])
        else:
            parts.append(event.get("body", b""))

    await application(scope, receive, send)
    response = web.Response(status=status, body=b"".join(parts))
    for name, value in headers:
        if name.lower() != b"content-length":
            response.headers[name.decode("latin-1")] = value.decode("latin-1")
    return response
