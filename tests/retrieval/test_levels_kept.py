"""The levels of silence stay where little of a large corpus changed, and only there."""

from collections.abc import Sequence
from functools import cache

import pytest

from bot.core.corpus import Corpus, NameGroup
from bot.core.documents import Block, Document, Source, Span
from bot.core.passages import PassageTable, Share
from bot.ingest.segmenting import passages
from bot.retrieval.calibration import ALWAYS_UP_TO, foreign_questions, hold
from bot.retrieval.replying import Options, Searcher

OPTIONS = Options(calibration=tuple(foreign_questions("en")[:40]))
LINES = 2_500


@pytest.mark.parametrize(
    ("size", "changed", "before", "now", "held"),
    [
        (100_000, 999, ("en", "de"), ("de", "en"), True),
        (100_000, 1_000, ("en",), ("en",), False),
        (ALWAYS_UP_TO, 0, ("en",), ("en",), False),
        (100_000, 0, ("en",), ("en", "de"), False),
        (100_000, 0, ("en", "de"), ("en",), False),
    ],
)
def test_levels_hold_while_little_changed(
    size: int, changed: int, before: Sequence[str], now: Sequence[str], held: bool
) -> None:
    assert hold(size, changed, before, now) is held


@cache
def share(name: str, lines: int) -> Share:
    blocks, start, text = [], 0, []
    for number in range(lines):
        line = f"The mill of village {name}{number} burnt in June."
        blocks.append(Block(Span(start, start + len(line))))
        text.append(line)
        start += len(line) + 1
    document = Document(f"{name}.txt", "main", name, Source(name), "\n".join(text), tuple(blocks))
    return Share(PassageTable.alone(document, passages(document)), 0)


def corpus(*more: Share, glossary: tuple[NameGroup, ...] = ()) -> Corpus:
    shares = [*(share(name, LINES) for name in "abcdefghi"), *more]
    table = PassageTable.joined(shares)
    return Corpus(table.documents, table, glossary)


def test_small_changes_add_up_until_the_levels_are_found_anew() -> None:
    first = Searcher(corpus(), OPTIONS)
    assert len(first.corpus.passages) > ALWAYS_UP_TO
    second = Searcher(corpus(share("x", 100)), OPTIONS, first, succeeds=True)
    assert second.thresholds is first.thresholds
    assert second.changed == 100
    third = Searcher(corpus(share("y", 100)), OPTIONS, second, succeeds=True)
    # Now 100 came, 100 went and 100 others came: more than a hundredth.
    assert third.thresholds is not first.thresholds
    assert third.changed == 0
    assert third.thresholds == Searcher(corpus(share("y", 100)), OPTIONS).thresholds


def test_other_names_or_a_part_have_levels_of_their_own() -> None:
    first = Searcher(corpus(), OPTIONS)
    names = corpus(glossary=(NameGroup(("mill", "grinder")),))
    assert Searcher(names, OPTIONS, first, succeeds=True).thresholds is not first.thresholds
    # The levels of the whole would tell a room of what it may not see.
    part = corpus(share("x", 1))
    assert Searcher(part, OPTIONS, first).thresholds is not first.thresholds
