"""An index that takes over from one before is the one that building from nothing gives."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.documents import Block, BlockKind, Document, Source, Span
from bot.core.passages import DocumentPassages, PassageTable
from bot.ingest.segment import passages
from bot.retrieval.ranking.calibration import languages_of
from bot.retrieval.ranking.search import search
from bot.retrieval.shard.build import build_index
from bot.retrieval.shard.index import EXACT_UP_TO
from bot.retrieval.shard.vocabulary import Vocabulary

WORDS = (
    "rain sun wind wet a of air-strikes U.S. 100.000 Za’id Zenki Zinki zenki 第一 Manbij Manjib"
    " evacuated evacuation (FSA) Free Sailors Army"
).split()
QUESTIONS = ("where is Zinki", "the evacuatoin of the Free Sailors Army", "wet rain in Manbij", "")


def document(name: str, paragraphs: Sequence[str]) -> Document:
    blocks, start = [], 0
    for text in paragraphs:
        blocks.append(Block(Span(start, start + len(text)), BlockKind.PARAGRAPH))
        start += len(text) + 2
    return Document(
        name, "main", name, Source(f"Rain {name}"), "\n\n".join(paragraphs), tuple(blocks)
    )


PARAGRAPHS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join))
POOL = st.lists(PARAGRAPHS, min_size=1, max_size=7).map(
    lambda texts: [document(f"{n}.txt", each) for n, each in enumerate(texts)]
)


def table_of(documents: Sequence[Document]) -> PassageTable:
    return PassageTable.concatenate(
        DocumentPassages(PassageTable.of_one_document(d, passages(d)), 0) for d in documents
    )


def same(one: object, other: object, name: str = "") -> None:
    """Whether two are the same to the last bit, whatever they hold, kinds of numbers included."""
    assert type(one) is type(other), name
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        assert one.dtype == other.dtype, name
        np.testing.assert_array_equal(one, other, err_msg=name)
    elif isinstance(one, Vocabulary) and isinstance(other, Vocabulary):
        assert one.strings == other.strings, name
        assert [one[string] for string in one] == list(range(len(other))), name
    elif is_dataclass(one) and is_dataclass(other):
        for each in fields(one):
            same(getattr(one, each.name), getattr(other, each.name), f"{name}.{each.name}")
    else:
        assert one == other, name


@settings(max_examples=80, deadline=None)
@given(POOL, st.data(), st.sampled_from((0, EXACT_UP_TO)))
def test_what_is_taken_over_leaves_no_trace(
    pool: list[Document], data: st.DataObject, exact: int
) -> None:
    before = data.draw(st.permutations(pool).map(lambda docs: docs[: max(1, len(docs) - 2)]))
    after = data.draw(st.permutations(pool).map(lambda docs: docs[: max(1, len(docs) - 1)]))
    old = build_index(table_of(before), exact_up_to=exact)
    # Made again: documents are told apart by what they are, not by their passages' objects.
    table = table_of(after)
    fresh = build_index(table, exact_up_to=exact)
    taken = build_index(table, before=old, exact_up_to=exact)
    same(taken.arrays, fresh.arrays)
    languages = languages_of(table)
    for question in QUESTIONS:
        mine, theirs = search(question, taken, languages), search(question, fresh, languages)
        assert mine.candidates == theirs.candidates
        assert mine.match_strength == theirs.match_strength


def test_a_part_of_a_corpus_knows_nothing_of_the_rest() -> None:
    one, other = document("a.txt", ["rain and Hizbol"]), document("b.txt", ["sun and Hezbol"])
    more = [document(f"{n}.txt", ["wind"]) for n in range(4)]
    whole = build_index(table_of([one, other, *more]))
    part = build_index(table_of([one, *more]), before=whole)
    assert "hezbol" not in part.vocabulary
    assert part.gram_number("_hez") is None
    assert part.pair_number("sun", "and") is None
    assert part.lexicon.corrections("hezbol")[0].number == part.vocabulary["hizbol"]


@pytest.mark.parametrize("exact", [0, EXACT_UP_TO])
def test_nothing_shared_is_built_anew(exact: int) -> None:
    old = build_index(table_of([document("a.txt", ["rain"])]), exact_up_to=exact)
    table = table_of([document("b.txt", ["sun", "wind"])])
    taken = build_index(table, before=old, exact_up_to=exact)
    same(taken.arrays, build_index(table, exact_up_to=exact).arrays)


@st.composite
def histories(draw: st.DrawFn) -> list[list[Document]]:
    """Some documents, and what they are after each of a few small changes."""
    texts = draw(st.lists(PARAGRAPHS, min_size=9, max_size=11))
    now = [document(f"{n}.txt", each) for n, each in enumerate(texts)]
    states = [now]
    for step in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(now) - 1))
        came = [
            headed(f"{step}-{n}.txt", each)
            for n, each in enumerate(draw(st.lists(PARAGRAPHS, max_size=2)))
        ]
        now = [*now[:place], *came, *now[place + draw(st.integers(0, 1)) :]]
        # What went may come back: its words have been gone meanwhile.
        now += [d for d in states[0][-1:] if d not in now and draw(st.booleans())]
        states.append(now)
    return states


def headed(name: str, paragraphs: Sequence[str]) -> Document:
    """A document in which each other paragraph is a heading, and one word stands 300 times."""
    plain = document(name, [*paragraphs, *(["rain " * 300] if len(paragraphs) > 2 else [])])
    blocks = [
        Block(b.span, BlockKind.HEADING, 1 + n % 4 // 2) if n % 2 == 0 else b
        for n, b in enumerate(plain.blocks)
    ]
    return replace(plain, blocks=tuple(blocks))


@settings(max_examples=80, deadline=None)
@given(histories(), st.sampled_from((0, EXACT_UP_TO)))
def test_after_many_small_changes_it_is_still_the_one_made_anew(
    states: list[list[Document]], exact: int
) -> None:
    running = build_index(table_of(states[0]), exact_up_to=exact)
    for state in states[1:]:
        table = table_of(state)
        running = build_index(table, before=running, exact_up_to=exact)
        same(running.arrays, build_index(table, exact_up_to=exact).arrays)
