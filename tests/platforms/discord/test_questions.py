"""Every way to ask on Discord, and what is not taken for a question, as a member sees it."""

from typing import Any

import pytest

from bot.state.records import Mode
from tests.harness.discord_harness import (
    COST,
    DREDGED,
    KIBBEH,
    VAULT,
    DiscordHarness,
    answer_id,
    quoted,
)
from tests.harness.discord_server import payloads
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.permissions import USUAL, Can
from tests.harness.discord_server.waiting import NotPossible
from tests.harness.discord_server.world import Upload

BY_ADA = "The harbour of Corvel was dredged in 1903 by the engineer Ada Sand. It took nine months."
HELP = "Ask a question: the reply is quotes from the documents, nothing else."


async def test_a_mention_is_answered_by_quotes_with_their_sources(club: DiscordHarness) -> None:
    asked = await club.ana.say(club.general, DREDGED, mention_bot=True)
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert BY_ADA in quoted(reply)
    assert club.is_verbatim(reply)
    cited = "**[The harbour](<https://example.org/harbour>)**, M. Ferrow, 1911, paragraph 1"
    assert cited in reply.text
    assert "2 of 5 documents speak to this." in reply.text
    assert (reply.pings, reply.ephemeral) == ([], False)
    assert club.server.answers(club.general) == [reply]
    assert club.server.typings == []
    club.server.check()


async def test_the_sentence_found_is_bold_among_its_neighbours(club: DiscordHarness) -> None:
    found = "The dredging of the harbour cost 81,000 crowns."
    shown = await club.ask(club.ana, club.general, COST)
    lines = shown.text.split("\n")
    assert f"> The market of Corvel is held on Fridays. **{found}**" in lines
    await club.restart(emphasis=False)
    plain = await club.ask(club.ana, club.general, COST)
    assert f"> The market of Corvel is held on Fridays. {found}" in plain.text.split("\n")
    assert answer_id(plain) == answer_id(shown)
    assert quoted(plain) == quoted(shown)


async def test_every_way_to_ask_meets_the_same_answer(club: DiscordHarness) -> None:
    dm, thread = club.server.dm(club.ana), club.general.add_thread("Costs", club.ben)
    mentioned = await club.ask(club.ana, club.general, COST)
    in_dm = await club.ana.say(dm, COST)
    in_thread = await club.ben.say(thread, COST, mention_bot=True)
    answering = await club.ben.say(club.general, COST, reply_to=mentioned)
    slash = await club.boss.slash(club.general, "ask", question=COST)
    plain = await club.curator.say(club.general, COST)
    menu = await club.ana.context_menu("Ask the sources", plain)
    replies = [
        mentioned,
        await club.server.wait_for_message(dm, reply_to=in_dm),
        await club.server.wait_for_message(thread, reply_to=in_thread),
        await club.server.wait_for_message(club.general, reply_to=answering),
        await slash.response(),
        await menu.response(),
    ]
    assert len({answer_id(reply) for reply in replies}) == 1
    assert len({reply.text[reply.text.index("> ") :] for reply in replies}) == 1
    assert all(club.is_verbatim(reply) and not reply.pings for reply in replies)
    assert not any(reply.ephemeral for reply in replies)
    assert "Figures differ: " in mentioned.text
    club.server.check()


async def test_a_thread_is_answered_in_the_thread(club: DiscordHarness) -> None:
    opening = await club.ana.say(club.general, "about the vault")
    thread = club.general.add_thread("Vault", club.ana, message=opening)
    asked = await club.ana.say(thread, VAULT, mention_bot=True)
    reply = await club.server.wait_for_message(thread, reply_to=asked)
    assert "smith Tom Harrow" in reply.text
    assert club.server.answers(club.general) == []
    club.server.check()


async def test_silence_names_the_words_and_shows_no_quote(club: DiscordHarness) -> None:
    reply = await club.ask(club.ana, club.general, KIBBEH)
    assert reply.text.startswith("The documents do not answer this.\nFound nowhere: ")
    assert "kibbeh" in reply.text
    assert quoted(reply) == []
    club.server.check()


async def test_a_private_question_is_seen_by_nobody_else(club: DiscordHarness) -> None:
    used = await club.ana.slash(club.general, "ask", question=VAULT, private=True)
    reply = await used.response()
    assert "smith Tom Harrow" in reply.text
    assert (reply.ephemeral, reply.visible_to) == (True, club.ana)
    assert club.ben.sees(club.general) == []
    club.server.check()


async def test_asking_one_collection(club: DiscordHarness) -> None:
    names = await club.ana.autocomplete(club.general, "ask", "collection", "G", question=VAULT)
    assert names == [("guild", "guild")]
    used = await club.ana.slash(club.general, "ask", question=VAULT, collection="GUILD")
    assert "smith Tom Harrow" in (await used.response()).text
    used = await club.ana.slash(club.general, "ask", question=VAULT, collection="town")
    assert quoted(await used.response()) == []
    used = await club.ana.slash(club.general, "ask", question=VAULT, collection="@everyone *x*")
    told = await used.response()
    shown = "There is no document in a collection named \\@everyone \\*x\\*."
    assert (told.text, told.pings, told.ephemeral) == (shown, [], True)
    club.server.check()


