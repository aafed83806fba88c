"""The week's silence, as the room for alerts is told of it."""

from datetime import UTC, datetime, timedelta

from bot.chat.rendering.plain import PLAIN
from bot.platforms.alerts import TOP_QUESTIONS, silence_alert
from bot.state.store import Store

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


async def test_after_a_week_the_questions_of_that_week_are_told_once() -> None:
    async with await Store.in_memory() as store:
        asked = store.unanswered
        await asked.count("discord", "club", "Who is old?", NOW - timedelta(days=1))
        assert await silence_alert(store, NOW) is None
        for number in range(TOP_QUESTIONS + 2):
            for _ in range(number + 1):
                await asked.count("matrix", "!room", f"Who is {number}?", NOW + timedelta(days=1))
        assert await silence_alert(store, NOW + timedelta(days=6)) is None
        alert = await silence_alert(store, NOW + timedelta(days=7))
        assert alert is not None
        lines = PLAIN.notices(alert).split("\n")
        assert lines[:2] == [
            "7 questions of this week met silence:",
            "7 × Who is 6?",
        ]
        assert len(lines) == TOP_QUESTIONS + 1
        assert await silence_alert(store, NOW + timedelta(days=8)) is None
        # A week without any is passed over.
        assert await silence_alert(store, NOW + timedelta(days=14)) is None
