"""What was asked while the bot was away is answered once, when it is back."""

import asyncio
from datetime import UTC, datetime, timedelta

import discord.shard
import pytest

from bot.platforms.discord import catch_up
from bot.state.store import Store
from tests.harness.discord_harness import COST, DREDGED, VAULT, DiscordHarness
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.places import Channel, Kind
from tests.platforms.discord.test_connection import NoPause


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


async def test_questions_of_an_outage_are_answered_in_a_new_session(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.shard, "asyncio", NoPause())
    monkeypatch.setattr(catch_up, "UNNOTICED", timedelta())
    monkeypatch.setattr(catch_up, "STORE_SECONDS", 0.01)
    await club.restart()
    await club.done()
    gateway = club.server.gateway
    gateway.refuse(1_000_000)
    gateway.cut()
    gateway.sessions.clear()
    await asyncio.sleep(0.2)
    behind = datetime.now(UTC) - club.server.clock.now()
    club.server.clock.advance(behind.total_seconds())
    away = await club.ana.say(club.general, COST, mention_bot=True)
    await asyncio.sleep(0.2)
    gateway.refuse(0)
    await club.server.wait_for_message(club.general, reply_to=away)
    assert len(gateway.identifies) == 3
    club.server.check()


async def test_one_of_several_shards_that_joins_anew_is_caught_up_with(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.shard, "asyncio", NoPause())
    club.server.app.shards = 2
    await club.restart(shard_count=2)
    await club.done()
    gateway = club.server.gateway
    identified = len(gateway.identifies)
    shard = (club.guild.id >> 22) % 2
    (session,) = [
        each for each in gateway.sessions.values() if (each.shard, each.shards) == (shard, 2)
    ]
    del gateway.sessions[session.id]
    away = await club.ana.say(club.general, COST, mention_bot=True)
    assert session.connection is not None
    session.connection.drop()
    await club.server.wait_for_message(club.general, reply_to=away)
    assert len(gateway.identifies) == identified + 1
    club.server.check()


@pytest.mark.parametrize("shard", [0, 1])
async def test_a_new_session_of_one_shard_looks_at_the_servers_of_that_shard_alone(
    club: DiscordHarness,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    shard: int,
) -> None:
    monkeypatch.setattr(discord.shard, "asyncio", NoPause())
    server, gateway = club.server, club.server.gateway
    server.app.shards = 2
    guilds = [server.add_guild(f"Shard {n}", members=[club.ana], shard=n) for n in (0, 1)]
    rooms = [guild.add_channel("general") for guild in guilds]
    direct = server.dm(club.ana)
    await club.restart(shard_count=2)
    asked = [await club.ana.say(room, DREDGED, mention_bot=True) for room in (*rooms, direct)]
    for question in asked:
        await server.wait_for_message(question.channel, reply_to=question)
    await club.done()
    caplog.clear()
    calls = len(server.calls)
    (session,) = [s for s in gateway.sessions.values() if (s.shard, s.shards) == (shard, 2)]
    del gateway.sessions[session.id]
    away = await club.ana.say(rooms[shard], COST, mention_bot=True)
    assert session.connection is not None
    session.connection.drop()
    await server.wait_for_message(rooms[shard], reply_to=away)
    await line_of_log(caplog)
    await club.done()
    reads = [call for call in server.calls[calls:] if call.method == "GET"]
    read = {call.id("channel_id") for call in reads if call.template.endswith("/messages")}
    assert read == {rooms[shard].id} | ({direct.id} if shard == 0 else set())


