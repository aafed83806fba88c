"""A file of checked parts: what comes back is what was written, or nothing at all."""

import os
import stat
import sys
import time
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.archive import ArchiveDamagedError, read, write

ABOUT = {"version": 3, "names": ["a", "ä"]}


def parts() -> dict[str, bytes | memoryview]:
    return {"text": "Grüße".encode(), "none": b"", "numbers": memoryview(array("q", [1, -2]))}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "some.snapshot"
    write(file, ABOUT, parts())
    return file


def test_what_was_written_comes_back(file: Path) -> None:
    archive = read(file)
    assert archive.about == ABOUT
    assert {name: bytes(part) for name, part in archive.parts.items()} == {
        name: bytes(memoryview(part).cast("B")) if len(part) else b""
        for name, part in parts().items()
    }
    assert archive.parts["numbers"].cast("q").tolist() == [1, -2]


@given(st.data())
def test_any_other_byte_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("archive") / "a"
    write(file, ABOUT, {"text": b"x" * 100})
    whole = file.read_bytes()
    # Blanks that only fill up to the next multiple are nobody's; all else is.
    length = len(whole) - (-100 % 64)
    place = data.draw(st.integers(0, length - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    file.write_bytes(changed)
    try:
        archive = read(file)
    except ArchiveDamagedError:
        return
    assert (archive.about, bytes(archive.parts["text"])) == (ABOUT, b"x" * 100)


@pytest.mark.parametrize("length", [0, 5, 40, -60, -200])
def test_a_file_cut_short_is_noticed(file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(ArchiveDamagedError):
        read(file)


def test_another_kind_of_file_is_refused(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0" * 20)
    with pytest.raises(ArchiveDamagedError):
        read(file)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")


def test_the_old_one_stays_until_the_new_one_is_whole(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(TypeError):
        write(file, {"not": object()}, parts())
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_mapped_archive_outlives_the_file_that_replaces_it(file: Path) -> None:
    text = read(file).parts["text"]
    write(file, {}, {"text": b"another"})
    assert bytes(text) == "Grüße".encode()
    assert bytes(read(file).parts["text"]) == b"another"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_nobody_else_may_read_it(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(("age", "there"), [(10, True), (7_200, False)])
def test_what_a_killed_writer_left_is_removed_an_hour_later(
    file: Path, age: int, there: bool
) -> None:
    left = file.with_name(f".{file.name}.abc")
    left.write_bytes(b"x" * 100_000)
    then = time.time() - age
    os.utime(left, (then, then))
    write(file, ABOUT, parts())
    assert left.exists() == there
    assert read(file).about == ABOUT


def test_of_two_that_write_at_once_the_last_stays_and_both_are_whole(file: Path) -> None:
    others = [{"text": f"{number}".encode() * 50_000} for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda other: write(file, {}, other), others))
    assert bytes(read(file).parts["text"]) in [other["text"] for other in others]
    assert [each.name for each in file.parent.iterdir()] == [file.name]
