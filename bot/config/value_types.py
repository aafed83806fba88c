"""Types of settings that pydantic does not have: folders, files, lists of names, addresses.

Each is a type with a validator in front of it. A validator raises ValueError without a
message for people: `bot.config.setting_sources` words every error of a setting.
"""

import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_settings import NoDecode

from bot.config.setting_sources import ExpectedValue


def _folder(value: object) -> object:
    """A name as a path, with `~` for the home folder; an empty name is an error."""
    if not isinstance(value, str | Path):
        return value
    if not str(value).strip() or "\0" in str(value):
        raise ValueError("no name of a folder")
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError("no such home folder") from error


def _file(value: object) -> object:
    """The name of a file, with `~` for the home folder; empty for none."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return ""
    return str(_folder(value))


Folder = Annotated[Path, BeforeValidator(_folder)]
FileName = Annotated[str, BeforeValidator(_file), ExpectedValue("the name of a file")]


def _model(*words: str) -> BeforeValidator:
    """One of `words`, or the name of a folder, with `~` for the home folder."""

    def validate(value: object) -> object:
        if not isinstance(value, str):
            return value
        word = value.strip().lower()
        return word if word in words else str(_folder(value))

    return BeforeValidator(validate)


JudgeName = Annotated[str, _model("none"), ExpectedValue('"none" or the name of a folder')]
EncoderName = Annotated[
    str,
    _model("default", "none"),
    ExpectedValue('"default", "none" or the name of a folder'),
]


def is_matrix_user(name: str) -> bool:
    """Whether `name` has the form of a user's id on Matrix, `@name:server`."""
    return _USER.fullmatch(name) is not None


def _is_matrix_pattern(pattern: str) -> bool:
    """Whether a pattern is one of users' ids, with `@`, or of names of servers, without."""
    is_user = pattern.startswith("@")
    return is_matrix_user(pattern) if is_user else _SERVER.fullmatch(pattern) is not None


_USER = re.compile(r"@[^\s@:]+:[^\s@:/]+(?::\d+)?|@[^\s@:]+:\[[0-9a-fA-F:.]+\](?::\d+)?")
_SERVER = re.compile(r"\*|localhost(?::\d+)?|[^\s@:/]*\.[^\s@:/]+(?::\d+)?")
"""A name of a server; one without a dot is mostly the name of a person, but for `localhost`."""


def _ids(value: object) -> object:
    """Ids as text: as `_names`, and a list may hold them as numbers."""
    if isinstance(value, list | tuple):
        value = [str(each) if isinstance(each, int) else each for each in value]
    return _names(value)


def _bot_name(value: str) -> str:
    """A name that Discord takes for a user, but for words that it does not allow; or none."""
    name = value.strip()
    if name and not (2 <= len(name) <= 32 and name.isprintable()):
        raise ValueError("no name of a bot")
    return name


def _names(value: object) -> object:
    """Names without duplicates: from a list, or from a text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return value
    return tuple(dict.fromkeys(name for each in value if (name := each.strip())))


def _network(text: str) -> bool:
    """Whether it is an address, or a network with fewer than all addresses."""
    return ip_network(text).prefixlen > 0


def _each(fits: Callable[[str], object]) -> AfterValidator:
    """Names all of which fit."""

    def validate(names: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(fits, names)):
            raise ValueError("a name does not fit")
        return names

    return AfterValidator(validate)


def _address(value: object) -> object:
    """A URL of http, https, ws or wss with a host; empty for none."""
    if not isinstance(value, str) or not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
        raise ValueError("no address")
    return value


def _http_address(value: object) -> object:
    """A URL of http or https with a host, and without a name, a password or a query in it."""
    if not isinstance(value, str) or not value:
        return value
    parts = urlsplit(value)
    valid = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    printable = value.isprintable() and not any(map(str.isspace, value))
    if not valid or not printable or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("no address of http")
    return value


def _listen_address(value: object) -> object:
    """A host and a port, or a port alone for this machine only; empty for none."""
    if not isinstance(value, str) or not value.strip():
        return "" if isinstance(value, str) else value
    host, _, port = value.strip().rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > _MOST_PORT:
        raise ValueError("no port")
    if any(map(str.isspace, host)) or "/" in host:
        raise ValueError("no host")
    return f"{host or '127.0.0.1'}:{int(port)}"


_MOST_PORT = 65_535

_IDS = ExpectedValue('a list of numbers, such as ["123", "456"]')
_SNOWFLAKES = ExpectedValue('a list of ids of Discord, such as ["1234567890123456789"]')
_USERS = ExpectedValue('a list of users, such as ["@ann:example.org"]')
_PATTERNS = ExpectedValue(
    'a list of users or servers, such as ["@ann:example.org", "@*:example.org", "example.org"]'
)
_NAMES = ExpectedValue('a list of names, such as ["rules", "minutes"]')
_NETWORKS = ExpectedValue('a list of addresses or networks, such as ["192.0.2.1", "172.30.0.0/24"]')
_ADDRESS = ExpectedValue("an address, such as https://example.org")
_HTTP_ADDRESS = ExpectedValue("an address, such as http://127.0.0.1:8080/v1")

_LANGUAGE = "[a-z]{3}(?:_[a-z]+)*"

RecognitionLanguages = Annotated[
    str,
    StringConstraints(pattern=rf"^(?:{_LANGUAGE}(?:\+{_LANGUAGE})*)?$"),
    ExpectedValue('codes of tesseract, such as "eng" or "eng+deu"'),
]
_NameList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
_IdList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_ids)]
Ids = Annotated[_IdList, _each(re.compile("[0-9]+").fullmatch), _IDS]
Snowflakes = Annotated[_IdList, _each(re.compile("[0-9]{15,20}").fullmatch), _SNOWFLAKES]
MatrixUsers = Annotated[_NameList, _each(is_matrix_user), _USERS]
MatrixPatterns = Annotated[_NameList, _each(_is_matrix_pattern), _PATTERNS]
Networks = Annotated[_NameList, _each(_network), _NETWORKS]
Snowflake = Annotated[
    str,
    StringConstraints(pattern=r"^(?:\d{15,20})?$"),
    ExpectedValue('an id of Discord, such as "1234567890123456789"'),
]
MatrixRoom = Annotated[
    str,
    StringConstraints(pattern=r"^(?:![^\s]+)?$"),
    ExpectedValue('the id of a room, such as "!abc:example.org"'),
]
BotName = Annotated[
    str, AfterValidator(_bot_name), ExpectedValue("a name of 2 to 32 characters in one line")
]
Names = Annotated[_NameList, _NAMES]
Address = Annotated[str, BeforeValidator(_address), _ADDRESS]
ListenAddress = Annotated[
    str,
    BeforeValidator(_listen_address),
    ExpectedValue('a host and a port, such as "127.0.0.1:8080"'),
]
HttpAddress = Annotated[str, BeforeValidator(_http_address), _HTTP_ADDRESS]
