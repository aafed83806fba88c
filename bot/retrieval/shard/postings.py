"""Terms to the passages that hold them, and what each adds to a passage's score.

Everything here is arithmetic on whole arrays: counting, sorting by counting, and products
of sparse matrices. rank_bm25's constructor wants a list of terms a passage, which takes
minutes and gigabytes for character n-grams; the same counts are made here from the tokens,
and a test holds the scores to those of the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.retrieval.shard.array_edits import (
    Change,
    Counts,
    Edit,
    Often,
    Places,
    smallest,
)
from bot.retrieval.shard.tokens import JOINED, Numbers, Tokens, offsets, spread
from bot.retrieval.shard.vocabulary import Integers, Moved, Numbering, Offsets, renumbered
from bot.retrieval.text.analysis import uncached_grams

Floats = npt.NDArray[np.float32]

_AT_ONCE = 2_000_000
"""Postings that are weighed at once: bounds what building needs beside its result."""

_WORDS = 20_000
"""Words whose n-grams are made at the same time."""

_LETTERS = 4
"""Letters of an n-gram of a word in ASCII."""

_PASSAGES = 8_192
"""Passages whose n-grams are counted at once."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What BM25 makes of counts: `norm` is what it adds to a term's count in each passage."""

    norm: npt.NDArray[np.float64]
    k1: float

    def gains(self, counts: Counts) -> Floats:
        """What each count adds, its idf left out: tf (k1 + 1) / (tf + norm of the passage)."""
        passages, often = counts.passages, counts.often
        # Most terms stand once in a passage, and then a passage has one gain for all of them.
        once: Floats = ((self.k1 + 1) / (1.0 + self.norm)).astype(np.float32)
        gains = renumbered(passages, once)
        for start in range(0, len(often), _AT_ONCE):
            more = np.flatnonzero(often[start : start + _AT_ONCE] != 1) + start
            tf = often[more].astype(np.float64)
            gains[more] = tf * (self.k1 + 1) / (tf + self.norm[passages[more]])
        return gains


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms to passages, and what each adds to the score of each.

    Term `t` stands in `passages[starts[t]:starts[t + 1]]`, ascending; `gains` is what it adds
    before its idf: tf (k1 + 1) / (tf + norm of the passage). `often` is tf, by which gains are
    made again where other passages change the norm.
    """

    starts: Integers | Offsets
    passages: Integers
    often: Often
    gains: Floats

    @classmethod
    def of(cls, counts: Counts, worth: Worth) -> Postings:
        """The postings of `counts`."""
        small = len(counts.passages) < np.iinfo(np.int32).max
        starts = counts.starts
        if small:
            starts = starts.astype(np.int32, copy=False)
        return cls(starts, counts.passages, counts.often, worth.gains(counts))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def frequency(self, term: int) -> int:
        """The number of passages that hold a term."""
        return int(self.starts[term + 1]) - int(self.starts[term])

    def stretch(self, term: int) -> tuple[int, int]:
        """Where the postings of a term begin and end."""
        starts = self.starts
        return starts.item(term), starts.item(term + 1)

    def of_term(self, term: int) -> tuple[Integers, Floats]:
        """The passages that hold a term, and what it adds to each."""
        part = slice(*self.stretch(term))
        return self.passages[part], self.gains[part]

    def gains_at(self, term: int, passages: Integers) -> Floats:
        """What a term adds to each of `passages`; 0 where it is not."""
        here, gains = self.of_term(term)
        if not len(here):
            return np.zeros(len(passages), dtype=np.float32)
        place = np.minimum(np.searchsorted(here, passages), len(here) - 1)
        return np.where(here[place] == passages, gains[place], np.float32(0))


@dataclass(frozen=True, eq=False)
class Pieces:
    """The character n-grams of a vocabulary, both ways.

    N-gram `g` is in the words `words[word_starts[g]:word_starts[g + 1]]`, word `w` has the
    n-grams `grams[gram_starts[w]:gram_starts[w + 1]]`; `numbers` names them.
    """

    numbers: Numbering
    grams: Integers
    gram_starts: Offsets
    words: Integers
    word_starts: Offsets

    @classmethod
    def of(cls, words: Sequence[str]) -> Pieces:
        """The n-grams of `words`."""
        numbers = Numbers()
        grams, sizes = _numbered(words, numbers)
        forms = list(numbers)
        order = np.asarray(sorted(range(len(forms)), key=forms.__getitem__), dtype=np.int32)
        number = np.zeros(len(order), dtype=np.int32)
        number[order] = np.arange(len(order), dtype=np.int32)
        numbering = Numbering([forms[place] for place in order.tolist()])
        return cls.turned(numbering, number[grams], offsets(sizes))

    @classmethod
    def turned(cls, numbers: Numbering, grams: Integers, starts: Offsets) -> Pieces:
        """The n-grams of each word, with the words of each n-gram made of them."""
        word = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
        ones = np.ones(len(grams), dtype=np.int8)
        table = sparse.csr_array((ones, (grams, word)), shape=(len(numbers), len(starts) - 1))
        return cls(numbers, grams, starts, table.indices, table.indptr.astype(np.int64))

    def part(self, origin: Integers) -> Pieces:
        """The n-grams of those words only that have the numbers `origin`, which ascend."""
        sizes = np.diff(self.gram_starts)[origin]
        grams = self.grams[spread(self.gram_starts[origin], sizes)]
        seen = np.zeros(len(self.numbers), dtype=np.bool_)
        seen[grams] = True
        nothing = Moved(len(seen), np.flatnonzero(~seen), np.zeros(0, dtype=np.int64))
        numbers = self.numbers.updated(nothing, ())
        return self.turned(numbers, nothing.number[grams], offsets(sizes))

    def updated(self, moved: Moved, fresh: Sequence[str]) -> tuple[Pieces, Moved]:
        """The n-grams after a change of words, `fresh` being those that came.

        With it what becomes of the n-grams.
        """
        if moved.same:
            nothing = np.zeros(0, dtype=np.int64)
            return self, Moved(len(self.numbers), nothing, nothing)
        came = Pieces.of(fresh)
        places = Places.of(self.numbers, came.numbers.forms)
        rows = np.diff(self.gram_starts)
        went = self.grams[spread(self.gram_starts[moved.gone], rows[moved.gone])]
        order = np.argsort(went, kind="stable")
        word = np.repeat(np.arange(len(moved.gone), dtype=np.int32), rows[moved.gone])[order]
        terms, sizes = np.unique(went, return_counts=True)
        change = Change(
            gone=_each_once(offsets(sizes), word),
            gone_terms=terms.astype(np.int64),
            fresh=_each_once(came.word_starts, came.words),
            places=places,
            moved=moved,
        )
        grams = change.terms(self.word_starts)
        table = change.made(_each_once(self.word_starts, self.words), grams)
        edit = Edit(
            spread(self.gram_starts[moved.gone], rows[moved.gone]),
            np.repeat(self.gram_starts[moved.places], came.sizes),
        )
        numbers = self.numbers.updated(
            grams, [came.numbers.forms[n] for n in np.flatnonzero(places.is_new).tolist()]
        )
        return Pieces(
            numbers=numbers,
            grams=edit.renumbered(self.grams, grams, places.numbers(grams)[came.grams]),
            gram_starts=offsets(Edit.of(moved).made(rows, came.sizes.astype(np.int64))),
            words=table.passages,
            word_starts=table.starts.astype(np.int64, copy=False),
        ), grams

    @cached_property
    def sizes(self) -> Integers:
        """How many n-grams each word has."""
        return np.diff(self.gram_starts).astype(np.int32)

    def counts(self, words: sparse.csr_array) -> Counts:
        """How often each passage holds each n-gram, from how often it holds each word."""
        ones = np.ones(len(self.words), dtype=np.float32)
        shape = (len(self.numbers), len(self.gram_starts) - 1)
        table = sparse.csr_array((ones, self.words, self.word_starts), shape=shape)
        return counts_of(sparse.csr_array(table @ words))

    def frequencies(self, words: sparse.csr_array) -> Integers:
        """In how many passages each n-gram stands, some passages at a time.

        Passage by passage, since all n-grams fit where numbers are fetched fast, and all
        passages do not: twice as fast as the other way round.
        """
        ones = np.ones(len(self.grams), dtype=np.float32)
        shape = (len(self.gram_starts) - 1, len(self.numbers))
        table = sparse.csr_array((ones, self.grams, self.gram_starts), shape=shape)
        passages = sparse.csr_array(words.T)
        found = np.zeros(len(self.numbers), dtype=np.int64)
        for first in range(0, passages.shape[0], _PASSAGES):
            held = sparse.csr_array(passages[first : first + _PASSAGES] @ table)
            found += np.bincount(held.indices, minlength=len(found))
        return found.astype(np.int32)


def _each_once(starts: Offsets, words: Integers) -> Counts:
    return Counts(starts, words, np.broadcast_to(np.uint8(1), len(words)))


def _numbered(words: Sequence[str], numbers: Numbers) -> tuple[Integers, npt.NDArray[np.int64]]:
    """The n-grams of `words` one after the other, new ones added to `numbers`; how many each.

    Some words at a time: the few n-grams that are kept would otherwise lie scattered among
    those of all words, and hold the memory of all of them.
    """
    grams, sizes = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(words), _WORDS):
        some = words[start : start + _WORDS]
        size = np.fromiter(map(len, some), np.int64, len(some))
        is_plain = np.fromiter(map(str.isascii, some), np.bool_, len(some)) & (size > 1)
        plain, others = np.flatnonzero(is_plain), np.flatnonzero(~is_plain).tolist()
        few = some if not others else list(compress(some, is_plain.tolist()))
        found, counts = _plainly_numbered(few, size[plain], numbers)
        size[plain] = counts
        pieces = [sorted(uncached_grams(some[place])) for place in others]
        size[others] = [len(each) for each in pieces]
        made = np.zeros(int(size.sum()), dtype=np.int32)
        begins = np.cumsum(size) - size
        made[spread(begins[plain], counts)] = found
        made[spread(begins[others], size[others])] = [
            numbers[gram] for gram in chain.from_iterable(pieces)
        ]
        grams.append(made)
        sizes.append(size)
    return np.concatenate(grams), np.concatenate(sizes)


def _plainly_numbered(
    words: Sequence[str], lengths: npt.NDArray[np.int64], numbers: Numbers
) -> tuple[Integers, npt.NDArray[np.int64]]:
    """As `_numbered`, for words of two letters and more in ASCII, all at once.

    Four letters are one number of 32 bits, so that no string is made but for each n-gram
    once. `uncached_grams` says what the n-grams of a word are.
    """
    counts = lengths - 1
    if not words:
        return np.zeros(0, dtype=np.int32), counts
    letters = f"_{'__'.join(words)}_".encode()
    begins = np.cumsum(lengths + 2) - (lengths + 2)
    codes = np.ndarray((len(letters) - _LETTERS + 1,), ">u4", letters, strides=(1,))
    each = np.repeat(np.arange(len(words), dtype=np.uint64) << np.uint64(32), counts)
    each |= codes[spread(begins, counts)]
    # Nearly in order as they are: each word's own are all that is out of it.
    each.sort(kind="stable")
    each = each[_changes(each)]
    code = each.astype(np.uint32)
    # By halves, of which NumPy sorts each by counting.
    order = np.argsort(code.astype(np.uint16), kind="stable")
    order = order[np.argsort((code >> np.uint32(16)).astype(np.uint16)[order], kind="stable")]
    code = code[order]
    new = _changes(code)
    names = code[new].astype(">u4").tobytes().decode("ascii")
    numbered = [numbers[names[i : i + _LETTERS]] for i in range(0, len(names), _LETTERS)]
    found = np.zeros(len(code), dtype=np.int32)
    found[order] = np.asarray(numbered, dtype=np.int32)[np.cumsum(new) - 1]
    return found, np.bincount((each >> np.uint64(32)).astype(np.int64), minlength=len(words))


def _changes(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which of `values` differ from the one before."""
    new = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def counts_of(table: sparse.csr_array) -> Counts:
    """The counts in a matrix of a row a term and a column a passage."""
    table.sort_indices()
    passages = table.indices.astype(np.int32, copy=False)
    return Counts(table.indptr.astype(np.int64), passages, smallest(table.data))


