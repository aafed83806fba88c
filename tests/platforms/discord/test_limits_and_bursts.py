"""Time and numbers: slow answers, limits, five hundred questions, and ends in the middle of it."""

import asyncio
import time
from collections import Counter

import pytest

from bot.state.store import Store
from tests.harness.discord_harness import COST, DREDGED, KIBBEH, VAULT, DiscordHarness
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.places import Channel
from tests.harness.discord_server.posting import publish

HOUR_GLASS = "\N{HOURGLASS WITH FLOWING SAND}"
DEFERRED, AT_ONCE = 5, 4


def times_answered(club: DiscordHarness, *channels: Channel) -> Counter[ServerMessage | None]:
    """How often each message was replied to."""
    return Counter(m.reply_to for c in channels for m in club.server.answers(c))


async def crowd(club: DiscordHarness, people: int) -> list[DiscordPerson]:
    """So many further members."""
    made = [club.server.add_user(f"member-{n}") for n in range(people)]
    for person in made:
        club.guild.add_member(person)
    return made


# Slow answers


async def test_an_answer_that_takes_longer_is_deferred_and_comes(club: DiscordHarness) -> None:
    """A command is told within three seconds; a room sees typing; both get their answer."""
    club.answering.gate.clear()
    asked = await club.ana.say(club.general, DREDGED, mention_bot=True)
    public = await club.ana.slash(club.general, "ask", question=VAULT)
    private = await club.ben.slash(club.general, "ask", question=VAULT, private=True)
    begun = time.monotonic()
    await public.acknowledged()
    await private.acknowledged()
    assert time.monotonic() - begun < 3
    assert (public.kind, private.kind) == (DEFERRED, DEFERRED)
    assert [t.channel for t in club.server.typings] == [club.general]
    # Fourteen minutes later the answer may still come.
    club.server.clock.advance(840)
    club.answering.gate.set()
    assert "Tom Harrow" in (await public.response()).text
    alone = await private.response()
    assert ("Tom Harrow" in alone.text, alone.visible_to) == (True, club.ben)
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert "Ada Sand" in reply.text
    # What came late has its buttons, and its asker.
    told = await (await club.ana.press(await public.response(), "Remove")).response()
    assert told.text == "The reply is taken down."
    await club.done()
    club.server.check()


async def test_what_is_ready_is_not_deferred(club: DiscordHarness) -> None:
    used = await club.ana.slash(club.general, "ask", question=COST)
    await used.response()
    assert used.kind == AT_ONCE
    assert club.server.typings == []
    club.server.check()


async def test_an_answer_that_takes_too_long_is_given_up_with_a_sentence(
    club: DiscordHarness,
) -> None:
    await club.restart(answer_seconds=0.05)
    club.answering.gate.clear()
    told = await club.ask(club.ana, club.general, VAULT)
    assert told.text == (
        "This took longer than 0.05 seconds and was stopped. Try again, or ask for less."
    )
    used = await club.ana.slash(club.general, "ask", question=VAULT)
    assert (await used.response()).ephemeral
    club.answering.gate.set()
    assert "Tom Harrow" in (await club.ask(club.ana, club.general, VAULT)).text
    club.server.check()


async def test_a_question_that_is_too_long(club: DiscordHarness) -> None:
    told = await club.ask(club.ana, club.general, "why " * 600)
    assert told.text == "A question may be at most 2,000 characters long; this one has 2,399."
    club.server.check()


# Limits


async def test_a_person_over_the_limit_is_told_once_then_shown_a_sign(club: DiscordHarness) -> None:
    now = 0.0
    club.clock = lambda: now
    await club.restart(per_person=2, seconds=60)
    for _ in range(2):
        assert "Tom Harrow" in (await club.ask(club.ana, club.general, VAULT)).text
    now = 20.0
    told = await club.ask(club.ana, club.general, VAULT)
    assert told.text == "That is a lot of questions at once. Ask again in 41 seconds."
    further = [await club.ana.say(club.general, VAULT, mention_bot=True) for _ in range(2)]
    await club.until(lambda: all(HOUR_GLASS in m.reactions for m in further))
    assert "Tom Harrow" in (await club.ask(club.ben, club.general, VAULT)).text
    # Who uses a command is told each time: nobody else sees it.
    for _ in range(2):
        used = await club.ana.slash(club.general, "ask", question=VAULT)
        alone = await used.response()
        assert alone.text == "That is a lot of questions at once. Ask again in 41 seconds."
        assert alone.ephemeral
    now = 61.0
    assert "Tom Harrow" in (await club.ask(club.ana, club.general, VAULT)).text
    assert [m.reply_to for m in club.server.answers(club.general) if m.reply_to in further] == []
    club.server.check()


