"""What was asked while the bot was away is answered once, when it is back."""

from datetime import UTC, datetime, timedelta

from bot.state.store import Store
from tests.harness.discord_harness import COST, DREDGED, VAULT, DiscordHarness


async def was_there(club: DiscordHarness, ago: timedelta) -> None:
    """Let the state say when the bot was last there."""
    key = f"discord:there:{club.server.app.id}"
    async with await Store.open(club.state) as store:
        await store.values.set(key, (datetime.now(UTC) - ago).isoformat())


async def test_questions_of_an_absence_are_answered_once(club: DiscordHarness) -> None:
    first = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await club.server.wait_for_message(club.general, reply_to=first)
    await club.done()
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    thread = club.general.add_thread("Aside", club.ana)
    away = await club.ana.say(club.general, COST, mention_bot=True)
    aside = await club.ben.say(thread, VAULT, mention_bot=True)
    await club.ben.say(club.general, "This is not for the bot.")
    await club.start()
    await club.server.wait_for_message(club.general, reply_to=away)
    await club.server.wait_for_message(thread, reply_to=aside)
    await club.done()
    await club.restart()
    last = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await club.server.wait_for_message(club.general, reply_to=last)
    answered = [message.reply_to for message in club.server.answers(club.general)]
    assert [message.id for message in answered if message] == [first.id, away.id, last.id]
    assert len(club.server.answers(thread)) == 1
    club.server.check()


async def test_what_is_too_old_is_not_answered_any_more(club: DiscordHarness) -> None:
    await club.stop()
    await was_there(club, timedelta(days=3))
    old = await club.ana.say(club.general, COST, mention_bot=True)
    club.server.clock.advance(7 * 3_600)
    await club.start()
    new = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await club.server.wait_for_message(club.general, reply_to=new)
    await club.done()
    replies = [m.reply_to.id for m in club.server.answers(club.general) if m.reply_to]
    # The server's clock is ahead of the bot's, so the old one may be young enough for it.
    assert replies.count(old.id) <= 1
    assert replies.count(new.id) == 1


async def test_who_was_never_there_answers_nothing_old(club: DiscordHarness) -> None:
    await club.stop()
    (club.state / "state.sqlite3").unlink()
    old = await club.ana.say(club.general, COST, mention_bot=True)
    await club.start()
    new = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await club.server.wait_for_message(club.general, reply_to=new)
    replies = [m.reply_to.id for m in club.server.answers(club.general) if m.reply_to]
    assert replies == [new.id]
    assert old.id not in replies