def word_counts(tokens: Tokens) -> sparse.csr_array:
    """How often each passage, with what stands above it, holds each word."""
    shape = (len(tokens.words), tokens.passages)

    def table(word: Integers, sizes: npt.NDArray[np.int64]) -> sparse.csr_array:
        passage = np.repeat(np.arange(tokens.passages, dtype=np.int32), sizes)
        ones = np.ones(len(word), dtype=np.float32)
        return sparse.csr_array((ones, (word, passage)), shape=shape)

    above = np.diff(tokens.above_starts)[tokens.heading]
    found = table(tokens.word, np.diff(tokens.passage_starts))
    if above.any():
        found = sparse.csr_array(found + table(tokens.above_words(), above))
    return found


def lengths(tokens: Tokens, pieces: Pieces) -> npt.NDArray[np.int64]:
    """How many terms each passage has, repeated ones each time: words, n-grams, pairs."""
    worth = (1 + pieces.sizes).astype(np.int32)
    plain = tokens.marks & JOINED == 0
    own = _summed(worth[tokens.word] + plain, tokens.passage_starts)
    pairs = np.minimum(_summed(plain.astype(np.int32), tokens.passage_starts), 1)
    above = _summed(worth[tokens.above], tokens.above_starts)
    return own - pairs + above[tokens.heading]


