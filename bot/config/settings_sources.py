"""Where the values of settings come from, and the one sentence for each fault in them.

Command line, environment and TOML file each become a `Layer`; names are checked as a
layer is read, values when the layers lie over each other. No value of an unknown key is
ever repeated: it may be a secret in the wrong place.
"""

from __future__ import annotations

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

from bot.core.errors import SettingsError

Values = dict[str, dict[str, object]]
"""Section, then key, to value."""

Known = Mapping[str, Mapping[str, FieldInfo]]
"""Section, then key, to what the key takes."""

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Wants:
    """What a setting takes, in words, where its type does not say it."""

    words: str


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says; `where` names the place it says a section's key in."""

    values: Values
    where: Callable[[str, str], str]


def from_arguments(given: Mapping[str, object], known: Known) -> Layer:
    """What the command line gave, by dotted name."""
    values: Values = {}
    for name, value in given.items():
        section, _, key = name.partition(".")
        if key not in known.get(section, {}):
            raise SettingsError(f'command line: unknown setting "{_printable(name)}"')
        values.setdefault(section, {})[key] = value
    return Layer(values, lambda section, key: f"command line: {section}.{key}")


def from_environment(settings: type[BaseSettings], known: Known) -> Layer:
    """What the environment says; a variable with our prefix that is no setting is a fault."""
    prefix = settings.model_config.get("env_prefix", "").upper()
    separator = settings.model_config.get("env_nested_delimiter") or ""

    def variable(section: str, key: str) -> str:
        return f"{prefix}{section}{separator}{key}".upper()

    names = [variable(section, key) for section, keys in known.items() for key in keys]
    for name in sorted(os.environ):
        if name.upper().startswith(prefix) and name.upper() not in names:
            near = _near(name.upper(), names)
            remedy = f"did you mean {near}?" if near else "docs/settings.md has the list"
            raise SettingsError(f"{_printable(name)}: no setting has this name; {remedy}")
    return Layer(EnvSettingsSource(settings)(), variable)


def from_file(path: Path, known: Known, *, required: bool) -> Layer:
    """What a TOML file says; an unknown section or key is a fault."""
    content = _toml(path, required=required)
    for section, keys in content.items():
        if section not in known:
            raise SettingsError(f"{path}: {_unknown_section(section, known)}")
        if not isinstance(keys, dict):
            raise SettingsError(
                f'{path}: "{section}" is a section, not a key; write [{section}] and its keys below'
            )
        for key in keys:
            if key not in known[section]:
                remedy = _instead(key, known[section])
                raise SettingsError(f'{path}: unknown key "{section}.{_printable(key)}"; {remedy}')
    return Layer(content, lambda section, key: f"{path}: {section}.{key}")


def merged(layers: Iterable[Layer]) -> Values:
    """One whole out of `layers`, the strongest first."""
    whole: Values = {}
    for layer in reversed(list(layers)):
        for section, keys in layer.values.items():
            whole.setdefault(section, {}).update(keys)
    return whole


def bad_value(section: str, key: str, layers: Iterable[Layer], field: FieldInfo) -> SettingsError:
    """The fault of a value that does not fit `field`, named by the layer it came from."""
    layer = next(layer for layer in layers if key in layer.values.get(section, {}))
    return SettingsError(
        f"{layer.where(section, key)}: {_shown(layer.values[section][key])} is not"
        f" {_wanted(field)}; correct it, or remove it for the default, {_shown(field.default)}"
    )


def reason(fault: OSError) -> str:
    """Why the system refused, in its words, to stand inside a sentence."""
    return (fault.strerror or "unknown reason").lower()


def _toml(path: Path, *, required: bool) -> dict[str, dict[str, object]]:
    try:
        # The mark that some editors put before UTF-8 is none of TOML's.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        if not required:
            return {}
        raise SettingsError(
            f"{path}: there is no such file; name another, or none for the defaults"
        ) from None
    except OSError as fault:
        raise SettingsError(
            f"{path}: cannot be read ({reason(fault)}); name a file that this user may read"
        ) from None
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        raise SettingsError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(_bad_toml(path, str(fault))) from None


def _bad_toml(path: Path, fault: str) -> str:
    # The parser tells the line in its message only (its `lineno` is younger than 3.11).
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|.*)\)", fault, re.DOTALL)
    what, line = found.groups() if found else (fault, None)
    where = f"line {line}" if line else "its end"
    return f"{path}, {where}: not valid TOML ({_short(_printable(what))}); correct it there"


def _unknown_section(name: str, known: Known) -> str:
    if homes := [f"[{section}]" for section, keys in known.items() if name in keys]:
        return f'key "{name}" stands outside its section; write it below {" or ".join(homes)}'
    return f'unknown section "{_printable(name)}"; {_instead(name, known)}'


def _instead(name: str, names: Iterable[str]) -> str:
    near = _near(name, names)
    return f'did you mean "{near}"?' if near else f"there are {', '.join(names)}"


def _near(name: str, names: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name, list(names), n=1)), None)


def _wanted(field: FieldInfo) -> str:
    """What a field takes, in words."""
    if words := next((rule.words for rule in field.metadata if isinstance(rule, Wants)), None):
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
    """A value as a file would write it, on one line and short."""
    return _short(_printable(json.dumps(value, default=str, ensure_ascii=False)))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
