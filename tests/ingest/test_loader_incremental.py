import os
from pathlib import Path

import pytest

from bot.core.corpus import Corpus
from bot.core.documents import Document
from bot.core.errors import CorpusError, ManifestError
from bot.ingest.report import Failure
from tests.harness.corpus_harness import CorpusHarness, texts_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.md").write_text("# A\n\nFirst.")
    (tmp_path / "b.md").write_text("# B\n\nSecond.")
    (tmp_path / "c.md").write_text("# C\n\nThird.")
    return tmp_path


def by_path(corpus: Corpus) -> dict[str, Document]:
    return {document.path: document for document in corpus.documents}


def test_nothing_is_made_anew_where_nothing_changed(folder: Path, parsed: list[str]) -> None:
    harness = CorpusHarness(folder)
    before, first = harness.load()
    parsed.clear()
    after, report = harness.load()
    assert all(o is n for o, n in zip(before.documents, after.documents, strict=True))
    assert parsed == []
    assert report.unchanged == ("a.md", "b.md", "c.md")
    assert (report.added, report.changed, report.removed, report.failed) == ((), (), (), ())
    assert report.revision == first.revision == after.revision


def test_another_run_of_the_program_parses_nothing_again(folder: Path, parsed: list[str]) -> None:
    before, _ = CorpusHarness(folder).load()
    parsed.clear()
    after, report = CorpusHarness(folder).load()
    assert (parsed, after.revision) == ([], before.revision)
    assert report.added == ("a.md", "b.md", "c.md")


def test_what_changed_is_read_again_and_nothing_else(folder: Path, parsed: list[str]) -> None:
    harness = CorpusHarness(folder)
    harness.load()
    parsed.clear()
    (folder / "b.md").write_text("# B\n\nSecond, but new.")
    (folder / "c.md").unlink()
    (folder / "d.md").write_text("Fourth.")
    corpus, report = harness.load()
    assert parsed == ["b.md", "d.md"]
    assert by_path(corpus)["b.md"].text == "# B\n\nSecond, but new."
    assert (report.added, report.changed) == (("d.md",), ("b.md",))
    assert (report.unchanged, report.removed) == (("a.md",), ("c.md",))
    assert texts_of(corpus) == [
        "First.",
        "Second, but new.",
        "Fourth.",
    ]


def test_the_hash_decides_and_not_the_time_of_the_file(folder: Path, parsed: list[str]) -> None:
    harness = CorpusHarness(folder)
    harness.load()
    parsed.clear()
    times = (folder / "a.md").stat()
    (folder / "a.md").write_text("# A\n\nFirsT.")
    os.utime(folder / "a.md", ns=(times.st_atime_ns, times.st_mtime_ns))
    os.utime(folder / "b.md", ns=(1, 1))
    _, report = harness.load()
    assert (report.changed, report.unchanged) == (("a.md",), ("b.md", "c.md"))
    assert parsed == ["a.md"]


def test_a_change_of_the_manifest_builds_its_document_again(
    folder: Path, parsed: list[str]
) -> None:
    harness = CorpusHarness(folder)
    before = by_path(harness.load()[0])
    parsed.clear()
    (folder / "sources.toml").write_text('["a.md"]\ntitle = "New"\n["b.md"]\n')
    corpus, report = harness.load()
    after = by_path(corpus)
    assert report.changed == ("a.md",)
    assert report.unchanged == ("b.md", "c.md")
    assert after["a.md"].source.title == "New"
    assert after["a.md"].text == before["a.md"].text
    assert parsed == ["a.md"]

    (folder / "sources.toml").write_text('["a.md"]\ntitle = "New"\nexclude = ["First."]\n')
    corpus, report = harness.load()
    assert report.changed == ("a.md",)
    assert "First." not in texts_of(corpus)

    (folder / "sources.toml").unlink()
    corpus, report = harness.load()
    assert report.changed == ("a.md",)
    assert by_path(corpus)["a.md"].source == before["a.md"].source
    assert "First." in texts_of(corpus)


def test_a_document_that_moves_to_another_collection_has_changed(folder: Path) -> None:
    harness = CorpusHarness(folder)
    harness.load()
    (folder / "sources.toml").write_text('["a.md"]\ncollection = "board"\n')
    corpus, report = harness.load()
    assert report.changed == ("a.md",)
    assert corpus.collections == {"main", "board"}


def test_a_renamed_file_is_another_document(folder: Path, parsed: list[str]) -> None:
    harness = CorpusHarness(folder)
    harness.load()
    parsed.clear()
    (folder / "a.md").rename(folder / "z.md")
    corpus, report = harness.load()
    assert (report.added, report.removed) == (("z.md",), ("a.md",))
    assert parsed == ["z.md"]
    assert texts_of(corpus) == ["Second.", "Third.", "First."]


