"""End-to-end encryption: the one adapter to matrix-nio.

nio's client is of no use here: it saves the sync token before the bot has handled the events
of that sync, and a crash in between loses them. So the bot makes its own HTTP calls, and this
module drives the parts below nio's client: `Olm`, the state machine of the keys, and
`SqliteStore`, its storage. nio exports both; both raise peewee's exceptions where the file
cannot be read or written. No other module imports nio or peewee.

The machine does no I/O but its store. It queues what is to be sent; this module sends it, and
tells the machine only then that a key was shared.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee
from cachetools import LRUCache
from nio.crypto import InboundGroupSession, Olm
from nio.events import MegolmEvent, ToDeviceEvent
from nio.exceptions import EncryptionError, LocalProtocolError
from nio.responses import (
    ErrorResponse,
    KeysClaimResponse,
    KeysQueryResponse,
    KeysUploadResponse,
    ToDeviceResponse,
)
from nio.store import SqliteStore

from bot.platforms.matrix.api.event_parser import ENCRYPTED
from bot.platforms.matrix.api.http import (
    WRITING,
    HttpApi,
    RefusedError,
    RetryPolicy,
    UnreachedError,
    api_path,
)
from bot.platforms.matrix.api.json_values import Json, number, table, tables, text, texts
from bot.platforms.matrix.session import vault
from bot.platforms.matrix.session.login import keys_gone

FILE_NAME = "keys.sqlite3"

MOST_WITHHELD = 1_000
"""Refused sessions that are remembered: anybody can make up sessions."""

_log = logging.getLogger(__name__)


class _KeyMachine(Olm):
    """nio's machine; of two keys of one Megolm session it keeps the one that reads more."""

    def create_group_session(
        self, sender_key: str, sender_fp_key: str, room_id: str, session_id: str, session_key: str
    ) -> None:
        """Store a received session, unless one with a lower first index is there.

        A client that shares a session again gives its present index, which opens later messages
        only; nio would put it in the place of the first.
        """
        known = self.inbound_group_store.get(room_id, sender_key, session_id)
        if known is not None:
            shared = InboundGroupSession(session_key, sender_fp_key, sender_key, room_id)
            if known.first_known_index <= shared.first_known_index:
                return
        super().create_group_session(sender_key, sender_fp_key, room_id, session_id, session_key)


