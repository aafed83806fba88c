"""A judge's choice in a reply: whatever it points at, what is shown are spans, in its order."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.replies import Answer, Confidence, Silence
from bot.retrieval.answer.judge import MOST_PICKS, Choice, Pick
from bot.retrieval.answer.searcher import JudgedSearch, Searcher
from tests.harness.documents import read_folder, searcher

ROOT = Path(__file__).resolve().parents[3]
QUESTIONS = ("Who left Aleppo?", "when were the last buses leaving", "ferry to Lisvik", "thanks")


@pytest.fixture(scope="module")
def bundled() -> Searcher:
    return searcher(read_folder(ROOT / "corpus"))


@settings(max_examples=100, deadline=None)
@given(data=st.data(), question=st.sampled_from(QUESTIONS), decides=st.booleans())
def test_any_choice_shows_spans_in_its_order(
    bundled: Searcher, data: st.DataObject, question: str, decides: bool
) -> None:
    result = bundled.search(question)
    passages = bundled.passages(result)
    places = st.integers(0, len(passages) - 1)
    chosen = data.draw(
        st.lists(places, unique=True, min_size=0 if decides else 1, max_size=MOST_PICKS)
    )
    picks = tuple(
        Pick(
            place,
            tuple(data.draw(st.lists(st.integers(0, len(passages[place].sentences) - 1)))),
        )
        for place in chosen
    )
    choice = Choice(picks, decides)
    reply = bundled.reply(question, JudgedSearch(result, choice, "judge"))
    assert reply.revision != bundled.corpus.revision
    if isinstance(reply, Silence):
        assert not (decides and picks)
        return
    for excerpt in (*reply.excerpts, *reply.further):
        text = excerpt.passage.document.text
        assert all(part.of(text) in excerpt.quote for part in excerpt.parts)
    if not picks:
        assert [e.quote for e in reply.excerpts] == _quotes(bundled.reply(question))
        return
    first = passages[chosen[0]]
    assert reply.excerpts[0].passage.span == first.span
    documents = [passages[place].document.path for place in chosen]
    for place, pick in enumerate(picks):
        if not decides and documents[place] in documents[:place]:
            continue  # the best of other documents may come before it
        shown, *_ = [e for e in reply.excerpts if e.passage.span == passages[pick.place].span]
        if pick.sentences:
            sentence = passages[pick.place].sentences[pick.sentences[0]]
            assert any(part.overlaps(sentence) for part in shown.parts)
    if decides:
        assert len(reply.excerpts) == len(picks)
        assert reply.speaking == len(set(documents))


@pytest.mark.parametrize(("rank", "confidence"), [(0, Confidence.HIGH), (-1, Confidence.LOW)])
def test_an_answer_stays_sure_where_words_are_sure_of_a_choice(
    bundled: Searcher, rank: int, confidence: Confidence
) -> None:
    question = "How many civilians were evacuated from Aleppo?"
    reply, result = bundled.reply(question), bundled.search(question)
    assert isinstance(reply, Answer)
    assert reply.confidence is Confidence.HIGH
    place = range(len(result.passages))[rank]
    judged = JudgedSearch(result, Choice((Pick(place),), decides=True), "judge")
    chosen = bundled.reply(question, judged)
    assert isinstance(chosen, Answer)
    assert chosen.confidence is confidence


def _quotes(reply: Answer | Silence) -> list[str]:
    return [each.quote for each in reply.excerpts] if isinstance(reply, Answer) else []


def test_a_choice_that_chooses_nothing_and_decides_nothing_cannot_be() -> None:
    with pytest.raises(ValueError, match="chooses something"):
        Choice(())
    with pytest.raises(ValueError, match="once"):
        Choice((Pick(1), Pick(1)))
    with pytest.raises(ValueError, match="few"):
        Choice(tuple(Pick(place) for place in range(MOST_PICKS + 1)))
