"""What curators and managers do, over a real folder, a real state file and real reloads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.chat.curation import CorpusFiles, Curation, RemovalToConfirm
from bot.chat.identity import Person, Place, Rights
from bot.chat.operations import Blocks, OperationTimeouts
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN
from bot.chat.rooms import RoomPolicies
from bot.core.corpus import Corpus
from bot.core.replies import Answer
from bot.ingest.loader import Loader, LoadReport, Progress
from bot.ingest.readers import Limits
from bot.state.records import AuditEntry, Mode, Verdict
from bot.state.store import Store

HALL = Place("discord", "town", "hall")
ADA = Person("discord", "900001", frozenset({"scribe"}))
BOB = Person("discord", "900002", manages=True)
CEM = Person("discord", "900003", moderates=True)
RIGHTS = Rights(curator_roles=frozenset({"scribe"}))
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLL = "# The toll\n\nThe toll on the bridge is two crowns.\n"
VAULT = "# The vault\n\nThe vault lies under the town hall.\n"


class Loading(Loader):
    """A loader in whose loads something can happen first, or that can be held up."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        super().__init__(folder, limits)
        self.first: list[Callable[[], object]] = []
        self.hold = False
        self.held, self.go_on = threading.Event(), threading.Event()
        self.loads = 0

    def load(self, progress: Progress | None = None) -> tuple[Corpus, LoadReport]:
        self.loads += 1
        if self.hold:
            self.held.set()
            self.go_on.wait(30)
        if self.first:
            self.first.pop(0)()
        return super().load(progress)


@dataclass
class Town:
    """Everything a test needs: the deeds, what they work on, and what was told meanwhile."""

    curating: Curation
    answering: AnsweringService
    store: Store
    loader: Loading
    folder: Path
    trash: Path
    told: list[str] = field(default_factory=list)

    async def progress(self, blocks: Blocks) -> None:
        self.told.append(text(blocks))

    async def log(self) -> list[tuple[str, str, str, str]]:
        found = await self.store.audit.newest(100)
        return [(one.actor, one.action, one.detail, one.outcome) for one in reversed(found)]

    def tree(self) -> dict[str, str]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_text() if path.is_file() else ""
            for path in sorted(self.folder.rglob("*"))
        }


def text(told: Blocks | RemovalToConfirm) -> str:
    blocks = told.blocks if isinstance(told, RemovalToConfirm) else told
    return "\n".join(page.text for page in paginate(blocks, PLAIN))


def fault() -> None:
    raise ZeroDivisionError


@pytest.fixture
def patience() -> OperationTimeouts:
    return OperationTimeouts(progress=30, deed=30, look=30)


@pytest.fixture
async def town(tmp_path: Path, patience: OperationTimeouts) -> AsyncIterator[Town]:
    folder, state = tmp_path / "corpus", tmp_path / "state"
    for path, words in (("open/toll.md", TOLL), ("closed/vault.md", VAULT)):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(words)
    state.mkdir()
    limits = Limits(max_bytes=100_000)
    loader = Loading(folder, limits)
    answering = AnsweringService(loader)
    async with await Store.open(state) as store:
        ticks = iter(range(1_000_000))
        curating = Curation(
            answering,
            store,
            RIGHTS,
            RoomPolicies(store, lambda: answering.corpus.collections),
            CorpusFiles(folder, limits, state / "removed"),
            lambda: START + timedelta(seconds=next(ticks)),
            patience,
        )
        curating.loaded(await answering.reload())
        yield Town(curating, answering, store, loader, folder, state / "removed")
        loader.go_on.set()
        await curating.close()


async def test_nobody_does_what_they_may_not_and_learns_nothing_by_it(town: Town) -> None:
    before, does = town.tree(), town.curating
    for person in (BOB, CEM):
        for refused in (
            await does.reload(person, HALL, town.progress),
            await does.add(person, HALL, "open", "new.md", b"A new text."),
            await does.removal(person, HALL, "vault"),
            await does.removal(person, HALL, "nothing of that name"),
            await does.remove(person, HALL, "closed/vault.md"),
            await does.deeds(person, HALL),
        ):
            assert text(refused) == "Only a curator may do this."
    for refused in (
        await does.status(CEM, HALL),
        await does.unanswered(CEM, HALL),
        await does.describe(CEM, HALL),
        await does.set_collections(CEM, HALL, frozenset({"nowhere"})),
        await does.set_mode(CEM, HALL, Mode.OFF, hears_everything=True),
        await does.clear(CEM, HALL),
    ):
        assert text(refused) == "Only someone who manages this place may do this."
    assert (town.tree(), town.told, await town.log()) == (before, [], [])