async def test_a_message_without_words_cannot_be_asked_about(club: DiscordHarness) -> None:
    picture = await club.ben.say(club.general, attachments=[Upload("a.png", b"1")])
    menu = await club.ana.context_menu("Ask the sources", picture)
    told = await menu.response()
    assert (told.text, told.ephemeral) == ("That message has no words to ask about.", True)
    club.server.check()


async def test_a_mention_without_words_gets_help(club: DiscordHarness) -> None:
    asked = await club.ana.say(club.general, mention_bot=True)
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert reply.text.startswith(HELP)
    assert "> – ask the documents a question\n" in reply.text
    assert "/corpus" not in reply.text
    # Only curators may reload.
    for_boss = await club.ask(club.boss, club.general, "")
    assert "</corpus status:" in for_boss.text
    assert "/corpus reload" not in for_boss.text
    club.server.check()


async def test_a_mention_of_the_bots_role_is_one_of_the_bot(club: DiscordHarness) -> None:
    await club.restart(message_content=True)
    role = club.guild.bot_role
    assert role is not None
    asked = await club.ana.say(club.general, f"{role.mention} {VAULT}")
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert "smith Tom Harrow" in reply.text
    # Discord hides the words of such a message from a bot that may not read all of them.
    await club.restart(message_content=False)
    club.guild.change_role(club.guild.everyone, USUAL | Can.MENTION_EVERYONE)
    asked = await club.ana.say(club.general, f"{role.mention} {VAULT}")
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert reply.text.startswith(HELP)
    club.server.check()


async def test_an_answer_to_the_bots_message_is_a_question(club: DiscordHarness) -> None:
    first = await club.ask(club.ana, club.general, DREDGED)
    asked = await club.ben.say(club.general, VAULT, reply_to=first)
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert "smith Tom Harrow" in reply.text
    # Without a ping there is no mention either: the words come with the intent only.
    await club.restart(message_content=True)
    asked = await club.ben.say(club.general, VAULT, reply_to=first, ping_author=False)
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert "smith Tom Harrow" in reply.text
    club.server.check()


async def test_an_answer_to_somebody_else_is_none(club: DiscordHarness) -> None:
    other = await club.ana.say(club.general, "good morning")
    await club.ben.say(club.general, VAULT, reply_to=other)
    await club.settled(club.general)
    assert len(club.server.answers(club.general)) == 1
    club.server.check()


async def test_asking_where_the_bot_is_not_a_member(club: DiscordHarness) -> None:
    cleo = club.server.add_user("cleo", app_installed=True)
    hall = club.server.add_guild("Elsewhere", members=[cleo], with_bot=False).add_channel("hall")
    used = await cleo.slash(hall, "ask", question=VAULT)
    assert "smith Tom Harrow" in (await used.response()).text
    group = club.server.group(cleo, club.ana)
    used = await cleo.slash(group, "ask", question=VAULT)
    reply = await used.response()
    pressed = await cleo.press(reply, "Context")
    around = await pressed.response()
    assert (around.ephemeral, club.is_verbatim(around)) == (True, True)
    with pytest.raises(NotPossible, match="may not be used here"):
        await club.ana.slash(group, "ask", question=VAULT)
    club.server.check()


@pytest.mark.parametrize("hears", [True, False], ids=["intent", "no intent"])
async def test_a_room_where_everything_is_a_question(
    closed_club: DiscordHarness, hears: bool
) -> None:
    club = closed_club
    await club.start()
    await club.restart(message_content=True)
    await club.set_mode(club.general, Mode.EVERYTHING)
    other = club.guild.add_channel("other")
    await club.restart(message_content=hears)
    plain = await club.ana.say(club.general, VAULT)
    await club.ana.say(other, VAULT)
    asked = await club.ben.say(club.general, VAULT, mention_bot=True)
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert "smith Tom Harrow" in reply.text
    await club.settled(other)
    # Two questions at once may be answered in either order.
    answered = sorted(m.reply_to.id for m in club.server.answers(club.general) if m.reply_to)
    assert answered == ([plain.id, asked.id] if hears else [asked.id])
    assert len(club.server.answers(other)) == 1
    club.server.check()


