"""Many events noted at the same time: each is new once, and one at fault harms no other."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import StateError
from bot.state.store import Store
from tests.state.builders import HOSTILE, START, reply

MANY = 700


async def test_of_many_at_once_each_is_taken_once_and_finished_once(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        jobs = store.jobs
        events = [str(number % MANY) for number in range(2 * MANY)]
        new = await asyncio.gather(
            *(jobs.take("discord", "room", event, "{}", START, "ann") for event in events)
        )
        assert new == [True] * MANY + [False] * MANY
        assert [job.event for job in await jobs.pending("discord")] == events[:MANY]
        await asyncio.gather(*(jobs.finish("discord", event) for event in events))
        assert await jobs.pending("discord") == ()
    async with await Store.open(tmp_path) as store:
        assert not await store.jobs.take("discord", "room", "0", "{}", START)


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.sampled_from(["discord", "matrix"]), st.sampled_from([*HOSTILE, "a", "b"])),
        max_size=20,
    )
)
def test_what_is_new_does_not_depend_on_what_comes_along(events: list[tuple[str, str]]) -> None:
    assert asyncio.run(noted(events, True)) == asyncio.run(noted(events, False))


async def noted(events: list[tuple[str, str]], together: bool) -> list[bool]:
    with TemporaryDirectory() as name:
        async with await Store.open(Path(name)) as store:
            calls = [store.jobs.take(on, "room", event, "{}", START) for on, event in events]
            ends = [store.jobs.finish(on, event) for on, event in events]
            if together:
                new = await asyncio.gather(*calls)
                await asyncio.gather(*ends)
            else:
                new = [await call for call in calls]
                for end in ends:
                    await end
            assert await store.jobs.pending("discord") == ()
            return new


async def test_one_that_cannot_be_kept_harms_no_other(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        jobs = store.jobs
        times = [START, START.replace(tzinfo=None), START]
        outcomes = await asyncio.gather(
            *(jobs.take("discord", "room", str(n), "{}", at) for n, at in enumerate(times)),
            return_exceptions=True,
        )
        assert outcomes[0] is outcomes[2] is True
        assert isinstance(outcomes[1], ValueError)
        assert [job.event for job in await jobs.pending("discord")] == ["0", "2"]


async def test_after_the_end_nothing_is_noted_and_nobody_waits(tmp_path: Path) -> None:
    store = await Store.open(tmp_path)
    await store.close()
    async with asyncio.timeout(5):
        for outcome in await asyncio.gather(
            *(store.jobs.take("discord", "room", str(n), "{}", START) for n in range(5)),
            return_exceptions=True,
        ):
            assert isinstance(outcome, StateError)


async def test_replies_saved_together_are_whole_and_a_second_one_changes_none(
    tmp_path: Path,
) -> None:
    async with await Store.open(tmp_path) as store:
        await store.answers.save_reply(reply("id 0", excerpts=2), START)
        saved = [reply(f"id {number % 3}", excerpts=2) for number in range(6)]
        await asyncio.gather(*(store.answers.save_reply(each, START) for each in saved))
        assert await store.answers.count() == 3
        for each in saved:
            assert await store.answers.reply(each.reply_id) == each
