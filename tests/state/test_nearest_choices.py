"""Choices below silence: counted by question and excerpt, without the person."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.documents import Span
from bot.state.records import ChosenNearest, ReplyKind, SavedExcerpt, SavedReply, Verdict, Vote
from bot.state.store import Store
from tests.state.builders import START, excerpt, later, reply

QUESTION = "Who fixes the roof?"
PLACE = ("discord", "space")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path) as opened:
        yield opened


def chosen(reply_id: str, quoted: SavedExcerpt) -> SavedReply:
    return replace(reply(reply_id), kind=ReplyKind.NEAREST, excerpts=(quoted,))


async def silent(store: Store, silence: str, question: str = QUESTION, *, listed: bool) -> None:
    """A silence about a question, which is listed for curators or was asked in private."""
    made = replace(reply(silence), kind=ReplyKind.SILENCE, shown=0)
    await store.answers.save_reply(made, START, question)
    if listed:
        await store.unanswered.count(*PLACE, question, START)


async def choose(
    store: Store, silence: str, quoted: SavedExcerpt, name: str, at: datetime = START
) -> None:
    await store.answers.save_reply(chosen(name, quoted), at)
    await store.nearest.count(*PLACE, silence, name)


async def test_the_most_chosen_come_first_with_the_votes_on_them(store: Store) -> None:
    await silent(store, "aa", listed=True)
    roof, gate = excerpt("The roof is mended."), excerpt("The gate is shut.")
    for quoted, name in ((roof, "aa01"), (gate, "aa02"), (gate, "aa02")):
        await choose(store, "aa", quoted, name)
    await store.feedback.press(Vote("discord", "ann", "aa02", Verdict.UP, START))
    await store.feedback.press(Vote("discord", "ben", "aa02", Verdict.DOWN, START))
    await store.feedback.press(Vote("discord", "ben", "aa", Verdict.UP, START))
    expected = (ChosenNearest(gate, 2, 1, 1), ChosenNearest(roof, 1, 0, 0))
    assert await store.nearest.chosen(*PLACE, "who fixes  the ROOF?!") == expected
    assert await store.nearest.chosen("discord", "elsewhere", QUESTION) == ()
    assert await store.nearest.chosen(*PLACE, "Who fixes the gate?") == ()


async def test_an_excerpt_of_two_silences_to_one_question_is_one(store: Store) -> None:
    await silent(store, "aa", listed=True)
    await silent(store, "bb", "who fixes the roof", listed=True)
    before, now = excerpt("The roof."), replace(excerpt("The roof."), passage=Span(11, 91))
    await choose(store, "aa", before, "aa01")
    await choose(store, "bb", now, "bb03", later(1))
    assert await store.nearest.chosen(*PLACE, QUESTION) == (ChosenNearest(now, 2, 0, 0),)


async def test_what_is_chosen_for_a_question_that_is_not_listed_is_not_counted(
    store: Store,
) -> None:
    await silent(store, "aa", listed=False)
    await choose(store, "aa", excerpt(), "aa01")
    await store.nearest.count(*PLACE, "lost", "aa01")
    await store.unanswered.count(*PLACE, QUESTION, START)
    assert await store.nearest.chosen(*PLACE, QUESTION) == ()
    # Somebody asked it for all to see meanwhile.
    await choose(store, "aa", excerpt(), "aa01")
    assert len(await store.nearest.chosen(*PLACE, QUESTION)) == 1


async def test_a_choice_is_kept_as_long_as_its_question(store: Store) -> None:
    await silent(store, "aa", listed=True)
    await choose(store, "aa", excerpt(), "aa01")
    days = {"answers_days": 5, "unanswered_days": 20, "audit_days": 5}
    assert (await store.retention.prune(later(10), **days))["replies"] == 1
    assert len(await store.nearest.chosen(*PLACE, QUESTION)) == 1
    assert (await store.retention.prune(later(30), **days))["unanswered"] == 1
    assert await store.nearest.chosen(*PLACE, QUESTION) == ()
    assert (await store.retention.prune(later(31), **days))["replies"] == 1
    assert await store.answers.reply("aa01") is None


async def test_a_question_that_names_a_forgotten_person_takes_its_choices_along(
    store: Store,
) -> None:
    asked = "Who is <@40042424242>?"
    await silent(store, "aa", asked, listed=True)
    await choose(store, "aa", excerpt(), "aa01")
    assert await store.retention.forget("discord", "40042424242")
    assert await store.nearest.chosen(*PLACE, asked) == ()
