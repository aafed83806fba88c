"""Whatever goes in comes out as it was, however hostile the text."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.documents import Span
from bot.core.pins import folded_question
from bot.state.models import escaped, unescaped
from bot.state.records import (
    AuditEntry,
    Job,
    Mode,
    Post,
    ReplyDetails,
    ReplyKind,
    RoomSettings,
    SavedDifference,
    SavedExcerpt,
    SavedReply,
)
from bot.state.store import Store
from tests.state.builders import HOSTILE, START, ids, later, post, reply, texts, times

FEW = settings(max_examples=20)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path) as opened:
        yield opened


def with_store(work: Callable[[Store], Awaitable[None]]) -> None:
    """Run `work` on a fresh file: Hypothesis knows no asynchronous tests."""

    async def run() -> None:
        with TemporaryDirectory() as folder:
            async with await Store.open(Path(folder)) as store:
                await work(store)

    asyncio.run(run())


spans = st.tuples(st.integers(0, 2**40), st.integers(1, 10**6)).map(
    lambda pair: Span(pair[0], pair[0] + pair[1])
)
excerpts = st.builds(
    SavedExcerpt,
    document=texts,
    collection=texts,
    document_revision=texts,
    title=texts,
    url=st.none() | texts,
    passage=spans,
    parts=st.lists(spans, min_size=1, max_size=3).map(tuple),
    quote=texts,
    sentence=st.none() | spans,
)
scopes = st.none() | st.frozensets(texts, max_size=3)


few_texts = st.lists(texts, max_size=2).map(tuple)
details = st.builds(
    ReplyDetails,
    is_sure=st.booleans(),
    differences=st.lists(
        st.builds(
            SavedDifference,
            kind=texts,
            figures=st.lists(st.tuples(st.integers(), texts), max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    readings=st.lists(st.tuples(texts, few_texts), max_size=2).map(tuple),
    missing_terms=few_texts,
)


@st.composite
def replies(draw: st.DrawFn) -> SavedReply:
    kind = draw(st.sampled_from(ReplyKind))
    least = 0 if kind is ReplyKind.SILENCE else 1
    held = draw(st.lists(excerpts, min_size=least, max_size=3).map(tuple))
    shown = draw(st.integers(least, len(held)))
    question = draw(st.none() | texts)
    told = draw(st.none() | details)
    return SavedReply(draw(ids), draw(texts), kind, question, shown, held, draw(scopes), told)


@given(texts)
def test_any_text_can_be_escaped_and_unescaped(text: str) -> None:
    kept = escaped(text)
    kept.encode()
    assert "\0" not in kept
    assert unescaped(kept) == text


@given(replies())
@FEW
def test_a_reply_comes_back_as_it_was(saved: SavedReply) -> None:
    async def work(store: Store) -> None:
        await store.answers.save_reply(saved, START)
        assert await store.answers.reply(saved.reply_id) == saved

    with_store(work)


@given(
    st.builds(
        Post,
        platform=texts,
        space=texts,
        room=texts,
        question_message=st.none() | ids,
        reply_messages=st.lists(ids, max_size=3, unique=True).map(tuple),
        asker=texts,
        reply_id=st.just(reply().reply_id),
        at=times,
    )
)
@FEW
def test_a_post_is_found_by_each_of_its_messages(saved: Post) -> None:
    async def work(store: Store) -> None:
        await store.answers.save_reply(reply(), START)
        await store.answers.save_post(saved)
        for message in saved.reply_messages:
            result = await store.answers.post_of_reply(saved.platform, saved.room, message)
            assert result == saved
        if saved.question_message is not None:
            result = await store.answers.post_of_question(
                saved.platform, saved.room, saved.question_message
            )
            assert result == saved

    with_store(work)


@given(texts, texts, st.none() | ids, scopes, st.none() | st.sampled_from(Mode), times)
@FEW
def test_settings_audit_entries_values_and_jobs_come_back_as_they_were(
    platform: str,
    text: str,
    room: str | None,
    collections: frozenset[str] | None,
    mode: Mode | None,
    at: datetime,
) -> None:
    async def work(store: Store) -> None:
        await store.rooms.set_collections(platform, text, room, collections)
        await store.rooms.set_mode(platform, text, room, mode)
        wanted = RoomSettings(platform, text, room, collections, mode)
        listed = await store.rooms.of_space(platform, text)
        assert listed == (() if collections is None and mode is None else (wanted,))
        entry = AuditEntry(at, platform, text, text, text, text, text)
        await store.audit.add(entry)
        assert await store.audit.newest(5) == (entry,)
        await store.values.set(text, platform)
        assert await store.values.get(text) == platform
        assert await store.jobs.take(platform, text, text, text, at)
        assert await store.jobs.pending(platform) == (Job(platform, text, text, text, at),)
        await store.unanswered.count(platform, text, text, at)
        (question,) = await store.unanswered.most_asked(5)
        assert (question.question, question.count) == (text, 1)

    with_store(work)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
async def test_hostile_text_is_told_apart_and_kept_across_a_restart(
    tmp_path: Path, text: str
) -> None:
    async with await Store.open(tmp_path) as store:
        await store.values.set(text, text)
        await store.values.set(text + "!", "another")
    async with await Store.open(tmp_path) as store:
        assert await store.values.get(text) == text
        await store.values.delete(text)
        assert await store.values.get(text) is None
        assert await store.values.get(text + "!") == "another"


async def test_times_come_back_in_utc_and_one_without_a_zone_is_refused(store: Store) -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    entry = AuditEntry(START.astimezone(east), "discord", "space", "a", "reload", "", "done")
    await store.audit.add(entry)
    (kept,) = await store.audit.newest(1)
    assert kept.at == START
    assert kept.at.tzinfo is UTC
    naive = START.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        await store.jobs.take("discord", "room", "event", "{}", naive)
    with pytest.raises(ValueError, match="time zone"):
        await store.answers.save_reply(reply(), naive)
    assert await store.jobs.pending("discord") == ()
    assert await store.answers.reply(reply().reply_id) is None


@given(texts)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded_question(folded_question(text)) == folded_question(text)


def test_a_record_that_contradicts_itself_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="shows excerpts"):
        SavedReply("id", "rev", ReplyKind.ANSWER, None, 0, ())
    with pytest.raises(ValueError, match="once"):
        post(replies=("r1", "r1"))
    with pytest.raises(ValueError, match="default"):
        RoomSettings("discord", "space", "")
    assert later(1) > START
