"""The store of the index: what is damaged or of another version is made anew, and said once."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.build_job import BuildJob
from bot.answering.reload import CorpusReloader
from bot.answering.store import IndexStore, name_for
from bot.core.errors import CorpusError
from bot.core.replies import Silence
from bot.retrieval.answer.searcher import AnswerOptions
from bot.retrieval.ranking.calibration import foreign_questions
from tests.harness.index_jobs import build_job

OPTIONS = AnswerOptions(calibration=tuple(foreign_questions("en")[:25]))
QUESTIONS = (
    "How many people crossed the ford?",
    "who was Zinki",
    "what did the FSA do at the grinder",
    "when was the mill evacuatd",
    "what is the recipe for kibbeh",
)
OPEN = frozenset({"main"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "board").mkdir(parents=True)
    (folder / "a.md").write_text("# The ford\n\nIn May 80 people crossed the ford with Zenki.")
    (folder / "b.md").write_text("The Free Sailors Army (FSA) held the mill.\n\n- One")
    (folder / "board/c.txt").write_text("The mill was evacuated on 3 June. “Nobody” stayed — 第一.")
    (folder / "glossary.toml").write_text(
        '[[group]]\nnames = ["mill", "grinder"]\n[[apart]]\nnames = ["mill", "mall"]\n'
    )
    return folder


@pytest.fixture
def job(folder: Path, settled: None) -> BuildJob:
    return build_job(folder, options=OPTIONS)


def loaded(job: BuildJob) -> CorpusReloader:
    """The corpus, loaded by a program that starts now."""
    store = IndexStore(job.store.folder, job.store.settings)
    reloader = CorpusReloader(replace(job, store=store))
    reloader.reload(None)
    return reloader


def ids(reloader: CorpusReloader) -> list[str]:
    assert reloader.served is not None
    scopes = (None, OPEN)
    return [reloader.served.searcher(s).reply(q).id for s in scopes for q in QUESTIONS]


def ids_of_another_store(job: BuildJob, place: Path) -> list[str]:
    return ids(loaded(replace(job, store=IndexStore(place, ""))))


def shards(job: BuildJob) -> list[Path]:
    return sorted(job.store.folder.glob("shards/*"))


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-5] ^= 1
    file.write_bytes(data)


def zero(file: Path) -> None:
    file.write_bytes(bytes(len(file.read_bytes())))


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "an array that changed": ("shards/*/texts.npy", flip),
    "an array that was cut": ("shards/*/words.*.npy", cut),
    "an array that is gone": ("shards/*/tokens.*.npy", Path.unlink),
    "a list of arrays that was cut": ("shards/*/arrays.json", cut),
    "a corpus that was cut": ("corpus.json", cut),
    "a corpus of zeros": ("corpus.json", zero),
    "a corpus of another form": ("corpus.json", lambda file: file.write_text("[1]")),
    "a record that was cut": ("record-*", cut),
    "a record that changed": ("record-*", flip),
    "thresholds that were cut": ("thresholds.json", cut),
    "thresholds of another form": ("thresholds.json", lambda file: file.write_text("[1]")),
}


@pytest.mark.parametrize("is_changed", [False, True])
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_made_anew_and_one_line_says_so(
    job: BuildJob, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str, is_changed: bool
) -> None:
    loaded(job)
    pattern, harm = DAMAGES[damage]
    for file in {file.parent: file for file in sorted(job.store.folder.glob(pattern))}.values():
        harm(file)
    if is_changed:
        (job.folder / "a.md").write_text("In May 90 people crossed the ford.")
    with caplog.at_level(logging.INFO):
        again = loaded(job)
    if not (is_changed and damage.startswith("thresholds")):
        (record,) = caplog.records
        assert "stored" in record.getMessage()
    assert ids(again) == ids_of_another_store(job, tmp_path / "fresh")
    caplog.clear()
    assert ids(loaded(job)) == ids(again)
    assert caplog.records == []


def test_any_number_of_damaged_shards_is_made_anew(
    job: BuildJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answering.shard_groups.MOST_PASSAGES", 1)
    for number in range(8):
        (job.folder / f"{number}.md").write_text(f"The mill of village {number} burnt in June.")
    before = ids(loaded(job))
    for shard in shards(job):
        cut(shard / "texts.npy")
    (job.folder / "7.md").write_text("The mill of village 7 burnt in June.")
    assert ids(loaded(job)) == before


def test_a_shard_that_is_gone_is_made_anew(job: BuildJob) -> None:
    before = ids(loaded(job))
    for shard in shards(job):
        shard.rename(job.store.folder / shard.name)
    assert ids(loaded(job)) == before


@pytest.mark.parametrize("of", ["an older version", "other settings"])
def test_an_index_of_another_kind_is_not_used_and_one_line_says_so(
    job: BuildJob, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    before = ids(loaded(job))
    old = shards(job)
    if of == "other settings":
        job = replace(job, store=IndexStore(job.store.folder, "others"))
    else:
        monkeypatch.setattr("bot.answering.store.program", lambda: "another")
    with caplog.at_level(logging.INFO):
        assert ids(loaded(job)) == before
    (record,) = caplog.records
    assert (record.levelno, "another version or setting" in record.getMessage()) == (20, True)
    # Shards of another program stay until they are old, since that program may be running.
    assert set(shards(job)) >= set(old)


@pytest.mark.parametrize("place", ["below a file", "a file"])
def test_where_nothing_can_be_kept_one_line_says_so_and_all_is_answered(
    job: BuildJob, tmp_path: Path, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    before = ids(loaded(job))
    (tmp_path / "file").write_text("")
    store = tmp_path / "file" / "index" if place == "below a file" else tmp_path / "file"
    with (
        caplog.at_level(logging.INFO),
        closing(loaded(replace(job, store=IndexStore(store, "")))) as (without),
    ):
        (record,) = caplog.records
        assert record.getMessage().startswith("the index is not kept for the next start: ")
        assert ids(without) == before
        (job.folder / "a.md").unlink()
        assert without.reload(None).removed == ("a.md",)
    assert (tmp_path / "file").read_text() == ""


FULL_DISK = """
import logging, resource, sys
from pathlib import Path
from bot.answering.reload import CorpusReloader
from bot.core.errors import CorpusError
from tests.answering.test_store import ids, replies_to_a_new_scope
from tests.harness.index_jobs import build_job