async def test_small_talk_gets_a_reply_only_where_it_is_meant_for_the_bot(
    closed_club: DiscordHarness,
) -> None:
    club = closed_club
    await club.start()
    await club.restart(message_content=True)
    await club.set_mode(club.general, Mode.EVERYTHING)
    for talk in ("hello everyone", "thanks!", "🙂", "help", "2+2"):
        await club.ana.say(club.general, talk)
    asked = await club.ana.say(club.general, "danke", mention_bot=True)
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert reply.text == "Gern geschehen."
    greeted = await club.ana.say(club.general, "hello", mention_bot=True)
    reply = await club.server.wait_for_message(club.general, reply_to=greeted)
    assert reply.text.startswith("Hello.\nAsk in your own words. </sources:")
    await club.settled(club.guild.add_channel("other"))
    assert [m.reply_to for m in club.server.answers(club.general)] == [asked, greeted]
    club.server.check()


async def test_in_a_room_that_is_off_nothing_is_a_question(club: DiscordHarness) -> None:
    quiet = club.guild.add_channel("quiet")
    await club.set_mode(quiet, Mode.OFF)
    await club.ana.say(quiet, VAULT, mention_bot=True)
    used = await club.ana.slash(quiet, "ask", question=VAULT)
    told = await used.response()
    assert (told.text, told.ephemeral) == ("Questions are not answered in this room.", True)
    await club.settled(club.general)
    assert club.server.answers(quiet) == []
    club.server.check()


async def test_bots_webhooks_and_what_discord_writes_are_no_questions(club: DiscordHarness) -> None:
    robot = club.server.add_user("robot", bot=True)
    club.guild.add_member(robot)
    await robot.say(club.general, VAULT, mention_bot=True)
    await club.ben.say(club.general, kind=7)
    await club.ben.forward(await club.ben.say(club.general, VAULT), club.general)
    club.server.gateway.tell("MESSAGE_CREATE", hooked(club))
    await club.settled(club.general)
    assert len(club.server.answers(club.general)) == 1
    club.server.check()


def hooked(club: DiscordHarness) -> dict[str, Any]:
    """What arrives when a webhook writes a message that mentions the bot."""
    message = ServerMessage(
        id=club.server.world.snowflakes.next(),
        channel=club.general,
        author=club.ana,
        content=f"{club.server.bot.mention} {VAULT}",
        timestamp=club.server.clock.now(),
        mentions=[club.server.bot],
    )
    return {**payloads.message_event(message, -1), "webhook_id": "7"}


async def test_other_mentions_in_a_question_are_read_by_name(club: DiscordHarness) -> None:
    club.guild.add_member(club.ben, nick="Tom Harrow")
    reply = await club.ask(
        club.ana, club.general, f"Which door was made by the smith {club.ben.mention}?"
    )
    assert "smith Tom Harrow" in reply.text
    assert reply.pings == []
    club.server.check()


async def test_words_that_are_typed_as_commands(club: DiscordHarness) -> None:
    listed = await club.ask(club.ana, club.general, "/sources guild")
    assert listed.text.startswith("1 document:\n")
    assert "The vault" in listed.text
    shown = await club.ask(club.ana, club.general, "/source harbour.md")
    assert "Author: M. Ferrow" in shown.text
    wrong = await club.ask(club.ana, club.general, "/surces")
    assert wrong.text.startswith("There is no command /surces. The nearest is </sources:")
    club.server.check()


async def test_a_question_that_leans_on_the_one_before(club: DiscordHarness) -> None:
    await club.ask(club.ana, club.general, COST)
    leaning = await club.ask(club.ana, club.general, "And in 1903?")
    assert leaning.text.startswith("Read with the question before: ")
    other = await club.ask(club.ben, club.general, "And in 1903?")
    assert "Read with" not in other.text
    club.server.check()


async def test_sources_for_who_asks_only(club: DiscordHarness) -> None:
    used = await club.ana.slash(club.general, "sources")
    listed = await used.response()
    assert (listed.ephemeral, listed.text.split("\n")[0]) == (True, "5 documents:")
    found = await club.ana.autocomplete(club.general, "source", "name", "harb")
    assert [value for _, value in found] == ["town/harbour.md"]
    used = await club.ana.slash(club.general, "source", {"name": "town/harbour.md"})
    known = await used.response()
    assert "Link: <https://example.org/harbour>" in known.text
    assert known.ephemeral
    used = await club.ana.slash(club.general, "source", {"name": "nowhere"})
    assert (await used.response()).text == "No document has that name: see the list of sources."
    used = await club.ana.slash(club.general, "about")
    assert "Replies here are quotes from 5 documents" in (await used.response()).text
    club.server.check()


async def test_a_place_where_the_bot_may_not_write(club: DiscordHarness) -> None:
    """The question is dropped with one line in the log; others are not disturbed."""
    closed = club.guild.add_channel("closed")
    closed.overwrite(club.server.bot, deny=Can.SEND_MESSAGES)
    await club.ana.say(closed, VAULT, mention_bot=True)
    await club.settled(club.general)
    assert club.server.answers(closed) == []
    await club.until(lambda: any(c.status == 403 for c in club.server.calls))
    await club.done()
    assert await club.store.jobs.pending("discord") == ()
    club.server.check()
