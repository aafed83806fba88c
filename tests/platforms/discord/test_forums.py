"""Forums and help channels: the first post of a thread is answered where the bot is sure."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.platforms.discord import outbox
from bot.state.records import Mode
from tests.harness.discord_harness import COST, DREDGED, KIBBEH, VAULT, DiscordHarness
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.places import Channel, Kind
from tests.harness.discord_server.posting import publish, write
from tests.harness.discord_server.world import Upload
from tests.platforms.discord.test_catch_up import line_of_log, was_there

ASK_ON = "To ask on, mention the bot or answer this message."
UNSURE = "Who made the door of the vault in Vienna?"


@pytest.fixture
async def club(closed_club: DiscordHarness) -> AsyncIterator[DiscordHarness]:
    """The club, with its bot allowed to read every message."""
    closed_club.options = replace(closed_club.options, message_content=True)
    closed_club.server.app.message_content = True
    await closed_club.start()
    yield closed_club
    closed_club.server.check()


@pytest.fixture
async def forum(club: DiscordHarness) -> Channel:
    """A forum in which first posts are answered."""
    forum = club.guild.add_channel("questions", kind=Kind.FORUM)
    await club.set_mode(forum, Mode.FORUM)
    return forum


@pytest.fixture
async def helping(club: DiscordHarness) -> Channel:
    """A text channel in which the first posts of threads are answered."""
    channel = club.guild.add_channel("help")
    await club.set_mode(channel, Mode.FORUM)
    return channel


def nothing_shows(club: DiscordHarness, where: Channel) -> bool:
    """Whether the bot left no sign of itself: no message, reaction or typing."""
    reacted = any(message.reactions for message in where.messages.values())
    typed = any(typing.channel is where for typing in club.server.typings)
    return not (club.server.answers(where) or reacted or typed)


async def test_a_post_is_answered_once_and_told_how_to_ask_on(
    club: DiscordHarness, forum: Channel
) -> None:
    asked = await club.ana.post(forum, "The old vault", VAULT)
    post = asked.channel
    reply = await club.server.wait_for_message(post, reply_to=asked)
    assert club.is_verbatim(reply)
    assert "Tom Harrow" in reply.text
    assert reply.text.split("\n")[-1] == f"-# {ASK_ON}"
    await club.ana.say(post, DREDGED)
    await club.ben.say(post, COST)
    on = await club.ask(club.ben, post, DREDGED)
    answering = await club.ana.say(post, COST, reply_to=reply)
    last = await club.server.wait_for_message(post, reply_to=answering)
    assert "Ada Sand" in on.text
    assert [ASK_ON in each.text for each in (reply, on, last)] == [True, False, False]
    assert club.server.answers(post) == [reply, on, last]


@pytest.mark.parametrize("text", [KIBBEH, UNSURE, "hello", "thanks!", "/help"])
async def test_where_it_is_not_sure_there_is_no_sign_of_it(
    club: DiscordHarness, forum: Channel, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(outbox, "TYPING_SECONDS", 0.0)
    post = (await club.ana.post(forum, "A question", text)).channel
    await club.settled(club.general)
    await club.done()
    assert nothing_shows(club, post)
    status = await (await club.boss.slash(club.general, "corpus unanswered")).response()
    if text in (KIBBEH, UNSURE):
        assert status.text.splitlines()[1:] == [f"1 · 1 × A question {text}"]
    else:
        assert status.text == "No question is without an answer."


async def test_a_picture_alone_is_left_alone(club: DiscordHarness, forum: Channel) -> None:
    picture = Upload("vault.png", b"picture", "image/png")
    post = (await club.ana.post(forum, VAULT, attachments=[picture])).channel
    await club.settled(club.general)
    assert nothing_shows(club, post)


async def test_the_title_belongs_to_the_question(club: DiscordHarness, forum: Channel) -> None:
    for title, text in (
        ("The vault of the guild", "Who made the door?"),
        (VAULT, "I have been looking all day on the internet. Any hint is welcome, cheers!"),
    ):
        asked = await club.ana.post(forum, title, text)
        reply = await club.server.wait_for_message(asked.channel, reply_to=asked)
        assert "Tom Harrow" in reply.text


async def test_posts_of_bots_and_posts_that_are_locked_are_left_alone(
    club: DiscordHarness, forum: Channel
) -> None:
    other = club.server.add_user("other", bot=True)
    club.guild.add_member(other)
    first = (await other.post(forum, "A question", VAULT)).channel
    await club.settled(club.general)
    assert nothing_shows(club, first)
    for is_archived in (True, False):
        post = forum.add_thread("A question", club.ana)
        post.archived, post.locked = is_archived, True
        post.tell_change()
        # A moderator closes it while the author writes.
        write(ServerMessage(post.id, post, club.ana, VAULT, club.server.clock.now()))
        await club.settled(club.general)
        await club.done()
        assert nothing_shows(club, post)
        assert not [c for c in club.server.calls if c.method == "POST" and str(post.id) in c.path]


async def test_a_mention_in_a_post_counts_as_anywhere(club: DiscordHarness, forum: Channel) -> None:
    asked = await club.ana.post(forum, "A question", f"{club.server.bot.mention} {KIBBEH}")
    reply = await club.server.wait_for_message(asked.channel, reply_to=asked)
    assert "The documents do not answer this." in reply.text
    assert ASK_ON not in reply.text


async def test_a_reply_follows_its_post(club: DiscordHarness, forum: Channel) -> None:
    asked = await club.ana.post(forum, "A question", VAULT)
    reply = await club.server.wait_for_message(asked.channel, reply_to=asked)
    await club.ana.edit(asked, DREDGED)
    await club.until(lambda: "Ada Sand" in reply.text)
    assert ASK_ON in reply.text
    await club.ana.edit(asked, KIBBEH)
    await club.until(lambda: reply.deleted)
    await club.ana.edit(asked, f"{club.server.bot.mention} {VAULT}")
    again = await club.server.wait_for_message(asked.channel, reply_to=asked)
    assert "Tom Harrow" in again.text
    await club.ana.delete(asked)
    await club.until(lambda: again.deleted)


async def edit(club: DiscordHarness, asked: ServerMessage, text: str) -> None:
    """Edit a message of ana's a second after all that was before."""
    club.server.clock.advance(1)
    await club.ana.edit(asked, text)


