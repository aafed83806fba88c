"""A corpus is kept some time after it is served, and the one before is let go."""

import asyncio
import gc
import logging
import threading
import time
import weakref
from pathlib import Path

import pytest

from bot.answering.rebuild import IndexRebuild
from bot.answering.service import AnsweringService
from bot.answering.snapshot import Snapshots
from bot.answering.snapshot_writer import SnapshotWriter, release_memory
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.retrieval.answer.searcher import AnswerOptions, Searcher

SECONDS = 60
LONG = 3_600.0


def searcher_of(folder: Path, text: str) -> Searcher:
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_text(text)
    return Searcher(Loader(folder).load()[0], AnswerOptions())


@pytest.fixture
def two(tmp_path: Path) -> tuple[Searcher, Searcher]:
    folder = tmp_path / "corpus"
    return searcher_of(folder, "The mill burnt in June."), searcher_of(folder, "It burnt in July.")


def test_of_several_that_wait_the_newest_is_saved(two: tuple[Searcher, Searcher]) -> None:
    saved: list[Searcher] = []
    saving = SnapshotWriter(quiet=LONG, longest=LONG)
    for each in two:
        saving.later(saved.append, each)
    assert saving.close(SECONDS)
    assert saved == [two[1]]


def test_nothing_waits_longer_than_it_may_although_others_come(
    two: tuple[Searcher, Searcher],
) -> None:
    saved = threading.Event()
    saving = SnapshotWriter(quiet=LONG, longest=0.0)
    saving.later(lambda _: saved.set(), two[0])
    assert saved.wait(SECONDS)


def test_what_waits_is_dropped_where_something_newer_is_kept(
    two: tuple[Searcher, Searcher],
) -> None:
    saved: list[Searcher] = []
    saving = SnapshotWriter(quiet=LONG, longest=LONG)
    saving.later(saved.append, two[0])
    saving.drop()
    assert saving.close(SECONDS)
    assert not saved


def test_one_is_saved_at_a_time_and_what_comes_meanwhile_after_it(
    two: tuple[Searcher, Searcher],
) -> None:
    begun, go_on, saved = threading.Event(), threading.Event(), []

    def slowly(searcher: Searcher) -> None:
        begun.set()
        assert go_on.wait(SECONDS)
        saved.append(searcher)

    saving = SnapshotWriter(quiet=0.0)
    saving.later(slowly, two[0])
    assert begun.wait(SECONDS)
    saving.later(saved.append, two[1])
    assert not saving.close(0.0)
    go_on.set()
    assert saving.close(SECONDS)
    assert saved == list(two)


def test_a_fault_while_saving_is_told_and_the_next_is_saved(
    two: tuple[Searcher, Searcher], caplog: pytest.LogCaptureFixture
) -> None:
    saved: list[Searcher] = []

    def fails(_: Searcher) -> None:
        raise ValueError("no")

    saving = SnapshotWriter(quiet=0.0)
    with caplog.at_level(logging.ERROR):
        saving.later(fails, two[0])
        assert saving.close(SECONDS)
    (record,) = caplog.records
    assert "not kept" in record.getMessage()
    saving.later(saved.append, two[1])
    assert saving.close(SECONDS)
    assert saved == [two[1]]


def test_what_is_let_go_is_gone_when_nobody_uses_it_any_more(tmp_path: Path) -> None:
    gone = [searcher_of(tmp_path / "corpus", "The mill burnt in June.")]
    used = gone[0]
    index, pairs = weakref.ref(used.index), weakref.ref(used.index.arrays.pair_gains)
    release_memory(gone)
    assert not gone
    assert used.reply("when did the mill burn").id
    del used
    for thread in threading.enumerate():
        if thread.name == "letting go":
            thread.join(SECONDS)
    gc.collect()
    assert index() is None
    assert pairs() is None


def test_what_another_index_shares_stays_whole_when_the_old_one_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answering.snapshot_writer._BYTES_AT_ONCE", 8)
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(f"In June {1900 + number} mill {number} burnt.")
    before = Searcher(Loader(folder).load()[0], AnswerOptions())
    (folder / "15.txt").write_text("In July 1915 the granary burnt.")
    corpus = Loader(folder).load()[0]
    now = Searcher(corpus, AnswerOptions(), before)
    arrays = before.index.arrays
    gone, starts, seen = [before], arrays.counts.words.starts, arrays.word_gains[1:]
    kept = starts.tolist(), seen.tolist()
    del before, arrays
    release_memory(gone)
    for thread in threading.enumerate():
        if thread.name == "letting go":
            thread.join(SECONDS)
    assert (starts.tolist(), seen.tolist()) == kept
    fresh = Searcher(corpus, AnswerOptions())
    for question in ("when did the granary burn", "which mill burnt in 1907", "who sold the mill"):
        assert now.reply(question).id == fresh.reply(question).id


def later() -> int:
    """A time at which files that are written now are long settled."""
    return time.time_ns() + 10**10


def preparing(folder: Path, state: Path) -> IndexRebuild:
    state.mkdir()
    return IndexRebuild(
        folder,
        Limits(),
        trust_times=True,
        options=AnswerOptions(),
        snapshots=Snapshots(state / "corpus.snapshot", "settings"),
        fewest_passages=0,
        apart_passages=5,
    )


async def served(place: Path) -> tuple[Path, IndexRebuild, AnsweringService]:
    """A folder of twenty villages, where its corpus is kept, and what answers from it."""
    folder = place / "corpus"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02}.txt").write_text(f"The mill of village {number} burnt in June.")
    kept = preparing(folder, place / "state")
    answering = AnsweringService(Loader(folder, clock=later), preparing=kept)
    await asyncio.wait_for(answering.reload(), SECONDS)
    return folder, kept, answering


async def test_a_small_change_of_a_large_corpus_is_served_first_and_kept_later(
    tmp_path: Path,
) -> None:
    folder, kept, answering = await served(tmp_path)
    first = kept.snapshots.file.read_bytes()
    (folder / "07.txt").write_text("The harbour was flooded in August.")
    await asyncio.wait_for(answering.reload(), SECONDS)
    assert kept.snapshots.file.read_bytes() == first
    # Whoever starts now, as after a loss of power, reads what changed since.
    early = AnsweringService(Loader(folder, clock=later), preparing=kept)
    await asyncio.wait_for(early.reload(), SECONDS)
    question = "when was the harbour flooded"
    assert early.reply(question).id == answering.reply(question).id


async def test_what_waits_to_be_kept_is_kept_at_the_end(tmp_path: Path) -> None:
    folder, kept, answering = await served(tmp_path)
    (folder / "07.txt").write_text("The harbour was flooded in August.")
    await asyncio.wait_for(answering.reload(), SECONDS)
    await asyncio.wait_for(answering.close(), SECONDS)
    opened = kept.snapshots.open(AnswerOptions(), lambda _path, _revision: None)
    assert opened is not None
    assert opened.searcher.corpus.revision == answering.corpus.revision
