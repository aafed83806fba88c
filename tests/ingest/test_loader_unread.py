"""Files that need not be read again are not, and a change is seen all the same.

Which files are opened the interpreter itself tells, by its audit events. With a clock that is
an hour ahead everything is settled, with one that stands still nothing.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.corpus import Corpus
from bot.ingest.fingerprints import signature_of
from tests.harness.corpus_harness import CorpusHarness, texts_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there every file is read")

HOUR_NS = 3_600_000_000_000

_opened: list[str] = []
sys.addaudithook(lambda event, args: _opened.append(str(args[0])) if event == "open" else None)


@pytest.fixture(autouse=True)
def clock() -> Iterator[pytest.MonkeyPatch]:
    """The clock is an hour ahead, or as a test sets it."""
    now = time.time_ns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: now() + HOUR_NS)
        yield patch


def load(harness: CorpusHarness) -> tuple[Corpus, list[str]]:
    """The corpus, and the names of the documents that were opened for it."""
    _opened.clear()
    corpus, _ = harness.load()
    names = [
        Path(name).name for name in _opened if name.endswith((".md", ".txt", "d.zip", "d.tgz"))
    ]
    return corpus, sorted(set(names))


def texts(corpus: Corpus) -> dict[str, str]:
    return {document.path: document.text for document in corpus.documents}


def write(path: Path, text: str, times: os.stat_result | None = None) -> None:
    """Write in place, `times` put back; again until the file system's clock has ticked on."""
    before = signature_of(path.stat()) if path.exists() else None
    while True:
        path.write_text(text)
        if times is not None:
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        if signature_of(path.stat()) != before:
            return


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        write(tmp_path / f"{name}.md", f"Text of {name}.")
    return tmp_path


def test_only_what_changed_is_opened(folder: Path) -> None:
    harness = CorpusHarness(folder)
    before, opened = load(harness)
    assert opened == ["a.md", "b.md", "c.md"]
    assert load(harness)[1] == []
    write(folder / "b.md", "Another text.")
    after, opened = load(harness)
    assert opened == ["b.md"]
    assert texts(after) == {**texts(before), "b.md": "Another text."}
    # Whoever starts now opens nothing but the index.
    again, opened = load(CorpusHarness(folder))
    assert opened == []
    assert again.revision == after.revision


def test_what_was_written_just_before_it_was_read_is_read_again(
    folder: Path, clock: pytest.MonkeyPatch
) -> None:
    now = (folder / "c.md").stat().st_ctime_ns
    clock.setattr(time, "time_ns", lambda: now)
    harness = CorpusHarness(folder)
    load(harness)
    assert load(harness)[1] == ["a.md", "b.md", "c.md"]
    clock.setattr(time, "time_ns", lambda: now + 10_000_000_000)
    assert load(harness)[1] == ["a.md", "b.md", "c.md"]
    assert load(harness)[1] == []


def test_where_times_are_not_trusted_every_file_is_read(folder: Path) -> None:
    harness = CorpusHarness(folder, trust_times=False)
    load(harness)
    assert load(harness)[1] == ["a.md", "b.md", "c.md"]


def test_a_file_dated_ahead_is_read_at_every_load(folder: Path) -> None:
    future = time.time_ns() + HOUR_NS
    os.utime(folder / "a.md", ns=(future, future))
    harness = CorpusHarness(folder)
    load(harness)
    assert load(harness)[1] == ["a.md"]


def test_a_change_that_keeps_size_and_time_is_seen(folder: Path) -> None:
    harness = CorpusHarness(folder)
    load(harness)
    write(folder / "a.md", "Text of A.", (folder / "a.md").stat())
    assert texts(load(harness)[0])["a.md"] == "Text of A."


def test_a_file_put_in_the_place_of_another_is_seen(folder: Path) -> None:
    harness = CorpusHarness(folder)
    load(harness)
    times = (folder / "a.md").stat()
    write(folder / "new", "Text of A.", times)
    (folder / "new").rename(folder / "a.md")
    assert texts(load(harness)[0])["a.md"] == "Text of A."


