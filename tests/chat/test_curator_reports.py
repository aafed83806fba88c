"""What curators and managers look at, and what is set for rooms and written down."""

import pytest

from bot.chat.commands import ClearRoom, SetCollections, SetMode, ShowRoom
from bot.core.errors import StateError
from bot.state.records import AuditEntry, Mode, Verdict, Vote
from tests.harness.curation_harness import (
    ADA,
    BOB,
    HALL,
    START,
    CurationHarness,
    asks,
    text,
)


async def test_rooms_are_set_by_managers_and_it_is_written_down(town: CurationHarness) -> None:
    told = text(await town.curation.carry_out(SetCollections(frozenset({"open"})), asks(BOB)))
    assert told.startswith("Changed here.\n\nCollections seen here: open. Set for this room.")
    refused = await town.curation.carry_out(SetCollections(frozenset({"nowhere"}), True), asks(BOB))
    assert text(refused) == "There is no collection nowhere; there are: open."
    await town.curation.carry_out(SetMode(Mode.EVERYTHING), asks(BOB))
    await town.curation.carry_out(SetMode(Mode.OFF, True), asks(BOB))
    described = text(await town.curation.carry_out(ShowRoom(), asks(BOB)))
    assert described.endswith("Set for all rooms that have no setting of their own.")
    await town.curation.carry_out(ClearRoom(), asks(BOB))
    assert [one[1:] for one in await town.log()] == [
        ("room", "hall: sees open", "done"),
        ("room", "all rooms: sees nowhere", "refused"),
        ("room", "hall: mode everything", "refused"),
        ("room", "all rooms: mode off", "done"),
        ("room", "hall: cleared", "done"),
    ]


async def test_the_status_is_told_in_few_lines(
    town: CurationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    vote = Vote("discord", "x", "a" * 16, Verdict.UP, START, "town")
    await town.store.feedback.press(vote)
    await town.store.unanswered.count("discord", "town", "Who was first?", START)
    await town.store.unanswered.count("discord", "village", "Who was last?", START)
    revision = town.answering.corpus.revision[:8]
    told = (
        "Documents: 2. Passages: 2.\nCollections: closed, open.\n"
        f"Corpus: {revision}.\nLoaded: 2026-03-01 12:00 UTC.\n"
        "Replies kept: 0.\nReplies found good: 1. Not good: 0.\nQuestions without an answer: "
    )
    assert text(await town.reports.status(asks(BOB))) == told + "1."
    assert text(await town.reports.status(asks(ADA))) == told + "2."
    (town.folder / "open/bad.pdf").write_bytes(b"no pdf at all")
    await town.curation.reload(ADA, HALL)
    assert "Files that failed: 1." in text(await town.reports.status(asks(BOB)))
    assert "bad.pdf" not in text(await town.reports.status(asks(BOB)))
    monkeypatch.setattr("bot.chat.curator_reports.COUNT_LIMIT", 1)
    assert text(await town.reports.status(asks(ADA))).endswith(": more than 1.")
    await town.curation.carry_out(SetCollections(frozenset({"open"})), asks(ADA))
    seen = text(await town.reports.status(asks(BOB)))
    assert "Documents: 1." in seen
    assert "closed" not in seen
    assert town.answering.corpus.revision[:8] not in seen


async def test_operations_are_listed_newest_first_without_those_who_are_forgotten(
    town: CurationHarness,
) -> None:
    assert text(await town.reports.log(ADA)) == "Nothing was done yet."
    await town.curation.carry_out(SetMode(Mode.OFF), asks(BOB))
    await town.curation.reload(ADA, HALL)
    assert text(await town.reports.forget(BOB)) == ("You were named in 1 place. You no longer are.")
    assert text(await town.reports.forget(BOB)) == "Nothing that is kept here names you."
    assert text(await town.reports.log(ADA)) == (
        "What was done, the newest first:\n"
        "2026-03-01 12:00 UTC – 900001 – reload 2 documents – done\n"
        "2026-03-01 12:00 UTC – room hall: mode off – done"
    )
    for number in range(30):
        entry = AuditEntry(START, "discord", "town", "x", "add", f"{number}.md\u202e\n", "done")
        await town.store.audit.add(entry)
    listed = text(await town.reports.log(ADA)).splitlines()
    assert len(listed) == 21
    assert "\u202e" not in "".join(listed)


async def test_without_the_state_nothing_is_looked_up_and_an_operation_still_tells(
    town: CurationHarness,
) -> None:
    await town.store.close()
    for look in (
        town.reports.status(asks(ADA)),
        town.reports.most_asked(asks(ADA)),
        town.reports.log(ADA),
        town.curation.carry_out(ShowRoom(), asks(ADA)),
        town.reports.forget(ADA),
    ):
        with pytest.raises(StateError, match="The state file "):
            await look
    told = text(await town.curation.add(ADA, HALL, "open", "fair.md", b"In May."))
    assert told.startswith("Added open/fair.md")
    assert "The state file " in told