async def test_edits_count_as_questions(club: DiscordHarness) -> None:
    await club.restart(per_person=2)
    reply = await club.ask(club.ana, club.general, VAULT)
    answered, mention = reply.reply_to, club.server.bot.mention
    assert answered is not None
    await club.ana.edit(answered, f"{mention} {DREDGED}")
    await club.until(lambda: "Ada Sand" in reply.text)
    refusal = await club.ask(club.ana, club.general, VAULT)
    refused = refusal.reply_to
    assert refused is not None
    for asked in (answered, refused):
        await club.ana.edit(asked, f"{mention} {COST}")
        await club.until(lambda asked=asked: HOUR_GLASS in asked.reactions)  # type: ignore[misc]
    await club.done()
    assert "Ada Sand" in reply.text
    assert refusal.text.startswith("That is a lot of questions at once.")
    assert club.server.answers(club.general) == [reply, refusal]


async def test_a_preview_or_a_pin_of_an_edited_question_counts_as_none(
    club: DiscordHarness,
) -> None:
    await club.restart(per_person=3)
    reply = await club.ask(club.ana, club.general, VAULT)
    asked = reply.reply_to
    assert asked is not None
    await club.ana.edit(asked, f"{club.server.bot.mention} {DREDGED}")
    await club.until(lambda: "Ada Sand" in reply.text)
    for _ in range(5):
        publish(asked, "MESSAGE_UPDATE")
    await club.done()
    assert "81,000 crowns" in (await club.ask(club.ana, club.general, COST)).text
    assert HOUR_GLASS not in asked.reactions


async def test_a_room_over_its_limit(club: DiscordHarness) -> None:
    club.clock = lambda: 0.0
    await club.restart(per_room=2)
    other = club.guild.add_channel("other")
    await club.ask(club.ana, club.general, VAULT)
    await club.ask(club.ben, club.general, VAULT)
    told = await club.ask(club.boss, club.general, VAULT)
    assert told.text.startswith("That is a lot of questions at once.")
    late = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: HOUR_GLASS in late.reactions)
    assert "Tom Harrow" in (await club.ask(club.ana, other, VAULT)).text
    club.server.check()


async def test_more_questions_wait_than_may(club: DiscordHarness) -> None:
    await club.restart(at_once=1, waiting=1)
    club.answering.gate.clear()
    first = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: club.answering.waiting)
    second = await club.ana.say(club.general, DREDGED, mention_bot=True)
    # Nobody asked this before: a reply that is kept would be given.
    new = "How many metres of draught may ships have that enter?"
    told = await club.ask(club.ben, club.general, new)
    assert told.text == "Many questions are waiting now. Ask again in a minute."
    used = await club.boss.slash(club.general, "ask", question=new)
    assert (await used.response()).text == told.text
    club.answering.gate.set()
    await club.server.wait_for_message(club.general, reply_to=second)
    assert times_answered(club, club.general)[first] == 1
    club.server.check()


async def test_a_limit_where_reactions_are_not_allowed(club: DiscordHarness) -> None:
    await club.restart(per_person=1)
    club.server.fail_next("PUT", "/reactions/", status=403, code=50013)
    for _ in range(3):
        await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: any(c.status == 403 for c in club.server.calls))
    assert "Tom Harrow" in (await club.ask(club.ben, club.general, VAULT)).text
    club.server.check()


# Bursts