def _summed(values: Integers, starts: Offsets) -> npt.NDArray[np.int64]:
    """The sum of each stretch of `values`; 0 for an empty one."""
    sums = np.zeros(len(starts) - 1, dtype=np.int64)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        sums[filled] = np.add.reduceat(values, starts[filled], dtype=np.int64)
    return sums


def pair_counts(tokens: Tokens) -> tuple[Offsets, Counts]:
    """The pairs of words that stand next to each other within a passage, and their counts.

    A pair's code is the number of the first word times 2^32 plus that of the second; codes
    ascend. Sorted by counting, second words first: that is linear in the length of the text.
    """
    first, second, starts = _neighbours(tokens)
    # Passages by second word, each with the first; then second words by first, with passages.
    found = _by_column(first, second, starts, len(tokens.words))
    found = _by_column(found.indices, found.data, found.indptr, len(tokens.words))
    word, rows = found.indices, found.indptr
    passage = found.data.astype(np.int32, copy=False)
    begins = _changes(word)
    begins[rows[:-1][rows[1:] > rows[:-1]]] = True
    new = begins.copy()
    new[1:] |= passage[1:] != passage[:-1]
    of_row = np.repeat(np.arange(len(rows) - 1, dtype=np.int32), np.diff(rows))
    codes = of_row[begins].astype(np.int64) << 32 | word[begins]
    passage = passage[new]
    starts = np.append(np.flatnonzero(begins[new]), len(passage)).astype(np.int64)
    return codes, Counts(starts, passage, _often(new))


