from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.core.corpus import Corpus, NameGroup
from bot.core.documents import Block, Parsed, Source, Span
from bot.ingest.loader import build_document
from bot.ingest.manifest import SourceEntry
from bot.ingest.report import LoadReport
from tests.harness.corpus_harness import CorpusHarness, texts_of


def put(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def load(folder: Path) -> tuple[Corpus, LoadReport]:
    return CorpusHarness(folder).load()


def paths(corpus: Corpus) -> list[str]:
    return [document.path for document in corpus.documents]


def test_a_first_load_adds_every_document_in_the_order_of_paths(tmp_path: Path) -> None:
    put(tmp_path, {"b.md": "# Bee\n\nOne.\n", "a/x.txt": "Two.\n", "a.txt": "Three.\n"})
    corpus, report = load(tmp_path)
    assert paths(corpus) == ["a.txt", "a/x.txt", "b.md"]
    assert report.added == ("a.txt", "a/x.txt", "b.md")
    assert (report.changed, report.unchanged, report.removed) == ((), (), ())
    assert (report.failed, report.notes) == ((), ())
    assert (report.documents, report.passages) == (3, 3)
    assert texts_of(corpus) == ["Three.", "Two.", "One."]
    assert report.revision == corpus.revision
    assert 0 <= report.seconds < 60


def test_the_same_folder_gives_the_same_corpus(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{n % 3}/{n}.md": f"Text {n}.\n" for n in range(9)}
    one, _ = load(put(tmp_path / "one", files))
    two, _ = load(put(tmp_path / "two", dict(reversed(files.items()))))
    assert one.revision == two.revision
    assert paths(one) == paths(two)


def test_top_folders_are_collections_and_files_beside_them_are_main(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "x.md": "One.",
            "board/x.md": "Two.",
            "board/2016/x.md": "Three.",
            "Rat & Amt/x.md": "Four.",
            "moved.md": "Five.",
            "sources.toml": '["moved.md"]\ncollection = "elsewhere"\n',
        },
    )
    corpus, _ = load(tmp_path)
    assert {document.path: document.collection for document in corpus.documents} == {
        "x.md": "main",
        "board/x.md": "board",
        "board/2016/x.md": "board",
        "Rat & Amt/x.md": "Rat & Amt",
        "moved.md": "elsewhere",
    }


def test_the_manifest_fills_the_citation_and_the_rest_stays_unknown(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "said.md": "# Its own title\n\nOne.",
            "silent.md": "# Its  own\ttitle\n\nTwo.",
            "board/x.md": "Three.",
            "sources.toml": '["said.md"]\ntitle = "Said"\nauthor = "A"\ndate = 2016-12-12\n'
            'url = "https://example.org"\nabout = "It."\ndate_note = "N"\npublisher = "P"\n',
            "board/sources.toml": '["x.md"]\ntitle = "Nearer"\n',
        },
    )
    corpus, _ = load(tmp_path)
    sources = {document.path: document.source for document in corpus.documents}
    assert sources["said.md"] == Source(
        "Said", "A", "P", "2016-12-12", "N", "https://example.org", "It."
    )
    assert sources["silent.md"] == Source("Its own title")
    assert sources["board/x.md"] == Source("Nearer")


@pytest.mark.parametrize("own", [None, "", " \n\u202e"])
def test_without_any_title_the_name_of_the_file_is_one(own: str | None) -> None:
    parsed = Parsed("One.", (Block(Span(0, 4)),), own)
    document = build_document("a/Minutes of 2016.v2.pdf", "a", "0" * 64, parsed, SourceEntry())
    assert document.source == Source("Minutes of 2016.v2")


def test_titles_from_documents_are_cleaned_and_cut(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "a.html": "<title>One\n\u202etwo\u0007</title><p>Text.</p>",
            "b.html": f"<title>{'x' * 500}</title><p>Other text.</p>",
        },
    )
    corpus, _ = load(tmp_path)
    assert [document.source.title for document in corpus.documents] == [
        "One two",
        "x" * 299 + "…",
    ]


