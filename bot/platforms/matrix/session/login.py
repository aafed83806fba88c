"""Login by the configured token, the stored one, or the password; always as the same device."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.http import (
    WRITING,
    CallError,
    HttpApi,
    LostTokenError,
    RefusedError,
    api_path,
)
from bot.platforms.matrix.api.json_values import Json, tables, text
from bot.platforms.matrix.session.vault import Vault
from bot.state.values import Values

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """The bot's account on Matrix.

    `homeserver` is an address (`https://…`) or a server's name, found by `.well-known`;
    `user` is `@name:server` or its first part alone. `token` is tried before `password`.
    `pickle_key` decrypts the files in `folder` (mode 0700, made where absent).
    `recovery_key` is that of an account whose signing keys another client made. `has_limits`
    is False where the homeserver does not limit its events. `curators` may verify the bot.
    """

    homeserver: str
    user: str
    folder: Path
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    pickle_key: str = field(default="", repr=False)
    recovery_key: str | None = field(default=None, repr=False)
    device_name: str = "Sources Say"
    encryption: bool = True
    has_limits: bool = True
    curators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Login:
    """The user and the device the bot is logged in as."""

    user: str
    device: str


class LoginSession:
    """Logs one account in at a homeserver, and keeps its token in the vault."""

    def __init__(self, api: HttpApi, account: Account, vault: Vault, values: Values) -> None:
        self._api, self._account = api, account
        self._vault, self._values = vault, values
        self._device_name = f"matrix.device:{account.user}"

    async def login(self, keys_exist: bool) -> Login:
        """Log in, as the earlier device if the files with its keys exist.

        Raises MatrixError where the homeserver refuses, CallError where none answers.
        """
        device = await self._values.get(self._device_name) or self._vault.get("device")
        keys_lost = self._account.encryption and device is not None and not keys_exist
        login = await self._by_token(keys_lost)
        if login is None:
            if keys_lost:
                _log.warning(
                    "The keys of the bot's device %s are gone from its state folder: it begins as"
                    " a new device and cannot read what was encrypted before. To go on as the old"
                    " one, stop the bot, put a copy of the folder back and start it again.",
                    device,
                )
            login = await self.by_password(None if keys_lost else device)
        self._check_user(login.user)
        await self._values.set(self._device_name, login.device)
        return login

    async def by_password(self, device: str | None) -> Login:
        """Log in by the password, as `device` or as a new one; stores the token."""
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
        path = api_path("login")
        try:
            answer = await self._api.call("POST", path, body, policy=WRITING, anonymous=True)
        except RefusedError as fault:
            raise await self._explain(fault) from None
        token, user = text(answer, "access_token"), text(answer, "user_id")
        device = text(answer, "device_id")
        if not token or not user or not device:
            raise MatrixError("matrix.homeserver: the server's answer to the login makes no sense.")
        self._vault.put(token=token, device=device, home=self._api.base)
        self._api.token = token
        return Login(user, device)

    async def _by_token(self, keys_lost: bool) -> Login | None:
        """Log in by the configured token or the stored one; None where neither is valid."""
        tokens = [self._account.token]
        # Only the homeserver that gave out the stored token may see it. Without the keys of its
        # device the token is of no use, and a login by password makes a new device.
        if self._vault.get("home") == self._api.base and not keys_lost:
            tokens.append(self._vault.get("token"))
        for token in filter(None, tokens):
            self._api.token = token
            try:
                answer = await self._api.call("GET", api_path("account", "whoami"))
            except LostTokenError:
                continue
            user, device = text(answer, "user_id"), text(answer, "device_id")
            if not user or (not device and self._account.encryption):
                raise no_device()
            if keys_lost:
                raise keys_gone()
            self._vault.put(device=device)
            return Login(user, device or "")
        if self._account.token and not self._account.password:
            raise token_lost()
        return None

    async def _explain(self, fault: RefusedError) -> MatrixError:
        """The reason and the remedy of a refused login."""
        if fault.status == 403:
            return MatrixError(
                "MATRIX_PASSWORD: the homeserver does not accept this user and password; correct"
                " matrix.user or MATRIX_PASSWORD."
            )
        try:
            answer = await self._api.call("GET", api_path("login"), anonymous=True)
            flows = tables(answer, "flows")
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

    def _check_user(self, user: str) -> None:
        """Raise MatrixError where a token belongs to another user than the configured one."""
        configured = self._account.user
        actual = user if configured.startswith("@") else user[1:].partition(":")[0]
        if actual.casefold() != configured.casefold():
            raise MatrixError(
                f"matrix.user: the token belongs to {user}, not to {configured}; correct one of"
                " them."
            )


def token_lost() -> MatrixError:
    """The error of an access token that has ended."""
    return MatrixError(
        "MATRIX_TOKEN: the homeserver does not know this access token any more, the bot was logged"
        " out; set a new one, or MATRIX_PASSWORD, and start again."
    )


def no_device() -> MatrixError:
    """The error of an access token without a device, where there is encryption."""
    return MatrixError(
        "MATRIX_TOKEN: this token belongs to no device, which encryption needs; take one of a"
        " login, or set MATRIX_PASSWORD in its place."
    )


def keys_gone() -> MatrixError:
    """The error of an access token whose device has lost its keys."""
    return MatrixError(
        "MATRIX_TOKEN: the keys of this token's device are gone from the state folder; put a copy"
        " of the folder back, or set a token of a new login, and start again."
    )
