"""Which platforms the bot takes part in: those it has been given a secret for."""

from __future__ import annotations

import os
from dataclasses import dataclass

from pydantic import SecretStr

from bot.config import logs
from bot.config.secret_values import secret
from bot.config.settings import Settings
from bot.core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class MatrixAccess:
    """An account on Matrix; one of password and token is there."""

    homeserver: str
    user: str
    password: SecretStr | None
    token: SecretStr | None
    pickle_key: SecretStr | None
    recovery_key: SecretStr | None


@dataclass(frozen=True, slots=True)
class Access:
    """What opens each platform; None for one the bot takes no part in."""

    discord: SecretStr | None
    matrix: MatrixAccess | None

    def __bool__(self) -> bool:
        return self.discord is not None or self.matrix is not None


def access_of(settings: Settings) -> Access:
    """What the environment gives; raises `SettingsError` for half of it.

    Secrets are masked in the logs from here on.
    """
    return Access(_kept("DISCORD_TOKEN"), _matrix(settings))


def _matrix(settings: Settings) -> MatrixAccess | None:
    homeserver = settings.matrix.homeserver or os.environ.get("MATRIX_HOMESERVER", "").strip()
    user = settings.matrix.user or os.environ.get("MATRIX_USER", "").strip()
    password, token = _kept("MATRIX_PASSWORD", blanks=True), _kept("MATRIX_TOKEN")
    if password is None and token is None:
        if homeserver or user:
            raise SettingsError(
                "MATRIX_PASSWORD: an account on Matrix is set, but neither MATRIX_PASSWORD nor"
                " MATRIX_TOKEN; set one of them, or remove the account"
            )
        return None
    for name, value in (("MATRIX_HOMESERVER", homeserver), ("MATRIX_USER", user)):
        if not value:
            raise SettingsError(f"{name}: a secret for Matrix is set, but not this; set it too")
    return MatrixAccess(
        homeserver,
        user,
        password,
        token,
        _kept("MATRIX_PICKLE_KEY"),
        _kept("MATRIX_RECOVERY_KEY", blanks=True),
    )


def _kept(name: str, *, blanks: bool = False) -> SecretStr | None:
    found = secret(name, blanks=blanks)
    if found is not None:
        logs.keep_secret(found.get_secret_value())
    return found
