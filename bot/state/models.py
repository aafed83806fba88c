"""The tables (SQLAlchemy models). Each change needs a migration; a test compares the two."""

from datetime import datetime
from operator import attrgetter

from sqlalchemy import ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, composite, mapped_column

from bot.core.documents import Span
from bot.state import columns
from bot.state.columns import StoredText
from bot.state.records import Mode, ReplyKind, Verdict

_value = attrgetter("value")


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
        str: StoredText(columns.escaped, columns.unescaped),
        datetime: StoredText(columns.in_utc, datetime.fromisoformat),
        frozenset[str]: StoredText(columns.names_as_json, columns.names_of_json),
        tuple[Span, ...]: StoredText(columns.spans_as_json, columns.spans_of_json),
        Mode: StoredText(_value, Mode),
        ReplyKind: StoredText(_value, ReplyKind),
        Verdict: StoredText(_value, Verdict),
    }


class RoomRow(Model):
    """Settings of a room; `room` is empty for the default of its space."""

    __tablename__ = "rooms"

    platform: Mapped[str] = mapped_column(primary_key=True)
    space: Mapped[str] = mapped_column(primary_key=True)
    room: Mapped[str] = mapped_column(primary_key=True)
    collections: Mapped[frozenset[str] | None]
    mode: Mapped[Mode | None]


class ReplyRow(Model):
    """A saved reply, without its excerpts."""

    __tablename__ = "replies"

    reply_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[str]
    kind: Mapped[ReplyKind]
    question: Mapped[str | None]
    shown: Mapped[int]
    scope: Mapped[frozenset[str] | None]
    used_at: Mapped[datetime] = mapped_column(index=True)


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
    """The verdict of one person on one reply; the reply itself may be deleted already."""

    __tablename__ = "feedback"

    platform: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    reply_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    verdict: Mapped[Verdict]
    at: Mapped[datetime]


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


class ValueRow(Model):
    """A small value by its key."""

    __tablename__ = "kept_values"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


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
