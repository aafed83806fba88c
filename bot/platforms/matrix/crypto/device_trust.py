"""Cross-signing: the account signs the bot's own device, so that strict clients trust it.

Sources: modules "cross-signing" and "secrets" of the client-server specification; nio does not
implement them. Ordinary clients put an account's signing keys into its secret storage
(`m.secret_storage.v1.aes-hmac-sha2`), which the recovery key opens.
"""

import hmac
import logging
import secrets
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from operator import xor

from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.files import apply_counter_mode, decode_base64
from bot.platforms.matrix.api.http import HttpApi, RefusedError, api_path
from bot.platforms.matrix.api.json_values import Json, table, text
from bot.platforms.matrix.crypto.olm import EncryptionKeys
from bot.platforms.matrix.crypto.signatures import UNSIGNED, SigningKey, unpadded_base64
from bot.platforms.matrix.session.login import Account, Login
from bot.platforms.matrix.session.vault import Vault
from bot.state.values import Values

MASTER, SELF, USER = "master", "self_signing", "user_signing"
"""Usages of an account's keys: the master key signs the other two, self-signing the devices."""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PREFIX = b"\x8b\x01"
_SIGNING = "m.cross_signing.self_signing"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeviceTrust:
    """Signs the device of one login; the seeds of the signing keys are in the vault."""

    api: HttpApi
    keys: EncryptionKeys
    vault: Vault
    values: Values
    login: Login
    account: Account

    async def sign_device(self) -> None:
        """Sign the device with the account's key; raises CallError and MatrixError.

        Signing keys that the bot made and lost are replaced, if the password is known. Where
        the device cannot be signed, the log gives the reason and the remedy. The bot then still
        works, except for people whose clients share keys with signed devices only.
        """
        user, device_id = self.login.user, self.login.device
        answer = await self.api.call("POST", api_path("keys", "query"), {"device_keys": {user: []}})
        device = table(answer, "device_keys", user, device_id)
        signatures = table(device, "signatures", user)
        key = await self._signing_key(answer, signatures)
        if key is None or f"ed25519:{key.public}" in signatures:
            return
        if not device:
            _log.warning("The homeserver does not show the bot's device; it stays unverified.")
            return
        signed = {name: value for name, value in device.items() if name not in UNSIGNED}
        signed["signatures"] = {user: {f"ed25519:{key.public}": key.sign(signed)}}
        path = api_path("keys", "signatures", "upload")
        if table(await self.api.call("POST", path, {user: {device_id: signed}}), "failures"):
            _log.warning("The homeserver did not take the signature of the bot's device.")

    @property
    def master_key(self) -> str | None:
        """The account's public master key, if the bot made it."""
        own = self._load()
        return None if own is None else own[MASTER].public

    async def _signing_key(self, answer: Json, signatures: Json) -> SigningKey | None:
        """The account's self-signing key; None where the bot need not or cannot have it."""
        master = _published(answer, self.login.user, MASTER)
        stored = f"matrix.master:{self.login.user}"
        own = self._load()
        is_own = own is not None and own[MASTER].public == master
        published_by_bot = master is not None and master == await self.values.get(stored)
        if published_by_bot and not is_own and self.account.password:
            _log.warning("The bot's own signing keys were lost; the account gets new ones.")
            master = None
        if master is None:
            own = own or self._make()
            await self._publish(own)
            await self.values.set(stored, own[MASTER].public)
        elif own is None or not is_own:
            published = _published(answer, self.login.user, SELF)
            if f"ed25519:{published}" in signatures:
                return None
            return await self._recover(published)
        return own[SELF]

    async def _recover(self, published: str | None) -> SigningKey | None:
        """The self-signing key of an account that another client signs, by its recovery key."""
        recovery_key = self.account.recovery_key
        if not recovery_key:
            _log.warning(
                "The account is signed by another program: the bot's device is unverified until"
                " MATRIX_RECOVERY_KEY is set to the account's recovery key for one start, or"
                " somebody verifies it from there."
            )
            return None
        key = SigningKey(await self_signing_seed(self.api, self.login.user, recovery_key))
        if key.public != published:
            _log.warning(
                "The account's secret storage is of older signing keys: the bot's device is"
                " unverified until somebody verifies it from another program."
            )
            return None
        return key

    def _load(self) -> dict[str, SigningKey] | None:
        """The signing keys in the vault, by usage; None unless all three are there."""
        seeds = {usage: self.vault.get(f"seed_{usage}") for usage in (MASTER, SELF, USER)}
        keys = {usage: SigningKey(decode_base64(seed)) for usage, seed in seeds.items() if seed}
        return keys if keys.keys() == seeds.keys() else None

    def _make(self) -> dict[str, SigningKey]:
        """New signing keys, in the vault before the server learns of them."""
        seeds = {usage: secrets.token_bytes(32) for usage in (MASTER, SELF, USER)}
        self.vault.put(**{f"seed_{usage}": unpadded_base64(seed) for usage, seed in seeds.items()})
        return {usage: SigningKey(seed) for usage, seed in seeds.items()}

    async def _publish(self, keys: dict[str, SigningKey]) -> None:
        """Upload the public keys; servers may ask for the password first."""
        user, body = self.login.user, dict[str, object]()
        for usage, key in keys.items():
            content: Json = {
                "user_id": user,
                "usage": [usage],
                "keys": {f"ed25519:{key.public}": key.public},
            }
            if usage == MASTER:
                signer, signature = self.login.device, self.keys.sign(content)
            else:
                signer, signature = keys[MASTER].public, keys[MASTER].sign(content)
            content["signatures"] = {user: {f"ed25519:{signer}": signature}}
            body[f"{usage}_key"] = content
        path, password = api_path("keys", "device_signing", "upload"), self.account.password
        try:
            await self.api.call("POST", path, body)
        except RefusedError as fault:
            session = text(fault.answer, "session")
            if fault.status != 401 or not session or not password:
                raise
            identifier = {"type": "m.id.user", "user": user}
            proof = {"type": "m.login.password", "identifier": identifier, "password": password}
            await self.api.call("POST", path, body | {"auth": proof | {"session": session}})


