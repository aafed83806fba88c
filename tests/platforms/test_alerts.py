"""The week's silence, and loads with faults, as the room for alerts is told of them."""

from datetime import UTC, datetime, timedelta

from bot.chat.rendering.plain import PLAIN
from bot.ingest.report import Failure, LoadReport
from bot.platforms.alerts import LAST_QUESTIONS, load_alerts, silence_alert
from bot.state.store import Store

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


async def test_after_a_week_the_questions_of_that_week_are_told_once() -> None:
    async with await Store.in_memory() as store:
        asked = store.unanswered
        await asked.count("discord", "club", "Who is old?", NOW - timedelta(days=1))
        assert await silence_alert(store, NOW) is None
        for number in range(LAST_QUESTIONS + 2):
            for _ in range(3 - number % 3):
                at = NOW + timedelta(days=1, hours=number)
                await asked.count("matrix", "!room", f"Who is {number}?", at)
        assert await silence_alert(store, NOW + timedelta(days=6)) is None
        alert = await silence_alert(store, NOW + timedelta(days=7))
        assert alert is not None
        lines = PLAIN.notices(alert).split("\n")
        assert lines == [
            "7 questions of this week met silence:",
            *(f"Who is {number}?" for number in (6, 5, 4, 3, 2)),
        ]
        assert await silence_alert(store, NOW + timedelta(days=8)) is None
        # A week without any is passed over.
        assert await silence_alert(store, NOW + timedelta(days=14)) is None


def report(failed: tuple[str, ...], lost_pins: tuple[str, ...]) -> LoadReport:
    """A load in which these files failed, and these notes on lost pins were written."""
    failures = tuple(Failure(path, "it is empty: fill it.") for path in failed)
    return LoadReport((), (), (), (), failures, (), lost_pins, 1, 1, 0.1, "0" * 64)


def test_faults_of_a_load_are_told_when_one_is_new_and_not_when_one_is_mended() -> None:
    one, two = report(("a.md",), ("pin a",)), report(("a.md", "b.md"), ("pin b", "pin a"))
    none = report((), ())
    told = [len([*load_alerts(new, old)]) for new, old in ((one, None), (two, one), (one, none))]
    assert told == [2, 2, 2]
    assert [*load_alerts(one, two), *load_alerts(two, two), *load_alerts(none, two)] == []
