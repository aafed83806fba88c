"""The best passages for a question.

In a small corpus all terms of a question rank all passages. In a large one n-grams have no
postings; there the passages worth a look are found by words: those of the question, those
like them (which share most of their n-grams), and pairs. Those passages, several times as
many as are wanted, are then ranked by all terms, with the same statistics.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

import numpy as np

from bot.retrieval.analysis import grams
from bot.retrieval.index import Hit, Index
from bot.retrieval.postings import Floats
from bot.retrieval.queries import Query
from bot.retrieval.tokens import Integers, spread
from bot.retrieval.touching import Touched

WIDER = 4
"""Passages that are looked at for each one wanted, and at least `FEWEST`."""

FEWEST = 200

LIKE = 0.5
"""Agreement of n-grams (Dice) from which a word is searched for in place of another."""

MOST_LIKE = 48
"""Words that are searched for in place of one of the question's."""


def touch(index: Index, query: Query) -> Touched:
    """The words that the terms of a question touch."""
    terms = [term for term, _ in query.terms]
    asked = (grams(word.form) for word in query.content)
    known = (number for gram in chain(*asked) if (number := index.gram_number(gram)) is not None)
    return Touched(
        index,
        [term for term in terms if term < index.gram_offset],
        [*known, *(term for term in terms if index.is_gram(term))],
    )


def rank(index: Index, query: Query, touched: Touched, count: int) -> list[Hit]:
    """The `count` best passages that share a term with the question, best first."""
    if index.holds_grams:
        return index.rank(query.terms, count)
    found = index.rank(_first(index, query), max(WIDER * count, FEWEST))
    places = np.asarray(sorted(hit.passage for hit in found), dtype=np.int32)
    scores = _scores(index, query, touched, places)
    order = np.lexsort((places, -scores))[:count]
    return [Hit(int(places[i]), float(scores[i])) for i in order if scores[i] > 0]


def _first(index: Index, query: Query) -> list[tuple[int, float]]:
    """Words and pairs, each with a weight that says what its n-grams are worth besides."""
    weights: dict[int, float] = defaultdict(float)
    functions = {word.number for word in query.words if word.function}
    every = [(term, weight) for term, weight in query.terms if not index.is_gram(term)]
    # What joins words is in most passages and decides between few; those are ranked by it.
    telling = [(term, weight) for term, weight in every if term not in functions] or every
    for term, weight in telling:
        weights[term] += weight
    for word in query.content:
        for number, worth in _like(index, word.form):
            weights[number] += worth / max(index.idf(number), 1e-9)
    return list(weights.items())


def _like(index: Index, form: str) -> Iterator[tuple[int, float]]:
    """The words that share most n-grams with `form`, and what the shared ones are worth."""
    pieces = index.pieces
    numbers = [number for gram in grams(form) if (number := pieces.numbers.get(gram)) is not None]
    if not numbers:
        return
    held = np.asarray(numbers, dtype=np.int64)
    sizes = pieces.word_starts[held + 1] - pieces.word_starts[held]
    word = pieces.words[spread(pieces.word_starts[held], sizes)]
    worth = np.repeat([index.idf(index.gram_offset + number) for number in numbers], sizes)
    order = np.argsort(word, kind="stable")
    word, worth = word[order], worth[order]
    begins = np.flatnonzero(np.append(True, word[1:] != word[:-1]))
    distinct = word[begins]
    shared = np.diff(np.append(begins, len(word)))
    own = pieces.gram_starts[distinct + 1] - pieces.gram_starts[distinct]
    alike = 2 * shared / (own + len(grams(form)))
    gained = np.add.reduceat(worth, begins)
    near = np.flatnonzero(alike >= LIKE)
    near = near[np.argsort(-alike[near], kind="stable")][:MOST_LIKE]
    yield from zip(distinct[near].tolist(), gained[near].tolist(), strict=True)


def _scores(index: Index, query: Query, touched: Touched, places: Integers) -> Floats:
    """BM25 of all terms of the question for each of `places`."""
    total = np.zeros(len(places), dtype=np.float64)
    gram_terms = [(term, weight) for term, weight in query.terms if index.is_gram(term)]
    for term, weight in query.terms:
        if not index.is_gram(term):
            total += weight * index.idf(term) * index.gains_at(term, places)
    often = touched.grams_in(places, [term for term, _ in gram_terms])
    norm = index.norm(places)[:, None]
    worth = np.asarray([weight * index.idf(term) for term, weight in gram_terms])
    total += (often * (index.k1 + 1) / (often + norm)) @ worth
    return total.astype(np.float32)
