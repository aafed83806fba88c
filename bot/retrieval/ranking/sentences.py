"""How well each sentence of the best passages fits a question.

One pass over the candidates' words in NumPy: which terms of the question each sentence
holds (its BM25 score, as a share of the question's ideal), and how much of the
question's content its words cover, where a word covers another as far as their
character n-grams agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.retrieval.query.query import Query
from bot.retrieval.ranking.matches import Held, Looked
from bot.retrieval.shard.arrays import Floats, Integers, Offsets
from bot.retrieval.shard.index import Index

_LENGTH_NORM = 0.5
"""BM25's b for sentences: below a passage's, since a longer sentence also tells more."""

_ALIKE = 0.5
"""Agreement of character n-grams (Dice) from which one word counts for another."""

_ABOVE_TERMS = 0.75
"""A term in the title or the headings counts this much in each sentence below, unless the
sentence has it: what a text is about is named once and understood from then on, so a
sentence is no better for naming it again."""

_ABOVE_COVER = 0.5
"""And so much of what they cover of the question is covered below them."""


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """Scores of all sentences of some passages, in order.

    `passage[i]` is the position of sentence i's passage among the candidates, `number[i]`
    its own number there; `score` is a share of the question's ideal score; `cover[i, w]`
    is how well sentence i covers content word w, from 0 to 1; `above[i, w]` how well the
    title and headings over it do; `weight[w]` is that word's share of the question, summing
    to 1.
    """

    passage: Integers
    number: Offsets
    score: Floats
    cover: Floats
    above: Floats
    weight: Floats

    @np.errstate(invalid="ignore")
    def window_coverage(self) -> Floats:
        """How much each sentence covers together with its neighbours and what is above it."""
        cover = np.maximum(self.cover, _ABOVE_COVER * self.above)
        if len(cover) > 1:
            same = (self.passage[1:] == self.passage[:-1])[:, None]
            np.maximum(cover[1:], self.cover[:-1] * same, out=cover[1:])
            np.maximum(cover[:-1], self.cover[1:] * same, out=cover[:-1])
        return np.asarray(cover @ self.weight, dtype=np.float32)

    def passage_cover(self, count: int) -> Floats:
        """How well each of the `count` candidate passages, with its title, covers each word."""
        covered = np.zeros((count, self.cover.shape[1]), dtype=np.float32)
        np.maximum.at(covered, self.passage, np.maximum(self.cover, _ABOVE_COVER * self.above))
        return covered


# Here and below: OpenBLAS may raise this flag in a product where nothing is invalid.
@np.errstate(invalid="ignore")
def score_sentences(index: Index, query: Query, looked: Looked) -> SentenceScores:
    """Scores of every sentence with words of the passages that were looked at."""
    content, count = query.content, looked.sentences
    weights = np.asarray([word.idf for word in content], dtype=np.float32)
    share = weights / max(float(weights.sum()), 1e-9)
    headed = looked.headed[looked.passage]
    cover = _cover(index, query, looked)
    frequency, named = looked.frequency[:count], np.minimum(looked.frequency[count:], 1.0)
    if len(looked.pair_of):
        frequency = frequency.copy()
        position = {term: column for column, term in enumerate(query.terms.tolist())}
        column = np.asarray([position[term] for _, _, term in query.pairs])
        np.add.at(frequency, (looked.pair_in, column[looked.pair_of]), 1.0)
    frequency = np.maximum(frequency, (_ABOVE_TERMS * named)[headed])
    length = looked.length / max(looked.length.mean(), 1) if count else looked.length
    norm = index.k1 * (1 - _LENGTH_NORM + _LENGTH_NORM * length)
    gain = frequency * (index.k1 + 1) / (frequency + norm[:, None].astype(np.float32))
    return SentenceScores(
        passage=looked.passage,
        number=looked.number,
        score=np.asarray(gain @ query.worth.astype(np.float32) / query.ideal, dtype=np.float32),
        cover=cover[:count],
        above=cover[count:][headed],
        weight=share,
    )


def _cover(index: Index, query: Query, looked: Looked) -> Floats:
    """How well each sentence, and each heading after them, covers each content word."""
    held = looked.held
    cover = np.zeros((len(looked.frequency), len(query.content)), dtype=np.float32)
    alike = _alike(index, query, held)
    # Few words are like one of the question's, of all that share an n-gram with one.
    likely = np.asarray(alike.any(axis=1), dtype=np.bool_)
    telling = np.flatnonzero(likely[held.row])
    np.maximum.at(cover, held.owner[telling], alike[held.row[telling]])
    _cover_by_alternatives(cover, query, held)
    return cover


def _alike(index: Index, query: Query, held: Held) -> Floats:
    """How like each word that was held is to each content word: a row a word."""
    position = {term: column for column, term in enumerate(query.terms.tolist())}
    holds = np.zeros((len(position), len(query.content)), dtype=np.float32)
    for column, query_word in enumerate(query.content):
        holds[[position[number] for number in query_word.grams], column] = 1.0
    counts = np.asarray([query_word.gram_count for query_word in query.content])
    sizes = index.ngrams.sizes[held.words]
    alike = np.asarray(held.table @ holds, dtype=np.float32)
    alike *= 2.0 / np.maximum(sizes[:, None] + counts, 1)
    alike[alike < _ALIKE] = 0.0
    row_of = {number: row for row, number in enumerate(held.words.tolist())}
    columns = {query_word.form: column for column, query_word in enumerate(query.content)}
    for query_word in query.content:
        row = None if query_word.number is None else row_of.get(query_word.number)
        if row is not None:
            alike[row, columns[query_word.form]] = 1.0
    # Single words that may be meant are like what they stand for; the commonest case.
    for each in query.alternatives:
        row = row_of.get(each.numbers[0]) if len(each.numbers) == 1 else None
        if row is not None:
            for column in (columns[form] for form in each.means if form in columns):
                alike[row, column] = max(float(alike[row, column]), each.weight)
    return alike


def _cover_by_alternatives(cover: Floats, query: Query, held: Held) -> None:
    """Names of several words cover what they stand for, where all of them are there."""
    columns = {query_word.form: column for column, query_word in enumerate(query.content)}
    for alternative in query.alternatives:
        if len(alternative.numbers) == 1:
            continue
        there = np.ones(len(cover), dtype=np.bool_)
        for number in alternative.numbers:
            has = np.zeros(len(cover), dtype=np.bool_)
            has[held.owner[held.words[held.row] == number]] = True
            there &= has
        for form in alternative.means:
            if form in columns:
                column = cover[:, columns[form]]
                np.maximum(column, alternative.weight, out=column, where=there)
