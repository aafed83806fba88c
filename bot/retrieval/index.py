"""BM25 over the passages of one corpus: the only importer of rank_bm25.

rank_bm25's statistics (document frequencies, lengths, average length, k1, b) with the
non-negative idf ln(1 + (N - df + 0.5) / (df + 0.5)) of Lucene: the package's own idf is
zero for a term in half of the passages and negative beyond. Its scoring loop over all
passages is replaced by postings: for each term the passages that hold it and what it
adds to their score. The package's constructor wants a list of terms a passage, which
takes minutes and gigabytes for character n-grams; the same counts are made here as
products of sparse matrices, and a test holds the scores to those of the package.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi
from scipy import sparse

from bot.core.documents import NameGroup, Passage
from bot.retrieval.accumulating import accumulate
from bot.retrieval.analysis import Word, grams, words
from bot.retrieval.names import Names, learnt
from bot.retrieval.spelling import Lexicon

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]

_BLOCK = 64
"""Passages whose best score is looked at as one, when the best of all are chosen."""

_LEAST = np.finfo(np.float32).tiny
_AT_ONCE = 2_000_000
"""Postings weighed at once: bounds what building needs beside its result."""


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
class Forward:
    """Every passage's words in order, as numbers; what sentences are scored on.

    `word[i]` is the vocabulary number of token i, `starts` where each passage's tokens
    begin (one more at the end), `sentence[i]` the number of the token's sentence within
    its passage, `joined[i]` whether it is the extra word of a hyphen compound,
    `capital[i]` whether it is written with a capital.
    """

    word: Integers
    starts: npt.NDArray[np.int64]
    sentence: Integers
    joined: npt.NDArray[np.bool_]
    capital: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage that shares a term with the question, with its score."""

    passage: int
    score: float


