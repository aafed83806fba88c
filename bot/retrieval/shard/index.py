"""BM25 over the passages of one corpus: the only importer of rank_bm25.

rank_bm25's statistics (document frequencies, lengths, average length, k1, b) with the
non-negative idf ln(1 + (N - df + 0.5) / (df + 0.5)) of Lucene: the package's own idf is
zero for a term in half of the passages and negative beyond. Its scoring loop over all
passages is replaced by postings: for each term the passages that hold it and what it
adds to their score.

Character n-grams have by far the most postings. Up to `EXACT_UP_TO` passages they are kept,
and all terms of a question rank all passages. Beyond, words and pairs find the passages
worth a look, and those are ranked by all terms with the same statistics (`ranking`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi

from bot.core.corpus import NameGroup
from bot.core.documents import Passage
from bot.core.passages import PassageTable
from bot.retrieval.ranking.accumulate import Stretch, accumulate, mark, tally
from bot.retrieval.shard.array_edits import Counts
from bot.retrieval.shard.lexicon import Lexicon, LikenessTables
from bot.retrieval.shard.postings import (
    Floats,
    Pieces,
    Postings,
    Worth,
    counts_of,
    lengths,
    pair_counts,
    word_counts,
)
from bot.retrieval.shard.tokens import CAPITAL, Integers, Offsets, Tokens, read
from bot.retrieval.shard.top_k import DenseRow, padded_length, top_k
from bot.retrieval.shard.vocabulary import AT_ONCE
from bot.retrieval.text.aliases import AliasTable, acronym_groups

EXACT_UP_TO = 20_000
"""Passages up to which n-grams have postings: with more, they cost more than all the rest."""

DENSE_FROM = 20_000
"""Passages from which a word that many hold has a row, which is read where it matters only."""

DENSE_SHARE = 1 / 3
"""And how many of them that is. From a quarter on it takes as long, and more memory."""


class Statistics(BM25Okapi):
    """rank_bm25's Okapi statistics, fitted from counts, with an idf that is never negative.

    `frequencies` are the distinct document frequencies that occur; `idf` is kept by
    frequency, since all terms of one frequency share it and there may be millions.
    """

    def __init__(self, size: int, average_length: float, frequencies: Iterable[int]) -> None:
        # The package divides by the number of passages and terms; none is no fault here.
        super().__init__([["-"]])
        self.corpus_size = size
        self.avgdl = average_length
        self._calc_idf({frequency: frequency for frequency in frequencies})

    def _calc_idf(self, nd: dict[int, int]) -> None:
        self.idf = {
            term: float(np.log(1 + (self.corpus_size - df + 0.5) / (df + 0.5)))
            for term, df in nd.items()
        }


@dataclass(frozen=True, slots=True)
class Hits:
    """Passages that share a term with the question, best first, with their scores."""

    passages: Integers
    scores: Floats

    def __len__(self) -> int:
        return len(self.passages)


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted of a corpus, before anything is weighed.

    `lengths` counts each passage's terms. `grams` says which passages hold each n-gram, None
    where there are too many; `gram_frequencies` counts them all the same. A pair's code is
    the number of its first word times 2^32 plus that of the second; codes ascend. `capital`
    counts how often the texts write each word with a capital, `small` how often without.
    """

    tokens: Tokens
    pieces: Pieces
    lengths: Offsets
    words: Counts
    grams: Counts | None
    gram_frequencies: Integers
    pair_codes: Offsets
    pairs: Counts
    likeness: LikenessTables
    capital: Integers
    small: Integers

    @property
    def names(self) -> npt.NDArray[np.bool_]:
        """Which words the passages write with a capital wherever they stand."""
        return names_of(self.capital, self.small)


@dataclass(frozen=True, slots=True)
class Arrays:
    """All of an index that is costly to make, as arrays: what a snapshot keeps.

    As in `Counted`, weighed. `occurring` are the distinct document frequencies of all terms.
    """

    tokens: Tokens
    pieces: Pieces
    lengths: Offsets
    words: Postings
    grams: Postings | None
    gram_frequencies: Integers
    pair_codes: Offsets
    pairs: Postings
    likeness: LikenessTables
    occurring: Offsets
    capital: Integers
    small: Integers

    @property
    def names(self) -> npt.NDArray[np.bool_]:
        """Which words the passages write with a capital wherever they stand."""
        return names_of(self.capital, self.small)