def test_a_new_glossary_changes_no_document_but_the_revision(folder: Path) -> None:
    harness = CorpusHarness(folder)
    _, first = harness.load()
    (folder / "glossary.toml").write_text('[[group]]\nnames = ["x", "y"]\n')
    corpus, report = harness.load()
    assert report.unchanged == ("a.md", "b.md", "c.md")
    assert report.revision != first.revision
    assert [group.names for group in corpus.glossary] == [("x", "y")]


def test_a_served_file_that_fails_now_is_in_failed_only(folder: Path) -> None:
    harness = CorpusHarness(folder)
    harness.load()
    (folder / "b.md").write_bytes(b"")
    corpus, report = harness.load()
    assert [document.path for document in corpus.documents] == ["a.md", "c.md"]
    assert [failure.path for failure in report.failed] == ["b.md"]
    assert (report.added, report.changed, report.removed) == ((), (), ())
    assert report.unchanged == ("a.md", "c.md")

    (folder / "b.md").write_text("# B\n\nSecond.")
    _, report = harness.load()
    assert report.added == ("b.md",)
    assert report.failed == ()


def test_every_file_is_in_exactly_one_list(folder: Path) -> None:
    harness = CorpusHarness(folder)
    harness.load()
    (folder / "a.md").write_text("Changed.")
    (folder / "b.md").write_bytes(b"")
    (folder / "copy.md").write_text("# C\n\nThird.")
    (folder / "new.md").write_text("New.")
    (folder / "x.png").write_bytes(b"x")
    _, report = harness.load()
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
def test_a_broken_manifest_or_glossary_changes_nothing(
    folder: Path, parsed: list[str], name: str
) -> None:
    harness = CorpusHarness(folder)
    harness.load()
    parsed.clear()
    (folder / "a.md").write_text("Changed.")
    (folder / name).write_text("[[[")
    with pytest.raises(ManifestError, match=f"^{name} cannot be understood at"):
        harness.load()
    (folder / name).unlink()
    _, report = harness.load()
    assert report.changed == ("a.md",)
    assert report.unchanged == ("b.md", "c.md")
    assert parsed == ["a.md"]


def test_a_first_load_ends_with_the_manifest_s_sentence(folder: Path) -> None:
    (folder / "sources.toml").write_text('["a.md"]\nurl = "x"\n')
    with pytest.raises(ManifestError) as caught:
        CorpusHarness(folder).load()
    assert str(caught.value) == (
        'sources.toml: table "a.md", key "url" is no web address;'
        " write one that starts with https:// or http://."
    )


def test_a_corpus_of_which_nothing_can_be_read_changes_nothing(
    folder: Path, parsed: list[str]
) -> None:
    harness = CorpusHarness(folder)
    before, _ = harness.load()
    contents = {path: path.read_bytes() for path in folder.iterdir()}
    for path in contents:
        path.write_bytes(b"")
    with pytest.raises(CorpusError, match=r"^No document in the corpus folder"):
        harness.load()
    parsed.clear()
    for path, content in contents.items():
        path.write_bytes(content)
    after, report = harness.load()
    assert report.unchanged == ("a.md", "b.md", "c.md")
    assert after is before
    assert parsed == []


@pytest.mark.parametrize("steps", [1, 3, 4, 5])
def test_a_load_that_is_broken_off_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr("bot.answering.read_tasks.BATCH_FILES", 1)
    harness = CorpusHarness(folder)
    before, _ = harness.load()
    (folder / "a.md").write_text("Changed.")

    remaining = iter(range(steps - 1))

    def break_off(_done: int, _total: int, _path: str) -> None:
        if next(remaining, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        harness.load(break_off)
    after, report = harness.load()
    assert report.changed == ("a.md",)
    assert texts_of(before) == ["First.", "Second.", "Third."]
    assert texts_of(after) == ["Changed.", "Second.", "Third."]


def test_a_file_that_goes_while_others_are_read_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answering.read_tasks.BATCH_FILES", 1)
    harness = CorpusHarness(folder)
    harness.load()

    def remove(_done: int, _total: int, _path: str) -> None:
        (folder / "b.md").unlink(missing_ok=True)

    _, report = harness.load(remove)
    assert report.failed == (Failure("b.md", "it was gone before it could be read: load again."),)
    assert report.unchanged == ("a.md", "c.md")


def test_a_folder_that_goes_altogether_keeps_the_old_state(folder: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text("One.")
    harness = CorpusHarness(corpus)
    before, _ = harness.load()
    corpus.rename(tmp_path / "away")
    with pytest.raises(CorpusError, match="does not exist"):
        harness.load()
    (tmp_path / "away").rename(corpus)
    after, _ = harness.load()
    assert after.documents[0] is before.documents[0]
