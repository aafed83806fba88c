"""Replies given of late: the same object for the same words, and no more kept than may be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import BusyError
from bot.core.replies import Reply, Silence
from bot.recent import Recent

OPEN = frozenset({"open"})


def silence(question: str) -> Silence:
    return Silence(question, "revision", 1)


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
    recent, maker = Recent(), Maker()
    replies = await asyncio.gather(
        *(recent.reply((None, "who"), maker("who")) for _ in range(5)),
        recent.reply((None, "Who"), maker("Who")),
        recent.reply((OPEN, "who"), maker("who in open")),
    )
    assert len({id(reply) for reply in replies[:5]}) == 1
    assert maker.made == ["who", "Who", "who in open"]
    assert await recent.reply((None, "who"), maker("who")) is replies[0]
    assert len(maker.made) == 3


async def test_where_one_gives_up_or_fails_the_next_tries() -> None:
    recent, maker = Recent(), Maker()

    async def forever() -> Reply:
        await asyncio.Event().wait()
        return silence("never")

    async def busy() -> Reply:
        await asyncio.sleep(0)
        raise BusyError("no")

    first = asyncio.create_task(recent.reply((None, "who"), forever))
    second = asyncio.create_task(recent.reply((None, "who"), busy))
    third = asyncio.create_task(recent.reply((None, "who"), maker("who")))
    await asyncio.sleep(0)
    assert recent.knows((None, "who"))
    first.cancel()
    with pytest.raises(BusyError):
        await second
    assert await third == silence("who")
    assert first.cancelled()


async def test_who_waits_for_another_and_gives_up_takes_nothing_from_them() -> None:
    recent, go_on = Recent(), asyncio.Event()

    async def make() -> Reply:
        await go_on.wait()
        return silence("who")

    first = asyncio.create_task(recent.reply((None, "who"), make))
    second = asyncio.create_task(recent.reply((None, "who"), make))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait({second})
    go_on.set()
    assert await first == silence("who")


@given(st.lists(st.text(max_size=12), max_size=40), st.integers(1, 6), st.integers(1, 40))
def test_no_more_is_kept_than_may_be_and_the_newest_stay(
    questions: list[str], most: int, characters: int
) -> None:
    async def asked() -> None:
        recent, maker = Recent(most, characters), Maker()
        newest: dict[str, None] = {}
        for question in questions:
            assert await recent.reply((None, question), maker(question)) == silence(question)
            newest.pop(question, None)
            newest[question] = None
        kept = [question for question in newest if recent.knows((None, question))]
        assert len(kept) == len(recent) <= most
        assert sum(map(len, kept)) <= characters
        # What is kept was asked later than all that is not, but for what is too long itself.
        fitting = [question for question in newest if len(question) <= characters]
        assert kept == fitting[len(fitting) - len(kept) :]

    asyncio.run(asked())
