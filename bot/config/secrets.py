"""Secrets from an environment variable, or from a file that a variable names.

Secrets are not settings: they are in no settings file, and nothing prints them.
"""

import os
from pathlib import Path

from pydantic import SecretStr

from bot.config.setting_sources import reason
from bot.core.errors import SettingsError

_LONGEST = 10_000


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
        value = _content(name, Path(file))
    if not value:
        return None
    if not value.isprintable() or (not blanks and any(map(str.isspace, value))):
        raise SettingsError(f"{name}: this is not one line without blanks; copy it again")
    return SecretStr(value)


def _content(name: str, file: Path) -> str:
    try:
        if file.stat().st_size > _LONGEST:
            raise SettingsError(f'{name}_FILE: "{file}" is too large for a secret; name another')
        value = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f'{name}_FILE: "{file}" cannot be read ({reason(error)}); name a file that this user'
            " may read"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f'{name}_FILE: "{file}" is not text; name another') from None
    if not value:
        raise SettingsError(f'{name}_FILE: "{file}" is empty; write the secret into it')
    return value
