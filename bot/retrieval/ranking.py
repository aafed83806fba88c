"""The best passages for a question.

In a small corpus all terms of a question rank all passages. In a large one n-grams have no
postings; there the passages worth a look are found by words: those of the question, those
like them (which share most of their n-grams), and pairs. Those passages, several times as
many as are wanted, are then ranked by all terms, with the same statistics.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.retrieval.analysis import grams
from bot.retrieval.index import Index
from bot.retrieval.postings import Floats
from bot.retrieval.queries import Query
from bot.retrieval.tokens import Integers, Offsets, spread
from bot.retrieval.touching import Looked, look

WIDER = 2
"""Passages that are looked at for each one wanted, and at least `FEWEST`."""

FEWEST = 100

COMMON = 0.01
"""The share of passages from which a word finds enough by itself, without those like it."""

LIKE = 0.5
"""Agreement of n-grams (Dice) from which a word is searched for in place of another."""

MOST_LIKE = 16
"""Words that are searched for in place of one of the question's."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages that share a term with a question, best first, with their scores.

    `looked` is what the question sees of them, in the same order.
    """

    passages: Integers
    scores: Floats
    looked: Looked


def rank(index: Index, query: Query, count: int) -> Ranked:
    """The `count` best passages that share a term with the question, best first."""
    if index.holds_grams:
        found = index.rank(query.terms, count)
        return Ranked(found.passages, found.scores, look(index, query, found.passages))
    places = np.sort(index.rank(_first(index, query), max(WIDER * count, FEWEST)).passages)
    looked = look(index, query, places)
    scores = _scores(index, query, looked, places)
    order = np.lexsort((places, -scores))[:count]
    order = order[scores[order] > 0]
    return Ranked(places[order], scores[order], looked.only(order))


def _first(index: Index, query: Query) -> list[tuple[int, float]]:
    """Words and pairs, each with a weight that says what its n-grams are worth besides."""
    weights: dict[int, float] = defaultdict(float)
    functions = {word.number for word in query.words if word.function}
    every = [(term, weight) for term, weight in query.terms if not index.is_gram(term)]
    # What joins words is in most passages and decides between few; those are ranked by it.
    telling = [(term, weight) for term, weight in every if term not in functions] or every
    for term, weight in telling:
        weights[term] += weight
    common = COMMON * len(index.passages)
    rare = [
        word.form
        for word in query.content
        if word.number is None or index.frequency(word.number) <= common
    ]
    for number, worth in zip(*_like(index, rare), strict=True):
        weights[number] += worth / max(index.idf(number), 1e-9)
    return list(weights.items())


def _like(index: Index, forms: Sequence[str]) -> tuple[list[int], list[float]]:
    """The words that share most n-grams with one of `forms`, and what the shared are worth."""
    pieces, size = index.pieces, len(index.words)
    place, held, looked_up, spared = _held(index, forms)
    if not len(held):
        return [], []
    first = pieces.word_starts[held[looked_up]]
    sizes = pieces.word_starts[held[looked_up] + 1] - first
    # Each word once for each n-gram it shares with a form: equal ones stand together.
    kind = np.int32 if len(forms) * size < np.iinfo(np.int32).max else np.int64
    owner = np.repeat((place[looked_up] * size).astype(kind), sizes)
    pair = np.sort(owner + pieces.words[spread(first, sizes)])
    begins = np.flatnonzero(np.append(True, pair[1:] != pair[:-1]))
    seen = np.diff(np.append(begins, len(pair)))
    form, word = np.divmod(pair[begins], kind(size))
    own = pieces.sizes[word]
    counts = np.asarray([len(grams(each)) for each in forms])
    able = np.flatnonzero(seen + spared[form] >= LIKE / 2 * (own + counts[form]))
    form, word, own = form[able], word[able], own[able]
    wanted = np.zeros((len(forms), len(pieces.numbers)), dtype=np.bool_)
    wanted[place, held] = True
    gram = pieces.grams[spread(pieces.gram_starts[word], own)]
    at = np.repeat(np.arange(len(word), dtype=np.int32), own)
    shares = np.flatnonzero(wanted[form[at], gram])
    at = at[shares]
    shared = np.bincount(at, minlength=len(word))
    gained = np.bincount(at, weights=index.gram_idf[gram[shares]], minlength=len(word))
    alike = 2 * shared / (own + counts[form])
    near = np.flatnonzero(alike >= LIKE)
    near = near[np.lexsort((-alike[near], form[near]))]
    begin = np.searchsorted(form[near], np.arange(len(forms)))
    near = near[np.arange(len(near)) - begin[form[near]] < MOST_LIKE]
    return word[near].tolist(), gained[near].tolist()


def _held(
    index: Index, forms: Sequence[str]
) -> tuple[Offsets, Offsets, npt.NDArray[np.bool_], Offsets]:
    """The n-grams of `forms`: of which form, which, whether to look it up, and how many not.

    A word that is like a form shares a third of its n-grams at least. So the commonest of
    them, one less than a third, need not be looked up: it has one of the others.
    """
    pieces = index.pieces
    place: list[int] = []
    held: list[int] = []
    looked_up: list[bool] = []
    spared: list[int] = []
    for number, form in enumerate(forms):
        every = grams(form)
        known = [n for gram in every if (n := pieces.numbers.get(gram)) is not None]
        known.sort(key=lambda n: pieces.word_starts.item(n + 1) - pieces.word_starts.item(n))
        left_out = min(max(-(-len(every) // 3) - 1, 0), max(len(known) - 1, 0))
        place += [number] * len(known)
        held += known
        looked_up += [True] * (len(known) - left_out) + [False] * left_out
        spared.append(left_out)
    return (
        np.asarray(place, dtype=np.int64),
        np.asarray(held, dtype=np.int64),
        np.asarray(looked_up, dtype=np.bool_),
        np.asarray(spared, dtype=np.int64),
    )


@np.errstate(invalid="ignore")  # as in scoring
def _scores(index: Index, query: Query, looked: Looked, places: Integers) -> Floats:
    """BM25 of all terms of the question for each of `places`."""
    total = np.zeros(len(places), dtype=np.float64)
    worth = np.zeros(len(query.terms))
    for column, (term, weight) in enumerate(query.terms):
        if term < index.pair_offset:
            worth[column] = weight * index.idf(term)
        else:
            total += weight * index.idf(term) * index.gains_at(term, places)
    often = looked.often().astype(np.float64)
    norm = index.norm(places)[:, None]
    total += (often * (index.k1 + 1) / (often + norm)) @ worth
    return total.astype(np.float32)
