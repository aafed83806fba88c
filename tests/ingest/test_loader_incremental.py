import os
from pathlib import Path

import pytest

from bot.core.corpus import Corpus
from bot.core.documents import Document
from bot.core.errors import CorpusError, ManifestError
from bot.ingest.loader import Failure, Loader


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.md").write_text("# A\n\nFirst.")
    (tmp_path / "b.md").write_text("# B\n\nSecond.")
    (tmp_path / "c.md").write_text("# C\n\nThird.")
    return tmp_path


def by_path(corpus: Corpus) -> dict[str, Document]:
    return {document.path: document for document in corpus.documents}


def test_nothing_is_made_anew_where_nothing_changed(folder: Path) -> None:
    loader = Loader(folder)
    before, first = loader.load()
    after, report = loader.load()
    assert all(o is n for o, n in zip(before.documents, after.documents, strict=True))
    assert list(before.passages) == list(after.passages)
    assert report.unchanged == ("a.md", "b.md", "c.md")
    assert (report.added, report.changed, report.removed, report.failed) == ((), (), (), ())
    assert report.revision == first.revision == after.revision


def test_what_changed_is_read_again_and_nothing_else(folder: Path) -> None:
    loader = Loader(folder)
    before = by_path(loader.load()[0])
    (folder / "b.md").write_text("# B\n\nSecond, but new.")
    (folder / "c.md").unlink()
    (folder / "d.md").write_text("Fourth.")
    corpus, report = loader.load()
    after = by_path(corpus)
    assert after["a.md"] is before["a.md"]
    assert after["b.md"].text == "# B\n\nSecond, but new."
    assert (report.added, report.changed) == (("d.md",), ("b.md",))
    assert (report.unchanged, report.removed) == (("a.md",), ("c.md",))
    assert [passage.text for passage in corpus.passages] == [
        "First.",
        "Second, but new.",
        "Fourth.",
    ]


def test_the_hash_decides_and_not_the_time_of_the_file(folder: Path) -> None:
    loader = Loader(folder)
    before = by_path(loader.load()[0])
    times = (folder / "a.md").stat()
    (folder / "a.md").write_text("# A\n\nFirsT.")
    os.utime(folder / "a.md", ns=(times.st_atime_ns, times.st_mtime_ns))
    os.utime(folder / "b.md", ns=(1, 1))
    corpus, report = loader.load()
    assert (report.changed, report.unchanged) == (("a.md",), ("b.md", "c.md"))
    assert by_path(corpus)["b.md"] is before["b.md"]


def test_a_change_of_the_manifest_builds_the_document_again_without_parsing(
    folder: Path,
) -> None:
    loader = Loader(folder)
    before = by_path(loader.load()[0])
    (folder / "sources.toml").write_text('["a.md"]\ntitle = "New"\n["b.md"]\n')
    corpus, report = loader.load()
    after = by_path(corpus)
    assert report.changed == ("a.md",)
    assert report.unchanged == ("b.md", "c.md")
    assert after["a.md"].source.title == "New"
    assert after["a.md"].text is before["a.md"].text
    assert after["b.md"] is before["b.md"]
    assert all(p.document is after[p.document.path] for p in corpus.passages)

    (folder / "sources.toml").write_text('["a.md"]\ntitle = "New"\nexclude = ["First."]\n')
    corpus, report = loader.load()
    assert report.changed == ("a.md",)
    assert "First." not in [passage.text for passage in corpus.passages]

    (folder / "sources.toml").unlink()
    corpus, report = loader.load()
    assert report.changed == ("a.md",)
    assert by_path(corpus)["a.md"].source == before["a.md"].source
    assert "First." in [passage.text for passage in corpus.passages]


def test_a_document_that_moves_to_another_collection_has_changed(folder: Path) -> None:
    loader = Loader(folder)
    loader.load()
    (folder / "sources.toml").write_text('["a.md"]\ncollection = "board"\n')
    corpus, report = loader.load()
    assert report.changed == ("a.md",)
    assert corpus.collections == {"main", "board"}


def test_a_renamed_file_is_not_parsed_again(folder: Path) -> None:
    loader = Loader(folder)
    before = by_path(loader.load()[0])
    (folder / "a.md").rename(folder / "z.md")
    corpus, report = loader.load()
    assert (report.added, report.removed) == (("z.md",), ("a.md",))
    assert by_path(corpus)["z.md"].text is before["a.md"].text


