"""Records that the repositories store and return, as frozen dataclasses.

Ids of platforms are strings and never empty. Times are aware and are returned in UTC; a
naive time is a ValueError.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import Enum
from typing import Any, Self

from bot.core.documents import Span


@dataclass(frozen=True, slots=True)
class Record:
    """Base class of the records whose fields are columns of a table."""

    @classmethod
    def of(cls, row: object, **others: Any) -> Self:
        """The record of a row; `others` are the fields that differ from its columns."""
        names = [each.name for each in fields(cls) if each.name not in others]
        return cls(**{name: getattr(row, name) for name in names}, **others)

    def columns(self, *, without: str = "") -> dict[str, Any]:
        """The fields by name, but for the one that is no column."""
        names = [each.name for each in fields(self) if each.name != without]
        return {name: getattr(self, name) for name in names}


class Mode(Enum):
    """Which messages of a room are questions."""

    MENTIONS = "mentions"
    EVERYTHING = "everything"
    FORUM = "forum"
    """As MENTIONS, and first posts of threads, which get a reply only where it is sure."""
    OFF = "off"


class Verdict(Enum):
    """A person's judgement of a reply."""

    UP = "up"
    DOWN = "down"


class VoteReason(Enum):
    """A reason why a reply did not help."""

    NO_ANSWER = "no answer"
    OUTDATED = "outdated"
    ONE_SIDED = "one-sided"
    OTHER = "other"


class ReplyKind(Enum):
    """The kind of a saved reply: an answer, a silence, or a nearest excerpt that was chosen."""

    ANSWER = "answer"
    SILENCE = "silence"
    NEAREST = "nearest"


class TokenRight(Enum):
    """The permission that an access token grants."""

    READ = "read"
    CURATE = "curate"
    """Reload the documents and see what failed, besides reading."""


@dataclass(frozen=True, slots=True)
class AccessToken(Record):
    """A token of a program, without its secret; `digest` is the SHA-256 of that in hex.

    `collections` are those that it shows, None for all; `ends_at` None is never.
    """

    name: str
    digest: str
    collections: frozenset[str] | None
    right: TokenRight
    made_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoomSettings(Record):
    """The settings of a room, or the default of a whole space (`room` None).

    None means "not set"; an empty set of `collections` hides every document. `by_curator` is
    whether a curator set them. `language` is the ISO 639-1 code of that in which the bot writes.
    `threads` is whether the reply to a question opens a thread.
    """

    platform: str
    space: str
    room: str | None = None
    collections: frozenset[str] | None = None
    mode: Mode | None = None
    language: str | None = None
    threads: bool | None = None
    by_curator: bool = False

    def __post_init__(self) -> None:
        if self.room == "":
            raise ValueError("a room has an id; the default of a space has None")


@dataclass(frozen=True, slots=True)
class SavedExcerpt(Record):
    """An excerpt as it was quoted; `document` is a path, spans are offsets into its text.

    `sentence` is None also where an earlier version saved the excerpt.
    """

    document: str
    collection: str
    document_revision: str
    title: str
    url: str | None
    passage: Span
    parts: tuple[Span, ...]
    quote: str
    sentence: Span | None = None

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a saved excerpt has at least one part")


@dataclass(frozen=True, slots=True)
class SavedDifference:
    """Figures or dates that differ, each as it is written, with the number of its excerpt."""

    kind: str
    figures: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ReplyDetails:
    """The details of a reply beside its excerpts.

    `speaking` of all `documents` had an excerpt above the threshold. `readings` are words with
    those that were searched instead. They and `missing_terms` are words of the question, so they
    are kept only with it.
    """

    is_sure: bool
    speaking: int
    documents: int
    differences: tuple[SavedDifference, ...] = ()
    readings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    missing_terms: tuple[str, ...] = ()

    def without_words(self) -> Self:
        """The same without words of the question."""
        return replace(self, readings=(), missing_terms=())


@dataclass(frozen=True, slots=True)
class SavedReply(Record):
    """A saved reply: the first `shown` of its `excerpts` were shown, the rest are further ones.

    A silence shows none; its excerpts are those that it offers as nearest. One that was chosen is
    a reply of its own, so that it can be voted on. `question` is None unless the operator keeps
    questions; `scope` None is the whole corpus. `details` is None where an earlier version saved
    the reply.
    """

    reply_id: str
    revision: str
    kind: ReplyKind
    question: str | None
    shown: int
    excerpts: tuple[SavedExcerpt, ...]
    scope: frozenset[str] | None = None
    details: ReplyDetails | None = None

    def __post_init__(self) -> None:
        least = 0 if self.kind is ReplyKind.SILENCE else 1
        if not least <= self.shown <= len(self.excerpts):
            raise ValueError("an answer shows excerpts, and none that it does not have")


@dataclass(frozen=True, slots=True)
class Post(Record):
    """A post: the messages that show a reply, their place, and the asker.

    `question_message` is None if the question was a slash command and no message;
    `asker` is empty once that person's data was deleted.
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
class AskedMessage(Record):
    """A message with a question that was answered."""

    space: str
    room: str
    message: str


@dataclass(frozen=True, slots=True)
class Vote(Record):
    """A person's verdict on a reply, with the reason and the remark of one against it, if any.

    `space` is empty where it is not known. One that `is_private` is about a reply that only the
    person sees. `event` is the reaction or message that gave it, `remark_event` the message with
    reason or remark, on a platform where taking these away withdraws them.
    """

    platform: str
    person: str
    reply_id: str
    verdict: Verdict
    at: datetime
    space: str = ""
    is_private: bool = True
    event: str | None = None
    reason: VoteReason | None = None
    remark: str | None = None
    remark_event: str | None = None


@dataclass(frozen=True, slots=True)
class VotedReply:
    """A reply that did not help somebody: the votes against it, newest first, and those for it.

    `question` and `scope` are those of the saved reply, None also where it is not kept.
    """

    reply_id: str
    is_kept: bool
    question: str | None
    scope: frozenset[str] | None
    against: tuple[Vote, ...]
    up: int


@dataclass(frozen=True, slots=True)
class ReplyCounts:
    """The number of people who judged replies good, and of those who did not."""

    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Unanswered(Record):
    """A question that met silence in a space, as it was typed first, and how often.

    Who asked is not recorded.
    """

    platform: str
    space: str
    question: str
    count: int


@dataclass(frozen=True, slots=True)
class ChosenNearest:
    """An excerpt that people chose to read where a question met silence, and how often.

    `up` and `down` are the verdicts on it; who chose is not recorded.
    """

    excerpt: SavedExcerpt
    choices: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class AuditEntry(Record):
    """An action of a curator or operator; `actor` is empty once that person's data was deleted."""

    at: datetime
    platform: str
    space: str
    actor: str
    action: str
    detail: str
    outcome: str


@dataclass(frozen=True, slots=True)
class PinChange(Record):
    """A change of a pin, to be undone; `before` and `after` are its JSON, None where it was none.

    `actor` is empty once that person's data was deleted.
    """

    at: datetime
    platform: str
    space: str
    actor: str
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class PinOffer(Record):
    """Words of a document that a curator was offered to pin to a question.

    `key` is that of its button; `place` is the text of the words' locator.
    """

    key: str
    question: str
    document: str
    quote: str
    place: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Job(Record):
    """An accepted chat event that is not finished; `payload` is JSON of the caller."""

    platform: str
    room: str
    event: str
    payload: str
    at: datetime