class Scratch(threading.local):
    """Large arrays to write on, a thread's own: to make them anew costs more than the work."""

    def __init__(self, passages: int, words: int, grams: int) -> None:
        self.scores = np.zeros(padded_length(passages), dtype=np.float32)
        self._marks = np.zeros(words, dtype=np.bool_)
        self._row = np.zeros(words, dtype=np.int32)
        self._counts = np.zeros(words, dtype=np.int16)
        self._place = np.full(grams, -1, dtype=np.int32)

    def marked(self, marks: Integers, word: Integers) -> tuple[Offsets, Integers]:
        """The places of those of `word` that are among `marks`, and what stands there."""
        self._marks.fill(False)
        mark(self._marks, marks)
        hit = self._marks.take(word).nonzero()[0]
        return hit, word.take(hit)

    def counted(self, word: Integers, first: int) -> npt.NDArray[np.int16]:
        """How often each of the `first` of `word` is among all of them; 32,767 times at most."""
        tally(self._counts, word, 1)
        try:
            return self._counts.take(word[:first])
        finally:
            # Whatever happens, the next question begins with nothing counted.
            tally(self._counts, word, -1)

    def distinct(self, word: Integers) -> tuple[Integers, Integers]:
        """The distinct words among `word`, and for each of `word` its place among them."""
        here = np.arange(len(word), dtype=np.int32)
        self._row[word] = here
        found = word[self._row[word] == here]
        self._row[found] = here[: len(found)]
        return found, self._row[word]

    def rows(self, distinct: Integers, words: Offsets) -> Integers:
        """The places of `words` among those that `distinct` gave last; -1 for others."""
        if not len(distinct):
            return np.full(len(words), -1, dtype=np.int32)
        row = np.minimum(self._row[words], np.int32(len(distinct) - 1))
        row[distinct[row] != words] = -1
        return row

    def places_of_grams(self, wanted: Offsets, grams: Integers) -> Integers:
        """The place of each of `grams` among those `wanted`, which are distinct; -1 for others."""
        self._place[wanted] = np.arange(len(wanted), dtype=np.int32)
        places = self._place[grams]
        self._place[wanted] = -1
        return places


