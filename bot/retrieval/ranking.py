"""The best passages for a question.

In a small corpus all terms of a question rank all passages. In a large one n-grams have no
postings; there the passages worth a look are found by words: those of the question, those
like them (which share most of their n-grams), and pairs. Those passages, several times as
many as are wanted, are then ranked by all terms, with the same statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.retrieval.index import Index
from bot.retrieval.postings import Floats
from bot.retrieval.queries import Query, QueryWord
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
        found = index.rank(query.terms.tolist(), query.worth.tolist(), count)
        return Ranked(found.passages, found.scores, look(index, query, found.passages))
    terms, worth = _first(index, query)
    places = np.sort(index.rank(terms, worth, max(WIDER * count, FEWEST)).passages)
    looked = look(index, query, places)
    scores = _scores(index, query, looked, places)
    order = np.lexsort((places, -scores))[:count]
    order = order[scores[order] > 0]
    return Ranked(places[order], scores[order], looked.only(order))


def _first(index: Index, query: Query) -> tuple[list[int], list[float]]:
    """Words and pairs, each with what it is worth together with its n-grams."""
    whole = (query.terms < index.gram_offset) | (query.terms >= index.pair_offset)
    functions = [word.number for word in query.words if word.function and word.number is not None]
    # What joins words is in most passages and decides between few; those are ranked by it.
    telling = whole & ~np.isin(query.terms, functions)
    if not telling.any():
        telling = whole
    worth = dict(zip(query.terms[telling].tolist(), query.worth[telling].tolist(), strict=True))
    common = COMMON * len(index.passages)
    rare = [
        word
        for word in query.content
        if word.number is None or index.frequencies.item(word.number) <= common
    ]
    for number, gained in zip(*_like(index, rare), strict=True):
        worth[number] = worth.get(number, 0.0) + gained
    return list(worth), list(worth.values())


def _like(index: Index, asked: Sequence[QueryWord]) -> tuple[list[int], list[float]]:
    """The words that share most n-grams with one of `asked`, and what the shared are worth."""
    pieces, size = index.pieces, len(index.words)
    place = np.repeat(np.arange(len(asked)), [len(word.grams) for word in asked])
    if not len(place):
        return [], []
    held = np.asarray([gram for word in asked for gram in word.grams]) - index.gram_offset
    counts = np.asarray([word.gram_count for word in asked])
    first = pieces.word_starts[held]
    sizes = pieces.word_starts[held + 1] - first
    looked_up, spared = _looked_up(place, sizes, counts)
    stretches = [
        pieces.words[start : start + length]
        for start, length in zip(first[looked_up].tolist(), sizes[looked_up].tolist(), strict=True)
    ]
    # Each word once for each n-gram it shares with one that is asked: equal ones together.
    kind = np.int32 if len(asked) * size < np.iinfo(np.int32).max else np.int64
    pair = np.repeat((place[looked_up] * size).astype(kind), sizes[looked_up])
    pair += np.concatenate(stretches)
    pair.sort()
    begins = np.flatnonzero(np.append(True, pair[1:] != pair[:-1]))
    seen = np.diff(np.append(begins, len(pair)))
    form, word = np.divmod(pair[begins], kind(size))
    own = pieces.sizes[word]
    able = np.flatnonzero(seen + spared[form] >= LIKE / 2 * (own + counts[form]))
    form, word, own = form[able], word[able], own[able]
    wanted = np.zeros((len(asked), len(pieces.numbers)), dtype=np.bool_)
    wanted[place, held] = True
    gram = pieces.grams[spread(pieces.gram_starts[word], own)]
    at = np.repeat(np.arange(len(word), dtype=np.int32), own)
    shares = np.flatnonzero(wanted[form[at], gram])
    at = at[shares]
    alike = 2 * np.bincount(at, minlength=len(word)) / (own + counts[form])
    gained = np.bincount(at, weights=index.gram_idf[gram[shares]], minlength=len(word))
    near = np.flatnonzero(alike >= LIKE)
    near = near[np.lexsort((-alike[near], form[near]))]
    begin = np.searchsorted(form[near], np.arange(len(asked)))
    near = near[np.arange(len(near)) - begin[form[near]] < MOST_LIKE]
    return word[near].tolist(), gained[near].tolist()


def _looked_up(
    place: Offsets, sizes: Offsets, counts: Offsets
) -> tuple[npt.NDArray[np.bool_], Offsets]:
    """Which of the n-grams to look up, and how many of each word not.

    N-gram `i` is one of the word at `place[i]`, ascending, and in `sizes[i]` words. A word
    that is like another shares a third of its n-grams at least. So the commonest of them,
    one less than a third, need not be looked up: it has one of the others.
    """
    known = np.bincount(place, minlength=len(counts))
    spared = np.clip(-(-counts // 3) - 1, 0, np.maximum(known - 1, 0))
    rarest = np.lexsort((sizes, place))
    begins = np.cumsum(known) - known
    looked_up = np.zeros(len(place), dtype=np.bool_)
    looked_up[rarest] = np.arange(len(place)) - begins[place] < (known - spared)[place]
    return looked_up, spared


@np.errstate(invalid="ignore")  # as in scoring
def _scores(index: Index, query: Query, looked: Looked, places: Integers) -> Floats:
    """BM25 of all terms of the question for each of `places`."""
    total = np.zeros(len(places), dtype=np.float64)
    pairs = query.terms >= index.pair_offset
    for term, worth in zip(query.terms[pairs].tolist(), query.worth[pairs].tolist(), strict=True):
        total += worth * index.gains_at(term, places)
    often = looked.often().astype(np.float64)
    norm = index.norm(places)[:, None]
    total += (often * (index.k1 + 1) / (often + norm)) @ query.worth
    return total.astype(np.float32)
