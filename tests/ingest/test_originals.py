"""The file of a document: only that which was read, only from within the folder."""

import io
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from bot.core.documents import Document, Source
from bot.core.errors import DocumentError
from bot.ingest.originals import original_bytes

WORDS = b"The ferry crossed the river twice a day."


def document(path: str, data: bytes = WORDS) -> Document:
    return Document(path, "main", sha256(data).hexdigest(), Source(path), "", ())


def packed(name: str) -> bytes:
    made = io.BytesIO()
    if name.endswith(".zip"):
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("board/ferry.md", WORDS)
    else:
        with tarfile.open(fileobj=made, mode="w:gz") as tar:
            entry = tarfile.TarInfo("./board/ferry.md")
            entry.size = len(WORDS)
            tar.addfile(entry, io.BytesIO(WORDS))
    return made.getvalue()


@pytest.mark.parametrize("name", ["rules.zip", "rules.tar.gz"])
def test_a_file_in_an_archive_is_unpacked(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(packed(name))
    assert original_bytes(tmp_path, document(f"{name}/board/ferry.md"), 1_000) == WORDS
    with pytest.raises(DocumentError):
        original_bytes(tmp_path, document(f"{name}/board/other.md"), 1_000)


def test_a_folder_that_is_called_like_an_archive_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "rules.zip").mkdir()
    (tmp_path / "rules.zip" / "ferry.md").write_bytes(WORDS)
    assert original_bytes(tmp_path, document("rules.zip/ferry.md"), 1_000) == WORDS


def test_other_bytes_than_those_that_were_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ferry.md").write_bytes(WORDS + b" ")
    for limit in (1_000, len(WORDS) - 1, len(WORDS)):
        with pytest.raises(DocumentError):
            original_bytes(tmp_path, document("ferry.md"), limit)


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (tmp_path / "ferry.md").write_bytes(WORDS)
    (corpus / "link.md").symlink_to(tmp_path / "ferry.md")
    (corpus / "folder").symlink_to(tmp_path)
    for path in ("../ferry.md", "link.md", "folder/ferry.md", str(tmp_path / "ferry.md"), "a\0b"):
        with pytest.raises(DocumentError):
            original_bytes(corpus, document(path), 1_000)


def test_a_folder_a_pipe_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    for path in ("folder.md", "nothing.md", ""):
        with pytest.raises(DocumentError):
            original_bytes(tmp_path, document(path), 1_000)
    with pytest.raises(DocumentError):
        original_bytes(tmp_path / "nowhere", document("ferry.md"), 1_000)
