"""The index of a corpus that shares documents with one that is indexed already.

Whatever is costly for each word or document is taken over: the words of the texts that are
the same, the n-grams of words that were there, their likeness, in how many passages the
n-grams stand. The rest is counted anew. The result is the one that building from nothing
gives; how it came about leaves no trace in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.corpus import NameGroup
from bot.core.passages import PassageTable
from bot.retrieval.index import EXACT_UP_TO, Arrays, Index, TakenOver, compiled
from bot.retrieval.tokens import Stretch, Tokens, joined, read, strung

SHARED = 0.5
"""The part of the passages that must be shared for taking over to be worth it."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Documents that stood next to each other before, or are all new.

    `passages` are their passages now, `before` those they had, None for new ones.
    """

    documents: range
    passages: range
    before: range | None


def index_of(
    table: PassageTable,
    glossary: Sequence[NameGroup] = (),
    before: Index | None = None,
    *,
    exact_up_to: int = EXACT_UP_TO,
) -> Index:
    """The index of `table`, taking over from `before` what documents both have."""
    arrays = None if before is None else _updated(table, before, exact_up_to)
    return Index(table, arrays or compiled(read(table), exact_up_to), glossary)


def _updated(table: PassageTable, before: Index, exact_up_to: int) -> Arrays | None:
    runs = list(_runs(table, before.passages))
    kept = [run.before for run in runs if run.before is not None]
    if not kept or sum(map(len, kept)) < SHARED * len(table):
        return None
    old = before.tokens
    new = read(
        table.within(n for run in runs if run.before is None for n in run.documents), old.words
    )
    tokens, origin = joined(list(_stretches(runs, old, new)))
    gone = [Stretch(old, *each) for each in _between(kept, old.passages)]
    fresh = [Stretch(tokens, r.passages.start, r.passages.stop) for r in runs if r.before is None]
    taken = TakenOver(
        before.arrays,
        origin,
        gone=strung(gone or [Stretch(old, 0, 0)]),
        fresh=strung(fresh or [Stretch(tokens, 0, 0)]),
    )
    return compiled(tokens, exact_up_to, taken)


def _runs(table: PassageTable, before: PassageTable) -> Iterator[_Run]:
    """The documents of `table` in order, as long runs as may be."""
    run: _Run | None = None
    for number, document in enumerate(table.documents):
        there = before.range_of_document(document)
        one = _Run(range(number, number + 1), table.range_of(number), there if there else None)
        longer = None if run is None else _longer(run, one)
        if run is not None and longer is None:
            yield run
        run = longer or one
    if run is not None:
        yield run


def _longer(run: _Run, other: _Run) -> _Run | None:
    """Both as one run, None where they were apart before."""
    documents = range(run.documents.start, other.documents.stop)
    passages = range(run.passages.start, other.passages.stop)
    if run.before is None and other.before is None:
        return _Run(documents, passages, None)
    if run.before is None or other.before is None or run.before.stop != other.before.start:
        return None
    return _Run(documents, passages, range(run.before.start, other.before.stop))


def _stretches(runs: Sequence[_Run], old: Tokens, new: Tokens) -> Iterator[Stretch]:
    taken = 0
    for run in runs:
        if run.before is not None:
            yield Stretch(old, run.before.start, run.before.stop)
        else:
            yield Stretch(new, taken, taken + len(run.passages))
            taken += len(run.passages)


def _between(kept: Sequence[range], end: int) -> Iterator[tuple[int, int]]:
    """What lies before, between and behind the ranges `kept`, up to `end`."""
    start = 0
    for each in sorted(kept, key=lambda one: one.start):
        if start < each.start:
            yield start, each.start
        start = each.stop
    if start < end:
        yield start, end
