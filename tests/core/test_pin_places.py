"""Pinned quotes as spans: where they are found, and where they are not."""

from dataclasses import replace
from itertools import islice
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.corpus import Corpus
from bot.core.documents import Document, Span
from bot.core.pin_places import excerpts_of, place_of, place_pins
from bot.core.pins import Pin, PinnedQuote, PinState, PlacedPin, PlacedQuote, folded_question
from bot.core.replies import Excerpt
from tests.harness.documents import corpus, document

FERRY = "The ferry is let to the school. It costs nothing."
BAKER = "The baker keeps the key of the tower."


def placed(documents: Corpus, *quotes: PinnedQuote) -> PlacedPin:
    first, *others = quotes
    (pin,) = place_pins([Pin("who?", (first, *others))], documents)
    return pin


def only(documents: Corpus, path: str, quote: str, place: str = "") -> PlacedQuote:
    return placed(documents, PinnedQuote(path, quote, place)).quotes[0]


def test_a_quote_is_the_span_at_its_place() -> None:
    same = "The gate is shut at noon."
    here = corpus(document("a.md", same, BAKER, same))
    first, _, last = here.passages_of(here.documents[0])
    quote = only(here, "a.md", same, str(last.locator))
    assert (quote.state, quote.excerpt) == (PinState.LIVE, Excerpt(last, (last.span,)))
    assert only(here, "a.md", same).excerpt == Excerpt(first, (first.span,))


def test_a_quote_that_moved_within_its_document_is_followed() -> None:
    before = corpus(document("a.md", FERRY, BAKER))
    excerpt = only(before, "a.md", BAKER).excerpt
    assert excerpt is not None
    place = place_of(excerpt)
    assert only(before, "a.md", BAKER, place).state is PinState.LIVE
    after = corpus(document("a.md", FERRY, "A new paragraph.", BAKER))
    quote = only(after, "a.md", BAKER, place)
    assert quote.state is PinState.MOVED
    assert quote.excerpt is not None
    assert quote.excerpt.quote == BAKER


def test_blanks_and_line_breaks_stand_for_each_other() -> None:
    here = corpus(document("a.md", "The ferry\n  is let to the school."))
    quote = only(here, "a.md", "The ferry is let\nto the school.")
    assert quote.excerpt is not None
    assert quote.excerpt.quote == "The ferry\n  is let to the school."


def test_hidden_marks_need_not_be_typed() -> None:
    plain = document("a.md", "The **ferry** is let to the `school`.")
    text = plain.text
    marks = [n for n, sign in enumerate(text) if sign in "*`"]
    hidden = tuple(Span(n, n + 1) for n in marks)
    marked = replace(plain, hidden=hidden)
    here = corpus(marked)
    (whole,) = excerpts_of("The ferry is let to the school.", marked, here)
    assert whole.quote == text
    (inner,) = excerpts_of("is let to the school", marked, here)
    assert inner.quote == "is let to the `school"
    assert marked.shown(inner.span.start, inner.span.end) == "is let to the school"


def test_a_renamed_document_is_followed_within_its_collection() -> None:
    new = document("town/new.md", FERRY, collection="town")
    assert only(corpus(new), "town/old.md", FERRY).state is PinState.MOVED
    twin = document("town/twin.md", FERRY, collection="town")
    assert only(corpus(new, twin), "town/old.md", FERRY).state is PinState.GONE
    elsewhere = document("club/new.md", FERRY, collection="club")
    assert only(corpus(elsewhere), "town/old.md", FERRY).state is PinState.GONE
    both = corpus(new, elsewhere)
    followed = only(both, "town/old.md", FERRY).excerpt
    assert followed is not None
    assert followed.passage.document.path == "town/new.md"


def test_changed_words_are_no_quote() -> None:
    here = corpus(document("a.md", FERRY, BAKER))
    assert only(here, "a.md", "The ferry is let to the club.").state is PinState.CHANGED
    over_two = f"{FERRY} {BAKER}"
    assert only(here, "a.md", over_two).state is PinState.CHANGED


def test_words_that_are_excluded_are_no_quote() -> None:
    plain = document("a.md", FERRY)
    cut = replace(plain, excluded=(Span(0, 31),))
    assert only(corpus(cut), "a.md", "The ferry is let").state is PinState.CHANGED