async def test_a_reload_tells_what_changed_and_what_failed(town: Town) -> None:
    (town.folder / "open/fair.md").write_text("The fair is in May.")
    (town.folder / "open/bad.pdf").write_bytes(b"no pdf at all")
    (town.folder / "closed/vault.md").unlink()
    told = text(await town.curating.reload(ADA, HALL, town.progress))
    assert told.startswith("2 documents, 2 passages, read in ")
    assert "failed: open/bad.pdf: " in told
    assert "added: open/fair.md" in told
    assert "removed: closed/vault.md" in told
    assert town.told == []
    assert await town.log() == [("900001", "reload", "2 documents, 1 failed", "done")]


async def test_a_reload_that_fails_says_why_and_the_old_corpus_serves_on(town: Town) -> None:
    (town.folder / "sources.toml").write_text("not toml [")
    told = text(await town.curating.reload(ADA, HALL))
    assert "sources.toml" in told
    assert isinstance(await town.answering.ask("What is the toll on the bridge?"), Answer)
    [(_, action, _, outcome)] = await town.log()
    assert action == "reload"
    assert outcome.startswith("failed: ")


@pytest.mark.parametrize("patience", [OperationTimeouts(progress=0, deed=30, look=30)])
async def test_a_slow_reload_is_told_of_once_and_a_second_asker_gets_its_result(
    town: Town,
) -> None:
    town.loader.hold = True
    before = town.loader.loads
    news: asyncio.Queue[str] = asyncio.Queue()

    async def progress(blocks: Blocks) -> None:
        news.put_nowait(text(blocks))

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        first = group.create_task(town.curating.reload(ADA, HALL, progress))
        await asyncio.to_thread(town.loader.held.wait, 30)
        second = group.create_task(town.curating.reload(ADA, HALL, progress))
        third = group.create_task(town.curating.reload(ADA, HALL))
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
    await town.curating.reload(ADA, HALL)
    assert town.loader.loads == before + 2


@pytest.mark.parametrize("patience", [OperationTimeouts(progress=0, deed=0.01, look=0.01)])
async def test_who_waits_too_long_is_told_and_the_deed_is_done_all_the_same(town: Town) -> None:
    town.loader.hold = True

    async def stuck(_: Blocks) -> None:
        await asyncio.Event().wait()

    told = text(await town.curating.add(ADA, HALL, "open", "fair.md", b"In May.", progress=stuck))
    assert told == (
        "This takes longer than 0.01 seconds and goes on by itself. Look at the status later."
    )
    [deed] = town.curating._deeds._at_work
    town.loader.go_on.set()
    await deed
    assert town.folder.joinpath("open/fair.md").exists()
    assert "open/fair.md" in {info.document.path for info in await town.answering.documents()}
    assert await town.log() == [("900001", "add", "open/fair.md", "done")]


async def test_who_goes_away_leaves_a_deed_that_is_done_all_the_same(town: Town) -> None:
    town.loader.hold = True
    asking = asyncio.create_task(town.curating.remove(ADA, HALL, "closed/vault.md"))
    await asyncio.to_thread(town.loader.held.wait, 30)
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    town.loader.go_on.set()
    await town.curating.close()
    assert town.answering.corpus.collections == {"open"}
    assert await town.log() == [("900001", "remove", "closed/vault.md", "done")]


