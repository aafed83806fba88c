"""Questions in other words than the documents use, and the tables that bridge them."""

from importlib import resources

import pytest

from bot.core.replies import Answer, Silence
from bot.retrieval.answer.explanation import AlternativeKind, explain
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.text.analysis import normalise
from bot.retrieval.text.thesaurus import THESAURUS_LANGUAGES, thesaurus_table
from tests.harness import documents
from tests.harness.documents import corpus, document

LINES = """The bridge over the Tarn was erected between 1861 and 1864 by two brothers.
Its arches were financed by a wool merchant who never set foot on it.
The keeper fled across the ice in the winter of 1870, and his dog with him.
In the spring the council chose a new keeper, who had been a sailor.
Herring is sold on the quay every Tuesday, whatever the weather.
Nobody has measured the depth of the lower pond since the mill closed."""

TABLES = sorted(
    file.name.removesuffix(".txt")
    for file in (resources.files("bot.retrieval.text") / "related_words").iterdir()
    if file.name.endswith(".txt")
)


@pytest.fixture(scope="module")
def searcher() -> Searcher:
    tarn = document("tarn.txt", *LINES.split("\n"), title="The Tarn")
    return documents.searcher(corpus(tarn))


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("when was the bridge over the Tarn built", "erected between 1861 and 1864"),
        ("who paid for the arches", "financed by a wool merchant"),
        ("when did the keeper flee over the ice", "fled across the ice"),
        ("who did the council pick as a keeper", "chose a new keeper"),
        ("on which day can one buy herring", "sold on the quay every Tuesday"),
    ],
)
def test_other_words_find_the_quote(searcher: Searcher, question: str, quote: str) -> None:
    reply = searcher.reply(question)
    assert isinstance(reply, Answer)
    assert quote in reply.excerpts[0].quote


def test_a_word_of_like_meaning_is_no_correction_that_is_told(searcher: Searcher) -> None:
    reply = searcher.reply("who bankrolled the arches of the bridge")
    assert isinstance(reply, Answer)
    assert reply.readings == ()


def test_a_word_of_like_meaning_does_not_make_a_missing_one_found(searcher: Searcher) -> None:
    reply = searcher.reply("who bankrolled the opera of Vienna")
    assert isinstance(reply, Silence)
    assert "bankrolled" in reply.missing_terms


def test_explaining_tells_words_of_like_meaning(searcher: Searcher) -> None:
    alternatives = explain(searcher, "who built the bridge").alternatives
    built = ("built", "erected", AlternativeKind.MEANING)
    assert built in {(a.typed, a.meant, a.kind) for a in alternatives}


def test_each_table_is_that_of_a_language_that_is_looked_up() -> None:
    assert tuple(TABLES) == THESAURUS_LANGUAGES


@pytest.mark.parametrize("language", TABLES)
def test_a_table_has_nothing_that_no_word_can_meet(language: str) -> None:
    table = thesaurus_table(language)
    assert table is not None
    unmet = [form for phrase in table.phrases for form in phrase if normalise(form) != form]
    assert unmet == []
    assert [stem for stem in table.stems if len(stem) < 3] == []
