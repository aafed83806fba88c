"""Replies as they cross between processes: the very same comes out, or nothing does."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.corpus import Corpus
from bot.core.replies import Answer, Excerpt, Reply
from bot.core.reply_codec import ProtocolError, decode_reply, encode_reply
from bot.ingest.loader import Loader
from bot.processes.frames import decode, encode
from bot.retrieval.answer.searcher import AnswerOptions, Searcher

ROOT = Path(__file__).resolve().parents[2]
ASKED = tuple(
    json.loads(line)["question"]
    for line in (ROOT / "tests/data/bundled_questions.jsonl").read_text("utf-8").splitlines()
)
SEARCHER = Searcher(Loader(ROOT / "corpus").load()[0], AnswerOptions())
CORPUS = SEARCHER.corpus
REPLIES = {question: SEARCHER.reply(question) for question in ASKED[::7]}

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=12,
)


def crossed(reply: Reply, corpus: Corpus = CORPUS, scope: frozenset[str] | None = None) -> Reply:
    return decode_reply(
        decode(encode(encode_reply(reply, corpus.passages))), reply.question, corpus, scope
    )


def excerpts(reply: Reply) -> tuple[Excerpt, ...]:
    if isinstance(reply, Answer):
        return (*reply.excerpts, *reply.further)
    return () if reply.nearest is None else (reply.nearest,)


def test_every_reply_of_the_bundled_questions_crosses_unchanged() -> None:
    for question in ASKED:
        reply = SEARCHER.reply(question)
        made = crossed(reply)
        assert made == reply
        assert made.id == reply.id
        assert [e.score for e in excerpts(made)] == [e.score for e in excerpts(reply)]
        assert [e.quote for e in excerpts(made)] == [e.quote for e in excerpts(reply)]


@given(st.lists(st.sampled_from(ASKED) | st.text(), min_size=1, max_size=3).map(" ".join))
@example("\ud83d\ude00 who left \udfff")
def test_whatever_is_asked_the_reply_crosses_unchanged(question: str) -> None:
    reply = SEARCHER.reply(question)
    assert crossed(reply) == reply


@given(JSON_VALUES)
def test_nothing_but_a_packed_reply_becomes_one(said: Any) -> None:
    with pytest.raises(ProtocolError):
        decode_reply(said if isinstance(said, list) else [said], "?", CORPUS, None)


@given(st.sampled_from(sorted(REPLIES)), st.data())
def test_a_reply_that_was_tampered_with_quotes_the_corpus_or_is_none(
    question: str, data: st.DataObject
) -> None:
    said = encode_reply(REPLIES[question], CORPUS.passages)
    place, at = said, data.draw(st.integers(0, len(said) - 1))
    while isinstance(place[at], list) and place[at]:
        place = place[at]
        at = data.draw(st.integers(0, len(place) - 1))
    place[at] = data.draw(JSON_VALUES | st.integers(0, len(CORPUS.passages)))
    try:
        made = decode_reply(said, question, CORPUS, None)
    except ProtocolError:
        return
    for excerpt in excerpts(made):
        assert excerpt.passage in CORPUS.passages
        assert excerpt.quote


def test_what_may_not_be_seen_does_not_cross(tmp_path: Path) -> None:
    for name in ("open", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(f"# Door\n\nThe {name} door was made of oak.")
    searcher = Searcher(Loader(tmp_path).load()[0], AnswerOptions())
    corpus = searcher.corpus
    open_only = frozenset({"open"})
    part = Searcher(corpus.within(open_only), AnswerOptions(), searcher)
    question = "What was the door made of?"
    assert crossed(part.reply(question), corpus, open_only) == part.reply(question)
    both = searcher.reply(question)
    assert isinstance(both, Answer)
    with pytest.raises(ProtocolError):
        crossed(both, corpus, open_only)
