"""Slow clients: a connection that sends or reads too slowly is closed, and so are too many.

aiohttp waits for ever for the rest of a request, and for a reader of its response; it limits only
the pause between two requests. Each connection has a guard around aiohttp's protocol, which sees
every byte that comes, and whether the buffer of what goes out is full.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

REQUEST_SECONDS = 10.0
"""Longest time from the first byte of a request, or from the connection, to its last header."""

READING_SECONDS = 30.0
"""Longest time in which a client takes nothing of what it asked for."""

MOST_CONNECTIONS = 500
"""Most connections at one time; further ones are closed at once."""

Inner = Callable[[], asyncio.Protocol]


class ConnectionGuards:
    """Makes a guard for each connection, around the protocol that `inner` makes."""

    def __init__(
        self,
        inner: Inner,
        most: int = MOST_CONNECTIONS,
        request_seconds: float = REQUEST_SECONDS,
        reading_seconds: float = READING_SECONDS,
    ) -> None:
        self._inner = inner
        self._most = most
        self.request_seconds = request_seconds
        self.reading_seconds = reading_seconds
        self.count = 0

    def __call__(self) -> ConnectionGuard:
        """The protocol of a new connection."""
        return ConnectionGuard(self, self._inner())

    @property
    def is_full(self) -> bool:
        """Whether there are too many connections."""
        return self.count > self._most


class ConnectionGuard(asyncio.Protocol):
    """Hands everything on to a protocol, and ends the connection when its client is too slow."""

    def __init__(self, guards: ConnectionGuards, inner: asyncio.Protocol) -> None:
        self._guards = guards
        self._inner = inner
        self._transport: asyncio.BaseTransport | None = None
        self._request: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._is_answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request, unless there are too many connections."""
        self._transport = transport
        self._guards.count += 1
        self._inner.connection_made(transport)
        if self._guards.is_full:
            self._end()
        else:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._guards.count -= 1
        for timer in (self._request, self._reading):
            if timer is not None:
                timer.cancel()
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Limit the time of a request from its first byte on."""
        if self._request is None and not self._is_answered:
            self._await_request()
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Nothing comes any more."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Limit the time in which the client takes nothing."""
        loop = asyncio.get_running_loop()
        self._reading = loop.call_later(self._guards.reading_seconds, self._end)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The client has taken what it was sent."""
        if self._reading is not None:
            self._reading.cancel()
        self._inner.resume_writing()

    def begin_answer(self) -> None:
        """The headers of a request are there; the time of its answer is limited elsewhere."""
        self._is_answered = True
        if self._request is not None:
            self._request.cancel()
            self._request = None

    def end_answer(self) -> None:
        """The answer is made; the next bytes begin a request."""
        self._is_answered = False

    def _await_request(self) -> None:
        loop = asyncio.get_running_loop()
        self._request = loop.call_later(self._guards.request_seconds, self._end)

    def _end(self) -> None:
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()


@web.middleware
async def told_to_guard(
    request: web.Request,
    handler: Handler,
) -> web.StreamResponse:
    """Tell the guard of the connection when a request is answered."""
    guard = None if request.transport is None else request.transport.get_protocol()
    if not isinstance(guard, ConnectionGuard):
        return await handler(request)
    guard.begin_answer()
    try:
        return await handler(request)
    finally:
        guard.end_answer()
