"""Sources of settings, and the one sentence for each error in them.

Command line, environment and TOML file each become a `Layer`. Names are checked when a layer
is read, values when the layers are merged. The value of an unknown key is never shown: it may
be a secret in the wrong place.
"""

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from bot.core.errors import SettingsError, system_reason

Values = dict[str, dict[str, object]]
"""Section, then key, to value."""

Fields = Mapping[str, Mapping[str, FieldInfo]]
"""Section, then key, to the field of the setting."""

_LONGEST_SHOWN = 60


RETIRED = {
    ("answer", "processes"): "the program answers by itself again; remove it",
    ("matrix", "offer_reactions"): 'write signs = "none" instead of false, and remove it else',
}
"""Settings that are gone, and what to do about each."""


@dataclass(frozen=True, slots=True)
class ExpectedValue:
    """Annotation of a setting: its valid values in words, if the type does not say them."""

    description: str


@dataclass(frozen=True, slots=True)
class Layer:
    """The values of one source; `where(section, key)` names the place of a value in it."""

    values: Values
    where: Callable[[str, str], str]


def from_arguments(overrides: Mapping[str, object]) -> Layer:
    """The layer of the command line, from values by dotted name."""
    values: Values = {}
    for name, value in overrides.items():
        section, _, key = name.partition(".")
        values.setdefault(section, {})[key] = value
    return Layer(values, lambda section, key: f"command line: {section}.{key}")


def from_environment(settings: type[BaseSettings], fields: Fields) -> Layer:
    """The layer of the environment; a variable with our prefix must be a setting."""
    prefix = settings.model_config.get("env_prefix", "").upper()
    separator = settings.model_config.get("env_nested_delimiter") or ""

    def variable(section: str, key: str) -> str:
        return f"{prefix}{section}{separator}{key}".upper()

    names = [variable(section, key) for section, keys in fields.items() for key in keys]
    retired = {variable(*setting): remedy for setting, remedy in RETIRED.items()}
    for name in sorted(os.environ):
        if name.upper().startswith(prefix) and name.upper() not in names:
            near = _near(name.upper(), names)
            remedy = f"did you mean {near}?" if near else "docs/settings.md has the list"
            remedy = retired.get(name.upper(), remedy)
            raise SettingsError(f"{_printable(name)}: no setting has this name; {remedy}")
    return Layer(EnvSettingsSource(settings)(), variable)


def from_file(path: Path, fields: Fields, *, required: bool) -> Layer:
    """The layer of a TOML file; an unknown section or key is an error."""
    content = _toml(path, required=required)
    for section, keys in content.items():
        if section not in fields:
            raise SettingsError(f"{path}: {_unknown_section(section, fields)}")
        if not isinstance(keys, dict):
            raise SettingsError(
                f'{path}: "{section}" is a section, not a key; write [{section}] and its keys below'
            )
        for key in keys:
            if key not in fields[section]:
                remedy = RETIRED.get((section, key)) or _instead(key, fields[section])
                raise SettingsError(f'{path}: unknown key "{section}.{_printable(key)}"; {remedy}')
    return Layer(content, lambda section, key: f"{path}: {section}.{key}")


def merged(layers: Iterable[Layer]) -> Values:
    """The values of all `layers`; the first layer that has a value wins."""
    values: Values = {}
    for layer in reversed(list(layers)):
        for section, keys in layer.values.items():
            values.setdefault(section, {}).update(keys)
    return values


def bad_value(section: str, key: str, layers: Iterable[Layer], field: FieldInfo) -> SettingsError:
    """The error for a value that `field` rejects, with its place in the layer it came from."""
    layer = next(layer for layer in layers if key in layer.values.get(section, {}))
    return SettingsError(
        f"{layer.where(section, key)}: {_shown(layer.values[section][key])} is not"
        f" {_expected(field)}; correct it, or remove it for the default, {_shown(field.default)}"
    )


def _toml(path: Path, *, required: bool) -> dict[str, dict[str, object]]:
    try:
        # TOML does not allow the byte order mark that some editors write.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        if not required:
            return {}
        raise SettingsError(
            f"{path}: there is no such file; name another, or none for the defaults"
        ) from None
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read ({system_reason(error)}); name a file that this user may read"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_bad_toml(path, str(error))) from None


def _bad_toml(path: Path, message: str) -> str:
    # Python 3.11 has the line number in the message only; `lineno` came later.
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|.*)\)", message, re.DOTALL)
    what, line = match.groups() if match else (message, None)
    where = f"line {line}" if line else "its end"
    return f"{path}, {where}: not valid TOML ({_short(_printable(what))}); correct it there"


def _unknown_section(name: str, fields: Fields) -> str:
    if homes := [f"[{section}]" for section, keys in fields.items() if name in keys]:
        return f'key "{name}" stands outside its section; write it below {" or ".join(homes)}'
    return f'unknown section "{_printable(name)}"; {_instead(name, fields)}'


def _instead(name: str, names: Iterable[str]) -> str:
    near = _near(name, names)
    return f'did you mean "{near}"?' if near else f"there are {', '.join(names)}"


def _near(name: str, names: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name, list(names), n=1)), None)


def _expected(field: FieldInfo) -> str:
    """The valid values of a field, in words."""
    if words := next(
        (rule.description for rule in field.metadata if isinstance(rule, ExpectedValue)), None
    ):
        return words
    if choices := get_args(field.annotation):
        return f"one of {', '.join(map(_shown, choices))}"
    if field.annotation is bool:
        return "true or false"
    if field.annotation is Path:
        return "the name of a folder"
    if field.annotation is str:
        return "a text"
    low = next(rule.ge for rule in field.metadata if isinstance(rule, Ge))
    high = next(rule.le for rule in field.metadata if isinstance(rule, Le))
    return f"{'a whole number' if field.annotation is int else 'a number'} from {low} to {high}"


def _shown(value: object) -> str:
    """A value as a TOML file would hold it, shortened and on one line."""
    return _short(_printable(json.dumps(value, default=str, ensure_ascii=False)))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
