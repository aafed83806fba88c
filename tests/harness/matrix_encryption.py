"""People with encryption: matrix-nio's machinery over the same bare API.

`StrictPerson` deals with devices only that their owner has signed, as clients do that
exclude insecure devices: no keys for others, and what others say stays unread.
"""

from collections.abc import Mapping
from importlib import import_module
from itertools import count
from typing import Any

from tests.harness.matrix_clients import PASSWORD, MatrixPerson, RefusedByServerError
from tests.harness.matrix_signatures import identity, signed_devices
from tests.harness.matrix_view import Event
from tests.harness.synapse import Synapse

# Untyped; imported by name, so that it stays so whatever is known of it elsewhere.
nio: Any = import_module("nio")
stores: Any = import_module("nio.store")
attachments: Any = import_module("nio.crypto")

_numbers = count(1)


class EncryptingPerson(MatrixPerson):
    """Somebody whose client encrypts where the room does, and decrypts what it can.

    What is decrypted has `encrypted` in the timeline, and `trusted` where its device was
    signed by its owner; the rest stays `m.room.encrypted` until its key comes.
    """

    def __init__(self, synapse: Synapse, user_id: str, token: str, device_id: str) -> None:
        super().__init__(synapse, user_id, token, device_id)
        config = nio.AsyncClientConfig(
            store=stores.SqliteMemoryStore, store_sync_tokens=False, encryption_enabled=True
        )
        self._client: Any = nio.AsyncClient(synapse.url, user_id, config=config)
        self._client.restore_login(user_id, device_id, token)
        self._unread: list[tuple[str, Any]] = []
        self._signed: dict[str, dict[str, str]] = {}

    async def begin(self) -> None:
        """Upload the device's keys and learn what rooms there are."""
        _checked(await self._client.keys_upload())
        await self.catch_up()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()
        self._client.store.database.close()
        await super().close()

    async def send(
        self, room: str, kind: str, content: Mapping[str, Any], txn: str | None = None
    ) -> str:
        """An event, encrypted where the room is."""
        await self.up_to_date()
        if not self._client.rooms[room].encrypted:
            return await self.send_plain(room, kind, content, txn)
        await self._prepare(room)
        sent = await self._client.room_send(
            room,
            kind,
            dict(content),
            tx_id=txn or f"s{next(_numbers)}",
            ignore_unverified_devices=True,
        )
        return str(_checked(sent).event_id)

    async def up_to_date(self) -> None:
        """Know the members and devices of now, unless a sync that waits will tell."""
        if not self._syncing.locked():
            await self.catch_up()

    async def withhold(self, room: str, *devices: str) -> None:
        """From the next message on give no keys to the devices of these ids, whoever's they are.

        What is said then arrives, and cannot be read there.
        """
        await self.up_to_date()
        for user in await self.members(room):
            for device in self._client.device_store.active_user_devices(user):
                if device.id in devices:
                    self._client.blacklist_device(device)
        self._client.invalidate_outbound_session(room)

    async def share_again(self, room: str) -> None:
        """Share the key of the room once more, as it is by now."""
        session = self._client.olm.outbound_group_sessions[room]
        session.shared = False
        session.users_shared_with.clear()
        _checked(await self._client.share_group_session(room, ignore_unverified_devices=True))

    async def refuse_key(self, room: str, user: str, device: str) -> None:
        """Say to a device that its key is withheld since it is not verified."""
        session = self._client.olm.outbound_group_sessions[room]
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "code": "m.unverified",
            "room_id": room,
            "session_id": session.id,
            "sender_key": self._client.olm.account.identity_keys["curve25519"],
        }
        path = f"/sendToDevice/m.room_key.withheld/w{next(_numbers)}"
        await self.call("PUT", path, {"messages": {user: {device: content}}})

    def sessions(self, room: str) -> list[Any]:
        """The keys of a room's messages (nio's `InboundGroupSession`)."""
        return [one for one in self._client.olm.inbound_group_store if one.room_id == room]

    async def devices(self, user_id: str) -> dict[str, str]:
        """The devices of a user that the user has signed: id to Curve25519 key."""
        found = await self.call("POST", "/keys/query", {"device_keys": {user_id: []}})
        self._signed[user_id] = signed_devices(found, user_id)
        return self._signed[user_id]

    async def sign_self(self) -> None:
        """Set up cross-signing, and sign this device."""
        body, key = identity(self.user_id)
        try:
            await self.call("POST", "/keys/device_signing/upload", body)
        except RefusedByServerError as refused:
            if refused.status != 401:
                raise
            who = {"type": "m.id.user", "user": self.user_id}
            login = {"type": "m.login.password", "identifier": who, "password": PASSWORD}
            await self.call("POST", "/keys/device_signing/upload", body | {"auth": login})
        found = await self.call("POST", "/keys/query", {"device_keys": {self.user_id: []}})
        device = found["device_keys"][self.user_id][self.device_id]
        device.pop("unsigned", None)
        signature = {f"ed25519:{key.public}": key.sign(device)}
        device["signatures"] = {self.user_id: signature}
        await self.call("POST", "/keys/signatures/upload", {self.user_id: {self.device_id: device}})

    async def _file(self, room: str, data: bytes, name: str, mime: str) -> dict[str, Any]:
        if not self._client.rooms[room].encrypted:
            return await super()._file(room, data, name, mime)
        secret, keys = attachments.encrypt_attachment(data)
        return {"file": {**keys, "url": await self.upload(secret, "encrypted"), "v": "v2"}}

    async def _prepare(self, room: str) -> None:
        """What is to be done before keys go out."""

    async def _received(self, given: dict[str, Any]) -> None:
        await super()._received(given)
        response = _checked(nio.SyncResponse.from_dict(given))
        await self._client.receive_response(response)
        await self._housekeeping()
        for user in given.get("device_lists", {}).get("changed", ()):
            self._signed.pop(user, None)
        for room, news in response.rooms.join.items():
            for event in news.timeline.events:
                if getattr(event, "decrypted", False):
                    await self._opened(room, event)
                elif isinstance(event, nio.MegolmEvent):
                    self._unread.append((room, event))
        await self._try_again()

    async def _housekeeping(self) -> None:
        await self._client.send_to_device_messages()
        if self._client.should_upload_keys:
            _checked(await self._client.keys_upload())
        if self._client.should_query_keys:
            _checked(await self._client.keys_query())
        if self._client.should_claim_keys:
            _checked(await self._client.keys_claim(self._client.get_users_for_key_claiming()))

    async def _try_again(self) -> None:
        unread, self._unread = self._unread, []
        for room, event in unread:
            try:
                opened = self._client.decrypt_event(event)
            except nio.EncryptionError:
                self._unread.append((room, event))
            else:
                if not await self._opened(room, opened):
                    self._unread.append((room, event))

    async def _opened(self, room: str, event: Any) -> bool:
        """Put what was decrypted in its place; False where the client may not show it."""
        devices = self._signed.get(event.sender, {})
        if event.sender_key not in devices.values():
            devices = await self.devices(event.sender)
        trusted = event.sender_key in devices.values()
        if not self._may_show(trusted, event):
            return False
        timeline: list[Event] = self.timelines[room]
        for place, held in enumerate(timeline):
            if held["event_id"] == event.event_id:
                timeline[place] = {**held, **event.source, "encrypted": True, "trusted": trusted}
        return True

    def _may_show(self, trusted: bool, event: Any) -> bool:
        return True


class StrictPerson(EncryptingPerson):
    """Somebody for whom a device that its owner has not signed does not exist."""

    async def begin(self) -> None:
        """Upload the keys, and sign them."""
        await super().begin()
        await self.sign_self()

    async def _prepare(self, room: str) -> None:
        for user in sorted(await self.members(room)):
            signed = await self.devices(user)
            for device in self._client.device_store.active_user_devices(user):
                if signed.get(device.id) == device.curve25519:
                    self._client.unblacklist_device(device)
                else:
                    self._client.blacklist_device(device)

    def _may_show(self, trusted: bool, event: Any) -> bool:
        return trusted or event.sender == self.user_id


def _checked(response: Any) -> Any:
    """The library gives errors back as if they were answers."""
    if isinstance(response, nio.ErrorResponse):
        raise AssertionError(str(response))
    return response