def test_a_pin_that_lost_a_side_does_not_answer() -> None:
    here = corpus(document("a.md", FERRY), document("b.md", BAKER))
    sides = placed(here, PinnedQuote("a.md", FERRY), PinnedQuote("b.md", BAKER))
    assert [each.quote for each in sides.excerpts] == [FERRY, BAKER]
    lost = placed(here, PinnedQuote("a.md", FERRY), PinnedQuote("b.md", "other words"))
    assert lost.excerpts == ()


def test_a_scope_sees_its_own_quotes_only() -> None:
    here = corpus(
        document("town/a.md", FERRY, collection="town"),
        document("club/b.md", BAKER, collection="club"),
    )
    lost = PinnedQuote("club/gone.md", "no such words")
    pin = placed(here, PinnedQuote("town/a.md", FERRY), lost)
    assert pin.excerpts == ()
    town = pin.within({"town"})
    assert town is not None
    assert [each.quote for each in town.excerpts] == [FERRY]
    assert pin.within({"fair"}) is None


WORDS = st.text("ab *\n", min_size=1, max_size=12)


@given(
    st.lists(WORDS.filter(str.strip), min_size=1, max_size=4), WORDS.filter(str.strip), st.data()
)
def test_what_is_found_is_a_span_that_reads_so(
    paragraphs: list[str], words: str, data: st.DataObject
) -> None:
    plain = document("a.md", *paragraphs)
    marks = [n for n, sign in enumerate(plain.text) if sign == "*"]
    chosen = data.draw(st.sets(st.sampled_from(marks)) if marks else st.just(set[int]()))
    here = corpus(replace(plain, hidden=tuple(Span(n, n + 1) for n in sorted(chosen))))
    found = here.documents[0]
    as_shown = [found.shown(each.start, each.end) for each in here.passage_spans(found)]
    if data.draw(st.booleans()):
        text = data.draw(st.sampled_from(as_shown))
        words = text[data.draw(st.integers(0, max(0, len(text) - 1))) :][: len(words)]
    wanted = " ".join(words.split())
    places = [*excerpts_of(words, found, here)]
    for place in places:
        span = place.span
        assert place.quote == span.of(found.text)
        shown = found.shown(span.start, span.end)
        assert wanted in {" ".join(place.quote.split()), " ".join(shown.split())}
    is_there = bool(wanted) and any(wanted in " ".join(each.split()) for each in as_shown)
    assert places or not is_there


def test_capitals_are_ignored_where_that_is_asked_for() -> None:
    greek = "\u03bb\u03cc\u03b3\u03bf\u03c2"
    here = corpus(document("a.md", f"Die STRASSE, die Stra\u00dfe, \u0130zmir, {greek}."))
    (found,) = here.documents
    for words, quotes in (
        ("strasse", ["STRASSE"]),
        ("STRA\u1e9eE", ["Stra\u00dfe"]),
        ("\u0130ZMIR", ["\u0130zmir"]),
        ("\u039b\u038c\u0393\u039f\u03a3", [greek]),
        ("DIE", ["Die", "die"]),
    ):
        places = excerpts_of(words, found, here, ignore_case=True)
        assert [each.quote for each in places] == quotes
    assert [each.quote for each in excerpts_of("die", found, here)] == ["die"]


def test_no_words_of_whoever_asks_make_the_search_long() -> None:
    """A pattern for these words would look at each character 200 times."""
    here = corpus(document("a.md", *["a " * 2_900] * 100))
    (found,) = here.documents
    began = process_time()
    assert [*excerpts_of("a " * 200 + "b", found, here, ignore_case=True)] == []
    places = excerpts_of("A " * 200, found, here, ignore_case=True)
    assert len([*islice(places, 200)]) == 200
    assert process_time() - began < 1


def test_a_pin_has_one_key_however_its_question_is_typed() -> None:
    quotes = (PinnedQuote("a.md", FERRY),)
    one, other = Pin("Who let the  ferry?", quotes), Pin("who let the ferry", quotes)
    assert one.key == other.key
    assert Pin("who let the ferry", quotes, "discord:1").key != one.key
    assert folded_question("«Who?!»") == folded_question("\u202ewho\u202c\u200f") == "who"


@pytest.mark.parametrize("question", ["", " ?! "])
def test_a_pin_needs_a_question(question: str) -> None:
    with pytest.raises(ValueError, match="question"):
        Pin(question, (PinnedQuote("a.md", FERRY),))


def test_a_quote_that_is_there_is_an_excerpt() -> None:
    quote = PinnedQuote("a.md", FERRY)
    with pytest.raises(ValueError, match="excerpt"):
        PlacedQuote(quote, PinState.LIVE, "main")
    a = document("a.md", FERRY)
    assert isinstance(a, Document)
