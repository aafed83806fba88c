"""Gateway v10 over websocket: who is let in, what they are told, and how they are cut off."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.harness.discord_server import payloads
from tests.harness.discord_server.permissions import NOTHING, permissions
from tests.harness.discord_server.places import Intent
from tests.harness.discord_server.session import COMPRESSORS, Connection, Session
from tests.harness.discord_server.spec import load_spec
from tests.harness.discord_server.world import JSON, Event, World

KNOWN_INTENTS = (1 << 26) - 1
HEARTBEAT_MS = 41250
FATAL = {
    4001: "Unknown opcode.",
    4002: "Error while decoding payload.",
    4003: "Not authenticated.",
    4004: "Authentication failed.",
    4005: "Already authenticated.",
    4007: "Invalid seq.",
    4010: "Invalid shard.",
    4012: "Invalid API version.",
    4013: "Invalid intent(s).",
    4014: "Disallowed intent(s).",
}


class Gateway:
    """The websocket side of the server.

    `heartbeat_ms` may be shortened before a client connects. `connections` are those open now.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self.heartbeat_ms = HEARTBEAT_MS
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.identifies: list[JSON] = []
        self.resumes = 0
        self.heartbeats = 0
        self.presences: list[JSON] = []
        self._refusals = 0
        world.publish = self.publish

    def publish(self, event: Event) -> None:
        """Tell every session that may know, also those that are cut off just now."""
        self.world.changed()
        place = event.channel
        if event.guild is not None and not event.guild.has_bot:
            return
        if place is not None and permissions(self.world.bot, place) == NOTHING:
            return
        for session in self.sessions.values():
            if session.wants(event):
                body = event.body(session.intents) if callable(event.body) else event.body
                self._hold_against_spec(event.name, body)
                session.tell(event.name, body)

    def _hold_against_spec(self, name: str, body: JSON) -> None:
        """Messages are described; other events are not."""
        spec = load_spec()
        if spec is not None and name in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
            wrong = spec.schema_faults("MessageResponse", body)
            self.world.drift += [f"{name}: {one}" for one in wrong]

    # What a test does to the connection.

    async def reconnect(self) -> None:
        """Ask every client to come back (op 7)."""
        for connection in self.connections:
            connection.send({"op": 7, "d": None})

    async def invalidate(self, *, resumable: bool) -> None:
        """Say that the session is no longer valid (op 9); unless resumable it is forgotten."""
        for connection in self.connections:
            session = connection.session
            if session is not None and not resumable:
                self.sessions.pop(session.id, None)
            connection.send({"op": 9, "d": resumable})

    async def close(self, code: int) -> None:
        """Close every connection with this code."""
        await asyncio.gather(*(c.close(code) for c in list(self.connections)))

    def cut(self) -> None:
        """Tear every wire; what happens from now on is kept for a resume."""
        for connection in list(self.connections):
            connection.drop()

    def refuse(self, times: int = 1) -> None:
        """Turn the next connections away with 503, before there is a websocket."""
        self._refusals = times

    def tell(self, name: str, body: JSON) -> None:
        """Send any event to every session, also one that Discord would never send."""
        for session in self.sessions.values():
            session.tell(name, body)

    # The protocol.

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle one websocket from HELLO to its end."""
        if self._refusals:
            self._refusals -= 1
            return web.Response(status=503, text="no healthy upstream")
        socket = web.WebSocketResponse(max_msg_size=4096 + 14, autoping=True)
        await socket.prepare(request)
        compress = request.query.get("compress")
        connection = Connection(
            socket, request.transport, compress if compress in COMPRESSORS else None
        )
        self.connections.append(connection)
        try:
            if request.query.get("v") != "10" or request.query.get("encoding") != "json":
                await self._refuse(connection, 4012)
                return socket
            connection.send(
                {"op": 10, "d": {"heartbeat_interval": self.heartbeat_ms, "_trace": []}}
            )
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    await self._refuse(connection, 4002)
                    break
                await self._receive(connection, message.data)
        finally:
            connection.stop()
            self.connections.remove(connection)
            session = connection.session
            if session is not None and session.connection is connection:
                session.connection = None
                if socket.close_code in (1000, 1001):
                    # A client that says goodbye gives its session up.
                    self.sessions.pop(session.id, None)
            self.world.changed()
        return socket

    async def _refuse(self, connection: Connection, code: int) -> None:
        await connection.close(code, FATAL[code])

    async def _receive(self, connection: Connection, text: str) -> None:
        try:
            payload = json.loads(text)
            op, body = payload["op"], payload.get("d")
        except (ValueError, TypeError, KeyError, AttributeError):
            await self._refuse(connection, 4002)
            return
        if op == 1:
            self.heartbeats += 1
            if not connection.deaf:
                connection.send({"op": 11, "d": None})
            self.world.changed()
            return
        known: dict[Any, Callable[[Connection, JSON], int]] = {
            2: self._identify,
            6: self._resume,
            3: self._presence,
            4: lambda _connection, _body: 0,
            8: self._members,
        }
        if op not in known:
            await self._refuse(connection, 4001)
        elif op in (2, 6) and connection.session is not None:
            await self._refuse(connection, 4005)
        elif op not in (2, 6) and connection.session is None:
            await self._refuse(connection, 4003)
        elif not isinstance(body, dict):
            await self._refuse(connection, 4002)
        elif code := known[op](connection, body):
            await self._refuse(connection, code)

    def _identify(self, connection: Connection, body: JSON) -> int:
        """Start a session; the close code if it may not be."""
        app = self.world.app
        self.identifies.append(body)
        if body.get("token") != app.token:
            return 4004
        intents = body.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            return 4013
        privileged = (
            (Intent.MESSAGE_CONTENT, app.message_content),
            (Intent.MEMBERS, app.members_intent),
            (Intent.PRESENCES, app.presences_intent),
        )
        if any(intents & bit and not on for bit, on in privileged):
            return 4014
        shard, shards = body.get("shard") or (0, 1)
        if not 0 <= shard < shards:
            return 4010
        session = Session(secrets.token_hex(16), shard, shards, intents, connection)
        connection.session = self.sessions[session.id] = session
        mine = [
            g for g in self.world.guilds.values() if g.has_bot and (g.id >> 22) % shards == shard
        ]
        session.tell(
            "READY",
            {
                "v": 10,
                "user": payloads.me(app),
                "guilds": [{"id": str(g.id), "unavailable": True} for g in mine],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "session_type": "normal",
                "private_channels": [],
                "relationships": [],
                "shard": [shard, shards],
                "application": {"id": str(app.id), "flags": app.flags},
            },
        )
        if intents & Intent.GUILDS:
            for guild in mine:
                session.tell("GUILD_CREATE", payloads.guild_create(guild))
        self.world.changed()
        return 0

    def _resume(self, connection: Connection, body: JSON) -> int:
        """Take a session up again and replay what it missed."""
        if body.get("token") != self.world.app.token:
            return 4004
        session = self.sessions.get(str(body.get("session_id")))
        if session is None:
            connection.send({"op": 9, "d": False})
            return 0
        after = body.get("seq")
        if not isinstance(after, int) or after > session.sequence:
            return 4007
        if session.sent and after < session.sent[0]["s"] - 1:
            connection.send({"op": 9, "d": False})
            return 0
        connection.session, session.connection = session, connection
        session.replay(after)
        session.tell("RESUMED", {"_trace": []})
        self.resumes += 1
        self.world.changed()
        return 0

    def _presence(self, _connection: Connection, body: JSON) -> int:
        self.presences.append(body)
        return 0

    def _members(self, connection: Connection, body: JSON) -> int:
        """Answer a request for members (op 8) in one chunk."""
        gid = body.get("guild_id")
        guild = self.world.guilds.get(int(str(gid))) if str(gid).isdigit() else None
        session = connection.session
        if guild is None or session is None:
            return 0
        wanted = body.get("user_ids")
        ids = {str(i) for i in (wanted if isinstance(wanted, list) else [wanted])}
        query = str(body.get("query") or "").lower()
        found = [
            payloads.member(m)
            for m in guild.members.values()
            if (str(m.user.id) in ids if wanted else m.user.name.lower().startswith(query))
        ]
        chunk: JSON = {
            "guild_id": str(guild.id),
            "members": found,
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        if body.get("nonce"):
            chunk["nonce"] = body["nonce"]
        session.tell("GUILD_MEMBERS_CHUNK", chunk)
        return 0
