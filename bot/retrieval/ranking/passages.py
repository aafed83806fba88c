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

from bot.retrieval.query.query import Query, QueryWord
from bot.retrieval.ranking.matches import Looked, look
from bot.retrieval.shard.arrays import Floats, Integers, concatenated_ranges
from bot.retrieval.shard.index import Index

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
        if word.number is None or index.document_frequencies.item(word.number) <= common
    ]
    for number, gained in zip(*_like(index, rare), strict=True):
        worth[number] = worth.get(number, 0.0) + gained
    return list(worth), list(worth.values())


def _like(index: Index, asked: Sequence[QueryWord]) -> tuple[list[int], list[float]]:
    """The words that share most n-grams with one of `asked`, and what the shared are worth."""
    ngrams = index.ngrams
    asked = [word for word in asked if word.grams]
    if not asked:
        return [], []
    found = [_like_one(index, word) for word in asked]
    number = np.concatenate(found)
    form = np.arange(len(found)).repeat([len(each) for each in found])
    wanted = np.zeros((len(asked), len(ngrams.vocabulary)), dtype=np.bool_)
    for row, word in zip(wanted, asked, strict=True):
        row[np.array(word.grams) - index.gram_offset] = True
    own = ngrams.sizes.take(number)
    gram = ngrams.grams.take(concatenated_ranges(ngrams.gram_starts.take(number), own))
    at = np.arange(len(number)).repeat(own)
    hit = wanted[form.take(at), gram].nonzero()[0]
    worth = index.gram_idf.take(gram.take(hit))
    gained = np.bincount(at.take(hit), weights=worth, minlength=len(number))
    return number.tolist(), gained.tolist()


def _like_one(index: Index, asked: QueryWord) -> Integers:
    """The words that are most like one, best first, ties by number.

    A word that is like another shares a third of its n-grams at least. So it has one of the
    others if the commonest of them, one less than a third, are left out.
    """
    ngrams, count = index.ngrams, asked.gram_count
    held = np.array(asked.grams) - index.gram_offset
    first = ngrams.word_starts.take(held)
    sizes = ngrams.word_starts.take(held + 1) - first
    rarest = sizes.argsort(kind="stable")
    looked_up = len(held) - min(-(-count // 3) - 1, len(held) - 1)
    stretches = zip(first[rarest].tolist(), (first + sizes)[rarest].tolist(), strict=True)
    words = np.concatenate([ngrams.words[start:end] for start, end in stretches])
    some = words[: int(sizes[rarest[:looked_up]].sum())]
    alike = 2.0 * index.scratch.occurrences(words, len(some)) / (ngrams.sizes.take(some) + count)
    near = (alike >= LIKE).nonzero()[0]
    word = some.take(near)
    word = word[np.lexsort((word, -alike.take(near)))]
    # A word stands there once for each n-gram that it shares.
    distinct = np.ones(len(word), dtype=np.bool_)
    np.not_equal(word[1:], word[:-1], out=distinct[1:])
    return word[distinct][:MOST_LIKE]


@np.errstate(invalid="ignore")  # as in scoring
def _scores(index: Index, query: Query, looked: Looked, places: Integers) -> Floats:
    """BM25 of all terms of the question for each of `places`."""
    total = np.zeros(len(places), dtype=np.float64)
    pairs = query.terms >= index.pair_offset
    for term, worth in zip(query.terms[pairs].tolist(), query.worth[pairs].tolist(), strict=True):
        total += worth * index.gains_at(term, places)
    often = looked.often().astype(np.float64)
    norm = index.length_norm(places)[:, None]
    total += (often * (index.k1 + 1) / (often + norm)) @ query.worth
    return total.astype(np.float32)
