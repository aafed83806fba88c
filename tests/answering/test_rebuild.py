"""A process that reads the corpus apart: whatever becomes of it, the corpus is served."""

import asyncio
import json
import logging
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.rebuild import APART_BYTES, APART_PASSAGES, IndexRebuild
from bot.answering.service import AnsweringService
from bot.answering.snapshot import Snapshots
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.retrieval.answer.searcher import AnswerOptions

SECONDS = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text("# The ford\n\nIn May 80 people crossed the ford with Zenki.")
    (folder / "b.md").write_text("# The mill\n\nThe mill burnt down in June.")
    (folder / "sources.toml").write_text('["a.md"]\ntitle = "Ford"\n')
    return folder


@pytest.fixture
def preparing(folder: Path, tmp_path: Path) -> IndexRebuild:
    (tmp_path / "state").mkdir()
    return IndexRebuild(
        folder,
        Limits(),
        trust_times=True,
        options=AnswerOptions(),
        snapshots=Snapshots(tmp_path / "state" / "corpus.snapshot", "settings"),
        fewest_passages=0,
        apart_passages=0,
        apart_bytes=0,
    )


def later() -> int:
    """A time at which files that are written now are long settled."""
    return time.time_ns() + 10**10


def instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Let a script run in place of the process."""
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no shell scripts")
@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "kill -9 $$",
        "echo nonsense",
        "echo '[1'",
        "echo 3",
        "echo '{\"progress\": 3}'",
        'echo \'{"ended": "perhaps"}\'',
        "printf '\\377\\n'",
        "yes [ | tr -d '\\n'",
        'echo \'{"failed": "MemoryError"}\'',
    ],
)
async def test_what_it_says_is_not_trusted(
    folder: Path,
    preparing: IndexRebuild,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    script: str,
) -> None:
    instead(monkeypatch, tmp_path, script)
    answering = AnsweringService(Loader(folder), preparing=preparing)
    with caplog.at_level(logging.WARNING):
        report = await asyncio.wait_for(answering.reload(), SECONDS)
    assert report.documents == 2
    (record,) = caplog.records
    assert "process" in record.getMessage()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no shell scripts")
async def test_what_changed_while_it_failed_is_served(
    folder: Path, preparing: IndexRebuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "c.md").write_text("A new one.")
    apart = AnsweringService(Loader(folder, clock=later), preparing=preparing)
    instead(monkeypatch, tmp_path, f"echo 'The mill burnt down in July.' > '{folder}/b.md'")
    await asyncio.wait_for(apart.reload(), SECONDS)
    instead(
        monkeypatch,
        tmp_path,
        f"echo 'It burnt in August.' > '{folder}/b.md'; rm '{folder}/a.md'",
    )
    (folder / "d.md").write_text("Another new one.")
    report = await asyncio.wait_for(apart.reload(), SECONDS)
    assert report.failed == ()
    texts = {document.path: document.text for document in apart.corpus.documents}
    assert texts.keys() == {"b.md", "c.md", "d.md"}
    assert "August" in texts["b.md"]


def test_no_module_is_taken_from_where_we_are(
    preparing: IndexRebuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "numpy.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path / "here")
    assert preparing.run()


def test_folders_may_be_named_from_where_we_are(
    preparing: IndexRebuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    snapshots = Snapshots(Path("state/corpus.snapshot"), "settings")
    assert replace(preparing, folder=Path("corpus"), snapshots=snapshots).run()
    assert (tmp_path / "state" / "corpus.snapshot").is_file()


def test_no_secret_reaches_it_and_nobody_else_reads_what_it_leaves(
    preparing: IndexRebuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("there are no shell scripts")
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    python = sys.executable
    instead(monkeypatch, tmp_path, f"env > '{tmp_path}/env'; exec '{python}' \"$@\"")
    assert preparing.run()
    assert "secret" not in (tmp_path / "env").read_text()
    assert preparing.snapshots.file.stat().st_mode & 0o077 == 0


def test_what_it_read_is_not_read_once_more_though_it_was_little(preparing: IndexRebuild) -> None:
    assert replace(preparing, fewest_passages=1_000).run()


async def test_nothing_is_pending_where_nothing_changed_since_the_last_run(folder: Path) -> None:
    first = Loader(folder, clock=later)
    corpus, _ = first.load()
    again = Loader(folder, clock=later)
    again.recall(corpus, json.loads(json.dumps(first.remembered())))
    assert not again.pending().changed
    (folder / "sources.toml").write_text('["b.md"]\ntitle = "The old mill"\n')
    assert again.pending().changed


async def test_what_is_pending_is_the_share_of_files_and_what_must_be_read(folder: Path) -> None:
    for number in range(8):
        (folder / f"{number}.md").write_text(f"Paragraph {number}.")
    loader = Loader(folder, clock=later)
    loader.load()
    (folder / "0.md").write_text("Another paragraph.")
    (folder / "1.md").unlink()
    found = loader.pending()
    assert found.bytes == len("Another paragraph.")
    assert found.share == pytest.approx(2 / 9)
    loader.load()
    # A title stands above every passage of its document: all of that is read once more.
    (folder / "sources.toml").write_text(
        '["b.md"]\ntitle = "The old mill"\n["a.md"]\ntitle = "Ford"'
    )
    found = loader.pending()
    assert found.share == pytest.approx(1 / 9)
    assert found.bytes == len((folder / "b.md").read_text())


@pytest.mark.parametrize(
    ("bytes_", "share", "passages", "apart"),
    [
        (10, 0.01, 10**6, False),
        (10, 0.5, 10**6, True),
        (10, 1.0, 100, False),
        (10**8, 0.01, 100, True),
        (0, 0.0, 10**6, False),
    ],
)
def test_much_that_is_new_or_gone_is_done_apart(
    folder: Path, preparing: IndexRebuild, bytes_: int, share: float, passages: int, apart: bool
) -> None:
    usual = replace(preparing, apart_passages=APART_PASSAGES, apart_bytes=APART_BYTES)
    pending = replace(Loader(folder).pending(), changed=share > 0, bytes=bytes_, share=share)
    assert usual.apart(pending, passages) is apart
