"""The week's silence, as the room for alerts is told of it."""

from datetime import UTC, datetime, timedelta

from bot.chat.rendering.plain import PLAIN
from bot.platforms.alerts import LAST_QUESTIONS, silence_alert
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