async def test_a_fault_that_nobody_waits_for_any_more_is_in_the_log(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.loader.hold = True
    town.loader.first.append(fault)
    asking = asyncio.create_task(town.curating.reload(ADA, HALL))
    await asyncio.to_thread(town.loader.held.wait, 30)
    asking.cancel()
    await asyncio.wait({asking})
    town.loader.go_on.set()
    await town.curating.close()
    assert "deed: reload" in caplog.text
    assert [outcome for *_, outcome in await town.log()] == ["fault"]


async def test_a_document_is_added_served_and_told_of(town: Town) -> None:
    fair = b"# The fair\n\nThe fair of the town is held in May.\n"
    told = text(await town.curating.add(ADA, HALL, "events", "fair.md", fair))
    assert told.startswith("Added events/fair.md to the collection events: 1 passage.\n\n")
    assert "added: events/fair.md" in told
    assert isinstance(await town.answering.ask("When is the fair of the town held?"), Answer)
    assert await town.log() == [("900001", "add", "events/fair.md", "done")]

    refused = text(await town.curating.add(ADA, HALL, "events", "fair.md", b"Later."))
    assert "is there already" in refused
    replaced = text(await town.curating.add(ADA, HALL, "events", "fair.md", b"In June.", True))
    assert replaced.startswith("Replaced events/fair.md in the collection events: 1 passage.")
    assert [path.read_bytes() for path in town.trash.rglob("*.md")] == [fair]
    assert [outcome[:6] for *_, outcome in await town.log()] == ["done", "failed", "done"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("../out.md", b"Out."), ("sources.toml", b""), ("pic.png", b"x"), ("empty.md", b"")],
)
async def test_what_cannot_be_added_changes_nothing(town: Town, name: str, data: bytes) -> None:
    before = town.tree()
    told = text(await town.curating.add(ADA, HALL, "new", name, data))
    assert "cannot be added because" in told
    assert town.tree() == before
    assert (await town.log())[0][3].startswith("failed: ")


@pytest.mark.parametrize("collection", ["open", "new", None])
async def test_a_document_that_cannot_be_served_is_taken_out_again(
    town: Town, collection: str | None
) -> None:
    before, revision = town.tree(), town.answering.corpus.revision
    manifest = town.folder / "glossary.toml"
    town.loader.first.append(lambda: manifest.write_text("not toml ["))
    told = text(await town.curating.add(ADA, HALL, collection, "fair.md", b"In May."))
    path = f"{collection}/fair.md" if collection else "fair.md"
    assert told.startswith(f"{path} could not be served and was taken out again.\nglossary.toml")
    manifest.unlink()
    assert town.tree() == before
    assert town.answering.corpus.revision == revision
    [(_, action, detail, outcome)] = await town.log()
    assert (action, detail, outcome[:6]) == ("add", path, "failed")


async def test_a_replaced_document_comes_back_where_the_new_one_cannot_be_served(
    town: Town,
) -> None:
    before = town.tree()
    manifest = town.folder / "glossary.toml"
    town.loader.first.append(lambda: manifest.write_text("not toml ["))
    await town.curating.add(ADA, HALL, "open", "toll.md", b"Nothing is due.", replace=True)
    manifest.unlink()
    assert town.tree() == before
    assert list(town.trash.rglob("*.md")) == []


async def test_a_document_that_a_load_refuses_is_taken_out_and_the_rest_serves(
    town: Town,
) -> None:
    before, place = town.tree(), town.folder / "open/fair.md"

    def swap() -> None:
        # Nothing but the limits of a load tells this file from the one that was checked.
        town.loader._limits = Limits(max_bytes=100)

    town.loader.first.append(swap)
    told = text(await town.curating.add(ADA, HALL, "open", "fair.md", b"In May. " * 50))
    assert told.startswith("open/fair.md could not be served and was taken out again.\nIt is ")
    assert not place.exists()
    assert town.tree() == before
    assert town.answering.corpus.collections == {"open", "closed"}


async def test_a_fault_in_a_reload_leaves_nothing_half_done_and_is_written_down(
    town: Town,
) -> None:
    before = town.tree()
    town.loader.first.append(fault)
    with pytest.raises(ZeroDivisionError):
        await town.curating.add(ADA, HALL, "open", "fair.md", b"In May.")
    assert town.tree() == before
    assert await town.log() == [("900001", "add", "open/fair.md", "fault")]


