"""Cross-signing as a client checks and sets it up, apart from the bot's own code.

Source: "Cross-signing" and "Signing JSON" of the Matrix specification.
"""

import base64
import binascii
import json
import secrets
from typing import Any

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

USAGES = ("master", "self_signing", "user_signing")


class Key:
    """A private Ed25519 key."""

    def __init__(self) -> None:
        self.seed = secrets.token_bytes(32)
        self._key = ECC.construct(curve="Ed25519", seed=self.seed)
        self.public = _encoded(self._key.public_key().export_key(format="raw"))

    def sign(self, given: dict[str, Any]) -> str:
        """The signature of an object, without those it has."""
        return _encoded(eddsa.new(self._key, "rfc8032").sign(canonical(given)))


def canonical(given: dict[str, Any]) -> bytes:
    """The one way to write an object that is signed."""
    signed = {key: value for key, value in given.items() if key not in {"signatures", "unsigned"}}
    return json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed_by(given: dict[str, Any], user_id: str, public: str, name: str | None = None) -> bool:
    """Whether the object carries a good signature of this key, known as itself or as `name`."""
    signature = given.get("signatures", {}).get(user_id, {}).get(f"ed25519:{name or public}")
    if not isinstance(signature, str):
        return False
    try:
        key = eddsa.import_public_key(_decoded(public))
        eddsa.new(key, "rfc8032").verify(canonical(given), _decoded(signature))
    except (ValueError, binascii.Error):
        return False
    return True


def signed_devices(query: dict[str, Any], user_id: str) -> dict[str, str]:
    """The devices of a user that the user has signed: device id to Curve25519 key.

    `query` is an answer of `/keys/query`; the chain runs from the master key over the
    self-signing key to the device, and the device has signed itself.
    """
    master, signing = (query.get(f"{u}_keys", {}).get(user_id) for u in USAGES[:2])
    if not master or not signing or "self_signing" not in signing.get("usage", ()):
        return {}
    (root,), (owner,) = master["keys"].values(), signing["keys"].values()
    if not signed_by(signing, user_id, root):
        return {}
    return {
        name: device["keys"][f"curve25519:{name}"]
        for name, device in query.get("device_keys", {}).get(user_id, {}).items()
        if signed_by(device, user_id, owner)
        and signed_by(device, user_id, device["keys"][f"ed25519:{name}"], name)
    }


def identity(user_id: str) -> tuple[dict[str, Any], Key]:
    """A new identity as it is uploaded, and the key that signs devices."""
    keys = {usage: Key() for usage in USAGES}
    body: dict[str, Any] = {}
    for usage, key in keys.items():
        given = {
            "user_id": user_id,
            "usage": [usage],
            "keys": {f"ed25519:{key.public}": key.public},
        }
        master = keys["master"]
        signature = {f"ed25519:{master.public}": master.sign(given)}
        body[f"{usage}_key"] = (
            given if key is master else given | {"signatures": {user_id: signature}}
        )
    return body, keys["self_signing"]


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
