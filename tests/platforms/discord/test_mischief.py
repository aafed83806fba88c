"""What a mischievous member, or the manager of another server, tries on everybody else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.platforms.discord import outbox, responses
from bot.state.records import Mode
from bot.state.store import Store
from tests.harness.discord_harness import COST, DREDGED, KIBBEH, VAULT, DiscordHarness
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.places import Kind

FOLLOWS = "and in April?"


async def forgets_server(club: DiscordHarness, guild: int) -> None:
    """The bot is in a server no more, or never was: it has the commands there alone."""
    club.server.gateway.tell("GUILD_DELETE", {"id": str(guild)})
    await club.settled(club.general)
    assert club.discord.get_guild(guild) is None


@pytest.mark.parametrize("name", [r"\1", r"\g<9>", r"a\q", "\\"])
async def test_a_name_that_looks_like_a_pattern_keeps_nobody_from_an_answer(
    club: DiscordHarness, name: str
) -> None:
    club.ben.display_name = name
    reply = await club.ask(club.ana, club.general, f"{club.ben.mention} {DREDGED}")
    assert "Ada Sand" in reply.text


@pytest.mark.parametrize("command", ["corpus unanswered", "corpus status", "corpus log"])
async def test_who_manages_a_server_without_the_bot_manages_nothing_here(
    club: DiscordHarness, command: str
) -> None:
    direct = club.server.dm(club.ana)
    asked = await club.ana.say(direct, KIBBEH)
    await club.server.wait_for_message(direct, reply_to=asked)
    await club.done()
    cleo = club.server.add_user("cleo")
    lair = club.server.add_guild("Lair", owner=cleo).add_channel("lair")
    await club.ask(cleo, lair, DREDGED)
    assert lair.guild is not None
    await forgets_server(club, lair.guild.id)
    told = (await (await cleo.slash(lair, command)).response()).text
    assert "kibbeh" not in told
    assert told.startswith("Only ")


async def test_a_moderator_elsewhere_still_takes_a_reply_down(club: DiscordHarness) -> None:
    cleo = club.server.add_user("cleo", app_installed=True)
    elsewhere = club.server.add_guild("Elsewhere", owner=club.mod, members=[cleo], with_bot=False)
    hall = elsewhere.add_channel("hall")
    reply = await (await cleo.slash(hall, "ask", {"question": DREDGED})).response()
    await (await club.mod.press(reply, "Remove")).followup()
    await club.until(lambda: reply.deleted, "the reply to be taken down")


async def test_what_is_asked_in_private_is_not_told_to_who_asks_on_in_a_thread(
    club: DiscordHarness,
) -> None:
    thread = club.general.add_thread("Aside", club.ana)
    private = await club.ana.slash(
        thread, "ask", question="Did Ferdinand dredge the harbour in 1903?", private=True
    )
    assert (await private.response()).ephemeral
    follows = await club.ask(club.ben, thread, FOLLOWS)
    assert "Ferdinand" not in follows.text
    assert "Read with" not in follows.text


async def test_where_the_bot_is_a_guest_each_has_their_own_talk(club: DiscordHarness) -> None:
    cleo = club.server.add_user("cleo", app_installed=True)
    dan = club.server.add_user("dan", app_installed=True)
    elsewhere = club.server.add_guild("Elsewhere", members=[cleo, dan], with_bot=False)
    hall = elsewhere.add_channel("hall")
    await (await cleo.slash(hall, "ask", question="Who was Ferdinand the smith?")).response()
    told = await (await dan.slash(hall, "ask", question="and when did he die?")).response()
    assert "Ferdinand" not in told.text


async def test_one_who_presses_more_all_day_is_slowed_down_like_one_who_asks(
    club: DiscordHarness,
) -> None:
    await club.restart(per_person=3)
    reply = await club.ask(club.ana, club.general, "What was said of the dredging of the harbour?")
    more = next(b.label for b in reply.buttons if b.label.startswith("More"))
    told = []
    for _ in range(5):
        told.append(await (await club.ben.press(reply, more)).response())
        await club.done()
    shown = "This is shown already, further down."
    assert [one.ephemeral for one in told] == [False, True, True, True, True]
    assert [one.text for one in told[1:3]] == [shown, shown]
    assert all("again in" in one.text for one in told[3:]), told[3].text
    assert (await (await club.ana.press(reply, more)).response()).text == shown


async def test_the_name_of_a_room_one_may_not_see_is_not_told(club: DiscordHarness) -> None:
    hidden = club.guild.add_channel("plan-zebra")
    hidden.hide_from(club.guild.everyone)
    hidden.overwrite(club.server.bot, allow=Can.VIEW_CHANNEL)
    reply = await club.ask(club.ana, club.general, f"what is {hidden.mention} about?")
    assert "zebra" not in reply.text


def faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]


async def test_a_private_reply_that_is_gone_already_is_no_fault_to_remove(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    used = await club.ana.slash(club.general, "ask", question=DREDGED, private=True)
    private = await used.response()
    club.server.fail_next("DELETE", "/messages/@original$", status=404)
    await (await club.ana.press(private, "Remove")).acknowledged()
    await club.done()
    assert not faults(caplog)


@pytest.mark.parametrize("what", [{"status": 404, "code": 10062}, {"drop": True}])
async def test_a_press_elsewhere_that_cannot_be_acknowledged_takes_the_reply_down(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture, what: dict[str, Any]
) -> None:
    cleo = club.server.add_user("cleo", app_installed=True)
    hall = club.server.add_guild("Elsewhere", members=[cleo], with_bot=False).add_channel("hall")
    reply = await (await cleo.slash(hall, "ask", {"question": DREDGED})).response()
    club.server.fail_next("POST", "/callback$", **what)
    pressed = await cleo.press(reply, "Remove")
    await pressed.acknowledged()
    await club.done()
    assert not faults(caplog)


async def test_a_deed_goes_on_though_discord_forgot_who_asked_for_it(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "ANSWER_SECONDS", 0.0)
    club.server.fail_next("POST", "/callback$", status=404, code=10062, times=2)
    await club.curator.slash(club.general, "corpus reload")
    await club.settled(club.general)
    await club.done()
    log = await (await club.curator.slash(club.general, "corpus log")).response()
    assert "reload 5 documents" in log.text
    assert not faults(caplog)


async def test_a_question_is_answered_where_typing_cannot_be_shown(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "TYPING_SECONDS", 0.0)
    lost = club.server.fail_next("POST", "/typing$", drop=True, times=9)
    club.answering.gate.clear()
    asked = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await club.until(lambda: lost.struck, "the bot to try to type")
    club.answering.gate.set()
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert "Ada Sand" in reply.text


async def test_one_bad_question_from_before_does_not_hold_up_the_others(
    club: DiscordHarness,
) -> None:
    kept = await club.ask(club.ana, club.general, DREDGED)
    assert kept.reply_to is not None
    forum = club.guild.add_channel("forum", kind=Kind.FORUM)
    await club.stop()
    away = await club.ana.say(club.general, COST, mention_bot=True)
    async with await Store.open(club.state) as store:
        for room, event in ((str(forum.id), str(kept.id)), (str(club.general.id), str(away.id))):
            await store.jobs.take("discord", room, event, "{}", datetime.now(UTC), "1")
    await club.start()
    reply = await club.server.wait_for_message(club.general, reply_to=away)
    assert club.is_verbatim(reply)
    await club.done()
    assert await club.store.jobs.pending("discord") == ()


async def test_checking_a_reply_all_day_is_slowed_down_too(club: DiscordHarness) -> None:
    await club.restart(per_person=2)
    reply = await club.ask(club.ana, club.general, DREDGED)
    told = [await (await club.ben.press(reply, "🔁")).response() for _ in range(3)]
    assert [one.text.startswith("You ask") or "again in" in one.text for one in told] == [
        False,
        False,
        True,
    ]


async def test_in_a_room_that_was_turned_off_an_edit_brings_no_answer(club: DiscordHarness) -> None:
    reply = await club.ask(club.ana, club.general, DREDGED)
    assert reply.reply_to is not None
    before = reply.text
    await club.set_mode(club.general, Mode.OFF)
    await club.ana.edit(reply.reply_to, f"{club.server.bot.mention} {VAULT}")
    hall = club.guild.add_channel("hall")
    await club.settled(hall)
    await club.done()
    assert reply.text == before


async def test_views_that_were_sent_are_not_kept_in_memory(club: DiscordHarness) -> None:
    for _ in range(3):
        await club.ask(club.ana, club.general, DREDGED)
    assert not club.discord.persistent_views


async def test_in_a_thread_the_bot_has_not_heard_of_its_room_still_counts(
    club: DiscordHarness,
) -> None:
    await club.bind(club.general, "town")
    thread = club.general.add_thread("Aside", club.ana)
    await club.ask(club.ana, thread, DREDGED)
    guild = club.discord.get_guild(club.guild.id)
    assert guild is not None
    forgotten = {"id": str(thread.id), "guild_id": str(guild.id), "parent_id": "0", "type": 11}
    club.server.gateway.tell("THREAD_DELETE", forgotten)
    await club.settled(club.general)
    assert guild.get_thread(thread.id) is None
    reply = await club.ask(club.ana, thread, VAULT)
    assert "Harrow" not in reply.text
    used = await club.ana.slash(thread, "ask", question=VAULT)
    assert "Harrow" not in (await used.response()).text
    listed = await (await club.ana.slash(thread, "sources")).response()
    assert "vault" not in listed.text.casefold()
    offered = await club.ana.autocomplete(thread, "ask", "collection", "", question="x")
    assert [value for _, value in offered] == ["town"]
