"""A question and an index to candidates: sentences worth quoting, with their passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.core.passages import PassageTable
from bot.retrieval.answer.excerpts import leans
from bot.retrieval.query.query import Query, analyse
from bot.retrieval.ranking.passages import rank
from bot.retrieval.ranking.sentences import score_sentences
from bot.retrieval.shard.arrays import Floats, Integers, Offsets
from bot.retrieval.shard.index import Index

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


class Candidate(NamedTuple):
    """One sentence of a passage with its worth for the question.

    `document` is the number of its document in the table of passages. `value` orders
    candidates of one question. `signal` is the passage's score beside the one that a passage
    with all the question's terms would get, and what it covers: how far the question is met
    at all, comparable over questions of one corpus. `kind` says how well the sentence holds
    the kind of thing that is asked for, as `Wanted.strength` does.
    """

    passage: int
    document: int
    sentence: int
    value: float
    signal: float
    kind: float


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """Every sentence's own worth, for widening: number `number[i]` of the passage `passage[i]`.

    Those of one passage stand together, in order; one without words is missing.
    """

    passage: Integers
    number: Offsets
    worth: Signals

    def of(self, passage: int) -> tuple[float, ...]:
        """The worth of each sentence of a passage, 0 for one without words."""
        own = np.flatnonzero(self.passage == passage)
        values = np.zeros(int(self.number[own[-1]]) + 1 if len(own) else 0)
        values[self.number[own]] = self.worth[own]
        return tuple(values.tolist())


_NO_WORTH = Worth(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: candidates best first, and every sentence's own worth.

    `signal` is that of the passage ranked first, 0 where nothing is shared.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    worth: Worth = _NO_WORTH
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
        return Found(query, ())
    scores = score_sentences(index, query, ranked.looked)
    places = ranked.passages[scores.passage]
    standing = ranked.scores.astype(np.float64) / query.ideal
    best = np.zeros(len(ranked.passages))
    np.maximum.at(best, scores.passage, scores.score)
    standing += SENTENCE_SHARE * best
    window = scores.window_coverage()
    texts = _Texts(index.passages, places, index.tokens.sentences[places] + scores.number)
    length = LENGTH_BONUS * np.minimum(texts.lengths / _FULL_LENGTH, 1.0)
    worth = scores.score + COVERAGE_SHARE * window + length
    value = worth + standing[scores.passage]
    first = np.argsort(-value, kind="stable")[:LOOKED_AT]
    sentences = [texts[i] for i in first.tolist()]
    strength = np.asarray([query.wanted.strength(sentence) for sentence in sentences])
    gained = CUE_BONUS * strength * np.minimum(window[first] * 2, 1.0)
    gained -= LEANS * np.asarray([leans(sentence) for sentence in sentences])
    worth[first] += gained
    value[first] += gained
    kind = np.zeros(len(value))
    kind[first] = strength
    signals = _signals(ranked.scores, scores.passage_cover(len(ranked.passages)), query)
    order = np.lexsort((scores.number, places, -value))[:SENTENCES]
    columns = (places, texts.documents, scores.number, value, signals[scores.passage], kind)
    candidates = map(Candidate, *(column[order].tolist() for column in columns))
    worths = Worth(places, scores.number, worth)
    return Found(query, tuple(candidates), worths, float(signals[0]))


class _Texts:
    """The texts of some sentences: number `numbers[i]` of all, in the passage `passages[i]`."""

    def __init__(self, table: PassageTable, passages: Integers, numbers: Offsets) -> None:
        columns = table.columns
        self.documents = np.searchsorted(np.asarray(columns.firsts), passages, side="right") - 1
        self._starts = np.asarray(columns.sentence_start, dtype=np.int32)[numbers]
        self._ends = np.asarray(columns.sentence_end, dtype=np.int32)[numbers]
        self.lengths = self._ends - self._starts
        self._table = table

    def __getitem__(self, i: int) -> str:
        document = self._table.documents[self.documents.item(i)]
        return document.text[self._starts.item(i) : self._ends.item(i)]
