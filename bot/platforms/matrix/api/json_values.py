"""Reading of untrusted JSON: a value of the expected type, or None."""

from collections.abc import Mapping

Json = dict[str, object]
"""A JSON object as received, unchecked."""


def table(source: Mapping[str, object], *path: str) -> Json:
    """The object under `path`; empty where there is none."""
    value: object = source
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def tables(source: Mapping[str, object], *path: str) -> list[Json]:
    """The objects in the array under `path`; its other items are left out."""
    value = table(source, *path[:-1]).get(path[-1])
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(source: Mapping[str, object], name: str) -> str | None:
    """The text under `name`; lone surrogates, which UTF-8 cannot encode, become U+FFFD."""
    return _text(source.get(name))


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def texts(source: Mapping[str, object], name: str) -> list[str]:
    """The texts in the array under `name`; its other items are left out."""
    value = source.get(name)
    items = value if isinstance(value, list) else []
    return [one for one in map(_text, items) if one is not None]


def number(source: Mapping[str, object], name: str) -> int | None:
    """The integer under `name`; a text of digits counts, as rooms of old versions have them."""
    value = source.get(name)
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) < 20:
        try:
            return int(value)
        except ValueError:
            return None
    return value if isinstance(value, int) and abs(value) <= 2**53 else None
