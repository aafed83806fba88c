"""Replies given of late: the same again for the same words, and no more kept than may be."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.cache import ReplyCache
from bot.core.corpus import Corpus
from bot.core.errors import BusyError
from bot.core.passages import PassageTable
from bot.core.replies import Answer, Reply, Silence
from bot.ingest.loader import Loader
from bot.retrieval.answer.searcher import AnswerOptions, Searcher

ROOT = Path(__file__).resolve().parents[2]
OPEN = frozenset({"open"})
NOTHING = Corpus((), PassageTable.of(()))


def silence(question: str) -> Silence:
    return Silence(question, "revision", 1, missing_terms=("who",))


class Maker:
    """Makes replies, and counts."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, question: str) -> Callable[[], Awaitable[Reply]]:
        async def make() -> Reply:
            self.made.append(question)
            await asyncio.sleep(0)
            return silence(question)

        return make


async def test_who_asks_the_same_has_the_same_reply_made_once() -> None:
    recent, maker = ReplyCache(NOTHING), Maker()
    replies = await asyncio.gather(
        *(recent.reply("who", None, maker("who")) for _ in range(5)),
        recent.reply("Who", None, maker("Who")),
        recent.reply("who", OPEN, maker("who in open")),
        recent.reply("who", frozenset(), maker("who in nothing")),
    )
    assert replies[:6] == [*([silence("who")] * 5), silence("Who")]
    made = ["who", "Who", "who in open", "who in nothing"]
    assert maker.made == made
    assert await recent.reply("who", None, maker("who")) == replies[0]
    assert maker.made == made


async def test_what_is_kept_is_the_very_reply_and_no_object_more() -> None:
    searcher = Searcher(Loader(ROOT / "corpus").load()[0], AnswerOptions())
    recent = ReplyCache(searcher.corpus)
    lines = (ROOT / "tests/data/bundled_questions.jsonl").read_text("utf-8").splitlines()
    questions = [*(json.loads(line)["question"] for line in lines), "\ud83d\ude00 who \udfff"]

    async def never() -> Reply:
        raise AssertionError("it is kept")

    async def make(question: str) -> Reply:
        return searcher.reply(question)

    async def asked() -> None:
        for question in questions:
            await recent.reply(question, None, partial(make, question))

    await asked()
    gc.collect()
    before = len(gc.get_objects())
    questions += [f"{question} {number}" for question in questions for number in range(3)]
    await asked()
    assert len(recent) == len(set(questions))
    gc.collect()
    assert len(gc.get_objects()) - before < 20
    for question in questions:
        kept, made = await recent.reply(question, None, never), searcher.reply(question)
        assert kept == made
        assert kept.id == made.id
        if isinstance(kept, Answer) and isinstance(made, Answer):
            assert [e.quote for e in kept.excerpts] == [e.quote for e in made.excerpts]
            assert [e.score for e in kept.further] == [e.score for e in made.further]


async def test_where_one_gives_up_or_fails_the_next_tries() -> None:
    recent, maker = ReplyCache(NOTHING), Maker()

    async def forever() -> Reply:
        await asyncio.Event().wait()
        return silence("never")

    async def busy() -> Reply:
        await asyncio.sleep(0)
        raise BusyError("no")

    first = asyncio.create_task(recent.reply("who", None, forever))
    second = asyncio.create_task(recent.reply("who", None, busy))
    third = asyncio.create_task(recent.reply("who", None, maker("who")))
    await asyncio.sleep(0)
    assert recent.knows("who", None)
    first.cancel()
    with pytest.raises(BusyError):
        await second
    assert await third == silence("who")
    assert first.cancelled()


async def test_who_waits_for_another_and_gives_up_takes_nothing_from_them() -> None:
    recent, go_on = ReplyCache(NOTHING), asyncio.Event()

    async def make() -> Reply:
        await go_on.wait()
        return silence("who")

    first = asyncio.create_task(recent.reply("who", None, make))
    second = asyncio.create_task(recent.reply("who", None, make))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait({second})
    go_on.set()
    assert await first == silence("who")


@given(st.lists(st.text(max_size=12), max_size=40), st.integers(300, 3_000))
def test_no_more_is_kept_than_may_be_and_the_newest_stay(questions: list[str], most: int) -> None:
    async def asked() -> None:
        recent, maker = ReplyCache(NOTHING, most), Maker()
        newest: dict[str, None] = {}
        for question in questions:
            reply = await recent.reply(question, None, maker(question))
            assert reply == silence(question)
            newest.pop(question, None)
            newest[question] = None
        kept = [question for question in newest if recent.knows(question, None)]
        assert len(kept) == len(recent)
        # What is kept was asked later than all that is not.
        assert kept == list(newest)[len(newest) - len(kept) :]
        # Each takes 290 here; one more would be too much.
        assert len(kept) == min(len(newest), most // 290)

    asyncio.run(asked())