def test_a_title_that_is_excluded_is_not_shown(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "a.md": "# Share this\n\nThe fair is in May.\n",
            "b.md": "# The fair\n\nThe fair is in May.\n",
            "sources.toml": '["a.md"]\nexclude = ["# Share this"]\n["b.md"]\nexclude = ["May"]\n',
        },
    )
    corpus, _ = load(tmp_path)
    assert [document.source.title for document in corpus.documents] == ["a", "The fair"]


def test_excluded_lines_are_in_no_block_and_no_passage(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "a.txt": "Share this\n\nFirst words.\n\n  Page   1 \n\nLast words.\n",
            "sources.toml": '["a.txt"]\nexclude = ["Share this", "Page 1", "Page 2"]\n',
        },
    )
    corpus, report = load(tmp_path)
    document = corpus.documents[0]
    assert [span.of(document.text) for span in document.excluded] == ["Share this", "Page   1"]
    assert texts_of(corpus) == ["First words.", "Last words."]
    assert not any(
        block.span.overlaps(gone) for block in document.blocks for gone in document.excluded
    )
    assert report.notes == ('a.txt has no line "Page 2" to exclude; correct it in sources.toml',)


def test_sections_are_left_out_by_their_heading(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "a.md": "# Report\n\nOne.\n\n## 7. References\n\nTwo.\n\n### Older\n\nThree.\n\n"
            "## Thanks\n\nFour.\n\n## Appendix B\n\nFive.\n",
            "sources.toml": '["a.md"]\nexclude = ["Three."]\n'
            'leave_out = ["references", "Appendix B", "Appendix C"]\n',
        },
    )
    corpus, report = load(tmp_path)
    assert texts_of(corpus) == ["One.", "Four."]
    assert report.notes == (
        'a.md has no heading "Appendix C" to leave out; correct it in sources.toml',
    )


def test_how_a_file_is_read_is_part_of_the_revision(tmp_path: Path) -> None:
    put(tmp_path, {"a.txt": "Das ist ein Satz. Hier steht noch einer."})
    corpus, first = load(tmp_path)
    (passage,) = corpus.passages_of(corpus.documents[0])
    assert passage.language == "de"
    put(tmp_path, {"sources.toml": '["a.txt"]\nlanguage = "nl"\n'})
    corpus, second = load(tmp_path)
    (passage,) = corpus.passages_of(corpus.documents[0])
    assert passage.language == "nl"
    assert first.revision != second.revision


def test_glossaries_are_for_all_or_for_the_collection_they_lie_in(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "x.md": "One.",
            "board/y.md": "Two.",
            "glossary.toml": '[[group]]\nnames = ["a", "b"]\n'
            '[[group]]\nnames = ["c", "d"]\ncollection = "gone"\n',
            "board/2016/glossary.toml": '[[group]]\nnames = ["e", "f"]\n',
        },
    )
    corpus, report = load(tmp_path)
    assert set(corpus.glossary) == {
        NameGroup(("a", "b")),
        NameGroup(("c", "d"), "gone"),
        NameGroup(("e", "f"), "board"),
    }
    assert report.notes == (
        'the glossary has names for the collection "gone", which has no document',
    )


def test_hidden_and_temporary_files_are_passed_over_in_silence(tmp_path: Path) -> None:
    put(tmp_path, {"a.md": "One."})
    names = [
        ".hidden.md", ".git/x.md", "a.md~", "a.md.swp", "b.tmp", "c.bak", "~$d.docx",
        "#e.md#", "f.pdf.part", "Thumbs.db", "desktop.ini", "board/.x/y.md",
    ]  # fmt: skip
    put(tmp_path, dict.fromkeys(names, "Other."))
    corpus, report = load(tmp_path)
    assert paths(corpus) == ["a.md"]
    assert (report.failed, report.notes) == ((), ())


