"""Values out of JSON that anybody may have written: of the right kind, or none."""

from __future__ import annotations

from collections.abc import Mapping

Json = dict[str, object]
"""A JSON object as it came."""


def table(source: Mapping[str, object], *path: str) -> Json:
    """The object under `path`; empty where there is none."""
    found: object = source
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def tables(source: Mapping[str, object], *path: str) -> list[Json]:
    """The objects of the list under `path`; whatever else it holds is left out."""
    found = table(source, *path[:-1]).get(path[-1])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text(source: Mapping[str, object], name: str) -> str | None:
    """The text under `name`; halves of characters, which no file takes, are replaced."""
    return whole(source.get(name))


def whole(value: object) -> str | None:
    """`value` where it is a text, without halves of characters."""
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def texts(source: Mapping[str, object], name: str) -> list[str]:
    """The texts of the list under `name`."""
    found = source.get(name)
    every = found if isinstance(found, list) else []
    return [one for one in map(whole, every) if one is not None]


def number(source: Mapping[str, object], name: str) -> int | None:
    """The whole number under `name`; one written as a text counts, as in old rooms."""
    found = source.get(name)
    if isinstance(found, bool):
        return None
    if isinstance(found, str) and len(found) < 20:
        try:
            return int(found)
        except ValueError:
            return None
    return found if isinstance(found, int) and abs(found) <= 2**53 else None


def flag(source: Mapping[str, object], name: str) -> bool:
    """Whether it says true under `name`."""
    return source.get(name) is True
