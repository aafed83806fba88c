"""The compiled corpus on disk: it answers as the one it was made of, or it is not used."""

import asyncio
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.answering.archive import write
from bot.answering.rebuild import IndexRebuild
from bot.answering.service import AnsweringService
from bot.answering.snapshot import Snapshot, Snapshots, name_for, program
from bot.core.documents import Document
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.processes.spawn import child_environment
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.ranking.calibration import foreign_questions

QUESTIONS = (
    "How many people crossed the ford?",
    "who was Zinki",
    "what did the FSA do at the ford",
    "when was the mill evacuatd",
    "what is the recipe for kibbeh",
    "",
)
SECONDS = 60


def nothing(_path: str, _revision: str) -> Document | None:
    return None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "board").mkdir(parents=True)
    (folder / "a.md").write_text("# The ford\n\nIn May 80 people crossed the ford with Zenki.")
    (folder / "b.md").write_text(
        "# The mill\n\nThe Free Sailors Army (FSA) held the ford.\n\n- One"
    )
    (folder / "board/c.txt").write_text("The mill was evacuated on 3 June. “Nobody” stayed — 第一.")
    (folder / "only.md").write_text("# A heading and no more")
    (folder / "glossary.toml").write_text('[[group]]\nnames = ["mill", "grinder"]\n')
    (folder / "sources.toml").write_text('["a.md"]\ntitle = "Ford"\ndate = "2016-05"\n')
    return folder


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    (tmp_path / "state").mkdir()
    return Snapshots(tmp_path / "state" / "corpus.snapshot", "settings")


def saved(folder: Path, snapshots: Snapshots, options: AnswerOptions | None = None) -> Searcher:
    loader = Loader(folder)
    corpus, _ = loader.load()
    searcher = Searcher(corpus, options or AnswerOptions())
    assert snapshots.save(Snapshot(searcher, loader.state().as_json()))
    return searcher


def opened(snapshots: Snapshots, options: AnswerOptions | None = None) -> Searcher:
    snapshot = snapshots.open(options or AnswerOptions(), nothing)
    assert snapshot is not None
    return snapshot.searcher


def test_it_answers_as_the_corpus_it_was_made_of(folder: Path, snapshots: Snapshots) -> None:
    before = saved(folder, snapshots)
    after = opened(snapshots)
    assert after.corpus.revision == before.corpus.revision
    assert after.thresholds == before.thresholds
    for question in QUESTIONS:
        one, other = before.reply(question), after.reply(question)
        assert (type(one), one.id) == (type(other), other.id)


def test_it_is_what_the_next_one_is_made_of(folder: Path, snapshots: Snapshots) -> None:
    saved(folder, snapshots)
    snapshot = snapshots.open(AnswerOptions(), nothing)
    assert snapshot is not None
    (folder / "b.md").unlink()
    (folder / "d.md").write_text("Zinki crossed the bridge on 4 July.")
    loader = Loader(folder)
    loader.restore(snapshot.searcher.corpus, snapshot.loader_state)
    corpus, _ = loader.load()
    assert corpus.documents[0] is snapshot.searcher.corpus.documents[0]
    updated = Searcher(corpus, AnswerOptions(), snapshot.searcher)
    fresh = Searcher(Loader(folder).load()[0], AnswerOptions())
    assert updated.corpus.revision == fresh.corpus.revision
    assert updated.thresholds == fresh.thresholds
    for question in QUESTIONS:
        assert updated.reply(question).id == fresh.reply(question).id


def test_other_levels_are_found_where_other_silence_is_wanted(
    folder: Path, snapshots: Snapshots
) -> None:
    saved(folder, snapshots)
    own = AnswerOptions(calibration=tuple(foreign_questions("en")[:30]))
    fresh = Searcher(Loader(folder).load()[0], own)
    assert opened(snapshots, own).thresholds == fresh.thresholds


def test_one_of_other_settings_is_not_used(folder: Path, snapshots: Snapshots) -> None:
    saved(folder, snapshots)
    assert Snapshots(snapshots.file, "others").open(AnswerOptions(), nothing) is None


