"""A question and an index to candidates: sentences worth quoting, with their passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.retrieval.excerpts import leans
from bot.retrieval.index import Index
from bot.retrieval.postings import Floats
from bot.retrieval.queries import Query, analyse
from bot.retrieval.ranking import rank
from bot.retrieval.scoring import SentenceScores, score_sentences

CANDIDATES = 50
"""Passages whose sentences are looked at."""

SENTENCE_SHARE = 0.5
CUE_BONUS = 0.2
COVERAGE_SHARE = 0.4
LEANS = 0.07
"""A sentence that is understood from the one before ("This work…") is worth less: of two
that fit alike the one that stands alone is quoted."""

LENGTH_BONUS = 0.05
_FULL_LENGTH = 150
SENTENCES = 100
"""Sentences that become candidates; the rest is too far behind to be quoted."""

LENGTH_POWER = 0.7
"""The ideal counts for the signal less than in full: the longer a question, the smaller
the share of it that even its own answer repeats."""

SCORE_SIGNAL = 0.54
"""What the score of a passage counts beside such a power of the ideal."""

COVERAGE_SIGNAL = 0.3
"""What the passage covers of the question's content counts beside its score."""

NAMES_SIGNAL = 0.4
"""And what it covers of the names: a passage that lacks them is about others."""

NAMES_EXPECTED = 0.6
"""How much of the names counts for nothing, as a question without names does."""

UNKNOWN_SIGNAL = 0.1
"""And what stands in no document, corrected or not, counts against it."""

LOOKED_AT = 40
"""Sentences that are looked at for the kind of thing the question asks for."""

Signals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence of a passage with its worth for the question.

    `value` orders candidates of one question. `signal` is the passage's score beside the
    one that a passage with all the question's terms would get, and what it covers: how far
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


@np.errstate(invalid="ignore")  # as in scoring
def _signals(scores: Floats, cover: Floats, query: Query) -> Signals:
    """How far passages with these scores meet the question.

    `cover[p, w]` is how well passage p as a whole covers content word w, from 0 to 1.
    """
    if query.says_nothing:
        return np.zeros(len(scores))
    content = query.content
    weight = np.asarray([word.idf for word in content])
    coverage = cover @ weight / max(float(weight.sum()), 1e-9)
    named = weight * [word.name for word in content]
    names = cover @ named / named.sum() - NAMES_EXPECTED if named.any() else 0.0
    met = SCORE_SIGNAL * scores.astype(np.float64) / query.ideal**LENGTH_POWER
    beside = COVERAGE_SIGNAL * coverage + NAMES_SIGNAL * names - UNKNOWN_SIGNAL * query.unknown
    return np.asarray(met + beside, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Meeting:
    """How far the best passage meets a question: its signal, and what it covers of it.

    `coverage` is the share of the question's content, by idf, from 0 to 1.
    """

    signal: float
    coverage: float


@np.errstate(invalid="ignore")
def meet(question: str, index: Index, languages: Sequence[str]) -> Meeting:
    """The signal that `search` would find, at a fraction of its cost."""
    query = analyse(question, index, languages)
    top = rank(index, query, 1)
    if not len(top.passages):
        return Meeting(0.0, 0.0)
    scores = score_sentences(index, query, top.looked)
    cover = scores.passage_cover(1)
    signal = _signals(top.scores, cover, query)[0]
    return Meeting(float(signal), float(cover[0] @ scores.weight))


def search(question: str, index: Index, languages: Sequence[str]) -> Found:
    """The sentences of `index` that fit `question`, best first; ties by position."""
    query = analyse(question, index, languages)
    ranked = rank(index, query, CANDIDATES)
    if not len(ranked.passages):
        return Found(query, (), {})
    places = ranked.passages.tolist()
    scores = score_sentences(index, query, ranked.looked)
    passage_share = ranked.scores.astype(np.float64) / query.ideal
    best = np.zeros(len(places))
    np.maximum.at(best, scores.passage, scores.score)
    window = scores.window_coverage()
    standing = passage_share + SENTENCE_SHARE * best
    worth = _worth(index, places, scores)
    value = worth + standing[scores.passage]
    kind = np.zeros(len(value))
    for i in np.argsort(-value, kind="stable")[:LOOKED_AT]:
        sentence = _sentence(index, places, scores, int(i))
        kind[i] = query.wanted.strength(sentence)
        gained = CUE_BONUS * kind[i] * min(float(window[i]) * 2, 1.0)
        gained -= LEANS * leans(sentence)
        worth[i] += gained
        value[i] += gained
    signals = _signals(ranked.scores, scores.passage_cover(len(places)), query)
    order = np.lexsort((scores.number, np.asarray(places)[scores.passage], -value))
    first = order[:SENTENCES]
    columns = (scores.passage, scores.number, value, signals[scores.passage], kind)
    candidates = tuple(
        Candidate(passage=places[place], sentence=number, value=worthy, signal=signal, kind=of)
        for place, number, worthy, signal, of in zip(
            *(column[first].tolist() for column in columns), strict=True
        )
    )
    return Found(query, candidates, _by_passage(places, scores, worth), float(signals[0]))


def _sentence(index: Index, places: list[int], scores: SentenceScores, i: int) -> str:
    table, place = index.passages, places[int(scores.passage[i])]
    return table.sentence(place, int(scores.number[i])).of(table.document_of(place).text)


def _worth(index: Index, places: list[int], scores: SentenceScores) -> Signals:
    """A sentence's own worth: its terms, what it covers with its neighbours, its length."""
    columns, sentences = index.passages.columns, index.tokens.sentences
    first = sentences[np.asarray(places)][scores.passage] + scores.number
    lengths = np.asarray(
        [columns.sentence_end[i] - columns.sentence_start[i] for i in first.tolist()]
    )
    length = np.minimum(lengths / _FULL_LENGTH, 1.0)
    return np.asarray(
        scores.score + COVERAGE_SHARE * scores.window_coverage() + LENGTH_BONUS * length,
        dtype=np.float64,
    )


def _by_passage(
    places: list[int],
    scores: SentenceScores,
    worth: Signals,
) -> dict[int, tuple[float, ...]]:
    # Sentences stand in order, those of one passage together; one without words is missing.
    ends = np.searchsorted(scores.passage, np.arange(len(places) + 1))
    grouped: dict[int, tuple[float, ...]] = {}
    for place, start, end in zip(places, ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        numbers = scores.number[start:end]
        values = np.zeros(int(numbers[-1]) + 1 if end > start else 0)
        values[numbers] = worth[start:end]
        grouped[place] = tuple(values.tolist())
    return grouped
