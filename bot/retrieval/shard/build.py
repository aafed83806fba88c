"""The index of a corpus that shares documents with one that is indexed already.

Only what came is read and counted, and what went is counted once more; from all tables of
the index before the one is taken out and the other put in. Whatever is sorted stays sorted,
since words, n-grams and passages that stay keep their order. The result is the one that
building from nothing gives; how it came about leaves no trace in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.core.corpus import NameGroup
from bot.core.passages import PassageTable
from bot.retrieval.shard.array_edits import Change, Counts, Edit, Places
from bot.retrieval.shard.index import (
    EXACT_UP_TO,
    Arrays,
    Counted,
    Index,
    compiled,
    counted,
    names_of,
    weighed,
)
from bot.retrieval.shard.memory_pages import small_pages
from bot.retrieval.shard.tokens import Stretch, Tokens, part, read, strung
from bot.retrieval.shard.vocabulary import Integers, Moved, Offsets, renumber, renumbered

SHARED = 0.5
"""The part of the passages that must be shared for taking over to be worth it."""

TAKEN_OUT = 0.2
"""The part of the passages before up to which those that went are taken out one by one; if
more did, what is left is counted anew."""

_NONE: Offsets = np.zeros(0, dtype=np.int64)


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
    if before is not None:
        with small_pages():
            taken = _updated(table, before, exact_up_to)
            if taken is not None:
                return Index(table, weighed(taken), glossary)
    return Index(table, compiled(read(table), exact_up_to), glossary)


def _updated(table: PassageTable, before: Index, exact_up_to: int) -> Counted | None:
    """What is counted now; None where too little is shared for taking over."""
    runs = list(_runs(table, before.passages))
    kept = [run.before for run in runs if run.before is not None]
    shared = sum(map(len, kept))
    if not shared or shared < SHARED * len(table):
        return None
    arrays = before.arrays
    old: Arrays | Counted = arrays
    total = old.tokens.passages
    holds_grams = len(table) <= exact_up_to
    if total - shared > TAKEN_OUT * total or (holds_grams and old.grams is None):
        old = _part(arrays, [(each.start, each.stop) for each in kept], holds_grams=holds_grams)
        runs = list(_closed(runs))
    fresh = table.within(n for run in runs if run.before is None for n in run.documents)
    return _Change.of(runs, old, fresh, holds_grams=holds_grams).made()


def _part(old: Arrays, ranges: Sequence[tuple[int, int]], *, holds_grams: bool) -> Counted:
    """Some of the passages, as if there had never been others."""
    tokens, origin = part(old.tokens, ranges)
    stays = np.zeros(len(old.tokens.words), dtype=np.bool_)
    stays[origin] = True
    moved = Moved(len(stays), np.flatnonzero(~stays), _NONE)
    return counted(
        tokens,
        old.pieces.part(origin),
        lambda names: old.likeness.part(tokens.words, names, old.names, moved),
        holds_grams=holds_grams,
    )


def _closed(runs: Sequence[_Run]) -> Iterator[_Run]:
    """The runs as they are where only what they share was there before."""
    start = 0
    for run in runs:
        if run.before is None:
            yield run
        else:
            yield _Run(run.documents, run.passages, range(start, start + len(run.before)))
            start += len(run.before)


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of an index: passages `gone` and `fresh` ones, each counted alone.

    `gone_words` has the number in `old` of each word of `gone`, `words` says where those of
    `fresh` are among the words of `old`; `passages` is what becomes of the passages.
    """

    old: Arrays | Counted
    gone: Counted
    gone_words: Integers
    fresh: Counted
    words: Places
    passages: Moved
    runs: Sequence[_Run]
    holds_grams: bool

    @classmethod
    def of(
        cls, runs: Sequence[_Run], old: Arrays | Counted, fresh: PassageTable, *, holds_grams: bool
    ) -> _Change:
        """The change of `old` that leaves the passages of `runs`, `fresh` being the new ones."""
        gone_ranges = list(_between(runs, old.tokens.passages))
        gone, origin = part(old.tokens, gone_ranges)
        read_now = read(fresh)
        return cls(
            old=old,
            gone=counted(gone, holds_grams=holds_grams),
            gone_words=origin,
            fresh=counted(read_now, holds_grams=holds_grams),
            words=Places.of(old.tokens.vocabulary, read_now.words),
            passages=_moved(runs, gone_ranges, old.tokens.passages),
            runs=runs,
            holds_grams=holds_grams,
        )

    def made(self) -> Counted:
        """What is counted of the passages after the change."""
        old, gone, fresh = self.old, self.gone, self.fresh
        change = Change(
            gone.words, self.gone_words.astype(np.int64), fresh.words, self.words, self.passages
        )
        moved = change.terms(old.words.starts)
        came = [fresh.tokens.words[n] for n in np.flatnonzero(self.words.is_new).tolist()]
        tokens = self._tokens(moved, came)
        pieces, grams_moved = old.pieces.updated(moved, came)
        gone_grams = Places.of(old.pieces.numbers, gone.pieces.numbers.forms).place
        grams = Places.of(old.pieces.numbers, fresh.pieces.numbers.forms)
        codes, pairs = self._pairs(moved)
        capital = self._each_word(moved, old.capital, gone.capital, fresh.capital)
        small = self._each_word(moved, old.small, gone.small, fresh.small)
        names = names_of(capital, small)
        frequencies = old.gram_frequencies.copy()
        frequencies[gone_grams] -= gone.gram_frequencies
        frequencies = Edit.of(grams_moved).made(
            frequencies, np.zeros(len(grams_moved.fresh), dtype=np.int32)
        )
        frequencies[grams.numbers(grams_moved)] += fresh.gram_frequencies
        of_grams = None
        if (
            self.holds_grams
            and old.grams is not None
            and gone.grams is not None
            and fresh.grams is not None
        ):
            of_grams = Change(gone.grams, gone_grams, fresh.grams, grams, self.passages).made(
                old.grams, grams_moved
            )
        return Counted(
            tokens=tokens,
            pieces=pieces,
            lengths=Edit.of(self.passages).made(old.lengths, fresh.lengths),
            words=change.made(old.words, moved),
            grams=of_grams,
            gram_frequencies=frequencies,
            pair_codes=codes,
            pairs=pairs,
            likeness=old.likeness.updated(
                (old.tokens.words, tokens.words), (old.names, names), moved
            ),
            capital=capital,
            small=small,
        )

    def _tokens(self, moved: Moved, came: Sequence[str]) -> Tokens:
        vocabulary = self.old.tokens.vocabulary.updated(moved, came)
        old_number = moved.number if moved.shifts else None
        fresh_number = self.words.numbers(moved)
        stretches, taken = [], 0
        for run in self.runs:
            if run.before is not None:
                before = run.before
                stretches.append(Stretch(self.old.tokens, before.start, before.stop, old_number))
            else:
                end = taken + len(run.passages)
                stretches.append(Stretch(self.fresh.tokens, taken, end, fresh_number))
                taken = end
        return strung(stretches, vocabulary)

    def _pairs(self, moved: Moved) -> tuple[Offsets, Counts]:
        """The pairs after the change: their codes, and their counts."""
        old, gone, fresh = self.old, self.gone, self.fresh
        went = np.searchsorted(old.pair_codes, _recoded(gone.pair_codes, self.gone_words))
        # A pair with a new word comes before those that its words come before.
        first, second = fresh.pair_codes >> 32, fresh.pair_codes & 0xFFFFFFFF
        place, is_new = self.words.place, self.words.is_new
        wanted = place[first] << 32 | np.where(is_new[first], 0, place[second])
        found = np.searchsorted(old.pair_codes, wanted)
        there = np.zeros(len(wanted), dtype=np.bool_)
        within = found < len(old.pair_codes)
        there[within] = old.pair_codes[found[within]] == wanted[within]
        places = Places(found, ~there | is_new[first] | is_new[second])
        change = Change(gone.pairs, went, fresh.pairs, places, self.passages)
        terms = change.terms(old.pairs.starts)
        came = _recoded(fresh.pair_codes, self.words.numbers(moved))[places.is_new]
        edit = Edit.of(terms)
        codes = edit.made(old.pair_codes, came)
        if moved.shifts:
            codes = codes.copy() if codes is old.pair_codes else codes
            renumber(codes.view(np.int32), moved.number)
            codes[edit.fresh] = came
        return codes, change.made(old.pairs, terms)

    def _each_word(self, moved: Moved, old: Integers, gone: Integers, fresh: Integers) -> Integers:
        """A number for each word: as before, less what went, and what came."""
        left = old.copy()
        left[self.gone_words] -= gone
        left = Edit.of(moved).made(left, np.zeros(len(moved.fresh), dtype=np.int32))
        left[self.words.numbers(moved)] += fresh
        return left


