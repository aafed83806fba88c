"""Column types: text with any character, times in UTC, sets of names, lists of spans."""

import json
import re
from datetime import UTC, datetime

from sqlalchemy import Dialect
from sqlalchemy.types import Text, TypeDecorator

from bot.core.documents import Span

_ESCAPE = "\ufdd0"
"""A Unicode noncharacter: texts hardly ever hold it, so it hardly ever needs escaping itself."""

# SQLite rejects lone surrogates, and its functions and shell end a text at a zero character.
_UNFIT = re.compile(f"[\0\ud800-\udfff{_ESCAPE}]")
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")


def escaped(text: str) -> str:
    """`text` with each character that SQLite cannot hold as U+FDD0 and four hex digits.

    U+FDD0 itself is escaped too, so different texts stay different.
    """
    return _UNFIT.sub(lambda match: f"{_ESCAPE}{ord(match.group()):04x}", text)


def unescaped(text: str) -> str:
    """The inverse of `escaped`."""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)


class ExactText(TypeDecorator[str]):
    """Any Python string, read back unchanged."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape what SQLite cannot hold."""
        return None if value is None else escaped(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Undo the escapes."""
        return None if value is None else unescaped(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime as ISO 8601 in UTC, of fixed width so that text order is time order."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """The time in UTC; a naive time is a ValueError, since its moment is ambiguous."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a time needs its time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """The time, in UTC."""
        return None if value is None else datetime.fromisoformat(value)


class NameSet(TypeDecorator[frozenset[str]]):
    """A set of names as a sorted JSON list; NULL means "not set" and differs from the empty set."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:
        """The list without JSON's escapes, which would join two surrogates into one character."""
        if value is None:
            return None
        return escaped(json.dumps(sorted(value), ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:
        """The set that was stored."""
        return None if value is None else frozenset(json.loads(unescaped(value)))


class Spans(TypeDecorator[tuple[Span, ...]]):
    """Spans in order, as a JSON list of [start, end] pairs."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Span, ...] | None, dialect: Dialect) -> str | None:
        """The pairs as JSON."""
        return None if value is None else json.dumps([[span.start, span.end] for span in value])

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Span, ...] | None:
        """The spans that were stored."""
        if value is None:
            return None
        return tuple(Span(start, end) for start, end in json.loads(value))
