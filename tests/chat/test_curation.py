"""What curators and managers do, over a real folder, a real state file and real reloads."""

import asyncio

import pytest

from bot.chat.commands import ClearRoom, SetCollections, SetMode, ShowRoom
from bot.chat.curation import RemovalToConfirm
from bot.chat.operations import Blocks, OperationTimeouts
from bot.core.replies import Answer
from bot.state.records import Mode
from tests.harness.curation_harness import (
    ADA,
    BOB,
    CEM,
    HALL,
    VAULT,
    CurationHarness,
    asks,
    raise_fault,
    text,
)


async def test_nobody_does_what_they_may_not_and_learns_nothing_by_it(
    town: CurationHarness,
) -> None:
    before, does = town.tree(), town.curation
    for person in (BOB, CEM):
        for refused in (
            await does.reload(person, HALL, town.progress),
            await does.add(person, HALL, "open", "new.md", b"A new text."),
            await does.removal(person, "vault"),
            await does.removal(person, "nothing of that name"),
            await does.remove(person, HALL, "closed/vault.md"),
            await does.reports.log(person),
        ):
            assert text(refused) == "Only a curator may do this."
    for refused in (
        await does.reports.status(asks(CEM)),
        await does.carry_out(ShowRoom(), asks(CEM)),
        await does.carry_out(SetCollections(frozenset({"nowhere"})), asks(CEM)),
        await does.carry_out(SetMode(Mode.OFF), asks(CEM)),
        await does.carry_out(ClearRoom(), asks(CEM)),
    ):
        assert text(refused) == "Only someone who manages this place may do this."
    assert (town.tree(), town.told, await town.log()) == (before, [], [])


async def test_what_a_room_may_not_see_is_not_found_there_to_be_removed(
    town: CurationHarness,
) -> None:
    (town.folder / "closed/bad.pdf").write_bytes(b"no pdf at all")
    await town.curation.reload(ADA, HALL)
    here, removal = frozenset({"open"}), town.curation.removal
    for name in ("vault", "closed/vault.md", "closed/bad.pdf"):
        assert isinstance(await removal(ADA, name), RemovalToConfirm)
        told = text(await removal(ADA, name, here))
        assert told == "No document has that name: see the list of sources."
    assert isinstance(await removal(ADA, "toll", here), RemovalToConfirm)


async def test_a_reload_tells_what_changed_and_what_failed(town: CurationHarness) -> None:
    (town.folder / "open/fair.md").write_text("The fair is in May.")
    (town.folder / "open/bad.pdf").write_bytes(b"no pdf at all")
    (town.folder / "closed/vault.md").unlink()
    told = text(await town.curation.reload(ADA, HALL, town.progress))
    assert told.startswith("2 documents, 2 passages, read in ")
    assert "failed: open/bad.pdf: " in told
    assert "added: open/fair.md" in told
    assert "removed: closed/vault.md" in told
    assert town.told == []
    assert await town.log() == [("900001", "reload", "2 documents, 1 failed", "done")]


async def test_a_reload_that_fails_says_why_and_the_old_corpus_serves_on(
    town: CurationHarness,
) -> None:
    (town.folder / "sources.toml").write_text("not toml [")
    told = text(await town.curation.reload(ADA, HALL))
    assert "sources.toml" in told
    assert isinstance(await town.answering.ask("What is the toll on the bridge?"), Answer)
    [(_, action, _, outcome)] = await town.log()
    assert action == "reload"
    assert outcome.startswith("failed: ")


@pytest.mark.parametrize("timeouts", [OperationTimeouts(progress=0, operation=30, lookup=30)])
async def test_a_slow_reload_is_told_of_once_and_a_second_asker_gets_its_result(
    town: CurationHarness,
) -> None:
    town.loader.hold = True
    before = town.loader.loads
    news: asyncio.Queue[str] = asyncio.Queue()

    async def progress(blocks: Blocks) -> None:
        news.put_nowait(text(blocks))

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        first = group.create_task(town.curation.reload(ADA, HALL, progress))
        await asyncio.to_thread(town.loader.held.wait, 30)
        second = group.create_task(town.curation.reload(ADA, HALL, progress))
        third = group.create_task(town.curation.reload(ADA, HALL))
        told = [await news.get(), await news.get()]
        town.loader.go_on.set()
    assert news.empty()
    assert told == [
        "The documents are being read. This takes a moment.",
        "A reload is under way already. Its result is this one's, too.",
    ]
    assert first.result() == second.result() == third.result()[1:]
    assert told[1] == text(third.result()[:1])
    assert town.loader.loads == before + 1
    assert len(await town.log()) == 1
    town.loader.hold = False
    await town.curation.reload(ADA, HALL)
    assert town.loader.loads == before + 2


