"""Several things at once: what does not keep a question waiting, and what is answered once."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.core.corpus import Corpus
from bot.core.replies import Answer
from bot.platforms.console import console_chat
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("open/harbour.md", HARBOUR), ("closed/vault.md", VAULT)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


async def serving(folder: Path) -> AnsweringService:
    answering = AnsweringService(reloader(folder))
    await answering.reload()
    return answering


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with await Store.in_memory() as opened:
        yield opened


async def text_of(chat: ChatHarness, question: str, room: str = "room") -> str:
    return (await chat.type(question, room)).text


async def test_other_work_in_threads_keeps_no_question_waiting(folder: Path, store: Store) -> None:
    """Curators' files, a load: whatever of it hangs, members are answered."""
    answering = await serving(folder)
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
    answering = await serving(folder)
    gate = Gate(monkeypatch)
    part = asyncio.create_task(answering.ask(WHO, frozenset({"open"})))
    assert await asyncio.to_thread(gate.reached.wait, 30)
    async with asyncio.timeout(30):
        assert (await answering.ask(DOOR)).documents == 2
    assert not part.done()
    gate.opened.set()
    assert (await part).documents == 1


async def test_a_reply_is_kept_for_its_corpus_and_its_scope_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = await serving(folder)
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