class Index:
    """The passages of one corpus, searchable by universal terms; immutable once built."""

    def __init__(self, passages: Sequence[Passage], glossary: Sequence[NameGroup] = ()) -> None:
        self.passages = tuple(passages)
        self.vocabulary: dict[str, int] = {}
        self.forward = self._read()
        self.words = list(self.vocabulary)
        self._build()
        count = len(self.words)
        self.lexicon = Lexicon(
            self.words, self.frequencies[:count], self._only_capitalised(), len(self.passages)
        )
        self.names = Names((*glossary, *learnt(self.passages)))

    def _only_capitalised(self) -> npt.NDArray[np.bool_]:
        """Which words the passages write with a capital wherever they stand."""
        kept = np.zeros(len(self.words), dtype=np.bool_)
        kept[self.forward.word] = True
        kept[self.forward.word[~self.forward.capital]] = False
        return kept

    def _number(self, form: str) -> int:
        return self.vocabulary.setdefault(form, len(self.vocabulary))

    def _read(self) -> Forward:
        # Arrays, not lists: a corpus has more words than there is room for as objects.
        numbers, sentence = array("i"), array("i")
        joined, capital = bytearray(), bytearray()
        starts = [0]
        contexts: list[list[int]] = []
        context_words: dict[tuple[str, ...], list[int]] = {}
        for passage in self.passages:
            text = passage.document.text
            for word, place in _words_of(passage):
                numbers.append(self._number(word.form))
                sentence.append(place)
                joined.append(word.joined)
                capital.append(text[passage.span.start + word.start].isupper())
            starts.append(len(numbers))
            context = (passage.document.source.title, *passage.locator.headings)
            if context not in context_words:
                context_words[context] = [
                    self._number(word.form) for line in context for word in words(line)
                ]
            contexts.append(context_words[context])
        self._contexts = contexts
        return Forward(
            np.frombuffer(numbers, dtype=np.int32),
            np.asarray(starts, dtype=np.int64),
            np.frombuffer(sentence, dtype=np.int32),
            np.frombuffer(joined, dtype=np.bool_),
            np.frombuffer(capital, dtype=np.bool_),
        )

    def _build(self) -> None:
        size = len(self.passages)
        counts = self._word_counts()
        gram_numbers: dict[str, int] = {}
        rows, columns = array("i"), array("i")
        for number, form in enumerate(self.words):
            for gram in grams(form):
                rows.append(gram_numbers.setdefault(gram, len(gram_numbers)))
                columns.append(number)
        self.gram_numbers = gram_numbers
        gram_of, word_of = (np.frombuffer(each, dtype=np.int32) for each in (rows, columns))
        # The n-grams of word w are word_grams[word_gram_starts[w]:word_gram_starts[w + 1]].
        self.word_grams: Integers = gram_of
        sizes = np.bincount(word_of, minlength=len(self.words))
        self.word_gram_starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        ones = np.ones(len(gram_of), dtype=np.float32)
        shape = (len(gram_numbers), len(self.words))
        gram_words = sparse.csr_array((ones, (gram_of, word_of)), shape=shape)
        grams_in = sparse.csr_array(gram_words @ counts)
        self.pair_codes, pairs = self._pair_counts()
        self.gram_offset = len(self.words)
        self.pair_offset = self.gram_offset + len(gram_numbers)
        parts = [counts, grams_in, pairs]
        del counts, grams_in, pairs, gram_words
        lengths = sum(
            (np.asarray(part.sum(axis=0), dtype=np.float64) for part in parts), np.zeros(size)
        )
        self._starts, self._passages, frequency = _joined(parts)
        average = float(lengths.mean()) if size and lengths.any() else 1.0
        frequencies = np.diff(self._starts)
        distinct, back = np.unique(frequencies, return_inverse=True)
        statistics = Statistics(size, average, distinct.tolist())
        self.k1, self.b = float(statistics.k1), float(statistics.b)
        by_frequency = np.asarray([statistics.idf[df] for df in distinct.tolist()])
        idf = by_frequency[back] if len(back) else np.zeros(0)
        self.idf: Floats = idf.astype(np.float32)
        self.unknown_idf = float(np.log(1 + (size + 0.5) / 0.5))
        norm = self.k1 * (1 - self.b + self.b * lengths / average)
        self._impacts: Floats = frequency
        for start in range(0, len(self._passages), _AT_ONCE):
            part = slice(start, min(start + _AT_ONCE, len(self._passages)))
            term = np.searchsorted(self._starts, np.arange(part.start, part.stop), "right") - 1
            tf = frequency[part].astype(np.float64)
            weight = idf[term] * tf * (self.k1 + 1) / (tf + norm[self._passages[part]])
            self._impacts[part] = weight
        self.frequencies: Integers = frequencies.astype(np.int32)

    def _word_counts(self) -> sparse.csr_array:
        sizes = np.diff(self.forward.starts)
        of_passage = np.repeat(np.arange(len(self.passages), dtype=np.int32), sizes)
        context_sizes = [len(context) for context in self._contexts]
        context_word = np.asarray(
            [number for context in self._contexts for number in context], dtype=np.int32
        )
        context_passage = np.repeat(np.arange(len(self.passages), dtype=np.int32), context_sizes)
        word = np.concatenate([self.forward.word, context_word])
        place = np.concatenate([of_passage, context_passage])
        ones = np.ones(len(word), dtype=np.float32)
        shape = (len(self.words), len(self.passages))
        return sparse.csr_array(sparse.coo_array((ones, (word, place)), shape=shape))

    def _pair_counts(self) -> tuple[npt.NDArray[np.int64], sparse.csr_array]:
        forward = self.forward
        kept = np.flatnonzero(~forward.joined)
        of_passage = np.repeat(
            np.arange(len(self.passages), dtype=np.int64), np.diff(forward.starts)
        )[kept]
        word = forward.word[kept].astype(np.int64)
        same = of_passage[1:] == of_passage[:-1]
        codes = (word[:-1] << 32 | word[1:])[same]
        distinct, rows = np.unique(codes, return_inverse=True)
        ones = np.ones(len(codes), dtype=np.float32)
        shape = (len(distinct), len(self.passages))
        table = sparse.coo_array((ones, (rows, of_passage[1:][same])), shape=shape)
        return distinct, sparse.csr_array(table)

    def pair_number(self, first: str, second: str) -> int | None:
        """The term number of two neighbouring words, None where they never stand so."""
        one, other = self.vocabulary.get(first), self.vocabulary.get(second)
        if one is None or other is None:
            return None
        code = one << 32 | other
        place = int(np.searchsorted(self.pair_codes, code))
        if place < len(self.pair_codes) and self.pair_codes[place] == code:
            return self.pair_offset + place
        return None

    def gram_number(self, gram: str) -> int | None:
        """The term number of a character n-gram, None where no word has it."""
        number = self.gram_numbers.get(gram)
        return None if number is None else self.gram_offset + number

    def is_gram(self, term: int) -> bool:
        """Whether a term is a character n-gram."""
        return self.gram_offset <= term < self.pair_offset

    def scores(self, terms: Iterable[tuple[int, float]]) -> Floats:
        """The score of every passage for weighted terms: BM25 with float32 impacts."""
        total = np.zeros(len(self.passages), dtype=np.float32)
        for term, weight in terms:
            start, end = int(self._starts[term]), int(self._starts[term + 1])
            accumulate(total, self._passages[start:end], self._impacts[start:end], weight)
        return total

    def best(self, scores: Floats, count: int) -> list[Hit]:
        """The `count` best passages that share a term, best first, ties by position."""
        # No passage below the count-th best block can be among the best: a block's best is
        # one passage at least. So only a few are sorted, and ties are all among them.
        full = len(scores) // _BLOCK * _BLOCK
        maxima = scores[:full].reshape(-1, _BLOCK).max(axis=1)
        if len(maxima) > count:
            bound = np.partition(maxima, len(maxima) - count)[len(maxima) - count]
            chosen = np.flatnonzero(scores >= max(bound, _LEAST))
        else:
            chosen = np.flatnonzero(scores > 0)
        order = chosen[np.lexsort((chosen, -scores[chosen]))][:count]
        return [Hit(int(place), float(scores[place])) for place in order]


def _joined(
    parts: list[sparse.csr_array],
) -> tuple[npt.NDArray[np.int64], Integers, Floats]:
    """Starts, columns and values of tables below each other; each is let go once copied."""
    count = sum(part.nnz for part in parts)
    columns, values = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.float32)
    starts, at = [np.zeros(1, dtype=np.int64)], 0
    while parts:
        part = parts.pop(0)
        columns[at : at + part.nnz] = part.indices
        values[at : at + part.nnz] = part.data
        starts.append(part.indptr[1:].astype(np.int64) + at)
        at += part.nnz
    return np.concatenate(starts), columns, values


def _words_of(passage: Passage) -> Iterable[tuple[Word, int]]:
    """The passage's words in order, each with the number of its sentence."""
    text = passage.document.text
    start = passage.span.start
    ends = [sentence.end for sentence in passage.sentences]
    place = 0
    for word in words(passage.span.of(text)):
        while place < len(ends) - 1 and start + word.start >= ends[place]:
            place += 1
        yield word, place
