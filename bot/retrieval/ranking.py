"""The best passages for a question.

In a small corpus all terms of a question rank all passages. In a large one n-grams have no
postings; there the passages worth a look are found by words: those of the question, those
like them (which share most of their n-grams), and pairs. Those passages, several times as
many as are wanted, are then ranked by all terms, with the same statistics.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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
    for number, worth in zip(*_like(index, [w.form for w in query.content]), strict=True):
        weights[number] += worth / max(index.idf(number), 1e-9)
    return list(weights.items())


def _like(index: Index, forms: Sequence[str]) -> tuple[list[int], list[float]]:
    """The words that share most n-grams with one of `forms`, and what the shared are worth."""
    pieces, size = index.pieces, len(index.words)
    known = [
        (place, number)
        for place, form in enumerate(forms)
        for gram in grams(form)
        if (number := pieces.numbers.get(gram)) is not None
    ]
    if not known:
        return [], []
    place, held = np.asarray(known, dtype=np.int64).T
    first = pieces.word_starts[held]
    sizes = pieces.word_starts[held + 1] - first
    # Each word once for each n-gram it shares with a form: equal ones stand together.
    kind = np.int32 if len(forms) * size < np.iinfo(np.int32).max else np.int64
    owner = np.repeat((place * size).astype(kind), sizes)
    pair = np.sort(owner + pieces.words[spread(first, sizes)])
    begins = np.flatnonzero(np.append(True, pair[1:] != pair[:-1]))
    shared = np.diff(np.append(begins, len(pair)))
    place, word = np.divmod(pair[begins], size)
    own = pieces.gram_starts[word + 1] - pieces.gram_starts[word]
    counts = np.asarray([len(grams(form)) for form in forms])
    alike = 2 * shared / (own + counts[place])
    near = np.flatnonzero(alike >= LIKE)
    near = near[np.lexsort((-alike[near], place[near]))]
    begin = np.searchsorted(place[near], np.arange(len(forms)))
    near = near[np.arange(len(near)) - begin[place[near]] < MOST_LIKE]
    found, sizes = word[near], own[near]
    gram = pieces.grams[spread(pieces.gram_starts[found], sizes)]
    wanted = np.zeros((len(forms), len(pieces.numbers)), dtype=np.bool_)
    wanted[np.asarray(known)[:, 0], held] = True
    worth = index.gram_idf[gram] * wanted[np.repeat(place[near], sizes), gram]
    gained = np.add.reduceat(worth, np.cumsum(sizes) - sizes) if len(found) else worth
    return found.tolist(), gained.tolist()


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
