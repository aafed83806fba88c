"""Access to chat platforms: the bot joins those that a secret is set for.

A secret comes from an environment variable, or from a file that a variable names. Secrets
are not settings: they are in no settings file, and nothing prints them.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.config import logs
from bot.config.settings import Settings
from bot.config.value_types import is_matrix_user
from bot.core.errors import SettingsError, system_reason

_LONGEST = 10_000
_WRAPPED = re.compile(r"""["'“”‘’`]|(?:export\s+)?[A-Z][A-Z_]*=""")
"""The beginning of a value that was copied with more than the value, as from a file `.env`."""

DISCORD_SECRETS, MATRIX_SECRETS = ("DISCORD_TOKEN",), ("MATRIX_PASSWORD", "MATRIX_TOKEN")
"""The variables one of which opens a platform."""

ENV_FILE = Path(".env")
"""A file of variables that Docker Compose reads, and this program does not."""


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
    _check_env_file()
    return Access(_masked("DISCORD_TOKEN"), _matrix(settings))


def _check_env_file() -> None:
    """Raise `SettingsError` if the secret of a platform stands in a file `.env` alone."""
    try:
        text = ENV_FILE.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    platforms = (DISCORD_SECRETS, MATRIX_SECRETS)
    for name in (name for names in platforms if not _any_set(names) for name in names):
        is_set = name in os.environ or f"{name}_FILE" in os.environ
        value = r"""(?!(?:""|'')\s*(?:#|$))[^\s#]"""
        if not is_set and re.search(
            rf"^\s*(?:export\s+)?{name}[ \t]*=[ \t]*{value}", text, re.MULTILINE
        ):
            raise SettingsError(
                f"{ENV_FILE}: {name} stands in it, but only Docker Compose reads this file; run"
                f" set -a; . ./{ENV_FILE}; set +a before, or set {name}= to start without it"
            )


def _any_set(names: tuple[str, ...]) -> bool:
    """Whether one of the secrets comes from the environment, so that no other is needed."""
    return any(os.environ.get(name + end, "").strip() for name in names for end in ("", "_FILE"))


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
    if not is_matrix_user(user):
        where = "matrix.user" if settings.matrix.user else "MATRIX_USER"
        raise SettingsError(f"{where}: this is no id of an account; write it as @name:server")
    return MatrixAccess(
        homeserver,
        user,
        password,
        token,
        _masked("MATRIX_PICKLE_KEY", blanks=True),
        _masked("MATRIX_RECOVERY_KEY", blanks=True),
    )


def _masked(name: str, *, blanks: bool = False) -> SecretStr | None:
    """The secret `name`, which is masked in logs from then on."""
    value = secret(name, blanks=blanks)
    if value is not None:
        logs.mask_secret(value.get_secret_value())
    return value


def secret(name: str, *, blanks: bool = False) -> SecretStr | None:
    """The value of the variable `name`, or the content of the file that `name`_FILE names.

    None if neither is set. Raises `SettingsError` if both are, for an unreadable file, and for
    a value that is not one line of text (without blanks unless `blanks`). The error never
    repeats the value.
    """
    value = os.environ.get(name, "").strip()
    file = os.environ.get(f"{name}_FILE", "").strip()
    if value and file:
        raise SettingsError(f"{name} and {name}_FILE are both set; remove one of them")
    if file:
        value = _content(f"{name}_FILE", Path(file))
    return SecretStr(_one_line(name, value, blanks=blanks)) if value else None


def secret_file(setting: str, file: Path) -> SecretStr:
    """The secret in the file that `setting` names; it is masked in logs from then on.

    Raises `SettingsError` as `secret` does.
    """
    value = _one_line(setting, _content(setting, file))
    logs.mask_secret(value)
    return SecretStr(value)


def _one_line(name: str, value: str, *, blanks: bool = False) -> str:
    if not blanks and _WRAPPED.match(value):
        raise SettingsError(
            f"{name}: there are quotation marks or a name with = around it; set the value alone"
        )
    if not value.isprintable() or (not blanks and any(map(str.isspace, value))):
        raise SettingsError(f"{name}: this is not one line without blanks; copy it again")
    return value


def _content(setting: str, file: Path) -> str:
    try:
        if file.stat().st_size > _LONGEST:
            raise SettingsError(f'{setting}: "{file}" is too large for a secret; name another')
        value = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f'{setting}: "{file}" cannot be read ({system_reason(error)}); name a file that'
            " this user may read"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f'{setting}: "{file}" is not text; name another') from None
    if not value:
        raise SettingsError(f'{setting}: "{file}" is empty; write the secret into it')
    return value