def _neighbours(tokens: Tokens) -> tuple[Integers, Integers, Offsets]:
    """The words beside each other within each passage, and where the passages begin."""
    word, starts = tokens.word, tokens.passage_starts
    plain = tokens.marks & JOINED == 0
    if not plain.all():
        word, starts = word[plain], offsets(plain)[starts]
    sizes = np.diff(starts)
    followed = np.ones(len(word), dtype=np.bool_)
    followed[starts[1:][sizes > 0] - 1] = False
    second = word[1:][followed[:-1]]
    return word[followed], second, offsets(np.maximum(sizes - 1, 0))


def _by_column(
    values: Integers, columns: Integers, starts: Integers | Offsets, count: int
) -> sparse.csc_array:
    """A matrix of these values, row by row, turned: by its `count` columns, rows ascending."""
    shape = (len(starts) - 1, count)
    return sparse.csr_array((values, columns, starts), shape=shape).tocsc()


def _often(new: npt.NDArray[np.bool_]) -> Often:
    """How often each thing stands in a sorted row, `new` saying where another begins."""
    again = np.flatnonzero(~new)
    which, more = np.unique(again - np.arange(1, len(again) + 1), return_counts=True)
    kind = np.min_scalar_type(int(more.max(initial=0)) + 1)
    # Nearly all stand there once.
    often = np.ones(len(new) - len(again), dtype=kind)
    often[which] += more.astype(kind)
    return often