def test_a_new_glossary_changes_no_document_but_the_revision(folder: Path) -> None:
    loader = Loader(folder)
    _, first = loader.load()
    (folder / "glossary.toml").write_text('[[group]]\nnames = ["x", "y"]\n')
    corpus, report = loader.load()
    assert report.unchanged == ("a.md", "b.md", "c.md")
    assert report.revision != first.revision
    assert [group.names for group in corpus.glossary] == [("x", "y")]


def test_a_served_file_that_fails_now_is_in_failed_only(folder: Path) -> None:
    loader = Loader(folder)
    loader.load()
    (folder / "b.md").write_bytes(b"")
    corpus, report = loader.load()
    assert [document.path for document in corpus.documents] == ["a.md", "c.md"]
    assert [failure.path for failure in report.failed] == ["b.md"]
    assert (report.added, report.changed, report.removed) == ((), (), ())
    assert report.unchanged == ("a.md", "c.md")

    (folder / "b.md").write_text("# B\n\nSecond.")
    _, report = loader.load()
    assert report.added == ("b.md",)
    assert report.failed == ()


def test_every_file_is_in_exactly_one_list(folder: Path) -> None:
    loader = Loader(folder)
    loader.load()
    (folder / "a.md").write_text("Changed.")
    (folder / "b.md").write_bytes(b"")
    (folder / "copy.md").write_text("# C\n\nThird.")
    (folder / "new.md").write_text("New.")
    (folder / "x.png").write_bytes(b"x")
    _, report = loader.load()
    listed = [
        *report.added,
        *report.changed,
        *report.unchanged,
        *report.removed,
        *(failure.path for failure in report.failed),
    ]
    assert sorted(listed) == ["a.md", "b.md", "c.md", "new.md"]
    assert report.notes == (
        "copy.md is the same as c.md and left out",
        "skipped: x.png (not a supported kind)",
    )


@pytest.mark.parametrize("name", ["sources.toml", "glossary.toml"])
def test_a_broken_manifest_or_glossary_changes_nothing(folder: Path, name: str) -> None:
    loader = Loader(folder)
    before, _ = loader.load()
    (folder / "a.md").write_text("Changed.")
    (folder / name).write_text("[[[")
    with pytest.raises(ManifestError, match=f"^{name} cannot be understood at"):
        loader.load()
    (folder / name).unlink()
    after, report = loader.load()
    assert report.changed == ("a.md",)
    assert report.unchanged == ("b.md", "c.md")
    assert by_path(after)["b.md"] is by_path(before)["b.md"]


def test_a_first_load_ends_with_the_manifest_s_sentence(folder: Path) -> None:
    (folder / "sources.toml").write_text('["a.md"]\nurl = "x"\n')
    with pytest.raises(ManifestError) as caught:
        Loader(folder).load()
    assert str(caught.value) == (
        'sources.toml: table "a.md", key "url" is no web address;'
        " write one that starts with https:// or http://."
    )


def test_a_corpus_of_which_nothing_can_be_read_changes_nothing(folder: Path) -> None:
    loader = Loader(folder)
    before, _ = loader.load()
    contents = {path: path.read_bytes() for path in folder.iterdir()}
    for path in contents:
        path.write_bytes(b"")
    with pytest.raises(CorpusError, match=r"^No document in the corpus folder"):
        loader.load()
    for path, content in contents.items():
        path.write_bytes(content)
    after, report = loader.load()
    assert report.unchanged == ("a.md", "b.md", "c.md")
    assert all(o is n for o, n in zip(before.documents, after.documents, strict=True))


def test_a_load_that_is_broken_off_changes_nothing(folder: Path) -> None:
    loader = Loader(folder)
    before, _ = loader.load()
    (folder / "a.md").write_text("Changed.")

    def break_off(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loader.load(break_off)
    after, report = loader.load()
    assert report.changed == ("a.md",)
    assert by_path(after)["c.md"] is by_path(before)["c.md"]


def test_a_file_that_goes_while_others_are_read_is_reported(folder: Path) -> None:
    loader = Loader(folder)
    loader.load()

    def remove(done: int, _: int) -> None:
        if done == 1:
            (folder / "b.md").unlink()

    _, report = loader.load(remove)
    assert report.failed == (Failure("b.md", "it was gone before it could be read: load again."),)
    assert report.unchanged == ("a.md", "c.md")


def test_a_folder_that_goes_altogether_keeps_the_old_state(folder: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text("One.")
    loader = Loader(corpus)
    before, _ = loader.load()
    corpus.rename(tmp_path / "away")
    with pytest.raises(CorpusError, match="does not exist"):
        loader.load()
    (tmp_path / "away").rename(corpus)
    after, _ = loader.load()
    assert after.documents[0] is before.documents[0]