async def test_five_hundred_questions_of_fifty_people(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine is: nobody is refused for the time that it takes.
    monkeypatch.setattr("bot.chat.rate_limits.LONGEST_WAIT", 600.0)
    rooms = [club.general, club.guild.add_channel("second"), club.guild.add_channel("third")]
    people = await crowd(club, 50)
    questions = [VAULT, DREDGED, COST, KIBBEH]
    asked = [
        await person.say(rooms[(n + m) % 3], questions[n % 4], mention_bot=True)
        for n in range(10)
        for m, person in enumerate(people)
    ]
    await club.server.wait_until(
        lambda: sum(len(room.messages) for room in rooms) >= 2 * len(asked), 60, "500 replies"
    )
    await club.done()
    assert times_answered(club, *rooms) == Counter(asked)
    assert await club.store.jobs.pending("discord") == ()
    for message in asked[::25]:
        (reply,) = [m for m in club.server.answers(message.channel) if m.reply_to is message]
        assert ("Tom Harrow" in reply.text) == (VAULT in message.content)
    club.server.check()


async def test_buttons_and_reloads_in_the_middle_of_a_burst(club: DiscordHarness) -> None:
    shown = await club.ask(club.ana, club.general, COST)
    people = await crowd(club, 10)
    asked = [
        await person.say(club.general, VAULT, mention_bot=True)
        for _ in range(4)
        for person in people
    ]
    told = await club.ana.press(shown, "Still there?")
    await club.reload()
    used = await club.ben.slash(club.general, "ask", question=DREDGED, private=True)
    assert (await told.response()).text.startswith("Excerpt 1: unchanged")
    assert "Ada Sand" in (await used.response()).text
    await club.until(lambda: len(times_answered(club, club.general)) == 41)
    assert all(times_answered(club, club.general)[message] == 1 for message in asked)
    club.server.check()


# Ends in the middle


async def test_killed_between_a_question_and_its_answer(club: DiscordHarness) -> None:
    club.answering.gate.clear()
    asked = [await p.say(club.general, VAULT, mention_bot=True) for p in (club.ana, club.ben)]
    dm = club.server.dm(club.ana)
    asked.append(await club.ana.say(dm, DREDGED))
    gone = await club.boss.say(club.general, COST, mention_bot=True)
    await club.until(lambda: club.answering.waiting == 4)
    await club.kill()
    assert club.server.answers(club.general) == []
    await club.boss.delete(gone)
    await club.restart()
    await club.until(lambda: len(times_answered(club, club.general, dm)) == 3)
    await club.settled(club.general)
    await club.restart()
    await club.settled(club.general)
    await club.done()
    found = times_answered(club, club.general, dm)
    assert [found[message] for message in [*asked, gone]] == [1, 1, 1, 0]
    assert await club.store.jobs.pending("discord") == ()
    club.server.check()


async def test_killed_between_sending_a_reply_and_knowing_of_it(club: DiscordHarness) -> None:
    never = asyncio.Event()
    club.server.fail_next("POST", "/messages$", performed=True, until=never)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.server.wait_for_message(club.general, reply_to=asked)
    await club.kill()
    never.set()
    await club.restart()
    await club.until(lambda: not club.server.gateway.connections or club.client)
    await club.settled(club.general)
    await club.done()
    assert times_answered(club, club.general)[asked] == 1
    assert await club.store.jobs.pending("discord") == ()
    # The reply of before the end has its buttons and follows its question.
    await club.ana.delete(asked)
    await club.until(lambda: not times_answered(club, club.general)[asked])
    club.server.check()


async def test_fifty_questions_and_an_end_in_the_middle_of_them(club: DiscordHarness) -> None:
    people = await crowd(club, 10)
    asked = [
        await person.say(club.general, VAULT, mention_bot=True)
        for _ in range(5)
        for person in people
    ]
    await club.until(lambda: len(club.server.answers(club.general)) >= 15)
    await club.kill()
    async with await Store.open(club.state) as store:
        taken = {job.event for job in await store.jobs.pending("discord")}
    assert taken
    await club.restart()
    await club.settled(club.general)
    await club.done()
    found = times_answered(club, club.general)
    assert max(found.values()) == 1
    # All that was taken is answered; what the client never heard of, Discord does not repeat.
    assert all(found[m] == 1 for m in asked if str(m.id) in taken)
    assert await club.store.jobs.pending("discord") == ()
    club.server.check()


async def test_questions_from_before_are_not_refused_by_a_limit(club: DiscordHarness) -> None:
    await club.restart(per_person=2)
    club.answering.gate.clear()
    asked = [await club.ana.say(club.general, VAULT, mention_bot=True) for _ in range(2)]
    await club.until(lambda: club.answering.waiting == 2)
    await club.kill()
    await club.restart(per_person=1)
    await club.until(lambda: len(times_answered(club, club.general)) == 2)
    assert all("Tom Harrow" in m.text for m in club.server.answers(club.general))
    assert set(times_answered(club, club.general)) == set(asked)
    club.server.check()


@pytest.mark.parametrize("ready", [True, False], ids=["answered in time", "not in time"])
async def test_a_clean_end_while_questions_are_answered(club: DiscordHarness, ready: bool) -> None:
    """What can be answered is; the rest is answered at the next start."""
    club.answering.gate.clear()
    asked = [await p.say(club.general, VAULT, mention_bot=True) for p in (club.ana, club.ben)]
    used = await club.boss.slash(club.general, "ask", question=VAULT)
    await club.until(lambda: club.answering.waiting == 3)
    begun = time.monotonic()
    ending = asyncio.create_task(club.stop())
    if ready:
        await asyncio.sleep(0)
        club.answering.gate.set()
    await ending
    assert time.monotonic() - begun < 5
    if ready:
        assert "Tom Harrow" in (await used.response()).text
        assert times_answered(club, club.general) == Counter([*asked, None])
    await club.restart()
    await club.settled(club.general)
    await club.until(lambda: all(times_answered(club, club.general)[m] for m in asked))
    assert all(times_answered(club, club.general)[m] == 1 for m in asked)
    club.server.check()
