"""Passage scores: BM25 of all terms of a question, and the passages with the best.

In a small corpus the postings of all terms rank all passages. In a large one n-grams have no
postings. There a first stage finds passages by words: those of the question, words that share
most of their n-grams with one of them, and pairs. A second stage scores these passages, several
times as many as are wanted, by all terms with the same statistics.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.retrieval.query.query import Query, QueryWord
from bot.retrieval.ranking.matches import PassageMatches, match_passages
from bot.retrieval.shard.arrays import Floats, Integers
from bot.retrieval.shard.bm25 import K1
from bot.retrieval.shard.index import Hits, Index
from bot.retrieval.shard.lookup import Term, TermKind
from bot.retrieval.shard.shard import Shard
from bot.retrieval.text.analysis import grams

FIRST_STAGE_FACTOR = 2
"""Passages of the first stage for each one wanted, and at least `FIRST_STAGE_LEAST`."""

FIRST_STAGE_LEAST = 100

COMMON = 0.01
"""The share of passages from which a word finds enough by itself, without similar words."""

SIMILAR = 0.5
"""Similarity of n-grams (Dice) from which a word is searched for in place of another."""

MOST_SIMILAR = 16
"""Words that are searched for in place of one of the question's."""


_NO_PASSAGES: Integers = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class RankedPassages:
    """Passages, best first by the terms they share with a question, with scores and matches."""

    passages: Integers
    scores: Floats
    matches: PassageMatches


def rank_passages(
    index: Index, query: Query, count: int, others: Integers = _NO_PASSAGES
) -> RankedPassages:
    """The `count` best passages that share a term with the question, best first.

    `others` are ranked with them, whatever they share. The index has a shard.
    """
    if index.is_exact:
        hits = index.top(query.terms, query.numbers, query.weights, count)
    else:
        hits = _first_stage(index, query, max(FIRST_STAGE_FACTOR * count, FIRST_STAGE_LEAST))
    ascending = hits.passages.argsort()
    places, scores = hits.passages[ascending], hits.scores[ascending]
    if len(others):
        places = np.union1d(places, others)
    matches = match_passages(index, query, places)
    if not index.is_exact or len(others):
        scores = _scores(index, query, matches, places)
    # A stable sort, so that of equal scores the first passage comes first.
    order = (-scores).argsort(kind="stable")
    is_kept = (np.arange(len(order)) < count) & (scores[order] > 0)
    order = order[is_kept | np.isin(places[order], others)]
    return RankedPassages(places[order], scores[order], matches.subset(order))


def _first_stage(index: Index, query: Query, count: int) -> Hits:
    """The best passages by words, words like them, and pairs."""
    is_whole = query.kinds != TermKind.GRAM
    stopwords = {word.form for word in query.words if word.is_stopword}
    is_stopword = [term.kind is TermKind.WORD and term.text in stopwords for term in query.terms]
    # Stopwords are in most passages and tell few apart; the second stage counts them.
    chosen = is_whole & ~np.array(is_stopword, dtype=np.bool_)
    if not chosen.any():
        chosen = is_whole
    own = np.flatnonzero(chosen)
    weights = {query.terms[place]: query.weights.item(place) for place in own.tolist()}
    common = COMMON * index.size
    rare = [word for word in query.content if word.passages <= common]
    for form, weight in _similar_words(index, query, rare):
        term = Term(TermKind.WORD, form)
        weights[term] = weights.get(term, 0.0) + weight
    terms = tuple(weights)
    similar = [term.text for term in terms[len(own) :]]
    query.lookup.add_words(similar)
    numbers = [query.numbers[:, own], query.lookup.numbers_of_words(similar)]
    return index.top(terms, np.concatenate(numbers, axis=1), np.array([*weights.values()]), count)


def _similar_words(
    index: Index, query: Query, query_words: Sequence[QueryWord]
) -> list[tuple[str, float]]:
    """Words similar to one of `query_words`, with the idf of the n-grams they share.

    Example: `evacuatoin` and the corpus's `evacuation` share _eva, evac, vacu, acua and cuat,
    five of nine n-grams each, so they are similar by 0.56; the weight is the sum of five idfs.
    A word that is similar to two of the question's comes twice.
    """
    similar: list[tuple[str, float]] = []
    column = {term.text: i for i, term in enumerate(query.terms) if term.kind is TermKind.GRAM}
    for word in query_words:
        if not word.grams:
            continue
        own = query.numbers[:, [column[gram] for gram in word.grams]]
        found: dict[tuple[float, int], tuple[Shard, int]] = {}
        for shard, numbers in zip(index.shards, own, strict=True):
            for alike, number in _similar_in_shard(shard, numbers[numbers >= 0], word.gram_count):
                found[-alike, shard.words.hashes.item(number)] = shard, number
        weight = {gram: index.idf(query.lookup.gram_frequency(gram)) for gram in word.grams}
        for key in sorted(found)[:MOST_SIMILAR]:
            shard, number = found[key]
            form = shard.words.string(number)
            similar.append((form, sum(weight[gram] for gram in grams(form) if gram in weight)))
    return similar


def _similar_in_shard(shard: Shard, own: Integers, count: int) -> list[tuple[float, int]]:
    """The words of a shard most similar to one of `count` n-grams: similarity, and number.

    `own` are those of the n-grams that the shard has. A word with a Dice similarity of 0.5 or
    more shares at least a third of the n-grams. So it cannot share only the commonest ones, if
    these are fewer than a third: only words with one of the rarer n-grams are examined.
    """
    if not len(own):
        return []
    ngrams = shard.ngrams
    starts, ends = (ngrams.word_starts.take(own + more).tolist() for more in (0, 1))
    stretches = sorted(zip(starts, ends, strict=True), key=lambda each: each[1] - each[0])
    words = np.concatenate([ngrams.words[start:end] for start, end in stretches])
    commonest = min(-(-count // 3) - 1, len(own) - 1)
    some = words[: sum(end - start for start, end in stretches[: len(own) - commonest])]
    shared = shard.scratch.occurrences(words, len(some))
    similarity = 2.0 * shared / (ngrams.sizes.take(some) + count)
    near = (similarity >= SIMILAR).nonzero()[0]
    alike = zip(some.take(near).tolist(), similarity.take(near).tolist(), strict=True)
    # Of words that are alike the first by number, which is the first by hash in any shard.
    best = sorted(dict(alike).items(), key=lambda each: (-each[1], each[0]))[:MOST_SIMILAR]
    return [(value, number) for number, value in best]


@np.errstate(invalid="ignore")  # OpenBLAS may raise this flag where nothing is invalid.
def _scores(index: Index, query: Query, matches: PassageMatches, places: Integers) -> Floats:
    """BM25 of all terms of the question for each of `places`, which ascend."""
    pairs = [pair.column for pair in query.pairs]
    kinds = [TermKind.PAIR] * len(pairs)
    by_pairs = index.scores(kinds, query.numbers[:, pairs], query.weights[pairs])[places]
    frequency = matches.passage_frequency()
    total = (frequency * (K1 + 1) / (frequency + index.norm[places, None])) @ query.weights
    scores: Floats = (by_pairs + total).astype(np.float32)
    return scores
