"""A rebuild in a child process: whatever becomes of the child, the corpus is served."""

import asyncio
import json
import logging
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.rebuild import CHILD_MIN_BYTES, CHILD_MIN_PASSAGES, IndexRebuild
from bot.answering.service import AnsweringService
from bot.answering.snapshot import Snapshots
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.retrieval.answer.searcher import AnswerOptions
from tests.harness.child_processes import framed_message, needs_proc, replace_interpreter

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
        min_snapshot_passages=0,
        child_min_passages=0,
        child_min_bytes=0,
    )


def later() -> int:
    """A time at which files that are written now are long settled."""
    return time.time_ns() + 10**10


def sends(message: object) -> str:
    return f"sys.stdout.buffer.write({framed_message(message)!r})"


@needs_proc
@pytest.mark.parametrize(
    "script",
    [
        "sys.exit(1)",
        "os.kill(os.getpid(), 9)",
        "print('nonsense')",
        "sys.stdout.buffer.write(b'\\2\\0\\0\\0[1')",
        "sys.stdout.buffer.write(b'\\1\\0\\0\\0\\377')",
        sends(3),
        sends({"progress": 3}),
        sends({"ended": "perhaps"}),
        sends("x" * 2_000),
        sends({"failed": "MemoryError"}),
    ],
)
async def test_messages_of_the_child_are_not_trusted(
    folder: Path,
    preparing: IndexRebuild,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    script: str,
) -> None:
    replace_interpreter(monkeypatch, tmp_path, f"import os, sys; {script}")
    answering = AnsweringService(Loader(folder), rebuild=preparing)
    with caplog.at_level(logging.WARNING):
        report = await asyncio.wait_for(answering.reload(), SECONDS)
    assert report.documents == 2
    (record,) = caplog.records
    assert "process" in record.getMessage()


@needs_proc
async def test_what_changed_while_it_failed_is_served(
    folder: Path, preparing: IndexRebuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "c.md").write_text("A new one.")
    answering = AnsweringService(Loader(folder, clock=later), rebuild=preparing)
    first, second = folder / "a.md", folder / "b.md"
    change = "from pathlib import Path; Path({!r}).write_text({!r})"
    replace_interpreter(
        monkeypatch, tmp_path, change.format(str(second), "The mill burnt down in July.")
    )
    await asyncio.wait_for(answering.reload(), SECONDS)
    replace_interpreter(
        monkeypatch,
        tmp_path,
        change.format(str(second), "It burnt in August.") + f"; Path({str(first)!r}).unlink()",
    )
    (folder / "d.md").write_text("Another new one.")
    report = await asyncio.wait_for(answering.reload(), SECONDS)
    assert report.failed == ()
    texts = {document.path: document.text for document in answering.corpus.documents}
    assert texts.keys() == {"b.md", "c.md", "d.md"}
    assert "August" in texts["b.md"]


def test_no_module_is_imported_from_the_working_directory(
    preparing: IndexRebuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "numpy.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path / "here")
    assert preparing.run()


def test_folders_may_be_relative_to_the_working_directory(
    preparing: IndexRebuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    snapshots = Snapshots(Path("state/corpus.snapshot"), "settings")
    assert replace(preparing, folder=Path("corpus"), snapshots=snapshots).run()
    assert (tmp_path / "state" / "corpus.snapshot").is_file()


def test_no_secret_reaches_the_child_and_only_the_owner_reads_the_snapshot(
    preparing: IndexRebuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    python = sys.executable
    replace_interpreter(
        monkeypatch,
        tmp_path,
        "import os, sys\n"
        f"open({str(tmp_path / 'env')!r}, 'w').write(str(os.environ))\n"
        f"os.execv({python!r}, [{python!r}, *sys.argv[1:]])",
    )
    assert preparing.run()
    assert "secret" not in (tmp_path / "env").read_text()
    assert preparing.snapshots.file.stat().st_mode & 0o077 == 0


def test_the_snapshot_of_a_small_corpus_is_written_too(preparing: IndexRebuild) -> None:
    assert replace(preparing, min_snapshot_passages=1_000).run()


async def test_nothing_is_pending_where_nothing_changed_since_the_last_run(folder: Path) -> None:
    first = Loader(folder, clock=later)
    corpus, _ = first.load()
    again = Loader(folder, clock=later)
    again.restore(corpus, json.loads(json.dumps(first.state().as_json())))
    assert not again.changes().changed
    (folder / "sources.toml").write_text('["b.md"]\ntitle = "The old mill"\n')
    assert again.changes().changed


async def test_what_is_pending_is_the_share_of_files_and_what_must_be_read(folder: Path) -> None:
    for number in range(8):
        (folder / f"{number}.md").write_text(f"Paragraph {number}.")
    loader = Loader(folder, clock=later)
    loader.load()
    (folder / "0.md").write_text("Another paragraph.")
    (folder / "1.md").unlink()
    changes = loader.changes()
    assert changes.bytes == len("Another paragraph.")
    assert changes.fraction == pytest.approx(2 / 9)
    loader.load()
    # A title stands above every passage of its document: all of that is read once more.
    (folder / "sources.toml").write_text(
        '["b.md"]\ntitle = "The old mill"\n["a.md"]\ntitle = "Ford"'
    )
    changes = loader.changes()
    assert changes.fraction == pytest.approx(1 / 9)
    assert changes.bytes == len((folder / "b.md").read_text())


@pytest.mark.parametrize(
    ("bytes_", "fraction", "passages", "needed"),
    [
        (10, 0.01, 10**6, False),
        (10, 0.5, 10**6, True),
        (10, 1.0, 100, False),
        (10**8, 0.01, 100, True),
        (0, 0.0, 10**6, False),
    ],
)
def test_a_child_loads_a_corpus_of_which_much_changed(
    folder: Path, preparing: IndexRebuild, bytes_: int, fraction: float, passages: int, needed: bool
) -> None:
    usual = replace(
        preparing, child_min_passages=CHILD_MIN_PASSAGES, child_min_bytes=CHILD_MIN_BYTES
    )
    changes = replace(
        Loader(folder).changes(), changed=fraction > 0, bytes=bytes_, fraction=fraction
    )
    assert usual.needs_child(changes, passages) is needed
