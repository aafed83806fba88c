"""Scratch memory: large arrays that are written while a question is answered."""

import threading

import numpy as np

from bot.retrieval.shard.arrays import Integers, Offsets


class Scratch(threading.local):
    """Arrays of each thread, kept since allocating them for each question would take longer.

    Each has an entry for every word, or every n-gram, of a corpus.
    """

    def __init__(self, words: int, grams: int) -> None:
        self._is_member = np.zeros(words, dtype=np.bool_)
        self._row = np.zeros(words, dtype=np.int32)
        self._place = np.full(grams, -1, dtype=np.int32)

    def intersect(self, words: Integers, members: Integers) -> tuple[Offsets, Integers]:
        """The places of the `words` that are among `members`, and the words there."""
        self._is_member.fill(False)
        self._is_member[members] = True
        places = self._is_member.take(words).nonzero()[0]
        return places, words.take(places)

    def distinct(self, words: Integers) -> tuple[Integers, Integers]:
        """The distinct ones of `words`, and for each of `words` its place among them."""
        here = np.arange(len(words), dtype=np.int32)
        # Of equal words the last write wins, so only one place reads back its own number.
        self._row[words] = here
        distinct = words[self._row[words] == here]
        self._row[distinct] = here[: len(distinct)]
        return distinct, self._row[words]

    def rows(self, distinct: Integers, words: Integers) -> Integers:
        """The places of `words` in the last result of `distinct`; -1 for others."""
        if not len(distinct):
            return np.full(len(words), -1, dtype=np.int32)
        row = np.minimum(self._row[words], np.int32(len(distinct) - 1))
        row[distinct[row] != words] = -1
        return row

    def places_of_grams(self, distinct: Integers, grams: Integers) -> Integers:
        """The place of each of `grams` among the `distinct` ones; -1 for others."""
        self._place[distinct] = np.arange(len(distinct), dtype=np.int32)
        places = self._place[grams]
        self._place[distinct] = -1
        return places