folder = Path(sys.argv[1])
running, starting = CorpusReloader(build_job(folder)), CorpusReloader(build_job(folder))
running.reload(None)
before = ids(running)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
print(replies_to_a_new_scope(running))
(folder / "a.md").unlink()
for reloader in (running, starting):
    try:
        reloader.reload(None)
    except CorpusError as error:
        print(error)
print(ids(running) == before)
"""


def replies_to_a_new_scope(reloader: CorpusReloader) -> int:
    assert reloader.served is not None
    searcher = reloader.served.searcher(frozenset({"board"}))
    return len([searcher.reply(question) for question in QUESTIONS])


@pytest.mark.skipif(sys.platform == "win32", reason="files there have no such limit")
@pytest.mark.parametrize("most_bytes", [0, 300])
def test_on_a_full_disk_the_old_corpus_answers_and_one_sentence_says_why(
    job: BuildJob, project_root: Path, most_bytes: int
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(job.folder), str(most_bytes)],
        env={**os.environ, "TMPDIR": str(job.folder.parent)},
        cwd=project_root,
        capture_output=True,
        text=True,
        check=True,
    )
    scope, reload, start, same = ended.stdout.splitlines()
    assert (scope, same) == (str(len(QUESTIONS)), "True")
    assert reload.startswith("The index could not be written (")
    assert reload.endswith(f'permissions of "{job.store.folder}", then load again.')
    assert start.startswith("The index could not be written anywhere (")
    assert "None" not in reload + start
    assert "Traceback" not in ended.stderr
    left = {path.name for path in job.folder.parent.iterdir()}
    assert left == {"corpus", "corpus-index"}
    (job.folder / "b.md").write_text("The ford is closed.")
    assert loaded(job).served is not None


def test_thresholds_are_stored_and_taken_again(
    job: BuildJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ids(loaded(job))
    monkeypatch.setattr("bot.retrieval.answer.searcher.calibrate", None)
    again = loaded(job)
    assert ids(again) == before
    other = replace(job, options=replace(OPTIONS, false_answer_rate=0.2))
    with pytest.raises(TypeError):
        loaded(other)


def test_a_process_goes_on_answering_when_its_shards_are_removed(job: BuildJob) -> None:
    lines = (f"Village {n}: its mill number {n * n} burnt in June." for n in range(1_500))
    (job.folder / "mills.txt").write_text("\n\n".join(lines))
    running = loaded(job)
    before = ids(running)
    old = shards(job)
    for name in ("mills.txt", "a.md"):
        (job.folder / name).unlink()
    other = loaded(job)
    assert len([shard for shard in old if shard.exists()]) == 1
    assert ids(running) == before
    assert ids(other) != before
    assert running.reload(None).removed == ("a.md", "mills.txt")
    assert ids(running) == ids(other)


def test_a_removed_document_answers_no_more_not_even_at_first(job: BuildJob) -> None:
    loaded(job)
    (job.folder / "a.md").unlink()
    served = loaded(job).served
    assert served is not None
    reply = served.searcher(None).reply(QUESTIONS[0])
    assert isinstance(reply, Silence)
    assert "crossed" in reply.missing_terms


def test_only_the_owner_may_read_the_store(job: BuildJob) -> None:
    loaded(job)
    assert job.store.folder.stat().st_mode & 0o077 == 0


def test_each_folder_has_a_store_of_its_own(folder: Path, tmp_path: Path) -> None:
    assert name_for(folder) == name_for(folder.parent / "corpus")
    assert name_for(folder) != name_for(tmp_path)
    assert name_for(tmp_path / "\udce9") != name_for(tmp_path)


def test_a_corpus_without_a_document_is_never_stored(job: BuildJob) -> None:
    running = loaded(job)
    before = ids(running)
    for file in job.folder.rglob("*.*"):
        file.unlink()
    with pytest.raises(CorpusError, match="There is no document"):
        running.reload(None)
    with pytest.raises(CorpusError, match="There is no document"):
        loaded(job)
    assert ids(running) == before