@pytest.mark.parametrize("timeouts", [OperationTimeouts(progress=0, operation=0.01, lookup=0.01)])
async def test_who_waits_too_long_is_told_and_the_operation_is_done_all_the_same(
    town: CurationHarness,
) -> None:
    town.loader.hold = True

    async def stuck(_: Blocks) -> None:
        await asyncio.Event().wait()

    told = text(await town.curation.add(ADA, HALL, "open", "fair.md", b"In May.", progress=stuck))
    assert told == (
        "This takes longer than 0.01 seconds and goes on by itself. Look at the status later."
    )
    town.loader.go_on.set()
    while not await town.log():  # noqa: ASYNC110 - the log calls nobody back
        await asyncio.sleep(0.01)
    assert town.folder.joinpath("open/fair.md").exists()
    assert "open/fair.md" in {info.document.path for info in await town.answering.documents()}
    assert await town.log() == [("900001", "add", "open/fair.md", "done")]


async def test_who_goes_away_leaves_a_operation_that_is_done_all_the_same(
    town: CurationHarness,
) -> None:
    town.loader.hold = True
    asking = asyncio.create_task(town.curation.remove(ADA, HALL, "closed/vault.md"))
    await asyncio.to_thread(town.loader.held.wait, 30)
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    town.loader.go_on.set()
    await town.curation.close()
    assert town.answering.corpus.collections == {"open"}
    assert await town.log() == [("900001", "remove", "closed/vault.md", "done")]


async def test_a_fault_that_nobody_waits_for_any_more_is_in_the_log(
    town: CurationHarness, caplog: pytest.LogCaptureFixture
) -> None:
    town.loader.hold = True
    town.loader.first.append(raise_fault)
    asking = asyncio.create_task(town.curation.reload(ADA, HALL))
    await asyncio.to_thread(town.loader.held.wait, 30)
    asking.cancel()
    await asyncio.wait({asking})
    town.loader.go_on.set()
    await town.curation.close()
    assert "operation: reload" in caplog.text
    assert [outcome for *_, outcome in await town.log()] == ["fault"]


async def test_a_document_is_added_served_and_told_of(town: CurationHarness) -> None:
    fair = b"# The fair\n\nThe fair of the town is held in May.\n"
    told = text(await town.curation.add(ADA, HALL, "events", "fair.md", fair))
    assert told.startswith("Added events/fair.md to the collection events: 1 passage.\n\n")
    assert "added: events/fair.md" in told
    assert isinstance(await town.answering.ask("When is the fair of the town held?"), Answer)
    assert await town.log() == [("900001", "add", "events/fair.md", "done")]

    refused = text(await town.curation.add(ADA, HALL, "events", "fair.md", b"Later."))
    assert "is there already" in refused
    replaced = text(await town.curation.add(ADA, HALL, "events", "fair.md", b"In June.", True))
    assert replaced.startswith("Replaced events/fair.md in the collection events: 1 passage.")
    assert [path.read_bytes() for path in town.trash.rglob("*.md")] == [fair]
    assert [outcome[:6] for *_, outcome in await town.log()] == ["done", "failed", "done"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("../out.md", b"Out."), ("sources.toml", b""), ("pic.png", b"x"), ("empty.md", b"")],
)
async def test_what_cannot_be_added_changes_nothing(
    town: CurationHarness, name: str, data: bytes
) -> None:
    before = town.tree()
    told = text(await town.curation.add(ADA, HALL, "new", name, data))
    assert "cannot be added because" in told
    assert town.tree() == before
    assert (await town.log())[0][3].startswith("failed: ")


@pytest.mark.parametrize("collection", ["open", "new", None])
async def test_a_document_that_cannot_be_served_is_taken_out_again(
    town: CurationHarness, collection: str | None
) -> None:
    before, revision = town.tree(), town.answering.corpus.revision
    manifest = town.folder / "glossary.toml"
    town.loader.first.append(lambda: manifest.write_text("not toml ["))
    told = text(await town.curation.add(ADA, HALL, collection, "fair.md", b"In May."))
    path = f"{collection}/fair.md" if collection else "fair.md"
    assert told.startswith(f"{path} could not be served and was taken out again.\nglossary.toml")
    manifest.unlink()
    assert town.tree() == before
    assert town.answering.corpus.revision == revision
    [(_, action, detail, outcome)] = await town.log()
    assert (action, detail, outcome[:6]) == ("add", path, "failed")