def test_other_kinds_of_files_are_noted(tmp_path: Path) -> None:
    put(tmp_path, {"a.md": "One.", "pictures/x.PNG": b"\x89PNG", "README": "x", "LICENSE": "y"})
    put(tmp_path, {"rents.ods": "z"})
    _, report = load(tmp_path)
    assert report.failed == ()
    assert report.notes == (
        "skipped: LICENSE (not a supported kind)",
        "skipped: README (not a supported kind)",
        "skipped: pictures/x.PNG (not a supported kind)",
        "skipped: rents.ods (not read: save it as .xlsx or .csv)",
    )


def test_a_manifest_with_capitals_in_its_name_is_no_document(tmp_path: Path) -> None:
    put(tmp_path, {"a.md": "One.", "Sources.toml": '["a.md"]\n', "b.toml": "wall = 3\n"})
    corpus, report = load(tmp_path)
    assert paths(corpus) == ["a.md", "b.toml"]
    assert report.notes == ("skipped: Sources.toml (write its name in small letters)",)


def test_the_same_content_counts_once_in_a_collection(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"a.md": "One.", "copy.md": "One.", "board/a.md": "One.", "board/b.md": "One."},
    )
    corpus, report = load(tmp_path)
    assert paths(corpus) == ["a.md", "board/a.md"]
    assert report.notes == (
        "board/b.md is the same as board/a.md and left out",
        "copy.md is the same as a.md and left out",
    )


def test_a_table_without_a_file_is_noted(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "a.md": "One.",
            "x.png": "x",
            "empty.txt": "",
            "sources.toml": '["gone.md"]\n["board\\\\a.md"]\n["x.png"]\n["empty.txt"]\n["a.md"]\n',
        },
    )
    _, report = load(tmp_path)
    assert report.notes[:2] == (
        'sources.toml has a table for "gone.md", but there is no such file;'
        " correct its name or take the table out",
        'sources.toml has a table for "board\\a.md", but there is no such file;'
        " correct its name or take the table out",
    )
    assert len(report.notes) == 3


def test_a_table_finds_its_file_however_its_letters_are_composed(tmp_path: Path) -> None:
    put(tmp_path, {"u\u0308ber.md": "One.", "sources.toml": '["./\u00fcber.md"]\ntitle = "T"\n'})
    corpus, report = load(tmp_path)
    assert corpus.documents[0].source.title == "T"
    assert report.notes == ()


def test_a_link_inside_the_folder_is_read_once(tmp_path: Path) -> None:
    put(tmp_path, {"a.md": "One.", "board/b.md": "Two.", ".store/c.md": "Three."})
    (tmp_path / "again.md").symlink_to("a.md")
    (tmp_path / "council").symlink_to("board")
    (tmp_path / "board" / "loop").symlink_to("..")
    (tmp_path / "c.md").symlink_to(".store/c.md")
    corpus, report = load(tmp_path)
    assert paths(corpus) == ["a.md", "board/b.md", "c.md"]
    assert report.failed == ()
    assert report.notes == (
        "skipped: again.md (the same by a link as a.md, which is read already)",
        "skipped: board/loop (the same by a link as the corpus folder itself,"
        " which is read already)",
        "skipped: council (the same by a link as board, which is read already)",
    )


def test_a_volume_that_is_exchanged_by_links_is_read(tmp_path: Path) -> None:
    """Kubernetes mounts each file as a link through `..data` to a hidden folder."""
    put(
        tmp_path,
        {"..2016/a.md": "One.", "..2016/sources.toml": '["a.md"]\ntitle = "Mounted"\n'},
    )
    (tmp_path / "..data").symlink_to("..2016")
    (tmp_path / "a.md").symlink_to("..data/a.md")
    (tmp_path / "sources.toml").symlink_to("..data/sources.toml")
    corpus, report = load(tmp_path)
    assert [(d.path, d.source.title) for d in corpus.documents] == [("a.md", "Mounted")]
    assert (report.failed, report.notes) == ((), ())


