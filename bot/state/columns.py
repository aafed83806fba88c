"""How values become columns: any text exactly, times in UTC, sets of names, spans."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from sqlalchemy import Dialect
from sqlalchemy.types import Text, TypeDecorator

from bot.core.documents import Span

_ESCAPE = "\ufdd0"
"""A noncharacter: no text means anything by it, so escapes seldom need escaping."""

# SQLite takes no lone surrogate, and its functions and shell stop at a zero character.
_UNFIT = re.compile(f"[\0\ud800-\udfff{_ESCAPE}]")
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")


def stored(text: str) -> str:
    """`text` as SQLite can hold it; different texts stay different."""
    return _UNFIT.sub(lambda match: f"{_ESCAPE}{ord(match.group()):04x}", text)


def restored(text: str) -> str:
    """The text that was `stored`."""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)


class Exact(TypeDecorator[str]):
    """Any text at all, given back as it was."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape what SQLite cannot hold."""
        return None if value is None else stored(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Undo it."""
        return None if value is None else restored(value)


class Moment(TypeDecorator[datetime]):
    """An aware time, as ISO 8601 in UTC of fixed width, so that text order is time order."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Refuse a time without its zone: nobody could tell later when it was."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a time needs its time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """The time, in UTC."""
        return None if value is None else datetime.fromisoformat(value)


class NameSet(TypeDecorator[frozenset[str]]):
    """A set of names as a sorted JSON list; NULL, for "not set", is not the empty set."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:
        """The list, without JSON's own escapes of surrogates: they would join two to one."""
        if value is None:
            return None
        return stored(json.dumps(sorted(value), ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:
        """The set again."""
        return None if value is None else frozenset(json.loads(restored(value)))


class Spans(TypeDecorator[tuple[Span, ...]]):
    """Spans, in order, as a JSON list of pairs."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Span, ...] | None, dialect: Dialect) -> str | None:
        """The pairs."""
        return None if value is None else json.dumps([[span.start, span.end] for span in value])

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Span, ...] | None:
        """The spans again."""
        if value is None:
            return None
        return tuple(Span(start, end) for start, end in json.loads(value))
