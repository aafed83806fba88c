"""The pins of one scope, by the space in which a question is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.core.pins import PlacedPin
from bot.retrieval.pins.matcher import PinMatcher

Matching = Callable[[Sequence[PlacedPin]], PinMatcher]
"""Makes the matcher of some pins."""


class PinBoard:
    """The matchers of a scope; thread-safe. A space meets its own pins and those for all."""

    def __init__(self, pins: Sequence[PlacedPin], matching: Matching) -> None:
        """`pins` are those with quotes in the scope, and those quotes only."""
        answering = [each for each in pins if each.excerpts]
        spaces = sorted({each.pin.space for each in answering if each.pin.space is not None})
        self._for_all = matching([each for each in answering if each.pin.space is None])
        self._of_spaces: Mapping[str, PinMatcher] = {
            space: matching([each for each in answering if each.pin.space in (None, space)])
            for space in spaces
        }

    def of(self, space: str | None) -> PinMatcher:
        """The matcher for questions from a space."""
        return self._for_all if space is None else self._of_spaces.get(space, self._for_all)
