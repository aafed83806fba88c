"""A corpus of tables: its parts, its documents by path, and its revision."""

from dataclasses import replace

import pytest

from bot.core.corpus import Corpus, NameGroup
from bot.core.documents import Source, Span
from tests.harness.documents import corpus, document, table, table_of

WEATHER = document("weather.txt", "First came the rain.", "Then came the wind.")
EMPTY = document("empty.txt")
SECRET = document("secret.txt", "A secret.", collection="private")
GROUPS = (NameGroup(("rain", "wet")), NameGroup(("wind", "gale"), "main"))
HIDDEN = NameGroup(("secret", "mystery"), "private")
WHOLE = corpus(SECRET, WEATHER, EMPTY, glossary=(*GROUPS, HIDDEN))


def test_a_corpus_of_other_collections_leaves_no_trace() -> None:
    part, alone = WHOLE.within({"main", "none"}), corpus(WEATHER, EMPTY, glossary=GROUPS)
    assert part.revision == alone.revision != WHOLE.revision
    assert part.documents == (EMPTY, WEATHER)
    assert [p.document for each in part.tables for p in each] == [WEATHER, WEATHER]
    assert part.collections == {"main"}
    assert part.glossary == part.names == GROUPS
    assert (part.document("secret.txt"), part.passages_of(SECRET)) == (None, ())
    assert WHOLE.within({"main", "private"}) is WHOLE
    assert WHOLE.within(()).documents == ()


def test_the_documents_of_a_table_are_of_one_collection() -> None:
    with pytest.raises(ValueError, match="one collection"):
        Corpus((table(WEATHER, SECRET),))


def test_a_document_and_its_passages_are_found_by_path() -> None:
    assert WHOLE.documents == (EMPTY, SECRET, WEATHER)
    assert WHOLE.document("weather.txt") is WEATHER
    assert [p.text for p in WHOLE.passages_of(WEATHER)] == [
        "First came the rain.",
        "Then came the wind.",
    ]
    other = replace(WEATHER, path="other.txt")
    counts = [WHOLE.count_of(each) for each in (WEATHER, SECRET, EMPTY, other)]
    assert counts == [2, 1, 0, 0]
    assert WHOLE.passage_count == 3
    assert (WHOLE.document("other.txt"), WHOLE.passages_of(other)) == (None, ())


def test_the_revision_depends_on_no_cut_and_on_no_order() -> None:
    one, other = corpus(WEATHER), corpus(EMPTY)
    together = corpus(WEATHER, EMPTY, glossary=GROUPS)
    for tables in ((*one.tables, *other.tables), (*other.tables, *one.tables)):
        assert Corpus(tables, GROUPS[::-1]).revision == together.revision
    assert Corpus((*together.tables, table_of(()))).revision == corpus(WEATHER, EMPTY).revision


def test_the_revision_changes_with_what_an_answer_can_depend_on() -> None:
    base = corpus(WEATHER).revision
    for other in (
        replace(WEATHER, revision="cd" * 32),
        replace(WEATHER, source=Source(title="Other")),
        replace(WEATHER, excluded=(Span(0, 2),)),
        replace(WEATHER, collection="b"),
        replace(WEATHER, path="b.txt"),
    ):
        assert corpus(other).revision != base
    assert corpus(WEATHER, glossary=GROUPS).revision != base
    apart = tuple(replace(group, apart=True) for group in GROUPS)
    assert corpus(WEATHER, glossary=apart).revision not in {
        base,
        corpus(WEATHER, glossary=GROUPS).revision,
    }
    assert corpus(WEATHER, glossary=(HIDDEN,)).revision == base
