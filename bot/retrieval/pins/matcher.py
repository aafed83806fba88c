"""The pin that a question meets: the pin of this very question, or of one that is alike.

A question meets a pin from a level of likeness on (`likeness.py`), if nothing speaks against it
(`agreement.py`). As with silence, the level is calibrated: hardly any of the bundled foreign
questions, nor the question of another pin, may reach it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bot.core.pins import PlacedPin, fingerprint_of, folded_question
from bot.retrieval.pins.likeness import PinLevels, PinLikeness
from bot.retrieval.pins.text_vectors import TextVectors
from bot.retrieval.ranking.calibration import MOST_QUESTIONS, foreign_questions
from bot.retrieval.ranking.search import SearchResult, search
from bot.retrieval.shard.index import Index

MEETING_RATE = 0.01
"""The share of foreign questions, and of those of other pins, that may meet a pin."""

MOST_OWN = 200
"""Questions of pins that are compared with the other pins."""


@dataclass(frozen=True, slots=True)
class PinMatch:
    """A pin that answers a question, and how alike the questions are, from 0 to 1.

    `level` is the likeness from which on a pin answers. `is_same` says that it is the very question
    of the pin, but for capitals, blanks and marks at its ends.
    """

    pin: PlacedPin
    likeness: float
    level: float
    is_same: bool


class PinMatcher:
    """Matches questions with the pins that a scope and a space have; thread-safe.

    `pins` are those that may answer.
    """

    def __init__(
        self,
        pins: Sequence[PlacedPin],
        index: Index,
        texts: TextVectors | None = None,
        levels: PinLevels | None = None,
    ) -> None:
        """`texts` are by the encoder of `index`; without `levels` it is calibrated."""
        self.pins = tuple(each for each in pins if each.excerpts)
        self.fingerprint = fingerprint_of(self.pins)
        # The pins of a space come last, so that they replace one for all with the same question.
        ordered = sorted(self.pins, key=lambda each: each.pin.space is not None)
        self._by_question = {folded_question(each.pin.question): each for each in ordered}
        self._likeness = PinLikeness(self.pins, index, texts) if self.pins else None
        if levels is None and self._likeness is not None:
            levels = calibrate_pins(self._likeness, self.pins, index)
        self.levels = levels or PinLevels()

    def match(self, result: SearchResult) -> PinMatch | None:
        """The pin that a question meets, given all that was found for it."""
        same = self._by_question.get(folded_question(result.query.text))
        if same is not None:
            return PinMatch(same, 1.0, 1.0, is_same=True)
        if self._likeness is None or result.query.only_stopwords:
            return None
        best = self._likeness.most_alike(result, self.levels)
        if best is None:
            return None
        level = self.levels.of(by_meaning=best.by_meaning)
        return PinMatch(self.pins[best.number], best.likeness, level, is_same=False)


def calibrate_pins(likeness: PinLikeness, pins: Sequence[PlacedPin], index: Index) -> PinLevels:
    """The levels that only `MEETING_RATE` of the questions reaches which no pin should answer.

    What no search could bring to the lowest level is not searched for, which is nearly all.
    """
    lowest = PinLevels()
    reached: dict[bool, list[float]] = {False: [], True: []}
    questions = list(_questions(pins, index))
    for question, own in questions:
        most, by_meaning = likeness.bound(question, own)
        if most >= lowest.of(by_meaning=by_meaning):
            best = likeness.most_alike(search(question, index), PinLevels(0.0, 0.0), own)
            reached[by_meaning] += [] if best is None else [best.likeness]
    most_met = int(MEETING_RATE * len(questions))
    return PinLevels(
        _level(reached[True], most_met, lowest.meaning),
        _level(reached[False], most_met, lowest.words),
    )


def _questions(pins: Sequence[PlacedPin], index: Index) -> Iterator[tuple[str, int | None]]:
    """Foreign questions, and those of pins with the number of the pin that may answer them."""
    for language in index.languages:
        yield from ((question, None) for question in foreign_questions(language)[:MOST_QUESTIONS])
    yield from ((each.pin.question, number) for number, each in enumerate(pins[:MOST_OWN]))


def _level(reached: Sequence[float], most: int, least: float) -> float:
    """The level that `most` of the likenesses `reached` may reach, `least` or above."""
    beyond = sorted(reached, reverse=True)[most : most + 1]
    return max(least, float(np.nextafter(beyond[0], 1.0))) if beyond else least
