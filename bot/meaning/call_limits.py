"""Limits of the calls to an endpoint: budgets, and a circuit breaker.

Both are kept in memory alone, so a restart begins them anew. Clocks are monotonic, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from cachetools import TTLCache

FAULTS_IN_A_ROW = 3
"""Faults after which a server is left alone."""

PAUSE = 30.0
"""Seconds for which it is left alone."""

LONGEST_PAUSE = 3_600.0
"""Seconds: a server that asks for a longer pause is called again after this one."""


class Budget:
    """At most `most` calls in any stretch of `seconds` (a sliding window)."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self.most, self.seconds = most, seconds
        self._calls: TTLCache[int, None] = TTLCache(most, seconds, clock)
        self._numbers = count()

    def is_spent(self) -> bool:
        """Whether no further call fits now."""
        self._calls.expire()
        return len(self._calls) >= self.most

    def take(self) -> None:
        """Count a call, for which there must be room."""
        self._calls[next(self._numbers)] = None


class CircuitBreaker:
    """Leaves a failing server alone for a while (Nygard, *Release It!*, 2007).

    After `FAULTS_IN_A_ROW` it is open: no call for `PAUSE` seconds. Then one call is the probe,
    and the others are refused until it ends. Each call that is not refused is a `begin`, and then
    one of `succeed`, `fail` and `abandon`.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._faults = 0
        self._open_until: float | None = None
        self._probing = False

    def refuses(self) -> bool:
        """Whether no call may be made now."""
        is_open = self._open_until is not None and self._clock() < self._open_until
        return is_open or self._probing

    def begin(self) -> None:
        """Note a call that is being made."""
        self._probing = self._open_until is not None

    def succeed(self) -> None:
        """The server answered: whatever was before, it works."""
        self._faults, self._open_until, self._probing = 0, None, False

    def fail(self, pause: float | None = None) -> None:
        """The server did not answer as it should; with `pause` it asks to be left alone."""
        self._faults += 1
        self._probing = False
        if pause is not None or self._faults >= FAULTS_IN_A_ROW:
            wanted = PAUSE if pause is None else min(max(pause, 1.0), LONGEST_PAUSE)
            self._open_until = self._clock() + wanted

    def abandon(self) -> None:
        """The call ended without telling anything of the server."""
        self._probing = False
