"""Somebody who verifies a user by short authentication strings: the side that asks."""

import base64
import json
import time
from hashlib import sha256
from itertools import count
from typing import Any

from vodozemac import Curve25519PublicKey, EstablishedSas, Sas

from tests.harness.matrix_clients import MatrixPerson

PREFIX = "m.key.verification."
START = {
    "method": "m.sas.v1",
    "key_agreement_protocols": ["curve25519-hkdf-sha256"],
    "hashes": ["sha256"],
    "message_authentication_codes": ["hkdf-hmac-sha256.v2"],
    "short_authentication_string": ["decimal", "emoji"],
}

_numbers = count(1)


class Asker:
    """One verification, from device to device, or in `room`."""

    def __init__(self, who: MatrixPerson, user: str, device: str, room: str | None = None) -> None:
        self.who, self.user, self.device, self.room = who, user, device, room
        self.transaction = f"v{next(_numbers)}"
        self.sas = Sas()
        self.key = self.sas.public_key.to_base64()
        self.established: EstablishedSas | None = None

    async def request(self) -> None:
        content: dict[str, Any] = {"from_device": self.who.device_id, "methods": ["m.sas.v1"]}
        if self.room is None:
            await self.send("request", content | {"timestamp": int(time.time() * 1000)})
            return
        message = {"msgtype": PREFIX + "request", "body": "Verify?", "to": self.user, **content}
        self.transaction = await self.who.send(self.room, "m.room.message", message)

    async def send(self, step: str, content: dict[str, Any]) -> dict[str, Any]:
        """A step; gives the content as the other side sees it."""
        if self.room is None:
            whole = content | {"transaction_id": self.transaction}
            path = f"/sendToDevice/{PREFIX}{step}/t{next(_numbers)}"
            await self.who.call("PUT", path, {"messages": {self.user: {self.device: whole}}})
            return whole
        relation = {"rel_type": "m.reference", "event_id": self.transaction}
        whole = content | {"m.relates_to": relation}
        await self.who.send(self.room, PREFIX + step, whole)
        return whole

    async def next(self, step: str) -> dict[str, Any]:
        """Wait for a step of the other side."""

        def came() -> dict[str, Any] | None:
            if self.room is None:
                events = self.who.to_device
                about = [e["content"].get("transaction_id") for e in events]
            else:
                events = self.who.timelines.get(self.room, [])
                about = [e["content"].get("m.relates_to", {}).get("event_id") for e in events]
            return next(
                (
                    event["content"]
                    for event, transaction in zip(events, about, strict=True)
                    if event["type"] == PREFIX + step
                    and event["sender"] == self.user
                    and transaction == self.transaction
                ),
                None,
            )

        return await self.who.until(came)

    async def start(self) -> None:
        """From the start to the numbers."""
        started = await self.send("start", START | {"from_device": self.who.device_id})
        accepted = await self.next("accept")
        await self.send("key", {"key": self.key})
        theirs = (await self.next("key"))["key"]
        canonical = json.dumps(started, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        digest = sha256((theirs + canonical).encode()).digest()
        assert accepted["commitment"] == base64.b64encode(digest).decode().rstrip("=")
        self.established = self.sas.diffie_hellman(Curve25519PublicKey.from_base64(theirs))
        self.theirs = theirs

    @property
    def numbers(self) -> str:
        assert self.established is not None
        me = f"{self.who.user_id}|{self.who.device_id}|{self.key}"
        them = f"{self.user}|{self.device}|{self.theirs}"
        info = f"MATRIX_KEY_VERIFICATION_SAS|{me}|{them}|{self.transaction}"
        return " ".join(map(str, self.established.bytes(info).decimals))

    async def confirm(self) -> dict[str, str]:
        """Say that the numbers are the same; gives the other side's codes by key."""
        assert self.established is not None
        ids = f"ed25519:{self.who.device_id}"
        info = self._info(self.who.user_id + self.who.device_id, self.user + self.device)
        code = self.established.calculate_mac("a key", info + ids)
        keys = self.established.calculate_mac(ids, info + "KEY_IDS")
        await self.send("mac", {"mac": {ids: code}, "keys": keys})
        macs: dict[str, str] = (await self.next("mac"))["mac"]
        await self.next("done")
        return macs

    def proves(self, macs: dict[str, str], key: str, name: str) -> bool:
        """Whether the codes of the other side fit its public key."""
        assert self.established is not None
        info = self._info(self.user + self.device, self.who.user_id + self.who.device_id)
        return macs.get(name) == self.established.calculate_mac(key, info + name)

    def _info(self, sender: str, receiver: str) -> str:
        return f"MATRIX_KEY_VERIFICATION_MAC{sender}{receiver}{self.transaction}"