class EncryptionKeys:
    """The keys of one device, and its encrypted sessions with other devices."""

    def __init__(self, api: HttpApi, user: str, device: str, folder: Path, key: str) -> None:
        """Open or make the keys in `folder`; raises MatrixError where `key` does not open them."""
        # nio logs a line for each device at the levels below.
        logging.getLogger("nio").setLevel(logging.ERROR)
        file = folder / FILE_NAME
        try:
            # nio would make the file readable by other users, so it is made before.
            file.touch(mode=0o600)
            self._store = SqliteStore(user, device, str(folder), key, FILE_NAME)
            self._machine = _KeyMachine(user, device, self._store)
        except (OSError, peewee.PeeweeException, LookupError, ValueError) as fault:
            raise vault.cannot_open(file) from fault
        self._api = api
        self._user, self._device = user, device
        self._members: dict[str, set[str]] = {}
        # One exchange of keys at a time: two would claim the same one-time keys.
        self._exchange = asyncio.Lock()
        self._withheld: LRUCache[tuple[str, str], str] = LRUCache(MOST_WITHHELD)
        """Codes of refusals by room and Megolm session."""

    def sign(self, content: Json) -> str:
        """The device's signature of a JSON object, in base64."""
        return self._machine.sign_json(dict(content))

    @property
    def fingerprint(self) -> str:
        """The device's public Ed25519 key."""
        return self._machine.account.identity_keys["ed25519"]

    async def check_published(self) -> None:
        """Find out whether the homeserver has these keys; if not, they are sent next.

        Raises MatrixError where it has other keys of this device.
        """
        body: Json = {"device_keys": {self._user: [self._device]}}
        answer = await self._api.call("POST", api_path("keys", "query"), body, policy=WRITING)
        keys = table(answer, "device_keys", self._user, self._device, "keys")
        published = text(keys, f"ed25519:{self._device}")
        if published not in (None, self.fingerprint):
            raise keys_gone()
        # None: the device is new, or it was logged out and its keys were deleted.
        self._machine.account.shared = published is not None

    def close(self) -> None:
        """Close the store."""
        self._store.database.close()

    # Receiving

    def receive(self, sync: Json) -> None:
        """Process the keys, key requests and device lists of a sync."""
        with self._one_transaction():
            for raw in tables(sync, "to_device", "events"):
                self._receive_event(raw)
        counts = sync.get("device_one_time_keys_count")
        if isinstance(counts, dict):
            self._machine.uploaded_key_count = number(counts, "signed_curve25519") or 0
        lists = table(sync, "device_lists")
        for user in texts(lists, "changed"):
            if user in self._machine.tracked_users:
                self._machine.users_for_key_query.add(user)
        self._machine.tracked_users -= set(texts(lists, "left"))
        self._machine.collect_key_requests()

    def withheld(self, room: str, session: str) -> str:
        """The code by which a sender refused the key of a session; empty where none did."""
        return self._withheld.get((room, session), "")

    def _receive_event(self, raw: Json) -> None:
        if text(raw, "type") == "m.room_key.withheld":
            content = table(raw, "content")
            room, session = text(content, "room_id") or "", text(content, "session_id") or ""
            self._withheld[room, session] = text(content, "code") or ""
            return
        if (text(raw, "type") or "").startswith("m.key.verification."):
            return  # for the verifier; nio's own knows only an old kind of message authentication
        if not text(raw, "sender") or not table(raw, "content") or not text(raw, "type"):
            return
        try:
            event = ToDeviceEvent.parse_event(raw)
            if event is not None:
                self._machine.handle_to_device_event(event)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
            _log.warning("a message about keys makes no sense: %s", type(fault).__name__)
        except (EncryptionError, LocalProtocolError) as fault:
            _log.warning("a message about keys cannot be read: %s", type(fault).__name__)

    def track_devices(self, users: Iterable[str]) -> None:
        """Ask for the devices of these members of an encrypted room at the next exchange."""
        self._machine.users_for_key_query |= set(users) - self._machine.tracked_users

    def discard_session(self, room: str) -> None:
        """Encrypt further messages in the room with a new key: its members or devices changed."""
        session = self._machine.outbound_group_sessions.get(room)
        if session is not None and session.shared:
            del self._machine.outbound_group_sessions[room]

    def decrypt(self, room: str, raw: Json) -> Json | None:
        """The content of an encrypted event; None without its key, or where it is not genuine."""
        event = self._megolm_event(room, raw)
        if event is None:
            return None
        device = self._machine.device_store[event.sender].get(event.device_id)
        if device is not None and device.curve25519 != event.sender_key:
            _log.warning("a message says it is of a device that it is not of")
            return None
        try:
            clear: Json = self._machine.decrypt_megolm_event(event, room).source
        except (EncryptionError, AssertionError, LookupError, TypeError, ValueError):
            return None
        # The server sends these two fields outside the encrypted part.
        return clear | {name: raw[name] for name in ("unsigned", "origin_server_ts") if name in raw}

    def request_key(self, room: str, raw: Json) -> str | None:
        """Ask the account's other devices for the key of an event; the id of its session."""
        event = self._megolm_event(room, raw)
        if event is None or not event.session_id:
            return None
        if event.session_id not in self._machine.outgoing_key_requests:
            request = event.as_key_request(self._user, self._device)
            self._machine.outgoing_to_device_messages.append(request)
        return event.session_id

    def _megolm_event(self, room: str, raw: Json) -> MegolmEvent | None:
        content = table(raw, "content")
        if text(raw, "type") != ENCRYPTED or text(content, "algorithm") != "m.megolm.v1.aes-sha2":
            return None
        # The specification lets senders leave both out; nio wants them.
        defaults = {"sender_key": self._sender_key(room, content), "device_id": ""}
        whole = {**raw, "content": defaults | content, "room_id": room}
        try:
            event = MegolmEvent.from_dict(whole)
        except (LookupError, TypeError, ValueError):
            return None
        return event if isinstance(event, MegolmEvent) and event.session_id else None

    def _sender_key(self, room: str, content: Json) -> str:
        """The sender's key, by the id of the session, for an event that does not name it."""
        session = (room, text(content, "session_id"))
        sessions = self._machine.inbound_group_store if "sender_key" not in content else ()
        return next((one.sender_key for one in sessions if (one.room_id, one.id) == session), "")

    # Sending

    async def send_pending(self, policy: RetryPolicy) -> None:
        """Send what the machine has queued: new keys, key requests, answers to key requests."""
        async with self._exchange:
            with _store_faults():
                if self._machine.should_upload_keys:
                    await self._upload(policy)
                await self._query(policy)
                if self._machine.wedged_devices or self._machine.key_request_devices_no_session:
                    await self._claim(self._machine.get_users_for_key_claiming(), policy)
                    self._machine.collect_key_requests()
                for message in list(self._machine.outgoing_to_device_messages):
                    await self._send_to_device(message.type, message.as_dict(), policy)
                    self._machine.handle_response(ToDeviceResponse(message))

    async def encrypt(self, room: str, members: list[str], event_type: str, content: Json) -> Json:
        """The content of an event, encrypted for all members of the room."""
        async with self._exchange:
            with _store_faults():
                self.track_devices(members)
                self._members[room] = set(members)
                await self._query(WRITING)
                if self._machine.should_share_group_session(room):
                    missing = self._machine.get_missing_sessions(members)
                    if missing:
                        await self._claim(missing, WRITING)
                    await self._share(room, members)
                encrypted: Json = self._machine.group_encrypt(
                    room, {"content": content, "type": event_type}
                )
        # Servers aggregate relations, so these stay readable.
        if "m.relates_to" in content:
            encrypted["m.relates_to"] = content["m.relates_to"]
        return encrypted

    async def _share(self, room: str, members: list[str]) -> None:
        """Send the key of the room's outbound session to all devices of its members."""
        with self._one_transaction():
            messages = list(
                self._machine.share_group_session_parallel(
                    room, members, ignore_unverified_devices=True
                )
            )
        session = self._machine.outbound_group_sessions[room]
        for devices, body in messages:
            await self._send_to_device(ENCRYPTED, body, WRITING)
            session.users_shared_with |= devices
        session.shared = True

    async def _send_to_device(self, event_type: str, body: Json, policy: RetryPolicy) -> None:
        path = api_path("sendToDevice", event_type, secrets.token_hex(16))
        await self._api.call("PUT", path, body, policy=policy)

    async def _upload(self, policy: RetryPolicy) -> None:
        before = self._machine.uploaded_key_count or 0
        body = self._machine.share_keys()
        # Saved before they are sent: a message for a key that the bot has lost is lost.
        self._machine.save_account()
        try:
            answer = await self._api.call("POST", api_path("keys", "upload"), body, policy=policy)
        except RefusedError as fault:
            if "device_keys" in body:
                raise
            # The state folder was put back from a copy, and the server has other one-time keys
            # of these names. Counting them as uploaded gives the next ones new names.
            _log.warning("new keys were refused, others are made: %s", fault)
            self._machine.handle_response(KeysUploadResponse(0, before))
            return
        count = number(table(answer, "one_time_key_counts"), "signed_curve25519") or 0
        self._machine.handle_response(KeysUploadResponse(0, count))

    async def _query(self, policy: RetryPolicy) -> None:
        """Ask for unknown or changed devices of users, of 500 users in one call."""
        while self._machine.users_for_key_query:
            users = sorted(self._machine.users_for_key_query)[:500]
            body: Json = {"device_keys": {user: [] for user in users}}
            answer = await self._api.call("POST", api_path("keys", "query"), body, policy=policy)
            # A user without a usable answer counts as asked, so that the others are served.
            self._machine.users_for_key_query -= set(users)
            self._machine.tracked_users |= set(users)
            response = KeysQueryResponse.from_dict({"device_keys": _valid_devices(answer, users)})
            if isinstance(response, ErrorResponse):
                _log.warning("keys of devices make no sense")
                continue
            with self._one_transaction():
                self._machine.handle_response(response)
            for room, members in self._members.items():
                if members & response.changed.keys():
                    self.discard_session(room)

    async def _claim(self, devices: dict[str, list[str]], policy: RetryPolicy) -> None:
        """Claim a one-time key of each device, by user, and open a session with each."""
        claims = {user: dict.fromkeys(ids, "signed_curve25519") for user, ids in devices.items()}
        body: Json = {"one_time_keys": claims, "timeout": 10_000}
        answer = await self._api.call("POST", api_path("keys", "claim"), body, policy=policy)
        for user, keys in table(answer, "one_time_keys").items():
            for device, key in (keys if isinstance(keys, dict) else {}).items():
                self._receive_claimed(user, device, key)
        # A device without a one-time key is not asked again until it sends something new.
        claimed = {(user, device) for user, ids in devices.items() for device in ids}
        for queue in (self._machine.wedged_devices, self._machine.key_request_devices_no_session):
            queue[:] = [one for one in queue if (one.user_id, one.id) not in claimed]

    def _receive_claimed(self, user: str, device: str, key: object) -> None:
        """Process one claimed key alone, so that a malformed one does no harm to others."""
        try:
            response = KeysClaimResponse.from_dict({"one_time_keys": {user: {device: key}}})
            if not isinstance(response, ErrorResponse):
                self._machine.handle_response(response)
        except (LookupError, TypeError, ValueError, StopIteration) as fault:
            _log.warning("a key of a device makes no sense: %s", type(fault).__name__)

    @contextmanager
    def _one_transaction(self) -> Iterator[None]:
        """Store all keys of the body in one transaction, which is one write to the disk."""
        with _store_faults(), self._store.database.atomic():
            yield


@contextmanager
def _store_faults() -> Iterator[None]:
    """Turn faults of the store into UnreachedError: the call is not sent, and retried later."""
    try:
        yield
    except peewee.PeeweeException as fault:
        reason = f"the keys cannot be kept ({type(fault).__name__}); look at the disk"
        raise UnreachedError(reason) from fault


def _valid_devices(answer: Json, users: Iterable[str]) -> dict[str, dict[str, Json]]:
    """The devices of `users` whose keys have the shape nio expects, by user and device id."""
    return {
        user: {
            device: raw
            for device, raw in table(answer, "device_keys", user).items()
            if isinstance(raw, dict) and _is_valid_device(raw, user, device)
        }
        for user in users
    }


def _is_valid_device(raw: Json, user: str, device: str) -> bool:
    keys, signatures = table(raw, "keys"), table(raw, "signatures")
    return (
        raw.get("user_id") == user
        and raw.get("device_id") == device
        and all(f"{algorithm}:{device}" in keys for algorithm in ("ed25519", "curve25519"))
        and all(isinstance(key, str) for key in keys.values())
        and "signatures" in raw
        and all(
            isinstance(by_key, dict) and all(isinstance(one, str) for one in by_key.values())
            for by_key in signatures.values()
        )
    )
