import tomllib
from pathlib import Path

from bot.ingest.loader import Loader


def test_the_five_articles_load_with_what_their_manifest_says(shared: Path) -> None:
    articles = shared / "documents"
    corpus, report = Loader(articles).load()
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
    assert len({passage.document.path for passage in corpus.passages}) == 5


def test_the_bundled_corpus_loads_without_a_note(project_root: Path) -> None:
    corpus, report = Loader(project_root / "corpus").load()
    assert (report.failed, report.notes) == ((), ())
    assert report.documents >= 6
    assert len(corpus.glossary) >= 8
    assert {document.source.publisher for document in corpus.documents} == {"Sources Say"}