class Index:
    """The passages of one corpus, searchable by universal terms; immutable once built."""

    def __init__(
        self, table: PassageTable, arrays: Arrays, glossary: Sequence[NameGroup] = ()
    ) -> None:
        """The index of the passages in `table`, whose `arrays` are made already."""
        self.passages = table
        self.arrays = arrays
        self.tokens = arrays.tokens
        self.pieces = arrays.pieces
        self.words = arrays.tokens.words
        self.vocabulary = arrays.tokens.vocabulary
        self.gram_offset = len(self.words)
        self.pair_offset = self.gram_offset + len(arrays.pieces.numbers)
        size = len(table)
        self.statistics = _fitted(arrays.lengths, arrays.occurring.tolist())
        self.k1, self.b = float(self.statistics.k1), float(self.statistics.b)
        self._idf_by_frequency = np.zeros(size + 1)
        for frequency, idf in self.statistics.idf.items():
            self._idf_by_frequency[frequency] = idf
        self.gram_idf = self._idf_by_frequency[arrays.gram_frequencies]
        self.unknown_idf = float(np.log(1 + (size + 0.5) / 0.5))
        self.frequencies: Integers = np.diff(arrays.words.starts).astype(np.int32)
        self._word_idf = self._idf_by_frequency[self.frequencies]
        self.rows = _dense(arrays.words, self.frequencies, size)
        self.scratch = Scratch(size, len(self.words), len(arrays.pieces.numbers))
        self.lexicon = Lexicon(self.words, self.frequencies, arrays.names, size, arrays.likeness)
        learned = acronym_groups(each[1:] for each in self.tokens.acronyms)
        self.aliases = AliasTable((*glossary, *learned))

    @classmethod
    def built(
        cls,
        passages: Iterable[Passage],
        glossary: Sequence[NameGroup] = (),
        *,
        exact_up_to: int = EXACT_UP_TO,
    ) -> Index:
        """The index of `passages`, read and compiled."""
        table = PassageTable.of(passages)
        return cls(table, compiled(read(table), exact_up_to), glossary)

    @property
    def holds_grams(self) -> bool:
        """Whether n-grams have postings, so that `rank` may be asked with them."""
        return self.arrays.grams is not None

    def pair_number(self, first: str, second: str) -> int | None:
        """The term number of two neighbouring words, None where they never stand so."""
        one, other = self.vocabulary.get(first), self.vocabulary.get(second)
        if one is None or other is None:
            return None
        code = one << 32 | other
        codes = self.arrays.pair_codes
        place = int(codes.searchsorted(code))
        if place < len(codes) and codes[place] == code:
            return self.pair_offset + place
        return None

    def gram_number(self, gram: str) -> int | None:
        """The term number of a character n-gram, None where no word has it."""
        number = self.pieces.numbers.get(gram)
        return None if number is None else self.gram_offset + number

    def gram_numbers(self, grams: Iterable[str]) -> tuple[int, ...]:
        """The term numbers of those of some n-grams that any word has, in their order."""
        offset = self.gram_offset
        return tuple([offset + number for number in self.pieces.numbers.known(grams)])

    def idf(self, term: int) -> float:
        """The weight of a term in nats."""
        if term < self.gram_offset:
            return self._word_idf.item(term)
        if term < self.pair_offset:
            return self.gram_idf.item(term - self.gram_offset)
        return self._idf_by_frequency.item(self.arrays.pairs.frequency(term - self.pair_offset))

    def idfs(self, terms: Offsets) -> npt.NDArray[np.float64]:
        """The weight of each of `terms`, as `idf` gives it."""
        found = np.empty(len(terms))
        words, pairs = terms < self.gram_offset, terms >= self.pair_offset
        grams = ~(words | pairs)
        found[words] = self._word_idf[terms[words]]
        found[grams] = self.gram_idf[terms[grams] - self.gram_offset]
        starts, at = self.arrays.pairs.starts, terms[pairs] - self.pair_offset
        found[pairs] = self._idf_by_frequency[starts[at + 1] - starts[at]]
        return found

    def norm(self, passages: Integers | slice) -> npt.NDArray[np.float64]:
        """What BM25 adds to a term's count in each of `passages`, for their lengths."""
        return _norm(self.arrays.lengths[passages], self.statistics)

    def _postings(self, term: int) -> tuple[Postings, int]:
        """The postings that hold a term, and its number there."""
        if term < self.gram_offset:
            return self.arrays.words, term
        if term >= self.pair_offset:
            return self.arrays.pairs, term - self.pair_offset
        if self.arrays.grams is None:
            raise ValueError("n-grams of so large a corpus have no postings")
        return self.arrays.grams, term - self.gram_offset

    def gains_at(self, term: int, passages: Integers) -> Floats:
        """What a term with postings adds to each of `passages`, its idf left out."""
        postings, number = self._postings(term)
        return postings.gains_at(number, passages)

    def _add(
        self, total: Floats, terms: Sequence[int], worth: Sequence[float]
    ) -> list[tuple[float, DenseRow]]:
        """Add to `total` what terms with postings are worth; the rows that are still to add."""
        rows: list[tuple[float, DenseRow]] = []
        words: list[Stretch] = []
        grams: list[Stretch] = []
        pairs: list[Stretch] = []
        start = self.arrays.words.starts.item
        for term, factor in zip(terms, worth, strict=True):
            if term >= self.gram_offset:
                postings, number = self._postings(term)
                others = grams if term < self.pair_offset else pairs
                others.append((*postings.stretch(number), factor))
            elif (row := self.rows.get(term)) is not None:
                rows.append((factor, row))
            else:
                words.append((start(term), start(term + 1), factor))
        for each, stretches in (
            (self.arrays.words, words),
            (self.arrays.grams, grams),
            (self.arrays.pairs, pairs),
        ):
            if each is not None and stretches:
                accumulate(total, each.passages, each.gains, stretches)
        return rows

    def scores(self, terms: Sequence[int], worth: Sequence[float]) -> Floats:
        """The score of every passage for distinct terms: BM25 in float32.

        `worth` is what each of them counts, as `Query.weights` says.
        """
        total = np.zeros(len(self.passages), dtype=np.float32)
        for factor, row in self._add(total, terms, worth):
            row.add(total, factor)
        return total

    def rank(self, terms: Sequence[int], worth: Sequence[float], count: int) -> Hits:
        """The `count` best passages that share a term, best first, ties by position.

        Terms are distinct, and none counts less than nothing.
        """
        total = self.scratch.scores
        total.fill(0)
        later = self._add(total, terms, worth)
        return Hits(*top_k(total, count, later))


