"""Secret storage: the account's self-signing key, decrypted by the recovery key.

Ordinary clients put an account's signing keys there. Source: module "secrets" of the
client-server specification, `m.secret_storage.v1.aes-hmac-sha2`.
"""

import hmac
from functools import reduce
from hashlib import sha256
from operator import xor

from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.files import apply_counter_mode, decode_base64
from bot.platforms.matrix.api.http import HttpApi, RefusedError, api_path
from bot.platforms.matrix.api.json_values import Json, table, text

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PREFIX = b"\x8b\x01"
_SIGNING = "m.cross_signing.self_signing"
_STORAGE = "m.secret_storage"


async def self_signing_seed(api: HttpApi, user: str, recovery_key: str) -> bytes:
    """The seed of the key that signs the account's devices, 32 bytes.

    Raises MatrixError where the recovery key is not the account's, and as `HttpApi.call`.
    """
    key = recovery_bytes(recovery_key)
    try:
        default = await _account_data(api, user, f"{_STORAGE}.default_key")
        name = text(default, "key") or ""
        description = await _account_data(api, user, f"{_STORAGE}.key.{name}")
        encrypted = table(await _account_data(api, user, _SIGNING), "encrypted", name)
    except RefusedError as fault:
        if fault.status == 404:
            raise _wrong_key() from None
        raise
    _check(key, description)
    seed = _decode(_decrypt(key, _SIGNING, encrypted).decode("ascii", "replace"))
    if len(seed) != 32:
        raise _wrong_key()
    return seed


def recovery_bytes(recovery_key: str) -> bytes:
    """The 32 bytes of a recovery key in base 58; white space between its groups is ignored."""
    number = 0
    for character in "".join(recovery_key.split()):
        digit = _ALPHABET.find(character)
        if digit < 0:
            raise _wrong_key()
        number = number * 58 + digit
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    # The last byte makes the parity of all bytes even.
    if len(raw) != 35 or raw[:2] != _PREFIX or reduce(xor, raw):
        raise _wrong_key()
    return raw[2:-1]


def _check(key: bytes, description: Json) -> None:
    """Raise MatrixError unless this is the storage's key.

    The description has the MAC of 32 zero bytes, encrypted under an empty name.
    """
    if "mac" not in description:
        return
    cipher_key, mac_key = _derive(key, "")
    zeros = _apply_cipher(cipher_key, description, bytes(32))
    _check_mac(mac_key, zeros, description)


def _decrypt(key: bytes, name: str, encrypted: Json) -> bytes:
    """The secret of this name; raises MatrixError where its MAC does not fit."""
    cipher_key, mac_key = _derive(key, name)
    ciphertext = _bytes(encrypted, "ciphertext")
    _check_mac(mac_key, ciphertext, encrypted)
    return _apply_cipher(cipher_key, encrypted, ciphertext)


def _check_mac(mac_key: bytes, ciphertext: bytes, source: Json) -> None:
    if not hmac.compare_digest(hmac.digest(mac_key, ciphertext, sha256), _bytes(source, "mac")):
        raise _wrong_key()


def _derive(key: bytes, name: str) -> tuple[bytes, bytes]:
    """The key of the cipher and the key of the MAC, by HKDF."""
    both = HKDF(key, 64, bytes(32), SHA256, 1, name.encode())
    return both[:32], both[32:]


def _apply_cipher(key: bytes, source: Json, raw: bytes) -> bytes:
    try:
        return apply_counter_mode(key, _bytes(source, "iv"), raw)
    except ValueError:
        raise _wrong_key() from None


def _bytes(source: Json, name: str) -> bytes:
    return _decode(text(source, name) or "")


def _decode(base64: str) -> bytes:
    try:
        return decode_base64(base64)
    except ValueError:
        raise _wrong_key() from None


async def _account_data(api: HttpApi, user: str, kind: str) -> Json:
    return await api.call("GET", api_path("user", user, "account_data", kind))


def _wrong_key() -> MatrixError:
    return MatrixError(
        "MATRIX_RECOVERY_KEY: it does not open the secret storage of the bot's account; copy the"
        " recovery key again from where it was made, or leave it out."
    )