async def test_a_file_changed_meanwhile_is_never_taken_out(town: Town) -> None:
    place = town.folder / "open/fair.md"

    def meddle() -> None:
        place.write_text("Somebody was faster, and wrote more.")
        (town.folder / "glossary.toml").write_text("not toml [")

    town.loader.first.append(meddle)
    await town.curating.add(ADA, HALL, "open", "fair.md", b"In May.")
    assert place.read_text() == "Somebody was faster, and wrote more."


async def test_a_removal_asks_first_and_then_keeps_the_file(town: Town) -> None:
    asked = await town.curating.removal(ADA, HALL, "the vault")
    assert isinstance(asked, RemovalToConfirm)
    assert (asked.path, asked.title) == ("closed/vault.md", "The vault")
    assert text(asked).endswith(
        "Remove “The vault” (closed/vault.md)? The file will be kept in the state folder."
    )
    assert (town.folder / "closed/vault.md").exists()
    told = text(await town.curating.remove(ADA, HALL, asked.path))
    assert told.startswith("Removed closed/vault.md. The file is kept in the state folder.\n\n")
    assert [path.read_text() for path in town.trash.rglob("*.md")] == [VAULT]
    assert town.answering.corpus.collections == {"open"}
    last = text(await town.curating.remove(ADA, HALL, "open/toll.md"))
    assert "it is the only document" in last
    assert [one[1:3] for one in await town.log()] == [
        ("remove", "closed/vault.md"),
        ("remove", "open/toll.md"),
    ]


async def test_a_name_that_fits_nothing_is_told_and_a_broken_file_can_be_named(
    town: Town,
) -> None:
    assert "No document has that name" in text(await town.curating.removal(ADA, HALL, "poems"))
    (town.folder / "open/bad.pdf").write_bytes(b"no pdf at all")
    await town.curating.reload(ADA, HALL)
    asked = await town.curating.removal(ADA, HALL, " open/bad.pdf ")
    assert isinstance(asked, RemovalToConfirm)
    await town.curating.remove(ADA, HALL, asked.path)
    assert not (town.folder / "open/bad.pdf").exists()


async def test_a_removal_after_which_nothing_serves_is_taken_back(town: Town) -> None:
    before = town.tree()
    manifest = town.folder / "glossary.toml"
    town.loader.first.append(lambda: manifest.write_text("not toml ["))
    told = text(await town.curating.remove(ADA, HALL, "closed/vault.md"))
    assert told.startswith("Without closed/vault.md the documents could not be served, so it")
    manifest.unlink()
    assert town.tree() == before
    assert list(town.trash.rglob("*.md")) == []


async def test_many_deeds_at_once_are_done_one_after_the_other(town: Town) -> None:
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number in range(4):
            data = f"Rule {number} of the town.".encode()
            group.create_task(town.curating.add(ADA, HALL, "rules", f"{number}.md", data))
        group.create_task(town.curating.remove(ADA, HALL, "closed/vault.md"))
        group.create_task(town.curating.reload(ADA, HALL))
    served = {info.document.path for info in await town.answering.documents()}
    assert served == {"open/toll.md", *(f"rules/{number}.md" for number in range(4))}
    assert {outcome for *_, outcome in await town.log()} == {"done"}


async def test_rooms_are_set_by_managers_and_it_is_written_down(town: Town) -> None:
    told = text(await town.curating.set_collections(BOB, HALL, frozenset({"open"})))
    assert told.startswith("Changed here.\n\nCollections seen here: open. Set for this room.")
    refused = await town.curating.set_collections(BOB, HALL, frozenset({"nowhere"}), True)
    assert text(refused) == "There is no collection nowhere; there are: closed, open."
    await town.curating.set_mode(BOB, HALL, Mode.EVERYTHING, hears_everything=False)
    await town.curating.set_mode(BOB, HALL, Mode.OFF, True, hears_everything=False)
    described = text(await town.curating.describe(BOB, HALL))
    assert described.endswith("Set for all rooms that have no setting of their own.")
    await town.curating.clear(BOB, HALL)
    assert [one[1:] for one in await town.log()] == [
        ("room", "hall: sees open", "done"),
        ("room", "all rooms: sees nowhere", "refused"),
        ("room", "hall: mode everything", "refused"),
        ("room", "all rooms: mode off", "done"),
        ("room", "hall: cleared", "done"),
    ]


