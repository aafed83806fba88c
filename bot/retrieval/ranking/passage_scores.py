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
from bot.retrieval.shard.arrays import Floats, Integers, concatenated_ranges
from bot.retrieval.shard.index import Index

FIRST_STAGE_FACTOR = 2
"""Passages of the first stage for each one wanted, and at least `FIRST_STAGE_LEAST`."""

FIRST_STAGE_LEAST = 100

COMMON = 0.01
"""The share of passages from which a word finds enough by itself, without similar words."""

SIMILAR = 0.5
"""Similarity of n-grams (Dice) from which a word is searched for in place of another."""

MOST_SIMILAR = 16
"""Words that are searched for in place of one of the question's."""


@dataclass(frozen=True, slots=True)
class RankedPassages:
    """Passages that share a term with a question, best first, with their scores and matches."""

    passages: Integers
    scores: Floats
    matches: PassageMatches


def rank_passages(index: Index, query: Query, count: int) -> RankedPassages:
    """The `count` best passages that share a term with the question, best first."""
    if index.holds_grams:
        hits = index.rank(query.terms.tolist(), query.weights.tolist(), count)
        matches = match_passages(index, query, hits.passages)
        return RankedPassages(hits.passages, hits.scores, matches)
    terms, weights = _first_stage_terms(index, query)
    first_stage_count = max(FIRST_STAGE_FACTOR * count, FIRST_STAGE_LEAST)
    places = np.sort(index.rank(terms, weights, first_stage_count).passages)
    matches = match_passages(index, query, places)
    scores = _scores(index, query, matches, places)
    order = np.lexsort((places, -scores))[:count]
    order = order[scores[order] > 0]
    return RankedPassages(places[order], scores[order], matches.subset(order))


def _first_stage_terms(index: Index, query: Query) -> tuple[list[int], list[float]]:
    """Words and pairs, each with its weight and those of its n-grams that the question has."""
    whole = (query.terms < index.gram_offset) | (query.terms >= index.pair_offset)
    stopword_numbers = [w.number for w in query.words if w.is_stopword and w.number is not None]
    # Stopwords are in most passages and tell few apart; the second stage counts them.
    chosen = whole & ~np.isin(query.terms, stopword_numbers)
    if not chosen.any():
        chosen = whole
    weights = dict(zip(query.terms[chosen].tolist(), query.weights[chosen].tolist(), strict=True))
    common = COMMON * len(index.passages)
    rare = [
        word
        for word in query.content
        if word.number is None or index.document_frequencies.item(word.number) <= common
    ]
    for number, weight in _similar_words(index, rare):
        weights[number] = weights.get(number, 0.0) + weight
    return list(weights), list(weights.values())


def _similar_words(index: Index, query_words: Sequence[QueryWord]) -> list[tuple[int, float]]:
    """Words similar to one of `query_words`, by number, with the idf of the n-grams they share.

    Example: `evacuatoin` and the corpus's `evacuation` share _eva, evac, vacu, acua and cuat,
    five of nine n-grams each, so they are similar by 0.56; the weight is the sum of five idfs.
    A word that is similar to two of the question's comes twice.
    """
    ngrams = index.ngrams
    query_words = [word for word in query_words if word.grams]
    if not query_words:
        return []
    similar = [_similar_to_one(index, word) for word in query_words]
    number = np.concatenate(similar)
    query_word = np.arange(len(similar)).repeat([len(each) for each in similar])
    has_gram = np.zeros((len(query_words), len(ngrams.vocabulary)), dtype=np.bool_)
    for row, word in zip(has_gram, query_words, strict=True):
        row[np.array(word.grams) - index.gram_offset] = True
    sizes = ngrams.sizes.take(number)
    gram = ngrams.grams.take(concatenated_ranges(ngrams.gram_starts.take(number), sizes))
    at = np.arange(len(number)).repeat(sizes)
    hit = has_gram[query_word.take(at), gram].nonzero()[0]
    idf = index.gram_idf.take(gram.take(hit))
    weight = np.bincount(at.take(hit), weights=idf, minlength=len(number))
    return list(zip(number.tolist(), weight.tolist(), strict=True))


def _similar_to_one(index: Index, query_word: QueryWord) -> Integers:
    """The words most similar to one, best first, ties by number.

    A word with a Dice similarity of 0.5 or more shares at least a third of the n-grams. So it
    cannot share only the commonest ones, if these are fewer than a third: only words with one of
    the rarer n-grams are examined.
    """
    ngrams, count = index.ngrams, query_word.gram_count
    grams = np.array(query_word.grams) - index.gram_offset
    first = ngrams.word_starts.take(grams)
    sizes = ngrams.word_starts.take(grams + 1) - first
    rarest = sizes.argsort(kind="stable")
    lookup_count = len(grams) - min(-(-count // 3) - 1, len(grams) - 1)
    stretches = zip(first[rarest].tolist(), (first + sizes)[rarest].tolist(), strict=True)
    words = np.concatenate([ngrams.words[start:end] for start, end in stretches])
    some = words[: int(sizes[rarest[:lookup_count]].sum())]
    shared = index.scratch.occurrences(words, len(some))
    similarity = 2.0 * shared / (ngrams.sizes.take(some) + count)
    near = (similarity >= SIMILAR).nonzero()[0]
    word = some.take(near)
    word = word[np.lexsort((word, -similarity.take(near)))]
    # `word` repeats a word for each n-gram that it shares.
    distinct = np.ones(len(word), dtype=np.bool_)
    np.not_equal(word[1:], word[:-1], out=distinct[1:])
    return word[distinct][:MOST_SIMILAR]


@np.errstate(invalid="ignore")  # OpenBLAS may raise this flag where nothing is invalid.
def _scores(index: Index, query: Query, matches: PassageMatches, places: Integers) -> Floats:
    """BM25 of all terms of the question for each of `places`."""
    total = np.zeros(len(places), dtype=np.float64)
    pairs = query.terms >= index.pair_offset
    for term, weight in zip(
        query.terms[pairs].tolist(), query.weights[pairs].tolist(), strict=True
    ):
        total += weight * index.gains_at(term, places)
    frequency = matches.passage_frequency().astype(np.float64)
    norm = index.length_norm(places)[:, None]
    total += (frequency * (index.k1 + 1) / (frequency + norm)) @ query.weights
    return total.astype(np.float32)