def test_two_files_that_change_places_are_seen(folder: Path) -> None:
    harness = CorpusHarness(folder)
    load(harness)
    (folder / "a.md").rename(folder / "x")
    (folder / "b.md").rename(folder / "a.md")
    (folder / "x").rename(folder / "b.md")
    found = texts(load(harness)[0])
    assert (found["a.md"], found["b.md"]) == ("Text of b.", "Text of a.")


def test_the_target_of_a_link_is_watched_and_not_the_link(folder: Path) -> None:
    (folder / ".store").mkdir()
    write(folder / ".store" / "d.md", "Text of d.")
    (folder / "d.md").symlink_to(".store/d.md")
    harness = CorpusHarness(folder)
    load(harness)
    assert load(harness)[1] == []
    write(folder / ".store" / "d.md", "Text of D.", (folder / "d.md").stat())
    assert texts(load(harness)[0])["d.md"] == "Text of D."


def test_a_copy_is_served_once_the_first_is_gone(folder: Path) -> None:
    write(folder / "aa.md", "Text of c.")
    harness = CorpusHarness(folder)
    load(harness)
    corpus, opened = load(harness)
    assert opened == []
    assert "c.md" not in texts(corpus)
    (folder / "aa.md").unlink()
    assert texts(load(harness)[0])["c.md"] == "Text of c."


def test_of_a_changed_manifest_only_the_documents_it_changes_are_read(folder: Path) -> None:
    harness = CorpusHarness(folder)
    load(harness)
    write(folder / "sources.toml", '["a.md"]\ntitle = "New"\nexclude = ["Nothing"]\n')
    corpus, opened = load(harness)
    assert opened == ["a.md"]
    assert corpus.documents[0].source.title == "New"
    _, report = harness.load()
    assert report.unchanged == ("a.md", "b.md", "c.md")
    assert report.notes == ('a.md has no line "Nothing" to exclude; correct it in sources.toml',)


def test_what_failed_is_tried_again_at_every_load(folder: Path) -> None:
    write(folder / "d.md", "\0\0\0 no text")
    harness = CorpusHarness(folder)
    load(harness)
    assert load(harness)[1] == ["d.md"]


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["write", "keep times", "remove", "rename", "title"]),
        st.sampled_from(["a.md", "b.md", "c.txt", "d/e.md"]),
        st.sampled_from(["One.", "Two.", "Three.", ""]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15)
@given(deeds=DEEDS)
def test_after_anything_the_corpus_is_that_of_a_first_load(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "d").mkdir()
    write(folder / "always.md", "Always.")
    harness = CorpusHarness(folder)
    harness.load()
    for deed, name, text in deeds:
        path = folder / name
        if deed == "write":
            write(path, text)
        elif deed == "title":
            write(folder / "sources.toml", f'["{name}"]\ntitle = "T {text}"\n')
        elif path.exists() and deed == "keep times":
            write(path, text, path.stat())
        elif path.exists() and deed == "remove":
            path.unlink()
        elif path.exists():
            path.rename(folder / "b.md")
        corpus, report = harness.load()
        first, first_report = CorpusHarness(folder, tmp_path_factory.mktemp("index")).load()
        assert corpus.revision == first.revision
        assert texts(corpus) == texts(first)
        assert texts_of(corpus) == texts_of(first)
        assert (report.failed, report.notes) == (first_report.failed, first_report.notes)


@pytest.mark.parametrize("name", ["d.zip", "d.tgz"])
def test_an_archive_is_opened_again_only_if_it_changed(folder: Path, name: str) -> None:
    def pack(text: str) -> None:
        (folder / "x.md").write_text(text)
        kind = "zip" if name.endswith("zip") else "gztar"
        made = shutil.make_archive(str(folder / ".made"), kind, folder, "x.md")
        (folder / "x.md").unlink()
        Path(made).replace(folder / name)

    pack("In the archive.")
    harness = CorpusHarness(folder)
    before, _ = load(harness)
    assert texts(before)[f"{name}/x.md"] == "In the archive."
    _, opened = load(harness)
    assert name not in opened
    pack("Other words.")
    after, opened = load(harness)
    assert name in opened
    assert texts(after)[f"{name}/x.md"] == "Other words."
