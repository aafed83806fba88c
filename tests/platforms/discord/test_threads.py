"""A thread for each question, where a channel is set to it."""

import asyncio

import pytest

from bot.platforms.discord import threads
from tests.harness.discord_harness import COST, DREDGED, KIBBEH, VAULT, DiscordHarness
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.places import Channel
from tests.platforms.discord.test_first_steps import chosen, setup
from tests.platforms.discord.test_permissions import told, wrote_before


async def thread_of(club: DiscordHarness, question: ServerMessage) -> Channel:
    """The thread that the bot opened for a question, once the reply is in it."""
    await club.until(lambda: question.thread and club.server.answers(question.thread))
    assert question.thread is not None
    return question.thread


@pytest.fixture
async def club(closed_club: DiscordHarness) -> DiscordHarness:
    """The club, with threads in its general channel."""
    await closed_club.start()
    await closed_club.boss.slash(closed_club.general, "room threads", threads=True)
    await closed_club.done()
    return closed_club


async def test_the_reply_to_a_question_opens_a_thread(club: DiscordHarness) -> None:
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    thread = await thread_of(club, asked)
    (reply,) = club.server.answers(thread)
    assert club.is_verbatim(reply)
    assert (thread.name, thread.private, thread.owner) == (VAULT, False, club.server.bot)
    assert club.server.answers(club.general) == []
    # What members say there is for each other, and what is put to the bot is answered there.
    await club.ana.say(thread, DREDGED)
    on = await club.ask(club.ana, thread, "And when may it be opened?")
    assert on.thread is None
    assert "Read with the question before" in on.text
    assert club.server.answers(thread) == [reply, on]
    for button, shows in (("Context", "The vault of the guild"), ("Remove", "taken down")):
        pressed = await club.ana.press(reply, button)
        assert shows in (await pressed.response()).text
    await club.until(lambda: reply.deleted)
    club.server.check()


async def test_a_silence_stands_in_a_thread_and_a_greeting_in_place(club: DiscordHarness) -> None:
    asked = await club.ana.say(club.general, KIBBEH, mention_bot=True)
    await thread_of(club, asked)
    reply = await club.ask(club.ana, club.general, "hello")
    assert (reply.reply_to.thread if reply.reply_to else asked) is None
    thread = await club.ana.begin_thread(club.general, "Aside")
    assert "Tom Harrow" in (await club.ask(club.ana, thread, VAULT)).text


async def test_a_name_is_short_and_shows_what_is_hidden(club: DiscordHarness) -> None:
    text = f"\u202eWho  made\nthe door of the vault, {club.ben.mention}? {'x' * 200}"
    asked = await club.ana.say(club.general, text, mention_bot=True)
    thread = await thread_of(club, asked)
    assert thread.name.startswith("‹U+202E›Who made the door of the vault, ben? xxx")
    assert thread.name.endswith(" […]")
    assert len(thread.name) <= threads.MOST_NAME


async def test_a_reply_in_a_thread_follows_its_question(club: DiscordHarness) -> None:
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    (reply,) = club.server.answers(await thread_of(club, asked))
    await club.ana.edit(asked, f"{club.server.bot.mention} {DREDGED}")
    await club.until(lambda: "Ada Sand" in reply.text)
    await club.restart()
    await club.ana.edit(asked, f"{club.server.bot.mention} {COST}")
    await club.until(lambda: "crowns" in reply.text)
    await club.ana.delete(asked)
    await club.until(lambda: reply.deleted)
    club.server.check()


async def test_a_crash_neither_loses_nor_doubles_a_thread(club: DiscordHarness) -> None:
    """Of two questions, one has its thread already when the bot ends."""
    first = await club.ana.say(club.general, VAULT, mention_bot=True)
    await thread_of(club, first)
    trouble = club.server.fail_next("POST", r"/channels/\d+/messages$", status=503, times=100)
    asked = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await club.until(lambda: trouble.struck)
    assert asked.thread is not None
    await club.kill()
    trouble.times = 0
    await club.start()
    thread = await thread_of(club, asked)
    await club.done()
    assert [len(club.server.answers(each)) for each in (thread, first.thread or thread)] == [1, 1]
    assert club.server.answers(club.general) == []


