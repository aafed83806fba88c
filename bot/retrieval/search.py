"""A question and an index to candidates: sentences worth quoting, with their passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.retrieval.index import Index
from bot.retrieval.queries import Query, analyse
from bot.retrieval.scoring import SentenceScores, score_sentences

CANDIDATES = 50
"""Passages whose sentences are looked at."""

SENTENCE_SHARE = 0.5
CUE_BONUS = 0.2
COVERAGE_SHARE = 0.4
LENGTH_BONUS = 0.05
_FULL_LENGTH = 150
SENTENCES = 100
"""Sentences that become candidates; the rest is too far behind to be quoted."""

LENGTH_POWER = 0.85
"""The ideal counts for the signal a little less than in full: the longer a question, the
smaller the share of it that even its own answer repeats."""

COVERAGE_SIGNAL = 0.5
"""And what the passage covers of the question's content counts beside its score."""

UNKNOWN_SIGNAL = 0.3
"""And what stands in no document, corrected or not, counts against it."""

LOOKED_AT = 40
"""Sentences that are looked at for the kind of thing the question asks for."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence of a passage with its worth for the question.

    `value` orders candidates of one question. `signal` is the passage's score beside the
    one that a passage with all the question's terms would get, and its coverage: how far
    the question is met at all, comparable over questions of one corpus. `kind` says how
    well the sentence holds the kind of thing that is asked for, as `Wanted.strength` does.
    """

    passage: int
    sentence: int
    value: float
    signal: float
    kind: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: candidates best first, and every sentence's own worth.

    `worth[passage]` lists the worth of that passage's sentences, for widening; `signal`
    is that of the passage ranked first, 0 where nothing is shared.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    worth: dict[int, tuple[float, ...]]
    signal: float = 0.0


def _signal(score: float, coverage: float, query: Query) -> float:
    if query.says_nothing:
        return 0.0
    met = score / query.ideal**LENGTH_POWER + COVERAGE_SIGNAL * coverage
    return float(met - UNKNOWN_SIGNAL * query.unknown)


@dataclass(frozen=True, slots=True)
class Meeting:
    """How far the best passage meets a question: its signal, and what it covers of it.

    `coverage` is the share of the question's content, by idf, from 0 to 1.
    """

    signal: float
    coverage: float


def meet(question: str, index: Index, languages: Sequence[str]) -> Meeting:
    """The signal that `search` would find, at a fraction of its cost."""
    query = analyse(question, index, languages)
    top = index.best(index.scores(query.terms), 1)
    if not top:
        return Meeting(0.0, 0.0)
    coverage = float(score_sentences(index, query, [top[0].passage]).passage_coverage(1)[0])
    return Meeting(_signal(top[0].score, coverage, query), coverage)


def search(question: str, index: Index, languages: Sequence[str]) -> Found:
    """The sentences of `index` that fit `question`, best first; ties by position."""
    query = analyse(question, index, languages)
    hits = index.best(index.scores(query.terms), CANDIDATES)
    if not hits:
        return Found(query, (), {})
    places = [hit.passage for hit in hits]
    scores = score_sentences(index, query, places)
    passage_share = np.asarray([hit.score for hit in hits]) / query.ideal
    best = np.zeros(len(places))
    np.maximum.at(best, scores.passage, scores.score)
    window = scores.window_coverage()
    ranked = passage_share + SENTENCE_SHARE * best
    worth = _worth(index, places, scores)
    value = worth + ranked[scores.passage]
    kind = np.zeros(len(value))
    for i in np.argsort(-value, kind="stable")[:LOOKED_AT]:
        kind[i] = query.wanted.strength(_sentence(index, places, scores, int(i)))
        gained = CUE_BONUS * kind[i] * min(float(window[i]) * 2, 1.0)
        worth[i] += gained
        value[i] += gained
    coverage = scores.passage_coverage(len(places))
    signals = [
        _signal(hit.score, float(share), query) for hit, share in zip(hits, coverage, strict=True)
    ]
    order = np.lexsort((scores.number, np.asarray(places)[scores.passage], -value))
    candidates = tuple(
        Candidate(
            passage=places[int(scores.passage[i])],
            sentence=int(scores.number[i]),
            value=float(value[i]),
            signal=signals[int(scores.passage[i])],
            kind=float(kind[i]),
        )
        for i in order[:SENTENCES]
    )
    return Found(query, candidates, _by_passage(places, scores, worth), signals[0])


def _sentence(index: Index, places: list[int], scores: SentenceScores, i: int) -> str:
    passage = index.passages[places[int(scores.passage[i])]]
    return passage.sentences[int(scores.number[i])].of(passage.document.text)


def _worth(
    index: Index, places: list[int], scores: SentenceScores
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A sentence's own worth: its terms, what it covers with its neighbours, its length."""
    lengths = np.asarray([len(s) for place in places for s in index.passages[place].sentences])
    known = np.concatenate([[0], np.cumsum([len(index.passages[p].sentences) for p in places])])
    length = np.minimum(lengths[known[scores.passage] + scores.number] / _FULL_LENGTH, 1.0)
    return np.asarray(
        scores.score + COVERAGE_SHARE * scores.window_coverage() + LENGTH_BONUS * length,
        dtype=np.float64,
    )


def _by_passage(
    places: list[int],
    scores: SentenceScores,
    worth: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> dict[int, tuple[float, ...]]:
    grouped: dict[int, dict[int, float]] = {place: {} for place in places}
    for i, place in enumerate(scores.passage):
        grouped[places[int(place)]][int(scores.number[i])] = float(worth[i])
    return {
        place: tuple(values.get(n, 0.0) for n in range(max(values, default=-1) + 1))
        for place, values in grouped.items()
    }
