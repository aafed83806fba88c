"""Building the index of a corpus, from nothing or from the previous index.

Where an index shares most documents with the previous one, only inserted passages are read and
counted, removed ones are counted once more, and all arrays are changed by deltas. The result
is the same as building from nothing: a test compares them to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.core.corpus import NameGroup
from bot.core.passages import PassageTable
from bot.retrieval.shard.arrays import Integers, Offsets, map_numbers, map_numbers_in_place
from bot.retrieval.shard.counts import CorpusCounts, IndexArrays, count_terms, names_among
from bot.retrieval.shard.delta import InsertionPoints, SequenceDelta
from bot.retrieval.shard.index import EXACT_UP_TO, Index
from bot.retrieval.shard.postings import TermCounts
from bot.retrieval.shard.postings_delta import PostingsDelta
from bot.retrieval.shard.tokens import PassageRange, Tokens, join, select, tokenise

SHARED_SHARE = 0.5
"""The share of the passages that the previous index must have, for a start from it."""

REMOVED_SHARE = 0.2
"""The share of the old passages up to which removed ones are taken out by a delta. If it is
greater, the passages that are left are counted anew."""

_NONE: Offsets = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class DocumentRun:
    """Documents that were neighbours in the previous index, or that are all new.

    `passages` are their passages now, `before` those in the previous index, None for new ones.
    """

    documents: range
    passages: range
    before: range | None


def build_index(
    table: PassageTable,
    glossary: Sequence[NameGroup] = (),
    before: Index | None = None,
    *,
    exact_up_to: int = EXACT_UP_TO,
) -> Index:
    """The index of `table`, built from the index `before` if that shares enough documents."""
    counts = None if before is None else _update(table, before, exact_up_to)
    if counts is None:
        counts = count_terms(tokenise(table), holds_grams=len(table) <= exact_up_to)
    return Index(table, IndexArrays.of(counts), glossary)


def _update(table: PassageTable, before: Index, exact_up_to: int) -> CorpusCounts | None:
    """The counts of `table` by a delta; None if too few documents are shared."""
    runs = list(_runs(table, before.passages))
    ranges = [run.before for run in runs if run.before is not None]
    shared = sum(map(len, ranges))
    if not shared or shared < SHARED_SHARE * len(table):
        return None
    old = before.arrays.counts
    total = old.tokens.passages
    holds_grams = len(table) <= exact_up_to
    if total - shared > REMOVED_SHARE * total or (holds_grams and old.grams is None):
        old = _select(old, [(each.start, each.stop) for each in ranges], holds_grams=holds_grams)
        runs = list(_without_gaps(runs))
    inserted = table.within(n for run in runs if run.before is None for n in run.documents)
    delta = IndexDelta.of(runs, old, inserted, holds_grams=holds_grams)
    words = delta.word_postings().term_delta(old.words.starts)
    return delta.apply(words)


def _select(
    old: CorpusCounts, ranges: Sequence[tuple[int, int]], *, holds_grams: bool
) -> CorpusCounts:
    """The counts of some of the passages, as if there had never been others."""
    tokens, origin = select(old.tokens, ranges)
    stays = np.zeros(len(old.tokens.words), dtype=np.bool_)
    stays[origin] = True
    delta = SequenceDelta.keeping(stays)
    return count_terms(
        tokens,
        old.ngrams.select(origin),
        lambda names: old.spelling.select(tokens.words, names, old.names, delta),
        holds_grams=holds_grams,
    )


def _without_gaps(runs: Sequence[DocumentRun]) -> Iterator[DocumentRun]:
    """The runs against a previous index from which all passages are removed that none shares."""
    start = 0
    for run in runs:
        if run.before is None:
            yield run
        else:
            yield DocumentRun(run.documents, run.passages, range(start, start + len(run.before)))
            start += len(run.before)


@dataclass(frozen=True, slots=True)
class IndexDelta:
    """Passages that leave an index and passages that join it, each counted alone.

    `removed_words` has the number in `old` of each word of `removed`, `words` the places of the
    words of `inserted` among those of `old`; `passages` is the delta of the passages.
    """

    old: CorpusCounts
    removed: CorpusCounts
    removed_words: Integers
    inserted: CorpusCounts
    words: InsertionPoints
    passages: SequenceDelta
    runs: Sequence[DocumentRun]

    @classmethod
    def of(
        cls,
        runs: Sequence[DocumentRun],
        old: CorpusCounts,
        inserted: PassageTable,
        *,
        holds_grams: bool,
    ) -> IndexDelta:
        """The delta from `old` to the passages of `runs`, `inserted` being the new ones."""
        gaps = list(_gaps(runs, old.tokens.passages))
        removed, removed_words = select(old.tokens, gaps)
        tokens = tokenise(inserted)
        return cls(
            old=old,
            removed=count_terms(removed, holds_grams=holds_grams),
            removed_words=removed_words,
            inserted=count_terms(tokens, holds_grams=holds_grams),
            words=old.tokens.vocabulary.insertion_points(tokens.words),
            passages=_passage_delta(runs, gaps, old.tokens.passages),
            runs=runs,
        )

    def word_postings(self) -> PostingsDelta:
        """The delta of the postings of words."""
        return PostingsDelta(
            removed=self.removed.words,
            removed_terms=self.removed_words.astype(np.int64),
            inserted=self.inserted.words,
            terms=self.words,
            passages=self.passages,
        )

    def apply(self, words: SequenceDelta) -> CorpusCounts:
        """The counts of the passages after the delta, of which `words` is that of words."""
        old, inserted = self.old, self.inserted
        new_words = [inserted.tokens.words[n] for n in np.flatnonzero(self.words.is_new).tolist()]
        tokens = self._tokens(words, new_words)
        ngrams, grams = old.ngrams.with_delta(words, new_words)
        gram_counts, gram_frequencies = self._grams(grams)
        codes, pairs = self._pairs(words)
        capitalised = self._each_word(
            words, old.capitalised, self.removed.capitalised, inserted.capitalised
        )
        uncapitalised = self._each_word(
            words, old.uncapitalised, self.removed.uncapitalised, inserted.uncapitalised
        )
        names = names_among(capitalised, uncapitalised)
        return CorpusCounts(
            tokens=tokens,
            ngrams=ngrams,
            lengths=self.passages.apply(old.lengths, inserted.lengths),
            words=self.word_postings().apply(old.words, words),
            grams=gram_counts,
            gram_frequencies=gram_frequencies,
            pair_codes=codes,
            pairs=pairs,
            spelling=old.spelling.with_delta(
                (old.tokens.words, tokens.words), (old.names, names), words
            ),
            capitalised=capitalised,
            uncapitalised=uncapitalised,
        )

    def _tokens(self, words: SequenceDelta, new_words: Sequence[str]) -> Tokens:
        old_numbers = words.new_numbers if words.renumbers else None
        inserted_numbers = self.words.new_numbers(words)
        ranges, read = [], 0
        for run in self.runs:
            if run.before is not None:
                old = run.before
                ranges.append(PassageRange(self.old.tokens, old.start, old.stop, old_numbers))
            else:
                end = read + len(run.passages)
                ranges.append(PassageRange(self.inserted.tokens, read, end, inserted_numbers))
                read = end
        return join(ranges, self.old.tokens.vocabulary.with_delta(words, new_words))

    def _grams(self, delta: SequenceDelta) -> tuple[TermCounts | None, Integers]:
        """The counts of n-grams after the delta, and their document frequencies."""
        old, removed, inserted = self.old, self.removed, self.inserted
        vocabulary = old.ngrams.vocabulary
        removed_grams = vocabulary.insertion_points(removed.ngrams.vocabulary.strings).positions
        points = vocabulary.insertion_points(inserted.ngrams.vocabulary.strings)
        frequencies = old.gram_frequencies.copy()
        frequencies[removed_grams] -= removed.gram_frequencies
        frequencies = delta.apply(
            frequencies, np.zeros(len(delta.inserted_numbers), dtype=np.int32)
        )
        frequencies[points.new_numbers(delta)] += inserted.gram_frequencies
        # All three have postings of n-grams, or none is asked for them.
        if old.grams is None or removed.grams is None or inserted.grams is None:
            return None, frequencies
        postings = PostingsDelta(
            removed.grams, removed_grams, inserted.grams, points, self.passages
        )
        return postings.apply(old.grams, delta), frequencies

    def _pairs(self, words: SequenceDelta) -> tuple[Offsets, TermCounts]:
        """The codes of pairs after the delta, and their counts."""
        old, removed, inserted = self.old, self.removed, self.inserted
        removed_pairs = np.searchsorted(
            old.pair_codes, _recode(removed.pair_codes, self.removed_words)
        )
        # A new word has the position of the next old word, and its pairs come before that one's.
        first, second = inserted.pair_codes >> 32, inserted.pair_codes & 0xFFFFFFFF
        positions, is_new = self.words.positions, self.words.is_new
        old_codes = positions[first] << 32 | np.where(is_new[first], 0, positions[second])
        places = np.searchsorted(old.pair_codes, old_codes)
        is_known = np.zeros(len(old_codes), dtype=np.bool_)
        within = places < len(old.pair_codes)
        is_known[within] = old.pair_codes[places[within]] == old_codes[within]
        points = InsertionPoints(places, ~is_known | is_new[first] | is_new[second])
        postings = PostingsDelta(
            removed.pairs, removed_pairs, inserted.pairs, points, self.passages
        )
        pairs = postings.term_delta(old.pairs.starts)
        new_codes = _recode(inserted.pair_codes, self.words.new_numbers(words))[points.is_new]
        codes = pairs.apply(old.pair_codes, new_codes)
        if words.renumbers:
            codes = codes.copy() if codes is old.pair_codes else codes
            # A code is two numbers of 32 bits, each of a word.
            map_numbers_in_place(codes.view(np.int32), words.new_numbers)
            codes[pairs.inserted_numbers] = new_codes
        return codes, postings.apply(old.pairs, pairs)

    def _each_word(
        self, words: SequenceDelta, old: Integers, removed: Integers, inserted: Integers
    ) -> Integers:
        """A count for each word after the delta."""
        counts = old.copy()
        counts[self.removed_words] -= removed
        counts = words.apply(counts, np.zeros(len(words.inserted_numbers), dtype=np.int32))
        counts[self.words.new_numbers(words)] += inserted
        return counts


def _recode(codes: Offsets, numbers: Integers) -> Offsets:
    """The codes of pairs with the new numbers of their words."""
    return map_numbers(codes.view(np.int32), numbers).view(np.int64)


def _passage_delta(
    runs: Sequence[DocumentRun], gaps: Sequence[tuple[int, int]], total: int
) -> SequenceDelta:
    inserted_at: list[npt.NDArray[np.int64]] = [_NONE]
    place = 0
    for run in runs:
        if run.before is not None:
            place = run.before.stop
        else:
            inserted_at.append(np.full(len(run.passages), place, dtype=np.int64))
    removed = [np.arange(start, end) for start, end in gaps]
    return SequenceDelta(total, np.concatenate([_NONE, *removed]), np.concatenate(inserted_at))


def _runs(table: PassageTable, before: PassageTable) -> Iterator[DocumentRun]:
    """The documents of `table` in order, in runs as long as possible.

    A document that came before another one in the old table and comes after it now is new.
    """
    now, then = table.documents, before.documents
    place = reached = 0
    while place < len(now):
        start = place
        old = before.number_of(now[place])
        if old is None or old < reached:
            place += 1
            while place < len(now) and before.number_of(now[place]) is None:
                place += 1
            old_passages = None
        else:
            reached = old
            while place < len(now) and reached < len(then) and now[place] is then[reached]:
                place += 1
                reached += 1
            old_passages = range(before.range_of(old).start, before.range_of(reached - 1).stop)
        passages = range(table.range_of(start).start, table.range_of(place - 1).stop)
        yield DocumentRun(range(start, place), passages, old_passages)


def _gaps(runs: Sequence[DocumentRun], end: int) -> Iterator[tuple[int, int]]:
    """The old passages up to `end` that are in no run, as ranges: the removed ones."""
    start = 0
    for run in runs:
        if run.before is not None:
            if start < run.before.start:
                yield start, run.before.start
            start = run.before.stop
    if start < end:
        yield start, end
