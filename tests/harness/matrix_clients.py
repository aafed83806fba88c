"""People for the tests, over the bare client-server API: what they do and what they see.

Waiting is the server's long poll: nobody sleeps. Source: the client-server API of Matrix.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp
from yarl import URL

from tests.harness.matrix_view import Event, Seen, seen
from tests.harness.synapse import Synapse

T = TypeVar("T")

CLIENT = "/_matrix/client/v3"
PASSWORD = "correct horse battery staple"
WITHIN = 20.0
"""Seconds somebody waits for something before the test has failed."""

_POLL = 10_000
_FILTER = json.dumps({"room": {"timeline": {"limit": 5_000}, "include_leave": True}})
_numbers = count(1)


class RefusedByServerError(Exception):
    """The server said no."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"{status} {code}: {text}")
        self.status = status
        self.code = code


class MatrixPerson:
    """Somebody with an account, a device and a client that shows what `/sync` brings.

    `timelines` hold all events of a room in the order they came; `invited` the rooms with
    an invitation that is open, `state` what holds in a room by type and state key.
    """

    def __init__(self, synapse: Synapse, user_id: str, token: str, device_id: str) -> None:
        self.synapse = synapse
        self.user_id = user_id
        self.name = user_id.removeprefix("@").split(":", maxsplit=1)[0]
        self.token = token
        self.device_id = device_id
        self.timelines: dict[str, list[Event]] = {}
        self.invited: dict[str, list[Event]] = {}
        self.state: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
        self.joined: set[str] = set()
        self.typing: dict[str, set[str]] = {}
        self.typed: dict[str, set[str]] = {}
        self.receipts: dict[str, dict[str, str]] = {}
        self.to_device: list[Event] = []
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60))
        self._since: str | None = None
        self._syncing = asyncio.Lock()

    @classmethod
    async def register(cls, synapse: Synapse, name: str) -> Self:
        """A new account, and its first device."""
        await asyncio.to_thread(synapse.register, name, PASSWORD)
        return await cls.login(synapse, name)

    @classmethod
    async def login(cls, synapse: Synapse, name: str, device_id: str | None = None) -> Self:
        """A device, new unless named, of an account that is there."""
        body: dict[str, Any] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": PASSWORD,
        }
        if device_id is not None:
            body["device_id"] = device_id
        async with aiohttp.ClientSession() as session:
            url = f"{synapse.url}{CLIENT}/login"
            async with session.post(url, json=body) as response:
                given = await _answer(response)
        person = cls(synapse, given["user_id"], given["access_token"], given["device_id"])
        await person.begin()
        return person

    async def begin(self) -> None:
        """What a client does once, before anything else."""

    async def close(self) -> None:
        """Let go of the connection."""
        await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One request below `/_matrix/client/v3`, or below `path` if that begins with `/_`."""
        url = self.synapse.url + (path if path.startswith("/_") else CLIENT + path)
        async with self._session.request(
            method,
            URL(url, encoded=True).update_query(dict(params or {})),
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
        ) as response:
            return await _answer(response)

    # Rooms

    async def create_room(
        self,
        *invite: str,
        encrypted: bool = False,
        direct: bool = False,
        version: str | None = None,
        name: str | None = None,
        power: Mapping[str, int] | None = None,
        public: bool = False,
    ) -> str:
        """A room; `power` are levels of users beside the creator's."""
        body: dict[str, Any] = {
            "invite": list(invite),
            "is_direct": direct,
            "preset": "public_chat" if public else "private_chat",
        }
        if encrypted:
            algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
            body["initial_state"] = [
                {"type": "m.room.encryption", "state_key": "", "content": algorithm}
            ]
        if version is not None:
            body["room_version"] = version
        if name is not None:
            body["name"] = name
        if power:
            # Version 12 forbids a level for who made the room.
            own = {} if version == "12" else {self.user_id: 100}
            body["power_level_content_override"] = {"users": own | dict(power)}
        room: str = (await self.call("POST", "/createRoom", body))["room_id"]
        await self.until(lambda: room in self.joined)
        return room

    async def invite(self, room: str, user_id: str) -> None:
        await self.call("POST", f"/rooms/{quote(room)}/invite", {"user_id": user_id})

    async def join(self, room: str) -> None:
        await self.call("POST", f"/join/{quote(room)}", {})
        await self.until(lambda: room in self.joined)

    async def leave(self, room: str) -> None:
        await self.call("POST", f"/rooms/{quote(room)}/leave", {})

    async def kick(self, room: str, user_id: str) -> None:
        await self.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": user_id})

    async def upgrade(self, room: str, version: str) -> str:
        """Replace the room by one of another version; gives the new room."""
        body = {"new_version": version}
        new: str = (await self.call("POST", f"/rooms/{quote(room)}/upgrade", body))[
            "replacement_room"
        ]
        await self.until(lambda: new in self.joined)
        return new

    async def put_state(
        self, room: str, kind: str, content: Mapping[str, Any], key: str = ""
    ) -> str:
        path = f"/rooms/{quote(room)}/state/{kind}/{quote(key, safe='')}"
        return str((await self.call("PUT", path, dict(content)))["event_id"])

    async def get_state(self, room: str, kind: str, key: str = "") -> dict[str, Any]:
        """What the server holds now."""
        return await self.call("GET", f"/rooms/{quote(room)}/state/{kind}/{quote(key, safe='')}")

    async def set_power(self, room: str, levels: Mapping[str, int], **more: Any) -> None:
        """Levels of users; `more` are other keys, such as `events_default=50`."""
        held = await self.get_state(room, "m.room.power_levels")
        users = held.get("users", {}) | dict(levels)
        await self.put_state(room, "m.room.power_levels", held | more | {"users": users})

    async def members(self, room: str) -> set[str]:
        """Who is in a room now."""
        return set((await self.call("GET", f"/rooms/{quote(room)}/joined_members"))["joined"])

    # Saying

    async def say(
        self,
        room: str,
        text: str,
        *,
        html: str | None = None,
        reply_to: str | None = None,
        thread: str | None = None,
        mentions: Sequence[str] | None = (),
        kind: str = "m.text",
    ) -> str:
        """A message; `mentions=None` leaves `m.mentions` out, as old clients do."""
        content: dict[str, Any] = {"msgtype": kind, "body": text}
        if html is not None:
            content |= {"format": "org.matrix.custom.html", "formatted_body": html}
        if mentions is not None:
            content["m.mentions"] = {"user_ids": list(mentions)} if mentions else {}
        relation: dict[str, Any] = {}
        if thread is not None:
            relation = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": not reply_to}
        if reply_to or thread:
            relation["m.in_reply_to"] = {"event_id": reply_to or thread}
            content["m.relates_to"] = relation
        return await self.send(room, "m.room.message", content)

    async def send(
        self, room: str, kind: str, content: Mapping[str, Any], txn: str | None = None
    ) -> str:
        """An event, encrypted where the person and the room are; gives its id."""
        return await self.send_plain(room, kind, content, txn)

    async def send_plain(
        self, room: str, kind: str, content: Mapping[str, Any], txn: str | None = None
    ) -> str:
        """An event as it is."""
        txn = txn or f"t{next(_numbers)}"
        path = f"/rooms/{quote(room)}/send/{kind}/{quote(txn, safe='')}"
        return str((await self.call("PUT", path, dict(content)))["event_id"])

    async def edit(self, room: str, event_id: str, text: str) -> str:
        """Put other words in the place of what was said; gives the id of the edit."""
        new = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        content = {**new, "body": f"* {text}", "m.new_content": new, "m.relates_to": relation}
        return await self.send(room, "m.room.message", content)

    async def redact(self, room: str, event_id: str, reason: str = "") -> None:
        path = f"/rooms/{quote(room)}/redact/{quote(event_id, safe='')}/t{next(_numbers)}"
        await self.call("PUT", path, {"reason": reason} if reason else {})

    async def react(self, room: str, event_id: str, sign: str) -> str:
        """Put a sign under a message; gives the reaction's id, to be redacted."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": sign}
        return await self.send_plain(room, "m.reaction", {"m.relates_to": relation})

    async def upload(self, data: bytes, name: str, mime: str = "application/octet-stream") -> str:
        """A file on the server; gives its `mxc://` address."""
        async with self._session.post(
            f"{self.synapse.url}/_matrix/media/v3/upload",
            params={"filename": name},
            data=data,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": mime},
        ) as response:
            return str((await _answer(response))["content_uri"])

    async def send_file(self, room: str, name: str, data: bytes, mime: str = "text/plain") -> str:
        """A file, said in a room."""
        content = {
            "msgtype": "m.file",
            "body": name,
            "filename": name,
            "info": {"mimetype": mime, "size": len(data)},
            "m.mentions": {},
            **await self._file(room, data, name, mime),
        }
        return await self.send(room, "m.room.message", content)

    async def _file(self, room: str, data: bytes, name: str, mime: str) -> dict[str, Any]:
        return {"url": await self.upload(data, name, mime)}

    # Seeing

    def seen(self, room: str, sender: str | None = None) -> list[Seen]:
        """What the client shows of a room, of one sender or of all."""
        shown = seen(self.timelines.get(room, []))
        return [one for one in shown if sender is None or one.sender == sender]

    def shown(self, room: str, event_id: str) -> Seen | None:
        """One message as it stands now."""
        return next((one for one in self.seen(room) if one.event_id == event_id), None)

    async def see(self, room: str, event_id: str, within: float = WITHIN, **traits: object) -> Seen:
        """Wait until a message stands as `traits` say, such as `edited=True`, and give it."""

        def found() -> Seen | None:
            shown = self.shown(room, event_id)
            fits = shown and all(getattr(shown, name) == value for name, value in traits.items())
            return shown if fits else None

        return await self.until(found, within)

    def answers(self, room: str, event_id: str) -> list[Seen]:
        """What others said as a reply to a message, still standing."""
        return [one for one in self.seen(room) if one.reply_to == event_id and not one.gone]

    async def answer(self, room: str, event_id: str, within: float = WITHIN) -> Seen:
        """Wait for the first reply to a message."""
        return (await self.until(lambda: self.answers(room, event_id), within))[0]

    async def ask(self, room: str, text: str, **how: Any) -> Seen:
        """Say something and wait for the first reply to it."""
        return await self.answer(room, await self.say(room, text, **how))

    async def until(self, found: Callable[[], T | None], within: float = WITHIN) -> T:
        """Sync until `found` gives something true, and give that; it is looked at first."""
        try:
            async with asyncio.timeout(within):
                while True:
                    if result := found():
                        return result
                    async with self._syncing:
                        # Another task may have synced meanwhile.
                        if result := found():
                            return result
                        await self._sync(_POLL)
        except TimeoutError:
            told = {r: [(m.sender, m.body[:200]) for m in self.seen(r)] for r in self.joined}
            raise AssertionError(f"{self.name} waited {within} s in vain; saw {told}") from None

    async def catch_up(self) -> None:
        """Take what is there by now, without waiting for more."""
        async with self._syncing:
            await self._sync(0)

    async def _sync(self, wait: int) -> None:
        params = {"timeout": str(wait if self._since else 0), "filter": _FILTER}
        if self._since is not None:
            params["since"] = self._since
        given = await self.call("GET", "/sync", params=params)
        await self._received(given)
        self._since = given["next_batch"]

    async def _received(self, given: dict[str, Any]) -> None:
        self.to_device += given.get("to_device", {}).get("events", [])
        rooms = given.get("rooms", {})
        for room, invitation in rooms.get("invite", {}).items():
            self.invited[room] = invitation["invite_state"]["events"]
        for kind in ("join", "leave"):
            for room, news in rooms.get(kind, {}).items():
                self.invited.pop(room, None)
                (self.joined.add if kind == "join" else self.joined.discard)(room)
                self._room(room, news)

    def _room(self, room: str, news: dict[str, Any]) -> None:
        said = news.get("timeline", {}).get("events", [])
        self.timelines.setdefault(room, []).extend(said)
        state = self.state.setdefault(room, {})
        for event in [*news.get("state", {}).get("events", []), *said]:
            if "state_key" in event:
                state[event["type"], event["state_key"]] = event["content"]
        for event in news.get("ephemeral", {}).get("events", []):
            if event["type"] == "m.typing":
                self.typing[room] = set(event["content"]["user_ids"])
                self.typed.setdefault(room, set()).update(self.typing[room])
            elif event["type"] == "m.receipt":
                for event_id, kinds in event["content"].items():
                    for user in kinds.get("m.read", {}):
                        self.receipts.setdefault(room, {})[user] = event_id


async def _answer(response: aiohttp.ClientResponse) -> dict[str, Any]:
    given: dict[str, Any] = await response.json()
    if response.status >= 400:
        raise RefusedByServerError(
            response.status, given.get("errcode", ""), given.get("error", "")
        )
    return given
