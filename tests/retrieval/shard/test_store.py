"""A shard on disk is the shard that was built, or it is called damaged."""

import json
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.documents import (
    Block,
    BlockKind,
    Document,
    Landmark,
    LandmarkKind,
    Locator,
    Passage,
    Source,
    Span,
)
from bot.core.passages import DocumentPassages, PassageTable
from bot.retrieval.ranking.search import search
from bot.retrieval.shard import store
from bot.retrieval.shard.build import build_shard, write_shard
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.shard import Shard
from bot.retrieval.shard.store import (
    DamagedFolderError,
    open_shard,
    read_documents,
    write_documents,
)
from tests.harness.documents import document, table, table_of

TABLE = table(
    document("a.txt", "The Free Army (FA) left Manbij.", "Nobody built a mill in the rain."),
    document("empty.txt"),
    document("第一.txt", "Zenki evacuated 100.000 sailors from the harbour.", "第一句"),
)
ARRAYS = "words grams tokens ngrams statistics word_postings pair_postings gram_postings".split()
QUESTIONS = ("who erected the mill", "how many did Zinki evacuate", "what did the FA do", "第一")
HOSTILE = st.text('aB \ud83d\ude00\ud800\n\x00\u2028\x85é第,{"\\(A)', min_size=1, max_size=12)


@pytest.fixture(scope="module", params=[store.MAPPED_FROM, 200], ids=["read", "mapped"])
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A shard on disk, whose small arrays are read; then nearly all of them are mapped."""
    place = tmp_path_factory.mktemp("shards") / "one"
    write_shard(place, build_shard(TABLE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "MAPPED_FROM", request.param)
        yield place


def same_documents(one: PassageTable, other: PassageTable) -> None:
    for mine, theirs in zip(one.documents, other.documents, strict=True):
        assert mine.identity == theirs.identity
        assert (mine.text, tuple(mine.blocks)) == (theirs.text, tuple(theirs.blocks))
    for here, there in zip(one, other, strict=True):
        assert here.document.path == there.document.path
        for name in ("span", "sentences", "locator", "language"):
            assert getattr(here, name) == getattr(there, name)


def same_shard(one: Shard, other: Shard) -> None:
    """Assert that two are the same to the last bit, kinds of numbers included."""
    same_documents(one.table, other.table)
    assert one.acronyms == other.acronyms
    assert one.numbered_passages == other.numbered_passages
    for name in ARRAYS:
        mine, theirs = astuple(getattr(one, name)), astuple(getattr(other, name))
        for here, there in zip(mine, theirs, strict=True):
            assert here.dtype == there.dtype, name
            np.testing.assert_array_equal(here, there, err_msg=name)


def test_what_is_opened_is_what_was_built(folder: Path) -> None:
    made, opened = build_shard(TABLE), open_shard(folder)
    same_shard(opened, made)
    same_documents(read_documents(folder), TABLE)
    for question in QUESTIONS:
        wanted = search(question, Index([made]))
        assert wanted.candidates
        assert search(question, Index([opened])).candidates == wanted.candidates


@settings(max_examples=25)
@given(st.lists(st.tuples(HOSTILE, HOSTILE, st.lists(HOSTILE, max_size=2)), max_size=3))
def test_hostile_texts_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str, list[str]]]
) -> None:
    passages = []
    for number, (text, title, headings) in enumerate(texts):
        document = Document(f"{number}{title}", "main", "0", Source(title), text, ())
        whole = Span(0, len(text))
        passages.append(Passage(document, whole, (whole,), Locator(1, None, tuple(headings))))
    hostile = table_of(passages)
    place = tmp_path_factory.mktemp("hostile")
    write_documents(place / "documents", hostile)
    same_documents(read_documents(place / "documents"), hostile)
    write_shard(place / "shard", build_shard(hostile))
    same_shard(open_shard(place / "shard"), build_shard(hostile))


def test_stored_documents_are_stored_again_in_another_order(tmp_path: Path) -> None:
    item, note = Landmark(LandmarkKind.ITEM, "4"), Landmark(LandmarkKind.NOTE, "4")
    blocks = (
        Block(Span(0, 9), landmark=item),
        Block(Span(0, 9), BlockKind.HEADING, level=2, page=3, confidence=80),
        Block(Span(0, 9), landmark=note),
    )
    marked = [
        replace(document(f"{number}.txt", "Item four"), blocks=(block,))
        for number, block in enumerate(blocks)
    ]
    write_documents(tmp_path / "one", table(*marked))
    stored = read_documents(tmp_path / "one")
    others = PassageTable.concatenate(DocumentPassages(stored, number) for number in (2, 1))
    write_documents(tmp_path / "other", others)
    same_documents(read_documents(tmp_path / "other"), table(marked[2], marked[1]))


@settings(max_examples=80)
@given(st.data())
def test_a_changed_byte_is_no_wrong_answer(folder: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(folder.iterdir())))
    whole = file.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    file.write_bytes(changed)
    try:
        opened = open_shard(folder)
    except DamagedFolderError:
        return
    finally:
        file.write_bytes(whole)
    # Of all bytes only blanks between the entries of the list may be others.
    assert json.loads(changed) == json.loads(whole)
    same_shard(opened, build_shard(TABLE))


def test_each_file_is_needed_as_a_whole(folder: Path) -> None:
    for file in sorted(folder.iterdir()):
        whole = file.read_bytes()
        for left in (whole[:-1], None):
            file.unlink() if left is None else file.write_bytes(left)
            with pytest.raises(DamagedFolderError):
                open_shard(folder)
            file.write_bytes(whole)
    open_shard(folder)


def test_an_array_that_is_listed_under_the_name_of_another_is_missed(folder: Path) -> None:
    file = folder / "arrays.json"
    whole = file.read_text()
    # Both are empty, so that the size and the checksum of either are right.
    file.write_text(whole.replace("thesaurus_ru.lines", "thesaurus_ro.lines"))
    with pytest.raises(DamagedFolderError):
        open_shard(folder)
    file.write_text(whole)


def test_a_folder_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(OSError, match="taken"):
        write_shard(taken, build_shard(TABLE))
    assert list(tmp_path.iterdir()) == [taken]
    with pytest.raises(DamagedFolderError):
        open_shard(tmp_path / "none")
    write_documents(tmp_path / "documents", TABLE)
    with pytest.raises(DamagedFolderError):
        open_shard(tmp_path / "documents")


def test_a_shard_that_is_there_stays(folder: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    write_shard(folder, build_shard(TABLE))
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == before
