"""Verification of the bot by short authentication strings (SAS), as the side that is asked.

A curator's client, or one of the bot's own account, compares three numbers with those in the log
of the bot. The bot has nobody to compare them: it agrees when the other side does. Requests of
others are cancelled at once, so that no client waits.

    request → ready, start → accept, key → key (the numbers are known now), mac → mac and done

Sources: "Key verification framework" and "SAS verification" of the client-server specification.
The messages go from device to device, or into a room as relations to the request.
"""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import Self

from cachetools import TTLCache
from vodozemac import Curve25519PublicKey, EstablishedSas, Sas

from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import notice
from bot.core.errors import MatrixError
from bot.platforms.matrix.api.http import WRITING, CallError, HttpApi, api_path
from bot.platforms.matrix.api.json_values import Json, number, table, text, texts
from bot.platforms.matrix.crypto.signatures import canonical_json, unpadded_base64

PREFIX = "m.key.verification."
METHOD, AGREEMENT, HASH = "m.sas.v1", "curve25519-hkdf-sha256", "sha256"
MAC, STRING = "hkdf-hmac-sha256.v2", "decimal"

LONGEST_SECONDS = 600.0
"""Time after its beginning for which a client waits for a verification."""

MOST_OPEN, MOST_CANCELLED, MOST_PENDING = 50, 10, 100
"""Verifications at a time; cancellations for one user in a minute; and steps to be sent.

In rooms a stranger's requests are cancelled once an hour: others see these events.
"""

SendInRoom = Callable[[str, str, Json, str], Awaitable[object]]
"""Sends an event: room, type, content, transaction id."""

