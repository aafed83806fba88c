"""One gateway session: what it may be told, what it missed, and the wire it listens on."""

import asyncio
import importlib
import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from tests.harness.discord_server.world import JSON, Event


class Compressor(Protocol):
    """Turns each message into bytes of one running stream."""

    def pack(self, text: bytes) -> bytes:
        """The bytes to send for one message."""
        ...


class Zlib:
    """`compress=zlib-stream`: one zlib stream, flushed after each message."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, text: bytes) -> bytes:
        """The bytes to send for one message, which end in 00 00 ff ff."""
        return self._stream.compress(text) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class Zstd:
    """`compress=zstd-stream`: one Zstandard frame, flushed after each message.

    A client asks for it only where the `zstandard` package is installed, so it is at hand here.
    """

    def __init__(self) -> None:
        zstandard: Any = importlib.import_module("zstandard")
        self._stream: Any = zstandard.ZstdCompressor().compressobj()
        self._block: int = zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def pack(self, text: bytes) -> bytes:
        """The bytes to send for one message."""
        packed: bytes = self._stream.compress(text) + self._stream.flush(self._block)
        return packed


COMPRESSORS: dict[str, type[Zlib] | type[Zstd]] = {"zlib-stream": Zlib, "zstd-stream": Zstd}


class Connection:
    """One websocket; messages leave in the order they were given, without waiting."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        compress: str | None,
    ) -> None:
        self.socket = socket
        self._transport = transport
        self.session: Session | None = None
        self.deaf = False
        """Whether heartbeats are left unanswered, as by a server that hangs."""
        self._packer: Compressor | None = COMPRESSORS[compress]() if compress else None
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, payload: JSON) -> None:
        """Queue one payload."""
        self._queue.put_nowait(json.dumps(payload, separators=(",", ":")).encode())

    async def close(self, code: int, reason: str = "") -> None:
        """Send what is queued, then close with this code."""
        if self.session is not None and self.session.connection is self:
            self.session.connection = None
        self._queue.put_nowait(None)
        await asyncio.gather(self._writer, return_exceptions=True)
        await self.socket.close(code=code, message=reason.encode())

    def drop(self) -> None:
        """Tear the wire without a word."""
        if self.session is not None and self.session.connection is self:
            self.session.connection = None
        self._writer.cancel()
        if self._transport is not None:
            self._transport.abort()

    def stop(self) -> None:
        """End the writer when the other side has gone."""
        self._writer.cancel()

    async def _write(self) -> None:
        while (text := await self._queue.get()) is not None:
            if self.socket.closed:
                return
            try:
                if self._packer is None:
                    await self.socket.send_str(text.decode())
                else:
                    await self.socket.send_bytes(self._packer.pack(text))
            except ConnectionError:
                return


@dataclass(eq=False)
class Session:
    """What one shard of the bot identified with, and every event it was due."""

    id: str
    shard: int
    shards: int
    intents: int
    connection: Connection | None = None
    sequence: int = 0
    sent: deque[JSON] = field(default_factory=lambda: deque(maxlen=1000))

    def wants(self, event: Event) -> bool:
        """Whether the event is for this shard and its intents."""
        gid = event.guild.id if event.guild else 0
        if (gid >> 22) % self.shards != self.shard:
            return False
        needed = event.guild_intent if event.guild else event.dm_intent
        return not needed or bool(self.intents & needed)

    def tell(self, name: str, body: JSON) -> None:
        """Give the event its number, keep it for a replay, and send it if anybody listens."""
        self.sequence += 1
        payload: JSON = {"op": 0, "t": name, "s": self.sequence, "d": body}
        self.sent.append(payload)
        if self.connection is not None:
            self.connection.send(payload)

    def replay(self, after: int) -> None:
        """Send again what came after this number."""
        if self.connection is None:
            return
        for payload in self.sent:
            if payload["s"] > after:
                self.connection.send(payload)
