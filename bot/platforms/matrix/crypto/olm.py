"""End-to-end encryption: nio's olm machine, fed and emptied by our own calls.

The machine itself does no I/O but its store; whatever it wants sent goes over the wire here,
and a key that did not get out is not counted as shared.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import peewee
from nio.crypto import Olm
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
from bot.platforms.matrix.api.http import WRITING, HttpApi, RetryPolicy, path
from bot.platforms.matrix.api.json_values import Json, number, table, tables, text, texts
from bot.platforms.matrix.api.port import RefusedError, UnreachedError
from bot.platforms.matrix.crypto.devices import sound_devices
from bot.platforms.matrix.session import vault

FILE_NAME = "keys.sqlite3"

MEGOLM = "m.megolm.v1.aes-sha2"

_log = logging.getLogger(__name__)


class EncryptionKeys:
    """The keys of one device."""

    def __init__(self, wire: HttpApi, user: str, device: str, folder: Path, key: str) -> None:
        """Open or make the keys in `folder`; raises MatrixError where `key` does not fit."""
        # The library's own words are for who writes it; one line for each device is too much.
        logging.getLogger("nio").setLevel(logging.ERROR)
        file = folder / FILE_NAME
        # The store makes its file open to others: it must be there before.
        try:
            file.touch(mode=0o600)
            self._store = SqliteStore(user, device, str(folder), key, FILE_NAME)
            self.machine = Olm(user, device, self._store)
        except (OSError, peewee.PeeweeException, LookupError, ValueError) as fault:
            raise vault.cannot_open(file) from fault
        self._wire = wire
        self._user, self._device = user, device
        self._people: dict[str, set[str]] = {}
        # One conversation about keys at a time: two would claim the same ones twice.
        self._busy = asyncio.Lock()

    @property
    def identity(self) -> str:
        """The device's own signing key, in base64."""
        return self.machine.account.identity_keys["ed25519"]

    def close(self) -> None:
        """Close the store."""
        self._store.database.close()

    # What comes in

    def took(self, sync: Json) -> None:
        """Take in what a sync brings about keys."""
        with self._at_once():
            for raw in tables(sync, "to_device", "events"):
                self._to_device(raw)
        counts = sync.get("device_one_time_keys_count")
        if isinstance(counts, dict):
            self.machine.uploaded_key_count = number(counts, "signed_curve25519") or 0
        lists = table(sync, "device_lists")
        for user in texts(lists, "changed"):
            if user in self.machine.tracked_users:
                self.machine.users_for_key_query.add(user)
        self.machine.tracked_users -= set(texts(lists, "left"))
        self.machine.clear_verifications()
        self.machine.collect_key_requests()

    def _to_device(self, raw: Json) -> None:
        if not text(raw, "sender") or not table(raw, "content") or not text(raw, "type"):
            return
        try:
            event = ToDeviceEvent.parse_event(raw)
            if event is not None:
                self.machine.handle_to_device_event(event)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
            _log.warning("a message about keys makes no sense: %s", type(fault).__name__)
        except (EncryptionError, LocalProtocolError) as fault:
            _log.warning("a message about keys cannot be read: %s", type(fault).__name__)

    def watch(self, users: Iterable[str]) -> None:
        """Know the devices of these, who are in an encrypted room."""
        self.machine.users_for_key_query |= set(users) - self.machine.tracked_users

    def changed(self, room: str) -> None:
        """Other people are in the room: what is said from now on gets a new key."""
        session = self.machine.outbound_group_sessions.get(room)
        if session is not None and session.shared:
            del self.machine.outbound_group_sessions[room]

    def opened(self, room: str, raw: Json) -> Json | None:
        """An encrypted event in clear; None where its key is missing or it is not genuine."""
        event = self._sealed(room, raw)
        if event is None:
            return None
        device = self.machine.device_store[event.sender].get(event.device_id)
        if device is not None and device.curve25519 != event.sender_key:
            _log.warning("a message says it is of a device that it is not of")
            return None
        try:
            clear: Json = self.machine.decrypt_megolm_event(event, room).source
        except (EncryptionError, AssertionError, LookupError, TypeError, ValueError):
            return None
        # What is outside is the server's word, what was inside the sender's: both are kept.
        outside = {name: raw[name] for name in ("unsigned", "origin_server_ts") if name in raw}
        return clear | outside

    def ask_for(self, room: str, raw: Json) -> str | None:
        """Ask our other devices for the key of an event; gives the id of its session."""
        event = self._sealed(room, raw)
        if event is None or not event.session_id:
            return None
        if event.session_id not in self.machine.outgoing_key_requests:
            request = event.as_key_request(self._user, self._device)
            self.machine.outgoing_to_device_messages.append(request)
        return event.session_id

    def _sender_key(self, room: str, content: Json) -> str:
        wanted = text(content, "session_id")
        sessions = self.machine.inbound_group_store if "sender_key" not in content else ()
        return next((s.sender_key for s in sessions if (s.room_id, s.id) == (room, wanted)), "")

    def _sealed(self, room: str, raw: Json) -> MegolmEvent | None:
        content = table(raw, "content")
        if text(raw, "type") != ENCRYPTED or text(content, "algorithm") != MEGOLM:
            return None
        # These two may be left out; the session's own id finds it as well.
        known = {"sender_key": self._sender_key(room, content), "device_id": ""} | content
        try:
            event = MegolmEvent.from_dict({**raw, "content": known, "room_id": room})
        except (LookupError, TypeError, ValueError):
            return None
        return event if isinstance(event, MegolmEvent) and event.session_id else None

    # What goes out

    async def settle(self, policy: RetryPolicy) -> None:
        """Send what the machine wants sent: new keys, questions for keys, answers to them."""
        async with self._busy, _stored():
            if self.machine.should_upload_keys:
                await self._upload(policy)
            await self._query(policy)
            if self.machine.wedged_devices or self.machine.key_request_devices_no_session:
                await self._claim(self.machine.get_users_for_key_claiming(), policy)
                self.machine.collect_key_requests()
            for message in list(self.machine.outgoing_to_device_messages):
                body = message.as_dict()
                await self._to(message.type, body, policy)
                self.machine.handle_response(ToDeviceResponse(message))

    async def sealed(self, room: str, people: list[str], kind: str, content: Json) -> Json:
        """The content of an event, encrypted for everybody who is in the room."""
        async with self._busy, _stored():
            self.watch(people)
            self._people[room] = set(people)
            await self._query(WRITING)
            if self.machine.should_share_group_session(room):
                missing = self.machine.get_missing_sessions(people)
                if missing:
                    await self._claim(missing, WRITING)
                await self._share(room, people)
            closed: Json = self.machine.group_encrypt(room, {"content": content, "type": kind})
        # Servers put relations together, so they stand outside.
        if "m.relates_to" in content:
            closed["m.relates_to"] = content["m.relates_to"]
        return closed

    async def _share(self, room: str, people: list[str]) -> None:
        with self._at_once():
            shares = list(
                self.machine.share_group_session_parallel(
                    room, people, ignore_unverified_devices=True
                )
            )
        session = self.machine.outbound_group_sessions[room]
        for devices, body in shares:
            await self._to(ENCRYPTED, body, WRITING)
            session.users_shared_with |= devices
        session.shared = True

    async def _to(self, kind: str, body: Json, policy: RetryPolicy) -> None:
        where = path("sendToDevice", kind, secrets.token_hex(16))
        await self._wire.call("PUT", where, body, policy=policy)

    async def _upload(self, policy: RetryPolicy) -> None:
        before = self.machine.uploaded_key_count or 0
        body = self.machine.share_keys()
        # Before they are out: a key that others have and we have not is a message lost.
        self.machine.save_account()
        try:
            answer = await self._wire.call("POST", path("keys", "upload"), body, policy=policy)
        except RefusedError as fault:
            if "device_keys" in body:
                raise
            # Keys of these names are there from a time that a copy of the folder does not know
            # of; as if they were taken, the next ones get new names.
            _log.warning("new keys were refused, others are made: %s", fault)
            self.machine.handle_response(KeysUploadResponse(0, before))
            return
        left = number(table(answer, "one_time_key_counts"), "signed_curve25519") or 0
        self.machine.handle_response(KeysUploadResponse(0, left))

    async def _query(self, policy: RetryPolicy) -> None:
        while self.machine.users_for_key_query:
            users = sorted(self.machine.users_for_key_query)[:500]
            body: Json = {"device_keys": {user: [] for user in users}}
            answer = await self._wire.call("POST", path("keys", "query"), body, policy=policy)
            # Whose server does not answer, or who is nonsense, must not keep the others out.
            self.machine.users_for_key_query -= set(users)
            self.machine.tracked_users |= set(users)
            sane = {"device_keys": sound_devices(answer, users)}
            response = KeysQueryResponse.from_dict(sane)
            if isinstance(response, ErrorResponse):
                _log.warning("keys of devices make no sense")
                continue
            with self._at_once():
                self.machine.handle_response(response)
            for room, people in self._people.items():
                if people & response.changed.keys():
                    self.changed(room)

    async def _claim(self, wanted: dict[str, list[str]], policy: RetryPolicy) -> None:
        keys = {
            user: dict.fromkeys(devices, "signed_curve25519") for user, devices in wanted.items()
        }
        body: Json = {"one_time_keys": keys, "timeout": 10_000}
        answer = await self._wire.call("POST", path("keys", "claim"), body, policy=policy)
        # One at a time: one that makes no sense takes no other down.
        for user, devices in table(answer, "one_time_keys").items():
            for device, key in (devices if isinstance(devices, dict) else {}).items():
                one = {"one_time_keys": {user: {device: key}}}
                try:
                    response = KeysClaimResponse.from_dict(one)
                    if not isinstance(response, ErrorResponse):
                        self.machine.handle_response(response)
                except (LookupError, TypeError, ValueError, StopIteration) as fault:
                    _log.warning("a key of a device makes no sense: %s", type(fault).__name__)
        # Who gave none is not asked again until something new comes from there.
        asked = {(user, device) for user, devices in wanted.items() for device in devices}
        for waiting in (self.machine.wedged_devices, self.machine.key_request_devices_no_session):
            waiting[:] = [one for one in waiting if (one.user_id, one.id) not in asked]

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """One write to the disk for many keys."""
        try:
            with self._store.database.atomic():
                yield
        except peewee.PeeweeException as fault:
            raise _not_kept(fault) from fault


@asynccontextmanager
async def _stored() -> AsyncIterator[None]:
    try:
        yield
    except peewee.PeeweeException as fault:
        raise _not_kept(fault) from fault


def _not_kept(fault: peewee.PeeweeException) -> UnreachedError:
    # It is as if the homeserver were away: nothing is said, and it is tried again.
    return UnreachedError(f"the keys cannot be kept ({type(fault).__name__}); look at the disk")
