"""The corpus folder is whole at any moment: real crashes, races, devices and permissions."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from bot.core.errors import DocumentError, UploadError
from bot.ingest.upload_files import check_unchanged, explained_faults, give_name
from bot.ingest.uploads import add, remove
from tests.harness.common_user import as_common_user
from tests.harness.upload_harness import (
    LIMITS,
    RAIN,
    refusal,
    removal_refusal,
    texts,
    trash_contents,
    tree,
)

OTHER = Path("/dev/shm")  # on Linux, another device
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and rights are those of POSIX")


def test_a_file_has_the_rights_of_any_other_or_of_the_old_one(folder: Path) -> None:
    add(folder, "", "rain.md", RAIN, LIMITS)
    assert (folder / "rain.md").stat().st_mode == (folder / "good.md").stat().st_mode
    (folder / "rain.md").chmod(0o640)
    add(folder, "", "rain.md", b"It rained.", LIMITS, replace=True)
    assert (folder / "rain.md").stat().st_mode & 0o777 == 0o640


CRASHING = """
import os, resource, signal, sys
from pathlib import Path
from bot.core.errors import UploadError
from bot.ingest.formats import Limits
from bot.ingest.uploads import add, remove

place, rain = Path(sys.argv[1]), b"Rain. " * 2_000
RUNS = {
    "add": lambda corpus, trash: add(corpus, "new", "rain.md", rain, Limits()),
    "replace": lambda corpus, trash: add(corpus, "", "good.md", rain, Limits(), True, trash),
    "remove": lambda corpus, trash: remove(corpus, "good.md", trash),
}
STEPS = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.chmod"}


def crash_after(steps):
    left = [None] * steps

    def hook(event, args):
        if event in STEPS or (event == "open" and int(args[2] or 0) & os.O_CREAT):
            left.pop() if left else os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def run(kind, how):
    corpus = place / f"{kind}-{how}" / "corpus"
    corpus.mkdir(parents=True)
    for name in ("good.md", "other.md"):
        (corpus / name).write_text(name)
    child = os.fork()
    if not child:
        if how == "half":  # killed in the middle of a write
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        if how in ("half", "refused"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
        else:
            crash_after(how)
        try:
            RUNS[kind](corpus, corpus.parent / "removed")
        except UploadError as fault:
            print(kind, how, fault, flush=True)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(kind, how, code, flush=True)
    return code == 0


(place / "warm").mkdir()
RUNS["add"](place / "warm", None)  # what is loaded on first use is no step
for kind in RUNS:
    next(steps for steps in range(50) if run(kind, steps))
for kind in ("add", "replace"):
    run(kind, "half")
    run(kind, "refused")
"""


@posix
def test_a_crash_at_any_step_leaves_a_whole_corpus(tmp_path: Path, project_root: Path) -> None:
    command = [sys.executable, "-c", CRASHING, str(tmp_path)]
    said = subprocess.check_output(command, cwd=project_root, text=True, timeout=120)
    old = {"good.md": "good.md", "other.md": "other.md"}
    rain = "Rain. " * 2_000
    new = {"add": {**old, "new/rain.md": rain}, "replace": {**old, "good.md": rain}}
    new["remove"] = {"other.md": "other.md"}
    seen = set()
    for line in said.splitlines():
        kind, how, end = line.split(maxsplit=2)
        place = tmp_path / f"{kind}-{how}"
        now = texts(place / "corpus")
        seen.add((kind, end, now == new[kind]))
        assert now in (old, new[kind]), line
        if how == "half":
            assert (end, now) == (str(-signal.SIGXFSZ), old)
            assert any(path.endswith(".part") for path in tree(place))
        if how == "refused":
            assert end == "0" or "could not be written to (file too large): see to that" in end
            assert set(tree(place)) == {"corpus", *(f"corpus/{name}" for name in old)}
        if kind != "add" and now == new[kind]:
            assert trash_contents(place / "removed") == ["good.md"]
    assert {(kind, *end) for kind in new for end in (("-9", False), ("0", True))} <= seen


def test_what_a_crash_left_long_ago_is_swept_away_and_nothing_else(folder: Path) -> None:
    long_ago = time.time() - 10_000
    for name in (".adding-0123456789abcdef.part", ".adding-mine.part"):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (long_ago, long_ago))
    (folder / ".adding-fedcba9876543210.part").write_bytes(b"being written")
    add(folder, "", "rain.md", RAIN, LIMITS)
    left = [path for path in tree(folder) if path.startswith(".")]
    assert left == [".adding-fedcba9876543210.part", ".adding-mine.part"]


@posix
def test_a_folder_that_may_not_be_written_to_is_named(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:  # where every user can get
        place = Path(shutil.copytree(folder, name, dirs_exist_ok=True))
        place.chmod(0o755)
        closed = "this program may not write to the corpus folder: change its permissions."
        with as_common_user():
            assert closed == refusal(place, "rain.md")
            assert closed == refusal(place, "rain.md", RAIN, "new")
            with tempfile.TemporaryDirectory(dir=OTHER if OTHER.is_dir() else None) as own:
                assert closed == removal_refusal(place, "good.md", Path(own, "removed"))


def test_faults_of_the_system_are_told_for_people() -> None:
    with pytest.raises(DocumentError, match="the board is read-only"), explained_faults("board"):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    with pytest.raises(DocumentError, match="no room left in the board"), explained_faults("board"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_document_is_kept_on_another_device_as_well(folder: Path) -> None:
    if not OTHER.is_dir() or OTHER.stat().st_dev == folder.stat().st_dev:
        pytest.skip("there is no second device here that tests may write to")
    with tempfile.TemporaryDirectory(dir=OTHER) as place:
        trash = Path(place, "removed")
        remove(folder, "board/minutes.md", trash)
        add(folder, "", "good.md", RAIN, LIMITS, replace=True, trash=trash)
        assert sorted(trash_contents(trash)) == ["Good.", "The board met."]
    assert texts(folder) == {"good.md": RAIN.decode()}


def test_nothing_is_kept_where_it_cannot_lie(folder: Path, tmp_path: Path) -> None:
    before, again = tree(folder), "would lie in the corpus folder again"
    for trash in (folder / "removed", folder / "board/../new/removed"):
        assert again in removal_refusal(folder, "good.md", trash)
        with pytest.raises(UploadError, match=again):
            add(folder, "", "good.md", RAIN, LIMITS, replace=True, trash=trash)
    assert tree(folder) == before
    (tmp_path / "file").write_text("")
    for trash in (tmp_path / "file", tmp_path / "file/removed"):
        reason = removal_refusal(folder, "good.md", trash)
        assert reason.startswith("the state folder could not be written to")


def test_a_file_that_appears_or_changes_meanwhile_is_not_overwritten(folder: Path) -> None:
    mine, old = folder / ".mine.part", folder / "good.md"
    mine.write_text("Mine.")
    before = old.lstat()
    with pytest.raises(DocumentError, match="appeared meanwhile: rename it"):
        give_name(mine, old)
    old.write_text("Changed.")
    with pytest.raises(DocumentError, match="was changed meanwhile: try again"):
        check_unchanged(old, before)
    assert old.read_text() == "Changed."