async def test_a_post_that_it_kept_quiet_on_is_looked_at_again_when_it_is_edited(
    club: DiscordHarness, forum: Channel, helping: Channel
) -> None:
    post = await club.ana.post(forum, "A question", UNSURE)
    begun = await club.ana.say(helping, KIBBEH)
    thread = await club.ben.begin_thread(helping, "Aside", message=begun)
    own = await club.ana.begin_thread(helping, "Mine", UNSURE)
    first = own.messages[min(own.messages)]
    await club.settled(club.general)
    await club.done()
    for asked, where in ((post, post.channel), (begun, thread), (first, own)):
        await edit(club, asked, "Is there a vault on the moon of the giants?")
        await club.done()
        assert nothing_shows(club, where)
        await edit(club, asked, VAULT)
        reply = await club.server.wait_for_message(where, "Tom Harrow")
        await edit(club, asked, DREDGED)
        await club.until(lambda reply=reply: "Ada Sand" in reply.text)  # type: ignore[misc]
        await edit(club, asked, KIBBEH)
        await club.until(lambda reply=reply: reply.deleted)  # type: ignore[misc]
        await edit(club, asked, VAULT)
        again = await club.server.wait_for_message(where, "Tom Harrow")
        await club.done()
        assert club.server.answers(where) == [again]
    later = await club.ana.say(thread, UNSURE)
    await edit(club, later, VAULT)
    await club.done()
    assert len(club.server.answers(thread)) == 1


async def test_a_crash_loses_no_edit_of_a_quiet_post(club: DiscordHarness, forum: Channel) -> None:
    asked = await club.ana.post(forum, "A question", UNSURE)
    await club.settled(club.general)
    await club.done()
    club.answering.gate.clear()
    await club.ana.edit(asked, VAULT)
    await club.until(lambda: club.answering.waiting == 1)
    await club.kill()
    await club.start()
    reply = await club.server.wait_for_message(asked.channel, "Tom Harrow")
    await club.done()
    assert club.server.answers(asked.channel) == [reply]


