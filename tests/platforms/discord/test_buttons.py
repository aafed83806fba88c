"""Every button of a reply, also after a restart and when the documents or the room changed."""

from datetime import UTC, datetime, timedelta

import pytest
import regex

from bot.state.records import ReplyCounts
from tests.harness.discord_harness import (
    COST,
    DOCUMENTS,
    DREDGED,
    LAMPS,
    VAULT,
    DiscordHarness,
    answer_id,
    quoted,
)
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.waiting import NotPossible

HARBOUR = DOCUMENTS["town/harbour.md"]
NOT_KEPT = "This reply is no longer kept. Ask the question again."
restarts = pytest.mark.parametrize("again", [False, True], ids=["at once", "after a restart"])


async def maybe(club: DiscordHarness, again: bool) -> None:
    if again:
        await club.restart()


async def pressed(who: DiscordPerson, message: ServerMessage, button: str) -> ServerMessage:
    """What a button brings: a message of its own."""
    return await (await who.press(message, button)).response()


def more(message: ServerMessage) -> str | None:
    """The label of its button for more, if it has one."""
    return next((b.label for b in message.buttons if b.label.startswith("More")), None)


def ids(message: ServerMessage, emoji: str) -> list[str]:
    """The custom ids of its buttons with that sign."""
    return [b.custom_id or "" for b in message.buttons if b.emoji == emoji]


async def with_eight_years(club: DiscordHarness, before: str = "") -> None:
    """Have eight more documents, each with a cost of the dredging after the words `before`."""
    for number in range(8):
        cost = f"In {1910 + number} the dredging of the harbour cost {number + 2},000 crowns."
        club.write(f"town/year-{number}.md", f"# Year {number}\n\n{before}{cost}\n")
    await club.reload()


@restarts
async def test_more_until_nothing_is_left(club: DiscordHarness, again: bool) -> None:
    await with_eight_years(club)
    shown = await club.ask(club.ana, club.general, COST)
    seen, pages, left = quoted(shown), [shown], []
    while (label := more(pages[-1])) is not None:
        left.append(int(regex.findall(r"\d+", label)[0]))
        await maybe(club, again)
        page = await pressed(club.ben, pages[-1], label)
        assert (page.ephemeral, page.pings, page.reply_to) == (False, [], pages[-1])
        assert club.is_verbatim(page)
        assert len(quoted(page)) == left[-1] - (int(regex.findall(r"\d+", more(page) or "0")[0]))
        seen += quoted(page)
        pages.append(page)
    saved = await club.store.answers.reply(answer_id(shown))
    assert saved is not None
    assert len(seen) == len(set(seen)) == len(saved.excerpts) == 4 + left[0]
    assert len(pages) >= 3
    numbers = regex.findall(r"^-# (\d+) · ", "\n".join(p.text for p in pages), regex.MULTILINE)
    assert list(map(int, numbers)) == list(range(1, len(seen) + 1))
    club.server.check()


@restarts
async def test_further_excerpts_have_their_emphasis(club: DiscordHarness, again: bool) -> None:
    await with_eight_years(club, "It was a wet year. ")
    shown = await club.ask(club.ana, club.general, COST)
    await maybe(club, again)
    page = await pressed(club.ben, shown, more(shown) or "")
    bold = regex.findall(r"^> It was a wet year\. \*\*In \d+ .*\.\*\*$", page.text, regex.MULTILINE)
    assert len(bold) == len(quoted(page)) == 3
    around = await pressed(club.ben, page, ids(page, "🔎")[0])
    assert "It was a wet year. In 19" in around.text


@restarts
async def test_context_is_for_who_presses(club: DiscordHarness, again: bool) -> None:
    shown = await club.ask(club.ana, club.general, DREDGED)
    await maybe(club, again)
    second = ids(shown, "🔎")[1]
    around = await pressed(club.ben, shown, second)
    assert (around.ephemeral, around.visible_to) == (True, club.ben)
    paragraphs = HARBOUR.strip().split("\n\n")[1:3]
    assert [line for p in paragraphs for line in p.split("\n")] == quoted(around)
    assert club.server.answers(club.general) == [shown]
    club.server.check()


@restarts
async def test_source_and_the_link_that_leads_there(club: DiscordHarness, again: bool) -> None:
    shown = await club.ask(club.ana, club.general, DREDGED)
    await maybe(club, again)
    told = await pressed(club.ana, shown, ids(shown, "📄")[1])
    assert told.ephemeral
    assert told.text.startswith("The harbour\nAuthor: M. Ferrow\nDate: 1911\n")
    assert "File: town/harbour.md" in told.text
    (link,) = [b for b in shown.buttons if b.url]
    assert (link.label, link.url) == ("Open", "https://example.org/harbour")
    club.server.check()


