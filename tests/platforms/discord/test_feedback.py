"""Why a reply did not help: asked of who votes, told to curators with the reply as it was given."""

import pytest

from tests.harness.discord_harness import COST, KIBBEH, VAULT, DiscordHarness
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.waiting import NotPossible

REASONS = ["Not an answer", "Outdated", "One-sided", "Something else"]
NONE = "No reply was found not good."
restarts = pytest.mark.parametrize("again", [False, True], ids=["at once", "after a restart"])


async def pressed(who: DiscordPerson, message: ServerMessage, button: str) -> ServerMessage:
    """What a button brings."""
    return await (await who.press(message, button)).response()


async def remarked(
    club: DiscordHarness, who: DiscordPerson, asked: ServerMessage, words: str
) -> ServerMessage:
    """What a remark brings that is sent by the form."""
    opened = await who.press(asked, "Remark")
    await opened.opened_form()
    return await (await who.send_form(opened, remark=words)).response()


async def listed(club: DiscordHarness, who: DiscordPerson) -> ServerMessage:
    """The list of replies that did not help."""
    return await (await who.slash(club.general, "corpus feedback")).response()


@restarts
async def test_who_votes_against_a_reply_is_asked_why_once_and_nobody_else_sees_it(
    club: DiscordHarness, again: bool
) -> None:
    shown = await club.ask(club.ana, club.general, VAULT)
    asked = await pressed(club.ben, shown, "👎")
    assert (asked.ephemeral, asked.visible_to) == (True, club.ben)
    assert [button.label for button in asked.buttons] == [*REASONS, "Remark"]
    if again:
        await club.restart()
    thanks = await pressed(club.ben, asked, "Outdated")
    assert (thanks, thanks.text) == (asked, "Thank you. Noted: Outdated.")
    thanks = await remarked(club, club.ben, asked, "The door is new.")
    assert (thanks, thanks.text) == (asked, "Thank you. Your remark is noted.")
    assert club.server.answers(club.general) == [shown]
    told = (await listed(club, club.boss)).text
    assert "Did not help: 1. Helped: 0." in told
    assert "Outdated: 1." in told
    assert "“The door is new.”" in told
    assert (await pressed(club.ben, shown, "👎")).text == "Your vote is withdrawn."
    assert (await listed(club, club.boss)).text == NONE
    if not again:
        told_again = await pressed(club.ben, shown, "👎")
        assert (told_again.text, told_again.buttons) == ("Noted: this did not help.", [])


async def test_a_form_that_was_open_over_a_restart_is_taken(club: DiscordHarness) -> None:
    shown = await club.ask(club.ana, club.general, VAULT)
    opened = await club.ana.press(await pressed(club.ana, shown, "👎"), "Remark")
    form = await opened.opened_form()
    assert form["title"] == "Why this did not help"
    await club.restart()
    thanks = await (await club.ana.send_form(opened, remark="Too short.")).response()
    assert thanks.text == "Thank you. Your remark is noted."
    assert "“Too short.”" in (await listed(club, club.boss)).text


async def test_another_vote_takes_reason_and_remark_with_it(club: DiscordHarness) -> None:
    shown = await club.ask(club.ana, club.general, VAULT)
    asked = await pressed(club.ana, shown, "👎")
    await pressed(club.ana, asked, "One-sided")
    await pressed(club.ana, shown, "👍")
    gone = "Nothing was noted, since your vote is withdrawn or changed."
    assert (await remarked(club, club.ana, asked, "Late.")).text == gone
    await pressed(club.ana, shown, "👎")
    told = (await listed(club, club.boss)).text
    assert "One-sided" not in told
    assert "Late." not in told


async def test_the_form_and_the_question_speak_the_language_of_who_votes(
    club: DiscordHarness,
) -> None:
    club.ana.locale = "de"
    shown = await club.ask(club.ben, club.general, VAULT)
    asked = await pressed(club.ana, shown, "👎")
    assert [button.label for button in asked.buttons][:2] == ["Keine Antwort", "Veraltet"]
    form = await (await club.ana.press(asked, "Anmerkung")).opened_form()
    assert form["title"] == "Warum das nicht half"


async def test_a_remark_does_nothing_but_stand_there(club: DiscordHarness) -> None:
    shown = await club.ask(club.ana, club.general, VAULT)
    asked = await pressed(club.ana, shown, "👎")
    empty = await remarked(club, club.ana, asked, "\u200b \n")
    assert empty.text == "A remark has words. Nothing was noted."
    words = f"@everyone <@{club.ben.id}>\n# **Big** ||x|| \u202e[a](https://evil.example)"
    await remarked(club, club.ana, asked, words)
    told = await listed(club, club.boss)
    assert told.pings == []
    assert (
        rf"“\@everyone \<@{club.ben.id}> # \*\*Big\*\* \|\|x\|\| \[a\]\(https\://evil.example)”"
        in told.text
    )