async def test_the_status_is_told_in_few_lines(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.store.feedback.press("discord", "x", "a" * 16, Verdict.UP, START)
    await town.store.unanswered.count("discord", "town", "Who was first?", START)
    await town.store.unanswered.count("discord", "village", "Who was last?", START)
    revision = town.answering.corpus.revision[:8]
    told = (
        "Documents: 2. Passages: 2.\nCollections: closed, open.\n"
        f"Corpus: {revision}.\nLoaded: 2026-03-01 12:00 UTC.\n"
        "Replies kept: 0.\nReplies found good: 1. Not good: 0.\nQuestions without an answer: "
    )
    assert text(await town.curating.status(BOB, HALL)) == told + "1."
    assert text(await town.curating.status(ADA, HALL)) == told + "2."
    (town.folder / "open/bad.pdf").write_bytes(b"no pdf at all")
    await town.curating.reload(ADA, HALL)
    assert "Files that failed: 1." in text(await town.curating.status(BOB, HALL))
    assert "bad.pdf" not in text(await town.curating.status(BOB, HALL))
    monkeypatch.setattr("bot.chat.curation.COUNTED", 1)
    assert text(await town.curating.status(ADA, HALL)).endswith(": more than 1.")
    await town.curating.set_collections(ADA, HALL, frozenset({"open"}))
    seen = text(await town.curating.status(BOB, HALL))
    assert "Documents: 1." in seen
    assert "closed" not in seen
    assert town.answering.corpus.revision[:8] not in seen


async def test_questions_without_an_answer_are_those_one_may_see(town: Town) -> None:
    assert text(await town.curating.unanswered(BOB, HALL)) == "No question is without an answer."
    for space, question, times in (("town", "Who was first?", 2), ("village", "Who was last?", 3)):
        for _ in range(times):
            await town.store.unanswered.count("discord", space, question, START)
    head = "Questions without an answer, and how often they were asked:\n"
    assert text(await town.curating.unanswered(BOB, HALL)) == head + "2 × Who was first?"
    everything = text(await town.curating.unanswered(ADA, HALL))
    assert everything == head + "3 × Who was last?\n2 × Who was first?"
    for number in range(30):
        await town.store.unanswered.count("discord", "town", f"{number} " + "x" * 500, START)
    shown = text(await town.curating.unanswered(ADA, HALL)).splitlines()
    assert len(shown) == 21
    assert max(map(len, shown)) < 210


async def test_deeds_are_listed_newest_first_without_those_who_are_forgotten(town: Town) -> None:
    assert text(await town.curating.deeds(ADA, HALL)) == "Nothing was done yet."
    await town.curating.set_mode(BOB, HALL, Mode.OFF, hears_everything=True)
    await town.curating.reload(ADA, HALL)
    assert text(await town.curating.forget(BOB)) == (
        "You were named in 1 place. You no longer are."
    )
    assert text(await town.curating.forget(BOB)) == "Nothing that is kept here names you."
    assert text(await town.curating.deeds(ADA, HALL)) == (
        "What was done, the newest first:\n"
        "2026-03-01 12:00 UTC – 900001 – reload 2 documents – done\n"
        "2026-03-01 12:00 UTC – room hall: mode off – done"
    )
    for number in range(30):
        deed = AuditEntry(START, "discord", "town", "x", "add", f"{number}.md\u202e\n", "done")
        await town.store.audit.add(deed)
    listed = text(await town.curating.deeds(ADA, HALL)).splitlines()
    assert len(listed) == 21
    assert "\u202e" not in "".join(listed)


async def test_without_the_state_each_look_is_a_sentence_and_a_deed_still_tells(
    town: Town,
) -> None:
    await town.store.close()
    for look in (
        await town.curating.status(ADA, HALL),
        await town.curating.unanswered(ADA, HALL),
        await town.curating.deeds(ADA, HALL),
        await town.curating.describe(ADA, HALL),
        await town.curating.forget(ADA),
    ):
        assert text(look).startswith("The state file ")
    told = text(await town.curating.add(ADA, HALL, "open", "fair.md", b"In May."))
    assert told.startswith("Added open/fair.md")
    assert "The state file " in told