@restarts
async def test_still_there(club: DiscordHarness, again: bool) -> None:
    shown = await club.ask(club.ana, club.general, VAULT)
    await maybe(club, again)
    told = await pressed(club.ben, shown, "Still there?")
    assert told.ephemeral
    assert told.text.split("\n") == [
        "Excerpt 1: unchanged in “The vault”.",
        "Excerpt 2: unchanged in “The vault”.",
    ]
    club.write(
        "guild/vault.md",
        "# The vault\n\nA new first paragraph about the weather.\n\n"
        "The vault of the guild lies under the hall. Its door was made by the smith Tom Harrow.\n",
    )
    await club.reload()
    await maybe(club, again)
    told = await pressed(club.ben, shown, "Still there?")
    assert told.text.split("\n") == [
        "Excerpt 1: the words are still there, now in “The vault”, paragraph 2.",
        "Excerpt 2: these words of “The vault” are no longer in the documents.",
    ]
    (club.corpus / "guild/vault.md").unlink()
    await club.reload()
    told = await pressed(club.ben, shown, "Still there?")
    assert told.text.count("no longer in the documents") == 2
    club.server.check()


async def test_more_and_context_after_the_document_changed(club: DiscordHarness) -> None:
    """Nothing is shown as it was from a document that is another now."""
    shown = await club.ask(club.ana, club.general, COST)
    context, source = ids(shown, "🔎")[0], ids(shown, "📄")[0]
    context_of_another = ids(shown, "🔎")[3]
    club.write("town/market.md", "# The market\n\nIt rained.\n")
    await club.reload()
    told = await pressed(club.ana, shown, context)
    assert told.text == (
        "The document of excerpt 1 has changed since, or is gone. Ask the question again."
    )
    assert "Publisher: The Corvel Almanac" in (await pressed(club.ana, shown, source)).text
    (club.corpus / "town/market.md").unlink()
    club.write("town/chronicle.md", "# A chronicle of the town\n\nNothing happened.\n")
    await club.reload()
    told = await pressed(club.ana, shown, source)
    assert told.text == "This document is no longer there."
    label = more(shown)
    assert label is not None
    further = await pressed(club.ana, shown, label)
    changed = regex.findall(r"The document of excerpt (\d+) has changed", further.text)
    assert changed == ["5", "6"]
    assert quoted(further) == []
    # What another document says is still as it was.
    told = await pressed(club.ana, shown, context_of_another)
    assert "She asked for 5,000 crowns more, for the dredging of the northern basin." in told.text
    club.server.check()


@restarts
async def test_votes_and_taking_them_back(club: DiscordHarness, again: bool) -> None:
    shown = await club.ask(club.ana, club.general, VAULT)

    async def vote(who: DiscordPerson, sign: str) -> str:
        told = await pressed(who, shown, sign)
        assert told.ephemeral
        return told.text

    assert await vote(club.ana, "👍") == "Noted: this helped."
    assert await vote(club.ben, "👍") == "Noted: this helped."
    await maybe(club, again)
    assert (await vote(club.ben, "👎")).startswith("Noted: this did not help.\n")
    assert await club.store.feedback.totals() == ReplyCounts(up=1, down=1)
    assert await vote(club.ana, "👍") == "Your vote is withdrawn."
    assert await club.store.feedback.totals() == ReplyCounts(up=0, down=1)
    club.server.check()


@restarts
@pytest.mark.parametrize("who", ["ana", "mod", "boss", "curator"])
async def test_remove_takes_the_reply_and_what_belongs_to_it(
    club: DiscordHarness, again: bool, who: str
) -> None:
    shown = await club.ask(club.ana, club.general, COST)
    label = more(shown)
    assert label is not None
    await pressed(club.ben, shown, label)
    await maybe(club, again)
    person: DiscordPerson = getattr(club, who)
    told = await pressed(person, shown, "Remove")
    assert (told.text, told.ephemeral) == ("The reply is taken down.", True)
    await club.done()
    assert club.server.answers(club.general) == []
    club.server.check()


@restarts
async def test_others_may_not_remove(club: DiscordHarness, again: bool) -> None:
    shown = await club.ask(club.ana, club.general, VAULT)
    await maybe(club, again)
    told = await pressed(club.ben, shown, "Remove")
    assert told.text == "Only who asked, or a moderator, may remove this."
    assert told.ephemeral
    assert club.server.answers(club.general) == [shown]
    club.server.check()


async def test_removing_while_a_busy_room_holds_the_sender_up(club: DiscordHarness) -> None:
    """Where a limit is spent, discord.py returns long after the message is seen."""
    club.server.fail_next("POST", "/messages$", empty=True, retry_after=0.4)
    shown = await club.ask(club.ana, club.general, COST)
    page = await pressed(club.ben, shown, more(shown) or "")
    told = await pressed(club.ana, shown, "Remove")
    assert told.text == "The reply is taken down."
    await club.done()
    assert shown.deleted
    assert page.deleted
    club.server.check()


async def test_who_asked_may_remove_what_a_command_brought(club: DiscordHarness) -> None:
    used = await club.ana.slash(club.general, "ask", question=VAULT)
    shown = await used.response()
    assert "moderator" in (await pressed(club.ben, shown, "Remove")).text
    assert (await pressed(club.ana, shown, "Remove")).text == "The reply is taken down."
    used = await club.ana.slash(club.general, "ask", question=VAULT, private=True)
    alone = await used.response()
    await (await club.ana.press(alone, "Remove")).acknowledged()
    await club.done()
    assert alone.deleted
    assert club.server.answers(club.general) == []
    club.server.check()


