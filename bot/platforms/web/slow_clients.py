"""Slow clients: a connection that sends or reads too slowly is closed, and so are too many.

aiohttp ends a connection on which no whole head of a request comes within `keepalive_timeout`. It
waits for ever for a reader of its response, and takes any number of connections: a guard around
the protocol of each connection limits both.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

MOST_LINE = 8_000
"""Longest line of a request, such as its address or one header, in bytes."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of connections.

    `request_seconds` is the longest time from the connection, or from the last response, to the
    last header of a request, `reading_seconds` the longest in which a client takes nothing of what
    it asked for. Beyond `most` connections at one time, further ones are closed at once.
    """

    most: int = 500
    request_seconds: float = 10.0
    reading_seconds: float = 30.0


LIMITS = ConnectionLimits()


@asynccontextmanager
async def guarded_server(
    application: web.Application, host: str, port: int, limits: ConnectionLimits = LIMITS
) -> AsyncIterator[asyncio.Server]:
    """The server of an application, while the body runs. Raises `OSError` if it cannot listen."""
    runner = web.AppRunner(
        application,
        access_log=None,
        handler_cancellation=True,
        keepalive_timeout=limits.request_seconds,
        shutdown_timeout=2.0,
        max_line_size=MOST_LINE,
        max_field_size=MOST_LINE,
    )
    await runner.setup()
    try:
        handlers = runner.server
        if handlers is None:
            raise RuntimeError("a runner has no server before it is set up")
        server = await asyncio.get_running_loop().create_server(
            lambda: ConnectionGuard(handlers, limits), host, port
        )
        try:
            yield server
        finally:
            # Waiting for the server's end would wait for its clients, which the runner closes.
            server.close()
    finally:
        await runner.cleanup()


class ConnectionGuard(asyncio.Protocol):
    """Hands everything on to the protocol of a web server, within the limits of connections."""

    def __init__(self, server: web.Server, limits: ConnectionLimits) -> None:
        self._server = server
        self._limits = limits
        self._handler = server()
        self._transport: asyncio.WriteTransport | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many connections."""
        self._handler.connection_made(transport)
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport
            # So writing is paused as long as a single byte waits for the client.
            transport.set_write_buffer_limits(0)
        if len(self._server.connections) > self._limits.most:
            self._abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._end_reading()
        self._handler.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand on what was sent."""
        self._handler.data_received(data)

    def eof_received(self) -> None:
        """Hand on that nothing comes any more."""
        self._handler.eof_received()

    def pause_writing(self) -> None:
        """Limit the time in which the client takes nothing."""
        self._limit_reading()
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        """End the limit: the client has taken what it was sent."""
        self._end_reading()
        self._handler.resume_writing()

    def _limit_reading(self) -> None:
        loop = asyncio.get_running_loop()
        waiting = self._waiting()
        self._reading = loop.call_later(self._limits.reading_seconds, self._check_reading, waiting)

    def _check_reading(self, waiting: int) -> None:
        # A whole page waits at once: over a slow line it is taken little by little.
        if self._waiting() < waiting:
            self._limit_reading()
        else:
            self._abort()

    def _waiting(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def _end_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
