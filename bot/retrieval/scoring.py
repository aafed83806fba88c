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
from bot.retrieval.index import Index
from bot.retrieval.postings import Floats
from bot.retrieval.queries import Query
from bot.retrieval.tokens import JOINED, Integers
from bot.retrieval.touching import Held, Touched, maxima, stretches, sums

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

    passage: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]
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
def score_sentences(
    index: Index, query: Query, touched: Touched, passages: Sequence[int]
) -> SentenceScores:
    """Scores of every sentence with words of the passages numbered `passages`."""
    tokens, content = index.tokens, query.content
    weights = np.asarray([word.idf for word in content], dtype=np.float32)
    share = weights / max(float(weights.sum()), 1e-9)
    places = np.asarray(passages, dtype=np.int64)
    sentence, passage = stretches(tokens.sentences[places], tokens.sentences[places + 1])
    number = sentence - tokens.sentences[places][passage]
    lengths = tokens.starts[sentence + 1] - tokens.starts[sentence]
    worded = np.flatnonzero(lengths)
    sentence, passage, number = sentence[worded], passage[worded], number[worded]
    lengths = lengths[worded]
    if not len(sentence):
        none = np.zeros(0, dtype=np.int64)
        empty = np.zeros((0, len(content)), dtype=np.float32)
        return SentenceScores(none, none, np.zeros(0, dtype=np.float32), empty, empty, share)
    where, owner = stretches(tokens.starts[sentence], tokens.starts[sentence + 1])
    word = tokens.word[where]
    # What stands above the passages comes last, once, as if it were a sentence.
    heading, headed = np.unique(tokens.heading[places], return_inverse=True)
    headed = headed[passage]
    above, below = stretches(tokens.above_starts[heading], tokens.above_starts[heading + 1])
    count = len(sentence)
    held = touched.among(
        np.concatenate([word, tokens.above[above]]), np.concatenate([owner, count + below])
    )
    table, alike = _tables(index, query, touched, held.words)
    frequency = np.zeros((count + len(heading), len(query.terms)), dtype=np.float32)
    sums(table[held.row], held.owner, frequency)
    cover = np.zeros((count + len(heading), len(content)), dtype=np.float32)
    maxima(alike[held.row], held.owner, cover)
    _cover_by_alternatives(cover, query, held)
    frequency, named = frequency[:count], np.minimum(frequency[count:], 1.0)
    _add_pairs(frequency, query, word, owner, tokens.marks[where] & JOINED != 0)
    np.maximum(frequency, _ABOVE_TERMS * named[headed], out=frequency)
    norm = index.k1 * (1 - _LENGTH_NORM + _LENGTH_NORM * lengths / lengths.mean())
    idf = np.asarray([index.idf(term) * weight for term, weight in query.terms])
    gain = frequency * (index.k1 + 1) / (frequency + norm[:, None].astype(np.float32))
    return SentenceScores(
        passage=passage.astype(np.int64),
        number=number,
        score=np.asarray(gain @ idf.astype(np.float32) / query.ideal, dtype=np.float32),
        cover=cover[:count],
        above=cover[count:][headed],
        weight=share,
    )


def _tables(index: Index, query: Query, touched: Touched, words: Integers) -> tuple[Floats, Floats]:
    """Which of `words` holds which term of the question, and how like it is to each content word.

    A row a word; a column a term, or a content word.
    """
    position = {term: column for column, (term, _) in enumerate(query.terms)}
    table = np.zeros((len(words), len(position)), dtype=np.float32)
    gram_terms = [term for term in position if index.is_gram(term)]
    for term, column in position.items():
        if term < index.gram_offset:
            table[words == term, column] = 1.0
    gram_sets = [frozenset(grams(word.form)) for word in query.content]
    asked = [
        [n for g in sorted(texts) if (n := index.gram_number(g)) is not None] for texts in gram_sets
    ]
    every = list(dict.fromkeys(chain(gram_terms, *asked)))
    column_of = {term: column for column, term in enumerate(every)}
    holds = touched.grams_of(words, every)
    table[:, [position[term] for term in gram_terms]] = holds[:, : len(gram_terms)]
    shared = np.zeros((len(every), len(gram_sets)), dtype=np.float32)
    for column, numbers in enumerate(asked):
        shared[[column_of[number] for number in numbers], column] = 1.0
    alike = np.asarray(holds @ shared, dtype=np.float32)
    sizes = index.pieces.sizes[words]
    for column, members in enumerate(gram_sets):
        alike[:, column] *= 2.0 / np.maximum(sizes + len(members), 1)
    alike[alike < _ALIKE] = 0.0
    for column, query_word in enumerate(query.content):
        if query_word.number is not None:
            alike[words == query_word.number, column] = 1.0
    _liken_alternatives(alike, query, words)
    return table, alike


def _liken_alternatives(alike: Floats, query: Query, words: Integers) -> None:
    """Single words that may be meant are like what they stand for; the commonest case.

    `words` ascend.
    """
    columns = {query_word.form: column for column, query_word in enumerate(query.content)}
    singles = [
        (each.numbers[0], columns[form], each.weight)
        for each in query.alternatives
        if len(each.numbers) == 1
        for form in each.means
        if form in columns
    ]
    if not singles or not len(words):
        return
    numbers = np.asarray([number for number, _, _ in singles])
    rows = np.minimum(np.searchsorted(words, numbers), len(words) - 1)
    for row, (number, column, weight) in zip(rows.tolist(), singles, strict=True):
        if words[row] == number:
            alike[row, column] = max(alike[row, column], weight)


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


def _add_pairs(
    frequency: Floats,
    query: Query,
    word: Integers,
    owner: Integers,
    joined: npt.NDArray[np.bool_],
) -> None:
    """Count the question's pairs of words in each sentence, `owner` of its tokens `word`."""
    if not query.pairs:
        return
    if joined.any():
        word, owner = word[~joined], owner[~joined]
    position = {term: column for column, (term, _) in enumerate(query.terms)}
    same = owner[1:] == owner[:-1]
    for first, second, term in query.pairs:
        hits = np.flatnonzero((word[:-1] == first) & (word[1:] == second) & same)
        for hit in hits:
            frequency[owner[hit], position[term]] += 1.0
