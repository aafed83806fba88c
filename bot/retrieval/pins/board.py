"""The pins of one scope, by the space in which a question is asked."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from bot.core.pins import PlacedPin
from bot.retrieval.pins.matcher import PinMatcher


class PinBoard:
    """The pins of a scope; thread-safe. A space meets its own and those for all."""

    def __init__(self, pins: Sequence[PlacedPin]) -> None:
        """`pins` are those with quotes in the scope, and those quotes only."""
        self._pins = tuple(each for each in pins if each.excerpts)
        self._spaces = {each.pin.space for each in self._pins}
        self._for_all = PinMatcher([each for each in self._pins if each.pin.space is None])
        self._of_spaces: dict[str, PinMatcher] = {}
        self._lock = threading.Lock()

    def of(self, space: str | None) -> PinMatcher:
        """The matcher for questions from a space."""
        if space is None or space not in self._spaces:
            return self._for_all
        with self._lock:
            matcher = self._of_spaces.get(space)
            if matcher is None:
                own = [each for each in self._pins if each.pin.space in (None, space)]
                matcher = self._of_spaces[space] = PinMatcher(own)
        return matcher
