"""What decides between an answer and silence, seen at the replies themselves."""

from pathlib import Path

import pytest

from bot.core.replies import Answer, Confidence, Silence
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.ranking.calibration import calibrate, foreign_questions
from bot.retrieval.ranking.search import match_strength
from bot.retrieval.text.analysis import words
from bot.retrieval.text.stopwords import stopwords
from tests.harness import documents

HARBOUR = """# Harbours of the northern coast

Lisvik charges every trawler 400 crowns a night from October to April.

The pilots of Lisvik board from a cutter that waits two miles outside the breakwater.

Hammarsund lets fishing boats lie for nothing, since the town lives from its market.

The crane of Hammarsund lifts nine tons; whoever needs more has to wait for the barge.

Ice closes both harbours in hard winters, and then the mail goes over land by sledge.

The lighthouse of Torne was built in 1871 and burned colza oil for thirty years.
"""


@pytest.fixture
def searcher(tmp_path: Path) -> Searcher:
    (tmp_path / "harbours.md").write_text(HARBOUR, encoding="utf-8")
    return documents.searcher(documents.read_folder(tmp_path))


def test_a_name_the_documents_lack_counts_against_an_answer(searcher: Searcher) -> None:
    known = searcher.reply("What does Lisvik charge a trawler for a night?")
    foreign = searcher.reply("What does Odesa charge for Belgrade in Zagreb?")
    assert isinstance(known, Answer)
    assert known.confidence is Confidence.HIGH
    assert isinstance(foreign, Silence)
    assert foreign.missing_terms[:3] == ("Odesa", "Belgrade", "Zagreb")


def test_words_found_nowhere_are_told_and_leave_no_answer_sure(searcher: Searcher) -> None:
    reply = searcher.reply("What does Lisvik charge a trawler and its dog for a night?")
    assert isinstance(reply, Answer)
    assert reply.missing_terms == ("dog",)
    assert reply.confidence is Confidence.LOW
    assert "400 crowns a night" in reply.excerpts[0].quote


def test_another_form_of_a_word_is_not_found_nowhere(searcher: Searcher) -> None:
    reply = searcher.reply("Who charges for trawlers in Lisvik?")
    assert isinstance(reply, Answer)
    assert reply.missing_terms == ()
    assert reply.confidence is Confidence.HIGH


def test_an_answer_that_covers_little_of_the_question_is_not_sure(searcher: Searcher) -> None:
    reply = searcher.reply("Does the lighthouse of Hammarsund charge the mail?")
    assert isinstance(reply, Answer)
    assert reply.missing_terms == ()
    assert reply.confidence is Confidence.LOW


@pytest.mark.parametrize("question", ["in hard winters", "IN HARD WINTERS", "In Hard Winters"])
def test_capitals_of_a_whole_question_name_nobody(searcher: Searcher, question: str) -> None:
    assert isinstance(searcher.reply(f"{question} ice closes both harbours"), Answer)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("ar", "لماذا متى كيف كم"),
        ("el", "Πότε γιατί πώς πόσα πού είναι"),
        ("hi", "क्या कैसे क्यों कितने कब किसने कहाँ"),
        ("nl", "hoeveel waarom wanneer wie"),
        ("pt", "quantos quando onde"),
        ("th", "ทำไม อะไร เมื่อไร ใคร"),
        ("tr", "kaç nasıl nerede hangi nedir"),
        ("uk", "скільки чому хто коли де"),
        ("vi", "bao nhiêu mấy đâu"),
    ],
)
def test_words_that_ask_say_nothing_of_what_it_is_about(language: str, question: str) -> None:
    assert {word.form for word in words(question)} <= stopwords(language)


def test_no_more_foreign_questions_are_answered_than_the_setting_allows(searcher: Searcher) -> None:
    questions = foreign_questions("en")
    for rate in (0.02, 0.05, 0.2):
        thresholds = calibrate(searcher.index, rate).of("en")
        strengths = [match_strength(question, searcher.index).value for question in questions]
        assert thresholds.low <= thresholds.high
        answered = sum(strength >= thresholds.low for strength in strengths)
        assert answered <= (rate + 0.03) * len(strengths)
