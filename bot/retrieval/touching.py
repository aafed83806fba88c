"""Where a question's terms stand in some passages, token by token.

Most words of a passage share nothing with a question. Which words of the vocabulary do is
known from the question alone; so of the thousands of tokens of the best passages only those
few are looked at further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.retrieval.index import Index
from bot.retrieval.postings import Floats
from bot.retrieval.tokens import Integers, Offsets, spread


@dataclass(frozen=True, slots=True)
class Held:
    """Tokens that share something with a question.

    Token `i` is the word `words[row[i]]`, and belongs to the sentence or passage `owner[i]`.
    """

    words: Integers
    row: Integers
    owner: Integers


class Touched:
    """The words of a vocabulary that are words of a question or share an n-gram with one."""

    def __init__(self, index: Index, words: Sequence[int], grams: Sequence[int]) -> None:
        """`words` and `grams` are term numbers."""
        self._index = index
        pieces = index.pieces
        held = np.asarray(grams, dtype=np.int64) - index.gram_offset
        sizes = pieces.word_starts[held + 1] - pieces.word_starts[held]
        self._marks = np.zeros(len(index.words), dtype=np.bool_)
        self._marks[pieces.words[spread(pieces.word_starts[held], sizes)]] = True
        self._marks[np.asarray(words, dtype=np.int64)] = True

    def among(self, word: Integers, owner: Integers) -> Held:
        """Those of the tokens `word`, which belong to `owner`, that are touched."""
        hit = np.flatnonzero(self._marks[word])
        distinct, row = np.unique(word[hit], return_inverse=True)
        return Held(distinct, row.astype(np.int32), owner[hit])

    def counts_in(self, places: Integers, terms: Sequence[int]) -> npt.NDArray[np.float64]:
        """How often each of the passages at `places` holds each word or n-gram, by term number."""
        tokens = self._index.tokens
        starts = tokens.passage_starts
        where, owner = stretches(starts[places], starts[places + 1])
        above_from = tokens.above_starts[tokens.heading[places]]
        above_to = tokens.above_starts[tokens.heading[places] + 1]
        above, above_owner = stretches(above_from, above_to)
        held = self.among(
            np.concatenate([tokens.word[where], tokens.above[above]]),
            np.concatenate([owner, above_owner]),
        )
        table = self.terms_of(held.words, terms)
        often = np.zeros((len(places), len(terms)))
        order = np.argsort(held.owner, kind="stable")
        sums(table[held.row[order]], held.owner[order], often)
        return often

    def terms_of(self, words: Integers, terms: Sequence[int]) -> Floats:
        """Which of `words`, ascending, is or has which word or n-gram: a row a word, 1 or 0."""
        offset = self._index.gram_offset
        table = np.zeros((len(words), len(terms)), dtype=np.float32)
        number = np.asarray(terms, dtype=np.int64)
        columns = np.flatnonzero(number < offset)
        if len(words):
            row = np.minimum(np.searchsorted(words, number[columns]), len(words) - 1)
            there = words[row] == number[columns]
            table[row[there], columns[there]] = 1.0
        columns = np.flatnonzero(number >= offset)
        table[:, columns] = self.grams_of(words, number[columns].tolist())
        return table

    def grams_of(self, words: Integers, terms: Sequence[int]) -> Floats:
        """Which of `words` has which n-gram: 1 or 0, a row a word, a column a term."""
        index, pieces = self._index, self._index.pieces
        column = np.full(len(pieces.numbers), -1, dtype=np.int32)
        column[np.asarray(terms, dtype=np.int64) - index.gram_offset] = np.arange(len(terms))
        sizes = pieces.sizes[words]
        found = column[pieces.grams[spread(pieces.gram_starts[words], sizes)]]
        row = np.repeat(np.arange(len(words)), sizes)
        table = np.zeros((len(words), len(terms)), dtype=np.float32)
        table[row[found >= 0], found[found >= 0]] = 1.0
        return table


def stretches(first: Offsets, last: Offsets) -> tuple[Offsets, Integers]:
    """The places from `first[i]` to `last[i]` of each stretch, and the stretch of each."""
    sizes = last - first
    return spread(first, sizes), np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)


def sums(values: Floats, owner: Integers, into: npt.NDArray[np.floating]) -> None:
    """Put the sum of the rows of each owner, who ascend, into the owner's row of `into`."""
    if len(owner):
        begins = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        into[owner[begins]] = np.add.reduceat(values, begins, axis=0)


def maxima(values: Floats, owner: Integers, into: Floats) -> None:
    """As `sums`, with the largest of each column in place of the sum."""
    if len(owner):
        begins = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        into[owner[begins]] = np.maximum.reduceat(values, begins, axis=0)