@pytest.mark.parametrize("before", [True, False])
async def test_a_reply_is_known_again_where_threads_were_set_otherwise_before_a_restart(
    club: DiscordHarness, before: bool
) -> None:
    """The bot ends while Discord has a reply, and has not said so."""

    async def set_threads(are_on: bool) -> None:
        changed = await club.boss.slash(club.general, "room threads", threads=are_on)
        await changed.response()

    await set_threads(before)
    never = asyncio.Event()
    club.server.fail_next("POST", r"/messages$", performed=True, until=never)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)

    def replies() -> list[ServerMessage]:
        places = filter(None, (club.general, asked.thread))
        return [reply for place in places for reply in club.server.answers(place)]

    await club.until(replies)
    await set_threads(not before)
    await club.kill()
    never.set()
    await club.start()
    await club.settled(club.guild.add_channel("aside"))
    await club.done()
    (reply,) = replies()
    assert (asked.thread is None, reply.channel is club.general) == (not before, not before)
    await club.ana.edit(asked, f"{club.server.bot.mention} {DREDGED}")
    await club.until(lambda: "Ada Sand" in reply.text)


@pytest.mark.parametrize("right", [Can.CREATE_PUBLIC_THREADS, Can.SEND_MESSAGES_IN_THREADS])
async def test_without_the_rights_it_answers_in_place_and_a_manager_is_told_once(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture, right: Can
) -> None:
    await wrote_before(club, club.boss)
    club.general.overwrite(club.server.bot, deny=right)
    for _ in range(2):
        assert "Tom Harrow" in (await club.ask(club.ana, club.general, VAULT)).text
    await club.done()
    creating = right is Can.CREATE_PUBLIC_THREADS
    name = "Create Public Threads" if creating else "Send Messages in Threads"
    assert told(caplog) == [f"in the server Club, channel #general, the bot lacks: {name}"]
    await club.server.wait_for_message(club.server.dm(club.boss), f"#general: {name}.")
    shown = await setup(club, club.boss)
    assert f"The bot lacks permissions in <#{club.general.id}>: {name}." in shown.text


@pytest.mark.parametrize(
    "fault",
    [{"status": 400, "code": 50_035}, {"status": 429, "retry_after": 600.0}],
    ids=["refused", "limited"],
)
async def test_a_thread_that_cannot_be_opened_leaves_the_reply_in_place(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch, fault: dict[str, float]
) -> None:
    monkeypatch.setattr(threads, "OPEN_SECONDS", 0.2)
    club.server.fail_next("POST", "/threads$", **fault)
    reply = await club.ask(club.ana, club.general, VAULT)
    assert "Tom Harrow" in reply.text


@pytest.mark.parametrize("by_member", [False, True])
async def test_a_thread_that_is_there_takes_the_reply(
    club: DiscordHarness, by_member: bool
) -> None:
    club.answering.gate.clear()
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: club.answering.waiting)
    if by_member:
        await club.ben.begin_thread(club.general, "Vaults", message=asked)
    else:  # It was opened, and the answer to that was lost.
        fault = {"status": 400, "code": 160_004}
        club.server.fail_next("POST", "/threads$", performed=True, **fault)
    club.answering.gate.set()
    (reply,) = club.server.answers(await thread_of(club, asked))
    assert "Tom Harrow" in reply.text


async def test_threads_are_set_by_a_menu_where_there_can_be_any(club: DiscordHarness) -> None:
    shown = await setup(club, club.boss)
    assert "The reply to a question opens a thread. Set for this room." in shown.text
    assert chosen(shown, "setup:threads") == (["off", "on"], ["on"])
    await (await club.boss.choose(shown, "setup:threads", "off")).acknowledged()
    await club.until(lambda: "The reply to a question opens no thread." in shown.text)
    assert "Tom Harrow" in (await club.ask(club.ana, club.general, VAULT)).text
    thread = await club.ana.begin_thread(club.general, "Aside")
    inside = await (await club.boss.slash(thread, "setup")).response()
    assert "setup:mode" in str(inside.components)
    assert "setup:threads" not in str(inside.components)
