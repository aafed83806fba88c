"""Replies, posts and texts for the tests of what is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.core.documents import Span
from bot.state.records import Post, ReplyKind, SavedExcerpt, SavedReply, Verdict, Vote

START = datetime(2026, 3, 1, 12, tzinfo=UTC)

HOSTILE = (
    "\ud800 alone",
    "pair of halves \ud83d\ude00",
    "zero\0inside",
    "\ufdd0d800 \ufdd0",
    "🏳️‍🌈 \u202eright to left\u2069",
    "'; DROP TABLE posts; --",
    "%s ? :name {x}",
    "\r\n\t ",
    "x" * 100_000,
)

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(), max_size=40),
    st.text(st.sampled_from("\0\ud800\udfff\ufdd0\ufdd1d8f0'\"?é"), max_size=12),
)
ids = texts.filter(bool)
times = st.datetimes(
    min_value=datetime(1000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.sampled_from([UTC]),
)


def later(days: float) -> datetime:
    return START + timedelta(days=days)


def vote(
    person: str,
    verdict: Verdict,
    reply_id: str = "one",
    *,
    platform: str = "discord",
    at: datetime = START,
    **others: Any,
) -> Vote:
    return Vote(platform, person, reply_id, verdict, at, **others)


def excerpt(quote: str = "Words of the document.", *parts: Span) -> SavedExcerpt:
    return SavedExcerpt(
        document="press/report.md",
        collection="press",
        document_revision="ab" * 32,
        title="A report",
        url="https://example.org/report",
        passage=Span(10, 90),
        parts=parts or (Span(12, 34), Span(40, 60)),
        quote=quote,
    )


def reply(reply_id: str = "0123456789abcdef", excerpts: int = 3) -> SavedReply:
    return SavedReply(
        reply_id=reply_id,
        revision="cd" * 32,
        kind=ReplyKind.ANSWER,
        question=None,
        shown=1,
        excerpts=tuple(excerpt(f"Quote {number} of {reply_id}.") for number in range(excerpts)),
        scope=frozenset({"press", "laws"}),
    )


def post(
    question: str | None = "q1",
    replies: tuple[str, ...] = ("r1", "r2"),
    *,
    reply_id: str = "0123456789abcdef",
    asker: str = "person-one",
    at: datetime = START,
) -> Post:
    return Post("discord", "space", "room", question, replies, asker, reply_id, at)
