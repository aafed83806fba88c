"""A scope of any shards answers as one shard of the same documents does, and as if alone."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.corpus import NameGroup
from bot.core.documents import BlockKind, Document
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.query.query import analyse
from bot.retrieval.ranking.calibration import calibrate, foreign_questions
from bot.retrieval.ranking.passage_scores import rank_passages
from bot.retrieval.ranking.search import match_strength, search
from bot.retrieval.shard import vocabulary
from bot.retrieval.shard.build import build_shard
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.shard import EXACT_UP_TO
from tests.harness.documents import corpus, document, table

WORDS = (
    "rain sun wind wet a of the air-strikes U.S. 100.000 Za’id Zenki Zinki Zenkis zenki 第一 Manbij"
    " Manjib evacuated evacuation began launched (FSA) Free Sailors Army ตลาดน้ำ Führer …"
).split()
QUESTIONS = [
    "where is Zinki",
    "the evacuatoin of the Free Sailors Army",
    "how many evacuated 100.000 by the FSA",
    "wet rain in Manbij started",
    "第一 fuhrer",
    "",
]
FILLERS = tuple(
    document(f"{n}.txt", f"The river and the meadow {word} are quiet.", f"Sheep eat hay {word}.")
    for n, word in enumerate(("one", "two", "three", "four", "five", "six"))
)
ASKED = st.sampled_from(QUESTIONS) | st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
GLOSSARY = (NameGroup(("Manbij", "wet wind")),)
OPTIONS = AnswerOptions(max_excerpts=5, calibration=foreign_questions("en")[:20])
EXACT = st.sampled_from((0, EXACT_UP_TO))


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    """Documents with headings among their paragraphs; some have no passage."""
    paragraph = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
    texts = draw(st.lists(st.lists(paragraph, max_size=5), min_size=1, max_size=7))
    made = []
    for number, text in enumerate(texts):
        plain = document(f"{number}.txt", *text, title=f"Rain {number}")
        kinds = draw(
            st.lists(st.sampled_from((0, 0, 1, 2)), min_size=len(text), max_size=len(text))
        )
        blocks = (
            replace(block, kind=BlockKind.HEADING, level=level) if level else block
            for block, level in zip(plain.blocks, kinds, strict=True)
        )
        made.append(replace(plain, blocks=tuple(blocks)))
    return made


def cut(data: st.DataObject, documents: Sequence[Document]) -> list[list[Document]]:
    """The documents of each of one to four shards, of which one may be empty."""
    shards = data.draw(st.integers(1, 4))
    places = [data.draw(st.integers(0, shards - 1)) for _ in documents]
    return [[d for d, at in zip(documents, places, strict=True) if at == n] for n in range(shards)]


def index_of(shards: Sequence[Sequence[Document]], exact: int) -> Index:
    return Index([build_shard(table(*each)) for each in shards], GLOSSARY, exact_up_to=exact)


def searcher_of(shards: Sequence[Sequence[Document]], index: Index) -> Searcher:
    return Searcher(corpus(*chain.from_iterable(shards), glossary=GLOSSARY), index, OPTIONS)


def ranking(index: Index, question: str) -> dict[tuple[str, int], float]:
    """The score of every passage that shares a term, by path and start, best first."""
    ranked = rank_passages(index, analyse(question, index), max(1, index.size))
    passages = map(index.passage, ranked.passages.tolist())
    places = ((passage.document.path, passage.span.start) for passage in passages)
    return dict(zip(places, ranked.scores.tolist(), strict=True))


@settings(max_examples=60)
@given(documents(), st.data(), ASKED, EXACT)
def test_any_cut_gives_the_scores_of_one_shard(
    documents: list[Document], data: st.DataObject, question: str, exact: int
) -> None:
    wanted = ranking(index_of([documents], exact), question)
    found = ranking(index_of(data.draw(st.permutations(cut(data, documents))), exact), question)
    # Passages of one score may stand in another order.
    assert found == pytest.approx(wanted, rel=1e-5)
    assert [*found.values()] == pytest.approx([*wanted.values()], rel=1e-5)


@settings(max_examples=60)
@given(documents(), st.data(), st.lists(ASKED, min_size=1, max_size=3), EXACT)
def test_any_cut_gives_the_replies_of_one_shard(
    documents: list[Document], data: st.DataObject, questions: list[str], exact: int
) -> None:
    shards = cut(data, documents)
    # In the order of the shards, so that passages of one score stand in the same order.
    together = [[each for shard in shards for each in shard]]
    one, several = index_of(together, exact), index_of(shards, exact)
    whole, parts = searcher_of(together, one), searcher_of(shards, several)
    mine, theirs = astuple(parts.thresholds.others), astuple(whole.thresholds.others)
    assert mine == pytest.approx(theirs, rel=1e-5)
    assert several.languages == one.languages
    for question in questions:
        strength = match_strength(question, several)
        assert strength.value == pytest.approx(match_strength(question, one).value, abs=1e-5)
        mine, theirs = search(question, several).candidates, search(question, one).candidates
        assert np.array(mine) == pytest.approx(np.array(theirs), rel=1e-5)
        assert parts.reply(question) == whole.reply(question)


@settings(max_examples=30)
@given(documents(), st.data(), ASKED, EXACT)
def test_what_lies_outside_of_a_scope_changes_no_score(
    documents: list[Document], data: st.DataObject, question: str, exact: int
) -> None:
    shards = cut(data, documents)
    scope = data.draw(st.sets(st.integers(0, len(shards) - 1), min_size=1).map(sorted))
    inside = [shards[number] for number in scope]
    alone = index_of(inside, exact)
    wanted = ranking(alone, question), searcher_of(inside, alone).reply(question)
    # The shards of one program, asked in other scopes before and after.
    every = [build_shard(table(*each)) for each in shards]
    whole = Index(every, GLOSSARY, exact_up_to=exact)
    part = Index([every[number] for number in scope], GLOSSARY, exact_up_to=exact)
    for asked in (question, *QUESTIONS):
        ranking(whole, asked)
    assert (ranking(part, question), searcher_of(inside, part).reply(question)) == wanted


def test_any_cut_gives_the_thresholds_of_one_shard() -> None:
    one = calibrate(index_of([FILLERS], 0), 0.05)
    cut = calibrate(index_of([FILLERS[:1], [], FILLERS[1:4], FILLERS[4:]], 0), 0.05)
    assert cut.by_language.keys() == one.by_language.keys() == {"en"}
    assert astuple(cut.others) == pytest.approx(astuple(one.others), rel=1e-5)


@pytest.mark.parametrize("exact", [0, EXACT_UP_TO])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("question", "said", "typed", "meant"),
    [
        ("the evacuatoin of goats", "The evacuation took a week.", "evacuatoin", "evacuation"),
        ("where is Zinki", "On Monday Zinki came.|At noon Zenki left.", "zinki", "zenki"),
        (
            "when did the Harbour Pilots Union meet",
            "Then the Harbour Pilots Union (HPU) was founded.|The HPU met in May.",
            "harbour pilots union",
            "hpu",
        ),
        ("who built the mill", "Two brothers erected the mill.", "built", "erected"),
        ("who left the old town", "Everyone moved out of Altstadt.", "old town", "altstadt"),
    ],
)
def test_what_a_word_may_mean_is_found_in_whatever_shards_it_stands(
    question: str, said: str, typed: str, meant: str, place: int, exact: int
) -> None:
    texts = said.split("|")
    shards = [list(FILLERS[:2]), list(FILLERS[2:4]), list(FILLERS[4:])]
    for number, text in enumerate(texts):
        shards[(place + number) % 3].append(document(f"text {number}", text))
    glossary = (NameGroup(("old town", "Altstadt")),)
    index = Index([build_shard(table(*each)) for each in shards], glossary, exact_up_to=exact)
    query = analyse(question, index)
    alternatives = {
        (" ".join(each.stands_for), " ".join(each.forms)) for each in query.alternatives
    }
    assert (typed, meant) in alternatives
    found = [path for path, _ in ranking(index, question)][: len(texts)]
    assert sorted(found) == [f"text {number}" for number in range(len(texts))]


@pytest.mark.parametrize("exact", [0, EXACT_UP_TO])
def test_words_that_share_a_hash_are_one_word(monkeypatch: pytest.MonkeyPatch, exact: int) -> None:
    own = vocabulary.string_hash
    monkeypatch.setattr(vocabulary, "string_hash", lambda word: own(word.replace(b"sun", b"wet")))
    texts = ("rain and Zenki", "sun by day", "wet by night", "sun and wet sand")
    shards = [[document(f"{number}.txt", text)] for number, text in enumerate(texts)]
    whole = index_of([[*chain.from_iterable(shards)]], exact)
    found = ranking(whole, "sun")
    assert found.keys() == {(f"{number}.txt", 0) for number in (1, 2, 3)}
    assert ranking(index_of(shards, exact), "wet") == pytest.approx(found)