def _published(answer: Json, user: str, usage: str) -> str | None:
    """The account's public key of this usage in the answer to a key query."""
    keys = table(answer, f"{usage}_keys", user, "keys")
    return next((text(keys, name) for name in keys), None)


# Recovery from secret storage


async def self_signing_seed(api: HttpApi, user: str, recovery_key: str) -> bytes:
    """The seed of the key that signs the account's devices, 32 bytes.

    Raises MatrixError where the recovery key is not the account's, and as `HttpApi.call`.
    """
    key = recovery_bytes(recovery_key)
    try:
        default = await _account_data(api, user, "m.secret_storage.default_key")
        stored = await _account_data(api, user, _SIGNING)
        encrypted = table(stored, "encrypted", text(default, "key") or "")
        seed = decode_base64(_decrypt(key, encrypted).decode())
    except RefusedError as fault:
        if fault.status == 404:
            raise _wrong_key() from None
        raise
    except ValueError:
        raise _wrong_key() from None
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


def _decrypt(key: bytes, encrypted: Json) -> bytes:
    """The self-signing key; raises ValueError where its MAC does not fit the key."""
    both = HKDF(key, 64, bytes(32), SHA256, 1, _SIGNING.encode())
    cipher_key, mac_key = both[:32], both[32:]
    parts = (text(encrypted, part) or "" for part in ("iv", "ciphertext", "mac"))
    iv, ciphertext, mac = map(decode_base64, parts)
    if not hmac.compare_digest(hmac.digest(mac_key, ciphertext, sha256), mac):
        raise ValueError("the key does not open the secret")
    return apply_counter_mode(cipher_key, iv, ciphertext)


async def _account_data(api: HttpApi, user: str, kind: str) -> Json:
    return await api.call("GET", api_path("user", user, "account_data", kind))


def _wrong_key() -> MatrixError:
    return MatrixError(
        "MATRIX_RECOVERY_KEY: it does not open the secret storage of the bot's account; copy the"
        " recovery key again from where it was made, or leave it out."
    )