def _recoded(codes: Offsets, number: Integers) -> Offsets:
    """The codes of pairs after their words got new numbers."""
    return renumbered(codes.view(np.int32), number).view(np.int64)


def _moved(runs: Sequence[_Run], gone: Sequence[tuple[int, int]], before: int) -> Moved:
    places: list[npt.NDArray[np.int64]] = [_NONE]
    seen = 0
    for run in runs:
        if run.before is not None:
            seen = run.before.stop
        else:
            places.append(np.full(len(run.passages), seen, dtype=np.int64))
    went = [np.arange(start, end) for start, end in gone]
    return Moved(before, np.concatenate([_NONE, *went]), np.concatenate(places))


def _runs(table: PassageTable, before: PassageTable) -> Iterator[_Run]:
    """The documents of `table` in order, as long runs as may be.

    One that came before others, and stands behind them now, counts as new.
    """
    now, then = table.documents, before.documents
    place = reached = 0
    while place < len(now):
        start = place
        there = before.number_of(now[place])
        if there is None or there < reached:
            place += 1
            while place < len(now) and before.number_of(now[place]) is None:
                place += 1
            was = None
        else:
            reached = there
            # Most are as they were: thousands of documents are passed by here.
            while place < len(now) and reached < len(then) and now[place] is then[reached]:
                place += 1
                reached += 1
            was = range(before.range_of(there).start, before.range_of(reached - 1).stop)
        documents = range(start, place)
        passages = range(table.range_of(start).start, table.range_of(place - 1).stop)
        yield _Run(documents, passages, was)


def _between(runs: Sequence[_Run], end: int) -> Iterator[tuple[int, int]]:
    """What lies before, between and behind the passages that runs had, up to `end`."""
    start = 0
    for run in runs:
        if run.before is not None:
            if start < run.before.start:
                yield start, run.before.start
            start = run.before.stop
    if start < end:
        yield start, end
