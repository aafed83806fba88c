"""The tables (SQLAlchemy models) and the types of their columns.

Each change needs a migration; a test compares the two.
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from operator import attrgetter
from typing import TypeVar

from sqlalchemy import (
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, composite, mapped_column
from sqlalchemy.types import Text, TypeDecorator

from bot.core.documents import Span
from bot.state.records import (
    Mode,
    ReplyDetails,
    ReplyKind,
    SavedDifference,
    TokenRight,
    Verdict,
    VoteReason,
)

_Value = TypeVar("_Value")
_value = attrgetter("value")

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


def span_as_json(span: Span) -> str:
    """One span, as a pair [start, end]."""
    return json.dumps([span.start, span.end])


def span_of_json(text: str) -> Span:
    """The inverse of `span_as_json`."""
    return Span(*json.loads(text))


def details_as_json(details: ReplyDetails) -> str:
    """The fields by name, without JSON's escapes, as in `names_as_json`."""
    return escaped(json.dumps(asdict(details), ensure_ascii=False))


def details_of_json(text: str) -> ReplyDetails:
    """The inverse of `details_as_json`."""
    fields = json.loads(unescaped(text))
    differences = (
        SavedDifference(each["kind"], tuple((number, shown) for number, shown in each["figures"]))
        for each in fields.pop("differences")
    )
    readings = tuple((typed, tuple(read)) for typed, read in fields.pop("readings"))
    missing = tuple(fields.pop("missing_terms"))
    return ReplyDetails(
        **fields, differences=tuple(differences), readings=readings, missing_terms=missing
    )


class Model(DeclarativeBase):
    """Base class of all tables: names of constraints, and the column type of each Python type."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy requires this name and a plain dict
        str: StoredText(escaped, unescaped),
        datetime: StoredText(in_utc, datetime.fromisoformat),
        frozenset[str]: StoredText(names_as_json, names_of_json),
        tuple[Span, ...]: StoredText(spans_as_json, spans_of_json),
        Span: StoredText(span_as_json, span_of_json),
        Mode: StoredText(_value, Mode),
        TokenRight: StoredText(_value, TokenRight),
        ReplyKind: StoredText(_value, ReplyKind),
        Verdict: StoredText(_value, Verdict),
        VoteReason: StoredText(_value, VoteReason),
        ReplyDetails: StoredText(details_as_json, details_of_json),
    }


class RoomRow(Model):
    """Settings of a room; `room` is empty for the default of its space."""

    __tablename__ = "rooms"

    platform: Mapped[str] = mapped_column(primary_key=True)
    space: Mapped[str] = mapped_column(primary_key=True)
    room: Mapped[str] = mapped_column(primary_key=True)
    collections: Mapped[frozenset[str] | None]
    mode: Mapped[Mode | None]
    by_curator: Mapped[bool] = mapped_column(server_default=false())
    language: Mapped[str | None]
    threads: Mapped[bool | None]


class ReplyRow(Model):
    """A saved reply, without its excerpts; `folded` is of its question, as in `UnansweredRow`."""

    __tablename__ = "replies"

    reply_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[str]
    kind: Mapped[ReplyKind]
    question: Mapped[str | None]
    shown: Mapped[int]
    scope: Mapped[frozenset[str] | None]
    used_at: Mapped[datetime] = mapped_column(index=True)
    folded: Mapped[str | None]
    details: Mapped[ReplyDetails | None]


class ExcerptRow(Model):
    """One excerpt of a saved reply; `position` counts from 0."""

    __tablename__ = "excerpts"

    reply_id: Mapped[str] = mapped_column(
        ForeignKey("replies.reply_id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str]
    collection: Mapped[str]
    document_revision: Mapped[str]
    title: Mapped[str]
    url: Mapped[str | None]
    passage: Mapped[Span] = composite(mapped_column("passage_start"), mapped_column("passage_end"))
    parts: Mapped[tuple[Span, ...]]
    quote: Mapped[str]
    sentence: Mapped[Span | None]


class PostRow(Model):
    """A post: the place of a reply in chat. A question message has at most one."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("platform", "room", "question_message"),
        Index(None, "platform", "asker"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str]
    space: Mapped[str]
    room: Mapped[str]
    question_message: Mapped[str | None]
    asker: Mapped[str]
    reply_id: Mapped[str] = mapped_column(ForeignKey("replies.reply_id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class PostMessageRow(Model):
    """One message of a post, in order; a message belongs to one post."""

    __tablename__ = "post_messages"

    platform: Mapped[str] = mapped_column(primary_key=True)
    room: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[str] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]


class FeedbackRow(Model):
    """The vote of one person on one reply; the reply itself may be deleted already."""

    __tablename__ = "feedback"

    platform: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    reply_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    verdict: Mapped[Verdict]
    at: Mapped[datetime]
    space: Mapped[str] = mapped_column(server_default="")
    is_private: Mapped[bool] = mapped_column(server_default=true())
    event: Mapped[str | None]
    reason: Mapped[VoteReason | None]
    remark: Mapped[str | None]
    remark_event: Mapped[str | None]


class UnansweredRow(Model):
    """A question that met silence; `folded` is the SHA-256 of its folded form."""

    __tablename__ = "unanswered"

    platform: Mapped[str] = mapped_column(primary_key=True)
    space: Mapped[str] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str]
    count: Mapped[int] = mapped_column("times")
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class NearestChoiceRow(Model):
    """The number of times the excerpt `reply_id` was chosen where a listed question met silence."""

    __tablename__ = "nearest_choices"
    __table_args__ = (
        ForeignKeyConstraint(
            ("platform", "space", "folded"),
            ("unanswered.platform", "unanswered.space", "unanswered.folded"),
            ondelete="CASCADE",
        ),
    )

    platform: Mapped[str] = mapped_column(primary_key=True)
    space: Mapped[str] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(primary_key=True)
    reply_id: Mapped[str] = mapped_column(
        ForeignKey("replies.reply_id"), primary_key=True, index=True
    )
    count: Mapped[int] = mapped_column("times")


class AuditRow(Model):
    """One line of the audit log."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    platform: Mapped[str]
    space: Mapped[str]
    actor: Mapped[str]
    action: Mapped[str]
    detail: Mapped[str]
    outcome: Mapped[str]


class PinChangeRow(Model):
    """A change of a pin, until it is undone or too old."""

    __tablename__ = "pin_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    platform: Mapped[str]
    space: Mapped[str]
    actor: Mapped[str]
    key: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]


class PinOfferRow(Model):
    """Words that a curator was offered to pin, by the key that the button carries."""

    __tablename__ = "pin_offers"

    key: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str]
    document: Mapped[str]
    quote: Mapped[str]
    place: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class ValueRow(Model):
    """A small value by its key."""

    __tablename__ = "kept_values"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class ChoiceRow(Model):
    """The choice of a judge for a question, by a hash of question, corpus and judge."""

    __tablename__ = "choices"

    key: Mapped[str] = mapped_column(primary_key=True)
    choice: Mapped[str]
    used_at: Mapped[datetime] = mapped_column(index=True)


class AccessTokenRow(Model):
    """A token of a program that asks by HTTP; `digest` is the SHA-256 of its secret."""

    __tablename__ = "access_tokens"

    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    collections: Mapped[frozenset[str] | None]
    right: Mapped[TokenRight]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


class JobRow(Model):
    """An accepted chat event; once finished, only its id is kept."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("platform", "event"), Index(None, "platform", "finished"))

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str]
    room: Mapped[str]
    event: Mapped[str]
    person: Mapped[str]
    payload: Mapped[str]
    at: Mapped[datetime]
    finished: Mapped[bool]
