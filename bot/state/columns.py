"""Column types: text with any character, times in UTC, sets of names, lists of spans, enums."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Dialect
from sqlalchemy.types import Text, TypeDecorator

from bot.core.documents import Span

_Value = TypeVar("_Value")

_ESCAPE = "\ufdd0"
"""A Unicode noncharacter: texts hardly ever hold it, so it hardly ever needs escaping itself."""

# SQLite rejects lone surrogates, and its functions and shell end a text at a zero character.
_UNFIT = re.compile(f"[\0\ud800-\udfff{_ESCAPE}]")
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")


class StoredText(TypeDecorator[_Value]):
    """A column that stores values as the text that `dump` makes of them; `load` is the inverse.

    NULL is None.
    """

    impl = Text
    cache_ok = True

    def __init__(self, dump: Callable[[_Value], str], load: Callable[[str], _Value]) -> None:
        super().__init__()
        self.dump = dump
        self.load = load

    def process_bind_param(self, value: _Value | None, dialect: Dialect) -> str | None:
        """The text of `value`."""
        return None if value is None else self.dump(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> _Value | None:
        """The value that was stored."""
        return None if value is None else self.load(value)


def escaped(text: str) -> str:
    """`text` with each character that SQLite cannot hold as U+FDD0 and four hex digits.

    U+FDD0 itself is escaped too, so different texts stay different.
    """
    return _UNFIT.sub(lambda match: f"{_ESCAPE}{ord(match.group()):04x}", text)


def unescaped(text: str) -> str:
    """The inverse of `escaped`."""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)


def in_utc(time: datetime) -> str:
    """An aware time as ISO 8601 in UTC, of fixed width so that text order is time order.

    A naive time is a ValueError, since its moment is ambiguous.
    """
    if time.utcoffset() is None:
        raise ValueError("a time needs its time zone")
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def names_as_json(names: frozenset[str]) -> str:
    """A sorted list without JSON's escapes, which would join two surrogates into one character."""
    return escaped(json.dumps(sorted(names), ensure_ascii=False))


def names_of_json(text: str) -> frozenset[str]:
    """The inverse of `names_as_json`."""
    return frozenset(json.loads(unescaped(text)))


def spans_as_json(spans: tuple[Span, ...]) -> str:
    """Spans in order, as a list of [start, end] pairs."""
    return json.dumps([[span.start, span.end] for span in spans])


def spans_of_json(text: str) -> tuple[Span, ...]:
    """The inverse of `spans_as_json`."""
    return tuple(Span(start, end) for start, end in json.loads(text))
