"""What is edited or deleted: replies follow their questions, also after a restart."""

from typing import Any

import pytest

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
from tests.harness.discord_server.places import Channel

restarts = pytest.mark.parametrize("again", [False, True], ids=["at once", "after a restart"])


async def answered(
    club: DiscordHarness, question: str, where: Channel | None = None
) -> ServerMessage:
    """A question of Ana's whose reply is there and noted."""
    place = where or club.general
    asked = await club.ana.say(place, question, mention_bot=True)
    await club.server.wait_for_message(place, reply_to=asked)
    await club.done()
    return asked


async def rewritten(club: DiscordHarness, asked: ServerMessage, text: str) -> None:
    await club.ana.edit(asked, f"{club.server.bot.mention} {text}")


def changed(message: ServerMessage) -> dict[str, Any]:
    """What arrives when a message changes in any way."""
    return payloads.message_event(message, -1)


def patches(club: DiscordHarness) -> int:
    return sum(call.method == "PATCH" for call in club.server.calls)


@restarts
async def test_an_edited_question_has_its_reply_edited(club: DiscordHarness, again: bool) -> None:
    asked = await answered(club, DREDGED)
    (reply,) = club.server.answers(club.general)
    before, first = reply.text, answer_id(reply)
    if again:
        await club.restart()
    await rewritten(club, asked, VAULT)
    await club.until(lambda: reply.history, "the reply to be edited")
    assert (reply.history, reply.pings) == ([before], [])
    assert "smith Tom Harrow" in reply.text
    assert answer_id(reply) != first
    assert club.server.answers(club.general) == [reply]
    # Its buttons are those of the new reply.
    told = await (await club.ben.press(reply, "Source")).response()
    assert told.text.startswith("The vault\n")
    await rewritten(club, asked, KIBBEH)
    await club.until(lambda: len(reply.history) == 2)
    assert quoted(reply) == []
    await rewritten(club, asked, DREDGED)
    await club.until(lambda: len(reply.history) == 3)
    assert (answer_id(reply), reply.text) == (first, before)
    club.server.check()


async def test_an_edited_question_of_a_thread(club: DiscordHarness) -> None:
    thread = club.general.add_thread("Old harbours", club.ana)
    asked = await answered(club, DREDGED, thread)
    (reply,) = club.server.answers(thread)
    await rewritten(club, asked, VAULT)
    await club.until(lambda: "Tom Harrow" in reply.text)
    assert club.server.answers(club.general) == []
    club.server.check()


async def test_further_pages_of_the_old_reply_go_with_an_edit(club: DiscordHarness) -> None:
    asked = await answered(club, COST)
    (reply,) = club.server.answers(club.general)
    label = next(b.label for b in reply.buttons if b.label.startswith("More"))
    further = await (await club.ben.press(reply, label)).response()
    await club.done()
    await rewritten(club, asked, VAULT)
    await club.until(lambda: further.deleted)
    assert "Tom Harrow" in reply.text
    assert club.server.answers(club.general) == [reply]
    club.server.check()


@restarts
async def test_a_message_that_is_edited_into_a_question(club: DiscordHarness, again: bool) -> None:
    plain = await club.ana.say(club.general, VAULT)
    await club.settled(club.general)
    if again:
        await club.restart()
    await rewritten(club, plain, VAULT)
    reply = await club.server.wait_for_message(club.general, reply_to=plain)
    assert "Tom Harrow" in reply.text
    await club.done()
    await rewritten(club, plain, DREDGED)
    await club.until(lambda: "Ada Sand" in reply.text)
    assert len(club.server.answers(club.general)) == 2
    club.server.check()


async def test_a_change_that_is_none_of_the_words(club: DiscordHarness) -> None:
    """A preview that is added, a pin, or the same words once more change nothing."""
    asked = await answered(club, VAULT)
    (reply,) = club.server.answers(club.general)
    club.server.gateway.tell("MESSAGE_UPDATE", changed(asked))
    await rewritten(club, asked, VAULT)
    await rewritten(club, asked, f"  {VAULT} ")
    await club.settled(club.general)
    await club.done()
    assert (reply.history, patches(club)) == ([], 0)
    assert len(club.server.answers(club.general)) == 2
    club.server.check()


async def test_edits_of_bots_and_webhooks_are_not_heard(club: DiscordHarness) -> None:
    robot = club.server.add_user("robot", bot=True)
    club.guild.add_member(robot)
    said = await robot.say(club.general, "beep")
    await robot.edit(said, f"{club.server.bot.mention} {VAULT}")
    plain = await club.ana.say(club.general, f"{club.server.bot.mention} hello")
    await club.server.wait_for_message(club.general, reply_to=plain)
    hooked = changed(plain) | {"webhook_id": "7", "edited_timestamp": "2026-11-22T07:00:00+00:00"}
    club.server.gateway.tell("MESSAGE_UPDATE", hooked | {"id": str(said.id)})
    await club.settled(club.general)
    assert [m for m in club.server.answers(club.general) if m.reply_to is said] == []
    club.server.check()