@restarts
async def test_curators_see_the_reply_as_it_was_given(club: DiscordHarness, again: bool) -> None:
    await club.restart(keep_questions=True)
    shown = await club.ask(club.ana, club.general, VAULT)
    await pressed(club.ana, shown, "👎")
    await pressed(club.ben, shown, "👍")
    if again:
        await club.restart()
    told = await listed(club, club.curator)
    assert told.ephemeral
    assert told.text.startswith(
        "1 · Question: Who made the door of the vault?\nDid not help: 1. Helped: 1. Last: 20"
    )
    given = await pressed(club.curator, told, "Reply 1")
    assert given.ephemeral
    assert club.is_verbatim(given)
    place = f"{club.guild.id}/{club.general.id}/{shown.id}"
    assert f"Its message: <https://discord.com/channels/{place}>" in given.text
    club.write("guild/vault.md", "# The vault\n\nNothing is known of it.\n")
    await club.reload()
    given = await pressed(club.curator, told, "Reply 1")
    assert "Excerpt 1 as it was given. “The vault” has changed since" in given.text
    assert "\nThe vault of the guild lies under the hall." in given.text
    assert "\n> " not in given.text
    (club.corpus / "guild/vault.md").unlink()
    await club.reload()
    given = await pressed(club.curator, told, "Reply 1")
    assert "Excerpt 1 as it was given. “The vault” is gone, so this is no quote:" in given.text
    await pressed(club.ana, shown, "👎")
    gone = "There is no such reply in this list any more."
    assert (await pressed(club.curator, told, "Reply 1")).text == gone


async def test_a_private_question_is_never_shown(club: DiscordHarness) -> None:
    await club.restart(keep_questions=True)
    asked = await club.ana.slash(club.general, "ask", question=VAULT, private=True)
    await pressed(club.ana, await asked.response(), "👎")
    told = await listed(club, club.curator)
    assert told.text.startswith("1 · A question that is not kept.\nDid not help: 1.")
    given = await pressed(club.curator, told, "Reply 1")
    assert "door of the vault?" not in given.text
    assert "Its message" not in given.text
    # Asked for all to see, it may be named, but not to those who know the private vote alone.
    await club.ask(club.ben, club.general, VAULT)
    assert "A question that is not kept." in (await listed(club, club.curator)).text


async def test_managers_see_what_their_server_and_room_may_see(club: DiscordHarness) -> None:
    away = club.server.add_guild("Away", members=[club.ana, club.boss, club.curator])
    away.add_member(club.boss, away.add_role("Managing", Can.MANAGE_GUILD))
    there = away.add_channel("there")
    shown = await club.ask(club.ana, club.general, VAULT)
    await pressed(club.ana, shown, "👎")
    silent = await club.ask(club.ana, there, KIBBEH)
    await pressed(club.ana, silent, "👎")
    of_away = await (await club.boss.slash(there, "corpus feedback")).response()
    assert of_away.text.count("Did not help") == 1
    given = await pressed(club.boss, of_away, "Reply 1")
    assert "The documents do not answer this." in given.text
    everything = await listed(club, club.curator)
    assert everything.text.count("Did not help") == 2
    # The link of a message in another server is not named.
    assert "Its message" not in (await pressed(club.curator, everything, "Reply 1")).text
    await club.bind(club.general, "town")
    assert (await listed(club, club.boss)).text == NONE
    stale = await pressed(club.boss, of_away, "Reply 1")
    assert "The documents do not answer this." in stale.text
    with pytest.raises(NotPossible):
        await club.ana.slash(club.general, "corpus feedback")


async def test_no_link_leads_into_a_channel_that_a_manager_does_not_see(
    club: DiscordHarness,
) -> None:
    hidden = club.guild.add_channel("hidden")
    hidden.overwrite(club.boss, deny=Can.VIEW_CHANNEL)
    shown = await club.ask(club.ana, hidden, VAULT)
    await pressed(club.ana, shown, "👎")
    told = await listed(club, club.boss)
    assert "Its message" not in (await pressed(club.boss, told, "Reply 1")).text
    hidden.overwrite(club.boss, allow=Can.VIEW_CHANNEL)
    place = f"{club.guild.id}/{hidden.id}/{shown.id}"
    assert place in (await pressed(club.boss, told, "Reply 1")).text


async def test_who_may_not_see_feedback_gets_none_by_an_old_button(club: DiscordHarness) -> None:
    shown = await club.ask(club.ana, club.general, VAULT)
    await pressed(club.ana, shown, "👎")
    managing = club.guild.add_role("Passing", Can.MANAGE_GUILD)
    club.guild.add_member(club.ben, managing)
    told = await listed(club, club.ben)
    assert "Did not help" in told.text
    club.guild.members[club.ben.id].roles.remove(managing)
    refused = await pressed(club.ben, told, "Reply 1")
    assert refused.text == "Only someone who manages this place may do this."


async def test_many_replies_are_turned_page_by_page_and_the_status_counts(
    club: DiscordHarness,
) -> None:
    for number in range(12):
        shown = await club.ask(club.ana, club.general, f"{COST} {number}")
        await pressed(club.ana, shown, "👎")
    first = await listed(club, club.boss)
    assert [b.label for b in first.buttons if b.label.startswith("Reply")] == [
        f"Reply {number}" for number in range(1, 11)
    ]
    second = await pressed(club.boss, first, "Next")
    assert [b.label for b in second.buttons] == ["Reply 11", "Reply 12", "Back"]
    status = (await (await club.boss.slash(club.general, "corpus status")).response()).text
    assert "Replies found good: 0. Not good: 12.\n</corpus feedback:" in status
    forgotten = await (await club.ana.slash(club.general, "privacy forget")).response()
    assert "You no longer are." in forgotten.text
    assert (await listed(club, club.boss)).text == NONE
