"""The pin that a question meets: the pin of this very question, or of one that is alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.pins import PlacedPin, folded_question
from bot.retrieval.query.query import Query


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

    def __init__(self, pins: Sequence[PlacedPin]) -> None:
        self.pins = tuple(each for each in pins if each.excerpts)
        # Where a space has a pin of its own for a question, that one counts.
        ordered = sorted(self.pins, key=lambda each: each.pin.space is not None)
        self._by_question = {folded_question(each.pin.question): each for each in ordered}

    def match(self, query: Query) -> PinMatch | None:
        """The pin that a question meets, if there is one."""
        same = self._by_question.get(folded_question(query.text))
        return None if same is None else PinMatch(same, 1.0, 1.0, is_same=True)
