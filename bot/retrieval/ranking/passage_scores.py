"""Passage scores: BM25 of all terms of a question, and the passages with the best.

In a small corpus the postings of all terms rank all passages. In a large one n-grams have no
postings. There a first stage finds passages by words: those of the question, words that share
most of their n-grams with one of them, and pairs. A second stage scores these passages, several
times as many as are wanted, by all terms with the same statistics.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bot.retrieval.query.query import Query, QueryWord
from bot.retrieval.ranking.matches import PassageMatches, match_passages
from bot.retrieval.shard.arrays import Floats, Integers, concatenated_ranges, run_starts
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
    rare = [word for word in query_words if word.grams]
    if not rare:
        return []
    columns = [[query.column_of_gram[gram] for gram in word.grams] for word in rare]
    found: list[dict[tuple[float, int], tuple[Shard, int]]] = [{} for _ in rare]
    for shard, numbers in zip(index.shards, query.numbers, strict=True):
        own = [numbers[places] for places in columns]
        counts = [word.gram_count for word in rare]
        for place, alike, number in _similar_in_shard(shard, own, counts):
            found[place][-alike, shard.words.hashes.item(number)] = shard, number
    similar: list[tuple[str, float]] = []
    for word, words in zip(rare, found, strict=True):
        weight = {gram: index.idf(query.lookup.gram_frequency(gram)) for gram in word.grams}
        for key in sorted(words)[:MOST_SIMILAR]:
            shard, number = words[key]
            form = shard.words.string(number)
            similar.append((form, sum(weight[gram] for gram in grams(form) if gram in weight)))
    return similar


def _similar_in_shard(
    shard: Shard, grams: Sequence[Integers], counts: Sequence[int]
) -> Iterator[tuple[int, float, int]]:
    """The words of a shard similar to words of the question: place, similarity, number of each.

    Word `i` of the question has `counts[i]` n-grams; `grams[i]` are their numbers, -1 for those
    that the shard lacks. The place is that of the question's word.
    """
    ngrams, size = shard.ngrams, len(shard.words)
    own = np.concatenate(grams)
    word = np.arange(len(grams)).repeat([*map(len, grams)])
    word, own = word[own >= 0], own[own >= 0]
    starts = ngrams.word_starts.take(own)
    sizes = ngrams.word_starts.take(own + 1) - starts
    # A key for each n-gram that two words share: equal keys are the n-grams of the same two words.
    keys = ngrams.words.take(concatenated_ranges(starts, sizes)) + (word * size).repeat(sizes)
    keys.sort(kind="stable")  # The words of an n-gram ascend, and such runs are only merged.
    places = run_starts(keys).nonzero()[0]
    shared, keys = np.diff(places, append=len(keys)), keys.take(places)
    of_words = np.diff(keys.searchsorted(np.arange(len(grams) + 1) * size))
    word, count = np.arange(len(grams)).repeat(of_words), np.asarray(counts).repeat(of_words)
    # With a similarity of 0.5 they share a third of the n-grams of either.
    some = (3 * shared >= count).nonzero()[0]
    word, shared = word.take(some), shared.take(some)
    number = keys.take(some) - word * size
    similarity = 2.0 * shared / (ngrams.sizes.take(number) + count.take(some))
    near = (similarity >= SIMILAR).nonzero()[0]
    return zip(*(each.take(near).tolist() for each in (word, similarity, number)), strict=True)


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
