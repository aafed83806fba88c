"""What a curator is told of a question is what its reply was made of."""

from pathlib import Path

import pytest

from bot.core.corpus import Corpus
from bot.core.replies import Answer, Confidence, Silence
from bot.retrieval.answer.explanation import (
    AlternativeExplanation,
    Explanation,
    WordExplanation,
    explain,
)
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.query.answer_type import AnswerType
from bot.retrieval.query.query import AlternativeKind
from bot.retrieval.ranking.calibration import (
    FLOOR,
    NEAR_FLOOR,
    MatchVerdict,
    StrengthLevels,
    calibrate,
    foreign_questions,
)
from tests.harness import documents

ORCHARD = """# The orchard

The old Brandenburg trees bear two hundred kilos of apples in a good year.

The Tenants' Gardening Society (TGS) prunes the trees in February. Nobody may use a chainsaw.

## The cider press

The press stands in the barn behind the house. It is cleaned with hot water after every use.

The key to the barn hangs in the office of Mrs Zenki, who lends it for one day.
"""
GLOSSARY = """[[group]]
names = ["cider press", "mill"]
"""
QUESTIONS = (
    "When are the trees pruned?",
    "Where does the cider press stand?",
    "Who repaired the Hubble telescope?",
    "How many kilos of apples do the trees bear?",
    "Which river flows through Vienna?",
    "the and of",
    "???",
)


@pytest.fixture
def searcher(tmp_path: Path) -> Searcher:
    (tmp_path / "orchard.md").write_text(ORCHARD, encoding="utf-8")
    (tmp_path / "glossary.toml").write_text(GLOSSARY, encoding="utf-8")
    return documents.searcher(documents.read_folder(tmp_path))


def word(made: Explanation, typed: str) -> WordExplanation:
    return next(each for each in made.words if each.typed == typed)


def meant(made: Explanation) -> set[AlternativeExplanation]:
    return set(made.alternatives)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_verdict_is_that_of_the_reply(searcher: Searcher, question: str) -> None:
    reply, made = searcher.reply(question), explain(searcher, question)
    match reply:
        case Silence():
            assert made.verdict is MatchVerdict.SILENCE
            assert made.missing == reply.missing_terms
        case Answer(confidence=Confidence.HIGH):
            assert made.verdict is MatchVerdict.ANSWER
        case Answer():
            assert made.verdict is MatchVerdict.CLOSE
            assert made.missing == reply.missing_terms


def test_each_word_is_told_with_where_it_stands(searcher: Searcher) -> None:
    made = explain(searcher, "How many kilos of apples fit into a rucksack?")
    assert (made.language, made.answer_type) == ("en", AnswerType.NUMBER)
    assert word(made, "of").function
    assert word(made, "of").covered is None
    apples, rucksack = word(made, "apples"), word(made, "rucksack")
    assert (apples.function, apples.passages, apples.covered) == (False, 1, 1.0)
    assert (rucksack.passages, rucksack.covered) == (0, 0.0)
    assert rucksack.weight > apples.weight
    assert "rucksack" in made.missing
    assert "apples" not in made.missing


def test_a_word_that_only_other_passages_have_is_lacking(searcher: Searcher) -> None:
    made = explain(searcher, "Is a chainsaw used when the press is cleaned with hot water?")
    assert made.lacking == ("chainsaw",)
    assert made.missing == ()


def test_what_a_word_may_mean_is_told_with_the_reason(searcher: Searcher) -> None:
    made = explain(searcher, "Does Zinki of the TGS clean the mill in Febuary?")
    alternatives = {(each.typed, each.meant, each.kind) for each in meant(made)}
    assert {
        ("Zinki", "zenki", AlternativeKind.CORRECTION),
        ("Febuary", "february", AlternativeKind.CORRECTION),
        ("mill", "cider press", AlternativeKind.NAME),
        ("TGS", "tenants gardening society", AlternativeKind.NAME),
    } <= alternatives
    assert all(0 < each.weight <= 1 for each in meant(made))
    assert "Zinki" not in made.missing


def test_another_spelling_of_a_name_is_told_as_that() -> None:
    lines = ("Mrs Zenki has the key.", "On Sundays ask Mr Zinki for it.", "The barn is dry.")
    keys = documents.corpus(documents.document("keys.txt", *lines))
    made = explain(documents.searcher(keys), "What has Zenki?")
    assert [(each.meant, each.kind) for each in made.alternatives] == [
        ("zinki", AlternativeKind.SPELLING)
    ]


def test_candidates_are_the_best_sentences_as_they_stand(searcher: Searcher) -> None:
    made = explain(searcher, "Where does the cider press stand?")
    best = made.candidates[0]
    assert (best.document, best.locator) == (
        "orchard.md",
        "The cider press, paragraph 3",
    )
    assert best.beginning == ORCHARD[best.start : best.end]
    assert best.beginning == "The press stands in the barn behind the house."
    values = [each.value for each in made.candidates]
    assert values == sorted(values, reverse=True)
    assert len(values) <= 10


def test_a_question_that_says_nothing_is_told_so(searcher: Searcher) -> None:
    made = explain(searcher, "the and of")
    assert made.only_stopwords
    assert made.verdict is MatchVerdict.SILENCE


def test_a_corpus_without_documents_has_no_candidates() -> None:
    empty = Corpus((documents.table(),))
    made = explain(documents.searcher(empty), "Where is the key?")
    assert (made.candidates, made.verdict, made.match_strength) == ((), MatchVerdict.SILENCE, 0.0)
    assert set(made.missing) >= {"key"}


@pytest.mark.parametrize(
    ("strength", "verdict"),
    [
        (0.6, MatchVerdict.ANSWER),
        (0.5, MatchVerdict.ANSWER),
        (0.45, MatchVerdict.CLOSE),
        (0.39, MatchVerdict.SILENCE),
    ],
)
def test_thresholds_give_a_verdict(strength: float, verdict: MatchVerdict) -> None:
    thresholds = StrengthLevels(high=0.5, low=0.4, near=0.3)
    assert thresholds.verdict(strength) is verdict
    unsure = MatchVerdict.CLOSE if verdict is MatchVerdict.ANSWER else verdict
    assert thresholds.verdict(strength, may_be_sure=False) is unsure


def test_own_questions_take_the_place_of_the_bundled_ones(searcher: Searcher) -> None:
    index = searcher.index
    strict = calibrate(index, 0.05, ["Where does the cider press stand?"] * 20)
    loose = calibrate(index, 0.05, ["Which river flows through Vienna?"] * 20)
    assert strict.of("en") == strict.of("de") == strict.others
    assert strict.others.high == pytest.approx(explain(searcher, QUESTIONS[1]).match_strength)
    assert loose.others == StrengthLevels(FLOOR, FLOOR, NEAR_FLOOR)
    assert calibrate(index, 0.05) == searcher.thresholds


def test_a_searcher_calibrates_on_the_questions_of_its_options(searcher: Searcher) -> None:
    own = tuple(foreign_questions("en")[:30])
    other = documents.searcher(searcher.corpus, AnswerOptions(calibration=own))
    assert other.thresholds == calibrate(searcher.index, 0.05, own)
    assert not other.thresholds.by_language
