"""Secrets: from a variable of the environment, or from a file that a variable names.

They are no settings: no file of settings holds them, and nothing prints them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from bot.config.settings_sources import reason
from bot.core.errors import SettingsError

_LONGEST = 10_000


def secret(
    name: str, environment: Mapping[str, str] | None = None, *, blanks: bool = False
) -> SecretStr | None:
    """The secret `name`, or what stands in the file that `name` with `_FILE` names.

    None where neither is set. Raises `SettingsError` for both, for a file that cannot be
    read, and for a value that is no single line of text, without blanks unless these are
    allowed; the value is never repeated.
    """
    given = os.environ if environment is None else environment
    value, file = given.get(name, "").strip(), given.get(f"{name}_FILE", "").strip()
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
    except OSError as fault:
        raise SettingsError(
            f'{name}_FILE: "{file}" cannot be read ({reason(fault)}); name a file that this user'
            " may read"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f'{name}_FILE: "{file}" is not text; name another') from None
    if not value:
        raise SettingsError(f'{name}_FILE: "{file}" is empty; write the secret into it')
    return value
