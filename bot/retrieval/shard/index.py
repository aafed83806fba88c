"""The index of one corpus: finds and scores the passages that hold some terms.

Terms are numbered words first, then n-grams, then pairs of words. Character n-grams have by
far the most postings. Up to `EXACT_UP_TO` passages they are stored, and all terms of a question
rank all passages. In a larger corpus words and pairs choose passages, which are then ranked by
all terms with the same statistics (`ranking`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.core.corpus import NameGroup
from bot.core.passages import PassageTable
from bot.retrieval.shard.arrays import Doubles, Floats, Integers, Offsets
from bot.retrieval.shard.bm25 import K1, Bm25
from bot.retrieval.shard.counts import IndexArrays
from bot.retrieval.shard.postings import PostingList, Postings, weighted_sum
from bot.retrieval.shard.scratch import Scratch
from bot.retrieval.shard.spelling import Lexicon
from bot.retrieval.shard.top_k import DenseRow, padded_length, top_k
from bot.retrieval.text.aliases import AliasTable, acronym_groups

EXACT_UP_TO = 20_000
"""Passages up to which n-grams have postings: with more, they cost more than all the rest."""

DENSE_FROM = 20_000
"""Passages from which words that many hold have their gains as a dense row."""

DENSE_SHARE = 1 / 3
"""The share of passages that hold such a word. From a quarter on it takes as long, and more
memory."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Passages that share a term with the question, best first, with their scores."""

    passages: Integers
    scores: Floats

    def __len__(self) -> int:
        return len(self.passages)


class Index:
    """The passages of one corpus, searchable by words, n-grams and pairs; immutable."""

    def __init__(
        self, table: PassageTable, arrays: IndexArrays, glossary: Sequence[NameGroup] = ()
    ) -> None:
        """The index of the passages in `table`, from its finished `arrays`."""
        counts = arrays.counts
        size = len(table)
        self.passages = table
        self.arrays = arrays
        self.tokens = counts.tokens
        self.ngrams = counts.ngrams
        self.words = counts.tokens.words
        self.vocabulary = counts.tokens.vocabulary
        self.gram_offset = len(self.words)
        self.pair_offset = self.gram_offset + len(counts.ngrams.vocabulary)
        self.k1 = K1
        self._bm25 = Bm25.of(counts.lengths)
        self._idf_by_frequency = self._bm25.idf(np.arange(size + 1))
        self.unknown_idf = self._idf_by_frequency.item(0)
        self.gram_idf = self._idf_by_frequency[counts.gram_frequencies]
        self.document_frequencies = counts.words.document_frequencies()
        self.word_idf = self._idf_by_frequency[self.document_frequencies]
        self._words = Postings(counts.words, arrays.word_gains)
        self._pairs = Postings(counts.pairs, arrays.pair_gains)
        self._grams: Postings | None = None
        if counts.grams is not None and arrays.gram_gains is not None:
            self._grams = Postings(counts.grams, arrays.gram_gains)
        self.dense_rows = _dense_rows(self._words, self.document_frequencies, size)
        self.scratch = Scratch(len(self.words), len(counts.ngrams.vocabulary))
        self.lexicon = Lexicon(
            self.words, self.document_frequencies, counts.names, size, counts.spelling
        )
        learned = acronym_groups(each[1:] for each in self.tokens.acronyms)
        self.aliases = AliasTable((*glossary, *learned))

    @property
    def holds_grams(self) -> bool:
        """Whether n-grams have postings, so that `rank` may be asked with them."""
        return self._grams is not None

    def pair_number(self, first: str, second: str) -> int | None:
        """The term number of two neighbouring words, None where they never stand so."""
        one, other = self.vocabulary.get(first), self.vocabulary.get(second)
        if one is None or other is None:
            return None
        code = one << 32 | other
        codes = self.arrays.counts.pair_codes
        place = int(codes.searchsorted(code))
        if place < len(codes) and codes[place] == code:
            return self.pair_offset + place
        return None

    def gram_number(self, gram: str) -> int | None:
        """The term number of a character n-gram, None where no word has it."""
        number = self.ngrams.vocabulary.get(gram)
        return None if number is None else self.gram_offset + number

    def gram_numbers(self, grams: Iterable[str]) -> tuple[int, ...]:
        """The term numbers of those of some n-grams that any word has, in their order."""
        offset = self.gram_offset
        return tuple([offset + number for number in self.ngrams.vocabulary.known(grams)])

    def idfs(self, terms: Offsets) -> Doubles:
        """The weight of each of `terms` in nats."""
        idfs = np.empty(len(terms))
        words, pairs = terms < self.gram_offset, terms >= self.pair_offset
        grams = ~(words | pairs)
        idfs[words] = self.word_idf[terms[words]]
        idfs[grams] = self.gram_idf[terms[grams] - self.gram_offset]
        starts, pair = self.arrays.counts.pairs.starts, terms[pairs] - self.pair_offset
        idfs[pairs] = self._idf_by_frequency[starts[pair + 1] - starts[pair]]
        return idfs

    def length_norm(self, passages: Integers) -> Doubles:
        """BM25's norm of each of `passages`, for their lengths."""
        return self._bm25.length_norm(self.arrays.counts.lengths[passages])

    def _postings(self, term: int) -> tuple[Postings, int]:
        """The postings that hold a term, and its number there."""
        if term < self.gram_offset:
            return self._words, term
        if term >= self.pair_offset:
            return self._pairs, term - self.pair_offset
        if self._grams is None:
            raise ValueError("n-grams of so large a corpus have no postings")
        return self._grams, term - self.gram_offset

    def gains_at(self, term: int, passages: Integers) -> Floats:
        """The gain (score without idf) of a term with postings in each of `passages`."""
        postings, number = self._postings(term)
        return postings.gains_at(number, passages)

    def rank(self, terms: Sequence[int], weights: Sequence[float], count: int) -> Hits:
        """The `count` best passages that share a term, best first, ties by position.

        Terms are distinct; no weight, in which the idf is included, is below 0. A passage's
        score is the sum of its terms' gains times their weights, in float32.
        """
        lists: list[tuple[int, int, PostingList, float]] = []
        rows: list[tuple[float, DenseRow]] = []
        for term, weight in zip(terms, weights, strict=True):
            row = self.dense_rows.get(term)
            if row is not None:
                rows.append((weight, row))
            else:
                kind = (term >= self.gram_offset) + (term >= self.pair_offset)
                postings, number = self._postings(term)
                lists.append((kind, -term, postings.of_term(number), weight))
        # A fixed order of addition, so that the order of words in a question changes no score.
        lists.sort(key=lambda each: each[:2])
        scores = weighted_sum(
            [each[2] for each in lists],
            [each[3] for each in lists],
            padded_length(len(self.passages)),
        )
        return Hits(*top_k(scores, count, rows))


def _dense_rows(
    words: Postings, document_frequencies: npt.NDArray[np.integer], size: int
) -> dict[int, DenseRow]:
    """The gains of the words that very many passages hold, a row of all passages each."""
    if size <= DENSE_FROM:
        return {}
    rows: dict[int, DenseRow] = {}
    for term in np.flatnonzero(document_frequencies > DENSE_SHARE * size).tolist():
        passages, gains = words.of_term(term)
        row = np.zeros(size, dtype=np.float32)
        row[passages] = gains
        rows[term] = DenseRow(row, float(gains.max()))
    return rows
