"""What each part of the store promises to whoever uses it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.errors import StateError
from bot.state.records import AuditEntry, Mode, PinChange, Post, ReplyCounts, RoomSettings, Verdict
from bot.state.store import Store
from tests.state.builders import START, later, post, reply, vote


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path) as opened:
        yield opened


async def of_question(store: Store, message: str = "q1") -> Post | None:
    return await store.answers.post_of_question("discord", "room", message)


async def of_reply(store: Store, message: str) -> Post | None:
    return await store.answers.post_of_reply("discord", "room", message)


def traces(folder: Path, person: str, namesake: str) -> set[str]:
    """The files whose bytes hold the person's id, but as part of the namesake's."""
    return {
        file.name
        for file in folder.iterdir()
        if person.encode() in file.read_bytes().replace(namesake.encode(), b"")
    }


async def test_a_room_and_its_space_are_set_apart_from_each_other(store: Store) -> None:
    await store.rooms.set_mode("discord", "space", None, Mode.MENTIONS)
    await store.rooms.set_collections("discord", "space", "room", frozenset())
    assert await store.rooms.of_space("discord", "space") == (
        RoomSettings("discord", "space", None, None, Mode.MENTIONS),
        RoomSettings("discord", "space", "room", frozenset(), None),
    )
    assert await store.rooms.of_space("matrix", "space") == ()
    assert await store.rooms.clear("discord", "space", "room")
    assert not await store.rooms.clear("discord", "space", "room")
    await store.rooms.set_mode("discord", "space", None, None)
    assert await store.rooms.of_space("discord", "space") == ()


async def test_the_same_reply_saved_again_changes_only_when_it_was_used(store: Store) -> None:
    await store.answers.save_reply(reply(), START)
    await store.answers.save_reply(replace(reply(excerpts=1), revision="other"), later(20))
    assert await store.answers.reply(reply().reply_id) == reply()
    kept = await store.retention.prune(
        later(21), answers_days=10, unanswered_days=10, audit_days=10
    )
    assert not any(kept.values())
    assert await store.answers.reply("unknown") is None


async def test_a_post_needs_its_reply(store: Store) -> None:
    with pytest.raises(StateError, match="save the reply first"):
        await store.answers.save_post(post())
    assert await of_question(store) is None


async def test_a_message_is_of_one_post_only(store: Store) -> None:
    await store.answers.save_reply(reply(), START)
    await store.answers.save_post(post())
    await store.answers.save_post(post("q2", ("r9",)))
    newer = post("q1", ("r3",), at=later(1))
    await store.answers.save_post(newer)
    assert await of_question(store) == newer
    assert await of_reply(store, "r1") is None
    assert await of_reply(store, "r9") == post("q2", ("r9",))
    by_command = post(None, ("r9", "r10"))
    await store.answers.save_post(by_command)
    assert await of_question(store, "q2") is None
    assert await of_reply(store, "r10") == by_command


async def test_a_deleted_post_is_returned_and_its_reply_stays(store: Store) -> None:
    await store.answers.save_reply(reply(), START)
    await store.answers.save_post(post())
    with pytest.raises(StateError, match="save the reply first"):
        await store.answers.save_post(post(reply_id="unknown"))
    assert await of_question(store) == post()
    assert await store.answers.delete_post("discord", "room", "r2") == post()
    assert await store.answers.delete_post("discord", "room", "r2") is None
    assert await of_question(store) is None
    assert await store.answers.reply(reply().reply_id) == reply()


async def test_questions_without_an_answer_are_counted_however_typed(store: Store) -> None:
    typed = ("Who  led the\nsiege?", "who led the siege ?!", "WHO LED THE SIEGE")
    for days, question in enumerate(typed):
        await store.unanswered.count("discord", "space", question, later(days))
    await store.unanswered.count("discord", "space", "Why?", later(8))
    await store.unanswered.count("discord", "other", "Why not?", later(9))
    most, recent, last = await store.unanswered.most_asked(10)
    assert (most.question, most.count) == (typed[0], 3)
    assert (recent.question, last.question) == ("Why not?", "Why?")
    assert await store.unanswered.most_asked(1) == (most,)
    assert await store.unanswered.most_asked(5, "discord", "other") == (recent,)


async def test_audit_entries_are_listed_newest_first(store: Store) -> None:
    entries = [
        AuditEntry(later(days), "discord", space, "ann", "reload", "", "done")
        for days, space in ((2, "a"), (0, "b"), (1, "a"))
    ]
    for entry in entries:
        await store.audit.add(entry)
    assert await store.audit.newest(2) == (entries[0], entries[2])


async def test_an_event_is_taken_once_also_after_it_was_finished(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        assert await store.jobs.take("discord", "room", "2", '{"n": 2}', START, person="ann")
        assert await store.jobs.take("discord", "room", "1", "{}", later(1))
        assert not await store.jobs.take("discord", "room", "2", "{}", later(2))
        assert await store.jobs.take("matrix", "room", "2", "{}", START)
    async with await Store.open(tmp_path) as store:
        assert [job.event for job in await store.jobs.pending("discord")] == ["2", "1"]
        await store.jobs.finish("discord", "2")
        assert not await store.jobs.take("discord", "room", "2", "{}", later(3))
        assert [job.event for job in await store.jobs.pending("discord")] == ["1"]
        await store.jobs.prune(later(9))
        assert [job.event for job in await store.jobs.pending("discord")] == ["1"]
        assert await store.jobs.take("discord", "room", "2", "{}", later(10))


async def test_a_forgotten_person_is_in_no_file_any_more(tmp_path: Path) -> None:
    person, namesake = "40042424242", "400424242423"
    async with await Store.open(tmp_path) as store:
        asked = replace(reply(), question=f"Did <@{person}> say so?")
        await store.answers.save_reply(asked, START)
        await store.answers.save_post(post(asker=person))
        await store.answers.save_post(post("q2", ("r8",), asker=namesake))
        await store.feedback.press(vote(person, Verdict.UP, asked.reply_id))
        await store.feedback.press(vote("@other:example.org", Verdict.UP, platform="matrix"))
        await store.unanswered.count("discord", "space", f"Who is <@{person}>?", START)
        await store.unanswered.count("discord", "space", "Who came next?", START)
        entry = AuditEntry(START, "discord", "space", person, "ban", f"user {person}", "done")
        await store.audit.add(entry)
        change = PinChange(START, "discord", "space", person, "key", None, "[]")
        await store.pin_changes.add(change)
        of_them = f'["Who is <@{person}>?"]'
        await store.pin_changes.add(replace(change, actor="ann", before=of_them, after=of_them))
        await store.jobs.take("discord", "room", "e", f'{{"by": "{person}"}}', START, person)
        assert traces(tmp_path, person, namesake)
        assert await store.retention.forget("matrix", "nobody") == 0
        assert await store.retention.forget("discord", "") == 0
        assert await store.retention.forget("discord", person) == 9
        assert not traces(tmp_path, person, namesake)
        assert await of_question(store) == post(asker="")
        assert await of_question(store, "q2") == post("q2", ("r8",), asker=namesake)
        assert await store.feedback.totals() == ReplyCounts(up=1, down=0)
        assert await store.audit.newest(9) == (replace(entry, actor="", detail="user …"),)
        assert await store.pin_changes.newest(9) == (replace(change, actor=""),)
        assert [each.question for each in await store.unanswered.most_asked(9)] == [
            "Who came next?"
        ]
        assert await store.answers.reply(asked.reply_id) == reply()
        assert await store.jobs.pending("discord") == ()
        assert not await store.jobs.take("discord", "room", "e", "{}", START)


async def test_what_is_too_old_goes_and_the_rest_stays(store: Store) -> None:
    await store.answers.save_reply(reply("old"), START)
    await store.answers.save_post(post("q1", ("r1",), reply_id="old"))
    await store.answers.save_reply(reply("new"), START)
    await store.answers.save_post(post("q2", ("r2",), reply_id="new", at=later(25)))
    await store.feedback.press(vote("ann", Verdict.UP, "old"))
    await store.unanswered.count("discord", "space", "Old?", START)
    await store.unanswered.count("discord", "space", "New?", later(25))
    entry = AuditEntry(START, "discord", "space", "ann", "reload", "", "done")
    await store.audit.add(entry)
    assert await store.retention.prune(
        later(30), answers_days=10, unanswered_days=10, audit_days=10
    ) == {
        "posts": 1,
        "replies": 1,
        "feedback": 1,
        "choices": 0,
        "pin_offers": 0,
        "unanswered": 1,
        "audit": 1,
        "pin_changes": 0,
    }
    assert await store.answers.reply("old") is None
    assert await of_reply(store, "r1") is None
    assert await store.answers.reply("new") == reply("new")
    assert await of_question(store, "q2") is not None
    assert [kept.question for kept in await store.unanswered.most_asked(9)] == ["New?"]


async def test_a_choice_stays_until_it_is_replaced_or_too_old(store: Store) -> None:
    await store.choices.keep_choice("key", "first")
    await store.choices.keep_choice("key", "second")
    assert await store.choices.choice("key") == "second"
    assert await store.choices.choice("other") is None
    days = {"answers_days": 90, "unanswered_days": 90, "audit_days": 90}
    now = datetime.now(UTC)
    assert (await store.retention.prune(now + timedelta(days=89), **days))["choices"] == 0
    assert (await store.retention.prune(now + timedelta(days=91), **days))["choices"] == 1
    assert await store.choices.choice("key") is None