MayRefuse = Callable[[str], Awaitable[bool]]
"""Whether the bot may cancel strangers' requests in a room."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """The keys to verify: of the login's device, and the account's master key if it is known."""

    user: str
    device: str
    fingerprint: str
    master: str | None

    def by_id(self) -> dict[str, str]:
        """The public keys by their ids."""
        keys = {f"ed25519:{self.device}": self.fingerprint}
        return keys if self.master is None else keys | {f"ed25519:{self.master}": self.master}


@dataclass(frozen=True, slots=True)
class _Channel:
    """The address of the messages of one verification: a device, or a room.

    `transaction` is the id of the verification, in a room the id of the request's event.
    """

    user: str
    device: str
    transaction: str
    room: str | None = None


@dataclass(slots=True)
class _Verification:
    """The state of one verification, with what the steps so far brought."""

    channel: _Channel
    sas: Sas
    public_key: str
    established: EstablishedSas | None = None


class Verifier:
    """Answers verifications while it is entered.

    `curators` are the users it accepts beside its own account.
    """

    def __init__(
        self,
        api: HttpApi,
        keys: OwnKeys,
        curators: tuple[str, ...],
        send_in_room: SendInRoom,
        may_refuse: MayRefuse,
    ) -> None:
        self._api, self._keys = api, keys
        self._accepted = frozenset((*curators, keys.user))
        self._send_in_room, self._may_refuse = send_in_room, may_refuse
        self._open: TTLCache[str, _Verification] = TTLCache(MOST_OPEN, LONGEST_SECONDS)
        self._cancelled: TTLCache[str, int] = TTLCache(1_000, 60.0)
        self._cancelled_in_rooms: TTLCache[str, int] = TTLCache(1_000, 3_600.0)
        self._pending: asyncio.Queue[tuple[_Channel, str, Json]] = asyncio.Queue(MOST_PENDING)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._send_pending(), name="verifications")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _send_pending(self) -> None:
        while True:
            channel, step, content = await self._pending.get()
            try:
                if not self._is_strange(channel) or await self._may_refuse(channel.room or ""):
                    await self._send(channel, PREFIX + step, content)
            except Exception as fault:  # noqa: BLE001 - one step must not stop all that follow
                known = isinstance(fault, CallError | MatrixError)
                reason = fault if known else type(fault).__name__
                _log.warning("a step of a verification could not be sent: %s", reason)

    def _is_strange(self, channel: _Channel) -> bool:
        """Whether a verification goes on in a room, with a user who is not accepted."""
        return channel.room is not None and channel.user not in self._accepted

    # From one start to the next

    def dump(self) -> str:
        """The verifications that have begun and not ended, as JSON."""
        return json.dumps([astuple(each.channel) for each in self._open.values()])

    def cancel_interrupted(self, dumped: str) -> None:
        """Cancel the verifications of an earlier run: their keys are gone."""
        for fields in json.loads(dumped):
            reason = notice(Text.VERIFICATION_INTERRUPTED).plain()
            self._cancel(_Channel(*fields), "m.unknown_transaction", reason)

    # Receiving

    def receive_to_device(self, raw: Json) -> None:
        """Take a message that was sent to this device."""
        event_type, content = text(raw, "type") or "", table(raw, "content")
        transaction, sender = text(content, "transaction_id"), text(raw, "sender")
        if not event_type.startswith(PREFIX) or not transaction or not sender:
            return
        # Only the first steps name the device; without it all devices of the user are told.
        channel = _Channel(sender, text(content, "from_device") or "*", transaction)
        sent = number(content, "timestamp")
        self._receive(channel, event_type.removeprefix(PREFIX), content, sent)

    def receive_in_room(self, room: str, clear: Json) -> bool:
        """Take an event of a room; whether it belongs to a verification, the bot's or not."""
        event_type, content = text(clear, "type") or "", table(clear, "content")
        sender, event_id = text(clear, "sender") or "", text(clear, "event_id") or ""
        device, sent = text(content, "from_device") or "*", number(clear, "origin_server_ts")
        if event_type == "m.room.message" and text(content, "msgtype") == PREFIX + "request":
            if text(content, "to") == self._keys.user:
                self._receive(_Channel(sender, device, event_id, room), "request", content, sent)
            return True
        if not event_type.startswith(PREFIX):
            return False
        transaction = text(table(content, "m.relates_to"), "event_id") or ""
        known = self._open.get(transaction)
        # Others may verify each other in the same room.
        if known is not None and known.channel.room == room:
            channel = _Channel(sender, device, transaction, room)
            self._receive(channel, event_type.removeprefix(PREFIX), content, sent)
        return True

    def _receive(self, channel: _Channel, step: str, content: Json, sent: int | None) -> None:
        known = self._open.get(channel.transaction)
        if known is not None and known.channel.user != channel.user:
            return
        match step:
            case "request" if sent is not None and time.time() - sent / 1000 > LONGEST_SECONDS:
                pass
            case "request" | "start" if channel.user not in self._accepted:
                self._cancel(channel, "m.user", notice(CuratorText.CURATORS_ONLY).plain())
            case "request":
                self._begin(channel, content)
            case "start":
                self._accept(known, channel, content)
            case "key" | "mac" if known is None:
                self._cancel(channel, "m.unknown_transaction", "Unknown transaction")
            case "key" if known is not None:
                self._exchange_keys(known, content)
            case "mac" if known is not None:
                self._confirm(known, content)
            case "cancel" | "done":
                self._open.pop(channel.transaction, None)

    # Steps

    def _begin(self, channel: _Channel, content: Json) -> None:
        if METHOD not in texts(content, "methods"):
            self._cancel(channel, "m.unknown_method", "Unknown method")
            return
        self._add(channel)
        self._queue(channel, "ready", {"from_device": self._keys.device, "methods": [METHOD]})

    def _add(self, channel: _Channel) -> _Verification:
        sas = Sas()
        verification = _Verification(channel, sas, sas.public_key.to_base64())
        self._open[channel.transaction] = verification
        return verification

    def _accept(self, known: _Verification | None, channel: _Channel, content: Json) -> None:
        wanted = (
            ("key_agreement_protocols", AGREEMENT),
            ("hashes", HASH),
            ("message_authentication_codes", MAC),
            ("short_authentication_string", STRING),
        )
        is_known = all(value in texts(content, name) for name, value in wanted)
        if text(content, "method") != METHOD or not is_known:
            self._cancel(channel, "m.unknown_method", "Unknown method")
            return
        verification = known or self._add(channel)
        commitment = sha256(verification.public_key.encode() + canonical_json(content)).digest()
        accept: Json = {
            "method": METHOD,
            "key_agreement_protocol": AGREEMENT,
            "hash": HASH,
            "message_authentication_code": MAC,
            "short_authentication_string": [STRING],
            "commitment": unpadded_base64(commitment),
        }
        self._queue(verification.channel, "accept", accept)

    def _exchange_keys(self, verification: _Verification, content: Json) -> None:
        theirs, channel = text(content, "key") or "", verification.channel
        try:
            if verification.established is not None:
                raise ValueError("a second key")
            key = Curve25519PublicKey.from_base64(theirs)
            verification.established = verification.sas.diffie_hellman(key)
        except ValueError:
            self._cancel(channel, "m.invalid_message", "Invalid message")
            return
        self._queue(channel, "key", {"key": verification.public_key})
        asker = f"{channel.user}|{channel.device}|{theirs}"
        asked = f"{self._keys.user}|{self._keys.device}|{verification.public_key}"
        info = f"MATRIX_KEY_VERIFICATION_SAS|{asker}|{asked}|{channel.transaction}"
        numbers = " ".join(map(str, verification.established.bytes(info).decimals))
        _log.warning(
            "%s verifies the bot; only if the numbers there are %s, it is the bot",
            channel.user,
            numbers,
        )

    def _confirm(self, verification: _Verification, content: Json) -> None:
        """Check that the other side saw the same keys, and confirm the bot's own."""
        established, channel = verification.established, verification.channel
        if established is None:
            self._cancel(channel, "m.unexpected_message", "Unexpected message")
            return
        me, them = self._keys.user + self._keys.device, channel.user + channel.device
        received = f"MATRIX_KEY_VERIFICATION_MAC{them}{me}{channel.transaction}KEY_IDS"
        try:
            ids = ",".join(sorted(table(content, "mac")))
            established.verify_mac(ids, received, text(content, "keys") or "")
        except ValueError:
            self._cancel(channel, "m.key_mismatch", "Key mismatch")
            return
        info = f"MATRIX_KEY_VERIFICATION_MAC{me}{them}{channel.transaction}"
        keys = self._keys.by_id()
        macs = {name: established.calculate_mac(key, info + name) for name, key in keys.items()}
        checked = established.calculate_mac(",".join(sorted(keys)), info + "KEY_IDS")
        self._queue(channel, "mac", {"mac": macs, "keys": checked})
        self._queue(channel, "done", {})

    def _cancel(self, channel: _Channel, code: str, reason: str) -> None:
        self._open.pop(channel.transaction, None)
        cancelled, most = self._cancelled, MOST_CANCELLED
        if self._is_strange(channel):
            cancelled, most = self._cancelled_in_rooms, 1
        count = cancelled.get(channel.user, 0)
        if count < most:
            cancelled[channel.user] = count + 1
            self._queue(channel, "cancel", {"code": code, "reason": reason})

    # Sending

    def _queue(self, channel: _Channel, step: str, content: Json) -> None:
        try:
            self._pending.put_nowait((channel, step, content))
        except asyncio.QueueFull:
            _log.warning("too many verifications at once; a step for %s is dropped", channel.user)

    async def _send(self, channel: _Channel, event_type: str, content: Json) -> None:
        txn = secrets.token_hex(16)
        if channel.room is not None:
            relation = {"rel_type": "m.reference", "event_id": channel.transaction}
            content = content | {"m.relates_to": relation}
            await self._send_in_room(channel.room, event_type, content, txn)
            return
        content = content | {"transaction_id": channel.transaction}
        body: Json = {"messages": {channel.user: {channel.device: content}}}
        path = api_path("sendToDevice", event_type, txn)
        await self._api.call("PUT", path, body, policy=WRITING)
