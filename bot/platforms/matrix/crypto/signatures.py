"""Signatures of JSON objects, as the appendix "Signing JSON" of Matrix's specification."""

import json
from base64 import b64encode

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from bot.platforms.matrix.api.json_values import Json

UNSIGNED = frozenset(("signatures", "unsigned"))
"""The fields of an object that its signature leaves out."""


class SigningKey:
    """An Ed25519 key, from its seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = ECC.construct(curve="Ed25519", seed=seed)
        self.public = unpadded_base64(self._key.public_key().export_key(format="raw"))

    def sign(self, content: Json) -> str:
        """The signature of a JSON object, in base64."""
        signed = {key: value for key, value in content.items() if key not in UNSIGNED}
        return unpadded_base64(eddsa.new(self._key, "rfc8032").sign(canonical_json(signed)))


def canonical_json(content: Json) -> bytes:
    """The bytes that all programs write for a JSON object; lone surrogates raise nothing."""
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return canonical.encode("utf-8", "surrogatepass")


def unpadded_base64(raw: bytes) -> str:
    """Base64 without the signs that pad it."""
    return b64encode(raw).decode().rstrip("=")
