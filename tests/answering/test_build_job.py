"""The build in a child process: whatever becomes of the child, the old corpus is served."""

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.build_job import BuildJob, build_in_child
from bot.answering.reload import CorpusReloader
from bot.answering.store import IndexStore
from bot.core.errors import CorpusError, ManifestError
from tests.harness.child_processes import framed_message, needs_proc, replace_interpreter
from tests.harness.corpus_harness import UNCALIBRATED, texts_of
from tests.harness.index_jobs import build_job


@pytest.fixture
def job(tmp_path: Path, settled: None) -> BuildJob:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text("In May 80 people crossed the ford with Zenki.")
    (folder / "b.md").write_text("The mill burnt down in June.")
    return build_job(folder, options=UNCALIBRATED)


def texts(reloader: CorpusReloader) -> list[str]:
    assert reloader.served is not None
    return texts_of(reloader.served.corpus)


def sends(message: object) -> str:
    return f"sys.stdout.buffer.write({framed_message(message)!r})"


EARLY = "The process that builds the index ended early (exit code {}): see to it that there is "
OURS = "A fault of this program ({}) kept the corpus from being built: please report it."
WRITING = "The index could not be written ({}): see to the space and the "


# A child that ended before it was sent its job could not be heard.
RECEIVES = "sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4), 'little'))"


@needs_proc
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("sys.exit(1)", EARLY.format(1)),
        ("os.kill(os.getpid(), 9)", EARLY.format(-9)),
        ("print('nonsense')", EARLY.format("")[:-30]),
        ("sys.stdout.buffer.write(b'\\2\\0\\0\\0[1')", EARLY.format(0)),
        ("sys.stdout.buffer.write(b'\\1\\0\\0\\0\\377')", EARLY.format(0)),
        (sends(3), EARLY.format(0)),
        (sends({}), EARLY.format(0)),
        (sends({"built": "perhaps"}), EARLY.format(0)),
        (sends({"progress": 3}), EARLY.format(0)),
        (sends({"progress": [1, 2]}), EARLY.format(0)),
        (sends({"progress": [1, 2, "a.md"]}), EARLY.format(0)),
        (sends({"fault": "MemoryError"}), OURS.format("MemoryError")),
        (sends({"fault": ["SystemExit"]}), OURS.format("['SystemExit']")),
        (sends({"fault": "annotations", "text": 3}), OURS.format("annotations")),
        (sends({"fault": "OSError"}), WRITING.format("None")),
        (sends({"fault": "OSError", "text": "No space left"}), WRITING.format("No space left")),
        (sends({"built": True}), ""),
    ],
)
def test_messages_of_the_child_are_not_trusted(
    job: BuildJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    CorpusReloader(job).reload(None)
    reloader = CorpusReloader(job, in_child=True)
    reloader.reload(None)
    before = texts(reloader)
    (job.folder / "b.md").write_text("The mill burnt down in July.")
    with monkeypatch.context() as patch:
        replace_interpreter(patch, tmp_path, f"import os, sys; {RECEIVES}; {script}")
        if sentence:
            with pytest.raises(CorpusError) as caught:
                reloader.reload(None)
            assert str(caught.value).startswith(sentence)
        else:
            # Nothing was built: what is served is what the store holds.
            assert reloader.reload(None).changed == ()
    assert texts(reloader) == before
    CorpusReloader(job).reload(None)
    assert reloader.reload(None).changed == ("b.md",)


@needs_proc
def test_a_child_that_hangs_is_killed(
    job: BuildJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answering.build_job.SILENT_SECONDS", 0.2)
    # Each file it reads may take as long as one may.
    CorpusReloader(job, in_child=True).reload(None)
    (job.folder / "a.md").unlink()
    replace_interpreter(monkeypatch, tmp_path, "import time; time.sleep(600)")
    hasty = replace(job, limits=replace(job.limits, worker_seconds=0.001))
    started = time.monotonic()
    with pytest.raises(CorpusError, match=r"ended early \(exit code -9\)"):
        CorpusReloader(hasty, in_child=True).reload(None)
    assert time.monotonic() - started < 60


def test_a_child_that_cannot_be_started_gets_its_sentence(
    job: BuildJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(CorpusError, match=r"^No process to build the index in could be started \("):
        CorpusReloader(job, in_child=True).reload(None)
    # A program that builds in its own process needs none.
    CorpusReloader(job).reload(None)


@needs_proc
@pytest.mark.parametrize("script", ["sys.exit(1)", sends([]), sends({})])
def test_a_task_that_fails_in_a_child_ends_the_build_with_a_sentence(
    job: BuildJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("os.sched_getaffinity", lambda _: range(2))
        patch.setattr("bot.answering.read_tasks.BATCH_FILES", 1)
        patch.setattr("bot.answering.build.CHILDREN_FROM_BYTES", 0)
        replace_interpreter(patch, tmp_path, f"import sys; {script}")
        with pytest.raises(CorpusError, match="see to it that there is memory left, then load"):
            CorpusReloader(job).reload(None)
    reloader = CorpusReloader(job)
    reloader.reload(None)
    assert len(texts(reloader)) == 2


def test_children_of_a_build_share_its_work(
    job: BuildJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CorpusReloader(job).reload(None)
    alone = job.store.corpus()
    for name, value in {
        "read_tasks.BATCH_FILES": 1,
        "build.CHILDREN_FROM_BYTES": 0,
        "build.CHILDREN_FROM_PASSAGES": 0,
    }.items():
        monkeypatch.setattr(f"bot.answering.{name}", value)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(2))
    told: list[tuple[int, int, str]] = []
    shared = replace(job, store=IndexStore(tmp_path / "shared", "settings"))
    CorpusReloader(shared).reload(lambda *now: told.append(now))
    together = shared.store.corpus()
    assert alone is not None
    assert together is not None
    assert together.content == alone.content
    assert [now[:2] for now in told] == sorted(now[:2] for now in told)
    assert told[-1][0] == told[-1][1]
    paths = {path for _, _, path in told} - {""}
    assert paths
    assert paths <= {each.name for each in job.folder.iterdir()}


def test_faults_of_the_documents_cross(job: BuildJob) -> None:
    (job.folder / "sources.toml").write_text("[[[")
    with pytest.raises(ManifestError, match=r"^sources.toml cannot be understood at"):
        build_in_child(job)


def test_folders_may_be_relative_to_the_working_directory(
    job: BuildJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no module is imported from there."""
    (tmp_path / "numpy.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    store = IndexStore(Path("index"), "settings")
    reloader = CorpusReloader(replace(job, folder=Path("corpus"), store=store), in_child=True)
    assert reloader.reload(None).added == ("a.md", "b.md")
    assert (tmp_path / "index" / "corpus.json").is_file()


@needs_proc
def test_no_secret_reaches_the_child(
    job: BuildJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    CorpusReloader(job, in_child=True).reload(None)
    assert "secret" not in (tmp_path / "env").read_text()


def test_a_job_comes_back_as_it_was_sent(job: BuildJob) -> None:
    scoped = replace(job, folder=Path("/no\udce9/text"), scopes=(None, frozenset({"b", "a"})))
    back = BuildJob.from_json(scoped.to_json())
    assert replace(back, store=job.store) == scoped
    assert (back.store.folder, back.store.settings) == (job.store.folder, job.store.settings)
