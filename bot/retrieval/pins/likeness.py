"""Likeness of a question to those of pins: a weighted mean, from 0 to 1, of what speaks for a pin.

                                                                       with an encoder   by words
    the words of the two questions (`question_words.py`)                     0.5             1
    the cosine of the two questions                                          1               -
    the greatest cosine of the asked question with a quote of the pin        0.8             -
    the score of the quoted sentence among all that the question finds       1               1

The last two matter, for who asks in other words than the pin's often asks in those of the document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bot.core.pins import PlacedPin
from bot.retrieval.pins.agreement import QuestionSide, agree
from bot.retrieval.pins.question_words import QuestionWords
from bot.retrieval.pins.text_vectors import TextVectors
from bot.retrieval.ranking.search import SearchResult
from bot.retrieval.shard.arrays import Doubles, Floats, Offsets
from bot.retrieval.shard.index import Index

WORDS, COSINE, QUOTE, SCORE = 0.5, 1.0, 0.8, 1.0
"""With an encoder, the weights of what speaks for a pin; by words, that and the score count alike.
They were fitted to the paraphrases of a development set."""

LEAST_LIKENESS = 0.5
LEAST_LIKENESS_BY_WORDS = 0.56
"""The lowest levels: questions on the topic that no pin answers come nearer than foreign ones. Of a
hundred that a stranger wrote beside forty pins, one or two reach them."""

_TRIES = 3
"""Pins that are held against a question, the most alike first."""


@dataclass(frozen=True, slots=True)
class PinLevels:
    """The likeness from which on a question meets a pin, where meaning counts and by words."""

    meaning: float = LEAST_LIKENESS
    words: float = LEAST_LIKENESS_BY_WORDS

    def of(self, *, by_meaning: bool) -> float:
        """The level for a question."""
        return self.meaning if by_meaning else self.words


class AlikePin(NamedTuple):
    """The number of a pin, how alike its question is, and whether meaning had a part in that."""

    number: int
    likeness: float
    by_meaning: bool


@dataclass(frozen=True, slots=True, eq=False)
class _PinVectors:
    """The vectors of questions, a row a pin, and of quotes; those of a pin begin at `starts`."""

    texts: TextVectors
    questions: Floats
    quotes: Floats
    starts: Offsets

    @classmethod
    def of(cls, pins: Sequence[PlacedPin], texts: TextVectors) -> _PinVectors:
        """The vectors of `pins`, at least one."""
        return cls(
            texts,
            texts.of([each.pin.question for each in pins]),
            texts.of([excerpt.quote for each in pins for excerpt in each.excerpts]),
            np.cumsum([0, *(len(each.excerpts) for each in pins[:-1])]),
        )

    def likeness(self, vector: Floats, by_words: Doubles, scores: Doubles) -> Doubles:
        cosines = np.maximum(self.questions @ vector, 0.0)
        quotes = np.maximum.reduceat(np.maximum(self.quotes @ vector, 0.0), self.starts)
        total = WORDS * by_words + COSINE * cosines + QUOTE * quotes + SCORE * scores
        return np.asarray(total / (WORDS + COSINE + QUOTE + SCORE), dtype=np.float64)


class PinLikeness:
    """Pins, at least one, that questions are compared with; thread-safe."""

    def __init__(
        self, pins: Sequence[PlacedPin], index: Index, texts: TextVectors | None = None
    ) -> None:
        """`texts` are by the encoder of `index`; without them words alone count."""
        self._pins, self._index = pins, index
        self._sides = [QuestionSide.of(e.pin.question, index, _quoted(e)) for e in pins]
        self._words = QuestionWords([side.terms for side in self._sides])
        self._vectors = None if texts is None else _PinVectors.of(pins, texts)
        quotes = defaultdict[str, list[tuple[int, int, int]]](list)
        for number, each in enumerate(pins):
            for excerpt in each.excerpts:
                row = number, excerpt.span.start, excerpt.span.end
                quotes[excerpt.passage.document.path].append(row)
        # Of each document, the numbers of pins, and the starts and ends of their quotes.
        self._quotes = {path: np.array(rows).T for path, rows in quotes.items()}

    def most_alike(
        self, result: SearchResult, levels: PinLevels, but: int | None = None
    ) -> AlikePin | None:
        """The pin most like a question, if it reaches its level and agrees with the question.

        It is not number `but`.
        """
        asked = QuestionSide.of(result.query.text, self._index)
        vector = result.vector if self._by_meaning(asked) else None
        likeness = self._likeness(asked, vector, self._scores(result))
        least = levels.of(by_meaning=vector is not None)
        for number in (-likeness).argsort(kind="stable")[:_TRIES].tolist():
            if likeness[number] < least:
                break
            if number != but and agree(asked, self._sides[number], self._words):
                return AlikePin(number, float(likeness[number]), vector is not None)
        return None

    def _by_meaning(self, asked: QuestionSide) -> bool:
        """Whether meaning has a part: not in a language that no document is in."""
        language, meaning = asked.terms.language, self._index.meaning
        if self._vectors is None or meaning is None:
            return False
        return language in self._index.languages and meaning.encoder.reads(language)

    def _likeness(self, asked: QuestionSide, vector: Floats | None, scores: Doubles) -> Doubles:
        """The likeness of a question with that of each pin."""
        by_words = self._words.likeness(asked.terms)
        if asked.terms.language not in self._index.languages:
            # The documents have none of its words, so that scores say nothing.
            return by_words
        if self._vectors is None or vector is None:
            return (by_words + scores) / 2
        return self._vectors.likeness(vector, by_words, scores)

    def bound(self, question: str, but: int | None = None) -> tuple[float, bool]:
        """The most that the likeness of a question with a pin can be, without a search for it.

        The second value says whether meaning counts.
        """
        asked = QuestionSide.of(question, self._index)
        by_meaning = self._by_meaning(asked)
        vector = None
        if self._vectors is not None and by_meaning:
            vector = self._vectors.texts.of([question])[0]
        likeness = self._likeness(asked, vector, np.ones(len(self._pins)))
        if but is not None:
            likeness[but] = 0.0
        return float(likeness.max()), by_meaning

    def _scores(self, result: SearchResult) -> Doubles:
        """The score of each pin's best quoted sentence, as a share of the best of all."""
        scores = np.zeros(len(self._pins))
        index = self._index
        for candidate in result.candidates:
            quotes = self._quotes.get(index.document(candidate.passage).path)
            if quotes is not None:
                numbers, starts, ends = quotes
                sentence = index.sentence(candidate.passage, candidate.sentence)
                own = numbers[(starts < sentence.end) & (ends > sentence.start)]
                share = candidate.score / max(result.candidates[0].score, 1e-9)
                scores[own] = np.maximum(scores[own], share)
        return scores


def _quoted(pin: PlacedPin) -> str:
    """The words of a pin's passages, and those above them."""
    return "\n".join(
        line for each in pin.excerpts for line in (*each.passage.above, each.passage.text)
    )
