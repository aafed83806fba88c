"""Deferred saving: the newest corpus is written some time after it is served."""

import asyncio
import logging
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from bot.answering.rebuild import IndexRebuild
from bot.answering.service import AnsweringService
from bot.answering.snapshot import Snapshots
from bot.answering.snapshot_writer import SnapshotWriter
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.retrieval.answer.searcher import AnswerOptions

SECONDS = 60
LONG = 3_600.0


def test_of_several_that_wait_the_newest_is_saved() -> None:
    saved: list[str] = []
    writer = SnapshotWriter(quiet=LONG, longest=LONG)
    for each in ("first", "second"):
        writer.schedule(partial(saved.append, each))
    assert writer.flush(SECONDS)
    assert saved == ["second"]


def test_nothing_waits_longer_than_it_may_although_others_come() -> None:
    saved = threading.Event()
    writer = SnapshotWriter(quiet=LONG, longest=0.0)
    writer.schedule(saved.set)
    assert saved.wait(SECONDS)


def test_what_waits_is_dropped_where_something_newer_is_kept() -> None:
    saved: list[str] = []
    writer = SnapshotWriter(quiet=LONG, longest=LONG)
    writer.schedule(partial(saved.append, "first"))
    writer.cancel()
    assert writer.flush(SECONDS)
    assert not saved


def test_one_is_saved_at_a_time_and_what_comes_meanwhile_after_it() -> None:
    begun, go_on = threading.Event(), threading.Event()
    saved: list[str] = []

    def slowly() -> None:
        begun.set()
        assert go_on.wait(SECONDS)
        saved.append("first")

    writer = SnapshotWriter(quiet=0.0)
    writer.schedule(slowly)
    assert begun.wait(SECONDS)
    writer.schedule(partial(saved.append, "second"))
    assert not writer.flush(0.0)
    go_on.set()
    assert writer.flush(SECONDS)
    assert saved == ["first", "second"]


def test_a_fault_while_saving_is_told_and_the_next_is_saved(
    caplog: pytest.LogCaptureFixture,
) -> None:
    saved: list[str] = []

    def fails() -> None:
        raise ValueError("no")

    writer = SnapshotWriter(quiet=0.0)
    with caplog.at_level(logging.ERROR):
        writer.schedule(fails)
        assert writer.flush(SECONDS)
    (record,) = caplog.records
    assert "not kept" in record.getMessage()
    writer.schedule(partial(saved.append, "next"))
    assert writer.flush(SECONDS)
    assert saved == ["next"]


def later() -> int:
    """A time at which files that are written now are long settled."""
    return time.time_ns() + 10**10


def rebuild_of(folder: Path, state: Path) -> IndexRebuild:
    state.mkdir()
    return IndexRebuild(
        folder,
        Limits(),
        trust_times=True,
        options=AnswerOptions(),
        snapshots=Snapshots(state / "corpus.snapshot", "settings"),
        min_snapshot_passages=0,
        child_min_passages=5,
    )


async def serving(place: Path) -> tuple[Path, IndexRebuild, AnsweringService]:
    """A folder of twenty villages, where its corpus is kept, and what answers from it."""
    folder = place / "corpus"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02}.txt").write_text(f"The mill of village {number} burnt in June.")
    rebuild = rebuild_of(folder, place / "state")
    answering = AnsweringService(Loader(folder, clock=later), rebuild=rebuild)
    await asyncio.wait_for(answering.reload(), SECONDS)
    return folder, rebuild, answering


async def test_a_small_change_of_a_large_corpus_is_served_first_and_kept_later(
    tmp_path: Path,
) -> None:
    folder, rebuild, answering = await serving(tmp_path)
    first = rebuild.snapshots.file.read_bytes()
    (folder / "07.txt").write_text("The harbour was flooded in August.")
    await asyncio.wait_for(answering.reload(), SECONDS)
    assert rebuild.snapshots.file.read_bytes() == first
    # Whoever starts now, as after a loss of power, reads what changed since.
    early = AnsweringService(Loader(folder, clock=later), rebuild=rebuild)
    await asyncio.wait_for(early.reload(), SECONDS)
    question = "when was the harbour flooded"
    assert early.reply(question).id == answering.reply(question).id


async def test_what_waits_to_be_kept_is_kept_at_the_end(tmp_path: Path) -> None:
    folder, rebuild, answering = await serving(tmp_path)
    (folder / "07.txt").write_text("The harbour was flooded in August.")
    await asyncio.wait_for(answering.reload(), SECONDS)
    await asyncio.wait_for(answering.close(), SECONDS)
    snapshot = rebuild.snapshots.open(AnswerOptions(), lambda _path, _revision: None)
    assert snapshot is not None
    assert snapshot.searcher.corpus.revision == answering.corpus.revision
