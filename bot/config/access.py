"""Access to chat platforms: the bot joins those that a secret is set for."""

import os
from dataclasses import dataclass

from pydantic import SecretStr

from bot.config import logs
from bot.config.secrets import secret
from bot.config.settings import Settings
from bot.core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class MatrixAccess:
    """Access to an account on Matrix; at least one of password and token is set."""

    homeserver: str
    user: str
    password: SecretStr | None
    token: SecretStr | None
    pickle_key: SecretStr | None
    recovery_key: SecretStr | None


@dataclass(frozen=True, slots=True)
class Access:
    """The access to each platform; None for one that the bot does not join."""

    discord: SecretStr | None
    matrix: MatrixAccess | None

    def __bool__(self) -> bool:
        return self.discord is not None or self.matrix is not None


def access_of(settings: Settings) -> Access:
    """The access that the environment gives; raises `SettingsError` if it is incomplete.

    The secrets are masked in logs from then on.
    """
    return Access(_masked("DISCORD_TOKEN"), _matrix(settings))


def _matrix(settings: Settings) -> MatrixAccess | None:
    homeserver = settings.matrix.homeserver or os.environ.get("MATRIX_HOMESERVER", "").strip()
    user = settings.matrix.user or os.environ.get("MATRIX_USER", "").strip()
    password, token = _masked("MATRIX_PASSWORD", blanks=True), _masked("MATRIX_TOKEN")
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
        _masked("MATRIX_PICKLE_KEY"),
        _masked("MATRIX_RECOVERY_KEY", blanks=True),
    )


def _masked(name: str, *, blanks: bool = False) -> SecretStr | None:
    """The secret `name`, which is masked in logs from then on."""
    value = secret(name, blanks=blanks)
    if value is not None:
        logs.mask_secret(value.get_secret_value())
    return value
