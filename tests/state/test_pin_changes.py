"""Changes of pins and offers of them: the newest first, gone with who is named in them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.state.records import PinChange, PinOffer
from bot.state.store import Store

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def change(key: str, after: str, minutes: int = 0) -> PinChange:
    at = START + timedelta(minutes=minutes)
    return PinChange(at, "discord", "town", "900001", key, None, after)


async def test_the_newest_change_comes_first(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        first, second = change("a", "{}"), change("b", "{}", minutes=1)
        for each in (first, second):
            await store.pin_changes.add(each)
        assert await store.pin_changes.newest(5) == (second, first)
        assert await store.pin_changes.newest(1) == (second,)
        await store.pin_changes.delete(second)
        assert await store.pin_changes.newest(5) == (first,)


async def test_a_change_goes_with_the_person_who_is_named_in_it(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        await store.pin_changes.add(change("a", '["who is <@900001>"]'))
        await store.pin_changes.add(change("b", '["who is first"]', minutes=1))
        await store.retention.forget("discord", "900001")
        (kept,) = await store.pin_changes.newest(5)
        assert (kept.key, kept.actor) == ("b", "")


async def test_a_change_that_is_too_old_is_deleted(tmp_path: Path) -> None:
    async with await Store.open(tmp_path) as store:
        await store.pin_changes.add(change("a", "{}"))
        later = START + timedelta(days=31)
        await store.retention.prune(later, answers_days=1, unanswered_days=1, audit_days=30)
        assert await store.pin_changes.newest(5) == ()


async def test_an_offer_goes_with_its_time_and_with_the_person_in_it(tmp_path: Path) -> None:
    def offer(key: str, question: str, days: int = 0) -> PinOffer:
        return PinOffer(key, question, "a.md", "Words.", "", START + timedelta(days=days))

    old, named, new = offer("a", "Who?"), offer("b", "<@900001>?", 3), offer("c", "Where?", 3)
    async with await Store.open(tmp_path) as store:
        await store.pin_offers.keep((old, named, new))
        assert await store.pin_offers.find("b") == named
        assert await store.retention.forget("discord", "900001") == 1
        later = START + timedelta(days=4)
        await store.retention.prune(later, answers_days=3, unanswered_days=9, audit_days=9)
        assert [await store.pin_offers.find(key) for key in "abc"] == [None, None, new]
        again = offer("c", "Where?", 5)
        await store.pin_offers.keep((again,))
        assert await store.pin_offers.find("c") == again
