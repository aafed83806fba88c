"""Archives in the corpus folder are folders; what is hostile in one is refused by itself."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import DocumentError, ManifestError
from bot.ingest import archives
from bot.ingest.formats import Limits
from bot.ingest.report import Failure
from bot.ingest.walk import ListedFile, read_signed, real_folder, walk
from tests.harness.corpus_harness import CorpusHarness
from tests.harness.upload_harness import RAIN, refusal, removal_refusal

FILES = {
    "a.md": b"# A\n\nThe rain fell.",
    "board/b.txt": b"The board met on a Monday.",
    "x.png": b"\x89PNG",
}
LEADS_OUT = "its path leads out of the archive: pack it anew."
DAMAGED = "it is damaged or cut off: get a whole copy of it, or pack it anew."


def zipped(files: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(files: Mapping[str, bytes | tarfile.TarInfo], mode: str = "w") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def packed(name: str, files: Mapping[str, bytes]) -> bytes:
    if name.lower().endswith(".zip"):
        return zipped(files)
    return tarred(files, "w:gz" if name.endswith("gz") else "w")


def served(folder: Path, limits: Limits | None = None) -> dict[str, str]:
    corpus, _ = CorpusHarness(folder, limits=limits).load()
    return {document.path: document.text for document in corpus.documents}


def failures(folder: Path) -> dict[str, str]:
    """The reasons by path; the document beside the archives is served all the same."""
    (folder / "good.md").write_text("Good.")
    corpus, report = CorpusHarness(folder).load()
    assert "good.md" in {document.path for document in corpus.documents}
    return {failure.path: failure.reason for failure in report.failed}


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP", "a.tar", "a.tar.gz", "a.tgz"])
def test_the_files_of_an_archive_are_documents(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(
        packed(name, FILES | {".git/x.md": b"x", "__MACOSX/._a.md": b"x"})
    )
    corpus, report = CorpusHarness(tmp_path).load()
    assert {document.path: document.text for document in corpus.documents} == {
        f"{name}/a.md": "# A\n\nThe rain fell.",
        f"{name}/board/b.txt": "The board met on a Monday.",
    }
    assert corpus.collections == {name}
    assert report.failed == ()
    assert report.notes == (f"skipped: {name}/x.png (not a supported kind)",)


def test_a_manifest_counts_in_an_archive_as_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(
        packed("a.tgz", FILES | {"sources.toml": b'["a.md"]\ntitle = "Inside"\n'})
    )
    (tmp_path / "sources.toml").write_text('["a.tgz/board/b.txt"]\ntitle = "Outside"\n')
    corpus, _ = CorpusHarness(tmp_path).load()
    assert [document.source.title for document in corpus.documents] == ["Inside", "Outside"]
    (tmp_path / "a.tgz").write_bytes(packed("a.tgz", FILES | {"sources.toml": b"["}))
    with pytest.raises(ManifestError, match=r"^a\.tgz/sources\.toml"):
        CorpusHarness(tmp_path).load()


def test_an_archive_in_an_archive_stays_closed(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a.md": b"A.", "b.zip": zipped(FILES)}))
    corpus, report = CorpusHarness(tmp_path).load()
    assert [document.path for document in corpus.documents] == ["a.zip/a.md"]
    assert report.notes == (
        "skipped: a.zip/b.zip (an archive in an archive stays closed: unpack it)",
    )


@pytest.mark.parametrize("kind", ["a.zip", "a.tar"])
def test_a_name_with_a_trick_is_refused_by_itself(tmp_path: Path, kind: str) -> None:
    (tmp_path / kind).write_bytes(
        packed(kind, {
            "fine.md": b"Fine.", "./dot//fine.md": b"Fine, too.", "../up.md": b"x",
            "b/../../up.md": b"x", "/root.md": b"x", "c\\up.md": b"x",
            "fdp.\u202etxt": b"x", "d/" * 300 + "a.md": b"x",
        })
    )  # fmt: skip
    reasons = failures(tmp_path)
    assert sorted(set(reasons.values())) == [
        "its name holds characters that cannot be shown: rename it.",
        "its path has backslashes: pack it anew in a program that writes slashes.",
        "its path is longer than 500 characters: shorten it.",
        LEADS_OUT,
    ]
    assert len(reasons) == 6
    assert set(served(tmp_path)) == {"good.md", f"{kind}/fine.md", f"{kind}/dot/fine.md"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_is_no_plain_file_of_a_zip_is_refused_by_itself(tmp_path: Path) -> None:
    data = io.BytesIO()
    link = zipfile.ZipInfo("link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pipe = zipfile.ZipInfo("pipe.md")
    pipe.external_attr = (stat.S_IFIFO | 0o600) << 16
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(link, "/etc/hostname")
        archive.writestr(pipe, "x")
        archive.writestr("twice.md", "One.")
        archive.writestr("./twice.md", "Two.")
        archive.writestr(zipfile.ZipInfo("odd.md"), "x", zipfile.ZIP_LZMA)
        archive.writestr("secret.md", "x")
        archive.writestr("fine.md", "Fine.")
    content = data.getvalue()
    for mark, flag in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = content.rindex(b"secret.md") if mark[2] == 1 else content.index(b"secret.md")
        header = content.rindex(mark, 0, place)
        content = content[: header + flag] + b"\x01" + content[header + flag + 1 :]
    (tmp_path / "a.zip").write_bytes(content)
    assert failures(tmp_path) == {
        "a.zip/link.md": "it is a link: pack the file itself.",
        "a.zip/odd.md": "it is packed in a way that is not read:"
        " pack it as an ordinary ZIP or TAR file.",
        "a.zip/pipe.md": "it is no file but a pipe, device or the like: take it out.",
        "a.zip/secret.md": "it is protected by a password: pack it without one.",
        "a.zip/twice.md": "the archive holds several files of this name: leave one of them.",
    }
    assert set(served(tmp_path)) == {"good.md", "a.zip/fine.md"}


def test_what_is_no_plain_file_of_a_tar_is_refused_by_itself(tmp_path: Path) -> None:
    files: dict[str, bytes | tarfile.TarInfo] = {"fine.md": b"Fine."}
    for name, kind in (
        ("s.md", tarfile.SYMTYPE),
        ("h.md", tarfile.LNKTYPE),
        ("p.md", tarfile.FIFOTYPE),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "fine.md"
        files[name] = info
    (tmp_path / "a.tar").write_bytes(tarred(files))
    link = "it is a link: pack the file itself."
    assert failures(tmp_path) == {
        "a.tar/h.md": link,
        "a.tar/p.md": "it is no file but a pipe, device or the like: take it out.",
        "a.tar/s.md": link,
    }
    assert set(served(tmp_path)) == {"good.md", "a.tar/fine.md"}


def test_an_archive_without_end_is_refused_as_a_whole(tmp_path: Path) -> None:
    zeros = bytes(archives.MOST_BYTES + 1)
    (tmp_path / "large.zip").write_bytes(zipped({"a.txt": zeros}))
    (tmp_path / "large.tgz").write_bytes(gzip.compress(zeros, 1))
    many = {f"{number}.md": b"" for number in range(archives.MOST_FILES + 1)}
    (tmp_path / "many.zip").write_bytes(zipped(many))
    (tmp_path / "many.tar").write_bytes(tarred(many))
    (tmp_path / "crowd.zip").write_bytes(b"PK\x01\x02" * (10 * archives.MOST_FILES + 1))
    large = "it unpacks to more than 200 MB: unpack it into a folder."
    crowd = "it holds more than 10,000 files: unpack it into a folder."
    assert failures(tmp_path) == {
        "crowd.zip": crowd,
        "large.tgz": large,
        "large.zip": large,
        "many.tar": crowd,
        "many.zip": crowd,
    }


def test_a_file_in_an_archive_may_be_as_large_as_any(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a.txt": b"Rain. " * 300_000, "b.txt": b"Rain."}))
    corpus, report = CorpusHarness(tmp_path, limits=Limits(max_bytes=1_000_000)).load()
    assert [document.path for document in corpus.documents] == ["a.zip/b.txt"]
    assert report.failed == (
        Failure("a.zip/a.txt", "it is larger than 1 MB: split it, or raise corpus.max_file_mb."),
    )


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz"])
def test_a_damaged_archive_is_reported(tmp_path: Path, name: str) -> None:
    whole = packed(name, {"a.txt": b"Rain. " * 1_000, "b.txt": b"Sun. " * 1_000})
    for part in (whole[: len(whole) // 3], whole[:6_656], whole[:8_000]):
        if len(part) < len(whole):
            (tmp_path / f"cut-{len(part)}-{name}").write_bytes(part)
    (tmp_path / f"no-{name}").write_bytes(b"The rain fell." * 100)
    (tmp_path / f"none-{name}").write_bytes(packed(name, {}))
    reasons = failures(tmp_path)
    assert reasons.pop(f"none-{name}") == "it holds no files: fill it or remove it."
    assert reasons.pop(f"no-{name}") == DAMAGED
    assert set(reasons.values()) == {DAMAGED}
    assert len(reasons) == (3 if name == "a.tar" else 1)


def test_a_tar_with_a_damaged_header_is_reported(tmp_path: Path) -> None:
    whole = bytearray(tarred({"a.md": b"A.", "b.md": b"B."}))
    whole[1_024 + 150] ^= 0xFF
    (tmp_path / "a.tar").write_bytes(whole)
    assert failures(tmp_path) == {"a.tar": DAMAGED}


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(["a.zip", "a.tar", "a.tgz"]),
    changes=st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 255)), max_size=6),
)
def test_no_damage_takes_the_walk_down(
    tmp_path_factory: pytest.TempPathFactory, name: str, changes: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    data = bytearray(packed(name, FILES))
    for place, value in changes:
        data[place % len(data)] = value
    (folder / name).write_bytes(data)
    for file in walk(real_folder(folder)).files:
        assert ".." not in file.path.split("/")
        try:
            read_signed(file, 1_000)
        except DocumentError as fault:
            assert str(fault)


def test_only_the_changed_files_of_a_changed_archive_are_parsed(
    tmp_path: Path, parsed: list[str]
) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(zipped(FILES))
    harness = CorpusHarness(tmp_path)
    harness.load()
    parsed.clear()
    archive.write_bytes(zipped(FILES | {"a.md": b"New.", "c.md": b"More."}))
    _, report = harness.load()
    assert parsed == ["a.md", "c.md"]
    assert (report.added, report.changed) == (("a.zip/c.md",), ("a.zip/a.md",))
    archive.unlink()
    (tmp_path / "good.md").write_text("Good.")
    _, report = harness.load()
    assert report.removed == ("a.zip/a.md", "a.zip/board/b.txt", "a.zip/c.md")


def test_an_archive_is_read_once_whatever_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(FILES))
    (tmp_path / "b.zip").symlink_to("a.zip")
    corpus, report = CorpusHarness(tmp_path).load()
    assert {document.path for document in corpus.documents} == {"a.zip/a.md", "a.zip/board/b.txt"}
    assert "skipped: b.zip (the same by a link as a.zip, which is read already)" in report.notes


def test_a_file_that_left_its_archive_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(FILES))
    gone = ListedFile("a.zip/z.md", str(tmp_path / "a.zip"), member="z.md")
    with pytest.raises(DocumentError, match="it was gone before it could be read"):
        read_signed(gone, 100)


def test_chat_neither_takes_archives_nor_changes_them(folder: Path, trash: Path) -> None:
    for name in ("rain.zip", "rain.tar.gz"):
        assert refusal(folder, name) == "it is an archive: unpack it and hand over its files."
    (folder / "a.zip").write_bytes(zipped({"rain.md": RAIN}))
    assert removal_refusal(folder, "a.zip/rain.md", trash) == (
        "it is packed in an archive: take it out of that by hand."
    )
    assert "is a file, not a collection" in refusal(folder, "b.md", collection="a.zip")
    (folder / "sources.toml").write_text('["a.zip/rain.md"]\ncollection = "board"\n')
    assert 'the same content is served as "a.zip/rain.md"' in refusal(
        folder, "other.md", collection="board"
    )