async def test_more_of_a_private_reply_stays_private(club: DiscordHarness) -> None:
    used = await club.ana.slash(club.general, "ask", question=COST, private=True)
    shown = await used.response()
    label = more(shown)
    assert label is not None
    page = await pressed(club.ana, shown, label)
    assert page.visible_to == club.ana
    assert club.ben.sees(club.general) == []
    club.server.check()


@restarts
async def test_turning_the_pages_of_sixty_documents(club: DiscordHarness, again: bool) -> None:
    for number in range(60):
        title = f"Report {number:02} of the harbour office, with a title of usual length"
        club.write(f"office/report-{number:02}.md", f"# {title}\n\nThe tide was {number}.\n")
    await club.reload()
    used = await club.ana.slash(club.general, "sources", collection="office")
    listed = await used.response()
    assert listed.text.startswith("60 documents:\n")
    texts = [listed.text]
    while "Next" in [b.label for b in listed.buttons]:
        await maybe(club, again)
        await (await club.ana.press(listed, "Next")).acknowledged()
        texts.append(listed.text)
    found = regex.findall(r"Report (\d\d) of", "\n".join(texts))
    assert found == [f"{number:02}" for number in range(60)]
    assert len(texts) > 1
    assert max(map(len, texts)) <= 4_000
    await (await club.ana.press(listed, "Back")).acknowledged()
    assert listed.text == texts[-2]
    assert listed.ephemeral
    with pytest.raises(NotPossible):
        await club.ben.press(listed, "Back")
    club.server.check()


async def test_turning_the_pages_of_one_source(club: DiscordHarness) -> None:
    headings = [f"Chapter {n:02} {'of the long history ' * 12}" for n in range(30)]
    text = "".join(f"## {heading}\n\nWords.\n\n" for heading in headings)
    club.write("town/book.md", f"# A book\n\n{text}")
    await club.reload()
    used = await club.ana.slash(club.general, "source", {"name": "book.md"})
    shown = await used.response()
    texts = [shown.text]
    while "Next" in [b.label for b in shown.buttons]:
        await (await club.ana.press(shown, "Next")).acknowledged()
        texts.append(shown.text)
    assert len(texts) > 1
    assert regex.findall(r"Chapter (\d\d)", "\n".join(texts)) == [f"{n:02}" for n in range(29)]
    assert "and 1 more" in texts[-1]
    club.server.check()


async def test_buttons_of_a_reply_that_is_no_longer_kept(club: DiscordHarness) -> None:
    shown = await club.ask(club.ana, club.general, COST)
    silent = await club.ask(club.ana, club.general, LAMPS)
    await club.done()
    await club.store.retention.prune(
        datetime.now(UTC) + timedelta(days=2), answers_days=1, unanswered_days=1, audit_days=1
    )
    for button in (more(shown) or "", ids(shown, "🔎")[0], ids(shown, "📄")[0], "Still there?"):
        told = await pressed(club.ana, shown, button)
        assert (told.text, told.ephemeral, told.buttons) == (NOT_KEPT, True, [])
    assert (await pressed(club.ana, silent, "1️⃣")).text == NOT_KEPT
    # Who asked is not known any more; a moderator may still take it down.
    assert "moderator" in (await pressed(club.ana, shown, "Remove")).text
    assert (await pressed(club.mod, shown, "Remove")).text == "The reply is taken down."
    await club.done()
    assert shown.deleted
    club.server.check()


async def test_a_room_that_is_bound_meanwhile_shows_nothing_of_the_rest(
    club: DiscordHarness,
) -> None:
    shown = await club.ask(club.ana, club.general, COST)
    listing = await (await club.ana.slash(club.general, "sources")).response()
    assert "The harbour" in listing.text
    await club.bind(club.general, "guild")
    for button in (more(shown) or "", *ids(shown, "🔎"), *ids(shown, "📄")):
        told = await pressed(club.ana, shown, button)
        assert quoted(told) == []
        for word in ("harbour", "market", "chronicle", "crowns", "Ferrow"):
            assert word not in told.text.casefold()
    told = await pressed(club.ana, shown, "Still there?")
    lines = [f"Excerpt {number}: its document is not seen in this room." for number in range(1, 5)]
    assert told.text.splitlines() == lines
    # A reply of before is another than that of now.
    after = await club.ask(club.ana, club.general, COST)
    assert "harbour" not in "\n".join(quoted(after))
    club.server.check()


async def test_a_vote_for_each_person_counts_once(club: DiscordHarness) -> None:
    first = await club.ask(club.ana, club.general, VAULT)
    second = await club.ask(club.ben, club.general, VAULT)
    assert answer_id(first) == answer_id(second)
    await pressed(club.ana, first, "👍")
    told = await pressed(club.ana, second, "👍")
    assert told.text == "Your vote is withdrawn."
    club.server.check()
