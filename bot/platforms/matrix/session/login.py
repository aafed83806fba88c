"""Logging in: by a token, by the one kept from before, or by the password; always one device."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.http import READING, WRITING, HttpApi, LostTokenError, path
from bot.platforms.matrix.api.json_values import Json, tables, text
from bot.platforms.matrix.api.port import Account, CallError, RefusedError
from bot.platforms.matrix.session.vault import Vault
from bot.state.values import Values

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """Who the bot is logged in as."""

    user: str
    device: str


class LoginSession:
    """One account's logins over `wire`."""

    def __init__(self, wire: HttpApi, account: Account, vault: Vault, values: Values) -> None:
        self._wire, self._account = wire, account
        self._vault, self._values = vault, values
        self._kept = f"matrix.device:{account.user}"

    async def login(self, keys_are_there: bool) -> Login:
        """Be logged in, as the device of before where its keys are still there.

        Raises MatrixError where the homeserver will not have it, CallError where none answers.
        """
        known = await self._values.get(self._kept) or self._vault.get("device")
        lost = self._account.encryption and known is not None and not keys_are_there
        login = await self._by_token(lost)
        if login is None:
            if lost:
                _log.warning(
                    "The keys of the bot's device %s are gone from its state folder: it begins as"
                    " a new device and cannot read what was encrypted before. To go on as the old"
                    " one, stop the bot, put a copy of the folder back and start it again.",
                    known,
                )
            login = await self.by_password(None if lost else known)
        self._belongs(login.user)
        await self._values.set(self._kept, login.device)
        return login

    async def by_password(self, device: str | None) -> Login:
        """Log in by the password, as `device` or as a new one; the token is kept."""
        account = self._account
        if not account.password:
            raise MatrixError(
                "MATRIX_PASSWORD: the bot has no access to its account; set this, or MATRIX_TOKEN."
            )
        body: Json = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": account.user},
            "password": account.password,
            "initial_device_display_name": account.device_name,
        }
        if device:
            body["device_id"] = device
        try:
            told = await self._wire.call(
                "POST", path("login"), body, policy=WRITING, anonymous=True
            )
        except RefusedError as fault:
            raise await self._why(fault) from None
        token, user, given = (text(told, name) for name in ("access_token", "user_id", "device_id"))
        if not token or not user or not given:
            raise MatrixError("matrix.homeserver: the server's answer to the login makes no sense.")
        self._vault.put(token=token, device=given, home=self._wire.base)
        self._wire.token = token
        return Login(user, given)

    async def _by_token(self, lost: bool) -> Login | None:
        given, kept = self._account.token, self._vault.get("token")
        if self._vault.get("home") != self._wire.base:
            # Another server must not learn it.
            kept = None
        for token in (given, kept):
            # A token kept from before is of the device whose keys are gone.
            if not token or (lost and token != given):
                continue
            self._wire.token = token
            try:
                told = await self._wire.call("GET", path("account", "whoami"))
            except LostTokenError:
                continue
            user, device = text(told, "user_id"), text(told, "device_id")
            if not user or (not device and self._account.encryption):
                raise MatrixError(
                    "MATRIX_TOKEN: this token belongs to no device, which encryption needs; take"
                    " one of a login, or set MATRIX_PASSWORD in its place."
                )
            if lost:
                raise keys_gone()
            self._vault.put(device=device)
            return Login(user, device or "")
        if given and not self._account.password:
            raise token_lost()
        return None

    async def _why(self, fault: RefusedError) -> MatrixError:
        if fault.status == 403:
            return MatrixError(
                "MATRIX_PASSWORD: the homeserver does not accept this user and password; correct"
                " matrix.user or MATRIX_PASSWORD."
            )
        try:
            told = await self._wire.call("GET", path("login"), policy=READING, anonymous=True)
            flows = tables(told, "flows")
        except CallError:
            flows = []
        if flows and not any(text(flow, "type") == "m.login.password" for flow in flows):
            return MatrixError(
                "MATRIX_PASSWORD: this homeserver takes no passwords; set MATRIX_TOKEN in its"
                " place."
            )
        return MatrixError(
            f"matrix.homeserver: the server refused the login ({fault}); look whether the account"
            " is there and open."
        )

    def _belongs(self, user: str) -> None:
        wanted = self._account.user
        mine = user if wanted.startswith("@") else user[1:].partition(":")[0]
        if mine.casefold() != wanted.casefold():
            raise MatrixError(
                f"matrix.user: the token belongs to {user}, not to {wanted}; correct one of them."
            )


def token_lost() -> MatrixError:
    """The sentence on a token that ended."""
    return MatrixError(
        "MATRIX_TOKEN: the homeserver does not know this access token any more, the bot was logged"
        " out; set a new one, or MATRIX_PASSWORD, and start again."
    )


def keys_gone() -> MatrixError:
    """The sentence on a token whose device has lost its keys."""
    return MatrixError(
        "MATRIX_TOKEN: the keys of this token's device are gone from the state folder; put a copy"
        " of the folder back, or set a token of a new login, and start again."
    )
