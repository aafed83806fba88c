"""The level of the signal that says "these documents do not speak of this".

One score means different things in different corpora, so several hundred bundled
questions on everything under the sun are put to each corpus when it is loaded. The
level that only a small share of them reaches is the threshold for an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources

import numpy as np

from bot.core.passages import PassageTable
from bot.retrieval.ranking.search import meet
from bot.retrieval.shard.index import Index

FLOOR = 0.2
"""A threshold never falls below this, however little the questions find."""

SPOKEN_OF = 0.75
"""A bundled question of whose content a passage covers this share is left out: the corpus
speaks of what it asks, and then it says nothing about foreign questions."""

MAYBE_SPOKEN_OF = 0.5
"""So are those of which it covers this share, best covered first."""

MAYBE_SHARE = 0.03
"""But no more than this part of all: in some languages words cover each other by chance
that often, and without the best covered foreign questions the level would lie too low."""

MOST_QUESTIONS = 320

FEWEST_QUESTIONS = 20
"""Below so many questions of a curator's own, chance decides where the levels fall."""

_DEFAULT_LANGUAGE = "en"
_SHARE_OF_CORPUS = 0.1

SURE_SHARE = 0.7
"""An answer is a sure one from the level that only this part of the allowed share reaches;
what lies between is close, but may not answer."""


class Grade(Enum):
    """What a question meets: an answer, one that may not answer it, or silence."""

    ANSWER = "answer"
    CLOSE = "close"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Levels:
    """From which signal on a question is answered: surely, and at least maybe."""

    high: float
    low: float

    def grade(self, signal: float) -> Grade:
        """What a question with this signal meets."""
        if signal < self.low:
            return Grade.SILENCE
        return Grade.ANSWER if signal >= self.high else Grade.CLOSE


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The levels of the signal, a language each; `others` for any other language."""

    by_language: Mapping[str, Levels]
    others: Levels

    def of(self, language: str) -> Levels:
        """The levels for a question in `language` (ISO 639-1)."""
        return self.by_language.get(language, self.others)


@cache
def foreign_questions(language: str) -> tuple[str, ...]:
    """The bundled questions in one language (ISO 639-1); none where we have none."""
    file = resources.files("bot.retrieval.ranking") / "foreign_questions" / f"{language}.txt"
    if not file.is_file():
        return ()
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def languages_of(passages: PassageTable) -> tuple[str, ...]:
    """The languages that make up at least a tenth of the passages, most frequent first."""
    numbers = Counter(passages.columns.language)
    counted = {passages.languages[number]: count for number, count in numbers.items()}
    return tuple(
        language
        for language, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        if count >= _SHARE_OF_CORPUS * len(passages)
    )


def calibrate(
    index: Index,
    languages: Sequence[str],
    false_answer_rate: float,
    own: Sequence[str] = (),
) -> Thresholds:
    """The levels that a share `false_answer_rate` of foreign questions reaches or passes.

    `own` are a curator's questions, which then stand for the bundled ones in every
    language. All of them count: whoever wrote them knows that they must meet silence.
    """
    if own:
        signals = [meet(question, index, languages).signal for question in own]
        return Thresholds({}, _levels(signals, false_answer_rate))
    by_language = {
        language: _levels(
            _foreign_signals(index, languages, foreign_questions(language)), false_answer_rate
        )
        for language in languages
        if foreign_questions(language)
    }
    if by_language:
        return Thresholds(by_language, max(by_language.values(), key=lambda each: each.high))
    signals = _foreign_signals(index, languages, foreign_questions(_DEFAULT_LANGUAGE))
    return Thresholds({}, _levels(signals, false_answer_rate))


def _foreign_signals(
    index: Index, languages: Sequence[str], questions: Sequence[str]
) -> list[float]:
    meetings = [meet(question, index, languages) for question in questions[:MOST_QUESTIONS]]
    meetings.sort(key=lambda meeting: -meeting.coverage)
    left_out = int(MAYBE_SHARE * len(meetings))
    return [
        meeting.signal
        for place, meeting in enumerate(meetings)
        if meeting.coverage < (MAYBE_SPOKEN_OF if place < left_out else SPOKEN_OF)
    ]


def _levels(signals: Sequence[float], false_answer_rate: float) -> Levels:
    if not signals:
        return Levels(FLOOR, FLOOR)
    rates = (SURE_SHARE * false_answer_rate, false_answer_rate)
    high, low = (max(float(np.quantile(signals, 1 - rate)), FLOOR) for rate in rates)
    return Levels(high, low)
