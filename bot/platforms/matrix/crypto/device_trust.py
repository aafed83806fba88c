"""Cross-signing: the account vouches for the bot's own device, so that strict clients trust it.

Made as the client-server specification says (module "cross-signing"); nio has nothing for it.
The private seeds are in the vault.
"""

from __future__ import annotations

import json
import logging
import secrets
from base64 import b64decode, b64encode

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from bot.platforms.matrix.api.http import HttpApi, path
from bot.platforms.matrix.api.json_values import Json, table, text
from bot.platforms.matrix.api.port import Account, RefusedError
from bot.platforms.matrix.crypto.olm import EncryptionKeys
from bot.platforms.matrix.crypto.recovery import self_signing_seed
from bot.platforms.matrix.session.login import Login
from bot.platforms.matrix.session.vault import Vault
from bot.state.values import Values

MASTER, SELF, USER = "master", "self_signing", "user_signing"

_log = logging.getLogger(__name__)


class _Signer:
    """A key that signs, from its seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = ECC.construct(curve="Ed25519", seed=seed)
        self.public = _base64(self._key.public_key().export_key(format="raw"))

    def sign(self, told: Json) -> str:
        signed = {key: value for key, value in told.items() if key not in _UNSIGNED}
        return _base64(eddsa.new(self._key, "rfc8032").sign(_canonical(signed)))


_UNSIGNED = frozenset(("signatures", "unsigned"))


async def trust(
    wire: HttpApi,
    keys: EncryptionKeys,
    vault: Vault,
    values: Values,
    login: Login,
    account: Account,
) -> bool:
    """Let the account sign this device; whether it is signed now.

    Signing keys that were the bot's own and are lost are replaced, with the password.
    Where it cannot be, the log says why and what to do: the bot works all the same, but not
    for people whose clients give keys to signed devices only.
    """
    told = await wire.call("POST", path("keys", "query"), {"device_keys": {login.user: []}})
    published = _published(told, login.user)
    kept = f"matrix.master:{login.user}"
    if published is not None and account.password and published == await values.get(kept):
        known = _signers(vault, make=False)
        if known is None or known[MASTER].public != published:
            _log.warning("The bot's own signing keys were lost; the account gets new ones.")
            published = None
    signers = _signers(vault, make=published is None)
    if signers is not None and published is None:
        await _publish(wire, keys, signers, login, account.password)
        await values.set(kept, signers[MASTER].public)
    elif signers is None or published != signers[MASTER].public:
        if _is_signed(told, login, _published(told, login.user, SELF)):
            return True
        signers = await _recovered(wire, told, login, account.recovery_key)
        if signers is None:
            return False
    device = table(told, "device_keys", login.user, login.device)
    if not device:
        _log.warning("The homeserver does not show the bot's device; it stays unverified.")
        return False
    signer = signers[SELF]
    if _is_signed(told, login, signer.public):
        return True
    body = {key: value for key, value in device.items() if key not in _UNSIGNED}
    signed = body | {"signatures": {login.user: {f"ed25519:{signer.public}": signer.sign(body)}}}
    answer = await wire.call(
        "POST", path("keys", "signatures", "upload"), {login.user: {login.device: signed}}
    )
    if table(answer, "failures"):
        _log.warning("The homeserver did not take the signature of the bot's device.")
        return False
    return True


def _is_signed(told: Json, login: Login, public: str | None) -> bool:
    signatures = table(told, "device_keys", login.user, login.device, "signatures", login.user)
    return f"ed25519:{public}" in signatures


async def _recovered(
    wire: HttpApi, told: Json, login: Login, recovery_key: str | None
) -> dict[str, _Signer] | None:
    """The signing key of an account that another program signs; None where it is not to be had."""
    if not recovery_key:
        _log.warning(
            "The account is signed by another program: the bot's device is unverified until"
            " MATRIX_RECOVERY_KEY is set to the account's recovery key for one start, or somebody"
            " verifies it from there."
        )
        return None
    signer = _Signer(await self_signing_seed(wire, login.user, recovery_key))
    if signer.public != _published(told, login.user, SELF):
        _log.warning(
            "The account's secret storage is of older signing keys: the bot's device is unverified"
            " until somebody verifies it from another program."
        )
        return None
    return {SELF: signer}


def _published(told: Json, user: str, usage: str = MASTER) -> str | None:
    shown = table(told, f"{usage}_keys", user, "keys")
    return next((text(shown, name) for name in shown), None)


def _signers(vault: Vault, make: bool) -> dict[str, _Signer] | None:
    seeds = {usage: vault.get(f"seed_{usage}") for usage in (MASTER, SELF, USER)}
    if None in seeds.values():
        if not make:
            return None
        seeds = {usage: _base64(secrets.token_bytes(32)) for usage in seeds}
        # Kept before anybody sees what belongs to them.
        vault.put(**{f"seed_{usage}": seed for usage, seed in seeds.items()})
    return {usage: _Signer(b64decode((seed or "") + "=")) for usage, seed in seeds.items()}


async def _publish(
    wire: HttpApi,
    keys: EncryptionKeys,
    signers: dict[str, _Signer],
    login: Login,
    password: str | None,
) -> None:
    body: Json = {}
    for usage, signer in signers.items():
        key: Json = {
            "user_id": login.user,
            "usage": [usage],
            "keys": {f"ed25519:{signer.public}": signer.public},
        }
        if usage == MASTER:
            by, sign = login.device, keys.machine.sign_json(dict(key))
        else:
            by, sign = signers[MASTER].public, signers[MASTER].sign(key)
        body[f"{usage}_key"] = key | {"signatures": {login.user: {f"ed25519:{by}": sign}}}
    where = path("keys", "device_signing", "upload")
    try:
        await wire.call("POST", where, body)
    except RefusedError as fault:
        session = text(fault.answer, "session")
        if fault.status != 401 or not session or not password:
            raise
        identifier = {"type": "m.id.user", "user": login.user}
        proof = {"type": "m.login.password", "identifier": identifier, "password": password}
        await wire.call("POST", where, body | {"auth": proof | {"session": session}})


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")


def _canonical(told: Json) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
