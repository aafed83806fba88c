"""Promises 1, 2 and 6: what an answer cannot be built without, and what a quote is."""

from dataclasses import fields, replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import Block, Document, Locator, Passage, Source, Span
from bot.core.replies import ELLIPSIS, Answer, Citation, Confidence, Excerpt, Silence

TEXT = "First came the rain. Then came the wind. Nobody had asked for either."


def document(text: str = TEXT, excluded: tuple[Span, ...] = ()) -> Document:
    return Document(
        path="weather.txt",
        collection="main",
        revision="ab" * 32,
        source=Source(title="Weather", publisher="The Almanac", date="2016-12"),
        text=text,
        blocks=(Block(Span(0, len(text))),),
        excluded=excluded,
    )


def passage(doc: Document | None = None) -> Passage:
    doc = doc or document()
    whole = Span(0, len(doc.text))
    return Passage(document=doc, span=whole, sentences=(whole,), locator=Locator(paragraph=1))


def answer(**changed: Any) -> Answer:
    default = Answer(
        question="what came?",
        revision="c0",
        excerpts=(Excerpt(passage(), (Span(0, 20),)),),
        speaking=1,
        documents=1,
    )
    return replace(default, **changed)


def test_a_quote_is_its_span() -> None:
    excerpt = Excerpt(passage(), (Span(21, 40),))
    assert excerpt.quote == TEXT[21:40] == "Then came the wind."


def test_a_cut_quote_shows_the_gap() -> None:
    excerpt = Excerpt(passage(), (Span(0, 5), Span(40, len(TEXT))))
    assert excerpt.quote == "First[…] Nobody had asked for either."


def test_the_sentence_found_is_told_from_its_neighbours() -> None:
    excerpt = Excerpt(passage(), (Span(0, 5), Span(20, 50)), sentence=Span(21, 40))
    assert excerpt.quote == "First[…] Then came the wind. Nobody ha"
    assert excerpt.emphasis is not None
    assert excerpt.emphasis.of(excerpt.quote) == "Then came the wind."


def test_a_cut_sentence_is_one_with_its_gap() -> None:
    excerpt = Excerpt(passage(), (Span(0, 25), Span(31, 50)), sentence=Span(21, 40))
    assert excerpt.emphasis is not None
    assert excerpt.emphasis.of(excerpt.quote) == "Then[…]the wind."


def test_a_sentence_alone_has_nothing_to_be_told_from() -> None:
    assert Excerpt(passage(), (Span(20, 41),), sentence=Span(21, 40)).emphasis is None
    assert Excerpt(passage(), (Span(20, 41),)).emphasis is None


@pytest.mark.parametrize("sentence", [Span(10, 25), Span(35, 60), Span(0, 5), Span(29, 35)])
def test_a_sentence_that_is_not_quoted_is_refused(sentence: Span) -> None:
    with pytest.raises(ValueError, match="begins and ends inside"):
        Excerpt(passage(), (Span(20, 28), Span(31, 50)), sentence=sentence)


def test_an_answer_has_no_text_of_its_own() -> None:
    assert {field.name for field in fields(Answer)} == {
        "question",
        "revision",
        "excerpts",
        "speaking",
        "documents",
        "further",
        "confidence",
        "differences",
        "readings",
        "missing_terms",
        "is_judged",
        "quote_languages",
        "pinned",
    }
    with pytest.raises(TypeError):
        cast(Any, Answer)(text="It rained.")


def test_an_answer_without_an_excerpt_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="at least one excerpt"):
        answer(excerpts=())
    with pytest.raises(TypeError, match="excerpts only"):
        answer(excerpts=("It rained.",))
    with pytest.raises(TypeError, match="excerpts only"):
        answer(further=("It rained.",))


def test_an_answer_that_lacks_words_of_the_question_is_not_sure() -> None:
    assert answer(missing_terms=("dog",), confidence=Confidence.LOW).missing_terms == ("dog",)
    with pytest.raises(ValueError, match="not sure"):
        answer(missing_terms=("dog",))


def test_an_answer_in_another_language_than_its_question_is_not_sure() -> None:
    assert answer(quote_languages=("en",), confidence=Confidence.LOW).quote_languages == ("en",)
    with pytest.raises(ValueError, match="not sure"):
        answer(quote_languages=("en",))


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (Span(0, 1000),),
        (Span(5, 10), Span(0, 3)),
        (Span(0, 10), Span(10, 12)),
        (Span(0, 10), Span(5, 12)),
        (Span(20, 21),),
    ],
    ids=["none", "beyond", "backwards", "touching", "overlapping", "blank"],
)
def test_what_is_no_span_of_the_passage_is_no_excerpt(parts: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError, match=r"excerpt|parts|span"):
        Excerpt(passage(), cast(Any, parts))


def test_excluded_words_cannot_be_quoted() -> None:
    doc = document(excluded=(Span(21, 40),))
    with pytest.raises(ValueError, match="excluded"):
        Excerpt(passage(doc), (Span(0, 30),))


def test_the_citation_is_the_documents_own() -> None:
    assert answer().excerpts[0].citation == Citation(
        source=Source(title="Weather", publisher="The Almanac", date="2016-12"),
        locator=Locator(paragraph=1),
        document="weather.txt",
        collection="main",
        revision="ab" * 32,
    )


def test_the_id_is_made_of_question_revision_and_spans() -> None:
    one = answer()
    assert one.id == answer().id
    assert one.id != answer(question="what went?").id
    assert one.id != answer(revision="c1").id
    other = Excerpt(passage(), (Span(21, 40),))
    assert one.id != answer(excerpts=(other,)).id
    assert Silence("what came?", "c0", 1).id != one.id


@given(st.text(min_size=1), st.data())
def test_any_span_that_is_accepted_quotes_the_document(text: str, data: st.DataObject) -> None:
    doc = document(text)
    bounds = st.integers(-2, len(text) + 2)
    pairs = data.draw(st.lists(st.tuples(bounds, bounds), max_size=4))
    try:
        parts = tuple(Span(a, b) for a, b in pairs)
        excerpt = Excerpt(passage(doc), cast(Any, parts))
    except ValueError:
        return
    assert excerpt.quote == ELLIPSIS.join(text[a:b] for a, b in pairs)
    assert all(piece.strip() for piece in (text[a:b] for a, b in pairs))


@given(st.integers(), st.integers())
def test_a_span_is_never_empty_or_backwards(start: int, end: int) -> None:
    if 0 <= start < end:
        assert len(Span(start, end)) == end - start
    else:
        with pytest.raises(ValueError, match="not a span"):
            Span(start, end)