def compiled(tokens: Tokens, exact_up_to: int = EXACT_UP_TO) -> Arrays:
    """All that can be made of `tokens` by arithmetic, which is everything."""
    return weighed(counted(tokens, holds_grams=tokens.passages <= exact_up_to))


def counted(
    tokens: Tokens,
    pieces: Pieces | None = None,
    likeness: Callable[[npt.NDArray[np.bool_]], LikenessTables] | None = None,
    *,
    holds_grams: bool,
) -> Counted:
    """What is counted of `tokens`; with `pieces` or `likeness` those are not made anew.

    `likeness` makes its tables of which words are names.
    """
    pieces = Pieces.of(tokens.words) if pieces is None else pieces
    of_words = word_counts(tokens)
    grams = pieces.counts(of_words) if holds_grams else None
    codes, pairs = pair_counts(tokens)
    is_capital = tokens.marks & CAPITAL != 0
    capital = np.bincount(tokens.word[is_capital], minlength=len(tokens.words)).astype(np.int32)
    small = np.bincount(tokens.word[~is_capital], minlength=len(tokens.words)).astype(np.int32)
    names = names_of(capital, small)
    return Counted(
        tokens=tokens,
        pieces=pieces,
        lengths=lengths(tokens, pieces),
        words=counts_of(of_words),
        grams=grams,
        gram_frequencies=pieces.frequencies(of_words)
        if grams is None
        else np.diff(grams.starts).astype(np.int32),
        pair_codes=codes,
        pairs=pairs,
        likeness=LikenessTables.of(tokens.words, names) if likeness is None else likeness(names),
        capital=capital,
        small=small,
    )


def weighed(found: Counted) -> Arrays:
    """What was counted, with what each term adds to a score."""
    statistics = _fitted(found.lengths)
    worth = Worth(_norm(found.lengths, statistics), float(statistics.k1))
    occurring = np.zeros(len(found.lengths) + 1, dtype=np.bool_)
    occurring[found.gram_frequencies] = True
    for counts in (found.words, found.pairs):
        for start in range(0, len(counts.starts) - 1, AT_ONCE):
            sizes = np.diff(counts.starts[start : start + AT_ONCE + 1])
            # Most are 1, which one mark tells.
            if (sizes == 1).any():
                occurring[1] = True
            occurring[sizes[sizes > 1]] = True
    return Arrays(
        tokens=found.tokens,
        pieces=found.pieces,
        lengths=found.lengths,
        words=Postings.of(found.words, worth),
        grams=None if found.grams is None else Postings.of(found.grams, worth),
        gram_frequencies=found.gram_frequencies,
        pair_codes=found.pair_codes,
        pairs=Postings.of(found.pairs, worth),
        likeness=found.likeness,
        occurring=np.flatnonzero(occurring),
        capital=found.capital,
        small=found.small,
    )


def names_of(capital: Integers, small: Integers) -> npt.NDArray[np.bool_]:
    """Which words stand somewhere with a capital, and nowhere without."""
    return np.asarray((small == 0) & (capital > 0))


def _fitted(size: npt.NDArray[np.int64], frequencies: Iterable[int] = ()) -> Statistics:
    average = float(size.mean()) if size.any() else 1.0
    return Statistics(len(size), average, frequencies)


def _norm(size: npt.NDArray[np.int64], statistics: Statistics) -> npt.NDArray[np.float64]:
    k1, b = float(statistics.k1), float(statistics.b)
    return np.asarray(k1 * (1 - b + b * size / float(statistics.avgdl)), dtype=np.float64)


def _dense(words: Postings, frequencies: Integers, size: int) -> dict[int, DenseRow]:
    """The gains of the words that very many passages hold, a row of all passages each."""
    rows: dict[int, DenseRow] = {}
    if size <= DENSE_FROM:
        return rows
    for term in np.flatnonzero(frequencies > DENSE_SHARE * size).tolist():
        start, end = words.stretch(term)
        row = np.zeros(size, dtype=np.float32)
        accumulate(row, words.passages, words.gains, [(start, end, 1.0)])
        rows[term] = DenseRow(row, float(words.gains[start:end].max()))
    return rows
