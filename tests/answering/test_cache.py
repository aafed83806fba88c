"""The reply cache: the same reply for the same words, computed once, within its size."""

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.cache import Compute, ReplyCache
from bot.answering.reload import CorpusReloader
from bot.answering.service import AnsweringService
from bot.core.errors import CorpusError
from bot.core.replies import Answer, Reply, Silence
from tests.harness.index_jobs import build_job

ROOT = Path(__file__).resolve().parents[2]
OPEN = frozenset({"open"})


def silence(question: str) -> Silence:
    return Silence(question, "revision", 1, missing_terms=("who",))


class Maker:
    """Makes replies, and counts."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, question: str, *, stays: bool = True) -> Compute:
        async def make() -> tuple[Reply, bool]:
            self.made.append(question)
            await asyncio.sleep(0)
            return silence(question), stays

        return make


async def test_who_asks_the_same_has_the_same_reply_made_once() -> None:
    cache, maker = ReplyCache(), Maker()
    replies = await asyncio.gather(
        *(cache.reply("who", None, maker("who")) for _ in range(5)),
        cache.reply("Who", None, maker("Who")),
        cache.reply("who", OPEN, maker("who in open")),
        cache.reply("who", frozenset(), maker("who in nothing")),
    )
    assert replies[:6] == [*([silence("who")] * 5), silence("Who")]
    computed = ["who", "Who", "who in open", "who in nothing"]
    assert maker.made == computed
    assert await cache.reply("who", None, maker("who")) == replies[0]
    assert maker.made == computed


async def test_a_cached_reply_is_the_computed_one(tmp_path: Path) -> None:
    answering = AnsweringService(
        CorpusReloader(build_job(ROOT / "corpus", store=tmp_path / "index"))
    )
    await answering.reload()
    cache = ReplyCache()
    lines = (ROOT / "tests/data/bundled_questions.jsonl").read_text("utf-8").splitlines()
    questions = [*(json.loads(line)["question"] for line in lines), "\ud83d\ude00 who \udfff"]

    async def never() -> tuple[Reply, bool]:
        raise AssertionError("it is cached")

    async def compute(question: str) -> tuple[Reply, bool]:
        return answering.searcher().reply(question), True

    for question in questions:
        computed = await cache.reply(question, None, partial(compute, question))
        cached = await cache.reply(question, None, never)
        assert cached == computed
        assert cached.id == computed.id
        if isinstance(cached, Answer) and isinstance(computed, Answer):
            assert [e.quote for e in cached.excerpts] == [e.quote for e in computed.excerpts]
            assert [e.score for e in cached.further] == [e.score for e in computed.further]


async def test_where_one_gives_up_or_fails_the_next_tries() -> None:
    cache, maker = ReplyCache(), Maker()

    async def forever() -> tuple[Reply, bool]:
        await asyncio.Event().wait()
        return silence("never"), True

    async def busy() -> tuple[Reply, bool]:
        await asyncio.sleep(0)
        raise CorpusError("no")

    first = asyncio.create_task(cache.reply("who", None, forever))
    second = asyncio.create_task(cache.reply("who", None, busy))
    third = asyncio.create_task(cache.reply("who", None, maker("who")))
    await asyncio.sleep(0)
    assert cache.knows("who", None)
    first.cancel()
    with pytest.raises(CorpusError):
        await second
    assert await third == silence("who")
    assert first.cancelled()


async def test_a_reply_that_does_not_stay_is_computed_again() -> None:
    cache, maker = ReplyCache(), Maker()
    for _ in range(2):
        assert await cache.reply("who", None, maker("who", stays=False)) == silence("who")
        assert not cache.knows("who", None)
    assert maker.made == ["who", "who"]


async def test_who_waits_for_another_and_gives_up_takes_nothing_from_them() -> None:
    cache, go_on = ReplyCache(), asyncio.Event()

    async def make() -> tuple[Reply, bool]:
        await go_on.wait()
        return silence("who"), True

    first = asyncio.create_task(cache.reply("who", None, make))
    second = asyncio.create_task(cache.reply("who", None, make))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait({second})
    go_on.set()
    assert await first == silence("who")


@given(st.lists(st.text(max_size=12), max_size=40), st.integers(1, 12))
def test_no_more_is_kept_than_may_be_and_the_newest_stay(questions: list[str], most: int) -> None:
    async def asked() -> None:
        cache, maker = ReplyCache(most), Maker()
        newest: dict[str, None] = {}
        for question in questions:
            reply = await cache.reply(question, None, maker(question))
            assert reply == silence(question)
            newest.pop(question, None)
            newest[question] = None
        cached_questions = [question for question in newest if cache.knows(question, None)]
        # What is kept was asked later than all that is not.
        assert cached_questions == list(newest)[len(newest) - len(cached_questions) :]
        assert len(cached_questions) == min(len(newest), most)

    asyncio.run(asked())