async def test_a_post_is_answered_once_across_restarts_and_absences(
    club: DiscordHarness, forum: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    answered = await club.ana.post(forum, "A question", VAULT)
    await club.server.wait_for_message(answered.channel, reply_to=answered)
    quiet = await club.ana.post(forum, "A question", UNSURE)
    await club.settled(club.general)
    await club.done()
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    away = await club.ana.post(forum, "A question", DREDGED)
    await club.ben.say(away.channel, VAULT)
    unsure = await club.ana.post(forum, "A question", KIBBEH)
    await club.start()
    reply = await club.server.wait_for_message(away.channel, reply_to=away)
    assert "questions asked: 2," in await line_of_log(caplog)
    await club.done()
    for _ in range(2):
        await was_there_again(club)
    assert club.server.answers(away.channel) == [reply]
    assert len(club.server.answers(answered.channel)) == 1
    assert nothing_shows(club, quiet.channel)
    assert nothing_shows(club, unsure.channel)


async def was_there_again(club: DiscordHarness) -> None:
    """Let the bot read once more what it has read."""
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    await club.start()
    await club.done()


async def test_a_crash_neither_loses_nor_doubles_a_reply(
    club: DiscordHarness, forum: Channel, helping: Channel
) -> None:
    club.answering.gate.clear()
    asked = await club.ana.post(forum, "A question", VAULT)
    before = await club.ana.say(helping, DREDGED)
    thread = await club.ben.begin_thread(helping, "Harbour", message=before)
    await club.until(lambda: club.answering.waiting == 2)
    await club.kill()
    await club.start()
    await club.server.wait_for_message(asked.channel, "Tom Harrow", reply_to=asked)
    await club.server.wait_for_message(thread, "Ada Sand")
    await club.done()
    await was_there_again(club)
    assert len(club.server.answers(asked.channel)) == len(club.server.answers(thread)) == 1


async def test_a_thread_at_a_message_is_about_that_message(
    club: DiscordHarness, helping: Channel
) -> None:
    asked = await club.ana.say(helping, VAULT)
    await club.settled(club.general)
    assert club.server.answers(helping) == []
    thread = await club.ben.begin_thread(helping, "Vaults", message=asked)
    reply = await club.server.wait_for_message(thread, "Tom Harrow")
    assert (reply.reply_to, ASK_ON in reply.text) == (None, True)
    await club.ben.say(thread, DREDGED)
    await club.ana.edit(asked, DREDGED)
    await club.until(lambda: "Ada Sand" in reply.text)
    await club.ana.delete(asked)
    await club.until(lambda: reply.deleted)
    assert club.server.answers(thread) == club.server.answers(helping) == []


@pytest.mark.usefixtures("quick_retries")
async def test_a_first_message_that_cannot_be_read_at_once_is_read_later(
    club: DiscordHarness, helping: Channel
) -> None:
    asked = await club.ana.say(helping, VAULT)
    club.server.fail_next("GET", f"/messages/{asked.id}$", status=503, times=3)
    thread = await club.ben.begin_thread(helping, "Vaults", message=asked)
    await club.server.wait_for_message(thread, "Tom Harrow")


async def test_a_thread_of_its_own_begins_with_its_owner(
    club: DiscordHarness, helping: Channel
) -> None:
    thread = await club.ana.begin_thread(helping, "The vault of the guild", "Who made the door?")
    reply = await club.server.wait_for_message(thread, "Tom Harrow")
    assert reply.reply_to is not None
    await club.ana.say(thread, DREDGED)
    await club.settled(club.general)
    assert club.server.answers(thread) == [reply]
    before = await club.ana.say(helping, "Look at this.")
    for begun in (
        await club.ana.begin_thread(helping, "Later", KIBBEH),
        await club.ana.begin_thread(helping, "Aside", "Well?", message=before),
    ):
        await club.ana.say(begun, VAULT)
        await club.settled(club.general)
        assert nothing_shows(club, begun)


async def test_a_thread_that_goes_on_has_no_first_post(club: DiscordHarness) -> None:
    channel = club.guild.add_channel("help")
    thread = await club.ana.begin_thread(channel, "Before", KIBBEH)
    await club.settled(club.general)
    await club.set_mode(channel, Mode.FORUM)
    await club.ana.say(thread, VAULT)
    await club.settled(club.general)
    await club.done()
    assert nothing_shows(club, thread)


async def test_posts_that_are_edited_to_ask_nothing_take_no_place_in_the_queue(
    club: DiscordHarness, helping: Channel
) -> None:
    await club.restart(at_once=1, waiting=1)
    for _ in range(2):
        asked = await club.ana.say(helping, VAULT)
        thread = await club.ben.begin_thread(helping, "Vaults", message=asked)
        reply = await club.server.wait_for_message(thread, "Tom Harrow")
        await club.done()
        await club.ana.edit(asked, "Thanks!")
        await club.until(lambda reply=reply: reply.deleted)  # type: ignore[misc]
    assert "Ada Sand" in (await club.ask(club.ana, club.general, DREDGED)).text


async def test_threads_begun_in_an_absence_are_answered(
    club: DiscordHarness, helping: Channel
) -> None:
    old = await club.ana.say(helping, VAULT)
    await club.settled(club.general)
    await club.done()
    await club.stop()
    await was_there(club, timedelta(minutes=2))
    threads = [
        await club.ben.begin_thread(helping, "Vaults", message=old),
        await club.ana.begin_thread(helping, "A question", VAULT),
    ]
    await club.start()
    replies = [await club.server.wait_for_message(each, "Tom Harrow") for each in threads]
    await club.done()
    await was_there_again(club)
    assert [club.server.answers(each) for each in threads] == [[reply] for reply in replies]


async def test_replies_in_threads_follow_what_happened_meanwhile(
    club: DiscordHarness, helping: Channel
) -> None:
    replies = []
    questions = [await club.ana.say(helping, VAULT) for _ in range(3)]
    for asked in questions:
        thread = await club.ben.begin_thread(helping, "Vaults", message=asked)
        replies.append(await club.server.wait_for_message(thread, "Tom Harrow"))
    await club.done()
    await club.stop()
    await club.ana.delete(questions[1])
    club.server.clock.advance(90)
    await club.ana.edit(questions[2], DREDGED)
    await club.start()
    await club.until(lambda: replies[1].deleted and "Ada Sand" in replies[2].text)
    await club.done()
    assert not replies[0].deleted


async def test_a_forum_is_set_from_any_of_its_posts(club: DiscordHarness) -> None:
    forum = club.guild.add_channel("questions", kind=Kind.FORUM)
    post = (await club.boss.post(forum, "Rules", "Be kind.")).channel
    told = await (await club.boss.slash(post, "room mode", mode="forum")).response()
    assert "So are first posts, which get a reply only where the bot is sure." in told.text
    assert "Set for this room." in told.text
    asked = await club.ana.post(forum, "A question", VAULT)
    await club.server.wait_for_message(asked.channel, reply_to=asked)
    setup = await (await club.boss.slash(post, "setup")).response()
    await (await club.boss.choose(setup, "setup:mode", "mentions")).acknowledged()
    await club.until(lambda: "Messages that mention the bot are questions. Set" in setup.text)
    quiet = await club.ana.post(forum, "A question", VAULT)
    await club.settled(club.general)
    assert nothing_shows(club, quiet.channel)


async def test_first_posts_need_the_intent_and_say_so(club: DiscordHarness) -> None:
    await club.restart(message_content=False)
    told = await (await club.boss.slash(club.general, "room mode", mode="forum")).response()
    assert told.text.startswith("The bot receives only messages that mention it")


async def test_words_in_a_private_thread_are_not_listed_for_others(
    club: DiscordHarness, helping: Channel
) -> None:
    thread = helping.add_thread("Aside", club.ana, private=True)
    thread.thread_members.add(club.server.bot.id)
    await club.ana.say(thread, KIBBEH)
    await club.settled(club.general)
    await club.done()
    assert nothing_shows(club, thread)
    status = await (await club.boss.slash(club.general, "corpus unanswered")).response()
    assert status.text == "No question is without an answer."


async def test_a_reply_that_was_taken_down_after_an_edit_does_not_come_back(
    club: DiscordHarness, forum: Channel
) -> None:
    asked = await club.ana.post(forum, "A question", VAULT)
    reply = await club.server.wait_for_message(asked.channel, "Tom Harrow")
    await club.done()
    await edit(club, asked, DREDGED)
    await club.until(lambda: "Ada Sand" in reply.text)
    await club.done()
    await (await club.ana.press(reply, "Remove")).acknowledged()
    await club.until(lambda: reply.deleted)
    await club.restart()
    await club.settled(club.general)
    await club.done()
    assert club.server.answers(asked.channel) == []
    publish(asked, "MESSAGE_UPDATE")
    await club.settled(club.general)
    await club.done()
    assert club.server.answers(asked.channel) == []
