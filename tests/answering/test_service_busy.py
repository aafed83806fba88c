"""More is asked than can be answered: what waits, what is refused, and that it passes."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.core.corpus import Corpus
from bot.core.errors import BusyError
from bot.core.replies import Answer
from bot.platforms.console import OPTIONS, console_chat
from bot.retrieval.answer.searcher import Searcher
from bot.state.store import Store
from tests.harness.chat_harness import FILES, ChatHarness
from tests.harness.corpus_harness import HeldProgress
from tests.harness.index_jobs import reloader

HARBOUR = """# The harbour

The harbour of Corvel was dredged in 1903 by the engineer Ada Sand. It took nine months.

Ships of up to four metres of draught have been able to enter since then.
"""
VAULT = """# The vault

The vault of Corvel lies under the town hall. Its door was made by Tom Harrow.
"""
WHO = "Who dredged the harbour of Corvel in 1903?"
DOOR = "Who made the door of the vault of Corvel?"
TOO_BUSY = "Many questions are waiting now. Ask again in a minute."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("open/harbour.md", HARBOUR), ("closed/vault.md", VAULT)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


async def serving(folder: Path, waiting: int) -> AnsweringService:
    answering = AnsweringService(reloader(folder), waiting=waiting)
    await answering.reload()
    return answering


@asynccontextmanager
async def nobody_answers(answering: AnsweringService) -> AsyncIterator[None]:
    """While the body runs, the thread that answers is held up by work of its own kind."""
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        go_on.wait(30)

    blocker = asyncio.create_task(answering.run_in_thread(hold))
    assert await asyncio.to_thread(begun.wait, 30)
    try:
        yield
    finally:
        go_on.set()
        await blocker


def who(number: int) -> str:
    """One of many questions that mean the same, each in words of its own."""
    return WHO + "?" * number


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with await Store.in_memory() as opened:
        yield opened


async def text_of(chat: ChatHarness, question: str, room: str = "room") -> str:
    return (await chat.type(question, room)).text


async def waiting(*questions: asyncio.Task[str]) -> None:
    """Let them come as far as they come by themselves."""
    await asyncio.wait(questions, timeout=0.05)
    assert not any(question.done() for question in questions)


async def test_what_comes_beyond_the_queue_is_told_so_and_answered_when_asked_again(
    folder: Path,
    store: Store,
) -> None:
    answering = await serving(folder, waiting=2)
    conversation = ChatHarness(console_chat(answering, store, FILES))
    async with nobody_answers(answering):
        waiters = [asyncio.create_task(text_of(conversation, who(n), str(n))) for n in range(2)]
        await waiting(*waiters)
        for _ in range(3):
            assert await text_of(conversation, DOOR, "late") == TOO_BUSY
    assert all("Ada Sand" in text for text in await asyncio.gather(*waiters))
    assert "Tom Harrow" in await text_of(conversation, DOOR, "late")


async def test_a_refused_question_leaves_no_trace_in_its_room(folder: Path, store: Store) -> None:
    answering = await serving(folder, waiting=1)
    conversation = ChatHarness(console_chat(answering, store, FILES))
    assert "Ada Sand" in await text_of(conversation, WHO)
    async with nobody_answers(answering):
        other = asyncio.create_task(text_of(conversation, who(1), "another room"))
        await waiting(other)
        assert await text_of(conversation, "Where does the vault of Corvel lie?") == TOO_BUSY
    await other
    leaning = await text_of(conversation, "And who dredged it?")
    assert "Read with the question before" in leaning
    assert "vault" not in leaning


async def test_who_gives_up_makes_room_for_others(folder: Path, store: Store) -> None:
    answering = await serving(folder, waiting=1)
    options = replace(OPTIONS, answer_seconds=0.05)
    hasty = ChatHarness(console_chat(answering, store, FILES, options=options))
    patient = ChatHarness(console_chat(answering, store, FILES))
    async with nobody_answers(answering):
        assert (await text_of(hasty, WHO)).startswith("This took longer than 0.05 seconds")
        waiters = asyncio.create_task(text_of(patient, DOOR))
        await waiting(waiters)
        assert await text_of(patient, WHO, "late") == TOO_BUSY
    assert "Tom Harrow" in await waiters


async def test_many_at_once_are_answered_or_refused_and_none_is_lost(
    folder: Path, store: Store
) -> None:
    answering = await serving(folder, waiting=20)
    conversation = ChatHarness(console_chat(answering, store, FILES))
    async with nobody_answers(answering):
        tasks = [asyncio.create_task(text_of(conversation, who(n), str(n))) for n in range(300)]
        await asyncio.wait(tasks, timeout=0.05)
    texts = await asyncio.gather(*tasks)
    answered = [text for text in texts if "Ada Sand" in text]
    assert len(answered) == 20
    assert texts.count(TOO_BUSY) == 280
    assert "Ada Sand" in await text_of(conversation, WHO, "afterwards")


async def test_other_work_in_threads_keeps_no_question_waiting(folder: Path, store: Store) -> None:
    """Curators' files, a load: whatever of it hangs, members are answered."""
    answering = await serving(folder, waiting=5)
    conversation = ChatHarness(console_chat(answering, store, FILES))
    (folder / "open" / "new.md").write_text("A new one.")
    progress = HeldProgress(at_end=False)
    reloading = asyncio.create_task(answering.reload(progress))
    # More than there are threads for what is nobody's in particular.
    others = [asyncio.create_task(asyncio.to_thread(progress.go_on.wait, 60)) for _ in range(40)]
    try:
        async with asyncio.timeout(30):
            assert "Ada Sand" in await text_of(conversation, WHO)
            assert "2 documents" in await text_of(conversation, "/sources")
            assert "under the town hall" in await text_of(conversation, DOOR)
            assert "The vault" in await text_of(conversation, "/context 1")
        assert not reloading.done()
    finally:
        progress.go_on.set()
        await asyncio.gather(reloading, *others)


