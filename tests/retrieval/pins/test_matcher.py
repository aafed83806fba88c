"""Which questions meet a pin by words, and what keeps them from it."""

import pytest

from bot.core.pin_places import place_pins
from bot.core.pins import Pin, PinnedQuote
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.pins.likeness import PinLevels
from bot.retrieval.pins.matcher import PinMatcher
from tests.harness.documents import corpus, document, searcher

TAKEN = "The fort of Corvel was taken in 1911 by the Brandt company."
HELD = "Ole Brandt led the company; the Sand company held the tower."
DOCUMENTS = corpus(
    document("fort.md", TAKEN, HELD),
    document("mill.md", "The Corvel mill grinds rye. It stands by the river."),
)


@pytest.fixture(scope="module")
def documents() -> Searcher:
    return searcher(DOCUMENTS)


def meets(documents: Searcher, pinned: str, asked: str, level: float = 0.4) -> bool:
    pins = place_pins([Pin(pinned, (PinnedQuote("fort.md", TAKEN),))], DOCUMENTS)
    matcher = PinMatcher(pins, documents.index, levels=PinLevels(level, level))
    return matcher.match(documents.search(asked)) is not None


@pytest.mark.parametrize(
    ("pinned", "asked"),
    [
        ("who got the fort", "Who GOT the fort?!"),
        ("who took the fort of corvel", "by whom was the fort of corvel taken"),
        ("who took the fort in 1911", "which company has taken the fort in 11"),
        ("who took the fort in 1911", "which company took the fort"),
        ("who took the fort", "who took the fort in 1911"),
    ],
)
def test_a_question_in_other_words_meets_the_pin(
    documents: Searcher, pinned: str, asked: str
) -> None:
    assert meets(documents, pinned, asked)


@pytest.mark.parametrize(
    ("pinned", "asked"),
    [
        ("who took the fort in 1911", "who took the fort in 1912"),
        ("who took the fort", "who took the fort in 1912"),
        ("did brandt take the fort", "did sand take the fort of corvel"),
        ("who took the fort of corvel", "when was the fort of corvel taken"),
        ("who took the fort of corvel", "who did not take the fort of corvel"),
        (
            "what about the fort of corvel by the river",
            "what about the mill of corvel by the river",
        ),
    ],
)
def test_another_figure_name_type_or_word_is_another_question(
    documents: Searcher, pinned: str, asked: str
) -> None:
    assert not meets(documents, pinned, asked, level=0.1)


def test_foreign_questions_and_those_of_other_pins_meet_none(documents: Searcher) -> None:
    questions = ("who took the fort", "what grinds the mill")
    quotes = (("fort.md", TAKEN), ("mill.md", "The Corvel mill grinds rye."))
    pins = place_pins(
        [Pin(q, (PinnedQuote(*quote),)) for q, quote in zip(questions, quotes, strict=True)],
        DOCUMENTS,
    )
    matcher = PinMatcher(pins, documents.index)
    assert matcher.levels.words >= PinLevels().words
    for question in ("how do I bake bread", "what is the capital of Peru", "the and of", ""):
        assert matcher.match(documents.search(question)) is None


def test_without_pins_nothing_is_met(documents: Searcher) -> None:
    assert PinMatcher((), documents.index).match(documents.search("who took the fort")) is None
