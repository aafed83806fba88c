import tomllib
from pathlib import Path

from tests.harness.corpus_harness import CorpusHarness


def test_the_five_articles_load_with_what_their_manifest_says(shared: Path, tmp_path: Path) -> None:
    articles = shared / "documents"
    corpus, report = CorpusHarness(articles, tmp_path / "index").load()
    manifest = tomllib.loads((articles / "sources.toml").read_text(encoding="utf-8"))
    assert report.added == tuple(sorted(manifest))
    assert len(report.added) == 5
    assert (report.failed, report.notes) == ((), ())
    for document in corpus.documents:
        said = manifest[document.path]
        assert document.source.title == said["title"]
        assert document.source.author == said.get("author")
        assert document.source.publisher == said.get("publisher")
        assert document.source.date == said.get("date")
        assert document.source.date_note == said.get("date_note")
        assert document.collection == "main"
        assert document.text == (articles / document.path).read_bytes().decode("utf-8")
    assert all(corpus.count_of(document) for document in corpus.documents)


def test_the_bundled_corpus_loads_without_a_note(project_root: Path, tmp_path: Path) -> None:
    corpus, report = CorpusHarness(project_root / "corpus", tmp_path / "index").load()
    assert (report.failed, report.notes) == ((), ())
    assert report.documents >= 6
    assert len(corpus.glossary) >= 8
    assert {document.source.publisher for document in corpus.documents} == {"Sources Say"}