@pytest.mark.parametrize("kind", ["cut", "changed", "other"])
def test_a_damaged_one_is_not_used_and_one_line_says_so(
    folder: Path, snapshots: Snapshots, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    saved(folder, snapshots)
    data = bytearray(snapshots.file.read_bytes())
    if kind == "cut":
        del data[-1_000:]
    elif kind == "changed":
        data[data.index(b"crossed")] ^= 1
    else:
        data = bytearray(b"nonsense")
    snapshots.file.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        assert snapshots.open(AnswerOptions(), nothing) is None
    (record,) = caplog.records
    assert "all is read anew" in record.getMessage()


@pytest.mark.parametrize("about", [{}, [1], {"program": 3}, {"program": program()}])
def test_a_whole_file_of_another_form_prevents_no_start(
    snapshots: Snapshots, about: Any, caplog: pytest.LogCaptureFixture
) -> None:
    if isinstance(about, dict) and "program" in about:
        about = {**about, "settings": "settings"}
    write(snapshots.file, about, {"text": b"x"})
    with caplog.at_level(logging.INFO):
        assert snapshots.open(AnswerOptions(), nothing) is None
    (record,) = caplog.records
    assert "all is read anew" in record.getMessage()


@pytest.mark.skipif(sys.platform == "win32", reason="files there have no such limit")
def test_a_full_disk_leaves_the_old_one_and_one_line(folder: Path, snapshots: Snapshots) -> None:
    saved(folder, snapshots)
    whole = snapshots.file.read_bytes()
    script = (
        "import pathlib, resource, sys\n"
        "from bot.ingest.loader import Loader\n"
        "from bot.retrieval.answer.searcher import AnswerOptions, Searcher\n"
        "from bot.answering.snapshot import Snapshot, Snapshots\n"
        "loader = Loader(pathlib.Path(sys.argv[1]))\n"
        "searcher = Searcher(loader.load()[0], AnswerOptions())\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))\n"
        "snapshots = Snapshots(pathlib.Path(sys.argv[2]), 'settings')\n"
        "sys.exit(3 if snapshots.save(Snapshot(searcher, loader.state().as_json())) else 4)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(folder), str(snapshots.file)],
        env=child_environment(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ended.returncode == 4
    assert ended.stderr.count("\n") == 1
    assert "not kept for the next start" in ended.stderr
    assert snapshots.file.read_bytes() == whole
    assert [each.name for each in snapshots.file.parent.iterdir()] == [snapshots.file.name]


def test_where_it_cannot_be_written_one_line_says_so(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loader = Loader(folder)
    searcher = Searcher(loader.load()[0], AnswerOptions())
    nowhere = Snapshots(tmp_path / "none" / "x", "settings")
    with caplog.at_level(logging.WARNING):
        assert not nowhere.save(Snapshot(searcher, loader.state().as_json()))
    assert not nowhere.file.exists()


def rebuild_of(folder: Path, snapshots: Snapshots) -> IndexRebuild:
    return IndexRebuild(
        folder,
        Limits(),
        trust_times=True,
        options=AnswerOptions(),
        snapshots=snapshots,
        min_snapshot_passages=0,
        child_min_passages=0,
        child_min_bytes=0,
    )


def ids(answering: AnsweringService) -> list[str]:
    return [answering.reply(question).id for question in QUESTIONS]


async def test_another_process_reads_and_this_one_answers(
    folder: Path, snapshots: Snapshots
) -> None:
    plain = AnsweringService(Loader(folder))
    await plain.reload()
    apart = AnsweringService(Loader(folder), rebuild=rebuild_of(folder, snapshots))
    report = await asyncio.wait_for(apart.reload(), SECONDS)
    assert snapshots.file.exists()
    assert report.added == ("a.md", "b.md", "board/c.txt", "only.md")
    assert ids(apart) == ids(plain)
    before = {document.path: document for document in apart.corpus.documents}

    (folder / "a.md").write_text("# The ford\n\nIn May 90 people crossed the ford.")
    (folder / "b.md").unlink()
    await plain.reload()
    report = await asyncio.wait_for(apart.reload(), SECONDS)
    assert (report.changed, report.removed) == (("a.md",), ("b.md",))
    assert report.unchanged == ("board/c.txt", "only.md")
    assert ids(apart) == ids(plain)
    after = {document.path: document for document in apart.corpus.documents}
    assert after["board/c.txt"] is before["board/c.txt"]


async def test_the_next_start_begins_with_what_was_kept(folder: Path, snapshots: Snapshots) -> None:
    first = AnsweringService(Loader(folder), rebuild=rebuild_of(folder, snapshots))
    await asyncio.wait_for(first.reload(), SECONDS)
    written = snapshots.file.stat()
    again = AnsweringService(Loader(folder), rebuild=rebuild_of(folder, snapshots))
    report = await asyncio.wait_for(again.reload(), SECONDS)
    assert report.documents == 4
    assert ids(again) == ids(first)
    # A document that went meanwhile answers no more, not even at first.
    (folder / "a.md").unlink()
    third = AnsweringService(Loader(folder), rebuild=rebuild_of(folder, snapshots))
    await asyncio.wait_for(third.reload(), SECONDS)
    assert "a.md" not in {document.path for document in third.corpus.documents}
    assert snapshots.file.stat().st_mtime_ns > written.st_mtime_ns


async def test_a_process_that_fails_leaves_the_work_to_this_one(
    folder: Path, snapshots: Snapshots, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    wrong = replace(rebuild_of(folder, snapshots), folder=tmp_path / "elsewhere")
    answering = AnsweringService(Loader(folder), rebuild=wrong)
    report = await asyncio.wait_for(answering.reload(), SECONDS)
    assert report.documents == 4


async def test_a_small_corpus_is_not_kept(folder: Path, snapshots: Snapshots) -> None:
    snapshots.file.write_bytes(b"one that was larger")
    small = replace(rebuild_of(folder, snapshots), min_snapshot_passages=100, child_min_bytes=10**6)
    answering = AnsweringService(Loader(folder), rebuild=replace(small, child_min_passages=100))
    await asyncio.wait_for(answering.reload(), SECONDS)
    assert not snapshots.file.exists()


def test_each_folder_has_a_snapshot_of_its_own(folder: Path, tmp_path: Path) -> None:
    assert name_for(folder) == name_for(folder.parent / "corpus")
    assert name_for(folder) != name_for(tmp_path)
