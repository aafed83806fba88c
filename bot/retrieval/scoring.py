"""How well each sentence of the best passages fits a question.

One pass over the candidates' words in NumPy: which terms of the question each sentence
holds (its BM25 score, as a share of the question's ideal), and how much of the
question's content its words cover, where a word covers another as far as their
character n-grams agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from bot.retrieval.analysis import grams
from bot.retrieval.index import Floats, Index
from bot.retrieval.queries import Query

_LENGTH_NORM = 0.5
"""BM25's b for sentences: below a passage's, since a longer sentence also tells more."""

_ALIKE = 0.5
"""Agreement of character n-grams (Dice) from which one word counts for another."""


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """Scores of all sentences of some passages, in order.

    `passage[i]` is the position of sentence i's passage among the candidates, `number[i]`
    its own number there; `score` is a share of the question's ideal score; `cover[i, w]`
    is how well sentence i covers content word w, from 0 to 1; `weight[w]` is that word's
    share of the question, summing to 1.
    """

    passage: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]
    score: Floats
    cover: Floats
    weight: Floats

    def coverage(self) -> Floats:
        """How much of the question each sentence covers by itself."""
        return np.asarray(self.cover @ self.weight, dtype=np.float32)

    def window_coverage(self) -> Floats:
        """How much each sentence covers together with its neighbours in the passage."""
        cover = self.cover.copy()
        if len(cover) > 1:
            same = (self.passage[1:] == self.passage[:-1])[:, None]
            np.maximum(cover[1:], self.cover[:-1] * same, out=cover[1:])
            np.maximum(cover[:-1], self.cover[1:] * same, out=cover[:-1])
        return np.asarray(cover @ self.weight, dtype=np.float32)

    def passage_cover(self, count: int) -> Floats:
        """How well each of the `count` candidate passages as a whole covers each word."""
        covered = np.zeros((count, self.cover.shape[1]), dtype=np.float32)
        np.maximum.at(covered, self.passage, self.cover)
        return covered


def _tokens(index: Index, passages: Sequence[int]) -> tuple[npt.NDArray[np.int64], ...]:
    starts = index.forward.starts
    spans = [(int(starts[p]), int(starts[p + 1])) for p in passages]
    where = np.concatenate([np.arange(a, b) for a, b in spans] or [np.zeros(0, dtype=np.int64)])
    owner = np.repeat(np.arange(len(spans)), [b - a for a, b in spans])
    return where, owner


def score_sentences(index: Index, query: Query, passages: Sequence[int]) -> SentenceScores:
    """Scores of every sentence of the passages numbered `passages`."""
    where, owner = _tokens(index, passages)
    content = query.content
    weights = np.asarray([word.idf for word in content], dtype=np.float32)
    share = weights / max(float(weights.sum()), 1e-9)
    if not len(where):
        none = np.zeros(0, dtype=np.int64)
        empty = np.zeros((0, len(content)), dtype=np.float32)
        return SentenceScores(none, none, np.zeros(0, dtype=np.float32), empty, share)
    word = index.forward.word[where]
    place = index.forward.sentence[where].astype(np.int64)
    key = owner * (int(place.max()) + 1) + place
    change = np.flatnonzero(np.diff(key)) + 1
    begins = np.concatenate([[0], change])
    distinct, back = np.unique(word, return_inverse=True)

    position = {term: i for i, (term, _) in enumerate(query.terms)}
    table = np.zeros((len(distinct), len(position)), dtype=np.float32)
    _fill_words(table, distinct, index, position)
    gram_sets = [frozenset(grams(w.form)) for w in content]
    alike = _fill_grams(table, distinct, index, position, gram_sets)
    for column, query_word in enumerate(content):
        if query_word.number is not None:
            alike[distinct == query_word.number, column] = 1.0
    _liken_alternatives(alike, query, distinct)
    cover = np.maximum.reduceat(alike[back], begins, axis=0)
    _cover_by_alternatives(cover, query, word, begins)

    frequency = np.add.reduceat(table[back], begins, axis=0)
    _add_pairs(frequency, index, query, position, where, key, begins)
    lengths = np.diff(np.concatenate([begins, [len(word)]])).astype(np.float32)
    norm = index.k1 * (1 - _LENGTH_NORM + _LENGTH_NORM * lengths / lengths.mean())
    idf = index.idf[[term for term, _ in query.terms]] * np.asarray(
        [weight for _, weight in query.terms], dtype=np.float32
    )
    gain = frequency * (index.k1 + 1) / (frequency + norm[:, None])
    return SentenceScores(
        passage=owner[begins],
        number=place[begins],
        score=np.asarray(gain @ idf / query.ideal, dtype=np.float32),
        cover=cover,
        weight=share,
    )


def _fill_words(
    table: Floats, distinct: npt.NDArray[np.int32], index: Index, position: dict[int, int]
) -> None:
    for term, column in position.items():
        if term < index.gram_offset:
            row = int(np.searchsorted(distinct, term))
            if row < len(distinct) and distinct[row] == term:
                table[row, column] = 1.0


def _fill_grams(
    table: Floats,
    distinct: npt.NDArray[np.int32],
    index: Index,
    position: dict[int, int],
    gram_sets: Sequence[frozenset[str]],
) -> Floats:
    """Count the question's n-grams in each distinct word; the words' likeness to its words."""
    grams_of = [term for term in position if index.is_gram(term)]
    starts, members = index.word_gram_starts, index.word_grams
    sizes = starts[distinct + 1] - starts[distinct]
    row = np.repeat(np.arange(len(distinct)), sizes)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    offsets = np.arange(int(sizes.sum())) - np.repeat(first, sizes)
    gram = members[np.repeat(starts[distinct], sizes) + offsets]
    asked = [[n for g in texts if (n := index.gram_number(g)) is not None] for texts in gram_sets]
    wanted = {number: i for i, number in enumerate(dict.fromkeys(chain(grams_of, *asked)))}
    which = np.full(len(index.gram_numbers), -1, dtype=np.int32)
    which[np.fromiter(wanted, dtype=np.int64) - index.gram_offset] = np.arange(len(wanted))
    found = which[gram]
    hit = found >= 0
    holds = np.zeros((len(distinct), len(wanted)), dtype=np.float32)
    holds[row[hit], found[hit]] = 1.0
    table[:, [position[term] for term in grams_of]] = holds[:, [wanted[term] for term in grams_of]]
    shared = np.zeros((len(wanted), len(gram_sets)), dtype=np.float32)
    for column, numbers in enumerate(asked):
        shared[[wanted[number] for number in numbers], column] = 1.0
    alike = np.asarray(holds @ shared, dtype=np.float32)
    for column, members_of in enumerate(gram_sets):
        alike[:, column] *= 2.0 / np.maximum(sizes + len(members_of), 1)
    alike[alike < _ALIKE] = 0.0
    return alike


def _liken_alternatives(alike: Floats, query: Query, distinct: npt.NDArray[np.int32]) -> None:
    """Single words that may be meant are like what they stand for; the commonest case."""
    columns = {query_word.form: column for column, query_word in enumerate(query.content)}
    singles = [
        (each.numbers[0], columns[form], each.weight)
        for each in query.alternatives
        if len(each.numbers) == 1
        for form in each.means
        if form in columns
    ]
    if not singles or not len(distinct):
        return
    numbers = np.asarray([number for number, _, _ in singles])
    rows = np.minimum(np.searchsorted(distinct, numbers), len(distinct) - 1)
    for row, (number, column, weight) in zip(rows.tolist(), singles, strict=True):
        if distinct[row] == number:
            alike[row, column] = max(alike[row, column], weight)


def _cover_by_alternatives(
    cover: Floats, query: Query, word: npt.NDArray[np.int32], begins: npt.NDArray[np.int64]
) -> None:
    """Names of several words cover what they stand for, where all of them are there."""
    columns = {query_word.form: column for column, query_word in enumerate(query.content)}
    for alternative in query.alternatives:
        if len(alternative.numbers) == 1:
            continue
        there = np.ones(len(begins), dtype=np.bool_)
        for number in alternative.numbers:
            there &= np.logical_or.reduceat(word == number, begins)
        for form in alternative.means:
            if form in columns:
                column = cover[:, columns[form]]
                np.maximum(column, alternative.weight, out=column, where=there)


def _add_pairs(
    frequency: Floats,
    index: Index,
    query: Query,
    position: dict[int, int],
    where: npt.NDArray[np.int64],
    key: npt.NDArray[np.int64],
    begins: npt.NDArray[np.int64],
) -> None:
    if not query.pairs:
        return
    kept = np.flatnonzero(~index.forward.joined[where])
    word = index.forward.word[where[kept]]
    same = key[kept][1:] == key[kept][:-1]
    for first, second, term in query.pairs:
        hits = np.flatnonzero((word[:-1] == first) & (word[1:] == second) & same)
        for hit in hits:
            sentence = int(np.searchsorted(begins, kept[hit], side="right")) - 1
            frequency[sentence, position[term]] += 1.0
