"""Documents added and removed by chat: real files, real crashes, real refusals."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DocumentError, UploadError
from bot.ingest.labels import has_unseen, shown
from bot.ingest.loader import Loader
from bot.ingest.readers import SUFFIXES, Limits
from bot.ingest.uploads import UploadedFile, _name, _refuse_changed, _telling, add, remove
from bot.ingest.walk import real_folder, walk

RAIN = b"The rain fell for three days.\n"
LIMITS = Limits(max_bytes=100_000)
OTHER = Path("/dev/shm")  # on Linux, another device
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and rights are those of POSIX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus with one document beside the top folders and one in a collection."""
    corpus = tmp_path / "corpus"
    (corpus / "board").mkdir(parents=True)
    (corpus / "good.md").write_text("Good.")
    (corpus / "board/minutes.md").write_text("The board met.")
    return corpus


@pytest.fixture
def trash(tmp_path: Path) -> Path:
    return tmp_path / "state" / "removed"


@contextmanager
def as_common_user() -> Iterator[None]:
    """The rights of a user whom permissions bind, also where the tests run as root."""
    user = os.geteuid()
    os.seteuid(user or 65_534)
    try:
        yield
    finally:
        os.seteuid(user)


def tree(folder: Path) -> dict[str, bytes | None]:
    """All that lies in a folder, hidden or not; None for a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def kept(trash: Path) -> list[str]:
    return [content.decode() for content in tree(trash).values() if content]


def texts(folder: Path) -> dict[str, str]:
    corpus, report = Loader(folder, LIMITS).load()
    assert report.failed == ()
    return {document.path: document.text for document in corpus.documents}


def why(folder: Path, name: str, done: str, action: Callable[[], object]) -> str:
    """The reason that is given for not doing it; nothing has changed then."""
    before = tree(folder)
    with pytest.raises(UploadError) as caught:
        action()
    assert tree(folder) == before
    what, _, reason = str(caught.value).partition(f" cannot be {done} because ")
    assert what == f'"{shown(name)}"'
    return reason


def refusal(
    folder: Path, name: str, data: bytes = RAIN, collection: str = "", replace: bool = False
) -> str:
    return why(folder, name, "added", lambda: add(folder, collection, name, data, LIMITS, replace))


def removal_refusal(folder: Path, path: str, trash: Path) -> str:
    reason = why(folder, path, "removed", lambda: remove(folder, path, trash))
    assert not trash.is_dir() or tree(trash) == {}
    return reason


@pytest.mark.parametrize("collection", ["", None, "main"])
def test_a_document_is_served_by_the_next_load(folder: Path, collection: str | None) -> None:
    loader = Loader(folder)
    loader.load()
    data = b"# Weather\n\nThe rain fell.\n\nThe sun shone.\n"
    added = add(folder, collection, "weather.md", data, LIMITS)
    assert added == UploadedFile("weather.md", passages=2, replaced=False, collection="main")
    corpus, report = loader.load()
    assert report.added == ("weather.md",)
    assert report.failed == ()
    assert (folder / "weather.md").read_bytes() == data
    seen = [passage.text for passage in corpus.passages if passage.document.path == added.path]
    assert seen == ["The rain fell.", "The sun shone."]


@pytest.mark.parametrize("collection", ["board", "new_one", "Stadträte", "Rat & Amt"])
def test_a_collection_is_a_top_folder_there_or_made(folder: Path, collection: str) -> None:
    (folder / "Rat & Amt").mkdir()
    added = add(folder, collection, "rain.txt", RAIN, LIMITS)
    assert (added.path, added.collection) == (f"{collection}/rain.txt", collection)
    corpus, _ = Loader(folder).load()
    assert {d.path: d.collection for d in corpus.documents}[added.path] == collection


def test_a_file_is_read_as_on_loading_before_it_is_taken(folder: Path) -> None:
    assert add(folder, "", "rain.html", b"<p>The rain fell.</p>", LIMITS).passages == 1
    assert texts(folder)["rain.html"] == "The rain fell."
    assert refusal(folder, "bad.pdf", RAIN).startswith("it is text, not a PDF: ")


def test_a_file_has_the_rights_of_any_other_or_of_the_old_one(folder: Path) -> None:
    add(folder, "", "rain.md", RAIN, LIMITS)
    assert (folder / "rain.md").stat().st_mode == (folder / "good.md").stat().st_mode
    (folder / "rain.md").chmod(0o640)
    add(folder, "", "rain.md", b"It rained.", LIMITS, replace=True)
    assert (folder / "rain.md").stat().st_mode & 0o777 == 0o640


CURATED = "it is no document: have it changed where the documents lie."
SIGN = "its name holds the sign {} that names cannot have: rename it."
UNSEEN = "its name holds characters that cannot be shown: rename it."
HIDDEN = "files of such names are hidden or temporary: rename it."
DEVICE = "such names are kept for devices on Windows: rename it."
UNREAD = f"files of this kind are not read: save it as one of {', '.join(SUFFIXES)}."
NAMES = {
    "": "it has no name: give it one.",
    "../evil.md": SIGN.format("/"),
    "..\\evil.md": SIGN.format("\\"),
    "c:evil.md": SIGN.format(":"),
    " rain.md": "its name begins or ends with a blank: rename it.",
    "---.md": "its name holds no letter or digit before its ending: rename it.",
    "ä" * 75 + ".md": "its name is longer than 150 bytes: shorten it.",
    **dict.fromkeys(["sources.toml", "Glossary.TOML"], CURATED),
    **dict.fromkeys([".hidden.md", "~$draft.docx", ".."], HIDDEN),
    **dict.fromkeys(
        ["a\nb.md", "a\0.md", "fdp.\u202etxt", "un\u200bseen.md", "a\udcff.md"], UNSEEN
    ),
    **dict.fromkeys(["NUL.md", "com1.notes.txt"], DEVICE),
    **dict.fromkeys(["run.exe", "rain"], UNREAD),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_cannot_be_is_refused_with_the_reason(folder: Path, name: str) -> None:
    assert refusal(folder, name) == NAMES[name]


NO_NAME = "is no name for a collection: use letters, digits, - and _, and keep it short."
COLLECTIONS = {
    **{
        name: f'"{shown(name, 80)}" {NO_NAME}'
        for name in ["../x", "a/b", "..", ".git", "a b", "x\0", "x" * 101, "aux"]
    },
    "Board": '"Board" is almost the name of the collection "board": write it so.',
    "MAIN": '"MAIN" is almost the name of the collection "main": write it so.',
    ".hidden": '".hidden" is no collection that is served: name another.',
    "good.md": '"good.md" is a file, not a collection: name another.',
    "link": 'the collection "link" is a link: name one that is a folder.',
    "out": 'the collection "out" is a link: name one that is a folder.',
}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_collection_that_cannot_be_is_refused(folder: Path, collection: str) -> None:
    (folder / "../elsewhere").mkdir()
    (folder / ".hidden").mkdir()
    (folder / "link").symlink_to("board")
    (folder / "out").symlink_to("../elsewhere")
    assert refusal(folder, "rain.md", RAIN, collection) == COLLECTIONS[collection]
    assert tree(folder / "../elsewhere") == {}


def test_what_cannot_be_quoted_is_refused(folder: Path) -> None:
    assert refusal(folder, "a.md", b"") == "it is empty: fill it or remove it."
    assert refusal(folder, "a.md", b"x" * 100_001).startswith("it is larger than 0.1 MB: ")
    none = "it holds no paragraph that could be quoted: see to its text."
    assert refusal(folder, "a.md", b"# Only a heading\n") == none
    (folder / "sources.toml").write_text('["a.md"]\nexclude = ["Advertisement"]\n')
    assert refusal(folder, "a.md", b"Advertisement\n") == none


def test_what_is_there_is_replaced_on_request_only(folder: Path, trash: Path) -> None:
    there = '"board/minutes.md" is there already: rename it, or ask to replace that.'
    assert refusal(folder, "minutes.md", RAIN, "board") == there
    added = add(folder, "board", "minutes.md", RAIN, LIMITS, replace=True, trash=trash)
    assert (added.path, added.replaced) == ("board/minutes.md", True)
    assert texts(folder)["board/minutes.md"] == RAIN.decode()
    assert "The board met." in kept(trash)
    assert add(folder, "board", "minutes.md", b"Met.", LIMITS, replace=True).kept_as is None
    assert not add(folder, "", "new.md", RAIN, LIMITS, replace=True).replaced


def test_a_name_in_another_spelling_is_the_same_name(folder: Path) -> None:
    (folder / "re\u0301sume\u0301.md").write_text("Decomposed, as macOS stores it.")
    assert '"good.md" has almost the same name' in refusal(folder, "GOOD.md", replace=True)
    assert "is there already" in refusal(folder, "r\xe9sum\xe9.md")
    add(folder, "", "r\xe9sum\xe9.md", RAIN, LIMITS, replace=True)
    assert texts(folder)["re\u0301sume\u0301.md"] == RAIN.decode()


def test_a_folder_or_link_of_its_name_is_never_replaced(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("Outside.")
    (folder / "link.md").symlink_to("../outside.md")
    (folder / "folder.md").mkdir()
    for name in ("link.md", "folder.md"):
        assert "is a folder or a link there: rename it" in refusal(folder, name, replace=True)
    assert (tmp_path / "outside.md").read_text() == "Outside."


def test_the_same_content_is_refused_where_it_would_be_left_out(folder: Path) -> None:
    data = b"The board met."
    same = 'the same content is served as "board/minutes.md" already: '
    assert refusal(folder, "again.md", data, "board").startswith(same)
    add(folder, "", "again.md", data, LIMITS)  # another collection is another matter
    assert texts(folder).keys() == {"again.md", "board/minutes.md", "good.md"}
    (folder / "rain.pdf").write_bytes(RAIN)  # what cannot be read is not served
    assert add(folder, "", "rain.txt", RAIN, LIMITS).passages == 1


def test_the_manifest_says_where_a_document_will_be_seen(folder: Path) -> None:
    (folder / "sources.toml").write_text('["rain.md"]\ncollection = "board"\n')
    moved = 'sources.toml has a table that puts it into "board": '
    assert refusal(folder, "rain.md", RAIN, "main").startswith(moved)
    assert add(folder, "", "rain.md", RAIN, LIMITS).collection == "board"
    assert refusal(folder, "rain.md", RAIN, "main", replace=True).startswith(moved)
    (folder / "sources.toml").write_text("oops")
    with pytest.raises(UploadError, match=r"^sources\.toml cannot be understood"):
        add(folder, "", "more.md", RAIN, LIMITS)


def test_a_corpus_folder_that_is_not_there_is_refused(tmp_path: Path, trash: Path) -> None:
    with pytest.raises(UploadError, match="does not exist: make it"):
        add(tmp_path / "none", "", "rain.md", RAIN, LIMITS)
    with pytest.raises(UploadError, match="does not exist: make it"):
        remove(tmp_path / "none", "rain.md", trash)


names = st.one_of(
    st.text(max_size=20),
    st.tuples(st.text(max_size=60), st.sampled_from([*SUFFIXES, ".MD", ".md~"])).map("".join),
    st.lists(st.sampled_from("a . / \\ .. ~ $ : \0 \u202e é nul .md .txt".split(" "))).map("".join),
)


@given(name=names, collection=st.one_of(st.just(""), names))
def test_no_name_leads_outside_or_to_a_file_that_is_not_served(name: str, collection: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "corpus")
        folder.mkdir()
        (folder / "good.md").write_text("Good.")
        try:
            added = add(folder, collection, name, RAIN, LIMITS)
        except UploadError as fault:
            assert not has_unseen(str(fault))
            assert tree(Path(place)) == {"corpus": None, "corpus/good.md": b"Good."}
        else:
            files = {path for path, content in tree(Path(place)).items() if content is not None}
            assert files == {"corpus/good.md", f"corpus/{added.path}"}
            found = walk(real_folder(folder), SUFFIXES)
            assert {file.path for file in found.files} == {"good.md", added.path}
            assert (found.failed, found.skipped) == ([], {})


def test_of_many_that_add_the_same_name_exactly_one_wins(folder: Path) -> None:
    start = threading.Barrier(8)

    def run(number: int) -> bool:
        start.wait()
        try:
            add(folder, "new", "rain.md", b"Rain %d." % number, LIMITS)
        except UploadError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, done in enumerate(pool.map(run, range(8))) if done]
    assert len(won) == 1
    assert (folder / "new/rain.md").read_text() == f"Rain {won[0]}."
    assert [path for path in tree(folder) if path.startswith("new/")] == ["new/rain.md"]


CRASHING = """
import os, resource, signal, sys
from pathlib import Path
from bot.core.errors import UploadError
from bot.ingest.uploads import add, remove
from bot.ingest.readers import Limits

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
            assert kept(place / "removed") == ["good.md"]
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
    with pytest.raises(DocumentError, match="the board is read-only"), _telling("board"):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    with pytest.raises(DocumentError, match="no room left in the board"), _telling("board"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_removed_document_is_kept_elsewhere_and_served_no_more(folder: Path, trash: Path) -> None:
    loader = Loader(folder)
    loader.load()
    removed = remove(folder, "board/minutes.md", trash)
    assert removed.path == "board/minutes.md"
    assert removed.kept_as.relative_to(trash).as_posix().endswith("/board/minutes.md")
    assert loader.load()[1].removed == ("board/minutes.md",)
    (folder / "board/minutes.md").write_text("The board met again.")
    assert remove(folder, "board/minutes.md", trash).kept_as.read_text() == "The board met again."
    assert removed.kept_as.read_text() == "The board met."
    assert trash.stat().st_mode & 0o077 == 0
    (folder / "board/2016").mkdir()
    (folder / "board/2016/re\u0301.pdf").write_bytes(b"Broken.")
    assert remove(folder, "board/2016/r\xe9.pdf", trash).kept_as.read_text() == "Broken."


def test_a_document_is_kept_on_another_device_as_well(folder: Path) -> None:
    if not OTHER.is_dir() or OTHER.stat().st_dev == folder.stat().st_dev:
        pytest.skip("there is no second device here that tests may write to")
    with tempfile.TemporaryDirectory(dir=OTHER) as place:
        trash = Path(place, "removed")
        remove(folder, "board/minutes.md", trash)
        add(folder, "", "good.md", RAIN, LIMITS, replace=True, trash=trash)
        assert sorted(kept(trash)) == ["Good.", "The board met."]
    assert texts(folder) == {"good.md": RAIN.decode()}


NO_PATHS = "none.md|..|../corpus/good.md|board/../good.md|board|board//minutes.md|.hidden.md"


@pytest.mark.parametrize("path", [*NO_PATHS.split("|"), "", "photo.png", "good.md\0", "minutes.md"])
def test_what_is_no_document_is_not_removed(folder: Path, trash: Path, path: str) -> None:
    (folder / ".hidden.md").write_text("Hidden.")
    (folder / "photo.png").write_bytes(b"png")
    none = "there is no such document: give its path as the citations show it."
    assert removal_refusal(folder, path, trash) == none
    assert removal_refusal(folder, str(folder / "good.md"), trash) == none


def test_manifests_links_and_the_only_document_are_not_removed(folder: Path, trash: Path) -> None:
    (folder / ".store").mkdir()
    (folder / ".store/real.md").write_text("Behind a link.")
    (folder / "link.md").symlink_to(".store/real.md")
    for name in ("sources.toml", "glossary.toml", "board/sources.toml"):
        (folder / name).write_text("")
        assert removal_refusal(folder, name, trash) == CURATED
    behind = "it stands behind a link: take it out of the folder by hand."
    assert removal_refusal(folder, "link.md", trash) == behind
    remove(folder, "board/minutes.md", trash)
    (folder / "link.md").unlink()
    with pytest.raises(UploadError, match="it is the only document: add another first"):
        remove(folder, "good.md", trash)
    assert kept(trash) == ["The board met."]


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
        _name(mine, old)
    old.write_text("Changed.")
    with pytest.raises(DocumentError, match="was changed meanwhile: try again"):
        _refuse_changed(old, before)
    assert old.read_text() == "Changed."
