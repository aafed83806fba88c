"""What is kept, as values: settings of rooms, replies, posts, verdicts, deeds, jobs.

Ids of platforms are strings and never empty; times are aware, and come back in UTC. A
naive time is refused with ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.core.documents import Span


class Mode(Enum):
    """Which messages of a room are questions."""

    MENTIONS = "mentions"
    EVERYTHING = "everything"
    OFF = "off"


class Verdict(Enum):
    """What a person thinks of a reply."""

    UP = "up"
    DOWN = "down"


class ReplyKind(Enum):
    """Whether a saved reply was an answer or a silence."""

    ANSWER = "answer"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What is set for a room, or as the default of a whole space (`room` None).

    None means that nothing is set; an empty set of `collections` lets nothing be seen.
    """

    platform: str
    space: str
    room: str | None = None
    collections: frozenset[str] | None = None
    mode: Mode | None = None

    def __post_init__(self) -> None:
        if self.room == "":
            raise ValueError("a room has an id; the default of a space has None")


@dataclass(frozen=True, slots=True)
class SavedExcerpt:
    """An excerpt as it was quoted; `document` is the path, spans are those of its text."""

    document: str
    collection: str
    document_revision: str
    title: str
    url: str | None
    passage: Span
    parts: tuple[Span, ...]
    quote: str

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a saved excerpt has at least one part")


@dataclass(frozen=True, slots=True)
class SavedReply:
    """A reply by its id: the first `shown` of `excerpts` were shown, the others are further.

    A silence shows none; its one excerpt, if any, is the nearest. `question` is None
    unless the operator wants questions kept; `scope` None is the whole corpus.
    """

    reply_id: str
    revision: str
    kind: ReplyKind
    question: str | None
    shown: int
    excerpts: tuple[SavedExcerpt, ...]
    scope: frozenset[str] | None = None

    def __post_init__(self) -> None:
        least = 1 if self.kind is ReplyKind.ANSWER else 0
        if not least <= self.shown <= len(self.excerpts):
            raise ValueError("an answer shows excerpts, and none that it does not have")


@dataclass(frozen=True, slots=True)
class Post:
    """Where a reply was posted, and to whom.

    `question_message` is None where the question was no message (a slash command);
    `asker` is empty once that person is forgotten.
    """

    platform: str
    space: str
    room: str
    question_message: str | None
    reply_messages: tuple[str, ...]
    asker: str
    reply_id: str
    at: datetime

    def __post_init__(self) -> None:
        if len(set(self.reply_messages)) != len(self.reply_messages):
            raise ValueError("each message of a post is named once")


@dataclass(frozen=True, slots=True)
class ReplyCounts:
    """How many people found a reply good, and how many did not."""

    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that met silence, as it was typed first, and how often; never by whom."""

    platform: str
    space: str
    question: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What a curator or operator did; `actor` is empty once that person is forgotten."""

    at: datetime
    platform: str
    space: str
    actor: str
    action: str
    detail: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Job:
    """An event that was taken and waits to be finished; `payload` is the caller's JSON."""

    platform: str
    room: str
    event: str
    payload: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of each kind were too old and are gone."""

    posts: int = 0
    replies: int = 0
    feedback: int = 0
    unanswered: int = 0
    deeds: int = 0