class Gate:
    """A corpus that is indexed for a scope only when the gate is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        within = Corpus.within

        def blocker(corpus: Corpus, collections: Iterable[str]) -> Corpus:
            self.reached.set()
            self.opened.wait(30)
            return within(corpus, collections)

        monkeypatch.setattr(Corpus, "within", blocker)


async def test_rooms_that_see_all_do_not_wait_for_a_part_to_be_made_ready(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = await serving(folder, waiting=5)
    gate = Gate(monkeypatch)
    part = asyncio.create_task(answering.ask(WHO, frozenset({"open"})))
    assert await asyncio.to_thread(gate.reached.wait, 30)
    async with asyncio.timeout(30):
        assert (await answering.ask(DOOR)).documents == 2
    assert not part.done()
    gate.opened.set()
    assert (await part).documents == 1


async def test_a_full_queue_is_known_before_anything_is_done(folder: Path) -> None:
    answering = await serving(folder, waiting=0)
    answering.admit()
    async with nobody_answers(answering):
        with pytest.raises(BusyError):
            answering.admit()
    answering.admit()


async def test_what_was_answered_before_takes_no_place_in_the_queue(
    folder: Path, store: Store
) -> None:
    answering = await serving(folder, waiting=1)
    conversation = ChatHarness(console_chat(answering, store, FILES))
    first = await text_of(conversation, WHO)
    async with nobody_answers(answering):
        blocker = asyncio.create_task(text_of(conversation, DOOR, "another room"))
        await waiting(blocker)
        assert await text_of(conversation, who(1), "late") == TOO_BUSY
        for room in ("late", "later"):
            assert await text_of(conversation, WHO, room) == first
        # And who asks what is being answered waits with whoever asked it.
        too = asyncio.create_task(text_of(conversation, DOOR, "too"))
        await waiting(too)
        assert await text_of(conversation, who(2), "late") == TOO_BUSY
        # What leans on it is another question.
        assert await text_of(conversation, "And who made it?", "late") == TOO_BUSY
    assert await blocker == await too
    assert "Tom Harrow" in await too
    # The question before is still the one that was answered.
    assert "harbour of Corvel" in await text_of(conversation, "And who made it?", "late")


async def test_a_reply_is_kept_for_its_corpus_and_its_scope_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = await serving(folder, waiting=5)
    everything, part = await answering.ask(DOOR), await answering.ask(DOOR, frozenset({"open"}))
    assert everything.id != part.id
    with monkeypatch.context() as nobody:
        nobody.setattr(Searcher, "reply", None)
        assert await answering.ask(DOOR) == everything
        assert await answering.ask(DOOR, frozenset({"open", "closed", "gone"})) == everything
        assert await answering.ask(DOOR, frozenset({"open", "gone"})) == part
    assert (await answering.ask(DOOR + " ")).question == DOOR + " "
    (folder / "closed" / "vault.md").write_text(VAULT.replace("Tom", "Ann"), encoding="utf-8")
    await answering.reload()
    again = await answering.ask(DOOR)
    assert again.revision != everything.revision
    assert isinstance(again, Answer)
    assert "Ann Harrow" in again.excerpts[0].quote
    await answering.reload()
    assert await answering.ask(DOOR) == again


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="that is not told here")
def test_a_reply_is_the_work_of_one_thread(project_root: Path) -> None:
    """Others would wait for microseconds of work at full speed, and take processors from all."""
    script = (
        "import os, bot, numpy, scipy.linalg;"
        "numpy.ones((600, 600)) @ numpy.ones((600, 600));"
        "print(len(os.listdir('/proc/self/task')))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project_root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == "1\n"
