"""Votes with their reasons: given, changed, withdrawn, listed by reply, forgotten."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.state.records import ReplyCounts, ReplyDetails, Verdict, VoteReason
from bot.state.store import Store
from tests.state.builders import START, later, reply, vote

DOWN, UP = Verdict.DOWN, Verdict.UP
ANN = ("discord", "ann", "one")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path) as opened:
        yield opened


async def test_a_verdict_is_given_changed_and_withdrawn(store: Store) -> None:
    async def press(person: str, verdict: Verdict, reply_id: str = "one") -> Verdict | None:
        return await store.feedback.press(vote(person, verdict, reply_id))

    assert await press("ann", UP) is UP
    assert await press("bob", UP) is UP
    assert await press("ann", DOWN) is DOWN
    assert await store.feedback.totals() == ReplyCounts(up=1, down=1)
    assert await press("ann", UP, "two") is UP
    assert await store.feedback.totals() == ReplyCounts(up=2, down=1)
    assert await press("bob", UP) is None
    assert await store.feedback.totals() == ReplyCounts(up=1, down=1)


async def test_reason_and_remark_go_with_the_vote(store: Store) -> None:
    assert not await store.feedback.explain(*ANN, reason=VoteReason.OUTDATED)
    await store.feedback.press(vote("ann", UP))
    assert not await store.feedback.explain(*ANN, reason=VoteReason.OUTDATED)
    await store.feedback.press(vote("ann", DOWN))
    assert await store.feedback.explain(*ANN, reason=VoteReason.OUTDATED)
    assert await store.feedback.explain(*ANN, remark="Of 1902.")
    (voted,) = await store.feedback.against(9)
    assert (voted.against[0].reason, voted.against[0].remark) == (VoteReason.OUTDATED, "Of 1902.")
    await store.feedback.give(vote("ann", UP))
    assert await store.feedback.against(9) == ()
    await store.feedback.give(vote("ann", DOWN))
    (voted,) = await store.feedback.against(9)
    assert (voted.against[0].reason, voted.against[0].remark) == (None, None)


async def test_what_an_event_gave_goes_with_the_event(store: Store) -> None:
    await store.feedback.give(vote("ann", DOWN, event="sign"))
    await store.feedback.explain(*ANN, remark="Of 1902.", event="word")
    await store.feedback.withdraw("matrix", "word")
    await store.feedback.withdraw("discord", "word")
    (voted,) = await store.feedback.against(9)
    assert (voted.against[0].remark, voted.against[0].event) == (None, "sign")
    # A message that comes a second time, after a crash, withdraws nothing.
    assert await store.feedback.press(vote("ann", DOWN, event="sign")) is DOWN
    await store.feedback.withdraw("discord", "sign")
    assert await store.feedback.against(9) == ()


async def test_votes_are_listed_by_reply_the_newest_first_and_by_space(store: Store) -> None:
    await store.answers.save_reply(reply("one"), START)
    for days, person, verdict, of, space in (
        (1, "ann", DOWN, "one", "club"),
        (2, "bob", DOWN, "two", "club"),
        (3, "cem", DOWN, "one", "club"),
        (4, "dan", UP, "one", "club"),
        (5, "eva", UP, "three", "club"),
        (6, "fay", DOWN, "one", "other"),
    ):
        await store.feedback.press(vote(person, verdict, of, at=later(days), space=space))
    every = await store.feedback.against(9)
    assert [(each.reply_id, each.is_kept, len(each.against), each.up) for each in every] == [
        ("one", True, 3, 1),
        ("two", False, 1, 0),
    ]
    assert [each.person for each in every[0].against] == ["fay", "cem", "ann"]
    of_club = await store.feedback.against(9, "discord", "club")
    assert [[vote.person for vote in each.against] for each in of_club] == [["cem", "ann"], ["bob"]]
    assert await store.feedback.against(9, "matrix", "club") == ()
    assert [each.reply_id for each in await store.feedback.against(1)] == ["one"]
    assert await store.feedback.totals("discord", "club") == ReplyCounts(up=2, down=3)
    assert await store.feedback.last_against("discord", "club", "cem") == "one"
    assert await store.feedback.last_against("discord", "other", "cem") is None
    assert await store.feedback.is_criticised("discord", "other", "one")
    assert not await store.feedback.is_criticised("discord", "other", "two")


async def test_a_forgotten_person_leaves_neither_remark_nor_mention(store: Store) -> None:
    for person, remark in (("900001", "Mine."), ("900002", "Ask 900001."), ("900003", "Old.")):
        await store.feedback.press(vote(person, DOWN, remark=remark))
    assert await store.retention.forget("discord", "900001") == 2
    (voted,) = await store.feedback.against(9)
    assert [(each.person, each.remark) for each in voted.against] == [
        ("900002", None),
        ("900003", "Old."),
    ]


async def test_a_forgotten_person_is_in_no_word_that_is_kept_of_a_question(store: Store) -> None:
    details = ReplyDetails(
        True, 1, 2, readings=(("900001", ("900002",)),), missing_terms=("900001",)
    )
    asked = replace(reply("one"), question="Who is <@900001>?", details=details)
    await store.answers.save_reply(asked, START)
    await store.retention.forget("discord", "900001")
    saved = await store.answers.reply("one")
    assert saved is not None
    assert (saved.question, saved.details) == (None, ReplyDetails(True, 1, 2))


async def test_a_question_is_added_to_a_reply_that_was_saved_without_it(store: Store) -> None:
    await store.answers.save_reply(reply("one"), START)
    await store.answers.save_reply(replace(reply("one"), question="Who came?"), START)
    await store.answers.save_reply(reply("one"), START)
    saved = await store.answers.reply("one")
    assert saved is not None
    assert saved.question == "Who came?"