def test_one_manifest_may_serve_two_folders_by_a_link(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "board/x.md": "One.",
            "board/sources.toml": '["x.md"]\ntitle = "Shared"\n',
            "house/x.md": "Two.",
        },
    )
    (tmp_path / "house" / "sources.toml").symlink_to("../board/sources.toml")
    corpus, report = load(tmp_path)
    assert [document.source.title for document in corpus.documents] == ["Shared", "Shared"]
    assert report.notes == ()


def test_the_corpus_folder_may_be_a_link_itself(tmp_path: Path) -> None:
    put(tmp_path / "real", {"a.md": "One."})
    (tmp_path / "link").symlink_to("real")
    corpus, _ = load(tmp_path / "link")
    assert paths(corpus) == ["a.md"]


def test_a_folder_linked_to_twice_is_walked_once(tmp_path: Path) -> None:
    put(tmp_path, {".store/in/a.md": "One.", ".store/b.md": "Two."})
    for number in range(6):
        (tmp_path / ".store" / f"more{number}").symlink_to(".")
    (tmp_path / "one").symlink_to(".store/in")
    (tmp_path / "two").symlink_to(".store")
    corpus, report = load(tmp_path)
    assert paths(corpus) == ["one/a.md", "two/b.md"]
    assert len(report.notes) == 7
    assert "skipped: two/in (the same by a link as one, which is read already)" in report.notes


def test_strange_but_harmless_names_are_loaded(tmp_path: Path) -> None:
    names = ["@everyone `x` [y](z).md", "x" * 252 + ".md", "報告　書.md", "-rf.md", "a\\nb.md"]
    put(tmp_path, {name: f"Text {number}." for number, name in enumerate(names)})
    corpus, report = load(tmp_path)
    assert sorted(names) == paths(corpus)
    assert report.failed == ()


def test_progress_rises_with_each_file_that_is_read_and_each_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answering.read_tasks.BATCH_FILES", 1)
    put(
        tmp_path,
        {"a.md": "One. " * 160, "b.md": "", "c/c.md": "Three." * 133, "d.png": "x"},
    )
    told: list[tuple[int, int, str]] = []
    CorpusHarness(tmp_path).load(lambda *now: told.append(now))
    # A file counts its bytes and one more; a shard its part of the eighth that indexing takes.
    assert {total for _, total, _ in told} == {1601 + 2 * 200 + 1}
    assert [(done, path) for done, _, path in told] == [
        (0, "a.md"),
        (801, ""),
        (801, "b.md"),
        (802, ""),
        (802, "c/c.md"),
        (1601, ""),
        (1701, ""),
        (1801, ""),
        (2002, ""),
    ]


def test_a_document_without_a_paragraph_is_served_and_noted(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"a.md": "# Title only\n", "b.md": "Two.", "sources.toml": '["a.md"]\nexclude = ["x"]\n'},
    )
    corpus, report = load(tmp_path)
    assert paths(corpus) == ["a.md", "b.md"]
    assert report.notes[0] == "a.md holds no paragraph that could be quoted"


def test_two_loads_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    put(tmp_path, {f"{n}.md": f"Text {n}." for n in range(20)})
    with ThreadPoolExecutor(4) as pool:
        reports = [report for _, report in pool.map(load, [tmp_path] * 4)]
    assert [len(report.added) for report in reports] == [20] * 4
    assert len({report.revision for report in reports}) == 1


@pytest.mark.parametrize("depth", [200])
def test_deep_folders_are_read(tmp_path: Path, depth: int) -> None:
    deep = "/".join(["d"] * depth)
    put(tmp_path, {f"{deep}/a.md": "One."})
    corpus, _ = load(tmp_path)
    assert paths(corpus) == [f"{deep}/a.md"]
