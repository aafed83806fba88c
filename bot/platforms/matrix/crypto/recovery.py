"""The account's signing key out of its secret storage, opened by the recovery key.

Whoever made the account with an ordinary client has its signing keys there. As the
client-server specification says (module "secrets", `m.secret_storage.v1.aes-hmac-sha2`).
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from functools import reduce
from hashlib import sha256
from operator import xor

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.Util import Counter

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.http import HttpApi, path
from bot.platforms.matrix.api.json_values import Json, table, text
from bot.platforms.matrix.api.port import RefusedError

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PREFIX = b"\x8b\x01"
_SIGNING = "m.cross_signing.self_signing"
_STORAGE = "m.secret_storage"


async def self_signing_seed(wire: HttpApi, user: str, recovery_key: str) -> bytes:
    """The 32 bytes of the key that signs the account's devices.

    Raises MatrixError where the recovery key is not the account's, and as `HttpApi.call`.
    """
    key = recovery_bytes(recovery_key)
    try:
        default = await _data(wire, user, f"{_STORAGE}.default_key")
        name = text(default, "key") or ""
        about = await _data(wire, user, f"{_STORAGE}.key.{name}")
        sealed = table(await _data(wire, user, _SIGNING), "encrypted", name)
    except RefusedError as fault:
        if fault.status == 404:
            raise _wrong() from None
        raise
    _check(key, about)
    seed = _opened(key, _SIGNING, sealed)
    try:
        found = b64decode(seed + b"=" * (-len(seed) % 4))
    except ValueError:
        raise _wrong() from None
    if len(found) != 32:
        raise _wrong()
    return found


def recovery_bytes(recovery_key: str) -> bytes:
    """The key behind a recovery key as people write it down; blanks do not count."""
    number = 0
    for sign in "".join(recovery_key.split()):
        place = _ALPHABET.find(sign)
        if place < 0:
            raise _wrong()
        number = number * 58 + place
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(raw) != 35 or raw[:2] != _PREFIX or reduce(xor, raw):
        raise _wrong()
    return raw[2:-1]


def _check(key: bytes, about: Json) -> None:
    """See whether the key is the storage's: it tells what zeros under no name become."""
    if "mac" not in about:
        return
    encrypting, signing = _derived(key, "")
    zeros = _stream(encrypting, about, bytes(32))
    if not hmac.compare_digest(hmac.digest(signing, zeros, sha256), _bytes(about, "mac")):
        raise _wrong()


def _opened(key: bytes, name: str, sealed: Json) -> bytes:
    encrypting, signing = _derived(key, name)
    secret = _bytes(sealed, "ciphertext")
    if not hmac.compare_digest(hmac.digest(signing, secret, sha256), _bytes(sealed, "mac")):
        raise _wrong()
    return _stream(encrypting, sealed, secret)


def _derived(key: bytes, name: str) -> tuple[bytes, bytes]:
    both = HKDF(key, 64, bytes(32), SHA256, 1, name.encode())
    return both[:32], both[32:]


def _stream(key: bytes, sealed: Json, raw: bytes) -> bytes:
    iv = _bytes(sealed, "iv")
    if len(iv) != 16:
        raise _wrong()
    counter = Counter.new(64, prefix=iv[:8], initial_value=int.from_bytes(iv[8:], "big"))
    return AES.new(key, AES.MODE_CTR, counter=counter).encrypt(raw)


def _bytes(source: Json, name: str) -> bytes:
    written = (text(source, name) or "").rstrip("=")
    try:
        return b64decode(written + "=" * (-len(written) % 4))
    except ValueError:
        raise _wrong() from None


async def _data(wire: HttpApi, user: str, kind: str) -> Json:
    return await wire.call("GET", path("user", user, "account_data", kind))


def _wrong() -> MatrixError:
    return MatrixError(
        "MATRIX_RECOVERY_KEY: it does not open the secret storage of the bot's account; copy the"
        " recovery key again from where it was made, or leave it out."
    )