async def test_a_channel_that_cannot_be_read_for_a_while_is_read_later(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await question_before(club, club.general)
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    other = club.guild.add_channel("other")
    away = await club.ana.say(club.general, COST, mention_bot=True)
    aside = await club.ana.say(other, VAULT, mention_bot=True)
    path = f"/channels/{club.general.id}/messages"
    trouble = club.server.fail_next("GET", path, status=503, times=2)
    await club.start()
    await club.server.wait_for_message(other, reply_to=aside)
    await club.server.wait_for_message(club.general, reply_to=away, seconds=10)
    assert trouble.struck == 2
    assert await line_of_log(caplog) == (
        "channels read: 2, could not be read: 0; questions asked: 2, edited: 0, deleted: 0"
    )


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


async def line_of_log(caplog: pytest.LogCaptureFixture) -> str:
    """What the log says of the last absence, without the time."""
    async with asyncio.timeout(10):
        while True:
            for record in caplog.records:
                if record.getMessage().startswith("away since"):
                    return record.getMessage().partition("UTC: ")[2]
            await asyncio.sleep(0.01)


async def test_every_channel_is_looked_at_however_many_there_are(
    closed_club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    club = closed_club
    channels = [club.guild.add_channel(f"channel-{number}") for number in range(1_000)]
    forum = club.guild.add_channel("forum", kind=Kind.FORUM)
    asked_in = [
        channels[0],
        channels[500],
        club.guild.add_channel("stage", kind=Kind.STAGE),
        forum.add_thread("A post", club.ana),
    ]
    await club.start()
    await club.done()
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    asked = [await club.ana.say(each, COST, mention_bot=True) for each in asked_in]
    for channel in channels:
        await club.ben.say(channel, "This is not for the bot.")
    await club.start()
    for question in asked:
        await club.server.wait_for_message(question.channel, reply_to=question, seconds=60)
    assert await line_of_log(caplog) == (
        "channels read: 1002, could not be read: 0; questions asked: 4, edited: 0, deleted: 0"
    )


async def test_threads_that_were_archived_meanwhile_are_read_after_an_hour_and_more(
    club: DiscordHarness,
) -> None:
    forum = club.guild.add_channel("forum", kind=Kind.FORUM)
    await club.stop()
    await was_there(club, timedelta(hours=2))
    aside, post = club.general.add_thread("Aside", club.ana), forum.add_thread("Post", club.ben)
    locked = club.general.add_thread("Closed", club.ana)
    asked = [await club.ana.say(each, COST, mention_bot=True) for each in (aside, post)]
    await club.ana.say(locked, COST, mention_bot=True)
    for thread in (aside, post, locked):
        thread.archive(locked=thread is locked)
    await club.start()
    for question in asked:
        await club.server.wait_for_message(question.channel, reply_to=question)
    await club.done()
    assert club.server.answers(locked) == []
    for thread in (aside, post):
        thread.archive()
    await club.restart()
    await club.stop()
    await was_there(club, timedelta(minutes=30))
    calls = len(club.server.calls)
    await club.start()
    await club.done()
    assert not [c for c in club.server.calls[calls:] if "/archived/" in c.template]
    assert [len(club.server.answers(thread)) for thread in (aside, post)] == [1, 1]
    club.server.check()


async def test_the_latest_channels_come_first(club: DiscordHarness) -> None:
    channels = [club.guild.add_channel(f"channel-{number}") for number in range(9)]
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    for channel in channels:
        await club.ben.say(channel, "This is not for the bot.")
    calls = len(club.server.calls)
    await club.start()
    await club.done()

    def read() -> list[int]:
        reads = [c for c in club.server.calls[calls:] if c.method == "GET"]
        return [c.id("channel_id") for c in reads if c.template.endswith("/messages")]

    await club.until(lambda: len(read()) == len(channels))
    assert read() == [channel.id for channel in reversed(channels)]


async def test_direct_messages_of_who_asked_before_are_read(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    direct = club.server.dm(club.ana)
    before = await club.ana.say(direct, VAULT)
    await club.server.wait_for_message(direct, reply_to=before)
    await club.done()
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    away = await club.ana.say(direct, COST)
    await club.start()
    reply = await club.server.wait_for_message(direct, reply_to=away)
    assert club.is_verbatim(reply)
    assert await line_of_log(caplog) == (
        "channels read: 1, could not be read: 0; questions asked: 1, edited: 0, deleted: 0"
    )


async def question_before(club: DiscordHarness, where: Channel) -> ServerMessage:
    """A question that was answered in time."""
    asked = await club.ana.say(where, DREDGED, mention_bot=where.guild is not None)
    await club.server.wait_for_message(where, reply_to=asked)
    await club.done()
    return asked


@pytest.mark.parametrize("direct", [False, True])
async def test_replies_follow_what_happened_to_their_questions_meanwhile(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture, direct: bool
) -> None:
    where = club.server.dm(club.ana) if direct else club.general
    kept, deleted, edited = [await question_before(club, where) for _ in range(3)]
    await club.stop()
    await club.ana.delete(deleted)
    club.server.clock.advance(90)
    await club.ana.edit(edited, f"{'' if direct else club.server.bot.mention} {VAULT}")
    await club.start()
    told = await line_of_log(caplog)
    await club.done()
    first, second = club.server.answers(where)
    assert (first.reply_to, second.reply_to) == (kept, edited)
    assert "Ada Sand" in first.text
    assert "Tom Harrow" in second.text
    assert told.endswith("questions asked: 0, edited: 1, deleted: 1")


async def test_a_history_that_is_hidden_takes_no_reply_down(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await question_before(club, club.general)
    await club.stop()
    club.general.overwrite(club.server.bot, deny=Can.READ_MESSAGE_HISTORY)
    with caplog.at_level("INFO"):
        await club.start()
        assert (await line_of_log(caplog)).endswith("deleted: 0")
    await club.done()
    assert [message.reply_to for message in club.server.answers(club.general)] == [asked]


async def test_a_channel_with_too_much_to_read_is_told(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catch_up, "MOST_MESSAGES", 3)
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    asked = await club.ana.say(club.general, COST, mention_bot=True)
    for _ in range(5):
        await club.ben.say(club.general, "This is not for the bot.")
    await club.start()
    await club.server.wait_for_message(club.general, "More was written here while the bot was away")
    assert [message.reply_to for message in club.server.answers(club.general)] == [asked, None]


async def test_who_asked_too_much_during_an_absence_is_told(club: DiscordHarness) -> None:
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    asked = [await club.ana.say(club.general, COST, mention_bot=True) for _ in range(4)]
    await club.restart(per_person=2)
    await club.until(lambda: asked[3].reactions)
    replies = club.server.answers(club.general)
    assert [message.reply_to for message in replies] == asked[:3]
    assert "a lot of questions at once" in replies[2].text
    assert list(asked[3].reactions) == ["⏳"]
