"""Calibration: the match strength from which on a question gets an answer instead of silence.

Match strengths of different corpora are not comparable. So several hundred bundled questions
on all kinds of topics are asked of each corpus when it is loaded; the strength that only a
small share of them reaches is the threshold for an answer.

Example, with 100 bundled questions and a false answer rate of 0.05. Their match strengths,
highest first, are 0.61, 0.52, 0.47, 0.44, 0.41, 0.38, 0.36, … The question with 0.61 is left out:
a passage covers 80 % of it, so the corpus does speak of its topic. The lower threshold is the 95 %
quantile of the other 99, which is 0.36, so that five of them are answered by mistake; the upper
one is the 96.5 % quantile, 0.40. Then a question with strength 0.50 gets a sure answer, one with
0.38 a close one that may not answer it, and one with 0.30 silence. Below the 80 % quantile, 0.24,
a silence does not even offer the nearest passages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources

import numpy as np

from bot.retrieval.ranking.search import match_strength
from bot.retrieval.shard.index import Index

FLOOR = 0.2
"""The lowest threshold, however weakly the bundled questions match."""

ON_TOPIC_COVERAGE = 0.75
"""A bundled question is left out if a passage covers this share of its content words: then its
topic is in the corpus, and it is no example of a foreign question."""

MAYBE_ON_TOPIC_COVERAGE = 0.5
"""Questions with this coverage are left out, too, best covered first."""

MAYBE_ON_TOPIC_SHARE = 0.03
"""At most this share of all questions is left out as maybe on topic: in some languages words cover
each other by chance that often, and the threshold would be too low without those questions."""

MOST_QUESTIONS = 320

FEWEST_QUESTIONS = 20
"""With fewer questions of a curator's own, chance would set the thresholds."""

_DEFAULT_LANGUAGE = "en"

MEANING_SHARE = 0.7
"""The share of the false answer rate from which thresholds are computed where meaning is searched:
foreign questions on a topic near to the corpus's reach further there."""

ON_TOPIC_NEARNESS = 0.5
"""Questions to which a passage is as near in meaning as this are left out, too."""

SURE_SHARE = 0.7
"""The share of the false answer rate from which the upper threshold is computed."""

NEAR_RATE = 0.2
"""The share of foreign questions to which something is called near, answered ones included."""

NEAR_FLOOR = 0.1
"""The lowest strength that is called near; few documents match foreign questions very weakly."""


class MatchVerdict(Enum):
    """The kind of reply: an answer, a close one that may not answer the question, or silence."""

    ANSWER = "answer"
    CLOSE = "close"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class StrengthLevels:
    """The match strengths from which on a question has a sure, and at least a close, answer.

    From `near` on a passage is near enough to be offered where there is no answer.
    """

    high: float
    low: float
    near: float

    def verdict(self, strength: float, *, may_be_sure: bool = True) -> MatchVerdict:
        """The kind of reply to a question with this match strength."""
        if strength < self.low:
            return MatchVerdict.SILENCE
        is_sure = may_be_sure and strength >= self.high
        return MatchVerdict.ANSWER if is_sure else MatchVerdict.CLOSE


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The thresholds of one corpus for each language; `others` for any other language."""

    by_language: Mapping[str, StrengthLevels]
    others: StrengthLevels

    def of(self, language: str) -> StrengthLevels:
        """The thresholds for a question in `language` (ISO 639-1)."""
        return self.by_language.get(language, self.others)


@cache
def foreign_questions(language: str) -> tuple[str, ...]:
    """The bundled questions in one language (ISO 639-1); none where there are none."""
    file = resources.files("bot.retrieval.ranking") / "foreign_questions" / f"{language}.txt"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def calibrate(index: Index, false_answer_rate: float, own: Sequence[str] = ()) -> Thresholds:
    """The thresholds that a share `false_answer_rate` of foreign questions reaches.

    `own` are a curator's questions, which replace the bundled ones in every language. None of
    them is left out as on topic: the curator knows that they must get no answer.
    """
    if own:
        strengths = [match_strength(question, index).value for question in own]
        return Thresholds({}, _levels(strengths, false_answer_rate))
    by_language = {
        language: _levels(
            _foreign_strengths(index, language), _rate(index, language, false_answer_rate)
        )
        for language in index.languages
        if foreign_questions(language)
    }
    if by_language:
        return Thresholds(by_language, max(by_language.values(), key=lambda each: each.high))
    strengths = _foreign_strengths(index, _DEFAULT_LANGUAGE)
    rate = _rate(index, _DEFAULT_LANGUAGE, false_answer_rate)
    return Thresholds({}, _levels(strengths, rate))


def calibrate_across(index: Index, false_answer_rate: float, language: str) -> StrengthLevels:
    """The thresholds for questions in `language`, which the documents lack.

    There are bundled questions in it, and an encoder reads it.
    """
    strengths = _foreign_strengths(index, language, across=True)
    return _levels(strengths, MEANING_SHARE * false_answer_rate)


def _rate(index: Index, language: str, false_answer_rate: float) -> float:
    meaning = index.meaning
    has_meaning = meaning is not None and meaning.encoder.reads(language)
    return MEANING_SHARE * false_answer_rate if has_meaning else false_answer_rate


def _foreign_strengths(index: Index, language: str, *, across: bool = False) -> list[float]:
    """The match strengths of the bundled questions in one language that are not on topic."""
    questions = foreign_questions(language)[:MOST_QUESTIONS]
    lacking = language if across else None
    strengths = [match_strength(question, index, lacking) for question in questions]
    strengths.sort(key=lambda each: -each.coverage)
    maybe = int(MAYBE_ON_TOPIC_SHARE * len(strengths))
    return [
        each.value
        for place, each in enumerate(strengths)
        if each.nearness < ON_TOPIC_NEARNESS
        and each.coverage < (MAYBE_ON_TOPIC_COVERAGE if place < maybe else ON_TOPIC_COVERAGE)
    ]


def _levels(strengths: Sequence[float], false_answer_rate: float) -> StrengthLevels:
    if not strengths:
        return StrengthLevels(FLOOR, FLOOR, NEAR_FLOOR)
    rates = (SURE_SHARE * false_answer_rate, false_answer_rate, NEAR_RATE)
    high, low, near = (float(np.quantile(strengths, 1 - rate)) for rate in rates)
    high, low = max(high, FLOOR), max(low, FLOOR)
    return StrengthLevels(high, low, min(max(near, NEAR_FLOOR), low))
