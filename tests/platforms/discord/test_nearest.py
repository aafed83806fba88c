"""What is near where the documents do not answer: offered, chosen, voted on, seen by curators."""

import pytest

from tests.harness.discord_harness import KIBBEH, LAMPS, DiscordHarness, quoted
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.people import DiscordPerson

OFFER = "Nearest, but not an answer:\n1 · The market, paragraph 2\n2 · The harbour, paragraph 2\n"
FISH = "Fish, salt and rope are sold there until noon."
restarts = pytest.mark.parametrize("again", [False, True], ids=["at once", "after a restart"])


async def pressed(who: DiscordPerson, message: ServerMessage, button: str) -> ServerMessage:
    """What a button brings: a message of its own."""
    return await (await who.press(message, button)).response()


async def unanswered(club: DiscordHarness, who: DiscordPerson) -> list[str]:
    """The list of questions without an answer, without its first line."""
    listed = await who.slash(club.general, "corpus unanswered")
    return (await listed.response()).text.splitlines()[1:]


def signs(message: ServerMessage) -> list[str]:
    return [button.emoji or "" for button in message.buttons]


@restarts
async def test_a_title_that_is_chosen_brings_its_quote_as_no_answer(
    club: DiscordHarness, again: bool
) -> None:
    shown = await club.ask(club.ana, club.general, LAMPS)
    assert OFFER in shown.text
    assert (quoted(shown), signs(shown)) == ([], ["1️⃣", "2️⃣", "👍", "👎", "❌"])
    if again:
        await club.restart()
    near = await pressed(club.ben, shown, "1️⃣")
    assert near.text.startswith("**Nearest, but not an answer:**\n> ")
    assert (near.ephemeral, club.is_verbatim(near)) == (True, True)
    assert any(FISH in line for line in quoted(near))
    assert "salt" in (await pressed(club.ben, shown, "2️⃣")).text
    if again:
        await club.restart()
    assert club.is_verbatim(await pressed(club.ben, near, "Context"))
    assert (await pressed(club.ben, near, "👍")).text == "Noted: this helped."
    assert (await unanswered(club, club.curator))[:3] == [
        f"1 · 1 × {LAMPS}",
        "→ The market, paragraph 2. Chosen: 1. (👍 1, 👎 0)",
        "→ The harbour, paragraph 2. Chosen: 1.",
    ]
    club.server.check()


async def test_what_people_liked_is_the_first_candidate_for_a_pin(club: DiscordHarness) -> None:
    async def candidates() -> list[str]:
        listed = await (await club.curator.slash(club.general, "corpus unanswered")).response()
        return quoted(await pressed(club.curator, listed, "1"))

    shown = await club.ask(club.ana, club.general, LAMPS)
    near = await pressed(club.ben, shown, "2️⃣")
    before = await candidates()
    assert any(FISH in line for line in before[:1])
    await pressed(club.ben, near, "👍")
    after = await candidates()
    assert after[0] == quoted(near)[0] != before[0]
    assert len(set(after)) == len(after) == len(before)
    await pressed(club.ben, near, "👎")
    assert await candidates() == before


async def test_nothing_is_offered_where_nothing_is_near(club: DiscordHarness) -> None:
    shown = await club.ask(club.ana, club.general, KIBBEH)
    assert "Nearest" not in shown.text
    assert signs(shown) == ["👍", "👎", "❌"]
    club.server.check()


async def test_the_most_chosen_stands_first_and_each_person_counts_once(
    club: DiscordHarness,
) -> None:
    shown = await club.ask(club.ana, club.general, LAMPS)
    for who, number in ((club.ana, 1), (club.ana, 2), (club.ana, 2), (club.ben, 2)):
        assert quoted(await pressed(who, shown, "1️⃣" if number == 1 else "2️⃣"))
    assert await unanswered(club, club.boss) == [
        f"1 · 1 × {LAMPS}",
        "→ The harbour, paragraph 2. Chosen: 2.",
        "→ The market, paragraph 2. Chosen: 1.",
    ]
    club.server.check()


async def test_a_number_in_a_reply_chooses_too_and_is_else_a_question(
    club: DiscordHarness,
) -> None:
    shown = await club.ask(club.ana, club.general, LAMPS)
    chosen = await club.ana.say(club.general, "1", mention_bot=True, reply_to=shown)
    near = await club.server.wait_for_message(club.general, reply_to=chosen)
    assert any(FISH in line for line in quoted(near))
    other = await club.ask(club.ben, club.general, KIBBEH)
    asked = await club.ben.say(club.general, "1", mention_bot=True, reply_to=other)
    told = await club.server.wait_for_message(club.general, reply_to=asked)
    assert "Silence" in told.text
    club.server.check()


async def test_what_is_chosen_in_private_is_not_listed(club: DiscordHarness) -> None:
    asked = await club.ana.slash(club.general, "ask", question=LAMPS, private=True)
    assert quoted(await pressed(club.ana, await asked.response(), "1️⃣"))
    listed = await club.curator.slash(club.general, "corpus unanswered")
    assert (await listed.response()).text == "No question is without an answer."
    club.server.check()


@restarts
async def test_a_room_that_is_bound_meanwhile_shows_nothing_of_what_was_offered(
    club: DiscordHarness, again: bool
) -> None:
    shown = await club.ask(club.ana, club.general, LAMPS)
    assert quoted(await pressed(club.ben, shown, "1️⃣"))
    await club.bind(club.general, "guild")
    if again:
        await club.restart()
    told = await pressed(club.ana, shown, "1️⃣")
    assert told.text == (
        "The document of excerpt 1 has changed since, or is gone. Ask the question again."
    )
    # Who manages the server sees what this room sees, a curator everything.
    assert await unanswered(club, club.boss) == [f"1 · 1 × {LAMPS}"]
    assert len(await unanswered(club, club.curator)) == 2
    club.server.check()


async def test_a_document_that_changed_or_is_gone_is_no_longer_quoted(
    club: DiscordHarness,
) -> None:
    shown = await club.ask(club.ana, club.general, LAMPS)
    assert quoted(await pressed(club.ben, shown, "1️⃣"))
    club.write("town/market.md", "# The market\n\nThe market was closed.\n")
    await club.reload()
    gone = await pressed(club.ana, shown, "1️⃣")
    assert "The document of excerpt 1 has changed since" in gone.text
    assert await unanswered(club, club.curator) == [
        f"1 · 1 × {LAMPS}",
        "→ The market, which has changed since. Chosen: 1.",
    ]
    club.server.check()