async def test_a_replaced_document_comes_back_where_the_new_one_cannot_be_served(
    town: CurationHarness,
) -> None:
    before = town.tree()
    manifest = town.folder / "glossary.toml"
    town.loader.first.append(lambda: manifest.write_text("not toml ["))
    await town.curation.add(ADA, HALL, "open", "toll.md", b"Nothing is due.", replace=True)
    manifest.unlink()
    assert town.tree() == before
    assert list(town.trash.rglob("*.md")) == []


async def test_a_document_that_a_load_refuses_is_taken_out_and_the_rest_serves(
    town: CurationHarness,
) -> None:
    before, place = town.tree(), town.folder / "open/fair.md"

    # The folder takes larger files than a load does.
    told = text(await town.curation.add(ADA, HALL, "open", "fair.md", b"In May. " * 5_000))
    assert told.startswith("open/fair.md could not be served and was taken out again.\nIt is ")
    assert not place.exists()
    assert town.tree() == before
    assert town.answering.corpus.collections == {"open", "closed"}


async def test_a_fault_in_a_reload_leaves_nothing_half_done_and_is_written_down(
    town: CurationHarness,
) -> None:
    before = town.tree()
    town.loader.first.append(raise_fault)
    with pytest.raises(ZeroDivisionError):
        await town.curation.add(ADA, HALL, "open", "fair.md", b"In May.")
    assert town.tree() == before
    assert await town.log() == [("900001", "add", "open/fair.md", "fault")]


async def test_a_file_changed_meanwhile_is_never_taken_out(town: CurationHarness) -> None:
    place = town.folder / "open/fair.md"

    def meddle() -> None:
        place.write_text("Somebody was faster, and wrote more.")
        (town.folder / "glossary.toml").write_text("not toml [")

    town.loader.first.append(meddle)
    await town.curation.add(ADA, HALL, "open", "fair.md", b"In May.")
    assert place.read_text() == "Somebody was faster, and wrote more."


async def test_a_removal_asks_first_and_then_keeps_the_file(town: CurationHarness) -> None:
    asked = await town.curation.removal(ADA, "the vault")
    assert isinstance(asked, RemovalToConfirm)
    assert asked.path == "closed/vault.md"
    assert text(asked).endswith(
        "Remove “The vault” (closed/vault.md)? The file will be kept in the state folder."
    )
    assert (town.folder / "closed/vault.md").exists()
    told = text(await town.curation.remove(ADA, HALL, asked.path))
    assert told.startswith("Removed closed/vault.md. The file is kept in the state folder.\n\n")
    assert [path.read_text() for path in town.trash.rglob("*.md")] == [VAULT]
    assert town.answering.corpus.collections == {"open"}
    last = text(await town.curation.remove(ADA, HALL, "open/toll.md"))
    assert "it is the only document" in last
    assert [one[1:3] for one in await town.log()] == [
        ("remove", "closed/vault.md"),
        ("remove", "open/toll.md"),
    ]


async def test_a_name_that_fits_nothing_is_told_and_a_broken_file_can_be_named(
    town: CurationHarness,
) -> None:
    assert "No document has that name" in text(await town.curation.removal(ADA, "poems"))
    (town.folder / "open/bad.pdf").write_bytes(b"no pdf at all")
    await town.curation.reload(ADA, HALL)
    asked = await town.curation.removal(ADA, " open/bad.pdf ")
    assert isinstance(asked, RemovalToConfirm)
    await town.curation.remove(ADA, HALL, asked.path)
    assert not (town.folder / "open/bad.pdf").exists()


async def test_a_removal_after_which_nothing_serves_is_taken_back(town: CurationHarness) -> None:
    before = town.tree()
    manifest = town.folder / "glossary.toml"
    town.loader.first.append(lambda: manifest.write_text("not toml ["))
    told = text(await town.curation.remove(ADA, HALL, "closed/vault.md"))
    assert told.startswith("Without closed/vault.md the documents could not be served, so it")
    manifest.unlink()
    assert town.tree() == before
    assert list(town.trash.rglob("*.md")) == []


async def test_many_operations_at_once_are_done_one_after_the_other(town: CurationHarness) -> None:
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number in range(4):
            data = f"Rule {number} of the town.".encode()
            group.create_task(town.curation.add(ADA, HALL, "rules", f"{number}.md", data))
        group.create_task(town.curation.remove(ADA, HALL, "closed/vault.md"))
        group.create_task(town.curation.reload(ADA, HALL))
    served = {info.document.path for info in await town.answering.documents()}
    assert served == {"open/toll.md", *(f"rules/{number}.md" for number in range(4))}
    assert {outcome for *_, outcome in await town.log()} == {"done"}