@restarts
async def test_a_deleted_question_takes_all_of_its_reply(club: DiscordHarness, again: bool) -> None:
    asked = await answered(club, COST)
    (reply,) = club.server.answers(club.general)
    label = next(b.label for b in reply.buttons if b.label.startswith("More"))
    await (await club.ben.press(reply, label)).response()
    await club.done()
    if again:
        await club.restart()
    await club.ana.delete(asked)
    await club.until(lambda: not club.server.answers(club.general), "the replies to be deleted")
    club.server.check()


async def test_many_questions_that_are_deleted_at_once(club: DiscordHarness) -> None:
    asked = [await answered(club, question) for question in (DREDGED, COST, VAULT)]
    other = await answered(club, KIBBEH)
    gone = [str(message.id) for message in asked]
    for message in asked:
        message.deleted = True
    body = {"ids": gone, "channel_id": str(club.general.id), "guild_id": str(club.guild.id)}
    club.server.gateway.tell("MESSAGE_DELETE_BULK", body)
    await club.until(lambda: len(club.server.answers(club.general)) == 1)
    assert club.server.answers(club.general)[0].reply_to is other
    club.server.check()


async def test_a_question_that_is_edited_while_it_is_answered(club: DiscordHarness) -> None:
    club.answering.gate.clear()
    asked = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await club.until(lambda: club.answering.waiting)
    await rewritten(club, asked, VAULT)
    club.answering.gate.set()
    reply = await club.server.wait_for_message(club.general, "Tom Harrow")
    await club.done()
    assert club.server.answers(club.general) == [reply]
    assert reply.reply_to is asked
    club.server.check()


async def test_a_question_that_is_deleted_while_it_is_answered(club: DiscordHarness) -> None:
    club.answering.gate.clear()
    asked = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await club.until(lambda: club.answering.waiting)
    await club.ana.delete(asked)
    club.answering.gate.set()
    await club.settled(club.general)
    await club.done()
    assert [m.reply_to for m in club.server.answers(club.general)] != [asked]
    assert len(club.server.answers(club.general)) == 1
    assert await club.store.jobs.pending("discord") == ()
    club.server.check()


async def test_a_reply_that_a_moderator_deleted_stays_away(club: DiscordHarness) -> None:
    asked = await answered(club, COST)
    (reply,) = club.server.answers(club.general)
    label = next(b.label for b in reply.buttons if b.label.startswith("More"))
    further = await (await club.ben.press(reply, label)).response()
    await club.done()
    await club.mod.delete(reply)
    await club.until(lambda: further.deleted)
    await rewritten(club, asked, VAULT)
    await club.settled(club.general)
    await club.done()
    assert [m.reply_to for m in club.server.answers(club.general) if m.reply_to is asked] == []
    club.server.check()


async def test_a_mention_without_words_that_gets_them_later(club: DiscordHarness) -> None:
    asked = await answered(club, "")
    (told,) = club.server.answers(club.general)
    assert told.text.startswith("Ask a question: ")
    await rewritten(club, asked, VAULT)
    await club.until(lambda: "Tom Harrow" in told.text)
    await club.done()
    # To help and back: the reply is shown again, though it was shown before.
    await rewritten(club, asked, "/help")
    await club.until(lambda: told.text.startswith("Ask a question: "))
    await club.done()
    await rewritten(club, asked, VAULT)
    await club.until(lambda: "Tom Harrow" in told.text)
    assert club.server.answers(club.general) == [told]
    await club.ana.delete(asked)
    await club.until(lambda: told.deleted)
    club.server.check()


async def test_help_goes_with_its_question(club: DiscordHarness) -> None:
    asked = await answered(club, "/help")
    (told,) = club.server.answers(club.general)
    await club.ana.delete(asked)
    await club.until(lambda: told.deleted)
    club.server.check()


async def test_an_edit_keeps_its_old_reply_where_it_cannot_be_changed(club: DiscordHarness) -> None:
    asked = await answered(club, VAULT)
    (reply,) = club.server.answers(club.general)
    club.server.fail_next("PATCH", "/messages/", status=403, code=50013)
    await rewritten(club, asked, DREDGED)
    await club.settled(club.general)
    await club.done()
    assert "Tom Harrow" in reply.text
    await rewritten(club, asked, COST)
    await club.until(lambda: "81,000" in reply.text)
    club.server.check()


async def test_an_edit_sees_what_its_room_may_see_now(club: DiscordHarness) -> None:
    asked = await answered(club, VAULT)
    (reply,) = club.server.answers(club.general)
    await club.bind(club.general, "town")
    await rewritten(club, asked, f"Please, {VAULT}")
    await club.until(lambda: reply.history)
    assert "Harrow" not in "\n".join(quoted(reply))
    club.server.check()
