"""Documents added and removed by chat, and the next load."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.core.errors import UploadError
from bot.ingest.uploads import UploadedFile, add, remove
from tests.harness.corpus_harness import CorpusHarness, texts_of
from tests.harness.upload_harness import (
    CURATED,
    LIMITS,
    RAIN,
    refusal,
    removal_refusal,
    texts,
    trash_contents,
    tree,
)


@pytest.mark.parametrize("collection", ["", None, "main"])
def test_a_document_is_served_by_the_next_load(folder: Path, collection: str | None) -> None:
    harness = CorpusHarness(folder)
    harness.load()
    data = b"# Weather\n\nThe rain fell.\n\nThe sun shone.\n"
    added = add(folder, collection, "weather.md", data, LIMITS)
    assert added == UploadedFile("weather.md", passages=2, replaced=False, collection="main")
    corpus, report = harness.load()
    assert report.added == ("weather.md",)
    assert report.failed == ()
    assert (folder / "weather.md").read_bytes() == data
    assert texts_of(corpus)[-2:] == ["The rain fell.", "The sun shone."]


@pytest.mark.parametrize("collection", ["board", "new_one", "Stadträte", "Rat & Amt"])
def test_a_collection_is_a_top_folder_there_or_made(folder: Path, collection: str) -> None:
    (folder / "Rat & Amt").mkdir()
    added = add(folder, collection, "rain.txt", RAIN, LIMITS)
    assert (added.path, added.collection) == (f"{collection}/rain.txt", collection)
    corpus, _ = CorpusHarness(folder).load()
    assert {d.path: d.collection for d in corpus.documents}[added.path] == collection


def test_a_file_is_read_as_on_loading_before_it_is_taken(folder: Path) -> None:
    assert add(folder, "", "rain.html", b"<p>The rain fell.</p>", LIMITS).passages == 1
    assert texts(folder)["rain.html"] == "The rain fell."
    assert refusal(folder, "bad.pdf", RAIN).startswith("it is text, not a PDF: ")


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
    assert "The board met." in trash_contents(trash)
    assert add(folder, "board", "minutes.md", b"Met.", LIMITS, replace=True).kept_as is None
    assert not add(folder, "", "new.md", RAIN, LIMITS, replace=True).replaced


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


def test_a_removed_document_is_kept_elsewhere_and_served_no_more(folder: Path, trash: Path) -> None:
    harness = CorpusHarness(folder)
    harness.load()
    removed = remove(folder, "board/minutes.md", trash)
    assert removed.path == "board/minutes.md"
    assert removed.kept_as.relative_to(trash).as_posix().endswith("/board/minutes.md")
    assert harness.load()[1].removed == ("board/minutes.md",)
    (folder / "board/minutes.md").write_text("The board met again.")
    assert remove(folder, "board/minutes.md", trash).kept_as.read_text() == "The board met again."
    assert removed.kept_as.read_text() == "The board met."
    assert trash.stat().st_mode & 0o077 == 0
    (folder / "board/2016").mkdir()
    (folder / "board/2016/re\u0301.pdf").write_bytes(b"Broken.")
    assert remove(folder, "board/2016/r\xe9.pdf", trash).kept_as.read_text() == "Broken."


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
    assert trash_contents(trash) == ["The board met."]
