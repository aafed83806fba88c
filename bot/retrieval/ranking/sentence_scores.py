"""Sentence scores: how well each sentence of the best passages fits a question.

For each sentence, in NumPy over all candidates at once: its BM25 score, as a share of the
question's ideal score, and how much of the question's content words it covers. A word covers
another as far as their character n-grams agree.

Example: "what was the Corvel lighthouse built of" against two sentences under the title
"Corvel lighthouse":

    Painters love the Corvel lighthouse.        covers Corvel and lighthouse by 1, built by 0
    Masons built the tower of red granite.      covers built by 1, the others by 0.5 (title)

The terms of the title count by 0.75 in both sentences, so the first gains little by repeating
them, and the second has the higher score.
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from bot.retrieval.query.query import Query
from bot.retrieval.ranking.matches import MatchingTokens, PassageMatches
from bot.retrieval.shard.arrays import Floats, Integers, Offsets
from bot.retrieval.shard.bm25 import K1

_LENGTH_NORM = 0.5
"""BM25's b for sentences: lower than for passages, since a longer sentence also says more."""

_SIMILAR = 0.5
"""Similarity of n-grams (Dice) from which one word counts for another."""

_HEADING_TERMS = 0.75
"""The frequency of a term of the title or the headings in each sentence below without it: a
subject is named once and understood from then on, so that naming it again adds little."""

_HEADING_COVER = 0.5
"""The share of what title and headings cover of the question that is covered below them."""


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """Scores of all sentences of some passages, in order.

    `passage[i]` is the place of sentence i's passage among the candidates, `number[i]` the
    sentence's number there; `score` is a share of the question's ideal score; `cover[i, w]`
    is how well sentence i covers content word w, from 0 to 1; `heading_cover[i, w]` how well the
    title and headings above it do; `weight[w]` is that word's share of the question by idf,
    summing to 1.
    """

    passage: Integers
    number: Offsets
    score: Floats
    cover: Floats
    heading_cover: Floats
    weight: Floats

    @np.errstate(invalid="ignore")
    def window_coverage(self) -> Floats:
        """The coverage of each sentence with its neighbours and what stands above it."""
        cover = np.maximum(self.cover, _HEADING_COVER * self.heading_cover)
        if len(cover) > 1:
            same = (self.passage[1:] == self.passage[:-1])[:, None]
            np.maximum(cover[1:], self.cover[:-1] * same, out=cover[1:])
            np.maximum(cover[:-1], self.cover[1:] * same, out=cover[:-1])
        return np.asarray(cover @ self.weight, dtype=np.float32)

    def passage_cover(self, count: int) -> Floats:
        """How well each of the `count` candidate passages, with its title, covers each word."""
        cover = np.zeros((count, self.cover.shape[1]), dtype=np.float32)
        own = np.maximum(self.cover, _HEADING_COVER * self.heading_cover)
        np.maximum.at(cover, self.passage, own)
        return cover


# Here and above: OpenBLAS may raise the flag for invalid values in a product that has none.
@np.errstate(invalid="ignore")
def score_sentences(query: Query, matches: PassageMatches) -> SentenceScores:
    """The scores of every sentence with words of the matched passages."""
    content, count = query.content, matches.sentence_count
    idf = np.asarray([word.idf for word in content], dtype=np.float32)
    heading = matches.heading[matches.passage]
    cover = _cover(query, matches)
    every = matches.frequency()
    frequency, in_heading = every[:count], np.minimum(every[count:], 1.0)
    if len(matches.pair):
        column = np.asarray([pair.column for pair in query.pairs])
        np.add.at(frequency, (matches.pair_sentence, column[matches.pair]), 1.0)
    frequency = np.maximum(frequency, (_HEADING_TERMS * in_heading)[heading])
    length = matches.length / max(matches.length.mean(), 1) if count else matches.length
    norm = K1 * (1 - _LENGTH_NORM + _LENGTH_NORM * length)
    gain = frequency * (K1 + 1) / (frequency + norm[:, None].astype(np.float32))
    score = gain @ query.weights.astype(np.float32) / query.ideal_score
    return SentenceScores(
        passage=matches.passage,
        number=matches.number,
        score=np.asarray(score, dtype=np.float32),
        cover=cover[:count],
        heading_cover=cover[count:][heading],
        weight=idf / max(float(idf.sum()), 1e-9),
    )


def _cover(query: Query, matches: PassageMatches) -> Floats:
    """How well each sentence, and each heading after them, covers each content word."""
    tokens = matches.tokens
    cover = np.zeros((matches.text_count, len(query.content)), dtype=np.float32)
    similarity = _similarity(query, tokens)
    # Many words share an n-gram with a word of the question, and few of them are similar to it.
    is_similar = np.asarray(similarity.any(axis=1), dtype=np.bool_)
    covering = np.flatnonzero(is_similar[tokens.row])
    np.maximum.at(cover, tokens.text[covering], similarity[tokens.row[covering]])
    _cover_by_names(cover, query, tokens)
    return cover


def _similarity(query: Query, tokens: MatchingTokens) -> Floats:
    """How similar each matching word is to each content word: a row for each matching word."""
    has_gram = np.zeros((len(query.terms), len(query.content)), dtype=np.float32)
    for column, query_word in enumerate(query.content):
        has_gram[[query.column_of_gram[gram] for gram in query_word.grams], column] = 1.0
    counts = np.asarray([query_word.gram_count for query_word in query.content])
    similarity = np.asarray(tokens.table @ has_gram, dtype=np.float32)
    similarity *= 2.0 / np.maximum(tokens.gram_count[:, None] + counts, 1)
    similarity[similarity < _SIMILAR] = 0.0
    rows: dict[str, list[int]] = {}  # of each word that the query names, one a shard
    for row in np.flatnonzero(tokens.named >= 0).tolist():
        rows.setdefault(query.named[tokens.named.item(row)], []).append(row)
    for form, column in query.column_of_word.items():
        similarity[rows.get(form, []), column] = 1.0
    # An alternative of one word, the commonest case, is similar to what it stands for.
    for each in query.alternatives:
        if len(each.forms) == 1 and each.forms[0] in rows:
            own = rows[each.forms[0]]
            for column in query.columns_of(each):
                similarity[own, column] = np.maximum(similarity[own, column], each.weight)
    return similarity


def _cover_by_names(cover: Floats, query: Query, tokens: MatchingTokens) -> None:
    """Add the cover by alternatives of several words, in sentences that hold all these words."""
    named = {form: number for number, form in enumerate(query.named)}
    named_of_token = tokens.named[tokens.row]
    for alternative in query.alternatives:
        if len(alternative.forms) == 1:
            continue
        texts = (tokens.text[named_of_token == named[form]] for form in alternative.forms)
        has_all = reduce(np.intersect1d, texts)
        for column in query.columns_of(alternative):
            cover[has_all, column] = np.maximum(cover[has_all, column], alternative.weight)
