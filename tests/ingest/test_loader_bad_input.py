import logging
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
import regex

from bot.core.documents import Document, Passage
from bot.core.errors import CorpusError, DocumentError, ManifestError
from bot.ingest.formats import Limits
from bot.ingest.report import Failure, lines
from bot.ingest.segment import passages
from bot.ingest.walk import ListedFile, read_signed
from tests.harness import hostile_files
from tests.harness.common_user import as_common_user
from tests.harness.corpus_harness import CorpusHarness

PIPE = "it is no file but a pipe, socket or device: take it out."
LEAVES = "it is a link that leaves the corpus folder: put the file itself here."
NOWHERE = "it is a link that leads nowhere: correct it or take it out."
NAME = "its name holds characters that cannot be shown: rename it."
FORBIDDEN = "this program may not read it: change its permissions, then load again."
CHANGED = "it was changed while it was read: load again once it is complete."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus with one good document, which no other file may take down."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "good.md").write_text("Good.")
    return corpus


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """As `folder`, but where other users than that of the tests can get at it too."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        corpus = Path(place) / "corpus"
        corpus.mkdir()
        (corpus / "good.md").write_text("Good.")
        yield corpus
        for path in (corpus, *corpus.iterdir()):
            path.chmod(0o700)


def failures(folder: Path, limits: Limits | None = None) -> list[tuple[str, str]]:
    corpus, report = CorpusHarness(folder, limits=limits).load()
    assert "good.md" in {document.path for document in corpus.documents}
    return [(failure.path, failure.reason) for failure in report.failed]


def test_a_pipe_and_a_socket_are_never_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "pipe.md")
    monkeypatch.chdir(folder)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.md")
        assert failures(folder) == [("pipe.md", PIPE), ("socket.md", PIPE)]


def test_links_to_pipes_and_devices_are_never_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")
    (folder / "link.md").symlink_to("pipe.md")
    (folder / "null.md").symlink_to("/dev/null")
    assert failures(folder) == [("link.md", PIPE), ("null.md", LEAVES), ("pipe.md", PIPE)]


def test_a_pipe_put_in_the_place_of_a_file_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "a.md")
    with pytest.raises(DocumentError, match=f"^{PIPE[:-1]}$"):
        read_signed(ListedFile("a.md", str(folder / "a.md")), 10)


def test_a_link_put_in_the_place_of_a_file_is_not_followed(folder: Path) -> None:
    (folder / "a.md").symlink_to("good.md")
    with pytest.raises(DocumentError, match=r"^the system could not read it \(.*\): see to that"):
        read_signed(ListedFile("a.md", str(folder / "a.md")), 10)


def test_links_that_leave_the_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.md").write_text("Secret.")
    (tmp_path / "corpus-other").mkdir()
    (folder / "absolute.md").symlink_to(tmp_path / "secret" / "x.md")
    (folder / "relative.md").symlink_to("../secret/x.md")
    (folder / "folder").symlink_to("../secret")
    (folder / "parent").symlink_to("..")
    (folder / "sibling").symlink_to("../corpus-other")
    (folder / "chain.md").symlink_to("folder/x.md")
    assert failures(folder) == [
        (name, LEAVES)
        for name in ("absolute.md", "chain.md", "folder", "parent", "relative.md", "sibling")
    ]


def test_links_that_lead_nowhere_are_reported(folder: Path) -> None:
    (folder / "gone.md").symlink_to("nothing.md")
    (folder / "self.md").symlink_to("self.md")
    assert failures(folder) == [("gone.md", NOWHERE), ("self.md", NOWHERE)]


def test_hostile_names_are_refused_and_shown_safely(folder: Path) -> None:
    names = [
        b"line\nfailed: good.md",
        b"esc\x1b[2J.md",
        "turned\u202efdp.md".encode(),
        "mark\u200e.md".encode(),
        "separator\u2028.md".encode(),
        b"latin\xe9.md",
    ]
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("Bad.")
    hostile = folder / "folder\r"
    hostile.mkdir()
    (hostile / "x.md").write_text("Bad.")
    assert failures(folder) == [
        ("esc\\x1b[2J.md", NAME),
        ("folder\\r", NAME),
        ("latin\\xe9.md", NAME),
        ("line\\nfailed: good.md", NAME),
        ("mark\\u200e.md", NAME),
        ("separator\\u2028.md", NAME),
        ("turned\\u202efdp.md", NAME),
    ]


def test_what_may_not_be_read_is_reported(open_folder: Path) -> None:
    (open_folder / "board").mkdir()
    for name in ("a.md", "board/b.md"):
        (open_folder / name).write_text(f"Text of {name}.")
    harness = CorpusHarness(open_folder)
    with as_common_user():
        if not os.access(open_folder, os.R_OK | os.X_OK, effective_ids=True):
            pytest.skip("the folder for temporary files is closed to other users")
        harness.load()
    (open_folder / "a.md").chmod(0)
    (open_folder / "board").chmod(0)
    with as_common_user():
        _, report = harness.load()
    assert report.failed == (Failure("a.md", FORBIDDEN), Failure("board", FORBIDDEN))
    assert report.unchanged == ("good.md",)
    assert report.removed == ("board/b.md",)


def test_a_manifest_that_may_not_be_read_is_an_error(open_folder: Path) -> None:
    (open_folder / "sources.toml").touch(mode=0)
    with as_common_user():
        if not os.access(open_folder, os.R_OK | os.X_OK, effective_ids=True):
            pytest.skip("the folder for temporary files is closed to other users")
        with pytest.raises(ManifestError) as caught:
            CorpusHarness(open_folder).load()
    assert str(caught.value) == f"sources.toml cannot be read: {FORBIDDEN}"


def test_a_folder_that_may_not_be_read_gets_its_sentence(open_folder: Path) -> None:
    open_folder.chmod(0)
    with as_common_user(), pytest.raises(CorpusError) as caught:
        CorpusHarness(open_folder).load()
    assert str(caught.value) == (
        f'The corpus folder "{open_folder}" cannot be read (permission denied):'
        " see to its permissions, or name another."
    )


def test_no_more_is_read_of_a_large_file_than_the_limit(folder: Path) -> None:
    with (folder / "large.md").open("wb") as stream:
        stream.truncate(1 << 40)  # a hole: it takes no room on disk
    assert len(read_signed(ListedFile("large.md", str(folder / "large.md")), 1_000)[0]) == 1_001
    assert failures(folder, Limits(max_bytes=1_000)) == [
        ("large.md", "it is larger than 0.001 MB: split it, or raise corpus.max_file_mb.")
    ]


def test_a_file_at_the_limit_is_read_whole(folder: Path) -> None:
    (folder / "a.md").write_text("x" * 1_000)
    assert read_signed(ListedFile("a.md", str(folder / "a.md")), 1_000)[0] == b"x" * 1_000
    assert failures(folder, Limits(max_bytes=1_000)) == []


def test_a_file_that_changes_while_it_is_read_is_refused(folder: Path) -> None:
    large = folder / "large.md"
    with large.open("wb") as stream:
        stream.truncate(50_000_000)  # a hole: it takes no room on disk, but some time to read
    done = threading.Event()

    def keep_writing() -> None:
        for time_ns in count(1):
            if done.is_set():
                return
            os.utime(large, ns=(time_ns, time_ns))

    limits = Limits(max_bytes=100_000_000)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(keep_writing)
        try:
            assert any(failures(folder, limits) == [("large.md", CHANGED)] for _ in range(100))
        finally:
            done.set()


def test_a_fault_of_ours_takes_no_other_file_down(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "bad.md").write_text("Bad.")

    def faulty(document: Document) -> tuple[Passage, ...]:
        if document.path == "bad.md":
            raise ZeroDivisionError
        return passages(document)

    monkeypatch.setattr("bot.ingest.loader.passages", faulty)
    with caplog.at_level(logging.ERROR):
        assert failures(folder) == [
            (
                "bad.md",
                "a fault of this program (ZeroDivisionError), not of yours: please report it,"
                " and take the file out meanwhile.",
            )
        ]
    assert "fault while reading bad.md" in caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("make", [hostile_files.bombs, hostile_files.endless, hostile_files.astray])
def test_hostile_files_get_a_line_each_and_touch_nothing_else(
    make: Callable[[], Mapping[str, bytes]], folder: Path, tmp_path: Path
) -> None:
    for name, data in make().items():
        (folder / name).write_bytes(data)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    failed = dict(failures(folder, Limits(max_expanded_bytes=5_000_000)))
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert not list(tmp_path.rglob("escaped*"))
    for reason in failed.values():
        assert regex.fullmatch(r"[^\n]{10,200}\.", reason)
    if make is hostile_files.bombs:
        assert {"bomb.docx", "overlap.docx", "bomb.pdf"} <= failed.keys()


def test_a_missing_folder_gets_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        CorpusHarness(tmp_path / "gone").load()
    assert str(caught.value) == (
        f'The corpus folder "{tmp_path}/gone" does not exist: make it and put documents into'
        " it, or name another."
    )


def test_a_file_in_place_of_the_folder_gets_its_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        CorpusHarness(folder / "good.md", tmp_path / "index").load()
    assert str(caught.value) == (
        f'The corpus folder "{folder}/good.md" is not a folder: name the folder that holds the'
        " documents."
    )


def test_an_empty_folder_gets_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"x")
    with pytest.raises(CorpusError) as caught:
        CorpusHarness(tmp_path).load()
    assert str(caught.value) == (
        f'There is no document in the corpus folder "{tmp_path}": put text, Markdown, HTML, PDF'
        " or office files there, then load again."
    )


def test_a_folder_where_all_fails_names_the_first_reason(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to("gone")
    with pytest.raises(CorpusError) as caught:
        CorpusHarness(tmp_path).load()
    assert str(caught.value) == (
        f'No document in the corpus folder "{tmp_path}" can be read: mend or replace a.md'
        f" ({NOWHERE[:-1]}), then load again."
    )
    (tmp_path / "b.md").symlink_to("gone")
    (tmp_path / "c.md").symlink_to("gone")
    with pytest.raises(CorpusError, match=r"mend or replace a\.md \(.*\) and 2 more, then"):
        CorpusHarness(tmp_path).load()


def test_a_folder_without_anything_to_quote_gets_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Only a title\n")
    with pytest.raises(CorpusError) as caught:
        CorpusHarness(tmp_path).load()
    assert str(caught.value) == (
        f'Nothing in the corpus folder "{tmp_path}" can be quoted: put documents with text'
        " there, then load again."
    )


@pytest.mark.parametrize("name", ["a\0b", "x" * 300])
def test_an_impossible_folder_gets_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError, match=r"^The corpus folder .* cannot be read \(.*\): see"):
        CorpusHarness(tmp_path / name, tmp_path / "index").load()


def test_a_huge_glossary_is_refused(folder: Path) -> None:
    (folder / "glossary.toml").write_bytes(b"#" * 5_000_001)
    with pytest.raises(ManifestError) as caught:
        CorpusHarness(folder).load()
    assert str(caught.value) == "glossary.toml is larger than 5 MB: split it over the folders."


def test_a_manifest_that_cannot_be_had_is_an_error_and_never_passed_over(
    folder: Path, tmp_path: Path
) -> None:
    """Without it a document could turn up in a collection it was kept out of."""

    def fault() -> str:
        with pytest.raises(ManifestError) as caught:
            CorpusHarness(folder).load()
        return str(caught.value)

    manifest = folder / "sources.toml"
    (tmp_path / "sources.toml").touch()
    manifest.symlink_to("../sources.toml")
    assert fault() == f"sources.toml cannot be read: {LEAVES}"
    manifest.unlink()
    manifest.symlink_to("nothing.toml")
    assert fault() == f"sources.toml cannot be read: {NOWHERE}"
    manifest.unlink()
    os.mkfifo(manifest)
    assert fault() == f"sources.toml cannot be read: {PIPE}"
    manifest.unlink()
    manifest.mkdir()
    assert fault() == "sources.toml cannot be read: it is a folder: give it another name."


def test_reports_of_bad_files_read_well(folder: Path) -> None:
    (folder / "a\nb.md").write_text("Bad.")
    (folder / "gone.md").symlink_to("nothing.md")
    _, report = CorpusHarness(folder).load()
    said = lines(report)
    assert said[0].endswith("; 2 files failed")
    assert said[1:] == [
        f"failed: a\\nb.md: {NAME}",
        f"failed: gone.md: {NOWHERE}",
        "added: good.md",
    ]
